"""Notebooks on a real Flink: in a real kernel, headless, interrupted, killed, and forgotten by the gateway."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from flinklab.local import LocalFlink, LocalSettings
from real.conftest import call
from real.kernels import SPEC, Cell, Kernel, eventually, write_spec

pytestmark = pytest.mark.filterwarnings("default")  # of the notebook libraries, which are not ours

STREAM = "CREATE TABLE {name} (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '{rate}')"
SINK = "CREATE TABLE nowhere (id BIGINT) WITH ('connector' = 'blackhole')"
GROUPED = "SELECT COUNT(*) FROM fast GROUP BY MOD(id, 7)"  # two tasks, one of them after an exchange
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def jupyter(
    tmp_path_factory: pytest.TempPathFactory, embedded: LocalFlink, embedded_settings: LocalSettings
) -> Iterator[Path]:
    """Jupyter's folders for this module alone, and an environment in which kernels find the embedded Flink."""
    folder = tmp_path_factory.mktemp("jupyter")
    write_spec(folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "RUNTIME"):
            patch.setenv(f"JUPYTER_{name}_DIR", str(folder / name.lower()))
        patch.setenv("JUPYTER_PATH", str(folder / "data"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        yield folder


@pytest.fixture(scope="module")
def find_it(embedded: LocalFlink, embedded_settings: LocalSettings) -> dict[str, str]:
    """The variables with which a kernel finds the embedded Flink."""
    return {
        "FLINKLAB_STATE_DIR": str(embedded.state_dir),
        "FLINKLAB_CACHE_DIR": str(embedded_settings.cache_dir),
    }


@pytest.fixture(scope="module")
def kernel(jupyter: Path, find_it: dict[str, str]) -> Iterator[Kernel]:
    """One kernel for the tests that leave no trace in it but their own names."""
    kernel = Kernel(jupyter, **find_it)
    tables = [STREAM.format(name="slow", rate=5), STREAM.format(name="fast", rate=10_000), SINK]
    kernel.ok("%%flinksql\n" + ";\n".join(tables))
    yield kernel
    kernel.close()


@dataclass
class Cluster:
    """What the JobManager says."""

    url: str
    ask: Ask

    def state(self, job_id: str) -> str:
        return str(self.ask("GET", f"{self.url}/jobs/{job_id}/status")["status"])

    def jobs(self) -> set[str]:
        return {job["id"] for job in self.ask("GET", f"{self.url}/jobs")["jobs"]}

    def running(self) -> set[str]:
        over = ("FINISHED", "CANCELED", "FAILED")
        return {job["id"] for job in self.ask("GET", f"{self.url}/jobs")["jobs"] if job["status"] not in over}

    def cancel(self, *job_ids: str) -> None:
        for job_id in job_ids:
            self.ask("PATCH", f"{self.url}/jobs/{job_id}?mode=cancel")

    def taskmanagers(self) -> list[str]:
        return [each["id"] for each in self.ask("GET", f"{self.url}/taskmanagers")["taskmanagers"]]


@pytest.fixture(scope="module")
def cluster(embedded: LocalFlink) -> Cluster:
    return Cluster(embedded.jobmanager_url, call)


@dataclass
class Forgotten:
    """What a kernel left running that was killed."""

    query: str
    insert: str


@pytest.fixture(scope="module", autouse=True)
def forgotten(jupyter: Path, find_it: dict[str, str], cluster: Cluster) -> Iterator[Forgotten]:
    """A kernel is killed at the beginning; the test at the end sees what became of its jobs."""
    kernel = Kernel(jupyter, JPY_SESSION_NAME="/home/ann/reports, 2024: é.ipynb", LOGNAME="ann", **find_it)
    statements = [
        STREAM.format(name="s", rate=1),
        "CREATE TABLE nowhere (id BIGINT) WITH ('connector' = 'blackhole')",
    ]
    kernel.ok("%%flinksql\n" + ";\n".join(statements))
    kernel.ok("%flinksql --detach q << SELECT * FROM s")
    kernel.ok("%flinksql --name nightly j << INSERT INTO nowhere SELECT * FROM s")
    kernel.ok("import time\nwhile not q.rows_seen: time.sleep(0.1)")
    found = Forgotten(kernel.value("q.job_id"), kernel.value("j.job_id"))
    kernel.kill()
    yield found
    kernel.close()
    cluster.cancel(*cluster.running() & {found.query, found.insert})


# Headless


NOTEBOOK = (
    "%load_ext flinklab",
    "%flink up",
    "%%flinksql\n" + STREAM.format(name="s", rate=20) + ";\nSHOW TABLES",
    "%%flinksql --timeout 80s squares <<\nSELECT n, n * n AS sq FROM (VALUES (1), (2), (300)) AS t (n)",
    "%flinksql SELECT COUNT(*) AS so_many FROM s",
    "squares.df['sq'].tolist()",
)


def outputs(cell: Any, mime: str) -> str:
    return "\n".join(output.data[mime] for output in cell.outputs if mime in output.get("data", {}))


NBCLIENT = ["-c", "from nbclient.cli import main; main()", "--inplace", "--timeout=90"]
PAPERMILL = ["-m", "papermill", "--no-progress-bar", "--execution-timeout=90"]


@pytest.mark.parametrize("runner", [NBCLIENT, PAPERMILL], ids=["nbclient", "papermill"])
def test_a_notebook_runs_headless_to_its_end_and_shows_its_rows(
    runner: list[str], find_it: dict[str, str], cluster: Cluster, tmp_path: Path
) -> None:
    path = tmp_path / "n.ipynb"
    notebook = new_notebook(cells=[new_code_cell(source) for source in NOTEBOOK])
    notebook.metadata["kernelspec"] = {"name": SPEC, "display_name": SPEC, "language": "python"}
    nbformat.write(notebook, path)
    before = cluster.running()
    files = [str(path)] if runner is NBCLIENT else [str(path), str(path)]
    ran = subprocess.run(
        [sys.executable, *runner, *files],
        env={**os.environ, **find_it, "FLINKLAB_WAIT_TIMEOUT": "20"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
    )
    assert ran.returncode == 0, ran.stdout

    saved = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    _, _, tables, squares, counting, last = saved[-len(NOTEBOOK) :]
    assert "OK: CREATE TABLE s" in outputs(tables, "text/plain")
    assert re.search(r"300 +90000\nFinished · 3 rows", outputs(squares, "text/plain"))
    assert ">90000</td>" in outputs(squares, "text/html")
    assert "timeout of 20 s reached" in outputs(counting, "text/plain")
    assert re.search(r">\d+</td>", outputs(counting, "text/html"))
    assert "Stopped · 1 row from" in outputs(counting, "text/plain")
    assert outputs(last, "text/plain") == "[1, 4, 90000]"
    assert cluster.running() <= before


# Interrupt


def started(cluster: Cluster, before: set[str], cell: Cell) -> str:
    """The job that the cell started."""
    found = eventually(lambda: cluster.jobs() - before or cell.is_over, "the job")
    assert isinstance(found, set), cell.error or cell.text
    [job_id] = found
    return str(job_id)


def test_an_interrupt_cancels_the_job_says_so_and_keeps_the_rows(kernel: Kernel, cluster: Cluster) -> None:
    before, taskmanagers = cluster.jobs(), cluster.taskmanagers()
    sql = "SELECT * FROM slow;\nSHOW TABLES"
    cell = kernel.start(f"%%flinksql waited << --wait --timeout 5min\n{sql}", watched=True)
    job_id = started(cluster, before, cell)
    eventually(lambda: shown(cell) > 3, "the first rows")
    kernel.interrupt()
    cell.wait()
    told = re.fullmatch(
        rf"QueryCancelled: interrupted after [\d.]+ s; job {job_id[:8]} is CANCELED; ([\d,]+) rows? kept",
        cell.error,
    )
    assert told, cell.error
    assert cluster.state(job_id) == "CANCELED"
    assert kernel.value("len(waited.df)") == told[1]
    assert int(told[1]) > 0
    assert "Stopped" in cell.text
    assert "table name" not in cell.text, "the rest of the cell is not run"
    assert cluster.taskmanagers() == taskmanagers


@pytest.mark.parametrize("moment", ["submitted", "submitted and a bit", "known to the JobManager"])
@pytest.mark.parametrize("statement", [GROUPED, f"INSERT INTO nowhere {GROUPED}"], ids=["SELECT", "INSERT"])
def test_an_interrupt_while_it_starts_leaves_no_job_and_harms_no_taskmanager(
    kernel: Kernel, cluster: Cluster, statement: str, moment: str
) -> None:
    """FLINK-39330: cancelling a SELECT before its tasks run would end the whole TaskManager."""
    before, taskmanagers = cluster.jobs(), cluster.taskmanagers()
    cell = kernel.start(
        f"print('begun', flush=True)\nget_ipython().run_line_magic('flinksql', '--wait {statement}')"
    )
    eventually(lambda: "begun" in cell.printed)
    if moment == "submitted and a bit":
        time.sleep(0.15)  # any moment is right: this one is just another
    if moment == "known to the JobManager":
        started(cluster, before, cell)
    kernel.interrupt()
    cell.wait()
    assert cell.error.startswith("QueryCancelled: interrupted")
    assert len(cell.error.splitlines()) <= 2
    if "goes on" in cell.error:  # it was only followed by then
        cluster.cancel(*(cluster.running() & (cluster.jobs() - before)))
    eventually(lambda: not cluster.running() & (cluster.jobs() - before), "the end of its job")
    kernel.ok("%%flinksql probe << --wait --batch\nSELECT COUNT(*) AS n FROM (VALUES (1), (2)) AS t (a)")
    assert kernel.value("probe.rows") == "[(2,)]"
    assert cluster.taskmanagers() == taskmanagers


# Detached


def test_a_detached_query_fills_its_table_while_other_cells_run(kernel: Kernel, cluster: Cluster) -> None:
    cell = kernel.ok("%%flinksql live <<\nSELECT * FROM slow", watched=True)
    assert kernel.value("live.status.value") == "running"
    assert cell.widgets
    busy = kernel.start("import time\nwhile not live.status.is_final: time.sleep(0.05)\nprint('over')")
    eventually(lambda: shown(cell) >= 3, "rows on the page")
    some = shown(cell)
    eventually(lambda: shown(cell) > some, "more rows on the page")
    assert not busy.is_over
    kernel.press(cell.widgets[0], "stop_requested")
    busy.wait()
    assert busy.printed == "over\n"
    eventually(lambda: "Stopped · " in cell.text, "the final picture")
    job_id = kernel.value("live.job_id")
    assert cluster.state(job_id) == "CANCELED"
    kept = kernel.value("len(live.rows)")
    assert f"Stopped · {kept} rows" in cell.text
    assert cell.text.endswith("\nstopped\n")
    became = rf"stopped after [\d.]+ s; job {job_id[:8]} is CANCELED; {kept} rows kept"
    assert re.fullmatch(became, kernel.value("live.message"))
    assert not busy.text, "nothing of it lands in the cell that ran meanwhile"


def shown(cell: Cell) -> int:
    """Rows of the result as the caption of the output counts them now."""
    found = re.search(r"([\d,]+) rows?\b", cell.text)
    return int(found[1].replace(",", "")) if found else 0


# The gateway forgets


def test_a_session_that_was_closed_is_made_again_and_it_is_said_once(
    kernel: Kernel, embedded: LocalFlink, ask: Ask
) -> None:
    kernel.ok("%flinksql SET 'table.local-time-zone' = 'Asia/Tokyo'")
    workbench = "get_ipython().magics_manager.registry['FlinkSQL'].workbench"
    handle = kernel.value(f"{workbench}.session()._connection.handle()")
    ask("DELETE", f"{embedded.gateway_url}/v4/sessions/{handle}")
    cell = kernel.ok("%%flinksql seen << --limit 2\nSELECT *, CAST(CURRENT_TIMESTAMP AS STRING) AS t FROM fast")
    assert cell.printed.count("note: the gateway had ended the session: made again from its journal") == 1
    assert kernel.value("len(seen.rows)") == "2"
    assert kernel.ok("%flinksql SHOW TABLES").printed == ""
    assert "Asia/Tokyo" in kernel.ok("%flink status").printed
    kernel.ok("%flinksql RESET 'table.local-time-zone'")


# Savepoints


def test_a_job_goes_on_from_its_savepoint(kernel: Kernel, cluster: Cluster, tmp_path: Path) -> None:
    """A numbered source and a file sink: every number arrives once, in the first run or in the second."""
    kernel.ok(
        "%%flinksql\n"
        "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '200',"
        " 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1200');\n"
        f"CREATE TABLE files (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'file://{tmp_path}/out',"
        " 'format' = 'csv')"
    )
    insert = "INSERT INTO files SELECT n FROM numbers"
    kernel.ok(f"%%flinksql first << -p 1 -D execution.checkpointing.interval=1s\n{insert}")
    first = kernel.value("first.job_id")
    eventually(lambda: written(tmp_path), "a first file")
    kernel.ok(f"%flinksql stopped << STOP JOB '{first}' WITH SAVEPOINT")
    savepoint = kernel.value("stopped.rows[0][0]")
    eventually(lambda: cluster.state(first) == "FINISHED", "the end of the first run")
    before = written(tmp_path)
    assert 0 < len(before) < 1200
    kernel.ok(f"%%flinksql second << -p 1 --from-savepoint {savepoint} --wait --timeout 60s\n{insert}")
    second = kernel.value("second.job_id")
    assert cluster.state(second) == "FINISHED"
    assert sorted(written(tmp_path)) == list(range(1, 1201))
    assert cluster.ask("GET", f"{cluster.url}/jobs/{kernel.value('second.job_id')}/checkpoints")["latest"][
        "restored"
    ]


def written(folder: Path) -> list[int]:
    """The numbers in the files that are committed."""
    files = [
        path for path in (folder / "out").rglob("*") if path.is_file() and not path.name.startswith((".", "_"))
    ]
    return [int(line) for path in files for line in path.read_text().split()]


# A kernel that ends


def test_a_kernel_that_is_shut_down_ends_its_queries(
    jupyter: Path, find_it: dict[str, str], cluster: Cluster
) -> None:
    kernel = Kernel(jupyter, **find_it)
    try:
        kernel.ok("%%flinksql\n" + ";\n".join([STREAM.format(name="s", rate=5), SINK]))
        kernel.ok("%flinksql --detach q << SELECT * FROM s")
        kernel.ok("%flinksql j << INSERT INTO nowhere SELECT * FROM s")
        query, insert = kernel.value("q.job_id"), kernel.value("j.job_id")
    finally:
        kernel.close()
    assert cluster.state(query) == "CANCELED"
    assert cluster.state(insert) in ("CREATED", "RUNNING")
    cluster.cancel(insert)


def test_what_a_killed_kernel_left_is_listed_and_ended(
    kernel: Kernel, cluster: Cluster, forgotten: Forgotten
) -> None:
    listed = kernel.ok("%flink queries").text
    insert = next(line for line in listed.splitlines() if line.startswith(forgotten.insert[:8]))
    assert re.search(r"insert +RUNNING +ann@\S+ +reports, 2024: é\.ipynb +\d{4}-\d\d-\d\d .* nightly", insert)

    eventually(lambda: cluster.state(forgotten.query) == "CANCELED", "the end of a forgotten query")
    assert cluster.state(forgotten.insert) == "RUNNING", "an INSERT is meant to go on"

    ended = kernel.ok(f"%flink queries --end {forgotten.insert[:8]}").printed
    assert ended == f"{forgotten.insert[:8]} insert of ann: CANCELED\n"
    assert cluster.state(forgotten.insert) == "CANCELED"
    assert forgotten.insert[:8] not in kernel.ok("%flink queries").text
