"""Pages of a result as Arrow tables of one schema."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import orjson
import pyarrow as pa

from flinklab.domain.columns import Column, LogicalType
from flinklab.domain.pages import Page, PageKind, RowFormat
from flinklab.results.fastpath import FastPath
from flinklab.results.rawrows import Kind, Splitter, broken, exact_rows, join, text_rows
from flinklab.results.times import BeyondNanosecondsError
from flinklab.results.types import arrow_schema, children, effective_types
from flinklab.results.values import to_array
from flinklab.results.zones import arrow_zone


class Decoder:
    """Decodes the pages of one result. `zone` is the session's `table.local-time-zone`.

    The schema is known from the columns and stays, but for one case: timestamps beyond the reach of nanoseconds
    (see `types`) turn the `ns` columns into `us`, in the table that is decoded and in all that follow.
    """

    def __init__(self, columns: tuple[Column, ...], zone: str = "UTC") -> None:
        self._columns = columns
        self._zone = arrow_zone(zone)
        self._types = effective_types(columns)
        self._splitter = Splitter(self._types)
        self._exact = any(map(_has_decimals, self._types))
        self._use("ns")

    def _use(self, finest: str) -> None:
        self._schema = arrow_schema(self._columns, self._zone, finest=finest)
        declared = tuple(column.type for column in self._columns)
        self._fast = FastPath(declared, self._schema) if FastPath.suits(declared) else None

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    def split(self, page: Page) -> list[tuple[Kind, bytes]]:
        """Each row's kind and its bytes, undecoded; see `rows`."""
        return self._splitter.split(page)

    def table(self, rows: Iterable[bytes]) -> pa.Table:
        """Rows that `split` took out of pages, as a table."""
        table = self.inserts(Page(PageKind.PAYLOAD, rows=join(rows)))
        assert table is not None, "`join` writes inserts only"
        return table

    def inserts(self, page: Page) -> pa.Table | None:
        """The page as a table, or None when one of its rows is no `INSERT`.

        Raises `BrokenReplyError` when the rows are not what the columns say.
        """
        try:
            try:
                return self._inserts(page)
            except BeyondNanosecondsError:
                self._use("us")
                return self._inserts(page)
        except (ValueError, TypeError, KeyError, ArithmeticError, msgspec.MsgspecError, pa.ArrowException) as error:
            raise broken(error) from error

    def _inserts(self, page: Page) -> pa.Table | None:
        fast, schema = self._fast, self._schema
        if fast and page.row_format is RowFormat.JSON:
            table = fast.read(page.rows)
            if table is not None:
                return table
        fields = self._fields(page)
        if fields is None:
            return None
        if any(len(row) != len(self._types) for row in fields):
            raise ValueError(f"a row has not {len(self._types)} fields")
        columns = zip(*fields, strict=True) if fields else ((),) * len(self._types)
        return pa.Table.from_arrays(
            [to_array(c, type, field.type) for c, type, field in zip(columns, self._types, schema, strict=True)],
            schema=schema,
        )

    def _fields(self, page: Page) -> list[Sequence[Any]] | None:
        """The rows' fields as Python values, or None when a row is no insert."""
        if page.row_format is RowFormat.PLAIN_TEXT:
            texts = text_rows(page.rows)
            if any(row.kind != "INSERT" for row in texts):
                return None
            return [self._splitter.from_text(row.fields) for row in texts]
        if self._exact:
            # orjson reads a number with a fraction as a double, which a DECIMAL is not.
            exact = exact_rows(page.rows)
            return None if any(row.kind != "INSERT" for row in exact) else [row.fields for row in exact]
        rows = orjson.loads(page.rows)
        if not isinstance(rows, list):
            raise TypeError("the rows are no list")
        return None if any(row["kind"] != "INSERT" for row in rows) else [row["fields"] for row in rows]


def _has_decimals(type: LogicalType) -> bool:
    return type.root == "DECIMAL" or any(map(_has_decimals, children(type)))
