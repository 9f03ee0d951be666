"""Checkpoints as rows of a table, and one of them in the words that its point shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flinklab.domain.jobs import Checkpoint
from flinklab.domain.text import duration
from flinklab.plots import theme
from flinklab.plots.clock import Clock
from flinklab.plots.vertices import Parts

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("start delay", "alignment", "sync", "async")
"""What a checkpoint of a sub-task consists of, in this order."""

COLUMNS = (
    *("at", "status", "is savepoint", "checkpoint", "span", "duration [s]", "full size [B]", "written [B]"),
    *(f"{part} [s]" for part in PARTS),
    *("slowest", "sub-task", "slowest took [s]", "failure", "path", "Flink job"),
)


def rows_of(points: Sequence[Checkpoint], parts: Parts) -> pd.DataFrame:
    """`COLUMNS`, the oldest first. `at` (UTC) of a gap, which has no moment, is that of the one before or after.

    `slowest` names the vertex of the sub-task that took longest; empty where that is not known.
    """
    import pandas as pd

    moments = _moments(points)
    rows = [_row(point, at, parts) for point, at in zip(points, moments, strict=True) if at is not None]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    frame["is savepoint"] = frame["is savepoint"].astype(bool)
    for column in COLUMNS:
        if column.endswith(("[s]", "[B]")):
            frame[column] = frame[column].astype(float)
    return frame


def _moments(points: Sequence[Checkpoint]) -> list[datetime | None]:
    found: list[datetime | None] = []
    for point in points:
        found.append(point.triggered_at or (found[-1] if found else None))
    following: datetime | None = None
    for index in range(len(found) - 1, -1, -1):
        following = found[index] = found[index] or following
    return found


def _row(point: Checkpoint, at: datetime, parts: Parts) -> tuple[Any, ...]:
    slowest = point.slowest
    alignment = point.alignment if point.alignment is not None else 0.0
    inside = (
        (slowest.start_delay, slowest.alignment, slowest.sync, slowest.async_)
        if slowest is not None
        else (0.0, alignment, 0.0, 0.0)
    )
    return (
        *(at, point.status, point.is_savepoint, point.checkpoint_id, point.span, point.duration),
        *(point.full_size or point.size, point.size),
        *inside,
        *((parts.name(slowest.vertex), slowest.subtask, slowest.duration) if slowest else ("", -1, 0.0)),
        *(point.failure, point.path, point.flink_id),
    )


def told(row: Mapping[Any, Any], clock: Clock) -> str:
    """A row as its point says it, in plotly's HTML."""
    at = clock.shown(row["at"].to_pydatetime())
    if row["status"] == "gap":
        return f"{at}<br>{row['span']:,} not seen, from {row['checkpoint']} on: Flink had forgotten them"
    kind = "savepoint" if row["is savepoint"] else "checkpoint"
    lines = [at, f"{kind} {row['checkpoint']} {row['status']} · {duration(row['duration [s]'])}"]
    if row["status"] == "failed":
        return "<br>".join([*lines, theme.hover_text(row["failure"] or "no reason was told")])
    full, written = theme.in_words(row["full size [B]"], "B"), theme.in_words(row["written [B]"], "B")
    lines.append(f"state {full}" + (f", written {written}" if written != full else ""))
    if row["slowest"]:
        lines.append(
            f"slowest: {theme.title_text(row['slowest'])}, sub-task {row['sub-task']}"
            f" ({duration(row['slowest took [s]'])})"
        )
        lines.append(
            ", ".join(f"{part} {duration(row[f'{part} [s]'])}" for part in PARTS if row[f"{part} [s]"] > 0)
        )
    return "<br>".join(line for line in lines if line)
