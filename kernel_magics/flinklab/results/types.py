"""Which Arrow type a Flink type arrives as.

| Flink | Arrow |
|---|---|
| BOOLEAN, TINYINT to BIGINT, FLOAT, DOUBLE | `bool`, `int8` to `int64`, `float`, `double` |
| DECIMAL(p, s) | `decimal128(p, s)`, exact |
| CHAR, VARCHAR | `string` |
| BINARY, VARBINARY | `binary` |
| DATE | `date32` |
| TIME(p) | `time32[ms]`, `time64[us]` above 3 digits, `time64[ns]` above 6 |
| TIMESTAMP(p) | `timestamp` in `s` (p = 0), `ms` (to 3), `us` (to 6), `ns` (to 9) |
| TIMESTAMP_LTZ(p) | the same with the session's zone; without one where this machine does not know the zone |
| INTERVAL DAY TO SECOND | `duration[ms]` |
| INTERVAL YEAR TO MONTH | `int32`, months |
| ARRAY, MAP, ROW | `list`, `map`, `struct` |
| MULTISET | `map` from the element to its count |
| VARIANT | `string`, JSON text |
| any other | `string` |

Nanoseconds reach from 1677 to 2262 only. When a value of a TIMESTAMP(7..9) lies outside, the result's nanosecond
columns become `us` from there on, what came before included: the year matters more than the last three digits.

The gateway cannot write every type as JSON (`needs_text`). It then writes the whole result as SQL's text, in which
`[a, b]` may be one string or two: nested types that hold strings arrive as that text in such a result.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from flinklab.domain.columns import Column, LogicalType

TEXT = LogicalType("VARCHAR")
COUNT = LogicalType("INTEGER")
STRINGS = frozenset({"CHAR", "VARCHAR"})
BYTES = frozenset({"BINARY", "VARBINARY"})
TIMESTAMP = "TIMESTAMP_WITHOUT_TIME_ZONE"
TIMESTAMP_LTZ = "TIMESTAMP_WITH_LOCAL_TIME_ZONE"
TIME = "TIME_WITHOUT_TIME_ZONE"
NESTED = frozenset({"ARRAY", "MAP", "MULTISET", "ROW"})

_PLAIN = {
    "BOOLEAN": pa.bool_(),
    "TINYINT": pa.int8(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "CHAR": pa.string(),
    "VARCHAR": pa.string(),
    "BINARY": pa.binary(),
    "VARBINARY": pa.binary(),
    "DATE": pa.date32(),
    "INTERVAL_DAY_TIME": pa.duration("ms"),
    "INTERVAL_YEAR_MONTH": pa.int32(),
}
_SCALARS_WITH_DIGITS = frozenset({"DECIMAL", TIME, TIMESTAMP, TIMESTAMP_LTZ})


def needs_text(columns: Iterable[Column]) -> bool:
    """The gateway can write the result as `PLAIN_TEXT` only: a VARIANT, or a MAP or MULTISET without string keys.

    It is a matter of the types alone: such a result without a single value fails as JSON, too (measured on
    2.3.0), so a reader spares itself a refused request per page when it asks for text at once.
    """
    return any(_no_json(column.type) for column in columns)


def _no_json(type: LogicalType) -> bool:
    if type.root == "VARIANT":
        return True
    key = {"MAP": type.key, "MULTISET": type.element}.get(type.root)
    return (key is not None and key.root not in STRINGS) or any(map(_no_json, children(type)))


def children(type: LogicalType) -> tuple[LogicalType, ...]:
    """The types inside of a nested type, in their order; a MULTISET is a MAP to counts."""
    if type.root == "MULTISET" and type.element:
        return (type.element, COUNT)
    own = tuple(t for t in (type.element, type.key, type.value) if t is not None)
    return own + tuple(field.type for field in type.fields)


def is_flat(type: LogicalType) -> bool:
    """A known type without parts."""
    return type.root in _PLAIN or type.root in _SCALARS_WITH_DIGITS


def reads_back(type: LogicalType) -> bool:
    """SQL's text of a value of the type has one meaning."""
    if type.root in NESTED:
        return all(map(_reads_back_inside, children(type)))
    return True


def _reads_back_inside(type: LogicalType) -> bool:
    return reads_back(type) if type.root in NESTED else is_flat(type) and type.root not in STRINGS


def effective_types(columns: tuple[Column, ...]) -> tuple[LogicalType, ...]:
    """The types as which the columns are read: as declared, or as text where no other reading is sure."""
    as_text = needs_text(columns)

    def effective(type: LogicalType) -> LogicalType:
        if type.root in NESTED:
            return TEXT if as_text and not reads_back(type) else type
        return type if is_flat(type) else TEXT

    return tuple(effective(column.type) for column in columns)


def arrow_schema(columns: tuple[Column, ...], zone: str | None, *, finest: str = "ns") -> pa.Schema:
    """The schema of a result. `zone` is an Arrow name, `finest` the finest unit for timestamps (`ns` or `us`).

    Each field's metadata holds the Flink type, `flink.type`, as one writes it in SQL.
    """
    return pa.schema(
        [
            pa.field(column.name, arrow_type(type, zone, finest), metadata={"flink.type": str(column.type)})
            for column, type in zip(columns, effective_types(columns), strict=True)
        ]
    )


def arrow_type(type: LogicalType, zone: str | None, finest: str = "ns") -> pa.DataType:
    """The Arrow type of a Flink type, by the table above."""
    if plain := _PLAIN.get(type.root):
        return plain
    precision = type.precision if type.precision is not None else 6
    match type.root:
        case "DECIMAL":
            return pa.decimal128(type.precision or 10, type.scale or 0)
        case "TIME_WITHOUT_TIME_ZONE":
            digits = type.precision or 0
            return pa.time32("ms") if digits <= 3 else pa.time64("us" if digits <= 6 else "ns")
        case "TIMESTAMP_WITHOUT_TIME_ZONE":
            return pa.timestamp(_unit(precision, finest))
        case "TIMESTAMP_WITH_LOCAL_TIME_ZONE":
            return pa.timestamp(_unit(precision, finest), zone)
        case "ARRAY":
            return pa.list_(*_arrow_children(type, zone, finest))
        case "MAP" | "MULTISET":
            return pa.map_(*_arrow_children(type, zone, finest))
        case "ROW":
            inside = _arrow_children(type, zone, finest)
            return pa.struct([pa.field(f.name, t) for f, t in zip(type.fields, inside, strict=True)])
    return pa.string()


def _arrow_children(type: LogicalType, zone: str | None, finest: str) -> list[pa.DataType]:
    return [arrow_type(child, zone, finest) for child in children(type)]


def _unit(precision: int, finest: str) -> str:
    return "s" if precision == 0 else "ms" if precision <= 3 else "us" if precision <= 6 else finest
