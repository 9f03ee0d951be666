"""A day of a job as it is recorded, for what is drawn of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import numpy as np

from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import Attempt, AttemptState, Cause, Checkpoint
from flinklab.domain.monitoring import CheckpointTask, Edge, JobGraph, JobVertex
from flinklab.domain.series import Frame, SeriesKey
from flinklab.ports.series import RecordedGraph
from flinklab.telemetry.span import Span

UNTIL = datetime(2026, 11, 20, 18, tzinfo=timezone.utc)
SPAN = Span(UNTIL - timedelta(hours=24), UNTIL)
FLINK_ID = JobId("f" * 32)
NAMES = ("Source: orders[1] -> Calc[2]", "GroupAggregate[3]", "Sink: top[4]")


def at(hours: float) -> datetime:
    """So many hours after the day began."""
    return SPAN.since + timedelta(hours=hours)


def vertex_id(number: int) -> str:
    return f"{number:032x}"


def job_graph(*names: str, first: int = 0) -> JobGraph:
    vertices = tuple(JobVertex(vertex_id(first + n), name, 2) for n, name in enumerate(names or NAMES))
    edges = tuple(Edge(a.id, b.id, "HASH") for a, b in pairwise(vertices))
    return JobGraph(vertices, edges)


def recorded(graph: JobGraph, hours: float = 0.0, version: int = 1) -> RecordedGraph:
    return RecordedGraph(1, None, at(hours), graph, version)


def day_of(*names: str, vertices: int = 3, points: int = 1440, gap: tuple[int, int] | None = None) -> Frame:
    """A value a minute, of which the last one is the largest; in `gap` there is none."""
    times = SPAN.since.timestamp() + np.arange(points) * (86_400 / points)
    values = {}
    for vertex in range(vertices):
        for name in names:
            each = np.linspace(0.0, 1.0 + vertex, points)
            if gap is not None:
                each[slice(*gap)] = np.nan
            values[SeriesKey(vertex_id(vertex), name)] = each
    return Frame(times, values)


def attempt(
    number: int,
    version: int,
    begun: float,
    ended: float | None = None,
    state: AttemptState = AttemptState.RUNNING,
    parallelism: int | None = 2,
    restored_from: str = "",
    cause: str = "",
) -> Attempt:
    return Attempt(
        AttemptId(f"a{number}"),
        1,
        number,
        FLINK_ID,
        version,
        state,
        Deployment(parallelism=parallelism),
        restored_from=restored_from,
        cause=Cause(cause) if cause else None,
        planned_at=at(begun),
        running_at=at(begun),
        ended_at=at(ended) if ended is not None else None,
    )


def checkpoint(number: int, hours: float, **more: object) -> Checkpoint:
    slowest = CheckpointTask(vertex_id(1), 1, 2.0, sync=0.2, async_=0.8, alignment=0.7, start_delay=0.3)
    given: dict[str, object] = {
        "status": "completed",
        "triggered_at": at(hours),
        "duration": 2.5,
        "size": 2_000_000,
        "full_size": 100_000_000,
        "slowest": slowest,
        **more,
    }
    return Checkpoint(FLINK_ID, number, **given)  # type: ignore[arg-type]


def growing(count: int = 240, per_hour: float = 12 * 1024**2) -> Sequence[Checkpoint]:
    """Over the whole day."""
    step = 24 / count
    return [checkpoint(n + 1, n * step, full_size=int(1e8 + per_hour * n * step)) for n in range(count)]
