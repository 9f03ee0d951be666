from __future__ import annotations

import json
import re
from urllib.request import urlopen

import pytest

from contract.side import KAFKA, LIVE, SINK, UPDATING, Side, rows, until
from flinklab.domain.cluster import JobState
from flinklab.domain.errors import (
    BrokenReplyError,
    SessionExpiredError,
    StatementError,
    StatementFailedError,
    StatementInvalidError,
    StatementParseError,
)
from flinklab.domain.ids import OperationHandle, SessionHandle
from flinklab.domain.pages import PageKind, RowFormat

BOUNDED = "SELECT id, name FROM (VALUES (1, 'a'), (2, 'b')) AS t (id, name)"
NO_SESSION = SessionHandle("00000000-0000-0000-0000-000000000000")
NO_OPERATION = OperationHandle("00000000-0000-0000-0000-000000000000")


def test_the_gateway_says_who_it_is(side: Side) -> None:
    info = side.gateway.info()
    with urlopen(f"{side.gateway.url}/api_versions", timeout=30) as reply:
        offered = [int(version.removeprefix("V")) for version in json.load(reply)["versions"]]
    assert info.product == "Apache Flink" and info.api_version == max(offered)
    assert re.fullmatch(r"\d+\.\d+\.\d+", info.version)


def test_a_session_keeps_its_properties(side: Side) -> None:
    session = side.gateway.open_session({"pipeline.name": "mine"})
    assert side.gateway.session_properties(session)["pipeline.name"] == "mine"
    side.gateway.heartbeat(session)
    side.gateway.close_session(session)
    side.gateway.close_session(session)
    with pytest.raises(SessionExpiredError):
        side.gateway.heartbeat(session)


def test_set_changes_the_session_and_a_statements_config_does_not(side: Side) -> None:
    side.run("SET 'pipeline.max-parallelism' = '64'")
    side.run("SHOW VIEWS", {"pipeline.name": "only now"})
    properties = side.gateway.session_properties(side.session)
    assert properties["pipeline.max-parallelism"] == "64"
    assert "pipeline.name" not in properties


def test_ddl_answers_ok(side: Side) -> None:
    page, last = side.run(SINK)
    assert page.rows == b'[{"kind":"INSERT","fields":["OK"]}]'
    assert [(column.name, str(column.type)) for column in page.columns] == [("result", "STRING")]
    assert (page.kind, last.kind, page.is_query, page.job_id) == (PageKind.PAYLOAD, PageKind.EOS, False, None)


def test_a_list_without_rows_ends_at_once(side: Side) -> None:
    operation = side.gateway.submit(side.session, "SHOW VIEWS", {})
    page = side.first(operation)
    assert (page.kind, page.rows, page.columns[0].name) == (PageKind.EOS, b"[]", "view name")
    side.gateway.close_operation(side.session, operation)


def test_a_bounded_query_gives_every_row_once(side: Side) -> None:
    pages = side.run(BOUNDED)
    assert sorted(rows(pages)) == [("INSERT", [1, "a"]), ("INSERT", [2, "b"])]
    first = pages[0]
    assert [(c.name, str(c.type)) for c in first.columns] == [("id", "INT NOT NULL"), ("name", "CHAR(1) NOT NULL")]
    assert first.is_query and first.row_format is RowFormat.JSON
    assert first.job_id is not None and re.fullmatch("[0-9a-f]{32}", first.job_id)
    assert first.columns == pages[-1].columns


def test_an_updating_query_takes_rows_back(side: Side) -> None:
    changes = rows(side.run(UPDATING))
    assert sorted(changes) == [
        ("INSERT", ["a", 1]),
        ("INSERT", ["b", 1]),
        ("UPDATE_AFTER", ["a", 2]),
        ("UPDATE_BEFORE", ["a", 1]),
    ]


def test_a_page_may_be_fetched_again_until_the_next_one_was(side: Side) -> None:
    operation = side.gateway.submit(side.session, BOUNDED, {})
    side.first(operation)
    token = 0
    while True:
        page = side.gateway.fetch(side.session, operation, token)
        assert side.gateway.fetch(side.session, operation, token) == page
        if page.kind is PageKind.EOS:
            break
        token += 1
    side.gateway.close_operation(side.session, operation)


def test_tokens_cannot_be_skipped(side: Side) -> None:
    operation = side.gateway.submit(side.session, BOUNDED, {})
    side.first(operation)
    with pytest.raises(StatementError, match=r"Expecting token to be 1 or 0, but found 7"):
        side.gateway.fetch(side.session, operation, 7)
    side.gateway.close_operation(side.session, operation)


def test_values_that_are_no_json_come_as_text(side: Side) -> None:
    pages = side.run("SELECT MAP[1, 2] AS m")
    assert {page.row_format for page in pages} == {RowFormat.PLAIN_TEXT}
    assert rows(pages) == [("INSERT", ["{1=2}"])]
    assert str(pages[0].columns[0].type) == "MAP<INT NOT NULL, INT NOT NULL> NOT NULL"


