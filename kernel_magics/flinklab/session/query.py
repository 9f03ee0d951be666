"""A running SELECT."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flinklab.domain.errors import (
    ClusterEndedError,
    ConnectionFailedError,
    FlinklabError,
    ResultBoundError,
    StatementError,
    StatementFailedError,
)
from flinklab.domain.ids import JobId, OperationHandle, SessionHandle
from flinklab.domain.pages import Page, PageKind
from flinklab.domain.statements import Statement
from flinklab.domain.text import count, duration
from flinklab.ports import JobManager, SqlGateway
from flinklab.results.cut import parts
from flinklab.results.table import Mode, ResultTable
from flinklab.session.aside import await_event
from flinklab.session.lookout import Lookout, Silence, clause
from flinklab.session.reader import PageReader
from flinklab.session.result import Result
from flinklab.session.snapshot import ResultStatus
from flinklab.session.stopping import outcome, wait_until_over, wait_until_safe_to_cancel

_TELL_EVERY = 0.25
_CONFIRM = 10.0


@dataclass(frozen=True, slots=True)
class Budget:
    """When to end a query: after `limit` rows, `timeout` seconds, or (forgotten ones) `longest_life` seconds."""

    limit: int | None = None
    timeout: float | None = None
    longest_life: float | None = None

    def spent(self, rows: int, elapsed: float) -> str | None:
        """Why the query ends now, or None."""
        if self.limit is not None and rows >= self.limit:
            return f"limit of {count(self.limit, 'row')} reached"
        if self.timeout is not None and elapsed >= self.timeout:
            return f"timeout of {duration(self.timeout)} reached"
        if self.longest_life is not None and elapsed >= self.longest_life:
            return f"longest life of {duration(self.longest_life)} reached"
        return None


class QueryResult(Result):
    """The rows of a query while they arrive, on a thread of its own."""

    def __init__(
        self,
        statement: Statement,
        table: ResultTable,
        reader: PageReader,
        *,
        gateway: SqlGateway,
        session: SessionHandle,
        operation: OperationHandle,
        jobs: JobManager | None,
        budget: Budget,
        job_id: JobId | None,
        job_name: str | None,
        link: str | None,
        started: float,
        restore: Callable[[StatementError], None],
        leave: Callable[[SessionHandle], None],
        lookout: Lookout | None = None,
    ) -> None:
        super().__init__(
            statement,
            table,
            job_id=job_id,
            job_name=job_name,
            link=link,
            status=ResultStatus.RUNNING,
            started=started,
            restore=restore,
        )
        self._reader = reader
        self._gateway = gateway
        self._session = session
        self._operation = operation
        self._jobs = jobs
        self._budget = budget
        self._leave = leave
        self._lookout = lookout
        self._silence = Silence(lookout)
        self._stop_reason: str | None = None
        self._told = 0.0
        self._thread = threading.Thread(target=self._run, name="flinklab-query", daemon=True)

    def start(self) -> QueryResult:
        self._reader.start()
        self._thread.start()
        return self

    def cancel(self, reason: str = "stopped") -> None:
        self.cancel_soon(reason)
        if threading.current_thread() is not self._thread:
            await_event(self._over)

    def cancel_soon(self, reason: str = "stopped") -> None:
        """End it, without waiting for the end."""
        if self._stop_reason is None:
            self._stop_reason = reason

    def _run(self) -> None:
        try:
            reason = self._read()
        except ResultBoundError as error:
            self._close(ResultStatus.FAILED, error.message, error)
        except StatementFailedError as error:
            self._restore(error)
            if error.message == "Job was cancelled":
                self._close(ResultStatus.STOPPED, "ended from elsewhere", None)
            else:
                cause = self._cause_of(error)
                self._close(ResultStatus.FAILED, f"{cause.message}; {self._rows()} kept", cause)
        except FlinklabError as error:
            self._close(ResultStatus.FAILED, f"{error.message}; {self._rows()} kept", error)
        except BaseException as error:
            # A thread that dies silently would leave the query RUNNING for ever in front of a person.
            failure = FlinklabError(f"internal error: {error!r}", hint="please report it with `error.__cause__`")
            failure.__cause__ = error
            self._close(ResultStatus.FAILED, failure.message, failure)
        else:
            if reason is None:
                self._close(ResultStatus.FINISHED, None, None)
            else:
                self._close(ResultStatus.STOPPED, reason, None)

    def _read(self) -> str | None:
        """Take pages until the last one (None) or until there is a reason to stop."""
        while self._stop_reason is None:
            page = self._reader.next(timeout=_TELL_EVERY)
            if page is None:
                self._look()
            else:
                self._heard()
                self._add(page)
                if page.kind is PageKind.EOS:
                    return None
            self._stop_reason = self._stop_reason or self._budget.spent(self._counted(), self.elapsed)
            self._tell_sometimes()
        return self._stop_reason

    def _look(self) -> None:
        """Nothing comes: find out why. Raises what ended it, when that is certain."""
        seen = self._silence.seen()
        self.message = seen.line
        if seen.lost is not None:
            raise seen.lost

    def _cause_of(self, error: StatementFailedError) -> FlinklabError:
        """That the cluster ended, or moved, when that is why: the gateway knows only that nobody answers there."""
        lost = self._lookout.look().lost if self._lookout is not None else None
        if lost is None:
            return error
        lost.details = error.details
        return lost

    def _heard(self) -> None:
        self._silence.broken()
        self.message = None

    def _add(self, page: Page) -> None:
        limit = self._budget.limit
        if limit is None:
            self._table.add(page)
            return
        for part in parts(page, lambda: limit - self._counted()):
            self._table.add(part)

    def _counted(self) -> int:
        """What a limit counts: rows of the result; where only the newest is shown, rows that came."""
        return self._table.rows_seen if self._table.mode is Mode.SINGLE else self._table.size

    def _close(self, status: ResultStatus, message: str | None, error: FlinklabError | None) -> None:
        self._ended = time.monotonic()  # what follows is tidying up
        orphaned = self._is_left_behind(error)
        try:
            self._reader.stop()
            still_runs = status is not ResultStatus.FINISHED and self.job_id is not None
            if still_runs and self.job_id is not None and self._table.rows_seen == 0:
                wait_until_safe_to_cancel(self._jobs, self.job_id)
            if orphaned or isinstance(error, ClusterEndedError):
                self._leave(self._session)
            else:
                self._gateway.close_operation(self._session, self._operation)
            if status is ResultStatus.STOPPED and self.job_id is not None:
                state = wait_until_over(self._jobs, self.job_id, _CONFIRM)
                became = outcome(self.job_id, state)
                if self._silence.line is not None:
                    message = f"{message}; {clause(self._silence.line)}"
                # Beside the picture, which has the rows and the time, the reason is enough when all went well.
                self.summary = message if state is not None and state.is_terminal else f"{message}; {became}"
                message = f"{message} after {duration(self.elapsed)}; {became}; {self._rows()} kept"
        except FlinklabError as failure:
            message = f"{message or status.value}; the gateway could not be told: {failure.message}"
            orphaned = status is not ResultStatus.FINISHED
        finally:
            if orphaned and self.job_id is not None:
                message = f"{message}; {self._cancel_job(self.job_id)}"
            self._end(status, message, error)

    def _is_left_behind(self, error: FlinklabError | None) -> bool:
        """Whether the gateway may have let go of a job that runs on.

        One that crashed or forgot the session has; and so has one that asks for rows where the JobManager was, and
        gives up after some minutes (`CollectResultFetcher`).
        """
        if isinstance(error, ConnectionFailedError):
            return not isinstance(error, ClusterEndedError)
        if not isinstance(error, StatementFailedError) or self._jobs is None or self.job_id is None:
            return False
        try:
            state = self._jobs.state(self.job_id)
        except ConnectionFailedError as failure:
            return not isinstance(failure, ClusterEndedError)
        return state is not None and not state.is_terminal

    def _cancel_job(self, job_id: JobId) -> str:
        """Cancel the job without the gateway; one clause on what became of it."""
        if self._jobs is None:
            return f"job {job_id[:8]} may still run"
        try:
            self._jobs.cancel(job_id)
        except FlinklabError as failure:
            return f"job {job_id[:8]} may still run: {failure.message}"
        return outcome(job_id, wait_until_over(self._jobs, job_id, _CONFIRM))

    def _rows(self) -> str:
        return count(self._table.kept().num_rows if self._table.truncated else self._table.size, "row")

    def _tell_sometimes(self) -> None:
        now = time.monotonic()
        if now - self._told >= _TELL_EVERY:
            self._told = now
            self._tell()
