"""Two versions of a job side by side, as HTML, and as text for terminals and readers of the notebook's file."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from IPython.display import publish_display_data

from flinklab.notebook.picture import framed

if TYPE_CHECKING:
    from flinklab.jobs.difference import Difference, Row, Section

_CONTEXT = 3  # lines around a change that are shown
_GONE, _CAME = "background:rgba(211,47,47,0.14)", "background:rgba(56,142,60,0.16)"


def show_difference(difference: Difference) -> None:
    """Put it into the output of the cell."""
    publish_display_data({"text/html": to_html(difference), "text/plain": to_text(difference)})


def to_text(difference: Difference) -> str:
    head = f"{difference.left} and {difference.right}"
    notes = [f"{section.title}: {section.note}" for section in difference.sections if section.note]
    lines = difference.unified(_CONTEXT)
    return "\n".join([*(lines or [f"{head} are the same"]), *notes])


def to_html(difference: Difference) -> str:
    parts = [_section(section, difference) for section in difference.sections if section.is_changed]
    same = [section.title for section in difference.sections if not section.is_changed and not section.note]
    notes = [f"{section.title}: {section.note}" for section in difference.sections if section.note]
    if same:
        notes.insert(0, f"the same in {difference.left} and {difference.right}: {', '.join(same)}")
    said = "".join(f'<div class="fl-note">{escape(note)}</div>' for note in notes)
    return framed(f'<div class="fl-card" style="width:100%">{"".join(parts)}{said}</div>')


def _section(section: Section, difference: Difference) -> str:
    head = "".join(
        f'<th scope="col">{escape(section.title)}, {escape(side)}</th>'
        for side in (difference.left, difference.right)
    )
    body = "".join(_row(row) for row in _near(section.rows))
    table = f'<table class="fl-sides"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="fl-box">{table}</div>'


def _near(rows: tuple[Row, ...]) -> list[Row | None]:
    """The rows at most `_CONTEXT` lines from a change; None where some are left out."""
    changed = [number for number, row in enumerate(rows) if row.changed]
    kept = {near for number in changed for near in range(number - _CONTEXT, number + _CONTEXT + 1)}
    shown: list[Row | None] = []
    for number, row in enumerate(rows):
        if number in kept:
            shown.append(row)
        elif not shown or shown[-1] is not None:
            shown.append(None)
    return shown


def _row(row: Row | None) -> str:
    if row is None:
        return '<tr><td colspan="2" class="fl-soft">…</td></tr>'
    cells = ((row.left, _GONE), (row.right, _CAME))
    return "<tr>" + "".join(_cell(text, color if row.changed else "") for text, color in cells) + "</tr>"


def _cell(text: str | None, color: str) -> str:
    style = f' style="{color}"' if color and text is not None else ""
    return f"<td{style}>{escape(text or '')}</td>"
