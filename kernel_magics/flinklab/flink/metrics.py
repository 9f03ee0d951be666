"""Metrics as the JobManager lists them, and how it is asked for many by name.

Shapes: `MetricCollectionResponseBody` and `AggregatedMetricsResponseBody` of flink-runtime (1.17 to 2.3).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import msgspec

from flinklab.domain.monitoring import Spread

LONGEST_PATH = 3500
"""Netty takes 4096 bytes in the first line of a request, and a proxy may put a prefix before the path."""

# A watermark or a time that there is not yet (`Long.MIN_VALUE`); as a double it is the same number.
_NEVER = float(-(2**63))


class Named(msgspec.Struct):
    """An entry of a plain listing: without `get` it has a name only."""

    id: str
    value: str = ""


class Aggregate(msgspec.Struct):
    """An entry of an aggregated listing. Flink writes NaN and the infinities as strings."""

    id: str
    min: float | str = "NaN"
    max: float | str = "NaN"
    avg: float | str = "NaN"
    sum: float | str = "NaN"


def number(value: float | str | None) -> float | None:
    """None for what is no number, or stands for one that is not known."""
    try:
        found = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return found if math.isfinite(found) and found != _NEVER else None


def values(found: Iterable[Named]) -> dict[str, float]:
    numbers = ((each.id, number(each.value)) for each in found)
    return {name: value for name, value in numbers if value is not None}


def spreads(found: Iterable[Aggregate]) -> dict[str, Spread]:
    """Where some sub-tasks have a watermark and others none, the least of it is not known: nor is the metric."""
    by_name = {}
    for each in found:
        low, high, mean, total = (number(value) for value in (each.min, each.max, each.avg, each.sum))
        if low is not None and high is not None and mean is not None and total is not None:
            by_name[each.id] = Spread(low, high, mean, total)
    return by_name


def paths(base: str, names: Iterable[str], more: str = "") -> Iterator[str]:
    """`base?get=a,b,...` and `more`, in as many as it takes to keep each short enough."""
    room = LONGEST_PATH - len(base) - len("?get=") - len(more)
    taken: list[str] = []
    length = 0
    for name in names:
        encoded = quote(name, safe="[]")
        if taken and length + len(encoded) > room:
            yield f"{base}?get={','.join(taken)}{more}"
            taken, length = [], 0
        taken.append(encoded)
        length += len(encoded) + 1
    if taken:
        yield f"{base}?get={','.join(taken)}{more}"
