"""Where the jobs of a pool go: its clusters as they are now, and what of them is promised already."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from flinklab.api.pool_members import Member, in_words, look_at
from flinklab.api.yarn_places import SESSION
from flinklab.api.yarn_room import Rooms
from flinklab.domain.errors import CommandRefusedError, FlinklabError, NotFoundError, UsageError
from flinklab.domain.flink_versions import line_of
from flinklab.domain.jobs import AttemptState, Job, Managed, ManagedState
from flinklab.domain.text import count
from flinklab.jobs.placement import Candidate, Growth, choose, emptiest
from flinklab.jobs.wanting import in_the_end

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.records import RegisteredCluster
    from flinklab.settings import Settings

HOLDS = 5.0
"""Seconds for which what was seen of a pool is taken for what is."""

_PROMISED = 30.0  # s: by then an order that was given is in the catalog
_PARALLELISM = "parallelism.default"
_ARRIVED = (AttemptState.RUNNING, AttemptState.STOPPING)
_AT_REST = (ManagedState.FAILED, ManagedState.QUARANTINED)


@dataclass(frozen=True, slots=True)
class _Demand:
    """Slots that a job will take of a cluster and does not yet."""

    cluster: str
    slots: int
    at: float = 0.0


@dataclass(slots=True)
class _Seen:
    at: float
    members: Sequence[Member] = ()
    demands: Mapping[int, _Demand] = field(default_factory=dict)


class Placing:
    """For all pools of a catalog in this process; may be used from any thread.

    JobManagers are asked at most every `HOLDS` seconds, all at once, and a ResourceManager only when no slot is
    free. What was placed counts as taken until it runs: the catalog tells that of every supervisor.
    """

    def __init__(
        self,
        catalog: Catalog,
        settings: Settings,
        rooms: Rooms | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog = catalog
        self._settings = settings
        self.rooms = rooms or Rooms(catalog)
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._placed: dict[int, _Demand] = {}
        self._versions: dict[tuple[str, str, int], tuple[int | None, str]] = {}

    def members(self, team: str, pool: str) -> Sequence[Member]:
        """Raises `NotFoundError`, and a `CatalogError`."""
        with self._lock:
            return self._look(team, pool).members

    def refuge(self, managed: Managed) -> str:
        """Another cluster of the job's pool that has room for it; empty when there is none now."""
        return self._for_supervisor(managed, leaving=managed.job.cluster)

    def elsewhere(self, managed: Managed) -> str:
        """The same when its own cluster has no room for it; empty when it has."""
        return self._for_supervisor(managed, staying=managed.job.cluster)

    def place(self, job: Job, *, leaving: str = "", with_state: bool = False, anyway: bool = False) -> str:
        """The cluster of the job's pool that it goes to. `anyway`: where it waits the least, if none has room.

        `with_state`: it takes state along, which only a Flink of its version is known to read.

        Raises `CommandRefusedError` when there is none, `UsageError` for a pool without clusters, `NotFoundError`.
        """
        with self._lock:
            seen = self._look(job.key.team, job.pool)
            others = [each for each in seen.members if each.cluster.name != leaving]
            if not others:
                raise UsageError(
                    f"no {'other ' if leaving else ''}cluster is in pool {job.pool}",
                    hint="`%flink pool list` shows its labels, `%flink cluster label NAME +LABEL` puts one into it",
                )
            found = self._choose(seen, job, with_state, leaving=leaving)
            if found is None and anyway:
                found = emptiest([_candidate(each) for each in others if each.overview], self._reserved(seen, job))
            if found is not None and job.id and job.wanted:
                self._placed[job.id] = _Demand(found, self.needs(job), self._clock())
        if found is None:
            slots = count(self.needs(job), "slot")
            raise CommandRefusedError(
                f"no cluster of pool {job.pool} has room for {slots}", hint="; ".join(map(in_words, others))
            )
        return found

    def needs(self, job: Job) -> int:
        """Slots: the sub-tasks of all vertices share them, so that it is the parallelism."""
        deployment = job.deployment
        if deployment.parallelism is not None:
            return deployment.parallelism
        given = deployment.config.get(_PARALLELISM)
        if given is not None and given.isdigit():
            return max(int(given), 1)
        return self._version(job)[0] or 1

    def _for_supervisor(self, managed: Managed, *, leaving: str = "", staying: str = "") -> str:
        job = managed.job
        if not job.pool:
            return ""
        try:
            with self._lock:
                seen = self._look(job.key.team, job.pool)
                here = next((each for each in seen.members if each.cluster.name == staying), None)
                if here is not None and here.overview is None:
                    return ""
                found = self._choose(seen, job, managed.attempt is not None, leaving=leaving, staying=staying)
                if found is not None:
                    self._placed[job.id] = _Demand(found, self.needs(job), self._clock())
                return found if found is not None and found != staying else ""
        except FlinklabError:  # a pool that is gone, a catalog that is away: it stays where it is
            return ""

    def _choose(self, seen: _Seen, job: Job, with_state: bool, **cluster: str) -> str | None:
        line = line_of(self._version(job)[1]) if with_state else ""
        answering = [each for each in seen.members if each.overview is not None and _is_of(each, line)]
        reserved, needed = self._reserved(seen, job), self.needs(job)
        candidates = [_candidate(each) for each in answering]
        found = choose(needed, candidates, reserved, **cluster)
        if found is not None:
            return found
        growing = [replace(each, growth=self._growth(m)) for each, m in zip(candidates, answering, strict=True)]
        return choose(needed, growing, reserved, **cluster)

    def _growth(self, member: Member) -> Growth | None:
        if member.cluster.kind != SESSION:
            return None
        try:
            room = self.rooms.of(member.cluster)
        except FlinklabError:
            return None
        if room is None:
            return None
        slots, memory = member.taskmanager
        queue = f"{member.cluster.yarn}/{room.queue.path}"
        return Growth(queue, room.headroom, memory, slots, member.vcores, room.vcores)

    def _reserved(self, seen: _Seen, job: Job) -> dict[str, int]:
        """By cluster, without what the job itself was promised."""
        promised: dict[str, int] = {}
        for job_id, each in ({**seen.demands, **self._placed}).items():
            if not job.id or job_id != job.id:
                promised[each.cluster] = promised.get(each.cluster, 0) + each.slots
        return promised

    def _look(self, team: str, pool: str) -> _Seen:
        now = self._clock()
        seen = self._seen.get((team, pool))
        if seen is not None and now - seen.at < HOLDS:
            return seen
        clusters = [each for each in self._catalog.registry.clusters_in(team, pool) if _is_one_place(each)]
        # In this order: what arrives in between counts twice for a moment, and never not at all.
        demands = self._demands(team)
        members = look_at(self._catalog, self._settings, clusters)
        self._placed = {
            job_id: each
            for job_id, each in self._placed.items()
            if now - each.at < _PROMISED and (job_id not in demands or demands[job_id].cluster != each.cluster)
        }
        seen = self._seen[team, pool] = _Seen(self._clock(), members, demands)
        return seen

    def _demands(self, team: str) -> dict[int, _Demand]:
        """Of all jobs of the team that are to run and were not seen running there yet; those have their slots.

        Flink takes a job some time before it gives it slots.
        """
        found = {}
        for managed in self._catalog.jobs.list([team]):
            job, attempt = in_the_end(managed), managed.attempt
            runs_there = attempt is not None and attempt.state in _ARRIVED and attempt.running_at is not None
            waits = job.wanted and (managed.commands or managed.status.state not in _AT_REST)
            if waits and not (runs_there and job.cluster == managed.job.cluster):
                found[job.id] = _Demand(job.cluster, self.needs(job))
        return found

    def _version(self, job: Job) -> tuple[int | None, str]:
        """The parallelism that its text sets, and the version of Flink that it was made with."""
        key = (job.key.team, job.key.name, job.number)
        if key not in self._versions:
            try:
                version = self._catalog.job_versions.version(*key)
            except NotFoundError:  # a job that is about to be made
                return None, ""
            given = version.script.config.get(_PARALLELISM, "")
            self._versions[key] = (int(given) if given.isdigit() else None, version.flink_version)
        return self._versions[key]


def placing(catalog: Catalog, settings: Settings) -> Placing:
    """The one of a catalog in this process: what one supervised cluster places, the others know of."""
    found = _PLACINGS.get(id(catalog))
    return found if found is not None else _PLACINGS.setdefault(id(catalog), Placing(catalog, settings))


def _candidate(member: Member) -> Candidate:
    overview = member.overview
    if overview is None:
        return Candidate(member.cluster.name, 0)
    return Candidate(member.cluster.name, overview.slots_available, overview.jobs_running)


def _is_one_place(cluster: RegisteredCluster) -> bool:
    """A cluster on which each job has an application of its own has no slots to share."""
    return cluster.kind != "yarn-application"


def _is_of(member: Member, line: str) -> bool:
    return not line or member.overview is None or line_of(member.overview.flink_version) in ("", line)


_PLACINGS: WeakValueDictionary[int, Placing] = WeakValueDictionary()  # each holds its catalog
