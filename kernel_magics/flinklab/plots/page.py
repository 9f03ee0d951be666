"""A page of figures, tables and texts in one file, which asks no network for anything."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape, unescape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from flinklab.plots.picture import svg

if TYPE_CHECKING:
    import pandas as pd

    from flinklab.plots.plot import Plot

Hide = Callable[[str], str]

# Nothing of what the page shows can be run or asked for, even where a text of it got in as it is.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
_SAID = frozenset({"customdata", "hovertemplate", "hovertext", "labels", "name", "text", "ticktext", "x", "y"})
_BETWEEN_TAGS = re.compile(">([^<]+)<")
_DRAW = """
for (const place of document.querySelectorAll(".figure")) {
  const { data, layout } = JSON.parse(place.nextElementSibling.textContent);
  place.replaceChildren();
  Plotly.newPlot(place, data, layout, { responsive: true, displaylogo: false });
}
"""


@dataclass(frozen=True, slots=True)
class Table:
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Fold:
    """A text under a title that opens it."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """`parts`: a `str` is a paragraph; None of the parts is HTML."""

    title: str
    parts: Sequence[Plot | Table | Fold | str] = field(default_factory=tuple)


def table_of(frame: pd.DataFrame, most: int = 200) -> Table:
    """The first rows of it."""
    head = frame.head(most)
    return Table([str(name) for name in head.columns], [[str(value) for value in row] for row in head.to_numpy()])


def page(title: str, sections: Sequence[Section], *, hide: Hide = str) -> str:
    """HTML, with plotly.js in it once if there is a figure. `hide` is applied to every text, also in figures."""
    from flinklab.plots.plot import Plot

    body = "".join(_section(section, hide) for section in sections)
    has_figures = any(isinstance(part, Plot) for section in sections for part in section.parts)
    script = f"<script>{_plotly()}</script><script>{_DRAW}</script>" if has_figures else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_text(title, hide)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<style>{_look()}</style></head><body><h1>{_text(title, hide)}</h1>{body}{script}</body></html>"
    )


def _section(section: Section, hide: Hide) -> str:
    head = f"<h2>{_text(section.title, hide)}</h2>" if section.title else ""
    return f"<section>{head}{''.join(_part(part, hide) for part in section.parts)}</section>"


def _part(part: Plot | Table | Fold | str, hide: Hide) -> str:
    if isinstance(part, str):
        return f"<p>{_text(part, hide)}</p>"
    if isinstance(part, Fold):
        return f"<details><summary>{_text(part.title, hide)}</summary><pre>{_text(part.text, hide)}</pre></details>"
    if isinstance(part, Table):
        return _table(part, hide)
    return _figure(part, hide)


def _table(table: Table, hide: Hide) -> str:
    head = "".join(f"<th>{_text(name, hide)}</th>" for name in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_text(cell, hide)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _figure(plot: Plot, hide: Hide) -> str:
    """Until it is drawn, and where nothing draws it, its static picture is there."""
    drawn = json.loads(plot.figure.to_json())
    still = _BETWEEN_TAGS.sub(lambda found: f">{_text(unescape(found[1]), hide)}<", plot.picture or svg(drawn))
    said = json.dumps(_hidden(drawn, hide)).replace("<", "\\u003c").replace(">", "\\u003e")
    note = f'<p class="note">{_text(plot.note, hide)}</p>' if plot.note else ""
    return f'<div class="figure">{still}</div><script type="application/json">{said}</script>{note}'


def _hidden(value: Any, hide: Hide, said: bool = False) -> Any:
    """`said`: it is a text that people read, and no option of plotly."""
    if isinstance(value, str):
        return hide(value) if said else value
    if isinstance(value, list):
        return [_hidden(each, hide, said) for each in value]
    if isinstance(value, dict):
        return {key: _hidden(each, hide, key in _SAID) for key, each in value.items()}
    return value


def _text(text: str, hide: Hide) -> str:
    return escape(hide(text))


@cache
def _look() -> str:
    return " ".join(files("flinklab.plots").joinpath("page.css").read_text("utf-8").split())


def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    script: str = get_plotlyjs()
    return script
