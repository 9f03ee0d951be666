"""Rates out of two looks at one job: what its counters rose by, by the time in which they rose.

Flink counts anew after every failover, rescaling and deployment. What cannot be known is left out; nothing is
ever negative.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from flinklab.domain.monitoring import Counters, JobLook, JobVertex
from flinklab.domain.series import SeriesKey

K = TypeVar("K", bound=Hashable)

_COUNTS = ("records_in", "records_out", "bytes_in", "bytes_out")
_TIMES = ("backpressured", "idle", "busy")
_RUNNING = "RUNNING"
_TOO_SHORT = 0.5  # s: a rate over less is noise


def comparable(before: JobLook, after: JobLook) -> bool:
    """Whether what the two say is of one deployment of one job, the second later than the first."""
    return before.job_id == after.job_id and before.restarted_at == after.restarted_at and before.at < after.at


def elapsed(before: JobLook, after: JobLook) -> float | None:
    """Seconds between the moments that the counters of two comparable looks are of; None: it is the same moment.

    The JobManager answers from a store that it fills every ten seconds at most, and does not tell when. But a task
    is always busy, idle or back-pressured (Flink's `TaskIOMetricGroup` counts as busy what is neither), so that
    these three together have gone on by just that time. Where no vertex tells, it is the time between the looks.
    """
    told = [
        sum(gone) / vertex.parallelism
        for vertex, first, second in _pairs(before, after)
        if _all_run(after, vertex)
        and first.busy is not None
        and (gone := _spent(first, second)) is not None
        and len(gone) == len(_TIMES)
    ]
    seconds = max(told) if told else (after.at - before.at).total_seconds()
    return seconds if seconds >= _TOO_SHORT else None


def rates(before: JobLook, after: JobLook, seconds: float) -> dict[SeriesKey, float]:
    """Of every vertex, by the names of `telemetry.measures`: per second, and shares of time from 0 to 1.

    `seconds`: what `elapsed` says. A vertex that came, of which not every sub-task has reported, that was rescaled,
    or of which a counter went back, is left out.
    """
    found: dict[SeriesKey, float] = {}
    for vertex, first, second in _pairs(before, after):
        counts, times = _differences(first, second), _spent(first, second)
        if counts is None or times is None:
            continue
        for name, count in zip(_COUNTS, counts, strict=True):
            found[SeriesKey(vertex.id, name)] = count / seconds
        whole = seconds * vertex.parallelism
        for name, time in zip(_TIMES, times, strict=False):  # the last one, `busy`, may not be known
            found[SeriesKey(vertex.id, name)] = min(time / whole, 1.0)
    return found


def per_second(before: Mapping[K, float], after: Mapping[K, float], seconds: float) -> dict[K, float]:
    """Of counters: those that are in both and did not go back."""
    return {
        key: (count - before[key]) / seconds
        for key, count in after.items()
        if key in before and count >= before[key]
    }


def _pairs(before: JobLook, after: JobLook) -> list[tuple[JobVertex, Counters, Counters]]:
    """The vertices of both looks with one parallelism whose sub-tasks have all reported."""
    found = []
    for vertex in after.graph.vertices:
        earlier = before.graph.vertex(vertex.id)
        first, second = before.counters.get(vertex.id), after.counters.get(vertex.id)
        if earlier is None or first is None or second is None or vertex.parallelism < 1:
            continue
        if earlier.parallelism == vertex.parallelism and first.is_complete and second.is_complete:
            found.append((vertex, first, second))
    return found


def _differences(first: Counters, second: Counters) -> list[float] | None:
    """Of `_COUNTS`; None where one went back."""
    found = [getattr(second, name) - getattr(first, name) for name in _COUNTS]
    return found if min(found) >= 0 else None


def _spent(first: Counters, second: Counters) -> list[float] | None:
    """Seconds of `_TIMES`, without those that are not known in both; None where all together went back.

    Busy is what Flink has left when it takes the other two from the time that went by
    (`TaskIOMetricGroup.getAccumulatedBusyTime`): with a task that idles it wavers, and goes back a little.
    """
    told = [(getattr(first, name), getattr(second, name)) for name in _TIMES]
    found = [two - one for one, two in told if one is not None and two is not None]
    return [max(each, 0.0) for each in found] if sum(found) >= 0 else None


def _all_run(look: JobLook, vertex: JobVertex) -> bool:
    """A task that is over counts no time any more."""
    states = look.task_states.get(vertex.id)
    return states is None or states.get(_RUNNING, 0) == vertex.parallelism
