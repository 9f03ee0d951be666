"""The notebooks that people are given run from top to bottom, and again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flinklab.local import LocalFlink

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def run(notebook: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flinklab.cli", "lab", "--check", str(NOTEBOOKS / notebook)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=140,
    )
    assert done.returncode == 0, done.stdout
    assert "FAILED" not in done.stdout


@pytest.mark.parametrize("notebook", sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")))
def test_a_notebook_runs_and_runs_again(
    notebook: str, attached: LocalFlink, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for _ in range(2):
        run(notebook)


def test_the_catalogs_notebook_runs_in_a_teams_database(
    attached: LocalFlink, postgresql_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("FLINKLAB_CATALOG_URL", postgresql_url)
    run("catalog.ipynb")
