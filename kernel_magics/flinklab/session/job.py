"""A job that a statement started and that runs on without us."""

from __future__ import annotations

import time
from collections.abc import Callable

from flinklab.domain.errors import StatementError, StatementFailedError, UnreachableError
from flinklab.domain.ids import JobId
from flinklab.domain.statements import Statement
from flinklab.domain.text import duration
from flinklab.ports import JobManager
from flinklab.results.table import ResultTable
from flinklab.session.result import Result
from flinklab.session.snapshot import ResultStatus
from flinklab.session.stopping import outcome, wait_until_over

_CONFIRM = 10.0


class JobResult(Result):
    """What an INSERT gives: the Flink job that it started. Its rows are one row with the job's id."""

    def __init__(
        self,
        statement: Statement,
        table: ResultTable,
        *,
        jobs: JobManager | None,
        job_id: JobId,
        job_name: str | None,
        link: str | None,
        started: float,
        restore: Callable[[StatementError], None],
    ) -> None:
        super().__init__(
            statement, table, job_id=job_id, job_name=job_name, link=link, started=started, restore=restore
        )
        self._jobs = jobs
        self._job_id = job_id

    def wait(self, timeout: float | None = None) -> Result:
        """Wait until the job is over, at most `timeout` seconds. A job that goes on is not ended by this.

        Raises `StatementFailedError` when the job failed.
        """
        if self._jobs is None:
            raise UnreachableError(
                "no JobManager is known, so nobody can tell when the job ends",
                hint="connect with --jobmanager URL",
            )
        state = wait_until_over(self._jobs, self._job_id, float("inf") if timeout is None else timeout)
        if state is None:
            raise UnreachableError(f"the JobManager does not tell about job {self._job_id}", url=self._jobs.url)
        if not state.is_terminal:
            self.message = f"still {state.value} after {duration(timeout or 0)}; it goes on"
            return self
        self._ended = time.monotonic()
        self.message = outcome(self._job_id, state)
        if state.value == "FAILED":
            self._status = ResultStatus.FAILED
            cause = self._jobs.root_cause(self._job_id)
            error = StatementFailedError(
                f"job {self._job_id} failed: {_last_cause(cause)}" if cause else f"job {self._job_id} failed",
                details=cause,
            )
            self._restore(error)
            self.error = error
            raise error
        return self

    def cancel(self, reason: str = "stopped") -> None:
        """Cancel the job and wait until it is over."""
        if self._jobs is None:
            raise UnreachableError("no JobManager is known", hint="connect with --jobmanager URL")
        state = wait_until_over(self._jobs, self._job_id, 0)
        if state is None or not state.is_terminal:
            self._jobs.cancel(self._job_id)
            state = wait_until_over(self._jobs, self._job_id, _CONFIRM)
        self._status = ResultStatus.STOPPED
        self.message = f"{reason}; {outcome(self._job_id, state)}"
        self._tell()


def _last_cause(trace: str) -> str:
    causes = [line for line in trace.splitlines() if line.startswith("Caused by: ")] or trace.splitlines()
    return causes[-1].removeprefix("Caused by: ").strip() if causes else "no reason given"
