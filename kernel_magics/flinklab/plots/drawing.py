"""A job's graph out of plotly's shapes and texts. One unit of its axes is one px, because texts do not stretch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from flinklab.domain.monitoring import JobGraph
from flinklab.plots import theme
from flinklab.plots.boxes import (
    BUSY,
    CULPRIT,
    DETAIL,
    IDLE,
    PADDING,
    PLAIN,
    PRESSED,
    TITLE,
    WITH_SHARES,
    WORDS,
    Content,
    Flowing,
    contents,
    flowing,
)
from flinklab.plots.layout import Box, Label, Route, layout
from flinklab.telemetry.graphs import Flow, Shares

_LINE = "rgba(128,128,128,0.65)"
_ABOVE = 20.0  # what is said over a box
_HEAD = 8.0


@dataclass(frozen=True)
class Drawing:
    """`shapes` and `annotations` are on the axes x and y, `traces` (hover, legend) on none yet. y grows downwards,
    from `top` to `top + height`."""

    shapes: list[dict[str, Any]]
    annotations: list[dict[str, Any]]
    traces: list[dict[str, Any]]
    width: float
    height: float
    top: float

    def axes(self, width: float, height: float, bottom: float = 0.0) -> dict[str, Any]:
        """Of a figure whose inside is `width` by `height`, of which this takes the upper left; `bottom` is the px
        that it leaves below."""
        quiet = {"visible": False, "fixedrange": True, "zeroline": False}
        share = min(1.0, self.width / width)
        return {
            "xaxis": {**quiet, "range": [0, self.width], "domain": [0, share], "anchor": "y"},
            "yaxis": {**quiet, "range": [self.top + self.height, self.top], "domain": [bottom / height, 1]},
        }


def drawing(graph: JobGraph, told: Mapping[str, Shares] | None, rates: Mapping[str, Flow], width: float) -> Drawing:
    """`told` None: without what the vertices do with their time."""
    shown, moving = contents(graph, told, rates), flowing(graph, rates)
    placed = layout(graph, width, WITH_SHARES if told is not None else PLAIN)
    shapes = [shape for pair, route in placed.routes.items() for shape in _edge(route, moving[pair])]
    shapes += [shape for vertex, box in placed.boxes.items() for shape in _box(box, shown[vertex])]
    texts = [text for vertex, box in placed.boxes.items() for text in _texts(box, shown[vertex])]
    texts += [_rate(route.label, moving[pair]) for pair, route in placed.routes.items() if moving[pair].label]
    top = -_ABOVE if any(each.is_culprit for each in shown.values()) else 0.0
    traces = [_hover([(box, shown[vertex]) for vertex, box in placed.boxes.items()])]
    if told is not None:
        traces += _legend(shown)
    return Drawing(shapes, texts, traces, placed.width, placed.height - top, top)


def _edge(route: Route, flow: Flowing) -> list[dict[str, Any]]:
    x, y = route.points[-1]
    line = {"color": _LINE, "width": flow.thickness, "dash": "solid" if flow.rate is not None else "dot"}
    head = f"M {x - _HEAD:.1f},{y - flow.head:.1f} L {x:.1f},{y:.1f} L {x - _HEAD:.1f},{y + flow.head:.1f} Z"
    return [
        {"type": "path", "path": route.path, "line": line, "layer": "below"},
        {"type": "path", "path": head, "fillcolor": _LINE, "line": {"width": 0}, "layer": "below"},
    ]


def _box(box: Box, content: Content) -> list[dict[str, Any]]:
    tint, strength = content.tint
    known = content.shares is None or content.shares.is_known
    line = {"color": theme.BAD, "width": 2.0} if content.is_culprit else {"color": _LINE, "width": 1.0}
    x1, y1 = box.x + box.width, box.y + box.height
    inside = box.width - 2 * PADDING
    drawn: list[dict[str, Any]] = [
        {
            "type": "path",
            "path": _rounded(box.x, box.y, x1, y1, 6.0),
            "fillcolor": see_through(tint, 0.06 + 0.28 * strength),
            "line": {**line, "dash": "solid" if known else "dash"},
            "layer": "below",
        }
    ]
    drawn += [
        {
            "type": "rect",
            "x0": box.x + PADDING + inside * start,
            "x1": box.x + PADDING + inside * end,
            "y0": y1 - 12,
            "y1": y1 - 7,
            "fillcolor": colour,
            "line": {"width": 0},
            "layer": "below",
        }
        for start, end, colour in content.bar
    ]
    return drawn


def _texts(box: Box, content: Content) -> list[dict[str, Any]]:
    left, right = box.x + PADDING, box.x + box.width - PADDING
    drawn = [
        _text(left, box.y + 15, f"<b>{escape(content.title(box.width), quote=False)}</b>", TITLE),
        _text(left, box.y + 32, escape(content.detail(box.width), quote=False), DETAIL),
        _text(right, box.y + 32, content.badge, DETAIL, "right"),
        _text(left, box.y + 47, content.words(box.width), WORDS),
    ]
    if content.is_culprit:
        drawn.append(_text(box.x, box.y - 10, f"<b>{CULPRIT}</b>", DETAIL, colour=theme.BAD))
    return [text for text in drawn if text["text"]]


def _rate(label: Label, flow: Flowing) -> dict[str, Any]:
    away = flow.thickness / 2 + 8
    anchor = {"start": "left", "middle": "center", "end": "right"}[label.anchor]
    return _text(label.x, label.y - away if label.is_above else label.y + away, flow.label, WORDS, anchor)


def _text(x: float, y: float, text: str, size: float, anchor: str = "left", colour: str = "") -> dict[str, Any]:
    """`y`: the height of its middle."""
    font = {"size": size, "color": colour} if colour else {"size": size}
    place = {"x": x, "y": y, "xref": "x", "yref": "y", "xanchor": anchor, "yanchor": "middle"}
    return {**place, "text": text, "showarrow": False, "borderpad": 0, "font": font}


def _hover(boxes: Sequence[tuple[Box, Content]]) -> dict[str, Any]:
    """Three unseen marks in each box, which answer to the mouse wherever it is in it."""
    places = [(box, part, content) for box, content in boxes for part in (0.2, 0.5, 0.8)]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [box.x + part * box.width for box, part, _ in places],
        "y": [box.y + box.height / 2 for box, _, _ in places],
        "marker": {"symbol": "square", "size": 44, "opacity": 0, "color": "#4a4f55"},
        "text": [_said(content) for _, _, content in places],
        "hovertemplate": "%{text}<extra></extra>",
        "hoverlabel": {"font": {"size": 12}},
        "showlegend": False,
    }


def _said(content: Content) -> str:
    first, *rest = (theme.hover_text(line) for line in content.tooltip)
    return "<br>".join([f"<b>{first}</b>", *rest])


def _legend(shown: Mapping[str, Content]) -> list[dict[str, Any]]:
    entries = [(PRESSED, "back-pressured"), (BUSY, "busy"), (IDLE, "idle")]
    drawn = [_entry({"symbol": "square", "size": 11, "color": colour}, word) for colour, word in entries]
    if any(each.shares is not None and not each.shares.is_known for each in shown.values()):
        drawn.append(_entry({"symbol": "square-open", "size": 10, "color": theme.QUIET}, "dashed: not known"))
    return drawn


def _entry(marker: dict[str, Any], word: str) -> dict[str, Any]:
    """Of the legend alone: it has no point."""
    return {"type": "scatter", "mode": "markers", "x": [None], "y": [None], "name": word, "marker": marker}


def _rounded(x0: float, y0: float, x1: float, y1: float, r: float) -> str:
    return (
        f"M {x0 + r:.1f},{y0:.1f} L {x1 - r:.1f},{y0:.1f} Q {x1:.1f},{y0:.1f} {x1:.1f},{y0 + r:.1f} "
        f"L {x1:.1f},{y1 - r:.1f} Q {x1:.1f},{y1:.1f} {x1 - r:.1f},{y1:.1f} "
        f"L {x0 + r:.1f},{y1:.1f} Q {x0:.1f},{y1:.1f} {x0:.1f},{y1 - r:.1f} "
        f"L {x0:.1f},{y0 + r:.1f} Q {x0:.1f},{y0:.1f} {x0 + r:.1f},{y0:.1f} Z"
    )


def see_through(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:.2f})"
