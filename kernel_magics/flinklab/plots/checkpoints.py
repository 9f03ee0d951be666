"""Checkpoints over time: how long they took and in what, how large they were, which failed or were not seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flinklab.domain.jobs import Checkpoint
from flinklab.domain.text import duration
from flinklab.plots import theme
from flinklab.plots.checkpoint_rows import PARTS, rows_of, told
from flinklab.plots.clock import Clock
from flinklab.plots.comparing import Earlier
from flinklab.plots.marks import Mark
from flinklab.plots.panels import Panel, stacked
from flinklab.plots.plot import Plot
from flinklab.plots.thinning import kept, worst
from flinklab.plots.vertices import Parts
from flinklab.telemetry.growth import Growth, growth
from flinklab.telemetry.span import Span

if TYPE_CHECKING:
    import pandas as pd

_PART_COLOURS = dict(zip(PARTS, (theme.QUIET, theme.COLOURS[3], theme.COLOURS[4], theme.COLOURS[2]), strict=True))
_MOST_BARS = 240
_MOST_POINTS = 400
_CALM = 0.02  # of the state within the whole time: less is no growth
_SURE = 0.8  # share of rises
_HOUR = 3600.0

Compared = Earlier[Sequence[Checkpoint]]


def plot(
    points: Sequence[Checkpoint],
    span: Span,
    *,
    title: str,
    parts: Parts | None = None,
    marks: Sequence[Mark] = (),
    earlier: Compared | None = None,
    began_empty: datetime | None = None,
    note: str = "",
) -> Plot:
    """`points`: the oldest first, with those that failed and what was not seen. `began_empty`: when the job last
    started without state; growth is only told since then. `data`: a row for each of `points`."""
    clock, parts = Clock(span), parts or Parts()
    data = rows_of(points, parts)
    then = rows_of(earlier.data, parts) if earlier is not None else data.iloc[:0]
    shift = earlier.period.shift.total_seconds() if earlier is not None else 0.0
    label = earlier.period.label if earlier is not None else ""
    grown = _grown(data, began_empty)
    panels = [
        _durations(data, then, clock, shift, label, _took_without(data, span)),
        _sizes(data, then, clock, shift, label, grown),
    ]
    figure = stacked(title, panels, clock, marks, barmode="stack", bargap=0)
    said = [note, _summary(data), growth_in_words(grown, data)]
    if earlier is not None:
        data.insert(1, "period", "now")
        then.insert(1, "period", label)
        import pandas as pd

        data = pd.concat([data, then], ignore_index=True) if len(then) else data
    return Plot(figure, data, " · ".join(text for text in said if text))


def _took_without(data: pd.DataFrame, span: Span) -> float:
    """Seconds from one to the next, as a width of bars."""
    import numpy as np

    times = _seconds(data[data["status"] != "gap"])
    if len(times) < 2:
        return span.length.total_seconds() / 100
    return float(np.median(np.diff(times)))


def _summary(data: pd.DataFrame) -> str:
    failed = int((data["status"] == "failed").sum())
    missed = int(data.loc[data["status"] == "gap", "span"].sum())
    done = data[data["status"] == "completed"]
    parts = []
    if len(done):
        parts.append(f"{len(done):,} completed, the slowest in {duration(float(done['duration [s]'].max()))}")
    parts += [f"{failed:,} failed"] if failed else []
    parts += [f"{missed:,} not seen"] if missed else []
    return ", ".join(parts)


def _grown(data: pd.DataFrame, began_empty: datetime | None) -> Growth | None:
    done = data[(data["status"] == "completed") & ~data["is savepoint"]]
    if began_empty is not None:
        done = done[done["at"] >= began_empty]
    return growth(_seconds(done), done["full size [B]"].to_numpy(dtype=float))


def growth_in_words(found: Growth | None, data: pd.DataFrame) -> str:
    """`its state grows by 12 MiB/h`, as it is said of `data`; empty when too little is known."""
    if found is None:
        return ""
    times = _seconds(data)
    change = found.slope * float(times.max() - times.min())
    if abs(change) < max(_CALM * abs(found.level), 1.0):
        return "its state keeps its size"
    rises = found.slope > 0
    if (found.share if rises else 1 - found.share) < _SURE:
        return "its state goes up and down"
    rate = theme.in_words(abs(found.slope) * _HOUR, "B")
    return f"its state {'grows' if rises else 'shrinks'} by {rate}/h"


def _seconds(data: pd.DataFrame) -> Any:
    return data["at"].to_numpy(dtype="datetime64[ns]").astype("int64") / 1e9


def _durations(
    data: pd.DataFrame, then: pd.DataFrame, clock: Clock, shift: float, label: str, pause: float
) -> Panel:
    done = data[data["status"] == "completed"]
    largest = max((float(frame["duration [s]"].max()) for frame in (data, then) if len(frame)), default=0.0)
    scaled = theme.scale("s", largest)
    traces = _part_bars(done, clock, scaled, pause)
    traces += _earlier(then, clock, "duration [s]", scaled, shift, label, "checkpoint")
    traces += _kinds(done, clock, "duration [s]", scaled)
    for status, name, symbol, colour in (
        ("failed", "failed", "x", theme.BAD),
        ("gap", "not seen", "line-ns-open", theme.QUIET),
    ):
        mine = data[data["status"] == status]
        mine = mine.iloc[kept(mine["duration [s]"].to_numpy(dtype=float), _MOST_POINTS)]
        if len(mine):
            marker = {"symbol": symbol, "size": 10, "color": colour, "line": {"width": 2, "color": colour}}
            trace = _markers(mine, clock, "duration [s]", scaled, name, marker)
            traces.append(trace | {"y": [0.0] * len(mine), "cliponaxis": False})
    axis = {"tickformat": scaled.ticks, "rangemode": "tozero"}
    says = "; bars: the parts of its slowest sub-task" if any(trace["type"] == "bar" for trace in traces) else ""
    return Panel(f"duration [{scaled.label}]{says}", traces, axis)


def _part_bars(done: pd.DataFrame, clock: Clock, scaled: theme.Scale, pause: float) -> list[dict[str, Any]]:
    known = done[done["slowest"] != ""]
    known = known.iloc[worst(known["duration [s]"].to_numpy(dtype=float), _MOST_BARS)]
    if not len(known):
        return []
    width = pause * 800 * max(1.0, len(done) / len(known))
    return [
        {
            "type": "bar",
            "name": part,
            "x": clock.x(_seconds(known)),
            "y": known[f"{part} [s]"].to_numpy() * scaled.factor,
            "width": width,
            "marker": {"color": _PART_COLOURS[part], "line": {"width": 0}},
            "opacity": 0.55,
            "hovertemplate": f"{part} %{{y:{scaled.hover}}}{scaled.suffix}<extra></extra>",
        }
        for part in PARTS
        if (known[f"{part} [s]"] > 0).any()
    ]


def _kinds(
    done: pd.DataFrame, clock: Clock, column: str, scaled: theme.Scale, *, show: bool = True
) -> list[dict[str, Any]]:
    traces = []
    regular, saved = done[~done["is savepoint"]], done[done["is savepoint"]]
    if len(regular):
        regular = regular.iloc[kept(regular[column].to_numpy(dtype=float), _MOST_POINTS)]
        marker = {"size": 4, "color": theme.COLOURS[0]}
        trace = _markers(regular, clock, column, scaled, "checkpoint", marker)
        line = {"width": 1.2, "color": theme.COLOURS[0]}
        traces.append(trace | {"mode": "lines+markers", "line": line, "showlegend": show})
    if len(saved):
        marker = {"size": 10, "symbol": "diamond", "color": theme.COLOURS[1]}
        traces.append(_markers(saved, clock, column, scaled, "savepoint", marker) | {"showlegend": show})
    return traces


def _markers(
    data: pd.DataFrame, clock: Clock, column: str, scaled: theme.Scale, name: str, marker: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "legendgroup": name,
        "x": clock.x(_seconds(data)),
        "y": data[column].to_numpy(dtype=float) * scaled.factor,
        "marker": marker,
        "text": [told(row, clock) for row in data.to_dict("records")],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _earlier(
    then: pd.DataFrame, clock: Clock, column: str, scaled: theme.Scale, shift: float, label: str, group: str
) -> list[dict[str, Any]]:
    done = then[then["status"] == "completed"]
    if not len(done):
        return []
    done = done.iloc[kept(done[column].to_numpy(dtype=float), _MOST_POINTS)]
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": theme.title_text(label),
            "legendgroup": label,
            "showlegend": group == "checkpoint",
            "x": clock.x(_seconds(done) + shift),
            "y": done[column].to_numpy(dtype=float) * scaled.factor,
            "opacity": theme.PALE,
            "line": {"width": 1.6, "color": theme.COLOURS[0], "dash": "dot"},
            "text": [told(row, clock) for row in done.to_dict("records")],
            "hovertemplate": f"{theme.title_text(label)}: %{{text}}<extra></extra>",
        }
    ]


def _sizes(
    data: pd.DataFrame, then: pd.DataFrame, clock: Clock, shift: float, label: str, grown: Growth | None
) -> Panel:
    done = data[data["status"] == "completed"]
    largest = max((float(frame["full size [B]"].max()) for frame in (data, then) if len(frame)), default=0.0)
    scaled = theme.scale("B", largest)
    traces = _earlier(then, clock, "full size [B]", scaled, shift, label, "size")
    traces += _kinds(done, clock, "full size [B]", scaled, show=False)
    regular = done[~done["is savepoint"]]
    if len(regular) and (regular["written [B]"] < regular["full size [B]"]).any():
        written = regular.iloc[kept(regular["written [B]"].to_numpy(dtype=float), _MOST_POINTS)]
        marker = {"size": 3, "color": theme.COLOURS[2]}
        trace = _markers(written, clock, "written [B]", scaled, "written (incremental)", marker)
        traces.append(trace | {"mode": "lines+markers", "line": {"width": 1.2, "color": theme.COLOURS[2]}})
    words = growth_in_words(grown, data)
    if grown is not None and len(regular):
        import numpy as np

        ends = _seconds(regular)[[0, -1]]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": words,
                "x": clock.x(ends),
                "y": np.array([max(grown.value(end), 0.0) * scaled.factor for end in ends]),
                "line": {"width": 1.4, "dash": "dash", "color": theme.BUSY},
                "hovertemplate": f"{words}<extra></extra>",
            }
        )
    return Panel(f"size of the state [{scaled.label}]", traces, {"tickformat": scaled.ticks, "rangemode": "tozero"})
