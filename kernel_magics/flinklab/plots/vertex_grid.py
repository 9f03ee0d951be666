"""What vertices did over time, on one regular grid: a heat map's cells are all of one width."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from flinklab.domain.monitoring import JobGraph
from flinklab.domain.series import Frame, SeriesKey
from flinklab.ports.series import RecordedGraph
from flinklab.telemetry.span import Span
from flinklab.telemetry.vertex_matching import matched
from flinklab.telemetry.vertex_names import short_names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_COLUMNS = 240
_NAME = 34  # characters
_USUAL_PAUSE = 2.5  # times the pause between two samples: what is longer is a gap


class Spell(NamedTuple):
    """An id from `since` until before `until`, seconds since 1970: before and after it may be another vertex's."""

    id: str
    since: float = -math.inf
    until: float = math.inf


@dataclass(frozen=True)
class Row:
    """A vertex over time. `id`: the one that it has, or had last. `spells`: the ids that it went by."""

    name: str
    id: str
    spells: tuple[Spell, ...]
    is_gone: bool = False


@dataclass(frozen=True)
class VertexGrid:
    """`times`: middles of the columns, seconds since 1970 (UTC), shape (c,); `step` their width in s. `values`: by
    the series' name, shape (rows, c), means, NaN where nothing was measured."""

    rows: Sequence[Row]
    times: NDArray[np.float64]
    step: float
    values: Mapping[str, NDArray[np.float64]]


def vertex_rows(graph: JobGraph, recorded: Sequence[RecordedGraph] = ()) -> list[Row]:
    """The graph's vertices in topological order, then those of `recorded` ones (the oldest first) that are gone."""
    names = short_names(graph, _NAME)
    if not recorded:
        return [Row(name, vertex, (Spell(vertex),)) for vertex, name in names.items()]
    begins = [-math.inf, *(each.at.timestamp() for each in recorded[1:]), math.inf]
    spells: dict[str, list[Spell]] = {vertex: [] for vertex in names}
    gone: dict[str, list[Spell]] = {}
    for old, since, until in zip(recorded, begins, begins[1:], strict=False):
        now = matched(old.graph, graph)
        for vertex, name in short_names(old.graph, _NAME).items():
            mine = spells[now[vertex]] if vertex in now else gone.setdefault(name, [])
            mine.append(Spell(vertex, since, until))
    rows = [Row(names[vertex], vertex, tuple(spells[vertex])) for vertex in names]
    return rows + [Row(f"{name} (earlier)", known[-1].id, tuple(known), True) for name, known in gone.items()]


def vertex_grid(frame: Frame, rows: Sequence[Row], names: Sequence[str], span: Span) -> VertexGrid:
    """At most about `MOST_COLUMNS` columns, and none narrower than the pause between two samples."""
    import numpy as np

    since, until = span.since.timestamp(), span.until.timestamp()
    pauses = np.diff(frame.times)
    usual = max(float(np.median(pauses)) if len(pauses) else 0.0, frame.tier.step, 1.0)
    step = max((until - since) / MOST_COLUMNS, usual)
    edges = since + step * np.arange(int(np.ceil((until - since) / step)) + 1)
    values = {
        name: np.array([_row(frame, row, name, edges, _USUAL_PAUSE * usual) for row in rows]).reshape(
            len(rows), len(edges) - 1
        )
        for name in names
    }
    return VertexGrid(rows, edges[:-1] + step / 2, step, values)


def _row(frame: Frame, row: Row, name: str, edges: NDArray[np.float64], longest: float) -> NDArray[np.float64]:
    import numpy as np

    found = np.full(len(edges) - 1, np.nan)
    for spell in row.spells:
        series = frame.values.get(SeriesKey(spell.id, name))
        if series is not None:
            held = (frame.times >= spell.since) & (frame.times < spell.until)
            means = _means(frame.times[held], series[held], edges, longest)
            found = np.where(np.isnan(means), found, means)
    return found


def _means(
    times: NDArray[np.float64], values: NDArray[np.float64], edges: NDArray[np.float64], longest: float
) -> NDArray[np.float64]:
    """By column. One into which no sample falls has the value of the sample before it, if that is `longest` s old
    at most: samples come a little late at times."""
    import numpy as np

    count = len(edges) - 1
    column = np.searchsorted(edges, times, side="right") - 1
    inside = (column >= 0) & (column < count)
    known = inside & ~np.isnan(values)
    sums = np.bincount(column[known], weights=values[known], minlength=count)
    sizes = np.bincount(column[known], minlength=count)
    means = np.full(count, np.nan)
    np.divide(sums, sizes, out=means, where=sizes > 0)
    if not len(times):
        return means
    before = np.maximum(np.searchsorted(times, edges[1:], side="left") - 1, 0)
    fresh = (np.bincount(column[inside], minlength=count) == 0) & (times[before] < edges[1:])
    fresh &= edges[1:] - times[before] <= longest
    return np.where(fresh, values[before], means)
