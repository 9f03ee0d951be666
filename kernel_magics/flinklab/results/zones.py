"""A session's time zone, by the names that Flink and Arrow have for it."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?")


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
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError; a folder's name an OSError
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
    return pc.assume_timezone(wall, zone, ambiguous="earliest", nonexistent="latest")


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
