"""The notebook of YARN, on the YARN of the tests: each of its steps comes to what its text says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
import psutil
import pytest

from flinklab import api
from flinklab.domain.records import RegisteredYarn
from flinklab.domain.yarn import ApplicationState
from flinklab.local import LocalFlink
from flinklab.yarn.lab import YarnLab
from flinklab.yarn.resourcemanager import RestResourceManager
from real.kernels import Cell, Kernel, write_spec
from real.yarn_support import end_application

pytestmark = pytest.mark.filterwarnings("default")  # of the notebook libraries, which are not ours

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "yarn.ipynb"
SESSIONS = ("tour-1", "tour-2")
CELL_WITHIN = 600.0
LIVING = [state for state in ApplicationState if not state.is_over]


@pytest.fixture
def kernel(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    attached: LocalFlink,
    yarn_lab: YarnLab,
    resource_manager: RestResourceManager,
) -> Iterator[Kernel]:
    """Somebody with a catalog of their own, in which the YARN is registered; of what they start nothing is left."""
    write_spec(tmp_path / "jupyter")
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "catalog"))
    monkeypatch.setenv("HADOOP_CLASSPATH", yarn_lab.hadoop_classpath)
    with api.open_catalog() as catalog:
        conf, defaults = str(yarn_lab.conf_dir), dict(yarn_lab.flink_defaults)
        known = RegisteredYarn(catalog.team, "lab", yarn_lab.urls, hadoop_conf=conf, defaults=defaults)
        catalog.registry.save_yarn(known, expected=None)
    kernel = Kernel(tmp_path)
    try:
        yield kernel
    finally:
        kernel.close()
        with api.open_catalog() as catalog:
            pids = [each.pid for each in catalog.jobs.supervisors() if psutil.pid_exists(each.pid)]
        left = [psutil.Process(pid) for pid in pids if "supervise" in psutil.Process(pid).cmdline()]
        for process in left:
            process.terminate()
        for application in resource_manager.applications(states=LIVING):
            if application.name in SESSIONS:
                end_application(resource_manager, application.id)
        assert not psutil.wait_procs(left, timeout=60)[1]


class Story:
    """The notebook as it ran: what each cell came to, by the words that it begins with."""

    def __init__(self, kernel: Kernel) -> None:
        cells = nbformat.read(NOTEBOOK, as_version=4).cells
        self._ran: list[tuple[str, Cell]] = []
        for source in [each.source for each in cells if each.cell_type == "code"]:
            cell = kernel.start(source).wait(CELL_WITHIN)
            assert not cell.error, f"{source}\n\n{cell.error}"
            self._ran.append((source, cell))

    def shown(self, words: str, which: int = 0) -> str:
        cell = self._cell(words, which)
        return f"{cell.printed}\n{cell.text}"

    def data(self, words: str) -> Mapping[str, object]:
        return self._cell(words, 0).bundles[0]

    def _cell(self, words: str, which: int) -> Cell:
        return [cell for source, cell in self._ran if source.startswith(words)][which]


@pytest.mark.timeout(2400)
def test_the_notebook_of_yarn_comes_to_what_it_says(kernel: Kernel) -> None:
    story = Story(kernel)

    assert "root.etl" in story.shown("%flink yarn queues")
    assert "tour-1" not in story.shown("%flink clusters --yarn lab", 0)
    made = story.shown("%flink cluster create --yarn lab --name tour-1")
    assert "uploads Flink" in made
    assert "tour-1 runs: application_" in made
    assert "tour-1" in story.shown("%flink clusters --yarn lab", 1)
    assert "limit of 5 rows reached" in story.shown("%%flinksql squares")
    assert "pool my.tour: tour-1" in story.shown("%flink pool create")
    assert "on cluster tour-1 of pool tour" in story.shown("%%flinksql --job")
    listed = story.shown("%flink clusters --yarn lab", 2)
    assert "my.tour-1" in listed
    assert "my.tour-2" in listed

    recovered = story.shown("until(")
    assert "attempt 1 ended: " in recovered
    assert "attempt 2 began from file:" in recovered
    assert "tour-2" in story.shown("%flink jobs counted")
    moved = story.shown("until(", 1)
    assert "the JobManager moved from http://localhost:" in moved
    assert "application/vnd.plotly.v1+json" in story.data("%flink plot timeline")
    assert "none while the job was watched" in story.shown("def asked()")

    assert "1 job stopped with savepoints" in story.shown("%flink cluster stop")
    over = story.shown("%flink clusters --yarn lab --all").splitlines()
    assert any("tour-1" in line and "failed" in line for line in over)
    assert any("tour-2" in line and "finished" in line for line in over)
    with api.open_catalog() as catalog:
        assert not api.managed_jobs(catalog)
        assert not {each.name for each in catalog.registry.clusters(catalog.teams)} & set(SESSIONS)
