"""Pieces of HTML that the pictures of a watch are made of. Everything that is put into them is escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from flinklab.domain.text import epoch_ms, one_line
from flinklab.plots.theme import in_words

_MOST_LINK = 2000
_WIDE, _HIGH = 120, 26
_POINTS = 60
_GAP = 60.0  # s without a value that are shown as a gap
_LINE = 300


def amount(value: float | None, unit: str) -> str:
    """`1.5 MiB`, `42 %`; a dash for what is not known."""
    if value is None or not math.isfinite(value):
        return "–"
    return in_words(value, unit)


def clock(at: datetime) -> str:
    """As this machine's clock shows it."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def when(at: datetime | None, after: str = " ago") -> str:
    """A moment. Where a view is alive it says how long ago that was."""
    if at is None:
        return ""
    return f'<time data-at="{epoch_ms(at)}" data-after="{escape(after)}" title="{clock(at)}">{clock(at)}</time>'


def line(text: str) -> str:
    """Escaped, and cut where it is very long: the whole text is its tooltip then."""
    short = one_line(text, _LINE)
    return escape(short) if short == text else f'<span title="{escape(text[:4000])}">{escape(short)}</span>'


def link(url: str, label: str) -> str:
    """Only an address of the web becomes a link."""
    if not url.startswith(("http://", "https://")) or len(url) > _MOST_LINK:
        return ""
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(label)} ↗</a>'


def code(text: str) -> str:
    """Something to run in a cell."""
    return f'<code class="fl-run" title="run it in a cell">{escape(text)}</code>'


def section(title: str, body: str) -> str:
    return f"<h4>{escape(title)}</h4>{body}" if body else ""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    """Cells are HTML. `numbers`: the columns that stand at the right."""
    right = frozenset(numbers)
    marks = [' class="fl-n"' if index in right else "" for index in range(len(columns))]
    head = "".join(f'<th scope="col"{mark}>{escape(name)}</th>' for name, mark in zip(columns, marks, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{mark}>{cell}</td>" for cell, mark in zip(row, marks, strict=True)) + "</tr>"
        for row in rows
    )
    if not body:
        return ""
    return f'<div class="fl-box"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def sparkline(points: Sequence[tuple[float, float]], *, top: float | None = None) -> str:
    """A small line from 0 up, over seconds; broken where nothing was measured. `top`: the highest value there can
    be, else the highest that there is."""
    if len(points) < 2:
        return ""
    step = max(1, math.ceil(len(points) / _POINTS))
    kept = [max(points[at : at + step], key=lambda point: point[1]) for at in range(0, len(points), step)]
    begin, end = points[0][0], points[-1][0]
    highest = (top if top is not None else max(value for _, value in kept)) or 1.0
    strokes: list[list[str]] = []
    last = -math.inf
    for at, value in kept:
        if at - last > max(_GAP, 3 * step * (end - begin) / len(points)):
            strokes.append([])
        x = (at - begin) / (end - begin or 1) * _WIDE
        y = _HIGH - min(max(value / highest, 0.0), 1.0) * (_HIGH - 2) - 1
        strokes[-1].append(f"{x:.0f},{y:.1f}")
        last = at
    lines = "".join(f'<polyline points="{" ".join(stroke)}"/>' for stroke in strokes if len(stroke) > 1)
    return (
        f'<svg class="fl-spark" viewBox="0 0 {_WIDE} {_HIGH}" width="{_WIDE}" height="{_HIGH}" aria-hidden="true">'
        f"{lines}</svg>"
    )


def bar(share: float | None, title: str) -> str:
    """A share of 0 to 1 as a small bar with its figure."""
    if share is None or not math.isfinite(share):
        return "–"
    width = min(max(share, 0.0), 1.0) * 100
    full = " fl-full" if share >= 0.9 else ""
    return (
        f'<span class="fl-gauge{full}" title="{escape(title)}"><i style="width:{width:.0f}%"></i></span>'
        f"{escape(amount(share, '%'))}"
    )
