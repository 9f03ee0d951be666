"""The rows and columns of a snapshot as short texts: what a picture and a live table draw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pyarrow as pa

from flinklab.domain.columns import Column, LogicalType
from flinklab.notebook.cells import column_texts, cut, visible
from flinklab.session.snapshot import Snapshot

_NAME_LENGTH = 40
_TYPE_LENGTH = 24
_WHOLE_NAME_LENGTH = 500
_MOST_CELLS = 3_000
_WHOLE_CHARACTERS = 150_000
_OP = Column("op", LogicalType("CHAR", length=2), "what happened to the row: +I, -U, +U or -D")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a result is drawn: rows, columns, characters of a cell, and of its whole value (the title)."""

    rows: int = 50
    columns: int = 50
    cell: int = 60
    whole: int = 1000

    def tighter(self) -> Limits:
        """The next smaller size: first less of the long values, then fewer columns and rows."""
        if self.whole > self.cell:
            return Limits(self.rows, self.columns, self.cell, self.cell)
        if self.cell > 15:
            return Limits(self.rows, self.columns, self.cell // 2, self.cell // 2)
        return Limits(max(self.rows // 2, 1), max(self.columns // 2, 1), self.cell, self.whole)


class Cell(NamedTuple):
    """`text` is None for NULL. `whole` is the value when `text` is only its beginning."""

    text: str | None
    whole: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """A column's name and SQL type, short, and `title` with both whole. Numbers are aligned at their end."""

    name: str
    type: str
    title: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """`hidden_columns` were left out at the right, rows at the beginning: the newest are last."""

    headers: tuple[Header, ...]
    rows: tuple[tuple[Cell, ...], ...]
    hidden_columns: int


def grid(snapshot: Snapshot, limits: Limits) -> Grid:
    table = snapshot.table
    shown = range(min(table.num_columns, limits.columns))
    rows_drawn = min(table.num_rows, limits.rows, _MOST_CELLS // max(len(shown), 1))
    start = table.num_rows - rows_drawn
    limits = _affordable(limits, max(rows_drawn * len(shown), 1))
    columns = _described(snapshot)
    cells = [_cells(table.column(index).slice(start), columns[index], limits) for index in shown]
    rows = tuple(zip(*cells, strict=True))
    headers = tuple(_header(table.schema.field(index), columns[index]) for index in shown)
    return Grid(headers, rows, table.num_columns - len(shown))


def _described(snapshot: Snapshot) -> tuple[Column | None, ...]:
    """What is known of each column of the table: a changelog's begin with one that the query does not have."""
    width = snapshot.table.num_columns
    if len(snapshot.columns) == width - 1 and snapshot.table.schema.field(0).name == _OP.name:
        return (_OP, *snapshot.columns)
    return snapshot.columns if len(snapshot.columns) == width else (None,) * width


def _affordable(limits: Limits, cells: int) -> Limits:
    """With whole values only as long as that many cells can have them: they are also work."""
    return replace(limits, whole=min(limits.whole, max(limits.cell, _WHOLE_CHARACTERS // cells)))


def _cells(column: Any, described: Column | None, limits: Limits) -> list[Cell]:
    texts = column_texts(column, described.type if described else None, max(limits.whole, limits.cell))
    return [Cell(None) if text is None else _cell(visible(text), limits) for text in texts]


def _cell(text: str, limits: Limits) -> Cell:
    if len(text) <= limits.cell:
        return Cell(text)
    return Cell(cut(text, limits.cell), cut(text, limits.whole) if limits.whole > limits.cell else None)


def _header(field: Any, described: Column | None) -> Header:
    name = visible(field.name)
    sql = visible(str(described.type)) if described else str(field.type)
    title = f"{name}\n{sql}" + (f"\n{described.comment}" if described and described.comment else "")
    short = cut(sql.removesuffix(" NOT NULL"), _TYPE_LENGTH)
    return Header(cut(name, _NAME_LENGTH), short, cut(title, _WHOLE_NAME_LENGTH), _is_numeric(field.type))


def _is_numeric(kind: Any) -> bool:
    types = pa.types
    return bool(
        types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_duration(kind)
    )
