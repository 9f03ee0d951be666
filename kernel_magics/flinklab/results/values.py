"""Values of a JSON page, column by column, as Arrow arrays."""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any

import orjson
import pyarrow as pa

from flinklab.domain.columns import LogicalType
from flinklab.results.times import dates, times, timestamps
from flinklab.results.types import BYTES, STRINGS, TIME, TIMESTAMP, TIMESTAMP_LTZ, children
from flinklab.results.zones import attach_zone


def to_array(
    values: Sequence[Any], type: LogicalType, arrow: pa.DataType, *, in_json_row: bool = False
) -> pa.Array:
    """One column. `type` is the effective Flink type of the values, `arrow` the type that it arrives as.

    A ROW may be a JSON object or a list, a MAP a JSON object or a list of pairs. `in_json_row`: the values stand
    somewhere inside of a ROW that is a JSON object.
    """
    root = type.root
    if root in STRINGS:
        return _strings(values)
    if root in ("FLOAT", "DOUBLE"):
        return _floats(values, arrow)
    if root == "DECIMAL":
        return pa.array([None if v is None else Decimal(v) for v in values], arrow)
    if root in BYTES:
        return pa.array([None if v is None else a2b_base64(v) for v in values], arrow)
    if root == "DATE":
        return dates(values)
    if root == TIME:
        return times(values, arrow)
    if root in (TIMESTAMP, TIMESTAMP_LTZ):
        wall = timestamps(pa.array(values, pa.string()), arrow.unit)
        return wall.view(arrow) if in_json_row else in_zone(wall, arrow)
    if root == "INTERVAL_DAY_TIME":
        return pa.array(values).cast(pa.int64()).view(arrow)
    if root == "ARRAY":
        inside = [v for value in values if value is not None for v in value]
        items = to_array(inside, children(type)[0], arrow.value_type, in_json_row=in_json_row)
        return pa.ListArray.from_arrays(_offsets(values), items)
    if root in ("MAP", "MULTISET"):
        return _maps(values, type, arrow, in_json_row)
    if root == "ROW":
        return _rows(values, type, arrow, in_json_row)
    # Arrow would cut a fraction off when it is told the type at once.
    return pa.array(values).cast(arrow)


def in_zone(wall: pa.Array, arrow: pa.DataType) -> pa.Array:
    """Timestamps as the gateway writes them as values of `arrow`.

    It writes a TIMESTAMP_LTZ as the wall clock of the session's zone shows it, in JSON with a `Z` at the end that
    is not true (FLINK-32396 brought it with 1.18; seen on 2.3.0). Only inside of a ROW, at any depth, its JSON
    really is in UTC (seen on 2.3.0: `RowDataLocalTimeZoneConverter` leaves ROWs as they are).
    """
    return wall if arrow.tz is None else attach_zone(wall, arrow.tz)


def _strings(values: Sequence[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # a type that we do not know may be any JSON
        return pa.array([v if v is None or isinstance(v, str) else _json(v) for v in values], pa.string())


def _floats(values: Sequence[Any], arrow: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, arrow)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # infinities and NaN are strings
        return pa.array([None if v is None else float(v) for v in values], arrow)


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def _offsets(values: Sequence[Any]) -> pa.Array:
    """Where each list begins; a null where the value is one, which makes the list null."""
    ends = list(accumulate((0 if v is None else len(v) for v in values), initial=0))
    begins = [None if v is None else end for v, end in zip(values, ends, strict=False)]
    return pa.array([*begins, ends[-1]], pa.int32())


def _maps(values: Sequence[Any], type: LogicalType, arrow: pa.MapType, in_json_row: bool) -> pa.Array:
    pairs = [
        pair
        for value in values
        if value is not None
        for pair in (value.items() if isinstance(value, dict) else value)
    ]
    key_type, item_type = children(type)
    keys = to_array([key for key, _ in pairs], key_type, arrow.key_type, in_json_row=in_json_row)
    items = to_array([item for _, item in pairs], item_type, arrow.item_type, in_json_row=in_json_row)
    return pa.MapArray.from_arrays(_offsets(values), keys, items)


def _rows(values: Sequence[Any], type: LogicalType, arrow: pa.StructType, in_json_row: bool) -> pa.Array:
    parts = []
    in_json_row = in_json_row or any(isinstance(v, dict) for v in values)
    for index, field in enumerate(type.fields):
        part = [None if v is None else v.get(field.name) if isinstance(v, dict) else v[index] for v in values]
        parts.append(to_array(part, field.type, arrow.field(index).type, in_json_row=in_json_row))
    missing = pa.array([v is None for v in values], pa.bool_())
    return pa.StructArray.from_arrays(parts, fields=[arrow.field(i) for i in range(arrow.num_fields)], mask=missing)
