"""Tables with bars in them: how much of something is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from IPython.display import publish_display_data
from wcwidth import wcswidth

from flinklab.notebook.picture import framed

_TIGHT = 0.9  # of what there is
_GAP = "  "
_CELL = 48  # characters of a value in plain text
_STYLE = (
    ".flinklab .fl-meter{background:var(--fl-stripe);border-radius:2px;display:block;height:4px;margin-top:1px;"
    "min-width:64px;overflow:hidden}"
    ".flinklab .fl-meter>b{background:var(--fl-brand);display:block;height:100%}"
    ".flinklab .fl-meter.fl-tight>b{background:var(--jp-warn-color1,#f57c00)}"
)


@dataclass(frozen=True, slots=True)
class Meter:
    """A value with a bar below it, `share` (0..1) of which is full. A share of None draws none."""

    text: str
    share: float | None = None
    tight: bool = True  # whether it is worth a warning when it is nearly full


Cell = str | Meter


def show_meters(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Put a table into the output of the cell, as HTML and as plain text."""
    publish_display_data({"text/html": to_html(names, rows), "text/plain": to_text(names, rows)})


def to_html(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{_html(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return framed(
        f'<style>{_STYLE}</style><div class="fl-card fl-plain"><div class="fl-box" tabindex="0">{table}</div></div>'
    )


def to_text(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Values are cut where they are long, but for those of the last column, which hold nobody up."""
    lines = [list(names)]
    for *most, last in rows:
        lines.append([*(_short(_text(cell)) for cell in most), _text(last)])
    widths = [max(wcswidth(line[at]) for line in lines) for at in range(len(names))]
    return "\n".join(
        _GAP.join(cell + " " * (width - wcswidth(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _html(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    if cell.share is None:
        return escape(cell.text)
    share = min(1.0, max(0.0, cell.share))
    tight = " fl-tight" if cell.tight and share >= _TIGHT else ""
    return f'{escape(cell.text)}<span class="fl-meter{tight}"><b style="width:{share * 100:.0f}%"></b></span>'


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.text


def _short(text: str) -> str:
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"
