"""What happened, as marks above and lines through a figure over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from flinklab.plots import theme
from flinklab.plots.clock import Clock

MOST_LINES = 40
"""More of them would hide what they cross; their marks stay."""


class MarkKind(Enum):
    """Name in the legend, symbol of plotly, colour."""

    START = ("start", "triangle-right", theme.COLOURS[0])
    FAILURE = ("failure", "x", theme.BAD)
    END = ("end", "square", theme.QUIET)
    COMMAND = ("command", "diamond", theme.COLOURS[5])
    INCIDENT = ("incident", "star", theme.BUSY)
    CHANGE = ("change", "circle", theme.QUIET)

    @property
    def label(self) -> str:
        return self.value[0]

    @property
    def symbol(self) -> str:
        return self.value[1]

    @property
    def colour(self) -> str:
        return self.value[2]


class Mark(NamedTuple):
    """`at` is aware; `text` is plain."""

    at: datetime
    kind: MarkKind
    text: str


def marker(clock: Clock, marks: Sequence[Mark], kind: MarkKind, y: Any, **more: Any) -> dict[str, Any]:
    """A trace of the marks of one kind; `y`: one place for all, or one for each."""
    mine = [mark for mark in marks if mark.kind is kind]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": kind.label,
        "x": [clock.at(mark.at) for mark in mine],
        "y": y if isinstance(y, list) else [y] * len(mine),
        "marker": {"symbol": kind.symbol, "color": kind.colour, "size": 9, "line": {"width": 1, "color": "white"}},
        "text": [f"{clock.shown(mark.at)}<br>{theme.hover_text(mark.text)}" for mark in mine],
        "hovertemplate": "%{text}<extra></extra>",
        **more,
    }


def lines(clock: Clock, marks: Sequence[Mark], bottom: float) -> list[dict[str, Any]]:
    """Shapes from the top to `bottom` (a share of the height). None when there are more than `MOST_LINES`."""
    if len(marks) > MOST_LINES:
        return []
    return [
        {
            "type": "line",
            "xref": "x",
            "yref": "paper",
            "x0": clock.at(mark.at),
            "x1": clock.at(mark.at),
            "y0": bottom,
            "y1": 1,
            "line": {"width": 1, "dash": "dot", "color": mark.kind.colour},
            "opacity": 0.6,
            "layer": "below",
        }
        for mark in marks
    ]
