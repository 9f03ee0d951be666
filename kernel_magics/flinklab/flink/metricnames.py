"""Which metrics the vertices of jobs have, as far as somebody asked."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flinklab.domain.ids import JobId

_FIRST = 15.0
_LONGEST = 600.0
_MOST_JOBS = 2000


@dataclass(slots=True)
class _Known:
    names: frozenset[str]
    until: float
    period: float


@dataclass(slots=True)
class _Job:
    began: int = 0
    vertices: dict[str, _Known] = field(default_factory=dict)


class MetricNames:
    """By job and vertex. May be used from any thread. `clock` counts seconds.

    What a vertex has grows while it starts (a source's, once it has splits), and is another thing after a
    failover: names that were learned hold for 15 s, then, learned again, for twice as long, up to ten minutes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[JobId, _Job] = {}

    def began(self, job_id: JobId, moment: int) -> None:
        """When the job's tasks were started last: what was known of earlier ones is forgotten."""
        with self._lock:
            known = self._jobs.setdefault(job_id, _Job(moment))
            if known.began != moment:
                known.began = moment
                known.vertices.clear()
            self._tidy()

    def get(self, job_id: JobId, vertex: str) -> frozenset[str] | None:
        """None: they have to be learned. The same object as long as they hold."""
        with self._lock:
            job = self._jobs.get(job_id)
            known = job.vertices.get(vertex) if job is not None else None
            if known is None or self._clock() >= known.until:
                return None
            return known.names

    def learn(self, job_id: JobId, vertex: str, names: Iterable[str]) -> frozenset[str]:
        found = frozenset(map(sys.intern, names))  # most of them are those of every other vertex, too
        with self._lock:
            job = self._jobs.pop(job_id, None) or _Job()
            self._jobs[job_id] = job  # the last to go
            before = job.vertices.get(vertex)
            period = _FIRST if before is None else min(2 * before.period, _LONGEST)
            job.vertices[vertex] = _Known(found, self._clock() + period, period)
            self._tidy()
        return found

    def doubt(self, job_id: JobId, vertex: str) -> None:
        """Something that was known is not there any more."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is not None:
                job.vertices.pop(vertex, None)

    def forget(self, job_id: JobId) -> None:
        with self._lock:
            self._jobs.pop(job_id, None)

    def _tidy(self) -> None:
        """Of more jobs than any cluster runs, the oldest are over."""
        while len(self._jobs) > _MOST_JOBS:
            del self._jobs[next(iter(self._jobs))]
