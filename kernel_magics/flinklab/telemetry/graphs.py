"""A job's graph: what its vertices do with their time, what flows over its edges, who follows whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from flinklab.domain.monitoring import JobGraph
from flinklab.domain.series import SeriesKey

PRESSED = 0.1
"""Above this share of back-pressured time Flink speaks of low, and above `HARD_PRESSED` of high back-pressure.

https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/monitoring/back_pressure/
"""
HARD_PRESSED = 0.5


class Shares(NamedTuple):
    """What a vertex does with its time, shares of 0 to 1; None where it is not known."""

    backpressured: float | None = None
    busy: float | None = None
    idle: float | None = None

    @property
    def is_known(self) -> bool:
        return self != (None, None, None)

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


def culprit(graph: JobGraph, told: Mapping[str, Shares]) -> str | None:
    """The vertex that causes the back-pressure: an input of it is held back, and it less than it works.

    None without back-pressure. Of several the one before which most time is lost, of those the busiest.
    """
    nothing = Shares()
    before: dict[str, list[str]] = {}
    for edge in graph.edges:
        before.setdefault(edge.target, []).append(edge.source)

    def pressure(vertex: str) -> float:
        return told.get(vertex, nothing).backpressured or 0.0

    def loss(vertex: str) -> float:
        return max(map(pressure, before.get(vertex, ())), default=0.0)

    def work(vertex: str) -> float:
        return told.get(vertex, nothing).work or 0.0

    handing_on = {edge.source for edge in graph.edges}
    guilty = [
        vertex.id
        for vertex in graph.vertices
        if loss(vertex.id) > PRESSED
        and (pressure(vertex.id) <= PRESSED or work(vertex.id) > pressure(vertex.id) or vertex.id not in handing_on)
    ]
    return max(guilty, key=lambda vertex: (round(loss(vertex), 1), work(vertex)), default=None)


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
