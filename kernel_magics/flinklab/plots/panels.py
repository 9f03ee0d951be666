"""Panels one below the other: those over time share its axis, others have one of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flinklab.plots import theme
from flinklab.plots.clock import Clock
from flinklab.plots.marks import Mark, MarkKind, lines, marker

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEAD, _FOOT, _BETWEEN, _STRIP = 60, 64, 46, 12  # px


@dataclass
class Panel:
    """`traces`: of plotly, without axes. `y`, `x`: more of its axes; without `x` the axis is that of time."""

    title: str
    traces: list[dict[str, Any]] = field(default_factory=list)
    y: dict[str, Any] = field(default_factory=dict)
    x: dict[str, Any] | None = None
    height: int = theme.PANEL


def stacked(
    title: str, panels: Sequence[Panel], clock: Clock | None = None, marks: Sequence[Mark] = (), **more: Any
) -> go.Figure:
    """A figure of at least one panel. `clock` where a panel is over time: those come first. `marks` get a strip
    above them, and lines through those over time."""
    import plotly.graph_objects as go

    strip = [Panel("", [_strip(clock, marks, kind) for kind in _kinds(marks)], _STRIP_AXIS, height=_STRIP)]
    shown = [*(strip if clock is not None and marks else []), *panels]
    inside = sum(panel.height for panel in shown) + _BETWEEN * (len(shown) - 1)
    layout = theme.layout(title, inside + _HEAD + _FOOT)
    layout["margin"] |= {"t": _HEAD, "b": _FOOT}
    layout |= {"annotations": [], "hovermode": "closest", **more}
    timed = [number for number, panel in enumerate(shown, 1) if panel.x is None]
    traces, top = [], 1.0
    for number, panel in enumerate(shown, 1):
        suffix = "" if number == 1 else str(number)
        bottom = max(top - panel.height / inside, 0.0)
        x, y = f"x{suffix}", f"y{suffix}"
        layout[f"yaxis{suffix}"] = theme.axis(domain=[bottom, top], anchor=x, **panel.y)
        layout[f"xaxis{suffix}"] = _x_axis(panel, clock, number, timed, anchor=y)
        layout["annotations"].append(_heading(panel.title, top))
        if clock is not None and marks and number == timed[-1]:
            layout["shapes"] = lines(clock, marks, bottom)
        traces += [{**trace, "xaxis": x, "yaxis": y} for trace in panel.traces]
        top = bottom - _BETWEEN / inside
    return go.Figure({"data": traces, "layout": layout})


_STRIP_AXIS = {"range": [0, 1], "visible": False, "fixedrange": True}


def _kinds(marks: Sequence[Mark]) -> list[MarkKind]:
    found = {mark.kind for mark in marks}
    return [kind for kind in MarkKind if kind in found]


def _strip(clock: Clock | None, marks: Sequence[Mark], kind: MarkKind) -> dict[str, Any]:
    assert clock is not None
    return marker(clock, marks, kind, 0.5, cliponaxis=False)


def _x_axis(panel: Panel, clock: Clock | None, number: int, timed: list[int], anchor: str) -> dict[str, Any]:
    if panel.x is not None:
        return theme.axis(anchor=anchor, **panel.x)
    assert clock is not None
    last = number == timed[-1]
    axis = clock.axis(anchor=anchor, showticklabels=last)
    if last:
        axis["title"] = {"text": clock.label, "font": {"size": 11}}
    if number != timed[0]:
        axis["matches"] = "x" if timed[0] == 1 else f"x{timed[0]}"
    return axis


def _heading(text: str, top: float) -> dict[str, Any]:
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": top,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12},
    }
