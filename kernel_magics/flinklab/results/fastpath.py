"""Pages of flat rows, read by Arrow's CSV reader: in C++, without Python's lock.

Inside a JSON string a quote is always escaped. So the bytes `]},{"kind":"INSERT","fields":[` can only be the end
of one row and the beginning of the next, and with a newline in their place the page is CSV. What is left of JSON
then is quotes, `null` and escapes, and for those the reader has settings. A page that holds anything else is left
to the general way (`decode`): `read` answers None. It never answers a wrong value: a row of another kind or
another width has a wrong number of CSV fields, the rows are counted, and the quotes in what was read must be
exactly those that were escaped. The gateway writes JSON without blanks between its parts; a page that begins and
ends like that is taken to be so throughout.
"""

from __future__ import annotations

from binascii import a2b_base64

import pyarrow as pa
import pyarrow.csv as csv

from flinklab.domain.columns import LogicalType
from flinklab.results.times import timestamps
from flinklab.results.types import BYTES, TIMESTAMP, TIMESTAMP_LTZ, is_flat
from flinklab.results.values import in_zone

_HEAD = b'[{"kind":"INSERT","fields":['
_BETWEEN = b']},{"kind":"INSERT","fields":['
_TAIL = b"]}]"
_ESCAPED = ((b"\\n", b"\n"), (b"\\t", b"\t"), (b"\\r", b"\r"), (b"\\b", b"\b"), (b"\\f", b"\f"))
_BACKSLASH = b"\0"  # stands for an escaped one meanwhile; JSON allows no such byte in a string


class FastPath:
    """Reads JSON pages of one result. `types` are the declared types of its columns."""

    def __init__(self, types: tuple[LogicalType, ...], schema: pa.Schema) -> None:
        self._types = types
        self._schema = schema
        names = [str(index) for index in range(len(types))]
        read_as = [_read_as(type, field.type) for type, field in zip(types, schema, strict=True)]
        self._strings = [i for i, arrow in enumerate(read_as) if arrow in (pa.string(), pa.binary())]
        self._names = names
        self._convert = csv.ConvertOptions(
            column_types=dict(zip(names, read_as, strict=True)),
            null_values=["null"],
            true_values=["true"],
            false_values=["false"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )

    @staticmethod
    def suits(types: tuple[LogicalType, ...]) -> bool:
        """All columns are of types that fit into a CSV field."""
        return bool(types) and all(map(is_flat, types))

    def read(self, rows: bytes) -> pa.Table | None:
        """The page as a table, or None when it is not a plain page of inserts.

        Raises `BeyondNanosecondsError` like `times.timestamps`.
        """
        if not (rows.startswith(_HEAD) and rows.endswith(_TAIL)):
            return None
        body = rows[len(_HEAD) : -len(_TAIL)]
        quotes = 0
        escapes = b"\\" in body
        if escapes:
            unescaped = _unescape(body)
            if unescaped is None:
                return None
            body, quotes = unescaped
        lines = body.replace(_BETWEEN, b"\n")
        count = (len(body) - len(lines)) // (len(_BETWEEN) - 1) + 1
        try:
            table = csv.read_csv(
                pa.BufferReader(lines),
                read_options=csv.ReadOptions(
                    use_threads=False, block_size=len(lines) + 1, column_names=self._names
                ),
                parse_options=csv.ParseOptions(
                    quote_char='"',
                    double_quote=False,
                    escape_char="\\" if escapes else False,
                    newlines_in_values=escapes,
                    ignore_empty_lines=False,
                ),
                convert_options=self._convert,
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != count:
            return None
        columns = [_one_chunk(column) for column in table.columns]
        if sum(map(_count_quotes, (columns[i] for i in self._strings))) != quotes:
            return None
        return pa.Table.from_arrays(
            [
                _finish(column, type, field.type)
                for column, type, field in zip(columns, self._types, self._schema, strict=True)
            ],
            schema=self._schema,
        )


def _read_as(type: LogicalType, arrow: pa.DataType) -> pa.DataType:
    if type.root in BYTES:
        return pa.binary()
    if type.root == "INTERVAL_DAY_TIME":
        return pa.int64()
    if pa.types.is_timestamp(arrow):
        # Arrow's CSV reader wraps nanoseconds around silently before version 26.
        return pa.string() if arrow.unit == "ns" else pa.timestamp(arrow.unit, _zone_in_text(type))
    return arrow


def _zone_in_text(type: LogicalType) -> str | None:
    return "UTC" if type.root == TIMESTAMP_LTZ else None


def _finish(column: pa.Array, type: LogicalType, arrow: pa.DataType) -> pa.Array:
    if type.root in BYTES:
        return pa.array([None if v is None else a2b_base64(v) for v in column.to_pylist()], arrow)
    if type.root == "INTERVAL_DAY_TIME":
        return column.view(arrow)
    if type.root in (TIMESTAMP, TIMESTAMP_LTZ):
        wall = timestamps(column, "ns") if arrow.unit == "ns" else column.view(pa.timestamp(arrow.unit))
        return in_zone(wall, arrow)
    return column


def _unescape(body: bytes) -> tuple[bytes, int] | None:
    """The body with its escapes as the CSV reader knows them: a backslash before a quote or a backslash.

    With it the number of escaped quotes; None when there are escapes of other kinds.
    """
    if _BACKSLASH in body:
        return None
    # Pairs first: in `\\n` the second backslash begins no escape.
    body = body.replace(b"\\\\", _BACKSLASH)
    if b"\\u" in body:
        return None
    for escape, byte in _ESCAPED:
        body = body.replace(escape, byte)
    quotes = body.count(b'\\"')
    if body.count(b"\\") != quotes:
        return None
    return body.replace(_BACKSLASH, b"\\\\"), quotes


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _count_quotes(strings: pa.Array) -> int:
    data = strings.buffers()[2]
    return 0 if data is None else bytes(data).count(b'"')
