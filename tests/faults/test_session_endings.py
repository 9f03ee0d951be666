"""Statements that do not end well: lost replies, interrupts, a gateway that is gone, a planner that is busy."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from fakes import errors
from fakes.answers import Feed, fails, insert, ok, query, table
from fakes.gateway import FakeGateway
from flinklab.domain.errors import QueryCancelledError, StatementFailedError, StatementInvalidError
from flinklab.session import runner
from flinklab.session.session import Session
from flinklab.session.stopping import abandon

CREATE = "CREATE TABLE t (id BIGINT) WITH ('connector' = 'datagen')"
PARAMETERS = "pipeline.global-job-parameters"


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


def interrupt_when(condition: Callable[[], bool], then: Callable[[], None] = lambda: None) -> None:
    """Ctrl-C in the main thread as soon as `condition` holds, then `then`."""

    def wait() -> None:
        eventually(condition)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)
        then()

    threading.Thread(target=wait, daemon=True).start()


def test_an_insert_whose_closing_is_not_answered_has_started(fake: FakeGateway, session: Session) -> None:
    session.sql("SHOW TABLES")
    fake.faults.add("close operation", "drop reply", times=2)
    assert session.sql("INSERT INTO t SELECT 1").job_id in fake.jobmanager.jobs_by_id


def test_closing_is_repeated_once(fake: FakeGateway, session: Session) -> None:
    session.sql("SHOW TABLES")
    fake.faults.add("close operation", "drop request")
    session.sql("SHOW TABLES")
    assert fake.open_operations() == []


def test_the_reason_of_a_refusal_survives_a_closing_that_fails(fake: FakeGateway, session: Session) -> None:
    session.sql("SHOW TABLES")
    fake.on("SELECT nope FROM t", fails(errors.column_not_found("nope", 1, 8)))
    fake.faults.add("close operation", "drop reply", times=2)
    with pytest.raises(StatementInvalidError, match="nope"):
        session.sql("SELECT nope FROM t")


def test_a_timeout_holds_before_the_first_page(
    fake: FakeGateway, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = threading.Event()
    fake.on("SELECT 1", query("a INT", [[1]], ready=ready))

    def abandoned(*given: Any) -> Any:
        ready.set()
        return abandon(*given)

    monkeypatch.setattr(runner, "abandon", abandoned)
    with pytest.raises(QueryCancelledError, match=r"timeout of .* before the query began; job \w+ is CANCELED"):
        session.sql("SELECT 1", timeout=0.1)
    assert fake.open_operations() == []
    assert fake.jobmanager.running() == []


def test_a_timeout_is_not_for_statements_that_end_by_themselves(fake: FakeGateway, session: Session) -> None:
    ready = threading.Event()
    fake.on("SHOW TABLES", table("name STRING", [["t"]], ready=ready))
    threading.Timer(0.3, ready.set).start()
    assert session.sql("SHOW TABLES", timeout=0.01).rows == [("t",)]


def test_ddl_that_was_carried_out_in_spite_of_an_interrupt_is_in_the_journal(
    fake: FakeGateway, session: Session
) -> None:
    session.sql("SHOW TABLES")
    ready = threading.Event()
    fake.on(CREATE, ok(ready=ready))
    interrupt_when(lambda: CREATE in fake.statements, ready.set)
    with pytest.raises(QueryCancelledError, match="carried out"):
        session.sql(CREATE)
    assert [statement.text for statement in session.journal] == [CREATE]


def test_an_interrupt_as_an_insert_has_just_started_ends_its_job_and_names_it(
    fake: FakeGateway, session: Session
) -> None:
    session.sql("SHOW TABLES")
    closed = fake.count("close operation")
    fake.on("INSERT INTO t SELECT 1", insert())
    fake.faults.add("close operation", "slow")
    interrupt_when(lambda: fake.count("close operation") > closed, fake.faults.release.set)
    with pytest.raises(QueryCancelledError) as caught:
        session.sql("INSERT INTO t SELECT 1")
    [job] = fake.jobmanager.jobs_by_id
    assert f"job {job[:8]} is CANCELED" in caught.value.message
    assert fake.jobmanager.running() == []


def test_a_query_that_nobody_gets_is_ended(
    fake: FakeGateway, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(runner, "PageReader", fail)
    fake.on("SELECT 1", query("a INT", Feed()))
    with pytest.raises(RuntimeError):
        session.sql("SELECT 1")
    assert fake.open_operations() == []
    assert fake.jobmanager.running() == []


def test_the_job_of_a_query_does_not_outlive_a_gateway_that_crashed(fake: FakeGateway, session: Session) -> None:
    feed = Feed()
    feed.push([1])
    fake.on("SELECT 1", query("a INT", feed))
    result = session.sql("SELECT 1")
    eventually(lambda: result.rows_seen == 1)
    fake.sessions.clear()  # as after a restart: nobody ended its jobs
    eventually(lambda: result.status.is_final)
    assert fake.jobmanager.running() == []
    assert "1 row kept" in (result.message or "")
    assert "is CANCELED" in (result.message or "")


def test_the_job_of_a_query_ends_while_the_gateway_is_away(fake: FakeGateway, session: Session) -> None:
    fake.on("SELECT 1", query("a INT", Feed()))
    result = session.sql("SELECT 1")
    fake.stop()
    result.cancel()
    assert fake.jobmanager.running() == []
    assert "cannot reach" in (result.message or "")  # whoever of the two hears of it first


def test_results_that_are_over_are_not_held(fake: FakeGateway, session: Session) -> None:
    fake.on("SELECT 1", query("a INT", [[1]]))
    results = [weakref.ref(session.sql("SELECT 1").wait(60)) for _ in range(3)]

    def let_go() -> bool:
        gc.collect()
        return all(result() is None for result in results)

    eventually(let_go)


def test_a_query_that_was_dropped_still_counts_as_running(fake: FakeGateway, session: Session) -> None:
    fake.on("SELECT 1", query("a INT", Feed()))
    session.sql("SELECT 1")
    gc.collect()
    [running] = session.running
    running.cancel()
    assert session.running == []


def test_completion_goes_on_after_the_gateway_forgot_its_session(fake: FakeGateway, session: Session) -> None:
    fake.candidates = ["SELECT"]
    session.sql(CREATE)
    assert session.complete("SEL", 3) == ["SELECT"]
    fake.expire_sessions()
    assert session.complete("SEL", 3) == ["SELECT"]
    assert fake.statements[-1] == CREATE


def test_the_planner_is_asked_as_the_query_is_run(fake: FakeGateway, session: Session) -> None:
    fake.on("SELECT 1", query("a INT", [[n] for n in range(50)]))
    session.sql("SELECT 1", rows_kept=10, batch=True).wait(60)
    [asked] = [found for found in fake.submitted if "CHANGELOG_MODE" in found.statement]
    assert asked.config == {"execution.runtime-mode": "batch"}


def test_a_statement_that_holds_up_the_session_does_not_hold_up_a_query(
    fake: FakeGateway, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_PLANNING", 0.1)
    feed, ready, slow = Feed(), threading.Event(), "ANALYZE TABLE t COMPUTE STATISTICS"
    fake.on("SELECT 1", query("a INT", feed))
    fake.on(slow, ok(ready=ready))
    result = session.sql("SELECT 1", rows_kept=10)
    holder = threading.Thread(target=session.sql, args=(slow,))
    holder.start()
    try:
        eventually(lambda: slow in fake.statements)
        feed.push(*([n] for n in range(20)))
        eventually(lambda: result.rows_seen == 20)
        result.cancel()
        assert result.kept.num_rows == 10
    finally:
        ready.set()
        holder.join()


def test_a_zone_for_one_statement_is_the_zone_of_its_result(fake: FakeGateway, session: Session) -> None:
    """In plain text TIMESTAMP_LTZ has no zone: read in another one it would be another moment."""
    fake.on("SELECT 1", query("a TIMESTAMP_LTZ(3)", [["1970-01-01 09:00:00.000"]], no_json=True))
    result = session.sql("SELECT 1", config={"table.local-time-zone": "Asia/Tokyo"}).wait(60)
    assert result.arrow.schema.field(0).type.tz == "Asia/Tokyo"
    assert result.rows[0][0].timestamp() == 0


@pytest.mark.parametrize("sql", ["INSERT INTO t SELECT 1", "CREATE TABLE u AS SELECT 1 AS a"])
def test_jobs_are_marked_beside_the_parameters_of_the_session(
    fake: FakeGateway, session: Session, sql: str
) -> None:
    session.sql(f"SET '{PARAMETERS}' = 'team:blue'")
    fake.on(sql, insert())
    session.sql(sql)
    assert fake.submitted[-1].config[PARAMETERS].startswith("team:blue,flinklab.user:ann")
    assert "flinklab.kind:insert" in fake.submitted[-1].config[PARAMETERS]


def test_a_listener_that_fails_ends_nothing(fake: FakeGateway, session: Session) -> None:
    feed, told = Feed(), threading.Event()

    def fail() -> None:
        told.set()
        raise ValueError("mine")

    fake.on("SELECT 1", query("a INT", feed))
    result = session.sql("SELECT 1")
    result.on_change(fail)
    feed.push([1])
    assert told.wait(60)
    feed.push([2])
    feed.end()
    assert result.wait(60).rows == [(1,), (2,)]


def test_a_place_in_the_data_is_no_place_in_the_cell(fake: FakeGateway, session: Session) -> None:
    feed = Feed()
    feed.push([1])
    fake.on("SELECT 1", query("a INT", feed))
    result = session.sql("SELECT 1")
    eventually(lambda: result.rows_seen == 1)
    feed.fail(errors.job_error("java.io.IOException: unexpected character at line 7, column 3"))
    with pytest.raises(StatementFailedError) as caught:
        result.wait(60)
    assert caught.value.position is None
