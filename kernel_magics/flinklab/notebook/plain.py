"""The picture of a result in plain text, for terminals and for readers of the notebook's file."""

from __future__ import annotations

from wcwidth import wcswidth

from flinklab.domain.statements import Statement, StatementKind
from flinklab.notebook import caption
from flinklab.notebook.grid import Cell, Grid, Limits, grid
from flinklab.notebook.shape import Shape, shape_of, whole_text
from flinklab.session.snapshot import ResultStatus, Snapshot

_NULL = "<NULL>"  # as Flink's own client writes it
_MOST_TEXT = 100_000
_GAP = "  "


def to_text(
    snapshot: Snapshot, statement: Statement | None = None, *, limits: Limits | None = None, width: int = 120
) -> str:
    """The picture as aligned text, no line of the table wider than `width` cells of a terminal.

    Columns that do not fit are left out and counted. Without a statement it is drawn like a query.
    """
    shape = shape_of(snapshot, statement)
    if shape is Shape.LINE and statement is not None:
        return _line(snapshot, statement)
    if shape is Shape.TEXT:
        return whole_text(snapshot, _MOST_TEXT)
    drawn = grid(snapshot, limits or Limits(cell=30, whole=30))
    lines = [] if not drawn.headers else _table(drawn, width)
    hidden = drawn.hidden_columns + len(drawn.headers) - (_fitting(drawn, width) if drawn.headers else 0)
    lines.extend(f"({line})" for line in caption.left_out(hidden))
    if shape is Shape.CARD:
        lines.append(_status(snapshot, len(drawn.rows)))
    elif len(drawn.rows) < snapshot.size:
        lines.append(caption.rows(snapshot, len(drawn.rows)))
    return "\n".join([*lines, *caption.notes(snapshot)])


def _line(snapshot: Snapshot, statement: Statement) -> str:
    elapsed = f"({caption.duration(snapshot.elapsed)})"
    if statement.kind is StatementKind.INSERT and snapshot.job_id:
        name = caption.job_name(snapshot) or caption.headline(statement)
        parts = ["Job submitted:", name, snapshot.job_id, snapshot.link or "", elapsed]
    else:
        state = "OK" if snapshot.status is ResultStatus.FINISHED else caption.STATE[snapshot.status]
        parts = [f"{state}:", caption.headline(statement), elapsed]
    return "\n".join([" ".join(part for part in parts if part), *caption.notes(snapshot)])


def _status(snapshot: Snapshot, shown: int) -> str:
    job = f"job {snapshot.job_id}" if snapshot.job_id else ""
    elapsed = caption.duration(snapshot.elapsed)
    parts = [caption.STATE[snapshot.status], caption.rows(snapshot, shown), elapsed, job]
    return " · ".join(part for part in parts if part)


def _table(drawn: Grid, width: int) -> list[str]:
    fitting = _fitting(drawn, width)
    widths = _widths(drawn)[:fitting]
    numeric = [header.numeric for header in drawn.headers[:fitting]]
    names = [header.name for header in drawn.headers[:fitting]]
    body = [[_shown(cell) for cell in row[:fitting]] for row in drawn.rows]
    rule = ["─" * wide for wide in widths]
    return [_GAP.join(map(_aligned, row, widths, numeric)).rstrip() for row in [names, rule, *body]]


def _fitting(drawn: Grid, width: int) -> int:
    """How many columns fit, at least one."""
    used = 0
    for index, wide in enumerate(_widths(drawn)):
        used += wide + (len(_GAP) if index else 0)
        if used > width and index:
            return index
    return len(drawn.headers)


def _widths(drawn: Grid) -> list[int]:
    return [
        max([_width(header.name), *(_width(_shown(row[index])) for row in drawn.rows)])
        for index, header in enumerate(drawn.headers)
    ]


def _shown(cell: Cell) -> str:
    return _NULL if cell.text is None else cell.text


def _aligned(text: str, width: int, numeric: bool) -> str:
    padding = " " * (width - _width(text))
    return padding + text if numeric else text + padding


def _width(text: str) -> int:
    width = len(text) if text.isascii() else wcswidth(text)
    return width if width >= 0 else len(text)  # -1: a character without a width of its own
