"""Small tables and long texts that are no result of a statement, drawn like one."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from IPython.display import publish_display_data

from flinklab.domain.columns import Column, LogicalType
from flinklab.domain.statements import Statement, StatementKind

_CELL, _WIDTH = 120, 240  # characters: values of settings and names of jobs are read whole
_TEXT = LogicalType("VARCHAR", length=2147483647)


def show_table(names: Sequence[str], rows: Sequence[Sequence[str]], *, cell: int = _CELL) -> None:
    """Put a table of texts into the output of the cell. `cell`: characters of a value before it is cut."""
    import pyarrow as pa

    from flinklab.notebook.grid import Limits
    from flinklab.notebook.picture import to_html
    from flinklab.notebook.plain import to_text
    from flinklab.session.snapshot import ResultStatus, Snapshot

    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(names))]
    snapshot = Snapshot(
        status=ResultStatus.FINISHED,
        columns=tuple(Column(name, _TEXT) for name in names),
        table=pa.table(columns, names=list(names)),
        rows_seen=len(rows),
        size=len(rows),
        truncated=False,
        updating=False,
        elapsed=0.0,
    )
    drawn = Statement("SHOW", StatementKind.SHOW)
    limits = Limits(rows=max(len(rows), 1), cell=cell)
    publish_display_data(
        {
            "text/html": to_html(snapshot, drawn, limits=limits),
            "text/plain": to_text(snapshot, drawn, limits=limits, width=_WIDTH),
        }
    )


def show_text(text: str) -> None:
    """Put a text of some lines (a DDL, a difference) into the output of the cell, as it is."""
    from flinklab.notebook.picture import framed

    body = f'<div class="fl-card"><pre class="fl-text">{escape(text)}</pre></div>'
    publish_display_data({"text/html": framed(body), "text/plain": text})
