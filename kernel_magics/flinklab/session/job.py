"""A job that a statement started and that runs on without us."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from flinklab.domain.errors import StatementError, StatementFailedError, UnreachableError
from flinklab.domain.ids import JobId
from flinklab.domain.statements import Statement
from flinklab.domain.text import duration
from flinklab.ports import JobManager
from flinklab.results.table import ResultTable
from flinklab.session.lookout import FIRST_LOOK, Lookout, clause
from flinklab.session.result import Result
from flinklab.session.snapshot import ResultStatus
from flinklab.session.stopping import outcome, wait_until_over

_CONFIRM = 10.0
_LOOKS_OUT_FOR = 3600.0
_BLIND_LOOKS = 3


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
        lookout: Lookout | None = None,
    ) -> None:
        super().__init__(
            statement, table, job_id=job_id, job_name=job_name, link=link, started=started, restore=restore
        )
        self._jobs = jobs
        self._job_id = job_id
        self._lookout = lookout
        self._settled = threading.Event()

    def start(self) -> JobResult:
        """Tell in `message` that the job waits for slots, as long as it does: looked for on a thread of its own."""
        if self._lookout is not None:
            threading.Thread(target=self._look_out, args=(self._lookout,), name="flinklab-job", daemon=True).start()
        return self

    def _look_out(self, lookout: Lookout) -> None:
        blind, until = 0, time.monotonic() + _LOOKS_OUT_FOR
        while not self._settled.wait(FIRST_LOOK) and blind < _BLIND_LOOKS and time.monotonic() < until:
            seen = lookout.look()
            blind = blind + 1 if seen.blind else 0
            line = seen.lost.message if seen.lost is not None else None if seen.blind else seen.line
            if self._settled.is_set():
                return
            if line != self.message:
                self.message = line
                self._tell()
            if seen.settled or seen.lost is not None:
                return

    def wait(self, timeout: float | None = None) -> Result:
        """Wait until the job is over, at most `timeout` seconds. A job that goes on is not ended by this.

        Raises `StatementFailedError` when the job failed.
        """
        if self._jobs is None:
            raise UnreachableError(
                "no JobManager is known, so nobody can tell when the job ends",
                hint="connect with --jobmanager URL",
            )
        self._settled.set()
        state = wait_until_over(self._jobs, self._job_id, float("inf") if timeout is None else timeout)
        if state is None:
            raise UnreachableError(f"the JobManager does not tell about job {self._job_id}", url=self._jobs.url)
        if not state.is_terminal:
            seen = self._lookout.look().line if self._lookout is not None else None
            why = f"; {clause(seen)}" if seen is not None else ""
            self.message = f"still {state.value} after {duration(timeout or 0)}; it goes on{why}"
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
        self._settled.set()
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
