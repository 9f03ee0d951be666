"""The DDL of a table with the columns of a DataFrame.

| Arrow | Flink |
|---|---|
| `bool`, `int8` to `int64`, `float`, `double` | BOOLEAN, TINYINT to BIGINT, FLOAT, DOUBLE |
| `halffloat` | FLOAT |
| `uint8`, `uint16`, `uint32`, `uint64` | SMALLINT, INT, BIGINT, DECIMAL(20, 0): the next that holds all of it |
| `decimal128(p, s)`, `decimal256(p, s)` to 38 digits | DECIMAL(p, s) |
| `string`, `binary`, `fixed_size_binary(n)` | STRING, BYTES, BINARY(n) |
| `date32`, `date64` | DATE |
| `time32`, `time64`, `timestamp`, one with a zone | TIME, TIMESTAMP, TIMESTAMP_LTZ of 0, 3, 6, 9 digits |
| `list`, `map`, `struct` | ARRAY, MAP, ROW |
| `dictionary`, extension types | as their values, their storage |

A field that is not nullable is NOT NULL. Of a TIME Flink 2.3 keeps 3 digits, whatever its type says. Durations,
and columns of nothing but nulls, have no type in a table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from flinklab.domain.errors import UsageError
from flinklab.sql.identifiers import quote, string

_PLAIN = {
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INT",
    pa.int64(): "BIGINT",
    pa.uint8(): "SMALLINT",
    pa.uint16(): "INT",
    pa.uint32(): "BIGINT",
    pa.uint64(): "DECIMAL(20, 0)",
    pa.float16(): "FLOAT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.date64(): "DATE",
}
_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_LONGEST_DECIMAL = 38


def ddl_from_frame(frame: Any, name: str | Sequence[str], options: Mapping[str, str]) -> str:
    """A CREATE TABLE `name` (one part, or a sequence of them) with the columns of `frame` and `options` in WITH.

    `frame`: a pandas or Polars DataFrame, a pyarrow Table, RecordBatch or Schema, or whatever gives its columns
    by the Arrow PyCapsule interface. The index of a pandas DataFrame is no column.

    Raises `UsageError` for a frame without columns, with two of one name, or with one that no Flink type holds.
    """
    schema = _schema(frame)
    if not schema.names:
        raise UsageError("a DataFrame without columns makes no table")
    twice = [column for column, times in Counter(schema.names).items() if times > 1]
    if twice:
        raise UsageError(f"two columns of the DataFrame are called {twice[0]!r}")
    columns = ",\n".join(f"  {quote(field.name)} {_type_of(field, field.name)}" for field in schema)
    pairs = ",\n".join(f"  {string(key)} = {string(value)}" for key, value in options.items())
    return f"CREATE TABLE {quote(name)} (\n{columns}\n)" + (f" WITH (\n{pairs}\n)" if pairs else "")


def _schema(frame: Any) -> Any:
    if isinstance(frame, pa.Schema):
        return frame
    if isinstance(frame, (pa.Table, pa.RecordBatch)):
        return frame.schema
    module = type(frame).__module__.partition(".")[0]
    try:
        if module == "pandas" and hasattr(frame, "columns"):
            return pa.Schema.from_pandas(frame, preserve_index=False)
        if module == "polars" and hasattr(frame, "to_arrow") and hasattr(frame, "columns"):
            return frame.head(0).to_arrow().schema
        if hasattr(frame, "__arrow_c_stream__"):
            return pa.table(frame).schema
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise UsageError(f"the DataFrame has no one type for each column: {error.args[-1]}") from error
    raise UsageError(f"a {type(frame).__name__} is no DataFrame", hint="pandas, Polars and Arrow tables are")


def _type_of(field: Any, where: str) -> str:
    """`where` is the column, and what of it, for an error."""
    return _type(field.type, where) + ("" if field.nullable else " NOT NULL")


def _type(type_: Any, where: str) -> str:
    types = pa.types
    if isinstance(type_, pa.BaseExtensionType):
        return _type(type_.storage_type, where)
    if type_ in _PLAIN:
        return _PLAIN[type_]
    if types.is_dictionary(type_):
        return _type(type_.value_type, where)
    if types.is_decimal(type_):
        return _decimal(type_, where)
    if types.is_fixed_size_binary(type_):
        return f"BINARY({type_.byte_width})"
    text = str(type_)
    if text in ("string", "large_string", "string_view"):
        return "STRING"
    if text in ("binary", "large_binary", "binary_view"):
        return "BYTES"
    if types.is_time(type_):
        return f"TIME({_DIGITS[type_.unit]})"
    if types.is_timestamp(type_):
        return f"TIMESTAMP{'_LTZ' if type_.tz else ''}({_DIGITS[type_.unit]})"
    return _nested(type_, where)


def _decimal(type_: Any, where: str) -> str:
    if type_.precision > _LONGEST_DECIMAL or not 0 <= type_.scale <= type_.precision:
        raise UsageError(f"{where}: Flink has no {type_}", hint=f"a DECIMAL has {_LONGEST_DECIMAL} digits at most")
    return f"DECIMAL({type_.precision}, {type_.scale})"


def _nested(type_: Any, where: str) -> str:
    types = pa.types
    if types.is_map(type_):
        # Keys are never null in Arrow, whatever the data; NOT NULL would say nothing about them.
        return f"MAP<{_type(type_.key_type, where)}, {_type_of(type_.item_field, where)}>"
    if types.is_list(type_) or types.is_large_list(type_) or types.is_fixed_size_list(type_):
        return f"ARRAY<{_type_of(type_.value_field, where)}>"
    if types.is_struct(type_) and type_.num_fields:
        fields = (type_.field(index) for index in range(type_.num_fields))
        return "ROW<" + ", ".join(f"{quote(f.name)} {_type_of(f, f'{where}.{f.name}')}" for f in fields) + ">"
    if types.is_null(type_):
        raise UsageError(f"{where}: only nulls, which have no type", hint="give the column a type")
    raise UsageError(f"{where}: Flink has no type for {type_}", hint="convert the column first")
