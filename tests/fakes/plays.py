"""Ready-made plays for notebooks of the browser tests and of pictures."""

from __future__ import annotations

import datetime
import random
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from fakes.played_result import PlayedResult
from flinklab.domain.columns import Column, LogicalType

_NAMES = ("Ada", "Grace", "Edsger", "Zoë", "Barbara", "", None, "Donald")
_EPOCH = datetime.datetime(2026, 3, 14, 9, 0, tzinfo=datetime.timezone.utc)


def order(number: int) -> tuple[Any, ...]:
    at = _EPOCH + datetime.timedelta(milliseconds=137 * number)
    return number, _NAMES[number % len(_NAMES)], Decimal(number * 7919 % 100_000) / 100, at


def growing(*, per_tick: int = 3, stopped_when: Path | None = None) -> PlayedResult:
    """An append query: order numbers 0, 1, 2, ... without end.

    Stopping it takes until the file `stopped_when` is there.
    """
    result = PlayedResult()
    stop = result.on_cancel

    def slow_stop() -> None:
        while stopped_when is not None and not stopped_when.exists():
            time.sleep(0.05)
        stop()

    result.on_cancel = slow_stop
    return result.play(lambda tick: [order(tick * per_tick + i) for i in range(per_tick)])


def hostile() -> PlayedResult:
    """One row of markup that would set `window.harmed`, under a name that would too."""
    columns = tuple(Column(name, LogicalType("CHAR", length=9)) for name in ("<script>harmed=1</script>", "b"))
    schema = pa.schema([(column.name, pa.string()) for column in columns])
    result = PlayedResult(columns=columns, schema=schema)
    result.put([("<img src=x onerror=harmed=1>", "\"'><script>harmed=1</script>" * 20)])
    return result


def top() -> PlayedResult:
    """An updating query: totals by city, some of which change at each tick."""
    columns = (
        Column("rank", LogicalType("BIGINT", nullable=False)),
        Column("city", LogicalType("VARCHAR", length=2147483647)),
        Column("orders", LogicalType("BIGINT")),
        Column("revenue", LogicalType("DOUBLE")),
    )
    schema = pa.schema(
        [("rank", pa.int64()), ("city", pa.string()), ("orders", pa.int64()), ("revenue", pa.float64())]
    )
    result = PlayedResult(
        text="SELECT ... ORDER BY orders DESC LIMIT 8", columns=columns, schema=schema, updating=True
    )
    dice = random.Random(7)
    totals = dict.fromkeys(("Berlin", "Shanghai", "Lagos", "Lima", "Oslo", "Pune", "Quito", "Tunis"), 100)

    def rows(tick: int) -> list[tuple[Any, ...]]:
        for city in dice.sample(sorted(totals), 2):
            totals[city] += dice.randrange(1, 9)
        ranked = sorted(totals.items(), key=lambda item: -item[1])
        return [(rank, city, count, round(count * 13.37, 2)) for rank, (city, count) in enumerate(ranked, 1)]

    return result.play(rows, pause=0.5)
