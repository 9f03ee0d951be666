"""Logs, exceptions and threads in cells, of a fake cluster and of jobs that are recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import flinklab
from fakes.answers import insert
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from fakes.managed import add_job, ledger, running
from fakes.monitoring import FakeVertex
from flinklab import api
from flinklab.api import supervising
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.jobs import Attempt, AttemptState, Cause, Managed
from flinklab.domain.monitoring import Failure
from flinklab.domain.records import RegisteredCluster
from flinklab.domain.variables import Variable
from flinklab.notebook.log_html import _MOST
from flinklab.ports.series import RecordedFailure
from unit.notebook.conftest import Notebook

NOW = datetime.now(timezone.utc).replace(microsecond=0)
TASK = "Source: t[1] -> Calc[2] (1/1) - execution #0"


def line(ago: float, level: str, text: str) -> str:
    at = (NOW - timedelta(seconds=ago)).astimezone()
    return f"{at:%Y-%m-%d %H:%M:%S},000 {level:<5} org.apache.flink.Some [] - {text}\n"


def trace(said: str = "/ by zero") -> str:
    outer = "java.lang.RuntimeException: outer\n\tat a.B.c(B.java:1)\n"
    return f"{outer}Caused by: java.lang.ArithmeticException: {said}\n\tat x.Y.z(Y.java:2)\n"


@pytest.fixture
def jobmanager(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> FakeJobManager:
    fake = gateway.jobmanager
    assert fake is not None
    logs = fake.metrics.processes.logs
    fake.metrics.processes.add("taskmanager-2", slots=2)
    logs["jobmanager"] = {
        "jobmanager.log": line(50, "INFO", "up")
        + line(30, "WARN", "password=hunter2 <b>")
        + line(10, "INFO", "end")
    }
    logs["taskmanager-1"] = {
        "taskmanager.log": line(20, "ERROR", "task failed:") + trace(),
        "old.log": line(9.5 * 900, "INFO", "long ago"),
    }
    logs["taskmanager-2"] = {"taskmanager.log": line(25, "WARN", "elsewhere")}
    return fake


@pytest.fixture(autouse=True)
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(supervising, "ensure", lambda *_: True)
    with api.open_catalog() as catalog:
        yield catalog


@pytest.fixture
def managed(catalog: Catalog, jobmanager: FakeJobManager) -> Managed:
    """A job that runs on taskmanager-1."""
    cluster = RegisteredCluster(catalog.team, "main", "standalone", jobmanager.url)
    catalog.registry.save_cluster(cluster, expected=None)
    flink_id = jobmanager.add_job("orders")
    jobmanager.metrics.vertices(flink_id, [FakeVertex("Source: t[1] -> Calc[2]", parallelism=1)])
    kept = running(add_job(catalog))
    ledger(catalog).keep(
        *(replace(each, flink_id=flink_id) if isinstance(each, Attempt) else each for each in kept)
    )
    return catalog.jobs.list(list(catalog.teams))[0]


def test_all_processes_of_the_sessions_cluster_are_in_one_order(
    notebook: Notebook, jobmanager: FakeJobManager
) -> None:
    cell = notebook.ok("%flink logs")
    said = [text for text in cell.text.splitlines() if " Some " in text]
    assert [text.rpartition("Some ")[2] for text in said] == [
        "up",
        "password=****** <b>",
        "elsewhere",
        "task failed:",
        "end",
    ]
    assert "taskmanager-2 Some elsewhere" in cell.text
    assert "Caused by: java.lang.ArithmeticException" in cell.text
    (bundle,) = cell.bundles
    assert "hunter2" not in bundle["text/html"] + bundle["text/plain"]
    assert "****** &lt;b&gt;" in bundle["text/html"]
    assert "<details" in bundle["text/html"]


def test_level_search_time_and_count_choose(notebook: Notebook, jobmanager: FakeJobManager) -> None:
    def shown(flags: str) -> list[str]:
        text = notebook.ok(f"%flink logs {flags}").text
        return re.findall(r"Some (\S+)", text)

    assert shown("--level warn") == ["password=******", "elsewhere", "task"]
    assert shown("--grep ARITHMETIC") == ["task"]
    assert shown("--process jobmanager") == ["up", "password=******", "end"]
    assert shown("--process 2") == ["elsewhere"]
    assert shown("--process taskmanager-1 --file old.log") == ["long"]
    assert shown("--process taskmanager-1 --file old.log --since 2h") == []
    assert shown("-n 1") == ["end"]
    assert "4 older records left out" in notebook.ok("%flink logs -n 1").text


def test_the_files_are_listed(notebook: Notebook, jobmanager: FakeJobManager) -> None:
    text = notebook.ok("%flink logs --list --process taskmanager-1").text
    assert "old.log" in text
    assert "jobmanager.log" not in text


@pytest.mark.parametrize(
    ("flags", "advice"),
    [
        ("--process taskmanager-3", "did you mean taskmanager-"),
        ("--process taskmanager-1 --file odl.log", "did you mean old.log"),
        ("--level wran", "did you mean WARN"),
        ("--since yesterday", "write such as 6h"),
        ("--list --grep x", "takes only --process"),
    ],
)
def test_mistakes_say_what_to_do(notebook: Notebook, jobmanager: FakeJobManager, flags: str, advice: str) -> None:
    assert advice in notebook.run(f"%flink logs {flags}").fails_with(UsageError)


def test_of_a_job_only_where_it_runs(notebook: Notebook, managed: Managed, catalog: Catalog) -> None:
    text = notebook.ok("%flink logs orders").text
    assert "task failed" in text
    assert "elsewhere" not in text
    assert "1 TaskManager on which it does not run left out: `%flink logs main` shows all" in text
    assert "elsewhere" in notebook.ok("%flink logs main").text
    assert "did you mean orders" in notebook.run("%flink logs odrers").fails_with(NotFoundError)


def test_secrets_of_the_catalog_are_hidden(
    notebook: Notebook,
    managed: Managed,
    jobmanager: FakeJobManager,
    catalog: Catalog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KAFKA_PW", "tiger-7")
    monkeypatch.delenv("NOT_HERE", raising=False)
    for name, place in (("kafka_pw", "env:KAFKA_PW"), ("other_pw", "env:NOT_HERE")):
        catalog.variables.save(Variable(catalog.team, name, secret=True, values={"dev": place}), expected=None)
    jobmanager.metrics.processes.logs["taskmanager-1"]["taskmanager.log"] = line(
        5, "ERROR", "login as ann tiger-7 failed"
    )
    jobmanager.metrics.processes.threads["taskmanager-1"] = {}
    cell = notebook.ok("%flink logs orders --level ERROR")
    assert "login as ann ****** failed" in cell.text
    assert "tiger" not in str(cell.bundles)
    assert "not hidden, as the values are not known here: my.other_pw" in cell.text


def test_as_a_table(notebook: Notebook, jobmanager: FakeJobManager) -> None:
    with api.connect() as session:
        frame = flinklab.logs(session=session, most=2)
        files = flinklab.log_files(session=session)
    assert list(frame.columns) == ["time", "level", "process", "logger", "thread", "message", "details"]
    assert frame["time"].tolist() == [NOW - timedelta(seconds=20), NOW - timedelta(seconds=10)]
    assert frame["level"].tolist() == ["ERROR", "INFO"]
    assert any("3 older records left out" in note for note in frame.attrs["notes"])
    assert set(files["file"]) == {"jobmanager.log", "taskmanager.log", "old.log"}
    with pytest.raises(UsageError, match="which one"):
        flinklab.logs()


def test_the_picture_of_a_long_log_is_bounded(notebook: Notebook, jobmanager: FakeJobManager) -> None:
    many = "".join(line(100 - n / 100, "INFO", f"{n} " + "x" * 1500) for n in range(2000))
    jobmanager.metrics.processes.logs["jobmanager"]["jobmanager.log"] = many
    (bundle,) = notebook.ok("%flink logs --process jobmanager -n 2000").bundles
    assert len(bundle["text/html"]) < _MOST + 50_000
    assert "1999 x" in bundle["text/html"]
    assert "not drawn" in bundle["text/html"]


def record(catalog: Catalog, managed: Managed, *failures: Failure) -> None:
    assert managed.attempt is not None
    rows = [
        RecordedFailure(managed.job.id, managed.attempt.id, managed.attempt.flink_id, each) for each in failures
    ]
    ledger(catalog).series.failures(rows)


def test_exceptions_are_told_by_cause_from_records_and_from_now(
    notebook: Notebook, managed: Managed, jobmanager: FakeJobManager, catalog: Catalog
) -> None:
    assert "no exception since" in notebook.ok("%flink exceptions orders").text
    assert managed.attempt is not None
    old = Failure(NOW - timedelta(hours=3), "row 7 is bad", trace("row 7 is bad"), TASK, 0, "taskmanager-1", "h1")
    newer = replace(old, at=NOW - timedelta(hours=2), message="row 8 is bad", details=trace("row 8 is bad"))
    ancient = replace(old, at=NOW - timedelta(days=20), details=trace("gone"))
    record(catalog, managed, ancient, old, newer)
    jobmanager.restart_job(managed.attempt.flink_id, trace("now"), task="Source: t[1] -> Calc[2]", subtask=0)
    cell = notebook.ok("%flink exceptions orders")
    assert "3 exceptions of 2 causes" in cell.text
    assert cell.text.index("now") < cell.text.index("row 8 is bad")
    assert "2 times" in cell.text
    assert "in Source: t[1] -> Calc[2]" in cell.text
    assert "on taskmanager-1 (h1)" in cell.text
    assert "version 1 · attempt 1" in cell.text
    assert "gone" not in cell.text
    assert "gone" in notebook.ok("%flink exceptions orders --since 30d").text
    frame = flinklab.exceptions("orders", catalog=catalog)
    assert frame["count"].tolist() == [1, 2]
    assert frame["root cause"].tolist() == ["ArithmeticException: now", "ArithmeticException: row … is bad"]
    assert frame["versions"].tolist() == [(1,), (1,)]


def test_exceptions_outlive_the_cluster(
    notebook: Notebook, managed: Managed, jobmanager: FakeJobManager, catalog: Catalog
) -> None:
    record(catalog, managed, Failure(NOW - timedelta(hours=1), "kept", trace("kept"), TASK))
    assert managed.attempt is not None
    cause = Cause("never ran", "", at=NOW - timedelta(minutes=50))
    lost = replace(
        managed.attempt,
        id=AttemptId("f" * 32),
        flink_id=JobId("e" * 32),
        number=2,
        state=AttemptState.FAILED,
        cause=cause,
    )
    ledger(catalog).keep(lost)
    jobmanager.stop()
    text = notebook.ok("%flink exceptions orders").text
    assert "the cluster does not answer, this is what is recorded" in text
    assert "kept" in text
    assert "never ran" in text
    assert "attempt 2" in text


def test_exceptions_are_those_of_a_job(notebook: Notebook, managed: Managed) -> None:
    assert "is a cluster" in notebook.run("%flink exceptions main").fails_with(UsageError)


def test_a_query_of_the_notebook_has_them_too(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager
) -> None:
    gateway.on("INSERT INTO s SELECT 1", insert())
    notebook.ok("%flinksql done << INSERT INTO s SELECT 1")
    job_id = notebook["done"].job_id
    jobmanager.restart_job(job_id, trace("of the query"), task="Source: t[1]", subtask=0)
    assert "of the query" in notebook.ok("%flink exceptions done").text
    assert "nothing" in notebook.run("%flink exceptions nothing").fails_with(NotFoundError)


def test_threads_by_stack_those_of_the_job_first(
    notebook: Notebook, managed: Managed, jobmanager: FakeJobManager
) -> None:
    stack = '"{}" Id=7 RUNNABLE\n\tat java.base@17/java.lang.A.f(A.java)\n\tat org.x.Y.z(Y.java:{})\n'
    names = ("Source: t[1] -> Calc[2] (1/1)#0", "Source: other[1] (1/1)#0", "main", "pool-1", "pool-2")
    jobmanager.metrics.processes.threads["taskmanager-1"] = {
        name: stack.format(name, 5 if name.startswith("pool") else n) for n, name in enumerate(names)
    }
    cell = notebook.ok("%flink threads orders")
    heads = [text for text in cell.text.splitlines() if "RUNNABLE" in text]
    assert heads[0] == "task RUNNABLE: Source: t[1] -> Calc[2] (1/1)#0"
    assert "2 × RUNNABLE: pool-1, pool-2" in heads
    assert "1 thread of other jobs' tasks left out" in cell.text
    assert "Source: other" in notebook.ok("%flink threads main").text
    assert "1 thread with 1 stack" in notebook.ok("%flink threads orders --process taskmanager-1 --grep ^main").text
    frame = flinklab.threads("orders", process="taskmanager-1", catalog=None)
    assert frame["threads"].sum() == 4
    assert frame["task"].tolist()[0]
