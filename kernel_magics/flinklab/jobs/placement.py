"""Which cluster of a pool a job goes to: where its slots are free, else where they can come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Growth:
    """What a session on YARN can add by itself: TaskManagers of `memory` MiB and `vcores` with `slots` each, as
    long as `queue` has head room (MiB), which all sessions in that queue share.

    `vcores_left`: of the queue; None where its scheduler does not count them.
    """

    queue: str
    headroom: int
    memory: int
    slots: int
    vcores: int = 1
    vcores_left: int | None = None

    def taskmanagers(self, slots: int) -> int:
        return ceil(max(slots, 0) / self.slots)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cluster whose JobManager answers. `free`: its slots that no job has; `jobs`: how many run there."""

    name: str
    free: int
    jobs: int = 0
    growth: Growth | None = None


def choose(
    needed: int,
    candidates: Sequence[Candidate],
    reserved: Mapping[str, int] | None = None,
    *,
    leaving: str = "",
    staying: str = "",
) -> str | None:
    """The cluster for a job that needs so many slots; None when it fits nowhere.

    `reserved`: slots by cluster that are promised and do not show in `free` yet. `leaving`: the cluster that it
    must not be; `staying`: the one that it does not leave without need. Where slots are free comes before where
    TaskManagers would have to come first; then most room wins, then fewest jobs, then the name.
    """
    promised = dict(reserved or {})
    queued = _promised_of_queues(candidates, promised)
    others = [each for each in candidates if each.name != leaving]
    free = {each.name: each.free - promised.get(each.name, 0) for each in others}
    fitting = [each for each in others if free[each.name] >= needed]
    if fitting:
        return min(fitting, key=lambda each: (each.name != staying, -free[each.name], each.jobs, each.name)).name
    left = {each.name: _left(each, queued) for each in others}
    growing = [each for each in others if _comes(each, needed, promised, queued)]
    if not growing:
        return None
    return min(growing, key=lambda each: (each.name != staying, -left[each.name], each.jobs, each.name)).name


def emptiest(candidates: Sequence[Candidate], reserved: Mapping[str, int] | None = None) -> str | None:
    """Where a job that fits nowhere would have to wait the least; None without candidates."""
    promised = reserved or {}
    if not candidates:
        return None
    return min(candidates, key=lambda each: (promised.get(each.name, 0) - each.free, each.jobs, each.name)).name


def _promised_of_queues(candidates: Sequence[Candidate], promised: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """MiB and vcores of each queue that what is promised will take."""
    queued: dict[str, tuple[int, int]] = {}
    for each in candidates:
        if each.growth is not None:
            more = each.growth.taskmanagers(promised.get(each.name, 0) - each.free)
            memory, vcores = queued.get(each.growth.queue, (0, 0))
            queued[each.growth.queue] = memory + more * each.growth.memory, vcores + more * each.growth.vcores
    return queued


def _left(candidate: Candidate, queued: Mapping[str, tuple[int, int]]) -> int:
    """MiB of its queue that nobody is promised."""
    growth = candidate.growth
    return growth.headroom - queued.get(growth.queue, (0, 0))[0] if growth is not None else 0


def _comes(
    candidate: Candidate, needed: int, promised: Mapping[str, int], queued: Mapping[str, tuple[int, int]]
) -> bool:
    growth = candidate.growth
    if growth is None:
        return False
    taken = promised.get(candidate.name, 0) - candidate.free
    more = growth.taskmanagers(taken + needed) - growth.taskmanagers(taken)
    memory, vcores = queued.get(growth.queue, (0, 0))
    has_vcores = growth.vcores_left is None or more * growth.vcores <= growth.vcores_left - vcores
    return more * growth.memory <= growth.headroom - memory and has_vcores
