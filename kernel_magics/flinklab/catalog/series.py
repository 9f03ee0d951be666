"""Series, graphs and failures as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, and_, bindparam, distinct, func, select

from flinklab.catalog import clock, series_plan
from flinklab.catalog.checkpoint_order import in_order
from flinklab.catalog.database import Database
from flinklab.catalog.definition_writes import chunks as portions
from flinklab.catalog.job_rows import fetch, to_value
from flinklab.catalog.schema import checkpoint as checkpoints
from flinklab.catalog.schema import event as events
from flinklab.catalog.schema import job_failure as failures
from flinklab.catalog.schema import job_graph as graphs
from flinklab.catalog.schema import series_chunk as chunks
from flinklab.catalog.schema import series_sample as samples
from flinklab.catalog.schema import series_subject as subjects
from flinklab.catalog.schema import team as teams
from flinklab.domain.jobs import Checkpoint, Event
from flinklab.domain.monitoring import Failure, JobGraph
from flinklab.domain.series import Frame, Sample, SeriesKey, SeriesOwner, Tier
from flinklab.ports.series import RecordedFailure, RecordedGraph

if TYPE_CHECKING:
    from flinklab.catalog.series_codec import Block

_FRESH = timedelta(minutes=10)
_ROUGHLY = 100  # points: enough to see which series there are


class Series:
    """Fulfils `ports.series.SeriesReader`. Safe to use from several threads.

    numpy is loaded by the methods that give numbers: a kernel opens the catalog long before it looks at any.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def keys(self, owner: SeriesOwner, since: datetime, until: datetime) -> Sequence[SeriesKey]:
        frame = self.frame(owner, since, until, points=_ROUGHLY)
        return [key for key, values in frame.values.items() if (values == values).any()]

    def frame(
        self,
        owner: SeriesOwner,
        since: datetime,
        until: datetime,
        *,
        names: Sequence[str] | None = None,
        points: int = 1500,
    ) -> Frame:
        from flinklab.catalog import series_blocks

        begin, end = since.timestamp(), until.timestamp()
        with self._database.reading() as connection:
            subject = connection.execute(_JOB if owner.job_id else _CLUSTER, owner._asdict()).scalar()
            hour, day = (int(begin // length) * length for length in (series_plan.HOUR, series_plan.DAY))
            of = {"subject": subject, "begin": hour * 1000, "end": round(end * 1000)}
            days = {"first": day, "last": int(end)}
            listed = [series_plan.Chunk(*row) for row in connection.execute(_LISTED, of | days)]
            loose = series_plan.Loose(*connection.execute(_COUNTED, of).one())
            plan = series_plan.plan(listed, loose, begin, end, points)
            blocks = self._blocks(connection, of, plan)
        return series_blocks.frame(blocks, plan.tier, (begin, end), names, points)

    def newest(self, owners: Sequence[SeriesOwner], names: Sequence[str]) -> dict[SeriesOwner, Sample]:
        from flinklab.catalog.series_blocks import joined
        from flinklab.catalog.series_codec import unpack

        jobs = {owner.job_id: owner for owner in owners if owner.job_id}
        clusters = {(owner.team, owner.cluster): owner for owner in owners if not owner.job_id}
        found: dict[SeriesOwner, Sample] = {}
        with self._database.reading() as connection:
            now = connection.execute(select(clock.now(connection))).scalar_one()
            since = round((now - _FRESH).timestamp() * 1000)
            rows = [
                row
                for some in portions(list(jobs))
                for row in connection.execute(_NEWEST_OF_JOBS, {"since": since, "jobs": some})
            ]
            if clusters:
                of = {"since": since, "names": [name for _, name in clusters]}
                rows += connection.execute(_NEWEST_OF_CLUSTERS, of)
        for row in rows:
            owner = jobs.get(row.job_id) if row.job_id else clusters.get((row.team, row.cluster))
            if owner is None or owner.team != row.team:
                continue
            block = joined([unpack(row.data)], names)
            values = dict(zip(block.keys, block.values[:, 0].tolist(), strict=True))
            found[owner] = Sample(owner, row.at / 1000, values)
        return found

    def graphs(self, job_id: int, since: datetime, until: datetime) -> Sequence[RecordedGraph]:
        held = select(func.max(graphs.c.at)).where(graphs.c.job_id == job_id, graphs.c.at <= since)
        statement = (
            select(graphs)
            .where(
                graphs.c.job_id == job_id,
                graphs.c.at >= func.coalesce(held.scalar_subquery(), since),
                graphs.c.at <= until,
            )
            .order_by(graphs.c.at, graphs.c.id)
        )
        with self._database.reading() as connection:
            return [
                RecordedGraph(
                    row["job_id"], row["attempt"], row["at"], to_value(JobGraph, row["document"]), row["version"]
                )
                for row in fetch(connection, statement)
            ]

    def recorded_failures(self, job_id: int, since: datetime, until: datetime) -> Sequence[RecordedFailure]:
        statement = _in_span(failures.c.at, job_id, since, until)
        with self._database.reading() as connection:
            return [
                RecordedFailure(row["job_id"], row["attempt"], row["flink_id"], to_value(Failure, row))
                for row in fetch(connection, statement)
            ]

    def checkpoints(self, job_id: int, since: datetime, until: datetime) -> Sequence[Checkpoint]:
        gaps = select(checkpoints).where(checkpoints.c.job_id == job_id, checkpoints.c.triggered_at.is_(None))
        with self._database.reading() as connection:
            timed = fetch(connection, _in_span(checkpoints.c.triggered_at, job_id, since, until))
            untimed = fetch(connection, gaps)
        return in_order(
            [to_value(Checkpoint, row) for row in timed], [to_value(Checkpoint, row) for row in untimed]
        )

    def events(self, job_id: int, since: datetime, until: datetime) -> Sequence[Event]:
        with self._database.reading() as connection:
            return [to_value(Event, row) for row in fetch(connection, _in_span(events.c.at, job_id, since, until))]

    def _blocks(self, connection: Connection, of: dict[str, Any], plan: series_plan.Plan) -> list[Block]:
        from flinklab.catalog.series_codec import unpack

        packed: list[bytes] = []
        for tier, starts in plan.starts.items():
            asked = {**of, "tier": tier, "starts": starts}
            packed += connection.execute(_CHUNKS, asked).scalars()
        packed += connection.execute(_SAMPLES, of).scalars()
        return [unpack(data) for data in packed]


def _in_span(at: ColumnElement[Any], job_id: int, since: datetime, until: datetime) -> Select[Any]:
    table = at.table
    return select(table).where(table.c.job_id == job_id, at >= since, at <= until).order_by(at, table.c.id)


def _newest(*where: ColumnElement[bool]) -> Select[Any]:
    last = (
        select(func.max(samples.c.at))
        .where(samples.c.subject_id == subjects.c.id, samples.c.at > bindparam("since"))
        .correlate(subjects)
        .scalar_subquery()
    )
    owned = (
        select(subjects.c.id, subjects.c.job_id, subjects.c.cluster, teams.c.name.label("team"), last.label("at"))
        .join_from(subjects, teams)
        .where(*where)
        .subquery()
    )
    return select(owned.c.job_id, owned.c.cluster, owned.c.team, owned.c.at, samples.c.data).join_from(
        owned, samples, and_(samples.c.subject_id == owned.c.id, samples.c.at == owned.c.at)
    )


# Made once: to make one takes longer than to ask.
_SUBJECT_ID: BindParameter[Any] = bindparam("subject")
_SUBJECT = select(subjects.c.id).join_from(subjects, teams).where(teams.c.name == bindparam("team"))
_JOB = _SUBJECT.where(subjects.c.job_id == bindparam("job_id"))
_CLUSTER = _SUBJECT.where(subjects.c.job_id.is_(None), subjects.c.cluster == bindparam("cluster"))
_LISTED = select(chunks.c.tier, chunks.c.start, chunks.c.as_sampled, chunks.c.times).where(
    chunks.c.subject_id == _SUBJECT_ID,
    chunks.c.tier.in_([tier.value for tier in Tier]),
    chunks.c.start >= bindparam("first"),
    chunks.c.start <= bindparam("last"),
)
_CHUNKS = select(chunks.c.data).where(
    chunks.c.subject_id == _SUBJECT_ID,
    chunks.c.tier == bindparam("tier"),
    chunks.c.start.in_(bindparam("starts", expanding=True)),
)
_OF_SPAN = and_(
    samples.c.subject_id == _SUBJECT_ID, samples.c.at >= bindparam("begin"), samples.c.at <= bindparam("end")
)
_COUNTED = select(func.count(), func.count(distinct(samples.c.at // 60_000))).where(_OF_SPAN)
_SAMPLES = select(samples.c.data).where(_OF_SPAN)
_NEWEST_OF_JOBS = _newest(subjects.c.job_id.in_(bindparam("jobs", expanding=True)))
_NEWEST_OF_CLUSTERS = _newest(
    subjects.c.job_id.is_(None), subjects.c.cluster.in_(bindparam("names", expanding=True))
)
