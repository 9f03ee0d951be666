"""Arrow values as short texts, the way SQL writes them.

Everything here looks only at as much of a value as will be shown: a cell may hold megabytes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flinklab.domain.columns import LogicalType

NULL = "NULL"
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)$")
_STRINGS_AT_ONCE = 16


def column_texts(column: Any, sql: LogicalType | None, limit: int) -> list[str | None]:
    """The values of an Arrow array (or chunked array) as texts, None for NULL.

    Texts are cut somewhere above `limit` characters: a longer one means that there is more.
    """
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    return [text for chunk in chunks for text in _texts(chunk, sql, limit)]


def visible(text: str) -> str:
    """Line ends, control characters and marks that turn the writing direction, made visible."""
    return text if text.isprintable() else text.translate(_MARKS)


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(length - 1, 0)] + "…"


def _marks() -> dict[int, str]:
    marks = {code: chr(0x2400 + code) for code in range(0x20)}  # Unicode's control pictures
    marks |= {0x7F: "␡", 0x0A: "↵", 0x09: "⇥", 0x2028: "↵", 0x2029: "↵"}
    turning = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    return marks | {code: f"\\u{code:04x}" for code in (*range(0x80, 0xA0), *turning)}


_MARKS = _marks()


def _texts(array: Any, sql: LogicalType | None, limit: int) -> list[str | None]:
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return _texts(array.storage, sql, limit)
    if pa.types.is_dictionary(kind):
        return _texts(array.cast(kind.value_type), sql, limit)
    if pa.types.is_nested(kind):
        return [_nested(array.slice(i, 1), sql, limit) if value.is_valid else None for i, value in enumerate(array)]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pc.utf8_slice_codeunits(array, 0, limit + 1).to_pylist()  # type: ignore[no-any-return]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return [_binary(value, limit) if value.is_valid else None for value in array]
    if pa.types.is_timestamp(kind):
        return [_to_precision(text, sql) for text in _timestamps(array)]
    if pa.types.is_date(kind) or pa.types.is_time(kind) or pa.types.is_float32(kind):
        return [_to_precision(text, sql) for text in array.cast(pa.string()).to_pylist()]
    return [None if value is None else _flat(value, kind, sql) for value in _plain(array).to_pylist()]


def _plain(array: Any) -> Any:
    # Nanoseconds have no Python type of their own: pyarrow would import pandas for them.
    return array.cast(pa.int64()) if pa.types.is_duration(array.type) else array


def _flat(value: Any, kind: Any, sql: LogicalType | None) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if math.isfinite(value):
            return repr(value)
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if pa.types.is_decimal(kind):
        return format(value, "f")
    if pa.types.is_duration(kind):
        return _day_time(value, {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit])
    if kind == pa.month_day_nano_interval():
        return _year_month(value.months)
    if sql is not None and sql.root == "INTERVAL_YEAR_MONTH" and isinstance(value, int):
        return _year_month(value)
    return str(value)


def _day_time(value: int, per_second: int) -> str:
    sign = "-" if value < 0 else "+"
    seconds, fraction = divmod(abs(value), per_second)
    clock = f"{seconds // 86400} {seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    digits = len(str(per_second)) - 1
    return f"{sign}{clock}" + (f".{fraction:0{digits}}" if fraction else "")


def _year_month(months: int) -> str:
    return f"{'-' if months < 0 else '+'}{abs(months) // 12}-{abs(months) % 12:02}"


def _binary(scalar: Any, limit: int) -> str:
    digits: str = bytes(memoryview(scalar.as_buffer())[:limit]).hex()
    return f"x'{digits}'"


def _timestamps(array: Any) -> list[str | None]:
    """`2020-01-01 00:00:00.123`, with its offset from UTC when it is a moment: `...+01:00`, `...Z`."""
    zone = array.type.tz
    if zone is None:
        return array.cast(pa.string()).to_pylist()  # type: ignore[no-any-return]
    offset = _OFFSET.match(zone)
    if offset:
        return _at_offset(array, offset)
    try:
        texts = array.cast(pa.string()).to_pylist()
    except pa.ArrowInvalid:  # a zone that this machine does not know: the moment is right in UTC
        texts = array.cast(pa.timestamp(array.type.unit, "UTC")).cast(pa.string()).to_pylist()
    return [None if text is None else _OFFSET.sub(r"\1\2:\3", text) for text in texts]


def _at_offset(array: Any, offset: re.Match[str]) -> list[str | None]:
    # Arrow keeps a zone such as +08:00 and cannot write it.
    sign, hours, minutes = offset.groups()
    shift = pa.scalar(int(f"{sign}1") * (int(hours) * 3600 + int(minutes) * 60), pa.duration("s"))
    local = pc.add(array.cast(pa.timestamp(array.type.unit)), shift.cast(pa.duration(array.type.unit)))
    return [
        None if text is None else f"{text}{sign}{hours}:{minutes}" for text in local.cast(pa.string()).to_pylist()
    ]


_FRACTION = re.compile(r"\.(\d+)")


def _to_precision(text: str | None, sql: LogicalType | None) -> str | None:
    """Without the digits that the SQL type does not have: Arrow knows only 0, 3, 6 and 9."""
    if text is None or sql is None or sql.precision is None or not sql.root.startswith("TIME"):
        return text
    precision = sql.precision
    return _FRACTION.sub(lambda match: f".{match[1][:precision]}" if precision else "", text)


def _nested(one: Any, sql: LogicalType | None, limit: int) -> str:
    """The single value of an array of length one."""
    kind = one.type
    if pa.types.is_map(kind):
        keys_array, values_array = one[0].values.flatten()
        keys = _elements(keys_array, sql.key if sql else None, limit)
        values = _elements(values_array, sql.value if sql else None, limit)
        return _joined("{", (f"{key}: {value}" for key, value in zip(keys, values, strict=True)), "}", limit)
    if pa.types.is_struct(kind):
        types = [field.type for field in sql.fields] if sql else []
        fields = (
            f"{name}: {text}"
            for name, array, field_sql in zip_longest(_field_names(kind), one.flatten(), types)
            for text in _elements(array, field_sql, limit)
        )
        return _joined("{", fields, "}", limit)
    return _joined("[", _elements(one[0].values, sql.element if sql else None, limit), "]", limit)


def _field_names(kind: Any) -> list[str]:
    return [kind.field(index).name for index in range(kind.num_fields)]


def _elements(array: Any, sql: LogicalType | None, limit: int) -> Iterator[str]:
    """The elements of a nested value, strings quoted, worked out a few at a time."""
    kind = array.type
    textual = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    step = 1 if pa.types.is_nested(kind) else _STRINGS_AT_ONCE if textual else max(limit, 1)
    for start in range(0, len(array), step):
        for text in _texts(array.slice(start, step), sql, limit):
            yield NULL if text is None else json.dumps(text, ensure_ascii=False) if textual else text


def _joined(opening: str, parts: Iterator[str], closing: str, limit: int) -> str:
    text, separator = opening, ""
    for part in parts:
        text += separator + part
        separator = ", "
        if len(text) > limit:
            return text
    return text + closing
