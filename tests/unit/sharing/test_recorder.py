from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from flinklab.domain.definitions import How, Use
from flinklab.domain.errors import QueryCancelledError, StatementFailedError, StatementInvalidError
from flinklab.domain.ids import JobId
from flinklab.domain.records import HistoryEntry
from flinklab.domain.statements import Statement
from flinklab.results.table import Mode, ResultTable
from flinklab.session.job import JobResult
from flinklab.session.result import Result, said
from flinklab.session.snapshot import ResultStatus
from flinklab.sharing.recorder import HistoryRecorder, Where
from flinklab.sharing.sharing import Belonging
from flinklab.sql.classify import classify

USES = (
    Use("", "", "definition", "my", "orders", How.READS),
    Use("", "", "variable", "my", "rate"),
)


class Prepared:
    text = "SELECT 's3cret' FROM orders"
    shown = "SELECT '******' FROM orders"
    uses = USES

    def hide(self, rows: bytes) -> bytes:
        return rows

    def restore(self, error: object) -> None:
        """Nothing to restore."""


class Written:
    def __init__(self) -> None:
        self.entries: list[HistoryEntry] = []
        self.uses: list[Use] = []

    def __call__(self, entry: HistoryEntry, uses: Sequence[Use]) -> None:
        self.entries.append(entry)
        self.uses += uses

    @property
    def outcomes(self) -> list[str]:
        return [entry.outcome for entry in self.entries]


@pytest.fixture
def written() -> Written:
    return Written()


def begin(written: Written, sql: str, notebook: str = "a.ipynb", **options: Any) -> Any:
    recorder = HistoryRecorder(
        written, Belonging("ann", "my", ("base",), "dev"), "http://gateway", lambda: Where(notebook, "c1", "abc")
    )
    return recorder.begin(Statement(sql, classify(sql), **options))


class Running(Result):
    """A query's result that a test ends."""

    def __init__(self) -> None:
        table = ResultTable((), mode=Mode.APPEND, rows_kept=None)
        super().__init__(Statement("", classify("SELECT 1")), table, status=ResultStatus.RUNNING)

    def end(self, status: ResultStatus, error: StatementFailedError | None = None) -> None:
        self._end(status, None, error)


def test_an_entry_says_who_ran_what_where(written: Written) -> None:
    record = begin(written, "SELECT '${pw}' FROM orders", environment="prod")
    record.prepared(Prepared())
    record.ran(said(Statement("", classify("SHOW TABLES")), ["a line"]))
    [entry] = written.entries
    assert (entry.team, entry.person, entry.notebook, entry.cell, entry.commit) == (
        "my",
        "ann",
        "a.ipynb",
        "c1",
        "abc",
    )
    assert (entry.cluster, entry.environment, entry.kind, entry.outcome) == (
        "http://gateway",
        "prod",
        "query",
        "finished",
    )
    assert (entry.sql, entry.source) == ("SELECT '******' FROM orders", "SELECT '${pw}' FROM orders")
    assert entry.rows == 1
    assert entry.ended_at is not None
    assert entry.ended_at >= entry.started_at
    assert len(entry.id) == 32


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(ResultStatus.FINISHED, "finished"), (ResultStatus.STOPPED, "stopped"), (ResultStatus.FAILED, "failed")],
)
def test_a_query_is_written_when_it_runs_and_when_it_ends(
    written: Written, status: ResultStatus, outcome: str
) -> None:
    record = begin(written, "SELECT 1 FROM orders")
    record.prepared(Prepared())
    result = Running()
    record.ran(result)
    assert written.outcomes == ["running"]
    assert written.entries[0].ended_at is None
    result._tell()  # rows arrived
    assert written.outcomes == ["running"]
    result.end(status, StatementFailedError("division\nby zero") if outcome == "failed" else None)
    assert written.outcomes == ["running", outcome]
    assert {entry.id for entry in written.entries} == {written.entries[0].id}
    assert written.entries[1].error == ("division by zero" if outcome == "failed" else "")
    assert [(use.user_kind, use.user, use.target, use.seen_by) for use in written.uses] == [
        ("notebook", "a.ipynb", "orders", "ann"),
        ("notebook", "a.ipynb", "rate", "ann"),
    ]


def test_an_insert_is_submitted_and_its_job_is_known(written: Written) -> None:
    record = begin(written, "INSERT INTO orders SELECT 1")
    table = ResultTable((), mode=Mode.APPEND, rows_kept=None)
    record.ran(
        JobResult(
            Statement("", classify("INSERT")),
            table,
            jobs=None,
            job_id=JobId("ab" * 16),
            job_name=None,
            link=None,
            started=0.0,
            restore=lambda error: None,
        )
    )
    assert (written.outcomes, written.entries[0].job_id, written.entries[0].rows) == (
        ["submitted"],
        "ab" * 16,
        None,
    )


@pytest.mark.parametrize(
    ("error", "outcome", "said_"),
    [
        (StatementInvalidError("no\nsuch table"), "failed", "no such table"),
        (QueryCancelledError("stopped"), "stopped", "stopped"),
        (KeyboardInterrupt(), "stopped", "KeyboardInterrupt()"),
    ],
)
def test_what_failed_is_written_and_uses_nothing(
    written: Written, error: BaseException, outcome: str, said_: str
) -> None:
    record = begin(written, "SELECT 1 FROM orders")
    record.prepared(Prepared())
    record.failed(error)
    assert (written.outcomes, written.entries[0].error, written.uses) == ([outcome], said_, [])


@pytest.mark.parametrize(
    ("sql", "notebook"), [("SHOW CREATE TABLE orders", "a.ipynb"), ("SELECT 1 FROM orders", "")]
)
def test_who_only_looks_or_is_no_notebook_uses_nothing(written: Written, sql: str, notebook: str) -> None:
    record = begin(written, sql, notebook)
    record.prepared(Prepared())
    record.ran(said(Statement("", classify("SHOW TABLES")), []))
    assert written.uses == []


def test_secrets_in_clear_are_masked_also_when_nothing_was_prepared(written: Written) -> None:
    record = begin(written, "CREATE TABLE t (a INT) WITH ('password'='s3cret')")
    record.failed(StatementInvalidError("no"))
    assert "s3cret" not in repr(written.entries)
    assert written.entries[0].source == "CREATE TABLE t (a INT) WITH ('password'='******')"
