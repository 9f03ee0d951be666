"""A session's time zone, by the names that Flink and Arrow have for it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?")
_EPOCH = datetime(1970, 1, 1)
_SECONDS_IN_400_YEARS = 146_097 * 86_400
# Summer time ends with the year 2037 in the tables that Arrow reads (seen in 14 and 16): seconds from 1970.
_ARROW_KNOWS_UNTIL = 2_114_380_800


def arrow_zone(zone: str) -> str | None:
    """The Arrow name of a `table.local-time-zone` (Java's `ZoneId`): `GMT+8` is `+08:00`.

    None when this machine does not know the zone.
    """
    if zone in ("UTC", "GMT", "UT", "Z", "Etc/UTC"):
        return "UTC"
    if match := _OFFSET.fullmatch(zone):
        sign, hours, minutes = match.groups()
        return f"{sign}{int(hours):02}:{minutes or '00'}"
    try:
        pc.assume_timezone(pa.array([0], pa.timestamp("s")), zone)
    except pa.ArrowInvalid:
        return None
    return zone


def attach_zone(wall: pa.Array, zone: str) -> pa.Array:
    """Wall-clock times (timestamps without a zone) as instants, shown in `zone` (an Arrow name).

    A time that the clock shows twice (summer time ends) is taken as the earlier: the gateway does not say which.
    """
    target = pa.timestamp(wall.type.unit, zone)
    if zone == "UTC":
        return wall.view(target)
    if zone[0] in "+-":
        return pc.subtract(wall, _offset(zone, wall.type.unit)).view(target)
    instants = pc.assume_timezone(wall, zone, ambiguous="earliest", nonexistent="latest")
    last = pc.max(wall.view(pa.int64())).as_py()
    if last is None or last < _ARROW_KNOWS_UNTIL * _per_second(wall.type):
        return instants
    return _by_python(wall, instants, ZoneInfo(zone))


def _by_python(wall: pa.Array, instants: pa.Array, zone: ZoneInfo) -> pa.Array:
    """`instants`, put right where Arrow does not know the rules of the zone."""
    per_second = _per_second(wall.type)
    ticks = instants.view(pa.int64()).to_pylist()
    for index, shown in enumerate(wall.view(pa.int64()).to_pylist()):
        if shown is not None and shown >= _ARROW_KNOWS_UNTIL * per_second:
            # The calendar repeats every 400 years, and the last rule of a zone holds for ever.
            seconds = _ARROW_KNOWS_UNTIL + (shown // per_second - _ARROW_KNOWS_UNTIL) % _SECONDS_IN_400_YEARS
            offset = (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=zone).utcoffset() or timedelta()
            ticks[index] = shown - round(offset.total_seconds()) * per_second
    return pa.array(ticks, pa.int64()).view(instants.type)


def _per_second(type: pa.TimestampType) -> int:
    return {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[type.unit]


def wall_clock(instants: pa.Array) -> pa.Array:
    """What the clock of their zone shows at these instants: the reverse of `attach_zone`."""
    zone, naive = instants.type.tz, pa.timestamp(instants.type.unit)
    if zone == "UTC":
        return instants.view(naive)
    if zone[0] in "+-":
        return pc.add(instants.view(naive), _offset(zone, naive.unit))
    return pc.local_timestamp(instants)


def _offset(zone: str, unit: str) -> pa.Scalar:
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6])) * (-1 if zone[0] == "-" else 1)
    return pa.scalar(offset, pa.duration(unit))
