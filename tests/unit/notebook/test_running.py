"""Waiting, watching and interrupting, in a real IPython shell."""

from __future__ import annotations

import linecache
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from fakes import errors
from fakes.answers import Feed, fails, insert, ok, query, table
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from flinklab.domain.errors import QueryCancelledError, StatementFailedError
from flinklab.session.snapshot import ResultStatus
from unit.notebook.conftest import Cell, Notebook


def eventually(condition: Callable[[], Any], seconds: float = 60.0, tell: Callable[[], Any] = lambda: "") -> Any:
    """Wait until it is true. `tell`: what there is instead, for the report."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() >= deadline:
            pytest.fail(f"it did not come true: {tell()}")
        time.sleep(0.01)
    return found


def what_is_open(gateway: FakeGateway) -> list[str]:
    threads = [thread.name for thread in threading.enumerate()]
    asked = [f"{request.name} {request.path}" for request in gateway.requests]
    return [*gateway.open_operations(), *gateway.sessions, *asked, *threads]


@pytest.fixture
def jobmanager(gateway: FakeGateway) -> FakeJobManager:
    assert gateway.jobmanager is not None
    return gateway.jobmanager


def run_and_interrupt(
    notebook: Notebook, source: str, *moments: Callable[[], Any], then: Callable[[], Any] = lambda: None
) -> Cell:
    """Run a cell, interrupt it as Jupyter does at each moment, once the one before has come, `then` go on."""
    main = threading.get_ident()

    def interrupt() -> None:
        for moment in moments:
            eventually(moment)
            signal.pthread_kill(main, signal.SIGINT)
        then()

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    cell = notebook.run(source)
    interrupter.join()
    return cell


def fetched_more(gateway: FakeGateway, times: int = 3) -> None:
    """Wait until the result was asked for so many times more."""
    before = gateway.count("fetch")
    eventually(lambda: gateway.count("fetch") >= before + times)


def test_an_interrupt_cancels_the_query_says_so_and_keeps_the_rows(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager
) -> None:
    feed = Feed()
    feed.push([1], [2])
    gateway.on("SELECT * FROM t", query("id BIGINT", feed))
    cell = run_and_interrupt(
        notebook,
        "%%flinksql r << --wait\nSELECT * FROM t;\nSHOW TABLES",
        lambda: "r" in notebook.shell.user_ns and notebook["r"].rows_seen == 2,
    )
    report = cell.fails_with(QueryCancelledError)
    assert "interrupted after" in report
    assert "is CANCELED" in report
    assert "2 rows kept" in report
    assert len(report.splitlines()) == 1
    assert "Stopped · 2 rows" in cell.text
    assert notebook["r"].rows == [(1,), (2,)]
    assert jobmanager.running() == []
    assert gateway.open_operations() == []
    assert "SHOW TABLES" not in gateway.statements, "the rest of the cell is not run"


@pytest.mark.parametrize("source", ["%%flinksql --wait\nSELECT * FROM t", "%flinksql --check SHOW TABLES"])
def test_an_interrupt_is_heard_where_a_library_has_set_it_to_restart_waits(
    notebook: Notebook, gateway: FakeGateway, source: str
) -> None:
    notebook.ok("%flinksql SHOW TABLES")
    gateway.on("SELECT * FROM t", query("id BIGINT", Feed()))
    if "--check" in source:
        gateway.faults.add("any", "slow")
    asked = len(gateway.requests)
    signal.siginterrupt(signal.SIGINT, False)
    cell = run_and_interrupt(notebook, source, lambda: len(gateway.requests) > asked + 4 * ("--wait" in source))
    gateway.faults.release.set()
    assert cell.fails_with(QueryCancelledError).startswith("QueryCancelled: interrupted")


def test_a_second_interrupt_ends_the_waiting_and_the_query_still_ends(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager
) -> None:
    gateway.on("SELECT * FROM t", query("id BIGINT", Feed()))

    def starting() -> bool:
        if "r" in notebook.shell.user_ns:
            for job in jobmanager.jobs_by_id.values():
                job.task_state = "DEPLOYING"  # so that ending it takes long
        return "r" in notebook.shell.user_ns

    def being_ended() -> bool:
        return notebook["r"]._stop_reason == "interrupted"

    cell = run_and_interrupt(notebook, "%%flinksql r << --wait\nSELECT * FROM t", starting, being_ended)
    assert "still being ended" in cell.fails_with(QueryCancelledError)
    for job in jobmanager.jobs_by_id.values():
        job.task_state = "RUNNING"
    eventually(lambda: notebook["r"].status is ResultStatus.STOPPED)
    assert jobmanager.running() == []


@pytest.mark.parametrize("statement", ["SELECT * FROM t", "INSERT INTO u SELECT * FROM t"])
def test_an_interrupt_while_the_statement_is_being_submitted_leaves_no_job(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager, statement: str
) -> None:
    notebook.ok("%flinksql SHOW TABLES")
    ready = threading.Event()
    answer = query("id BIGINT", Feed(), ready=ready) if "SELECT" in statement[:6] else insert(ready=ready)
    gateway.on(statement, answer)
    fetched = gateway.count("fetch")

    def go_on() -> None:
        fetched_more(gateway)
        ready.set()

    cell = run_and_interrupt(
        notebook, f"%%flinksql\n{statement}", lambda: gateway.count("fetch") > fetched + 2, then=go_on
    )
    report = cell.fails_with(QueryCancelledError)
    assert "interrupted while the statement was being submitted" in report
    assert "is CANCELED" in report
    assert jobmanager.running() == []
    assert gateway.open_operations() == []


def test_an_interrupt_of_a_statement_that_is_refused_then(notebook: Notebook, gateway: FakeGateway) -> None:
    notebook.ok("%flinksql SHOW TABLES")
    ready = threading.Event()
    gateway.on("SELECT nope", fails(errors.column_not_found("nope", 1, 8), ready=ready))
    fetched = gateway.count("fetch")

    def go_on() -> None:
        fetched_more(gateway)
        ready.set()

    cell = run_and_interrupt(
        notebook, "%flinksql SELECT nope", lambda: gateway.count("fetch") > fetched + 2, then=go_on
    )
    report = cell.fails_with(QueryCancelledError)
    assert "it had failed already: Column 'nope' not found" in report
    assert gateway.open_operations() == []


def test_an_interrupt_while_the_gateway_does_not_answer_a_submission_loses_no_job(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager
) -> None:
    """The statement is carried out and its reply is late: the handle that ends it must not get lost."""
    notebook.ok("%flinksql SHOW TABLES")
    gateway.on("SELECT * FROM t", query("id BIGINT", Feed()))
    gateway.faults.add("submit", "slow")

    cell = run_and_interrupt(
        notebook,
        "%flinksql SELECT * FROM t",
        lambda: "SELECT * FROM t" in gateway.statements,
        then=gateway.faults.release.set,
    )
    assert "is CANCELED" in cell.fails_with(QueryCancelledError)
    assert jobmanager.running() == []
    assert gateway.open_operations() == []


@pytest.mark.parametrize(
    "source", ["%flink status", "%flinksql --check SHOW TABLES", "%flinksql CREATE TABLE t (a INT)"]
)
def test_an_interrupt_anywhere_is_one_line(notebook: Notebook, gateway: FakeGateway, source: str) -> None:
    notebook.ok("%flinksql SHOW TABLES")
    asked = len(gateway.requests)
    gateway.faults.add("any", "slow")
    cell = run_and_interrupt(notebook, source, lambda: len(gateway.requests) > asked)
    gateway.faults.release.set()
    eventually(
        lambda: gateway.open_operations() == [] and len(gateway.sessions) == 1,
        tell=lambda: [cell.printed, *what_is_open(gateway)],
    )
    assert cell.fails_with(QueryCancelledError).startswith("QueryCancelled: interrupted")
    assert len(cell.printed.strip().splitlines()) == 1


def interrupted_at(notebook: Notebook, source: str, number: int) -> bool:
    """Run a cell with an interrupt before the line of that number of what the main thread does in the session room.

    False: there are fewer. Lines with `with` are left out: Python hears of a signal neither on the way in nor out.
    """
    lines = 0

    def line(frame: Any, event: str, _: Any) -> Any:
        nonlocal lines
        if event == "line":
            text = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
            lines += not text.startswith("with ")
            if lines == number:
                sys.settrace(None)
                raise KeyboardInterrupt
        return line

    def call(frame: Any, event: str, _: Any) -> Any:
        return line if "/flinklab/session/" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        notebook.run(source)
    finally:
        sys.settrace(before)
    return lines >= number


@pytest.mark.parametrize(
    "source", ["SELECT * FROM t", "CREATE TABLE t (a INT)", "SHOW TABLES", "INSERT INTO u SELECT 1"]
)
def test_an_interrupt_before_any_line_of_a_session_leaves_nothing_open(
    notebook: Notebook, gateway: FakeGateway, source: str
) -> None:
    gateway.on("SELECT * FROM t", query("id BIGINT", [[1]]))
    notebook.ok("%flinksql CREATE TABLE first (a INT)")
    at = 1
    while interrupted_at(notebook, f"%flinksql {source}", at):
        eventually(lambda: all(thread.name != "flinklab-aside" for thread in threading.enumerate()))
        eventually(
            lambda: gateway.open_operations() == [] and len(gateway.sessions) == 1,
            tell=lambda: what_is_open(gateway),
        )
        at += 1
    assert at > 40


def test_an_interrupt_while_following_an_insert_lets_it_run(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager
) -> None:
    cell = run_and_interrupt(
        notebook,
        "%%flinksql j << --wait\nINSERT INTO t SELECT 1",
        lambda: "j" in notebook.shell.user_ns and jobmanager.count("status") > 1,
    )
    report = cell.fails_with(QueryCancelledError)
    assert f"job {notebook['j'].job_id} goes on" in report
    assert "`%flink queries` ends it" in report
    assert jobmanager.running() == [notebook["j"].job_id]


def test_a_query_that_fails_fails_the_cell_and_keeps_its_rows(notebook: Notebook, gateway: FakeGateway) -> None:
    rows = query("id BIGINT", [[1], [2]], error=errors.division_by_zero())
    gateway.on("SELECT * FROM t", rows)
    cell = notebook.run("%%flinksql r << --wait\nSELECT * FROM t;\nSHOW TABLES")
    assert "by zero" in cell.fails_with(StatementFailedError)
    assert "Failed · 2 rows" in cell.text
    assert notebook["r"].kept.num_rows == 2
    assert "SHOW TABLES" not in gateway.statements


def test_an_insert_that_fails_while_it_is_followed_fails_the_cell(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager
) -> None:
    def break_it() -> None:
        [job] = eventually(jobmanager.running)
        jobmanager.fail(
            job, "java.lang.RuntimeException: x\nCaused by: java.io.IOException: the disk is full\n\tat y"
        )

    threading.Thread(target=break_it).start()
    cell = notebook.run("%%flinksql --wait --timeout 30s\nINSERT INTO t SELECT 1")
    assert "the disk is full" in cell.fails_with(StatementFailedError)


def test_where_nobody_watches_a_query_without_a_budget_gets_one(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLINKLAB_WAIT_TIMEOUT", "0.3")
    feed = Feed()
    feed.push([1])
    gateway.on("SELECT * FROM t", query("id BIGINT", feed))
    cell = notebook.ok("%flinksql r << SELECT * FROM t")
    assert "timeout of 0.30 s reached" in cell.text
    assert notebook["r"].rows == [(1,)]
    assert jobmanager.running() == []
    notebook.ok("%config FlinkSQL.wait_timeout = 0.2")
    assert "timeout of 0.20 s reached" in notebook.ok("%flinksql SELECT * FROM t").text
    assert "timeout of 0.10 s reached" in notebook.ok("%flinksql --timeout 100ms SELECT * FROM t").text


def test_detached_the_cell_returns_and_the_result_goes_on(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager
) -> None:
    feed = Feed()
    gateway.on("SELECT * FROM t", query("id BIGINT", feed))
    gateway.on("SELECT 1", query("a INT", [[1]]))
    notebook.ok("%flinksql --detach r << SELECT * FROM t")
    assert notebook["r"].status is ResultStatus.RUNNING
    assert "1 query of this notebook running" in notebook.ok("%flink status").printed
    feed.push([1])
    eventually(lambda: notebook["r"].rows == [(1,)])
    notebook.ok("r.cancel()")
    assert "stopped after" in notebook["r"].message
    assert jobmanager.running() == []


def test_when_the_notebook_is_done_its_queries_end(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager
) -> None:
    gateway.on("SELECT * FROM t", query("id BIGINT", Feed()))
    notebook.ok("%flinksql --detach r << SELECT * FROM t")
    notebook.ok("%flinksql j << INSERT INTO t SELECT 1")
    notebook.ok("%flink session reset")
    assert "session closed" in notebook["r"].message
    assert jobmanager.running() == [notebook["j"].job_id]
    with pytest.raises(Exception, match="does not tell about job"):
        notebook["j"].wait()


def test_queries_end_with_a_python_that_starts_no_threads_any_more(
    notebook: Notebook, gateway: FakeGateway, jobmanager: FakeJobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.12 refuses them while it runs what was registered for its end."""
    gateway.on("SELECT * FROM t", query("id BIGINT", Feed()))
    notebook.ok("%flinksql --detach r << SELECT * FROM t")
    main, start = threading.current_thread(), threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if threading.current_thread() is main:
            raise RuntimeError("can't create new thread at interpreter shutdown")
        start(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        notebook.shell.magics_manager.registry["FlinkSQL"].workbench.close()
    assert notebook["r"].status is ResultStatus.STOPPED
    assert gateway.sessions == {}
    assert jobmanager.running() == []


def test_a_statement_that_takes_long_is_waited_for(notebook: Notebook, gateway: FakeGateway) -> None:
    gateway.on("CREATE TABLE t (a INT)", ok(not_ready=8))
    gateway.on("SHOW TABLES", table("name STRING", [["t"]], not_ready=8))
    cell = notebook.ok("%%flinksql\nCREATE TABLE t (a INT); SHOW TABLES")
    assert cell.texts[0].startswith("OK: CREATE TABLE t")
    assert cell.texts[1].splitlines()[-1] == "t"
