"""A registered cluster each of whose jobs has an application of its own, as a supervisor uses it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from flinklab.domain.cluster import ClusterOverview, JobDetail, JobState, JobSummary
from flinklab.domain.errors import ConnectionFailedError, UnreachableError
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Cause
from flinklab.domain.records import ClusterAddress
from flinklab.ports.jobs import CheckpointHistory, JobControl, Requirements, Savepoint, SavepointState
from flinklab.yarn.application_directory import Directory

INCARNATION = "applications"
"""There is no start of it all: whether a job is gone, its own application tells."""

_AT_ONCE, _ENDED_AT_ONCE = 16, 4
T = TypeVar("T")
Connect = Callable[[JobId, ClusterAddress], JobControl]

log = logging.getLogger("flinklab.supervisor")


class ApplicationsControl:
    """Fulfils `ports.jobs.JobControl`. May be used from several threads.

    A JobManager that does not answer is that of one job: `jobs` leaves the job out, and what is asked about it by
    its id raises a `ConnectionFailedError`, or a `ClusterEndedError` when its application is over. A job that its
    JobManager does not list (yet) is `INITIALIZING` as long as the application lives: its script runs first, and
    runs again after a JobManager with high availability came back.

    `connect` makes the control of one application. `end` ends one, once its job's end was written down.
    """

    def __init__(
        self, url: str, directory: Directory, connect: Connect, end: Callable[[JobId, ClusterAddress], None]
    ) -> None:
        self.url = url
        self._directory = directory
        self._connect = connect
        self._end = end
        self._controls: dict[JobId, JobControl] = {}
        self._silent: dict[JobId, ConnectionFailedError] = {}
        self._ending: dict[JobId, Future[None]] = {}
        self._has_told = False
        self._asking = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="flinklab-applications")
        self._ends = ThreadPoolExecutor(_ENDED_AT_ONCE, thread_name_prefix="flinklab-ending")

    def incarnation(self) -> str:
        return INCARNATION

    def overview(self) -> ClusterOverview:
        """Of all that answer."""
        found = [each for each in self._asked(lambda control: control.overview()).values() if each is not None]
        if not found:
            raise UnreachableError("none of its applications answers", url=self.url)
        return replace(
            found[0],
            taskmanagers=sum(each.taskmanagers for each in found),
            slots_total=sum(each.slots_total for each in found),
            slots_available=sum(each.slots_available for each in found),
        )

    def jobs(self) -> Sequence[JobSummary]:
        """All of them are asked at once."""
        found = self._asked(lambda control: control.jobs())
        return [job for flink_id, jobs in found.items() for job in jobs or () if job.id == flink_id]

    def job(self, job_id: JobId) -> JobDetail | None:
        control = self._of(job_id)
        return control.job(job_id) if control is not None else None

    def state(self, job_id: JobId) -> JobState | None:
        control = self._of(job_id)
        if control is None:
            return None
        return control.state(job_id) or JobState.INITIALIZING

    def job_parameters(self, job_id: JobId) -> dict[str, str]:
        """Raises `UnreachableError` before the job has begun: Flink tells none while it is initializing."""
        control = self._of(job_id)
        if control is None:
            return {}
        found = control.job_parameters(job_id)
        if not found and control.state(job_id) in (None, JobState.INITIALIZING):
            raise UnreachableError(f"its application has not begun job {job_id} yet", url=control.url)
        return found

    def root_cause(self, job_id: JobId) -> str | None:
        control = self._of(job_id)
        return control.root_cause(job_id) if control is not None else None

    def cause(self, job_id: JobId) -> Cause | None:
        control = self._of(job_id)
        return control.cause(job_id) if control is not None else None

    def cancel(self, job_id: JobId) -> None:
        control = self._of(job_id)
        if control is not None:
            control.cancel(job_id)

    def ui_link(self, job_id: JobId) -> str:
        control = self._of(job_id)
        return control.ui_link(job_id) if control is not None else self.url

    def trigger_savepoint(
        self, job_id: JobId, trigger: str, *, directory: str = "", canonical: bool = False
    ) -> bool:
        control = self._of(job_id)
        return control is not None and control.trigger_savepoint(
            job_id, trigger, directory=directory, canonical=canonical
        )

    def trigger_stop(
        self, job_id: JobId, trigger: str, *, directory: str = "", drain: bool = False, canonical: bool = False
    ) -> bool:
        control = self._of(job_id)
        return control is not None and control.trigger_stop(
            job_id, trigger, directory=directory, drain=drain, canonical=canonical
        )

    def savepoint(self, job_id: JobId, trigger: str) -> Savepoint:
        control = self._of(job_id)
        return control.savepoint(job_id, trigger) if control is not None else Savepoint(SavepointState.FORGOTTEN)

    def checkpoints(self, job_id: JobId) -> CheckpointHistory | None:
        """None, too, while its JobManager does not answer: they are read of many jobs in one go."""
        try:
            control = self._of(job_id)
            return control.checkpoints(job_id) if control is not None else None
        except ConnectionFailedError as error:
            self._silent[job_id] = error
            return None

    def requirements(self, job_id: JobId) -> Requirements | None:
        control = self._of(job_id)
        return control.requirements(job_id) if control is not None else None

    def rescale(self, job_id: JobId, requirements: Requirements) -> None:
        control = self._of(job_id)
        if control is not None:
            control.rescale(job_id, requirements)

    def settle(self, needed: Collection[JobId]) -> None:
        """End the applications of all other jobs, in the background, and forget them.

        Only those whose addresses are kept. What others are for nobody here knows: they are told of, once.
        """
        if not self._has_told:
            self._has_told = True
            self._ends.submit(self._tell_of_strangers, frozenset(needed))
        for flink_id, address in self._directory.known().items():
            if flink_id not in needed and (flink_id not in self._ending or self._ending[flink_id].done()):
                self._ending[flink_id] = self._ends.submit(self._let_end, flink_id, address)

    def close(self) -> None:
        self._asking.shutdown(wait=True)
        self._ends.shutdown(wait=True, cancel_futures=True)
        for control in self._controls.values():
            control.close()

    def _tell_of_strangers(self, needed: Collection[JobId]) -> None:
        with suppress(ConnectionFailedError):
            for application in self._directory.strangers(needed):
                log.warning(
                    "%s (%s) was submitted for this cluster and is nobody's: `yarn application -kill` ends it",
                    application.id,
                    application.name,
                    extra={"action": "application", "application": application.id},
                )

    def _let_end(self, flink_id: JobId, address: ClusterAddress) -> None:
        try:
            self._end(flink_id, address)
        except ConnectionFailedError as error:
            log.warning(
                "%s could not be ended yet",
                address.application,
                extra={"action": "application", "application": address.application, "why": error.message},
            )
            return
        self._directory.forget(flink_id)
        self._silent.pop(flink_id, None)
        control = self._controls.pop(flink_id, None)
        if control is not None:
            control.close()

    def _asked(self, ask: Callable[[JobControl], T]) -> dict[JobId, T | None]:
        def one(flink_id: JobId) -> T | None:
            try:
                control = self._connected(flink_id)
                return ask(control) if control is not None else None
            except ConnectionFailedError as error:
                self._silent[flink_id] = error
                return None

        known = [each for each in self._directory.known() if each not in self._ending]
        self._silent.clear()
        return dict(zip(known, self._asking.map(one, known), strict=True))

    def _of(self, job_id: JobId) -> JobControl | None:
        """None: nothing was ever submitted for it. One that was silent in this round is not asked again."""
        silent = self._silent.get(job_id)
        if silent is not None:
            raise silent
        return self._connected(job_id)

    def _connected(self, job_id: JobId) -> JobControl | None:
        control = self._controls.get(job_id)
        if control is None:
            address = self._directory.find(job_id)
            if address is None:
                return None
            control = self._controls.setdefault(job_id, self._connect(job_id, address))
        return control
