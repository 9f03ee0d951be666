"""A figure of plotly as a small SVG picture, for pages that cannot draw it: lines, points, bars, no hover."""

from __future__ import annotations

import math
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from html import escape, unescape
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from flinklab.plots import theme
from flinklab.plots.thinning import kept

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_Trace: TypeAlias = Mapping[str, Any]
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


def svg(figure: Mapping[str, Any]) -> str:
    """Panels, axes with their units, lines, points, bars, and who is who; empty for a figure of something else.

    `figure`: as plotly's JSON has it, plain values: to ask a `Figure` for each of them takes far longer.
    """
    layout, traces = figure.get("layout", {}), figure.get("data", [])[:_MOST_TRACES]
    notes = layout.get("annotations", [])
    if any(trace.get("type") not in ("scatter", "bar") for trace in traces) or any(
        note.get("xref") != "paper" for note in notes
    ):
        return ""
    height, margin = float(layout.get("height") or 400), layout.get("margin", {})
    top, bottom = float(margin.get("t") or 60), float(margin.get("b") or 60)
    inside = _Box(_LEFT, top, _WIDTH - _LEFT - _RIGHT, height - top - bottom)
    parts = [_text(8, 22, layout.get("title", {}).get("text", ""), 15)]
    panels: dict[str, list[_Trace]] = {}
    for trace in traces:
        panels.setdefault(trace.get("yaxis", "y"), []).append(trace)
    for name, mine in panels.items():
        parts += _panel(layout, name, mine, inside)
    for note in notes:
        if note.get("text"):
            x, y = inside.left + inside.width * note["x"], inside.top + inside.height * (1 - note["y"])
            anchor = "start" if note.get("xanchor") == "left" else "middle"
            for number, line in enumerate(note["text"].split("<br>")):
                parts.append(_text(x, y - 5 + 18 * number, line, 12, anchor))
    parts += _legend(traces, height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}"'
        f' font-family="sans-serif" fill="{theme.TEXT}">{"".join(parts)}</svg>'
    )


def _panel(layout: _Trace, name: str, traces: list[_Trace], inside: _Box) -> Iterator[str]:
    y_layout, x_layout = (
        layout.get("yaxis" + name[1:], {}),
        layout.get("xaxis" + traces[0].get("xaxis", "x")[1:], {}),
    )
    domain = y_layout.get("domain", (0, 1))
    height = inside.height * (domain[1] - domain[0])
    box = _Box(inside.left, inside.top + inside.height * (1 - domain[1]), inside.width, height)
    x, y = _axis(x_layout, traces, "x"), _axis(y_layout, traces, "y")
    if y_layout.get("visible") is not False:
        yield from _grid(box, x, y, y_layout, x_layout)
    for trace in traces:
        yield from _bars(box, trace, x, y) if trace["type"] == "bar" else _points(box, trace, x, y)


def _array(values: Any) -> Any:
    """As a list or an array: plotly packs numbers."""
    import numpy as np

    if isinstance(values, Mapping):
        return np.frombuffer(b64decode(values["bdata"]), dtype=values["dtype"])
    return values if values is not None else []


def _numbers(values: Any, axis: _Axis) -> NDArray[np.float64]:
    import numpy as np

    found = _array(values)
    if axis.categories:
        return np.array([axis.categories.index(str(value)) if value is not None else math.nan for value in found])
    return np.asarray(found, dtype=np.float64)


def _axis(layout: _Trace, traces: list[_Trace], letter: str) -> _Axis:
    import numpy as np

    if layout.get("type") == "category":
        fixed = [str(each) for each in layout.get("categoryarray", ())]
        names = dict.fromkeys([*fixed, *(str(each) for trace in traces for each in _array(trace.get(letter)))])
        ordered = tuple(names)
        low, high = -0.5, len(ordered) - 0.5
        reverse = layout.get("autorange") == "reversed"
        return _Axis(high, low, ordered) if reverse else _Axis(low, high, ordered)
    if "range" in layout:
        low, high = (float(each) for each in layout["range"])
        return _Axis(low, high, is_date=layout.get("type") == "date")
    found = [np.asarray(_array(trace.get(letter)), dtype=np.float64) for trace in traces]
    values = np.concatenate([each[np.isfinite(each)] for each in found] or [np.array([])])
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    low = min(low, 0.0) if layout.get("rangemode") == "tozero" else low
    return _Axis(low, high * 1.05 if high > low else low + 1.0)


def _grid(box: _Box, x: _Axis, y: _Axis, y_layout: _Trace, x_layout: _Trace) -> Iterator[str]:
    for value, label in _ticks(y, y_layout.get("tickformat", ""), 4):
        at = box.top + box.height * (1 - float(y.share(value)))
        yield _rule(box.left, at, box.left + box.width, at)
        yield _text(box.left - 6, at + 4, label, 11, "end")
    if x_layout.get("showticklabels") is not False:
        for value, label in _ticks(x, x_layout.get("tickformat", ""), 7):
            at = box.left + box.width * float(x.share(value))
            yield _text(at, box.top + box.height + 16, label, 11, "middle")
        title = x_layout.get("title", {}).get("text")
        if title:
            yield _text(box.left + box.width, box.top + box.height + 32, title, 11, "end")


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


