"""Which form a result takes on the page."""

from __future__ import annotations

from enum import Enum

import pyarrow as pa

from flinklab.domain.statements import Statement, StatementKind
from flinklab.notebook.cells import column_texts
from flinklab.session.snapshot import Snapshot


class Shape(Enum):
    """`CARD`: a table under a line with state, rows and time. `PLAIN`: a small table alone. `TEXT`: one long
    text (a plan, a SHOW CREATE). `LINE`: one quiet line."""

    CARD = "card"
    PLAIN = "plain"
    TEXT = "text"
    LINE = "line"


def shape_of(snapshot: Snapshot, statement: Statement | None) -> Shape:
    """Without a statement a result is drawn like a query."""
    if statement is None or statement.kind is StatementKind.QUERY:
        return Shape.CARD
    if not snapshot.table.num_columns or (statement.kind is StatementKind.INSERT and snapshot.job_id):
        return Shape.LINE
    only = _only_value(snapshot)
    if only == "OK":
        return Shape.LINE
    if only is not None and ("\n" in only or statement.kind is StatementKind.EXPLAIN):
        return Shape.TEXT
    return Shape.PLAIN


def whole_text(snapshot: Snapshot, limit: int) -> str:
    """The one value of a result of the shape `TEXT`, at most `limit` characters and a notice of the rest."""
    text = column_texts(snapshot.table.column(0), None, limit)[0] or ""
    return text if len(text) <= limit else f"{text[:limit]}…\n(more than {limit:,} characters)"


def _only_value(snapshot: Snapshot) -> str | None:
    table = snapshot.table
    if table.shape != (1, 1) or not pa.types.is_string(table.schema.field(0).type):
        return None
    return column_texts(table.column(0), None, 2000)[0]
