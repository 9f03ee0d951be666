"""The notebooks that people are given run from top to bottom, and again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flinklab.local import LocalFlink

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_runs_again(
    notebook: Path, attached: LocalFlink, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "flinklab.cli", "lab", "--check", str(notebook)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=280,
        )
        assert done.returncode == 0, done.stdout
    assert "FAILED" not in done.stdout
