"""The notebooks that people are given run from top to bottom, and again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil
import pytest

from flinklab import api
from flinklab.local import LocalFlink, LocalSettings, up

OF_JOBS = "promote.ipynb"  # kills a TaskManager, so that it has a Flink of its own
OF_OPERATIONS = "operations.ipynb"  # starts a supervisor, as that one does, and takes minutes
OF_YARN = "yarn.ipynb"  # needs a YARN, and has a test of its own
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def run(notebook: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flinklab.cli", "lab", "--check", str(NOTEBOOKS / notebook)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1500,
    )
    assert done.returncode == 0, done.stdout
    assert "FAILED" not in done.stdout


@pytest.mark.parametrize(
    "notebook", sorted({path.name for path in NOTEBOOKS.glob("*.ipynb")} - {OF_JOBS, OF_OPERATIONS, OF_YARN})
)
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


@pytest.fixture
def with_jobs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    local_jars: dict[str, Any],
    ended_with_us: Callable[[Path], AbstractContextManager[None]],
) -> Iterator[None]:
    """A Flink and a catalog of one's own; no supervisor that was started for it is left."""
    settings = LocalSettings(state_dir=tmp_path / "flink", **local_jars)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name, value in {"state_dir": settings.state_dir, **local_jars}.items():
        if value:
            monkeypatch.setenv(f"FLINKLAB_{name.upper()}", str(value))
    with ended_with_us(settings.state_dir):
        up(settings)
        try:
            yield
        finally:
            with api.open_catalog() as catalog:
                pids = [each.pid for each in catalog.jobs.supervisors() if psutil.pid_exists(each.pid)]
            left = [psutil.Process(pid) for pid in pids if "supervise" in psutil.Process(pid).cmdline()]
            for process in left:
                process.terminate()
            assert not psutil.wait_procs(left, timeout=60)[1]


@pytest.mark.timeout(2000)
def test_the_notebook_of_jobs_runs_and_runs_again(with_jobs: None) -> None:
    for _ in range(2):
        run(OF_JOBS)
        with api.open_catalog() as catalog:
            assert not api.managed_jobs(catalog)


@pytest.mark.timeout(1800)
def test_the_notebook_of_operations_holds_the_doctor_to_what_is_wrong(with_jobs: None) -> None:
    run(OF_OPERATIONS)
    with api.open_catalog() as catalog:
        assert not api.managed_jobs(catalog)
