"""A job's graph: what its vertices do with their time, what flows over its edges, who follows whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from flinklab.domain.monitoring import JobGraph
from flinklab.domain.series import SeriesKey

HELD_UP = 0.5
"""Share of the time from which on Flink's web UI calls back-pressure high.

https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/monitoring/back_pressure/
"""
BUSY = 0.6
"""Share of the time from which on a vertex may be what others wait for."""


class Shares(NamedTuple):
    """What a vertex does with its time, shares of 0 to 1: means of its sub-tasks, and the largest of any of
    them; None where it is not known."""

    backpressured: float | None = None
    busy: float | None = None
    idle: float | None = None
    backpressured_max: float | None = None
    busy_max: float | None = None

    @property
    def is_known(self) -> bool:
        return self[:3] != (None, None, None)

    @property
    def is_held_up(self) -> bool:
        """One sub-task that cannot hand its rows on holds up all before it."""
        return (self.backpressured_max or self.backpressured or 0.0) >= HELD_UP

    @property
    def is_busy(self) -> bool:
        return (self.busy_max or self.work or 0.0) >= BUSY

    @property
    def work(self) -> float | None:
        """`busy`; where Flink does not tell it but tells the rest, what is left of the whole."""
        if self.busy is not None or self.backpressured is None or not self.idle:
            return self.busy
        return max(0.0, 1.0 - self.backpressured - self.idle)


class Flow(NamedTuple):
    """Rows a second into and out of a vertex over the network; None where it is not known."""

    records_in: float | None = None
    records_out: float | None = None


def shares(values: Mapping[SeriesKey, float]) -> dict[str, Shares]:
    """By vertex id, out of the values of a `Sample` of its job."""
    return {
        part: Shares(*(values.get(SeriesKey(part, name)) for name in Shares._fields))
        for part in _parts(values, Shares._fields)
    }


def flows(values: Mapping[SeriesKey, float]) -> dict[str, Flow]:
    """By vertex id, out of the values of a `Sample` of its job."""
    return {
        part: Flow(*(values.get(SeriesKey(part, name)) for name in Flow._fields))
        for part in _parts(values, Flow._fields)
    }


def _parts(values: Mapping[SeriesKey, float], names: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(key.part for key in values if key.name in names))


def edge_rates(graph: JobGraph, rates: Mapping[str, Flow]) -> dict[tuple[str, str], float]:
    """Rows a second by (source, target), of those edges of which it can be told.

    Flink counts by vertex. What goes over an edge is what its target was given, if that has no other input; else
    what its source handed on, if that has no other output (a row for several outputs counts once); else what is
    left of the target's input when all its other edges are known.
    """
    found: dict[tuple[str, str], float] = {}
    pairs = list(dict.fromkeys((edge.source, edge.target) for edge in graph.edges))
    nothing = Flow()
    inputs = {target: [pair for pair in pairs if pair[1] == target] for _, target in pairs}
    outputs = {source: [pair for pair in pairs if pair[0] == source] for source, _ in pairs}
    for pair in pairs:
        given, handed = rates.get(pair[1], nothing).records_in, rates.get(pair[0], nothing).records_out
        if len(inputs[pair[1]]) == 1 and given is not None:
            found[pair] = given
        elif len(outputs[pair[0]]) == 1 and handed is not None:
            found[pair] = handed
    for target, into in inputs.items():
        missing = [pair for pair in into if pair not in found]
        given = rates.get(target, nothing).records_in
        if len(missing) == 1 and given is not None:
            found[missing[0]] = max(0.0, given - sum(found[pair] for pair in into if pair in found))
    return found


def causes(graph: JobGraph, told: Mapping[str, Shares]) -> dict[str, list[str]]:
    """The busy vertices that are not held up themselves, each with those before it that it holds up; ids, in the
    order of the graph.

    A vertex cannot hand rows on because one after it does not take them: the cause is the first on the way down
    that takes its time and has nobody to wait for.
    https://flink.apache.org/2021/07/07/how-to-identify-the-source-of-backpressure/
    """
    held_up = {vertex for vertex, shares in told.items() if shares.is_held_up}
    found: dict[str, list[str]] = {}
    for vertex in graph.vertices:
        if vertex.id in held_up:
            ways = _reached(vertex.id, lambda each: graph.after(each) if each in held_up else [])
            for cause in ways - held_up:
                if told.get(cause, Shares()).is_busy:
                    found.setdefault(cause, []).append(vertex.id)
    return {vertex.id: found[vertex.id] for vertex in graph.vertices if vertex.id in found}


def culprit(graph: JobGraph, told: Mapping[str, Shares]) -> str | None:
    """Of `causes` the one for which most time is lost, of those the busiest; None without any."""

    def weight(vertex: str) -> tuple[float, float]:
        lost = max(told[each].backpressured or 0.0 for each in found[vertex])
        return round(lost, 1), told[vertex].work or 0.0

    found = causes(graph, told)
    return max(found, key=weight, default=None)


def upstream(graph: JobGraph, vertex: str) -> set[str]:
    """All from which rows come to a vertex, without itself."""
    return _reached(vertex, graph.before)


def downstream(graph: JobGraph, vertex: str) -> set[str]:
    """All to which a vertex's rows come, without itself."""
    return _reached(vertex, graph.after)


def _reached(start: str, following: Callable[[str], list[str]]) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = set(following(ahead.pop())) - found
        found |= new
        ahead += new
    return found - {start}


def parts_of(graph: JobGraph) -> list[JobGraph]:
    """The graph's unconnected parts, in the order of their first vertices."""
    left = [vertex.id for vertex in graph.vertices]
    found: list[JobGraph] = []
    while left:
        inside = _reached(left[0], lambda vertex: graph.before(vertex) + graph.after(vertex)) | {left[0]}
        found.append(
            JobGraph(
                tuple(vertex for vertex in graph.vertices if vertex.id in inside),
                tuple(edge for edge in graph.edges if edge.source in inside and edge.target in inside),
            )
        )
        left = [vertex for vertex in left if vertex not in inside]
    return found
