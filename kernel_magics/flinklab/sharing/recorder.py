"""Every statement that a session runs, as an entry of the team's history and as uses of what is shared."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from flinklab.domain.definitions import Use
from flinklab.domain.errors import FlinklabError, QueryCancelledError
from flinklab.domain.records import HistoryEntry
from flinklab.domain.statements import Statement, StatementKind
from flinklab.domain.text import one_line
from flinklab.session.job import JobResult
from flinklab.session.recording import Record
from flinklab.session.result import Result
from flinklab.session.snapshot import ResultStatus
from flinklab.session.supply import Prepared
from flinklab.sharing.sharing import Belonging
from flinklab.sql.sensitive import without_secrets

_OUTCOMES = {
    ResultStatus.RUNNING: "running",
    ResultStatus.FINISHED: "finished",
    ResultStatus.STOPPED: "stopped",
    ResultStatus.FAILED: "failed",
}
_USING = frozenset({StatementKind.QUERY, StatementKind.INSERT, StatementKind.DDL})


@dataclass(frozen=True, slots=True)
class Where:
    """Where a statement was run: the notebook's path, the cell's id, the commit of the notebook's repository."""

    notebook: str = ""
    cell: str = ""
    commit: str = ""


Write = Callable[[HistoryEntry, Sequence[Use]], None]
"""Takes an entry and the uses seen with it, and never waits."""


class HistoryRecorder:
    """`cluster` names what the session runs on; `where` is asked when a statement begins, in its thread."""

    def __init__(self, write: Write, belonging: Belonging, cluster: str, where: Callable[[], Where]) -> None:
        self._write = write
        self._belonging = belonging
        self._cluster = cluster
        self._where = where

    def begin(self, statement: Statement) -> Record:
        where = self._where()
        who = self._belonging
        entry = HistoryEntry(
            id=uuid.uuid4().hex,
            team=who.team,
            person=who.person,
            started_at=datetime.now(timezone.utc),
            sql=without_secrets(statement.text),
            source=without_secrets(statement.text),
            kind=statement.kind.value,
            outcome="running",
            notebook=where.notebook,
            cell=where.cell,
            commit=where.commit,
            cluster=self._cluster,
            environment=statement.environment or who.environment,
        )
        return _Recording(entry, self._write)


class _Recording:
    def __init__(self, entry: HistoryEntry, write: Write) -> None:
        self._entry = entry
        self._write = write
        self._uses: tuple[Use, ...] = ()

    def prepared(self, prepared: Prepared) -> None:
        self._entry = replace(self._entry, sql=without_secrets(prepared.shown))
        entry = self._entry
        if entry.notebook and entry.kind in {kind.value for kind in _USING}:
            self._uses = tuple(
                replace(
                    use,
                    user_kind="notebook",
                    user=entry.notebook,
                    seen_at=entry.started_at,
                    seen_by=entry.person,
                )
                for use in prepared.uses
            )

    def ran(self, result: Result) -> None:
        self._note(result)
        if not result.status.is_final:
            result.on_change(lambda: self._note(result) if result.status.is_final else None)

    def failed(self, error: BaseException) -> None:
        self._uses = ()  # of what was not run, nobody has to be told
        stopped = isinstance(error, (KeyboardInterrupt, QueryCancelledError))
        message = error.message if isinstance(error, FlinklabError) else repr(error)
        self._end("stopped" if stopped else "failed", error=one_line(message, 500))

    def _note(self, result: Result) -> None:
        going_on = isinstance(result, JobResult) and result.status is ResultStatus.FINISHED
        failure = result.error.message if result.error is not None else ""
        entry = replace(
            self._entry,
            outcome="submitted" if going_on else _OUTCOMES[result.status],
            rows=None if isinstance(result, JobResult) else result.rows_seen,
            job_id=str(result.job_id or ""),
            error=one_line(failure, 500),
        )
        self._put(entry, final=result.status.is_final)

    def _end(self, outcome: str, *, error: str) -> None:
        self._put(replace(self._entry, outcome=outcome, error=error), final=True)

    def _put(self, entry: HistoryEntry, *, final: bool) -> None:
        if final:
            entry = replace(entry, ended_at=datetime.now(timezone.utc))
        self._write(entry, self._uses)
        self._uses = ()
