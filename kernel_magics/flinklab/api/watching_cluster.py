"""A cluster as somebody watches it: its jobs and whose they are, slots, memory, and what its classes grow by."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from flinklab.api.beside import Beside, Heard
from flinklab.api.watching_job import LIVE_EVERY
from flinklab.domain.cluster import JobSummary
from flinklab.domain.errors import FlinklabError
from flinklab.domain.jobs import Managed
from flinklab.domain.monitoring import Machine
from flinklab.ports.monitoring import JOBMANAGER
from flinklab.telemetry.health import Growing, growing
from flinklab.telemetry.sampling import PROCESS_METRICS, process_values

if TYPE_CHECKING:
    from flinklab.api.looking import Subject
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.ids import JobId

_MOST_MACHINES = 40  # whose metrics are asked for: a request each
_MOST_STRANGERS = 20  # new jobs whose owner is asked for at a time: a request each
_GROWTH_OVER = timedelta(hours=6)
_RECORDED_EVERY = timedelta(minutes=1)
_METASPACE = "metaspace_used"
_MOST_SEEN = 2000  # values of metaspace of a process

Owners = Callable[[Sequence["JobId"]], Mapping["JobId", str]]
"""Whose Flink jobs are, by what they tell of themselves: a request each."""


@dataclass(frozen=True, slots=True)
class Process:
    """The JobManager or a TaskManager. `values`: by the names of `telemetry.measures`, those that are known.

    `metaspace`: how it grew over the last hours, None while that is not known.
    """

    id: str
    host: str
    values: Mapping[str, float]
    machine: Machine | None = None
    metaspace: Growing | None = None


@dataclass(frozen=True, slots=True)
class ClusterJob:
    """`managed`: a job of this catalog; else `whose` says what it tells of itself."""

    job: JobSummary
    whose: str = ""
    managed: Managed | None = None
    slots: int = 0


@dataclass(frozen=True, slots=True)
class ClusterPicture:
    """What a person sees of a cluster. `at`: of when it is, None as long as it has not answered.

    `ended`: how many jobs are over that the JobManager still tells of. `unasked`: TaskManagers whose memory was not
    asked for, because there are too many.
    """

    title: str
    url: str = ""
    at: datetime | None = None
    trouble: str = ""
    jobs: tuple[ClusterJob, ...] = ()
    ended: int = 0
    processes: tuple[Process, ...] = ()
    unasked: int = 0

    @property
    def waits(self) -> bool:
        """The cluster was asked for the first time, and has not answered yet."""
        return self.at is None and not self.trouble

    @property
    def machines(self) -> list[Machine]:
        return [each.machine for each in self.processes if each.machine is not None]


@dataclass(frozen=True, slots=True)
class _Live:
    url: str
    jobs: tuple[JobSummary, ...]
    whose: Mapping[JobId, str]
    machines: tuple[Machine, ...]
    values: Mapping[str, Mapping[str, float]]


class ClusterWatch:
    """Looks at one cluster again and again; `look` and `close` from one thread at a time."""

    def __init__(
        self,
        subject: Subject,
        owners: Owners,
        catalog: Catalog | None = None,
        *,
        live_every: float = LIVE_EVERY,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._subject = subject
        self._owners = owners
        self._catalog = catalog
        self._now = now
        self._whose: dict[JobId, str] = {}
        self._metrics: dict[str, tuple[float, Mapping[str, float]]] = {}
        self._seen: dict[str, list[tuple[float, float]]] = {}
        self._growth: Mapping[str, Growing | None] = {}
        self._grown_at: datetime | None = None
        self.news: Callable[[], None] = lambda: None
        self._beside: Beside[_Live] = Beside(self._read_cluster, live_every, news=lambda: self.news())

    @property
    def title(self) -> str:
        return self._subject.title

    def look(self) -> ClusterPicture:
        """How it is now, as far as is known: it waits for the catalog, and never for the cluster."""
        heard, trouble = self._beside.ask(), ""
        managed: dict[JobId, Managed] = {}
        try:
            managed = self._managed()
            self._read_growth()
        except FlinklabError as error:
            trouble = f"the records cannot be read: {error.message}"
        return self._picture(heard, managed, trouble)

    def close(self) -> None:
        self._beside.close(self._subject.close)

    def _managed(self) -> dict[JobId, Managed]:
        """Of all teams that a person sees: a session cluster may serve several."""
        if self._catalog is None:
            return {}
        teams = [each.name for each in self._catalog.people.teams()]
        found = self._catalog.jobs.list(teams)
        return {each.attempt.flink_id: each for each in found if each.attempt is not None}

    def _read_growth(self) -> None:
        """From the records; where there are none, from what was seen since the watch began."""
        now = self._now()
        if self._grown_at is not None and now - self._grown_at < _RECORDED_EVERY:
            return
        self._grown_at = now
        reader, owner = self._subject.reader, self._subject.owner
        series = {process: growing(list(seen)) for process, seen in self._seen.items()}
        if reader is not None and owner is not None:
            frame = reader.frame(owner, now - _GROWTH_OVER, now, names=[_METASPACE])
            for key, values in frame.values.items():
                series[key.part] = growing(list(zip(frame.times, values, strict=True)))
        self._growth = series

    def _read_cluster(self) -> _Live:
        cluster = self._subject.monitoring
        cluster.refresh()
        jobs, machines = cluster.jobs(), tuple(cluster.machines())
        values = {}
        for process in (JOBMANAGER, *(each.id for each in machines[:_MOST_MACHINES])):
            metrics, now = dict(cluster.process(process, PROCESS_METRICS)), time.monotonic()
            before_at, before = self._metrics.get(process, (now, {}))
            self._metrics[process] = (now, metrics)
            found = process_values(process, before, metrics, now - before_at)
            values[process] = {key.name: value for key, value in found.items()}
            if _METASPACE in values[process]:
                seen = self._seen.setdefault(process, [])
                seen.append((time.time(), values[process][_METASPACE]))
                del seen[:-_MOST_SEEN]
        strangers = [each.id for each in jobs if not each.state.is_terminal and each.id not in self._whose]
        if strangers:
            self._whose.update(self._owners(strangers[:_MOST_STRANGERS]))
        return _Live(cluster.url, tuple(jobs), dict(self._whose), machines, values)

    def _picture(self, heard: Heard[_Live], managed: Mapping[JobId, Managed], trouble: str) -> ClusterPicture:
        live = heard.value
        picture = ClusterPicture(self.title, trouble=heard.trouble or trouble)
        if live is None:
            return picture
        running = sorted(
            (each for each in live.jobs if not each.state.is_terminal), key=lambda each: (each.start, each.id)
        )
        in_slots = [job for machine in live.machines for job in machine.jobs]
        return replace(
            picture,
            url=live.url,
            at=heard.at,
            jobs=tuple(
                ClusterJob(each, live.whose.get(each.id, ""), managed.get(each.id), in_slots.count(each.id))
                for each in running
            ),
            ended=len(live.jobs) - len(running),
            processes=tuple(self._processes(live)),
            unasked=max(len(live.machines) - _MOST_MACHINES, 0),
        )

    def _processes(self, live: _Live) -> Sequence[Process]:
        machines: dict[str, Machine | None] = {JOBMANAGER: None, **{each.id: each for each in live.machines}}
        found = []
        for process, machine in machines.items():
            host = machine.host if machine is not None else "JobManager"
            values = live.values.get(process, {})
            found.append(Process(process, host, values, machine, self._growth.get(process)))
        return found
