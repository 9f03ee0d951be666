"""How a job and its processes are, in a few numbers that a person looks at first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.domain.monitoring import JobGraph
from flinklab.domain.series import SeriesKey
from flinklab.telemetry.growth import growth

if TYPE_CHECKING:
    from flinklab.domain.series import Frame

Values = Mapping[SeriesKey, float]
"""Of one moment, by the names of `flinklab.telemetry.measures.MEASURES`."""

_HOUR = 3600.0
_LEAST_SPAN = 600.0  # s of values before a slope is said
_LEAK = 1_000_000.0  # bytes an hour of metaspace: less is noise
_RISES = 0.9  # share of changes that are rises


@dataclass(frozen=True, slots=True)
class Vital:
    """`unit` as in `measures.Measure`."""

    label: str
    unit: str
    meaning: str


VITALS = {
    "rows_in": Vital("rows read", "/s", "rows that all sources read"),
    "rows_out": Vital("rows written", "/s", "rows that all sinks were given"),
    "backpressured": Vital("back-pressure", "%", "of the vertex that is held up most"),
    "busy": Vital("busy", "%", "of the busiest vertex"),
    "waiting": Vital("rows waiting", "", "rows that the sources have still to read"),
    "lag": Vital("watermark lag", "s", "how far the slowest watermark is behind the clock"),
    "state": Vital("state", "B", "whole state in the newest checkpoint"),
    "restarts": Vital("restarts", "", "times that Flink restarted it by itself, since it was submitted"),
}
"""The numbers of a job, in the order in which they are shown."""


def vitals(values: Values, graph: JobGraph | None = None) -> dict[str, float]:
    """`VITALS` by name; what is not known is left out.

    Where no source or sink counts its rows, those that left a source's vertex or came into a sink's are taken;
    which they are is only known with a `graph`.
    """
    of: dict[str, dict[str, float]] = {}
    for (part, name), value in values.items():
        of.setdefault(name, {})[part] = value
    first, last = _ends(graph)
    found = {
        "rows_in": _sum(of, "source_records") if "source_records" in of else _sum(of, "records_out", first),
        "rows_out": _sum(of, "sink_records") if "sink_records" in of else _sum(of, "records_in", last),
        "backpressured": _most(of, "backpressured_max", "backpressured"),
        "busy": _most(of, "busy_max", "busy"),
        "waiting": _sum(of, "source_lag"),
        "lag": _most(of, "watermark_lag"),
        "state": _most(of, "state_size"),
        "restarts": _most(of, "restarts"),
    }
    return {name: value for name, value in found.items() if value is not None}


def history(frame: Frame, graph: JobGraph | None = None) -> list[tuple[float, dict[str, float]]]:
    """`vitals` over time: seconds since 1970 (UTC), and what is known of that moment (nothing: a gap)."""
    columns = [(key, values.tolist()) for key, values in frame.values.items()]
    return [
        (at, vitals({key: values[row] for key, values in columns if not math.isnan(values[row])}, graph))
        for row, at in enumerate(frame.times.tolist())
    ]


def newest(frame: Frame) -> dict[SeriesKey, float]:
    """The values of the newest moment of which anything is known."""
    for row in range(len(frame.times) - 1, -1, -1):
        found = {key: float(values[row]) for key, values in frame.values.items() if not math.isnan(values[row])}
        if found:
            return found
    return {}


@dataclass(frozen=True, slots=True)
class Growing:
    """`hourly`: bytes an hour. `leaks`: it only grows."""

    hourly: float
    leaks: bool


def growing(metaspace: Sequence[tuple[float, float]]) -> Growing | None:
    """How a process's metaspace grows; times in s, sizes in bytes. None for less than ten minutes or five values.

    In a session cluster each SQL job brings classes of its own (generated code, user jars), which its class loader
    holds; when something keeps that loader alive, they stay after the job has ended. See Flink's "Debugging
    Classloading".
    """
    import numpy as np

    if not metaspace or metaspace[-1][0] - metaspace[0][0] < _LEAST_SPAN:
        return None
    times, sizes = np.array(metaspace, dtype=np.float64).T
    found = growth(times, sizes)
    if found is None:
        return None
    return Growing(found.slope * _HOUR, found.slope * _HOUR >= _LEAK and found.share >= _RISES)


def until_full(used: float, most: float, slope: float | None) -> float | None:
    """Hours until `used` bytes have grown to `most`, at `slope` bytes an hour. None: it does not grow, or has no
    bound."""
    if slope is None or slope <= 0 or most <= used:
        return None
    return (most - used) / slope


def _ends(graph: JobGraph | None) -> tuple[frozenset[str], frozenset[str]]:
    """The vertices into which nothing flows, and those out of which nothing does."""
    if graph is None:
        return frozenset(), frozenset()
    sources = {edge.source for edge in graph.edges}
    targets = {edge.target for edge in graph.edges}
    ids = [vertex.id for vertex in graph.vertices]
    return frozenset(each for each in ids if each not in targets), frozenset(
        each for each in ids if each not in sources
    )


def _sum(of: Mapping[str, Mapping[str, float]], name: str, parts: Iterable[str] | None = None) -> float | None:
    values = of.get(name, {})
    counted = [values[part] for part in (values if parts is None else parts) if part in values]
    return math.fsum(counted) if counted else None


def _most(of: Mapping[str, Mapping[str, float]], *names: str) -> float | None:
    """Of the first of `names` that is known."""
    return next((max(of[name].values()) for name in names if of.get(name)), None)
