"""One look for all figures: colours, units, sizes.

Backgrounds are transparent, so that a figure sits on a light page and on a dark one; every colour here has a
contrast of at least 3 to white and to JupyterLab's dark `#111111` (WCAG 2.1, 1.4.11), and the first six of
`COLOURS` stay apart for those who see no red or no green.
"""

from __future__ import annotations

import math
from html import escape
from textwrap import wrap
from typing import Any, NamedTuple

from flinklab.domain.text import duration, one_line

COLOURS = ("#4b70f2", "#da7a00", "#15975c", "#a5628b", "#a04800", "#728bdb", "#8f7a1c", "#7d858c")
DASHES = ("solid", "dash", "dot", "dashdot")
TEXT = "#797979"
GRID = "rgba(128,128,128,0.22)"
BAD = "#dc3545"
GOOD = "#00926b"
QUIET = "#868686"
BUSY = "#b26a00"
PALE = 0.4
"""Opacity of what is compared with."""

WIDTH = 900
"""Points that a line needs at most: no notebook shows more."""
PANEL = 190
"""Height of a panel in px."""

_FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"
_HOVER_LINE, _HOVER_TEXT = 90, 400
_BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_TIMES = (("ms", 0.001, 1.0), ("s", 1.0, 600.0), ("min", 60.0, 7200.0), ("h", 3600.0, 172_800.0))


class Scale(NamedTuple):
    """How values of a unit are drawn: times `factor`, with `label` as their unit; `ticks` and `hover` are formats
    of d3, `suffix` follows the number on hover."""

    factor: float
    label: str
    ticks: str
    hover: str

    @property
    def suffix(self) -> str:
        return "" if self.label == "%" or not self.label else f" {self.label}"


def scale(unit: str, largest: float) -> Scale:
    """For values up to `largest`; units as in `flinklab.telemetry.measures`."""
    largest = abs(largest) if math.isfinite(largest) else 0.0
    if unit == "%":
        return Scale(1.0, "%", ",.0%", ",.1%")
    if unit in ("B", "B/s"):
        power = 0
        while largest >= 1024 and power < len(_BYTES) - 1:
            largest, power = largest / 1024, power + 1
        return Scale(1024.0**-power, _BYTES[power] + unit[1:], ",.4~g", ",.4~g")
    if unit == "s":
        found = next(((name, each) for name, each, most in _TIMES if largest < most), ("d", 86_400.0))
        return Scale(1 / found[1], found[0], ",.4~g", ",.4~g")
    large = largest >= 10_000
    return Scale(1.0, unit, ".3~s" if large else ",.4~g", ".4~s" if large else ",.4~g")


def in_words(value: float, unit: str) -> str:
    """`1.5 MiB`, `42 %`, `3.1 s`, `12,780 /s`: four digits, and all of those before the point."""
    if unit == "%":
        return f"{value:.0%}".replace("%", " %")
    if unit == "s":
        return duration(value)
    drawn = scale(unit, value)
    number = value * drawn.factor
    return f"{number:{',.0f' if abs(number) >= 1000 else ',.4g'}} {drawn.label}".rstrip()


def colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def dash(index: int) -> str:
    """Another one where `COLOURS` are used up."""
    return DASHES[index // len(COLOURS) % len(DASHES)]


def hover_text(text: str) -> str:
    """A text of somebody else as plotly shows it: plotly reads some HTML in it."""
    return "<br>".join(escape(line, quote=False) for line in wrap(one_line(text, _HOVER_TEXT), _HOVER_LINE))


def title_text(text: str) -> str:
    return escape(one_line(text, 120), quote=False)


def layout(title: str, height: int) -> dict[str, Any]:
    """What all figures have; the axes come to it."""
    return {
        "template": "none",
        "title": {"text": title_text(title), "x": 0, "xref": "paper", "xanchor": "left", "font": {"size": 15}},
        "font": {"family": _FONT, "size": 12, "color": TEXT},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "height": height,
        "margin": {"l": 64, "r": 20, "t": 48, "b": 40},
        "hoverlabel": {"align": "left", "namelength": 60},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": 0, "yanchor": "bottom"},
        "colorway": list(COLOURS),
    }


def axis(**more: Any) -> dict[str, Any]:
    return {"gridcolor": GRID, "linecolor": GRID, "zeroline": False, "automargin": True, **more}
