"""What a session does when its gateway misbehaves, on a fake that can be told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from fakes import errors
from fakes.answers import Feed, fails, insert, query, table
from fakes.gateway import FakeGateway
from flinklab.domain.errors import (
    BrokenReplyError,
    ResultBoundError,
    ResultTruncatedError,
    StatementFailedError,
    StatementInvalidError,
    UnreachableError,
    UsageError,
)
from flinklab.results.table import Mode
from flinklab.session.options import RunOptions
from flinklab.session.query import QueryResult
from flinklab.session.session import Session
from flinklab.session.snapshot import ResultStatus

CREATE = "CREATE TABLE t (id BIGINT) WITH ('connector' = 'datagen')"


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


def test_a_forgotten_session_is_made_again_from_its_journal(
    fake: FakeGateway, session: Session, notices: list[str]
) -> None:
    session.sql(f"SET 'a' = 'b'; {CREATE}")
    fake.on("SELECT * FROM t", query("id BIGINT", [[1]]))
    fake.expire_sessions()
    assert session.sql("SELECT * FROM t").wait().rows == [(1,)]
    assert fake.statements[-3:] == ["SET 'a' = 'b'", CREATE, "SELECT * FROM t"]
    assert len(notices) == 1
    assert "made again from its journal (2 statements)" in notices[0]


def test_it_is_made_again_once_for_each_time_it_was_lost(
    fake: FakeGateway, session: Session, notices: list[str]
) -> None:
    session.sql(CREATE)
    for _ in range(2):
        fake.expire_sessions()
        session.sql("SHOW TABLES")
    assert len(notices) == 2


def test_what_cannot_be_replayed_is_said_and_the_rest_goes_on(
    fake: FakeGateway, session: Session, notices: list[str]
) -> None:
    session.sql(CREATE)
    session.sql("CREATE VIEW v AS SELECT 1")
    fake.on(CREATE, fails(errors.object_not_found("gone", 1, 1)))
    fake.expire_sessions()
    session.sql("SHOW TABLES")
    assert any("could not replay `CREATE TABLE t" in notice for notice in notices)
    assert fake.statements[-2:] == ["CREATE VIEW v AS SELECT 1", "SHOW TABLES"]


def test_a_lost_reply_never_makes_a_second_submission(fake: FakeGateway, session: Session) -> None:
    session.sql(CREATE)
    fake.on("INSERT INTO t SELECT 1", insert())
    fake.faults.add("submit", "drop reply")
    with pytest.raises(BrokenReplyError, match="reply to a statement was lost"):
        session.sql("INSERT INTO t SELECT 1")
    assert fake.statements.count("INSERT INTO t SELECT 1") == 1


def test_a_gateway_that_is_gone_is_one_line(fake: FakeGateway, session: Session) -> None:
    session.sql("SHOW TABLES")
    fake.stop()
    with pytest.raises(UnreachableError) as caught:
        session.sql("SHOW TABLES")
    assert len(caught.value.report()) <= 2


def test_a_query_whose_session_expires_keeps_its_rows(fake: FakeGateway, session: Session) -> None:
    feed = Feed()
    feed.push([1], [2])
    fake.on("SELECT * FROM t", query("id BIGINT", feed))
    result = session.sql("SELECT * FROM t")
    eventually(lambda: result.rows_seen == 2)
    fake.expire_sessions()
    eventually(lambda: result.status.is_final)
    assert result.status is ResultStatus.FAILED
    assert "2 rows kept" in (result.message or "")
    assert result.kept.num_rows == 2
    with pytest.raises(type(result.error)):
        _ = result.df


def test_a_job_that_fails_in_the_middle(fake: FakeGateway, session: Session) -> None:
    feed = Feed()
    feed.push([1])
    fake.on("SELECT * FROM t", query("id BIGINT", feed))
    result = session.sql("SELECT * FROM t")
    eventually(lambda: result.rows_seen == 1)
    feed.fail(errors.division_by_zero())
    with pytest.raises(StatementFailedError, match=r"[Dd]ivision by zero"):
        result.wait(60)
    assert result.kept.num_rows == 1
    assert fake.open_operations() == []


def test_a_refused_statement_has_its_place_in_the_cell_and_stops_the_rest(
    fake: FakeGateway, session: Session
) -> None:
    fake.on("SELECT nope FROM t", fails(errors.column_not_found("nope", 1, 8)))
    cell = "SHOW TABLES;\n  SELECT nope FROM t;\nSHOW VIEWS"
    with pytest.raises(StatementInvalidError) as caught:
        list(session.run(cell, first_line=2))
    assert caught.value.position is not None
    assert (caught.value.position.line, caught.value.position.column) == (3, 10)
    assert "^" in (caught.value.excerpt or "")
    assert "SHOW VIEWS" not in fake.statements
    assert fake.open_operations() == []


def test_cancel_ends_the_operation_and_the_job_and_keeps_the_rows(fake: FakeGateway, session: Session) -> None:
    feed = Feed()
    feed.push([1], [2], [3])
    fake.on("SELECT * FROM t", query("id BIGINT", feed))
    result = session.sql("SELECT * FROM t")
    eventually(lambda: result.rows_seen == 3)
    result.cancel("interrupted")
    assert result.status is ResultStatus.STOPPED
    assert result.rows == [(1,), (2,), (3,)]
    assert "interrupted after" in (result.message or "")
    assert "CANCELED" in (result.message or "")
    assert "3 rows kept" in (result.message or "")
    assert fake.open_operations() == []
    assert fake.jobmanager.running() == []
    result.cancel()  # a second time changes nothing
    assert "interrupted" in (result.message or "")


def test_a_query_that_somebody_else_ends_was_stopped_and_did_not_fail(fake: FakeGateway, session: Session) -> None:
    feed = Feed()
    feed.push([1])
    fake.on("SELECT * FROM t", query("id BIGINT", feed))
    result = session.sql("SELECT * FROM t")
    eventually(lambda: result.rows_seen == 1)
    assert result.job_id is not None
    fake.jobmanager.cancel_job(result.job_id)
    result.wait(60)
    assert result.status is ResultStatus.STOPPED
    assert result.rows == [(1,)]
    assert result.snapshot(1).message == "ended from elsewhere"


def test_a_job_is_not_cancelled_before_its_tasks_run(fake: FakeGateway, session: Session) -> None:
    """FLINK-39330: that would end the TaskManager."""
    fake.on("SELECT * FROM t", query("id BIGINT", Feed()))
    result = session.sql("SELECT * FROM t")
    assert result.job_id is not None
    job = fake.jobmanager.jobs_by_id[result.job_id]
    job.task_state = "DEPLOYING"
    canceller = threading.Thread(target=result.cancel)
    canceller.start()
    asked = len(fake.jobmanager.requests)
    eventually(lambda: len(fake.jobmanager.requests) > asked + 2)
    assert fake.open_operations() != []
    job.task_state = "RUNNING"
    canceller.join(60)
    assert fake.open_operations() == []


def test_a_limit_ends_the_query_with_exactly_that_many_rows(fake: FakeGateway, session: Session) -> None:
    feed = Feed()
    feed.push(*([n] for n in range(100)))
    fake.on("SELECT * FROM t", query("id BIGINT", feed))
    result = session.sql("SELECT * FROM t", limit=7).wait(60)
    assert result.rows == [(n,) for n in range(7)]
    assert result.status is ResultStatus.STOPPED
    assert "limit of 7 rows reached" in (result.message or "")


def test_a_timeout_ends_the_query_and_keeps_the_rows(
    fake: FakeGateway, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QueryResult, "elapsed", property(lambda result: 3600.0 if result.rows_seen else 0.0))
    feed = Feed()
    feed.push([1])
    fake.on("SELECT * FROM t", query("id BIGINT", feed))
    result = session.sql("SELECT * FROM t", timeout=3600).wait(60)
    assert "timeout of" in (result.message or "")
    assert result.rows == [(1,)]


def test_a_query_has_a_longest_life(fake: FakeGateway, make_session: Callable[..., Session]) -> None:
    fake.on("SELECT * FROM t", query("id BIGINT", Feed()))
    result = make_session(longest_life=0.3).sql("SELECT * FROM t").wait(60)
    assert "longest life" in (result.message or "")


def test_more_rows_than_are_kept(fake: FakeGateway, session: Session) -> None:
    fake.on("SELECT * FROM t", query("id BIGINT", ([n] for n in range(1000))))
    result = session.sql("SELECT * FROM t", rows_kept=100).wait(60)
    assert result.rows_seen == 1000
    with pytest.raises(ResultTruncatedError, match="rows-kept"):
        _ = result.df
    assert result.kept.num_rows == 100


def test_an_updating_result_stops_at_its_bound(fake: FakeGateway, session: Session) -> None:
    rows = [("+I", [n]) for n in range(50)]
    fake.on("SELECT * FROM t", query("id BIGINT", rows))
    result = session.sql("SELECT * FROM t", mode=Mode.UPDATE, rows_kept=10)
    with pytest.raises(ResultBoundError):
        result.wait(60)
    assert result.status is ResultStatus.FAILED


def test_the_planner_is_asked_before_rows_are_let_go(fake: FakeGateway, session: Session) -> None:
    sql = "SELECT * FROM t"
    plan = "== Optimized Physical Plan ==\nGroupAggregate(changelogMode=[I,UA])\n+- X(changelogMode=[I])\n"
    fake.on(f"EXPLAIN CHANGELOG_MODE {sql}", table("result STRING", [[plan]]))
    fake.on(sql, query("id BIGINT", [[n] for n in range(50)]))
    result = session.sql(sql, rows_kept=10)
    with pytest.raises(ResultBoundError):
        result.wait(60)


def test_settings_of_one_call_do_not_stay(fake: FakeGateway, session: Session) -> None:
    session.sql("SHOW TABLES", config={"x": "1"}, batch=True, parallelism=3)
    session.sql("SHOW TABLES")
    first, second = (found.config for found in fake.submitted[-2:])
    assert first == {"x": "1", "execution.runtime-mode": "batch", "parallelism.default": "3"}
    assert second == {}


def test_queries_are_marked_and_see_rows_without_checkpoints(fake: FakeGateway, session: Session) -> None:
    fake.on("SELECT 1", query("a INT", [[1]]))
    session.sql("SELECT 1").wait(60)
    config = fake.submitted[-1].config
    assert config["execution.checkpointing.mode"] == "AT_LEAST_ONCE"
    assert config["restart-strategy.type"] == "none"
    assert "flinklab.user:ann" in config["pipeline.global-job-parameters"]


def test_check_leaves_nothing_behind(fake: FakeGateway, session: Session) -> None:
    session.sql(CREATE)
    fake.on("EXPLAIN SELECT nope FROM t", fails(errors.column_not_found("nope", 1, 16)))
    verdicts = list(session.check("CREATE TABLE u (id BIGINT);\nSELECT nope FROM t;\nINSERT INTO u SELECT 1"))
    assert [verdict.ok for verdict in verdicts] == [True, False, True]
    error = verdicts[1].error
    assert error is not None
    assert error.position is not None
    assert (error.position.line, error.position.column) == (2, 8)
    assert verdicts[2].plan
    own = {found.session for found in fake.submitted if found.statement == CREATE}
    scratch = fake.submitted[-1].session
    assert scratch in own  # the journal was replayed there
    assert scratch not in fake.sessions
    assert fake.jobmanager.running() == []


@pytest.mark.parametrize("sql", ["DELETE FROM t", "UPDATE t SET id = 1", "EXECUTE PLAN '/p.json'", "STOP JOB 'x'"])
def test_what_flink_cannot_explain_is_not_judged(fake: FakeGateway, session: Session, sql: str) -> None:
    [verdict] = session.check(sql)
    assert verdict.ok
    assert "not judged" in (verdict.note or "")
    assert all(sql not in statement for statement in fake.statements)


def test_close_ends_queries_and_the_session(fake: FakeGateway, session: Session) -> None:
    fake.on("SELECT * FROM t", query("id BIGINT", Feed()))
    result = session.sql("SELECT * FROM t")
    session.close()
    assert result.status is ResultStatus.STOPPED
    assert fake.sessions == {}
    assert fake.jobmanager.running() == []


def test_no_statement_is_a_mistake_with_advice(session: Session) -> None:
    for text in ("", "  \n", "-- nothing\n/* at all */"):
        with pytest.raises(UsageError):
            session.sql(text)


def test_a_heartbeat_keeps_the_session(fake: FakeGateway, make_session: Callable[..., Session]) -> None:
    session = make_session(heartbeat=0.05)
    session.sql("SHOW TABLES")
    [handle] = fake.sessions
    eventually(lambda: fake.sessions[handle].heartbeats >= 2)


def test_several_queries_run_side_by_side(fake: FakeGateway, session: Session) -> None:
    feeds = [Feed(), Feed()]
    for n, feed in enumerate(feeds):
        fake.on(f"SELECT {n}", query("a INT", feed))
    results = list(session.run("SELECT 0; SELECT 1", RunOptions()))
    assert session.running == results
    for n, feed in enumerate(feeds):
        feed.push([n])
        feed.end()
    assert [result.wait(60).rows for result in results] == [[(0,)], [(1,)]]
    assert session.running == []


def test_a_limit_counts_what_came_where_only_the_newest_is_shown(fake: FakeGateway, session: Session) -> None:
    feed = Feed()
    feed.push(*([n] for n in range(10)))
    fake.on("SELECT * FROM t", query("id BIGINT", feed))
    result = session.sql("SELECT * FROM t", mode=Mode.SINGLE, limit=4).wait(60)
    assert result.rows == [(3,)]
    assert "limit of 4 rows" in (result.message or "")


def test_an_unknown_option_has_a_suggestion(session: Session) -> None:
    with pytest.raises(UsageError, match="did you mean 'limit'"):
        session.sql("SHOW TABLES", limt=3)


def test_a_set_that_is_left_open_is_said(session: Session, notices: list[str]) -> None:
    session.sql("BEGIN STATEMENT SET")
    assert "left open" in notices[0]


def test_a_result_without_rows_is_still_a_result(fake: FakeGateway, session: Session) -> None:
    fake.on("SELECT * FROM t", query("id BIGINT", []))
    result = session.sql("SELECT * FROM t").wait(60)
    assert len(result) == 0
    assert result
