"""Arrow tables as pandas frames. pandas is imported when the first frame is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from flinklab.results.rows import values_of

if TYPE_CHECKING:
    import pandas as pd

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400
# The calendar of Python and pandas: from year 1 to the end of 9999, in seconds from 1970.
_CALENDAR = (-62_135_596_800, 253_402_300_800)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """The table as a frame.

    | Arrow | pandas |
    |---|---|
    | integers, booleans | nullable (`Int64`, `boolean`): a NULL leaves an integer an integer |
    | floats | `float64`, `float32`; NULL is NaN |
    | strings | what pandas takes for strings (`object` before pandas 3, then `str`) |
    | decimals, dates, times, bytes | `decimal.Decimal`, `datetime.date`, `datetime.time`, `bytes` |
    | timestamps | `datetime64` in their own unit, with their zone |
    | durations | `timedelta64[ms]` |
    | lists, maps, structs | `list`, `dict`, `dict` |

    Columns of the same name stay apart by position. A column of dates or timestamps with a year outside of 1 to
    9999 becomes `object`, with text for these values.
    """
    import pandas as pd

    nullable = {
        pa.bool_(): pd.BooleanDtype(),
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
    }
    columns: dict[int, Any] = {}
    for index, column in enumerate(table.columns):
        if _is_object(column):
            columns[index] = pd.Series(values_of(column), dtype=object)
        else:
            columns[index] = column.to_pandas(types_mapper=nullable.get)
    frame: pd.DataFrame = pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))
    frame.columns = pd.Index(table.column_names, dtype=object)
    return frame


def _is_object(column: pa.ChunkedArray) -> bool:
    """pandas has no type for the column's values."""
    type = column.type
    if pa.types.is_timestamp(type):
        return not _in_calendar(column)
    if pa.types.is_dictionary(type):
        return False
    return bool(
        pa.types.is_nested(type)
        or pa.types.is_decimal(type)
        or pa.types.is_date(type)
        or pa.types.is_time(type)
        or pa.types.is_binary(type)
    )


def _in_calendar(column: pa.ChunkedArray) -> bool:
    ticks = pc.min_max(pa.chunked_array([c.view(pa.int64()) for c in column.chunks], pa.int64())).as_py()
    if ticks["min"] is None:
        return True
    # With a zone, the time in UTC and the time in the zone must both be in the calendar.
    margin = _DAY if column.type.tz else 0
    lowest, highest = ((bound * _PER_SECOND[column.type.unit]) for bound in _CALENDAR)
    margin *= _PER_SECOND[column.type.unit]
    return bool(lowest + margin <= ticks["min"] and ticks["max"] < highest - margin)
