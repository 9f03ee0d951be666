"""A figure of plotly as a small SVG picture, for pages that cannot draw it: lines, points, bars, no hover."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from html import escape, unescape
from typing import TYPE_CHECKING, Any, NamedTuple

from flinklab.plots import theme
from flinklab.plots.thinning import kept

if TYPE_CHECKING:
    import numpy as np
    import plotly.graph_objects as go
    from numpy.typing import NDArray

_WIDTH, _LEFT, _RIGHT = 900, 96, 16
_MOST = 240  # points of a line
_MOST_TRACES = 60
_STEPS = (1, 2, 5, 10)
_TIME_STEPS = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000)  # s
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class _Box(NamedTuple):
    left: float
    top: float
    width: float
    height: float


class _Axis(NamedTuple):
    low: float
    high: float
    categories: tuple[str, ...] = ()
    is_date: bool = False

    def share(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return (values - self.low) / (self.high - self.low or 1.0)


def svg(figure: go.Figure) -> str:
    """Panels, axes with their units, lines, points, bars, and who is who; empty for a figure of something else."""
    layout, traces = figure.layout, list(figure.data)[:_MOST_TRACES]
    if any(trace.type not in ("scatter", "bar") for trace in traces) or any(
        note.xref != "paper" for note in layout.annotations
    ):
        return ""
    height = float(layout.height or 400)
    top, bottom = float(layout.margin.t or 60), float(layout.margin.b or 60)
    inside = _Box(_LEFT, top, _WIDTH - _LEFT - _RIGHT, height - top - bottom)
    parts = [_text(8, 22, layout.title.text or "", 15)]
    for name in dict.fromkeys(trace.yaxis or "y" for trace in traces):
        mine = [trace for trace in traces if (trace.yaxis or "y") == name]
        parts += _panel(layout, name, mine, inside)
    for note in layout.annotations:
        if note.text:
            x, y = inside.left + inside.width * note.x, inside.top + inside.height * (1 - note.y)
            anchor = "start" if note.xanchor == "left" else "middle"
            for number, line in enumerate(note.text.split("<br>")):
                parts.append(_text(x, y - 5 + 18 * number, line, 12, anchor))
    parts += _legend(traces, height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}"'
        f' font-family="sans-serif" fill="{theme.TEXT}">{"".join(parts)}</svg>'
    )


def _panel(layout: Any, name: str, traces: list[Any], inside: _Box) -> Iterator[str]:
    y_layout, x_layout = layout["yaxis" + name[1:]], layout["xaxis" + (traces[0].xaxis or "x")[1:]]
    domain = y_layout.domain or (0, 1)
    height = inside.height * (domain[1] - domain[0])
    box = _Box(inside.left, inside.top + inside.height * (1 - domain[1]), inside.width, height)
    x, y = _axis(x_layout, traces, "x"), _axis(y_layout, traces, "y")
    if y_layout.visible is not False:
        yield from _grid(box, x, y, y_layout, x_layout)
    for trace in traces:
        yield from _bars(box, trace, x, y) if trace.type == "bar" else _points(box, trace, x, y)


def _numbers(values: Any, axis: _Axis) -> NDArray[np.float64]:
    import numpy as np

    if values is None:
        return np.array([])
    if axis.categories:
        return np.array([axis.categories.index(str(value)) if value is not None else math.nan for value in values])
    return np.asarray(values, dtype=np.float64)


def _axis(layout: Any, traces: list[Any], letter: str) -> _Axis:
    import numpy as np

    if layout.type == "category":
        fixed = [str(each) for each in layout.categoryarray] if layout.categoryarray is not None else []
        names = dict.fromkeys([*fixed, *(str(each) for trace in traces for each in (trace[letter] or ()))])
        ordered = tuple(names)
        low, high = -0.5, len(ordered) - 0.5
        return _Axis(high, low, ordered) if layout.autorange == "reversed" else _Axis(low, high, ordered)
    if layout.range is not None:
        return _Axis(float(layout.range[0]), float(layout.range[1]), is_date=layout.type == "date")
    found = [np.asarray(trace[letter], dtype=np.float64) for trace in traces if trace[letter] is not None]
    values = np.concatenate([each[np.isfinite(each)] for each in found] or [np.array([])])
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    low = min(low, 0.0) if layout.rangemode == "tozero" else low
    return _Axis(low, high * 1.05 if high > low else low + 1.0)


def _grid(box: _Box, x: _Axis, y: _Axis, y_layout: Any, x_layout: Any) -> Iterator[str]:
    for value, label in _ticks(y, str(y_layout.tickformat or ""), 4):
        at = box.top + box.height * (1 - float(y.share(value)))
        yield _rule(box.left, at, box.left + box.width, at)
        yield _text(box.left - 6, at + 4, label, 11, "end")
    if x_layout.showticklabels is not False:
        for value, label in _ticks(x, str(x_layout.tickformat or ""), 7):
            at = box.left + box.width * float(x.share(value))
            yield _text(at, box.top + box.height + 16, label, 11, "middle")
        if x_layout.title.text:
            yield _text(box.left + box.width, box.top + box.height + 32, x_layout.title.text, 11, "end")


def _ticks(axis: _Axis, form: str, about: int) -> list[tuple[Any, str]]:
    import numpy as np

    if axis.categories:
        return [(np.float64(place), name) for place, name in enumerate(axis.categories)]
    low, high = sorted((axis.low, axis.high))
    if axis.is_date:
        wide = (high - low) / 1000 / about
        step = 1000.0 * next((each for each in _TIME_STEPS if each >= wide), _TIME_STEPS[-1])
        pattern = "%H:%M:%S" if step < 60_000 else "%H:%M" if step < 86_400_000 else "%m-%d"
    else:
        power = 10.0 ** math.floor(math.log10((high - low) / about or 1.0))
        step = power * next(each for each in _STEPS if each * power >= (high - low) / about * 0.999)
        pattern = ""
    places = np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step
    if pattern:
        return [(at, (_EPOCH + timedelta(milliseconds=float(at))).strftime(pattern)) for at in places]
    return [(at, f"{at:.0%}" if "%" in form else f"{at:,.6g}") for at in places]


def _points(box: _Box, trace: Any, x: _Axis, y: _Axis) -> Iterator[str]:
    import numpy as np

    xs, ys = _numbers(trace.x, x), _numbers(trace.y, y)
    if not len(ys) or not len(xs):
        return
    chosen = kept(ys, _MOST)
    across = box.left + box.width * x.share(xs[chosen])
    down = box.top + box.height * (1 - y.share(ys[chosen]))
    inside = (
        np.isfinite(across) & np.isfinite(down) & (across >= box.left - 1) & (across <= box.left + box.width + 1)
    )
    line = trace.line.color or theme.QUIET
    opacity = f' opacity="{trace.opacity:g}"' if trace.opacity is not None else ""
    mode = trace.mode or "lines"
    if "lines" in mode:
        filled = trace.fill == "toself"
        path, down_pen = [], False
        for there, left, top in zip(inside, across, down, strict=True):
            if there:
                path.append(f"{'L' if down_pen else 'M'}{left:.1f} {top:.1f}")
            down_pen = bool(there)
        style = (
            f'fill="{trace.fillcolor}"'
            if filled
            else f'fill="none" stroke="{line}" stroke-width="{trace.line.width}"'
        )
        dashes = ' stroke-dasharray="5 4"' if trace.line.dash not in (None, "solid") else ""
        yield f'<path d="{"".join(path)}" {style}{dashes}{opacity}/>'
    if "markers" in mode and not isinstance(trace.marker.size, (tuple, list, np.ndarray)):
        radius = (trace.marker.size or 6) / 2
        colour = trace.marker.color if isinstance(trace.marker.color, str) else line
        for left, top in zip(across[inside], down[inside], strict=True):
            yield f'<circle cx="{left:.1f}" cy="{top:.1f}" r="{radius:g}" fill="{colour}"{opacity}/>'


def _bars(box: _Box, trace: Any, x: _Axis, y: _Axis) -> Iterator[str]:
    import numpy as np

    flat = trace.orientation == "h"
    along, across = (x, y) if flat else (y, x)
    lengths, places = _numbers(trace.x if flat else trace.y, along), _numbers(trace.y if flat else trace.x, across)
    bases = np.asarray(trace.base, dtype=np.float64) if trace.base is not None else np.zeros(len(lengths))
    colours = trace.marker.color
    for index, (length, place, base) in enumerate(zip(lengths, places, bases, strict=True)):
        begin, end = sorted(np.clip(along.share(np.array([base, base + length])), 0.0, 1.0))
        colour = colours if isinstance(colours, str) or colours is None else colours[index]
        shade = f'fill="{colour or theme.QUIET}" opacity="{trace.opacity or 1:g}"'
        if flat:
            thick = box.height / max(len(across.categories), 1) * 0.65
            at = box.top + box.height * (1 - float(across.share(place))) - thick / 2
            left, wide = box.left + box.width * begin, max(box.width * (end - begin), 0.5)
            yield f'<rect x="{left:.1f}" y="{at:.1f}" width="{wide:.1f}" height="{thick:.1f}" {shade}/>'
        else:
            wide = max(box.width * abs((trace.width or 0) / (across.high - across.low or 1)), 1.0)
            left = box.left + box.width * float(across.share(place)) - wide / 2
            high = box.height * (end - begin)
            top = box.top + box.height * (1 - end)
            yield f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}" {shade}/>'


def _legend(traces: list[Any], height: float) -> Iterator[str]:
    left = 8.0
    seen: set[str] = set()
    for trace in traces:
        name = unescape(trace.name or "")
        if not name or name in seen or trace.showlegend is False:
            continue
        seen.add(name)
        wide = 26 + 6.4 * len(name)
        if left + wide > _WIDTH:
            yield _text(left, height - 10, "…", 11)
            return
        colour = trace.marker.color if trace.type == "bar" or trace.mode == "markers" else trace.line.color
        shade = colour if isinstance(colour, str) else theme.QUIET
        yield f'<rect x="{left:.0f}" y="{height - 18:.0f}" width="12" height="8" fill="{shade}"/>'
        yield _text(left + 17, height - 10, name, 11)
        left += wide


def _rule(x0: float, y0: float, x1: float, y1: float) -> str:
    return f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="{theme.QUIET}" stroke-opacity=".25"/>'


def _text(x: float, y: float, text: str, size: int, anchor: str = "start") -> str:
    shown = escape(unescape(str(text)), quote=False)
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{shown}</text>'
