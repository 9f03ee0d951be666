"""The registered clusters as lines of a list, from the records alone: no cluster is asked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flinklab.domain.job_lines import JobLine
from flinklab.domain.jobs import ClusterKey, ClusterSeen
from flinklab.domain.records import NamedSession, RegisteredCluster
from flinklab.domain.series import SeriesKey, SeriesOwner

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

_SLOTS = ("slots", "free_slots")
_OLD = 180.0  # s: of numbers that are older nothing is said


@dataclass(frozen=True, slots=True)
class ClusterLine:
    """`seen`: None as long as no supervisor looked. `slots`, `free_slots`: as recorded in the last minutes."""

    cluster: RegisteredCluster
    seen: ClusterSeen | None = None
    jobs: int = 0
    running: int = 0
    problems: int = 0
    slots: int | None = None
    free_slots: int | None = None

    @property
    def state(self) -> str:
        """`up`, `silent` (nobody answers there) or `unknown`."""
        if self.seen is None or self.seen.seen_at is None:
            return "unknown"
        return "silent" if self.seen.silent_since is not None else "up"

    @property
    def since(self) -> datetime | None:
        """Since when nobody answers; of one that is up, when it was seen last."""
        return (self.seen.silent_since or self.seen.seen_at) if self.seen is not None else None


@dataclass(frozen=True, slots=True)
class ClusterPage:
    """`supervisor`: who looks after it; empty when nobody does. `sessions`: the named ones of its team."""

    line: ClusterLine
    jobs: tuple[JobLine, ...]
    supervisor: str
    sessions: tuple[NamedSession, ...]


def cluster_lines(catalog: Catalog, jobs: Sequence[JobLine]) -> list[ClusterLine]:
    """Those of the teams of the search path, by team and name; `jobs`: of the same teams. Raises `CatalogError`."""
    teams = list(catalog.teams)
    found = catalog.registry.clusters(teams)
    seen = {each.cluster: each for each in catalog.jobs.remarks(teams)}
    slots = _slots(catalog, found)
    total = Counter(_cluster_of(each) for each in jobs)
    running = Counter(_cluster_of(each) for each in jobs if each.running is not None)
    problems = Counter(_cluster_of(each) for each in jobs if each.is_problem)
    return [
        ClusterLine(each, seen.get(key), total[key], running[key], problems[key], *slots.get(key, (None, None)))
        for each in found
        for key in (ClusterKey(each.team, each.name),)
    ]


def find_cluster(catalog: Catalog, name: str, team: str | None = None) -> RegisteredCluster:
    """Of a team, or of the first team of the search path that has it. Raises `NotFoundError`, `CatalogError`."""
    if team is not None:
        return catalog.registry.cluster(team, name)
    return catalog.registry.cluster_on_path(name, catalog.teams)[0]


def cluster_page(catalog: Catalog, name: str, team: str | None, jobs: Sequence[JobLine]) -> ClusterPage:
    """As `find_cluster`, with what runs there; `jobs`: all lines of its team."""
    cluster = find_cluster(catalog, name, team)
    key = ClusterKey(cluster.team, cluster.name)
    here = tuple(each for each in jobs if _cluster_of(each) == key)
    lines = cluster_lines(catalog, jobs)
    line = next((each for each in lines if each.cluster == cluster), ClusterLine(cluster))
    holders = (each.name for each in catalog.jobs.supervisors() if each.alive and key in each.clusters)
    return ClusterPage(line, here, next(holders, ""), tuple(catalog.sessions.list([cluster.team])))


def _cluster_of(line: JobLine) -> ClusterKey:
    return ClusterKey(line.key.team, line.cluster)


def _slots(
    catalog: Catalog, clusters: Sequence[RegisteredCluster]
) -> dict[ClusterKey, tuple[int | None, int | None]]:
    owners = [SeriesOwner(each.team, each.name) for each in clusters]
    if not owners:
        return {}
    newest = catalog.series.newest(owners, _SLOTS)
    now = time.time()
    found: dict[ClusterKey, tuple[int | None, int | None]] = {}
    for owner, sample in newest.items():
        if now - sample.at <= _OLD:
            total, free = (sample.values.get(SeriesKey("", name)) for name in _SLOTS)
            found[ClusterKey(owner.team, owner.cluster)] = (_whole(total), _whole(free))
    return found


def _whole(value: float | None) -> int | None:
    return int(value) if value is not None else None
