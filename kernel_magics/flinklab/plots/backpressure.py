"""Back-pressure: who waits, who works, and who is waited for, now on the graph and over time by vertex."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flinklab.domain.monitoring import JobGraph
from flinklab.domain.series import Frame
from flinklab.plots import theme
from flinklab.plots.boxes import BUSY, CULPRIT, PRESSED, percent
from flinklab.plots.clock import Clock
from flinklab.plots.drawing import drawing, see_through
from flinklab.plots.graph import FOOT, HEAD, SIDE, vertices_as_data
from flinklab.plots.letters import text_width
from flinklab.plots.plot import Plot
from flinklab.plots.vertex_grid import VertexGrid, vertex_grid, vertex_rows
from flinklab.ports.series import RecordedGraph
from flinklab.telemetry.graphs import Flow, Shares, causes, culprit
from flinklab.telemetry.span import Span
from flinklab.telemetry.vertex_names import short_names

if TYPE_CHECKING:
    import pandas as pd

MEASURES = ("backpressured", "busy", "backpressured_max", "busy_max")
_PANELS = (("backpressured", "Back-pressured: it cannot hand its rows on", PRESSED), ("busy", "Busy", BUSY))
_ROW, _LEAST = 22.0, 66.0  # px of a heat map's row, and of all of them
_GAP, _AXIS, _BAR = 44.0, 56.0, 64.0
_LABEL = 12.0
_APART = 0.1  # share of the time by which sub-tasks differ that are told apart


def plot(
    graph: JobGraph,
    shares: Mapping[str, Shares],
    rates: Mapping[str, Flow] | None = None,
    frame: Frame | None = None,
    *,
    span: Span | None = None,
    recorded: Sequence[RecordedGraph] = (),
    title: str = "back-pressure",
    width: float = 900.0,
    note: str = "",
) -> Plot:
    """The graph as it is now, by `shares` and `rates` (by vertex id); a vertex that is missing there is grey.

    `frame` with its `span`: `backpressured` and `busy` over time, a row per vertex in topological order, gaps
    blank; a red mark where a vertex caused the back-pressure of the others, and that one in red which did it for
    the longest. `recorded`: the graphs that held in that time, the oldest first: an upgrade changes ids. `width` in
    px: a graph of many layers is wider.

    The data has a row per vertex and moment (UTC), or per vertex without a `frame`.
    """
    import plotly.graph_objects as go

    drawn = drawing(graph, shares, rates or {}, width - 2 * SIDE)
    inside = max(drawn.width, width - 2 * SIDE)
    grid = None
    if frame is not None and span is not None and not frame.is_empty:
        grid = vertex_grid(frame, vertex_rows(graph, recorded), MEASURES, span)
    below = 0.0 if grid is None else len(_PANELS) * (_GAP + _tall(grid)) + _AXIS
    height = drawn.height + below
    look = theme.layout(title, round(height + HEAD + FOOT))
    look |= {
        "width": round(inside + 2 * SIDE),
        "margin": {"l": SIDE, "r": SIDE, "t": HEAD, "b": FOOT},
        "shapes": drawn.shapes,
        "annotations": list(drawn.annotations),
        "hovermode": "closest",
        **drawn.axes(inside, height, below),
    }
    traces = list(drawn.traces)
    if grid is not None and span is not None:
        guilty = _guilty(graph, grid)
        traces += _panels(look, grid, guilty, Clock(span), inside, height, drawn.height)
    said = [_in_words(graph, shares), note]
    data = _over_time(grid) if grid is not None else vertices_as_data(graph, shares, rates or {})
    return Plot(go.Figure({"data": traces, "layout": look}), data, " · ".join(filter(None, said)))


def _in_words(graph: JobGraph, shares: Mapping[str, Shares]) -> str:
    """`GroupAggregate → out causes the back-pressure: it is busy 99 %, and b_src waits 97 % of its time`."""
    guilty = culprit(graph, shares)
    if guilty is None:
        return ""
    names = short_names(graph)
    waiting = max(causes(graph, shares)[guilty], key=lambda vertex: shares[vertex].backpressured or 0.0)
    mean, most = shares[guilty].work or 0.0, shares[guilty].busy_max or 0.0
    busy = f"it is busy {percent(mean)}" + (
        f", its busiest sub-task {percent(most)}" if most - mean > _APART else ""
    )
    lost = shares[waiting].backpressured or 0.0
    return f"{names[guilty]} {CULPRIT}: {busy}, and {names[waiting]} waits {percent(lost)} of its time"


def _guilty(graph: JobGraph, grid: VertexGrid) -> list[tuple[float, int]]:
    """Moments and rows at which a vertex of the graph caused the back-pressure."""
    found = []
    number = {row.id: index for index, row in enumerate(grid.rows) if not row.is_gone}
    for column, at in enumerate(grid.times):
        told = {
            vertex: Shares(**{name: _known(values[index, column]) for name, values in grid.values.items()})
            for vertex, index in number.items()
        }
        vertex = culprit(graph, told)
        if vertex is not None:
            found.append((float(at), number[vertex]))
    return found


def _known(value: float) -> float | None:
    return None if value != value else float(value)


def _tall(grid: VertexGrid) -> float:
    return max(_LEAST, _ROW * len(grid.rows))


def _panels(
    look: dict[str, Any],
    grid: VertexGrid,
    guilty: Sequence[tuple[float, int]],
    clock: Clock,
    inside: float,
    height: float,
    top: float,
) -> list[dict[str, Any]]:
    """Adds the axes and headings of the heat maps to a figure's `look`; their traces."""
    blamed = [row for row, _ in Counter(row for _, row in guilty).most_common(1)]
    names = [row.name for row in grid.rows]
    left = max(text_width(name, _LABEL, bold=True) for name in names) + 12
    traces: list[dict[str, Any]] = []
    for number, (name, heading, colour) in enumerate(_PANELS, 2):
        upper = top + _GAP
        top = upper + _tall(grid)
        domain = [1 - top / height, 1 - upper / height]
        last = number == len(_PANELS) + 1
        label = {"title": {"text": clock.label, "font": {"size": 11}}} if last else {"matches": "x3"}
        look[f"xaxis{number}"] = clock.axis(
            domain=[left / inside, 1 - _BAR / inside], anchor=f"y{number}", showticklabels=last, **label
        ) | {"automargin": False}  # the graph's px are counted from the margin
        look[f"yaxis{number}"] = theme.axis(
            domain=domain,
            anchor=f"x{number}",
            range=[len(names) - 0.5, -0.5],
            tickvals=list(range(len(names))),
            ticktext=[_label(each, index in blamed) for index, each in enumerate(names)],
            showgrid=False,
            fixedrange=True,
        ) | {"automargin": False}
        look["annotations"].append(_heading(heading, left / inside, domain[1]))
        traces.append(_heat(grid, name, colour, clock, domain) | {"xaxis": f"x{number}", "yaxis": f"y{number}"})
    if guilty:
        traces.append(_marks(guilty, names, clock) | {"xaxis": f"x{number}", "yaxis": f"y{number}"})
    return traces