def test_an_insert_answers_with_its_job(side: Side) -> None:
    side.run(SINK)
    page = side.run("INSERT INTO sink VALUES (1)", {"pipeline.name": "one row"})[0]
    assert page.columns[0].name == "job id" and not page.is_query
    assert page.job_id is not None and rows([page]) == [("INSERT", [page.job_id])]
    detail = until(lambda: side.jobmanager.job(page.job_id or ""))
    assert detail.name == "one row"


def test_closing_a_query_ends_its_job(side: Side) -> None:
    operation, job_id = side.live()
    side.gateway.close_operation(side.session, operation)
    side.gateway.close_operation(side.session, operation)
    with pytest.raises(StatementError, match="Can not find the submitted operation"):
        side.gateway.fetch(side.session, operation, 0)
    assert until(lambda: _state(side, job_id)) is JobState.CANCELED


def test_closing_a_session_ends_its_jobs(side: Side) -> None:
    _, job_id = side.live()
    side.gateway.close_session(side.session)
    assert until(lambda: _state(side, job_id)) is JobState.CANCELED


def _state(side: Side, job_id: str) -> JobState | None:
    detail = side.jobmanager.job(job_id)
    return detail.state if detail is not None and detail.state.is_terminal else None


def test_a_cancelled_job_ends_its_query(side: Side) -> None:
    operation, job_id = side.live()
    side.jobmanager.cancel(job_id)
    with pytest.raises(StatementFailedError, match="Job was cancelled"):
        token = 0
        while True:
            token += side.gateway.fetch(side.session, operation, token).kind is PageKind.PAYLOAD
    side.gateway.close_operation(side.session, operation)


def test_what_is_over_cannot_be_cancelled(side: Side) -> None:
    operation = side.gateway.submit(side.session, "SHOW VIEWS", {})
    side.first(operation)
    with pytest.raises(BrokenReplyError, match="from FINISHED to CANCELED"):
        side.gateway.cancel(side.session, operation)
    side.gateway.close_operation(side.session, operation)


def test_unknown_operations_may_be_closed_and_not_fetched(side: Side) -> None:
    side.gateway.close_operation(side.session, NO_OPERATION)
    with pytest.raises(StatementError, match="Can not find the submitted operation"):
        side.gateway.fetch(side.session, NO_OPERATION, 0)
    with pytest.raises(BrokenReplyError, match="Can not find the submitted operation"):
        side.gateway.cancel(side.session, NO_OPERATION)


def test_an_unknown_session_is_told_everywhere(side: Side) -> None:
    gateway = side.gateway
    gateway.close_session(NO_SESSION)
    gateway.close_operation(NO_SESSION, NO_OPERATION)
    for call in (
        lambda: gateway.session_properties(NO_SESSION),
        lambda: gateway.heartbeat(NO_SESSION),
        lambda: gateway.submit(NO_SESSION, "SHOW VIEWS", {}),
        lambda: gateway.fetch(NO_SESSION, NO_OPERATION, 0),
        lambda: gateway.cancel(NO_SESSION, NO_OPERATION),
        lambda: gateway.complete(NO_SESSION, "SEL", 3),
    ):
        with pytest.raises(SessionExpiredError):
            call()


def test_words_are_completed(side: Side) -> None:
    assert list(side.gateway.complete(side.session, "SELECT * FR", 11)) == ["FROM"]


@pytest.mark.parametrize(
    ("statement", "expected", "words", "place"),
    [
        ("CREATE TABLE u u (a INT)", StatementParseError, 'Encountered "u"', (1, 16)),
        ("SELECT nope FROM live", StatementInvalidError, "Column 'nope' not found in any table", (1, 8)),
        ("SELECT *\n  FROM nix", StatementInvalidError, "Object 'nix' not found", (2, 8)),
        ("INSERT INTO nosink VALUES (1)", StatementInvalidError, "Cannot find table", (1, 13)),
        (
            "SELECT * FROM topic",
            StatementInvalidError,
            "Could not find any factory for identifier 'kafka'",
            (1, 15),
        ),
    ],
)
def test_a_wrong_statement_is_told_with_its_place(
    side: Side, statement: str, expected: type[StatementError], words: str, place: tuple[int, int]
) -> None:
    for ddl in (LIVE, KAFKA):
        side.run(ddl)
    error = side.failure(statement)
    assert type(error) is expected and words in error.message
    assert isinstance(error, StatementError) and error.position is not None
    assert (error.position.line, error.position.column) == place
    assert error.details is not None and "Caused by:" in error.details


def test_a_missing_connector_gets_a_list_and_a_way_out(side: Side) -> None:
    side.run(KAFKA)
    hint = side.failure("SELECT * FROM topic").hint or ""
    assert "blackhole, datagen" in hint and "%flink jar" in hint


def test_a_query_that_fails_while_it_runs(side: Side) -> None:
    side.run(LIVE)
    error = side.failure("SELECT 1 / (id - id) AS x FROM live")
    assert isinstance(error, StatementFailedError)
    assert (error.message, error.position) == ("division by zero", None)
    failed = [job for job in side.jobmanager.jobs() if job.state is JobState.FAILED]
    newest = max(failed, key=lambda job: job.start)
    assert "ArithmeticException: / by zero" in (side.jobmanager.root_cause(newest.id) or "")
