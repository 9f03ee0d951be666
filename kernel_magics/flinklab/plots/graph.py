"""A job's graph: its chains of operators, how many sub-tasks they have, and how much flows between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flinklab.domain.monitoring import JobGraph
from flinklab.plots import theme
from flinklab.plots.drawing import drawing
from flinklab.plots.plot import Plot
from flinklab.telemetry.graphs import Flow, Shares
from flinklab.telemetry.vertex_names import short_names

if TYPE_CHECKING:
    import pandas as pd

NARROWEST = 640.0
HEAD, FOOT, SIDE = 48.0, 40.0, 10.0
"""Px around the inside of a figure."""


def plot(
    graph: JobGraph,
    *,
    rates: Mapping[str, Flow] | None = None,
    shares: Mapping[str, Shares] | None = None,
    title: str = "job graph",
    width: float = 900.0,
    note: str = "",
) -> Plot:
    """`rates` and `shares` by vertex id; without `shares` the boxes have no colour. `width` in px: a graph of many
    layers is wider. The data has a row per vertex, in topological order."""
    import plotly.graph_objects as go

    drawn = drawing(graph, shares, rates or {}, width - 2 * SIDE)
    inside = max(drawn.width, NARROWEST - 2 * SIDE)
    look = theme.layout(title, round(drawn.height + HEAD + FOOT))
    look |= {
        "width": round(inside + 2 * SIDE),
        "margin": {"l": SIDE, "r": SIDE, "t": HEAD, "b": FOOT},
        "shapes": drawn.shapes,
        "annotations": drawn.annotations,
        "hovermode": "closest",
        **drawn.axes(inside, drawn.height),
    }
    figure = go.Figure({"data": drawn.traces, "layout": look})
    return Plot(figure, vertices_as_data(graph, shares or {}, rates or {}), note)


def vertices_as_data(graph: JobGraph, shares: Mapping[str, Shares], rates: Mapping[str, Flow]) -> pd.DataFrame:
    """A row per vertex; NaN where something is not known."""
    import pandas as pd

    names, nothing, no_flow = short_names(graph), Shares(), Flow()
    data: pd.DataFrame = pd.DataFrame(
        {
            "vertex": [names[vertex.id] for vertex in graph.vertices],
            "id": [vertex.id for vertex in graph.vertices],
            "parallelism": [vertex.parallelism for vertex in graph.vertices],
            "to": [", ".join(names[each] for each in graph.after(vertex.id)) for vertex in graph.vertices],
            "in (/s)": _numbers([rates.get(vertex.id, no_flow).records_in for vertex in graph.vertices]),
            "out (/s)": _numbers([rates.get(vertex.id, no_flow).records_out for vertex in graph.vertices]),
            "back-pressured (share)": _numbers([shares.get(vertex.id, nothing)[0] for vertex in graph.vertices]),
            "busy (share)": _numbers([shares.get(vertex.id, nothing).work for vertex in graph.vertices]),
            "idle (share)": _numbers([shares.get(vertex.id, nothing).idle for vertex in graph.vertices]),
            "operators": ["\n".join(operator.text for operator in vertex.operators) for vertex in graph.vertices],
        }
    )
    return data


def _numbers(values: list[float | None]) -> pd.Series[float]:
    import pandas as pd

    return pd.Series([float("nan") if value is None else value for value in values], dtype="float64")