def _heat(grid: VertexGrid, name: str, colour: str, clock: Clock, domain: Sequence[float]) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "x": clock.x(grid.times),
        "y": list(range(len(grid.rows))),
        "z": grid.values[name],
        "zmin": 0,
        "zmax": 1,
        "ygap": 2,
        "hoverongaps": False,
        "colorscale": [[0, see_through(colour, 0.07)], [1, colour]],
        "colorbar": {
            "thickness": 8,
            "len": domain[1] - domain[0],
            "y": (domain[0] + domain[1]) / 2,
            "x": 1,
            "xanchor": "right",
            "tickformat": ".0%",
            "tickvals": [0, 0.5, 1],
            "outlinewidth": 0,
        },
        "text": [[theme.hover_text(row.name)] * len(grid.times) for row in grid.rows],
        "hovertemplate": "%{text}<br>%{x}<br>%{z:.0%}<extra></extra>",
        "showlegend": False,
    }


def _marks(guilty: Sequence[tuple[float, int]], names: Sequence[str], clock: Clock) -> dict[str, Any]:
    import numpy as np

    return {
        "type": "scatter",
        "mode": "markers",
        "name": CULPRIT,
        "x": clock.x(np.array([at for at, _ in guilty])),
        "y": [row for _, row in guilty],
        "marker": {"symbol": "line-ew", "size": 7, "color": theme.BAD, "line": {"color": theme.BAD, "width": 3}},
        "text": [theme.hover_text(f"{names[row]} {CULPRIT}") for _, row in guilty],
        "hovertemplate": "%{text}<br>%{x}<extra></extra>",
    }


def _label(name: str, is_blamed: bool) -> str:
    text = theme.hover_text(name)
    return f'<b><span style="color:{theme.BAD}">{text}</span></b>' if is_blamed else text


def _heading(text: str, x: float, y: float) -> dict[str, Any]:
    place = {"x": x, "y": y, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    return {**place, "text": text, "showarrow": False, "font": {"size": 12}}


def _over_time(grid: VertexGrid) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    count = len(grid.times)
    shares = {
        "back-pressured (share)": grid.values["backpressured"].ravel(),
        "busy (share)": grid.values["busy"].ravel(),
    }
    data: pd.DataFrame = pd.DataFrame(
        {
            "time": pd.to_datetime(np.tile(grid.times, len(grid.rows)), unit="s", utc=True),
            "vertex": np.repeat(np.array([row.name for row in grid.rows], dtype=object), count),
            "id": np.repeat(np.array([row.id for row in grid.rows], dtype=object), count),
            **shares,
        }
    )
    known: pd.DataFrame = data[data[list(shares)].notna().any(axis=1)].reset_index(drop=True)
    return known