def _points(box: _Box, trace: _Trace, x: _Axis, y: _Axis) -> Iterator[str]:
    import numpy as np

    xs, ys = _numbers(trace.get("x"), x), _numbers(trace.get("y"), y)
    if not len(ys) or not len(xs):
        return
    chosen = kept(ys, _MOST)
    across = box.left + box.width * x.share(xs[chosen])
    down = box.top + box.height * (1 - y.share(ys[chosen]))
    inside = (
        np.isfinite(across) & np.isfinite(down) & (across >= box.left - 1) & (across <= box.left + box.width + 1)
    )
    line, marker = trace.get("line", {}), trace.get("marker", {})
    colour = _colour(line.get("color"))
    opacity = f' opacity="{trace["opacity"]:g}"' if "opacity" in trace else ""
    mode = trace.get("mode", "lines")
    if "lines" in mode:
        path, down_pen = [], False
        for there, left, top in zip(inside.tolist(), across.tolist(), down.tolist(), strict=True):
            if there:
                path.append(f"{'L' if down_pen else 'M'}{left:.1f} {top:.1f}")
            down_pen = there
        style = (
            f'fill="{_colour(trace.get("fillcolor"))}"'
            if trace.get("fill") == "toself"
            else f'fill="none" stroke="{colour}" stroke-width="{line.get("width", 2):g}"'
        )
        dashes = ' stroke-dasharray="5 4"' if line.get("dash", "solid") != "solid" else ""
        yield f'<path d="{"".join(path)}" {style}{dashes}{opacity}/>'
    if "markers" in mode:
        shade = _colour(marker.get("color"), colour)
        size = marker.get("size", 6)
        sizes = np.full(len(ys), size) if isinstance(size, (int, float)) else _array(size)
        drawn = inside & (sizes[chosen] > 0)
        for left, top, wide in zip(*(each[drawn].tolist() for each in (across, down, sizes[chosen])), strict=True):
            yield f'<circle cx="{left:.1f}" cy="{top:.1f}" r="{wide / 2:g}" fill="{shade}"{opacity}/>'


def _bars(box: _Box, trace: _Trace, x: _Axis, y: _Axis) -> Iterator[str]:
    import numpy as np

    flat = trace.get("orientation") == "h"
    xs, ys = trace.get("x"), trace.get("y")
    along, across = (x, y) if flat else (y, x)
    lengths, places = _numbers(xs if flat else ys, along), across.share(_numbers(ys if flat else xs, across))
    bases = np.asarray(_array(trace["base"]), dtype=np.float64) if "base" in trace else np.zeros(len(lengths))
    ends = np.clip(along.share(np.array([bases, bases + lengths])), 0.0, 1.0)
    colours = trace.get("marker", {}).get("color")
    shades = map(_colour, colours if isinstance(colours, list) else [colours] * len(lengths))
    opacity = f'opacity="{trace.get("opacity", 1):g}"'
    if flat:
        thick = np.full(len(lengths), box.height / max(len(across.categories), 1) * 0.65)
        tops = box.top + box.height * (1 - places) - thick / 2
        lefts = box.left + box.width * ends.min(axis=0)
        widths = np.maximum(box.width * np.ptp(ends, axis=0), 0.5)
        boxes = (lefts, tops, widths, thick)
    else:
        wide = max(box.width * abs(trace.get("width", 0) / (across.high - across.low or 1)), 1.0)
        widths = np.full(len(lengths), wide)
        lefts = box.left + box.width * places - wide / 2
        boxes = (lefts, box.top + box.height * (1 - ends.max(axis=0)), widths, box.height * np.ptp(ends, axis=0))
    for left, top, width, height, shade in zip(*(each.tolist() for each in boxes), shades, strict=True):
        if math.isfinite(left) and math.isfinite(top) and math.isfinite(height):
            yield (
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"'
                f' fill="{shade}" {opacity}/>'
            )


def _legend(traces: list[_Trace], height: float) -> Iterator[str]:
    left = 8.0
    seen: set[str] = set()
    for trace in traces:
        name = unescape(trace.get("name", ""))
        if not name or name in seen or trace.get("showlegend") is False:
            continue
        seen.add(name)
        wide = 26 + 6.4 * len(name)
        if left + wide > _WIDTH:
            yield _text(left, height - 10, "…", 11)
            return
        is_marked = trace["type"] == "bar" or trace.get("mode") == "markers"
        colour = trace.get("marker" if is_marked else "line", {}).get("color")
        yield f'<rect x="{left:.0f}" y="{height - 18:.0f}" width="12" height="8" fill="{_colour(colour)}"/>'
        yield _text(left + 17, height - 10, name, 11)
        left += wide


def _colour(found: Any, otherwise: str = theme.QUIET) -> str:
    """A figure of somebody else is no markup either."""
    return escape(found) if isinstance(found, str) else otherwise


def _rule(x0: float, y0: float, x1: float, y1: float) -> str:
    return f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="{theme.QUIET}" stroke-opacity=".25"/>'


def _text(x: float, y: float, text: str, size: int, anchor: str = "start") -> str:
    shown = escape(unescape(str(text)), quote=False)
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{shown}</text>'
