"""Arrow tables as Python rows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import pyarrow as pa

from flinklab.results.zones import wall_clock


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    """One tuple per row, of Python values (`Decimal`, `datetime`, `dict`, ...); see `values_of`."""
    return list(zip(*map(values_of, table.columns), strict=True))


def values_of(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """A column's values in Python.

    A MAP is a dict (keys that are themselves nested become tuples), a ROW a dict, an ARRAY a list; nanoseconds
    are `pandas.Timestamp`. What Python's own types cannot hold (a year beyond 9999, in UTC or in its zone) is text.
    """
    if isinstance(column, pa.ChunkedArray):
        return [value for chunk in column.chunks for value in values_of(chunk)]
    if pa.types.is_map(column.type):
        keys, items = values_of(column.keys), values_of(column.items)
        return [None if at is None else _mapping(keys[at], items[at]) for at in _slices(column)]
    if pa.types.is_list(column.type):
        inside = values_of(column.values)
        return [None if at is None else inside[at] for at in _slices(column)]
    if pa.types.is_struct(column.type):
        names = [column.type.field(i).name for i in range(column.type.num_fields)]
        parts = zip(*map(values_of, column.flatten()), strict=True)
        valid = column.is_valid().to_pylist()
        return [
            dict(zip(names, part, strict=True)) if there else None for there, part in zip(valid, parts, strict=True)
        ]
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):
        return [_value_or_text(value) for value in column]


def _slices(column: pa.Array) -> list[slice | None]:
    ends = column.offsets.to_pylist()
    valid = column.is_valid().to_pylist()
    return [slice(a, b) if there else None for there, a, b in zip(valid, ends, ends[1:], strict=False)]


def _mapping(keys: Iterable[Any], items: Iterable[Any]) -> dict[Hashable, Any]:
    return {_hashable(key): item for key, item in zip(keys, items, strict=True)}


def _hashable(value: Any) -> Hashable:
    if isinstance(value, dict):
        return tuple((_hashable(k), _hashable(v)) for k, v in value.items())
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return value  # type: ignore[no-any-return]


def _value_or_text(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except (ValueError, OverflowError):
        one = pa.array([value.value], pa.int64() if value.type.bit_width == 64 else pa.int32()).view(value.type)
        if pa.types.is_timestamp(value.type) and value.type.tz is not None:
            one = wall_clock(one)
        return str(one.cast(pa.string())[0])
