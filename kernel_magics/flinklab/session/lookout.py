"""Why nothing comes of a job: it waits for slots, or its JobManager, or it, is gone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from flinklab.domain.cluster import ClusterOverview, JobDetail, JobState
from flinklab.domain.errors import ClusterEndedError, ConnectionFailedError
from flinklab.domain.ids import JobId
from flinklab.ports import JobManager
from flinklab.session.aside import Pending, aside
from flinklab.session.target import Target

FIRST_LOOK = 3.0
"""Seconds of silence after which a job is looked at, and then again until its tasks run."""

LATER_LOOK = 10.0
"""Seconds between two looks at a job whose tasks run, and of which nothing comes."""

QUEUE_EVERY = 10.0
"""Seconds for which what was said of a queue is repeated before it is asked again."""

GONE_AFTER = 20.0
"""Seconds for which a JobManager must not know a job until that is believed: one that has just started with high
availability knows its jobs some seconds later."""

_WAITING = frozenset({"CREATED", "SCHEDULED"})
_RUNS = frozenset({"RUNNING", "FINISHED"})
_BEFORE_TASKS = (JobState.CREATED, JobState.RUNNING, JobState.RESTARTING)

_WAITS = "waits for slots"


def waits_for_slots(job: JobDetail) -> bool:
    """None of its tasks has got a slot: without one Flink deploys none, and calls the job RUNNING all the same."""
    return job.state in _BEFORE_TASKS and bool(job.task_states) and set(job.task_states) <= _WAITING


def no_slot(name: str, slots: ClusterOverview, queue: str = "") -> str:
    """`waits for slots: etl-1 has no free slot (8 of 8 in use); queue etl uses 4 GiB of at most 4 GiB, ...`."""
    used = slots.slots_total - slots.slots_available
    if slots.slots_total == 0:
        has = f"{name} has no TaskManager yet"
    elif slots.slots_available == 0:
        has = f"{name} has no free slot ({used:,} of {slots.slots_total:,} in use)"
    else:
        has = f"{name} has too few free slots ({used:,} of {slots.slots_total:,} in use)"
    return f"{_WAITS}: {has}" + (f"; {queue}" if queue else "")


def clause(line: str) -> str:
    """What a look told, as it goes on a sentence about the job."""
    return f"it {line}" if line.startswith(_WAITS) else line


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found. `line`: what a person should know while it goes on; `settled`: its tasks run, or it is
    over; `lost`: what ran there ended with its JobManager, or goes on where its rows cannot be read; `blind`: it
    could not look."""

    line: str | None = None
    settled: bool = False
    blind: bool = False
    lost: ConnectionFailedError | None = None


class Lookout:
    """Looks at one job when it is asked to; by one thread at a time. `clock` counts seconds.

    `has_rows`: somebody reads its rows, which do not follow it to another JobManager, as all else does.
    """

    def __init__(
        self,
        jobs: JobManager,
        job_id: JobId,
        target: Target,
        clock: Callable[[], float] = time.monotonic,
        *,
        has_rows: bool = True,
    ) -> None:
        self._jobs = jobs
        self._job_id = job_id
        self._target = target
        self._clock = clock
        self._has_rows = has_rows
        self._what = "the query's job" if has_rows else "the job"
        self._began_at = jobs.url
        self._unknown_since: float | None = None
        self._queue = ""
        self._queue_until = float("-inf")

    def look(self) -> Seen:
        """Raises nothing that a connection can fail with."""
        try:
            job = self._jobs.job(self._job_id)
            if self._jobs.url != self._began_at and (self._has_rows or job is None):
                return Seen(lost=self._moved(job))
            if job is None:
                return Seen(lost=self._unknown())
            self._unknown_since = None
            if waits_for_slots(job):
                return Seen(no_slot(self._target.name, self._jobs.overview(), self._queue_now()))
            return Seen(settled=job.state.is_terminal or _RUNS & job.task_states.keys() != set())
        except ClusterEndedError as error:
            return Seen(lost=error)
        except ConnectionFailedError as error:
            return Seen(f"no news of its job: {error.message}", blind=True)

    def _moved(self, job: JobDetail | None) -> ConnectionFailedError | None:
        to = f"the JobManager of {self._target.name} moved to {self._jobs.url}"
        if job is not None:
            lost = f"{to}, where {self._what} goes on, but its rows do not come through any more"
            return ConnectionFailedError(lost, url=self._jobs.url, hint="run it again")
        if self._has_been_unknown():
            return ConnectionFailedError(
                f"{to}, and {self._what} is gone with the one before", url=self._jobs.url, hint="run it again"
            )
        return None

    def _unknown(self) -> ConnectionFailedError | None:
        if not self._has_been_unknown():
            return None
        lost = f"the JobManager of {self._target.name} does not know {self._what} any more: it started anew"
        return ConnectionFailedError(lost, url=self._jobs.url, hint="run it again")

    def _has_been_unknown(self) -> bool:
        now = self._clock()
        if self._unknown_since is None:
            self._unknown_since = now
        return now - self._unknown_since >= GONE_AFTER

    def _queue_now(self) -> str:
        now = self._clock()
        if now >= self._queue_until:
            self._queue, self._queue_until = self._target.queue(), now + QUEUE_EVERY
        return self._queue


class Silence:
    """Looks at a job, aside, while nothing comes of it. For one thread, which asks again and again."""

    def __init__(self, lookout: Lookout | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._lookout = lookout
        self._clock = clock
        self._due = clock() + FIRST_LOOK
        self._looking: Pending[Seen] | None = None
        self._seen = Seen()

    @property
    def line(self) -> str | None:
        """What the newest look told, as long as nothing came."""
        return self._seen.line

    def broken(self) -> None:
        """Something came: what was seen before says nothing any more."""
        self._seen, self._looking = Seen(), None
        self._due = self._clock() + LATER_LOOK

    def seen(self) -> Seen:
        """What the newest look found; one begins when it is time."""
        if self._looking is not None and self._looking.done():
            self._seen, self._looking = self._looking.result(), None
            self._due = self._clock() + (LATER_LOOK if self._seen.settled else FIRST_LOOK)
        elif self._lookout is not None and self._looking is None and self._clock() >= self._due:
            self._looking = aside(self._lookout.look)
        return self._seen
