"""Dates and times in the gateway's text, as Arrow values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DATE = re.compile(r"([+-]?\d{4,})-(\d\d)-(\d\d)")
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?")
# One day less than 64 bits of nanoseconds reach, so that moving a time into its zone stays inside.
_NANOSECOND_REACH = (2**63) // 10**9 - 86_400
_DAYS_IN_400_YEARS = 146_097
_EPOCH = date(1970, 1, 1).toordinal()


class BeyondNanosecondsError(Exception):
    """A timestamp lies outside of what 64 bits of nanoseconds reach (1677 to 2262)."""


def dates(texts: Sequence[str | None]) -> pa.Array:
    """`2020-01-31` as `date32`; also years beyond 9999, which Java writes with a sign."""
    try:
        return pa.array(texts, pa.string()).cast(pa.date32())
    except pa.ArrowInvalid:
        return pa.array([None if t is None else _days(t) for t in texts], pa.int32()).cast(pa.date32())


def times(texts: Sequence[str | None], type: pa.DataType) -> pa.Array:
    """`01:02:03.4` as `time32` or `time64`; digits finer than the unit are cut."""
    whole = pa.int32() if pa.types.is_time32(type) else pa.int64()
    per_second = _PER_SECOND[type.unit]
    return pa.array([None if t is None else _time_of_day(t, per_second) for t in texts], whole).cast(type)


def timestamps(texts: pa.Array, unit: str) -> pa.Array:
    """`2020-01-31T01:02:03.456` (also with a blank for the `T`, also with a `Z`) as timestamps without a zone.

    Raises `BeyondNanosecondsError` when the unit is `ns` and a year is out of its reach.
    """
    texts = pc.utf8_rtrim(texts, "Z")
    try:
        if unit == "ns":
            _check_reach(texts)
        return texts.cast(pa.timestamp(unit))
    except pa.ArrowInvalid:
        return pa.array([None if t is None else _ticks(t, unit) for t in texts.to_pylist()], pa.int64()).view(
            pa.timestamp(unit)
        )


def _check_reach(texts: pa.Array) -> None:
    # Arrow's own parser wraps around silently before version 26.
    seconds = pc.utf8_slice_codeunits(texts, 0, 19).cast(pa.timestamp("s")).view(pa.int64())
    lowest, highest = pc.min_max(seconds).as_py().values()
    if lowest is not None and (lowest < -_NANOSECOND_REACH or highest > _NANOSECOND_REACH):
        raise BeyondNanosecondsError


def _ticks(text: str, unit: str) -> int:
    day, _, clock = text.replace(" ", "T").partition("T")
    seconds = _days(day) * 86_400
    if unit == "ns" and abs(seconds) > _NANOSECOND_REACH:
        raise BeyondNanosecondsError
    return seconds * _PER_SECOND[unit] + _time_of_day(clock, _PER_SECOND[unit])


def _days(text: str) -> int:
    match = _DATE.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no date")
    year, month, day = map(int, match.groups())
    # Python's calendar ends in 9999; the Gregorian one repeats every 400 years.
    cycles, year = divmod(year - 1, 400)
    return date(year + 1, month, day).toordinal() - _EPOCH + cycles * _DAYS_IN_400_YEARS


def _time_of_day(text: str, per_second: int) -> int:
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no time")
    hours, minutes, seconds, fraction = match.groups("0")
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * per_second + int(fraction.ljust(9, "0")) * per_second // 10**9
