"""What is older than is kept, deleted in portions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, Table, and_, bindparam, delete, exists, select, tuple_

from flinklab.catalog.job_reading import IS_POINT
from flinklab.catalog.schema import checkpoint as checkpoints
from flinklab.catalog.schema import event as events
from flinklab.catalog.schema import job_failure as failures
from flinklab.catalog.schema import job_graph as graphs
from flinklab.catalog.schema import series_chunk as chunks
from flinklab.catalog.series_plan import DAY, HOUR
from flinklab.domain.series import Retention, Tier

_AT_ONCE = 1000  # rows of a table


def sweep(
    connection: Connection, subjects: Sequence[int], jobs: Sequence[int], now: datetime, retention: Retention
) -> bool:
    """Whether anything was deleted. A coarser tier is kept at least as long as the finer one.

    What is never deleted: restore points, the newest row of each Flink job (which says up to where its checkpoints
    are recorded), and the graph that a job has now, and that it had at the moment from which on they are kept.
    """
    minutes = max(retention.minutes, retention.raw)
    days = {Tier.RAW: retention.raw, Tier.MINUTE: minutes, Tier.HOUR: max(retention.hours, minutes)}
    lengths = {Tier.RAW: HOUR, Tier.MINUTE: HOUR, Tier.HOUR: DAY}
    deleted = 0
    if subjects:
        for tier, kept in days.items():
            before = int((now - timedelta(days=kept)).timestamp()) - lengths[tier]
            asked = {"subjects": subjects, "tier": tier.value, "before": before}
            deleted += connection.execute(_CHUNKS, asked).rowcount
    if jobs:
        for statement, kept in (
            (_GAPS, retention.checkpoints),  # first: how old they are is told by the checkpoints after them
            (_CHECKPOINTS, retention.checkpoints),
            (_EVENTS, retention.events),
            (_FAILURES, retention.events),
            (_GRAPHS, days[Tier.HOUR]),
        ):
            of = {"jobs": jobs, "before": now - timedelta(days=kept)}
            deleted += connection.execute(statement, of).rowcount
    return deleted > 0


_JOBS: Any = bindparam("jobs", expanding=True)
_BEFORE: Any = bindparam("before")


def _rows(table: Table, *where: ColumnElement[bool]) -> Executable:
    some = select(table.c.id).where(table.c.job_id.in_(_JOBS), *where).limit(_AT_ONCE)
    return delete(table).where(table.c.id.in_(some))


_LATER = checkpoints.alias("later")
_IS_LATER = and_(_LATER.c.flink_id == checkpoints.c.flink_id, _LATER.c.checkpoint_id > checkpoints.c.checkpoint_id)
_CHECKPOINTS = _rows(
    checkpoints,
    checkpoints.c.triggered_at < _BEFORE,
    ~IS_POINT,
    exists().where(_IS_LATER).correlate(checkpoints),
)
_GAPS = _rows(
    checkpoints,
    checkpoints.c.triggered_at.is_(None),
    ~IS_POINT,
    exists().where(_IS_LATER, _LATER.c.triggered_at < _BEFORE).correlate(checkpoints),
)
_EVENTS = _rows(events, events.c.at < _BEFORE)
_FAILURES = _rows(failures, failures.c.at < _BEFORE)
_NEXT = graphs.alias("next")
_GRAPHS = _rows(
    graphs,
    exists()
    .where(_NEXT.c.job_id == graphs.c.job_id, _NEXT.c.at > graphs.c.at, _NEXT.c.at < _BEFORE)
    .correlate(graphs),
)
_KEY = (chunks.c.subject_id, chunks.c.tier, chunks.c.start)
_CHUNKS = delete(chunks).where(
    tuple_(*_KEY).in_(
        select(*_KEY)
        .where(
            chunks.c.subject_id.in_(bindparam("subjects", expanding=True)),
            chunks.c.tier == bindparam("tier"),
            chunks.c.start < _BEFORE,
        )
        .limit(_AT_ONCE)
    )
)
