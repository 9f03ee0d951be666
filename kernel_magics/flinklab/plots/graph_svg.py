"""A job's graph as a small picture inside a page: for a live view, a static one and a report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape as escaped

from flinklab.domain.monitoring import JobGraph
from flinklab.plots import theme
from flinklab.plots.boxes import (
    BUSY,
    CULPRIT,
    DETAIL,
    IDLE,
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
from flinklab.plots.layout import Box, Layout, Route, layout
from flinklab.plots.letters import text_width
from flinklab.telemetry.graphs import Flow, Shares

_FONT = "var(--jp-ui-font-family, system-ui, sans-serif)"
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for (section 2.2)."""

_LEGEND = 26.0
_ABOVE = 18.0  # what is said over a box
_HEAD = 8.0


def graph_svg(
    graph: JobGraph,
    shares: Mapping[str, Shares] | None = None,
    rates: Mapping[str, Flow] | None = None,
    *,
    width: float = 900.0,
    legend: bool = True,
) -> str:
    """An `<svg>` element without script, in the text colour of where it stands; all texts are escaped.

    `shares`, `rates`: by vertex id; None leaves shares out of the picture, a vertex that is missing is grey.
    `width`: the px that there are; a graph of many layers is wider, so that it can be read: let it scroll.
    """
    if not graph.vertices:
        return ""
    shown, moving = contents(graph, shares, rates or {}), flowing(graph, rates or {})
    placed = layout(graph, width, WITH_SHARES if shares is not None else PLAIN)
    above = _ABOVE if any(each.is_culprit for each in shown.values()) else 0.0
    below = _LEGEND if legend and shares is not None else 0.0
    wide = max(placed.width, 420.0 if below else 0.0)
    tall = placed.height + above + below
    lines = [_edge(route, moving[pair]) for pair, route in placed.routes.items()]
    boxes = [_box(box, shown[vertex]) for vertex, box in placed.boxes.items()]
    labels = [_label(route, moving[pair]) for pair, route in placed.routes.items()]
    return (
        f'<svg class="fl-graph" xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{tall:.0f}" '
        f'viewBox="0 {-above:.0f} {wide:.0f} {tall:.0f}" role="img" aria-label="{_escape(_spoken(graph, shown))}" '
        f'style="font-family:{_FONT};color:inherit" fill="currentColor" text-rendering="geometricPrecision">'
        + "".join([*lines, *boxes, *labels, _legend(placed, shown) if below else ""])
        + "</svg>"
    )


def _edge(route: Route, flow: Flowing) -> str:
    x, y = route.points[-1]
    back, half = x - _HEAD, flow.head
    dashed = ' stroke-dasharray="4 4"' if flow.rate is None else ""
    said = " · ".join(
        filter(None, (flow.strategy, f"{flow.label[:-2]} rows/s" if flow.label else "rate not known"))
    )
    return (
        f'<g opacity="0.5"><title>{_escape(said)}</title>'
        f'<path d="{route.path}" fill="none" stroke="currentColor" stroke-width="{flow.thickness:.1f}"{dashed}/>'
        f'<path d="M {back:.1f},{y - half:.1f} L {x:.1f},{y:.1f} L {back:.1f},{y + half:.1f} Z"/></g>'
    )


def _label(route: Route, flow: Flowing) -> str:
    if not flow.label:
        return ""
    x, y, anchor, is_above = route.label
    away = flow.thickness / 2 + (4 if is_above else 12)
    return _text(x, y - away if is_above else y + away, flow.label, WORDS, anchor=anchor, opacity=0.85)


def _box(box: Box, content: Content) -> str:
    tint, strength = content.tint
    known = content.shares is None or content.shares.is_known
    line = (
        f'stroke="{theme.BAD}" stroke-width="2"' if content.is_culprit else 'stroke="currentColor" stroke-width="1"'
    )
    dashed = "" if known else ' stroke-dasharray="4 3"'
    faint = "1" if content.is_culprit else "0.4"
    x, y, right = box.x, box.y, box.x + box.width
    area = f'x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="6"'
    drawn = [
        f"<title>{_escape(chr(10).join(content.tooltip))}</title>",
        f'<rect {area} fill="{tint}" fill-opacity="{0.05 + 0.28 * strength:.2f}"/>',
        f'<rect {area} fill="none" {line} stroke-opacity="{faint}"{dashed}/>',
        _text(x + 10, y + 19, content.title(box.width), TITLE, weight=600),
        _text(x + 10, y + 35, content.detail(box.width), DETAIL, opacity=0.75),
        _text(right - 10, y + 35, content.badge, DETAIL, anchor="end", opacity=0.75),
        _text(x + 10, y + 51, content.words(box.width), WORDS, opacity=0.9),
    ]
    inside = box.width - 20
    drawn += [
        f'<rect x="{x + 10 + inside * start:.1f}" y="{y + 58:.1f}" width="{inside * (end - start):.1f}" height="5" '
        f'fill="{colour}"/>'
        for start, end, colour in content.bar
    ]
    if content.is_culprit:
        drawn.append(_text(x, y - 6, CULPRIT, 11, weight=600, colour=theme.BAD))
    return f"<g>{''.join(drawn)}</g>"


def _text(
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    anchor: str = "start",
    weight: int = 400,
    opacity: float = 1.0,
    colour: str = "",
) -> str:
    if not text:
        return ""
    more = f' text-anchor="{anchor}"' if anchor != "start" else ""
    more += f' font-weight="{weight}"' if weight != 400 else ""
    more += f' opacity="{opacity:g}"' if opacity != 1.0 else ""
    more += f' fill="{colour}"' if colour else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}"{more}>{_escape(text)}</text>'


def _escape(text: str) -> str:
    return escaped(_NO_XML.sub("", text))


def _legend(placed: Layout, shown: Mapping[str, Content]) -> str:
    drawn, x, y = [], 10.0, placed.height + 14
    entries = [(PRESSED, "back-pressured"), (BUSY, "busy"), (IDLE, "idle")]
    if any(each.shares is not None and not each.shares.is_known for each in shown.values()):
        entries.append(("", "dashed: not known"))
    for colour, word in entries:
        if colour:
            drawn.append(f'<rect x="{x:.0f}" y="{y - 9:.0f}" width="10" height="10" rx="2" fill="{colour}"/>')
            x += 15
        drawn.append(_text(x, y, word, 11, opacity=0.8))
        x += text_width(word, DETAIL) + 18
    return "".join(drawn)


def _spoken(graph: JobGraph, shown: Mapping[str, Content]) -> str:
    words = [f"{shown[vertex.id].name.short}: {shown[vertex.id].words()}".rstrip(": ") for vertex in graph.vertices]
    return "job graph: " + "; ".join(words)
