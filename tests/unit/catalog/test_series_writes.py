"""What the contract does not reach: leases, crashes between portions, what is never deleted, and the plans."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event, func, select, text, update

from flinklab.catalog import schema, series_tidy
from flinklab.catalog.database import Database
from flinklab.catalog.series import Series
from flinklab.domain.errors import LeaseLostError
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Checkpoint, Event, Job
from flinklab.domain.monitoring import CheckpointTask, Failure, JobGraph, JobVertex
from flinklab.domain.series import Retention, Sample, SeriesKey, SeriesOwner, Tier
from flinklab.ports.series import RecordedFailure, RecordedGraph
from job_records import CLUSTER, Site, a_job

BUSY = SeriesKey("v", "busy")
NOW = datetime.now(timezone.utc)
THEN = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
FLINK = JobId("f" * 32)


@pytest.fixture
def job(site: Site) -> Job:
    return site.jobs.add(a_job())


def owner_of(job: Job) -> SeriesOwner:
    return SeriesOwner(CLUSTER.team, CLUSTER.name, job.id)


def samples(job: Job, since: datetime, step: float, count: int) -> list[Sample]:
    return [Sample(owner_of(job), since.timestamp() + n * step, {BUSY: n / 1024}) for n in range(count)]


def counts(database: Database, *tables: str) -> list[int]:
    with database.reading() as connection:
        return [
            connection.execute(select(func.count()).select_from(schema.METADATA.tables[table])).scalar_one()
            for table in tables
        ]


def test_nothing_is_written_without_the_lease(site: Site, job: Job) -> None:
    lost = site.leases.ledger(replace(site.take().lease, epoch=7)).series
    uses: list[Callable[[], Any]] = [
        lambda: lost.append(samples(job, THEN, 60, 1)),
        lambda: lost.graph(RecordedGraph(job.id, None, THEN, JobGraph())),
        lambda: lost.failures([RecordedFailure(job.id, None, FLINK, Failure(THEN, "it failed"))]),
        lambda: lost.tidy(Retention()),
    ]
    for use in uses:
        with pytest.raises(LeaseLostError):
            use()
    assert counts(site.database, "series_subject", "series_sample", "job_graph", "job_failure") == [0, 0, 0, 0]


def test_a_moved_job_takes_its_series_along(site: Site, job: Job, supervisor_database: Database) -> None:
    site.take().series.append(samples(job, THEN, 60, 3))
    with supervisor_database.writing() as connection:
        connection.execute(update(schema.job).values(cluster="another"))
    other = site.take(replace(CLUSTER, name="another")).series
    other.append(samples(job, THEN + timedelta(minutes=3), 60, 3))
    while other.tidy(Retention()):
        pass
    moved = owner_of(job)._replace(cluster="another")
    assert len(Series(site.database).frame(moved, THEN, NOW).times) == 6
    assert counts(site.database, "series_subject", "series_sample") == [1, 0]


def test_what_comes_by_the_minute_is_not_kept_twice(site: Site, job: Job) -> None:
    quick = site.jobs.add(a_job("quick"))
    writer = site.take().series
    writer.append([*samples(job, THEN, 60, 120), *samples(quick, THEN, 10, 720)])
    while writer.tidy(Retention()):
        pass
    table = schema.series_chunk
    with site.database.reading() as connection:
        statement = select(schema.series_subject.c.job_id, table.c.tier, table.c.as_sampled, table.c.times)
        rows = connection.execute(statement.join_from(table, schema.series_subject)).all()
    minute, raw, hour = Tier.MINUTE.value, Tier.RAW.value, Tier.HOUR.value
    packed = {(job_id, tier, as_sampled) for job_id, tier, as_sampled, _ in rows}
    assert packed == {
        *((job.id, minute, True), (job.id, hour, False)),
        *((quick.id, raw, False), (quick.id, minute, False), (quick.id, hour, False)),
    }
    assert sum(row.times for row in rows if row.job_id == quick.id and row.tier == raw) == 720
    assert counts(site.database, "series_sample") == [0]


@pytest.mark.parametrize("step", [10, 60])
def test_a_crash_in_the_middle_loses_and_doubles_nothing(
    site: Site, job: Job, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    writer, reader = site.take().series, Series(site.database)
    told = samples(job, THEN, step, 3 * 3600 // step)
    writer.append(told)
    whole = series_tidy._keep
    monkeypatch.setattr(series_tidy, "_AT_ONCE", 1)
    for broken in range(4):

        def dies(*of: Any, broken: int = broken) -> None:
            whole(*of)
            if broken % 2 == 0:
                raise ZeroDivisionError

        monkeypatch.setattr(series_tidy, "_keep", dies)
        with suppress(ZeroDivisionError):
            site.take().series.tidy(Retention())
        frame = reader.frame(owner_of(job), THEN, NOW, points=5000)
        assert frame.tier is Tier.RAW
        np.testing.assert_allclose(frame.values[BUSY], [each.values[BUSY] for each in told], rtol=1e-4)
    assert counts(site.database, "series_sample") == [3600 // step]


def test_samples_of_the_running_hour_and_of_the_last_ten_minutes_wait(site: Site, job: Job) -> None:
    writer = site.take().series
    now = datetime.now(timezone.utc)  # which is not when these tests began
    writer.append(samples(job, now - timedelta(minutes=9), 30, 18))
    while writer.tidy(Retention()):
        pass
    assert counts(site.database, "series_sample", "series_chunk") == [18, 0]


def test_with_a_job_go_its_series(site: Site, job: Job) -> None:
    ledger = site.take()
    ledger.series.append([*samples(job, THEN, 60, 3), *samples(job, NOW, 60, 3)])
    ledger.series.graph(RecordedGraph(job.id, None, THEN, JobGraph((JobVertex("v", "V", 1),))))
    ledger.series.failures([RecordedFailure(job.id, None, FLINK, Failure(THEN, "it failed"))])
    while ledger.series.tidy(Retention()):
        pass
    ledger.delete(job.id)
    tables = ("series_subject", "series_sample", "series_chunk", "job_graph", "job_failure")
    assert counts(site.database, *tables) == [0] * 5


def test_what_invariants_need_is_never_deleted(site: Site, job: Job) -> None:
    ledger, day = site.take(), timedelta(days=1)

    def at(number: int, days: float | None, **more: Any) -> Checkpoint:
        when = None if days is None else NOW - days * day
        status = more.pop("status", "completed" if days is not None else "gap")
        flink = more.pop("flink", FLINK)
        return Checkpoint(JobId(flink), number, status, triggered_at=when, job_id=job.id, **more)

    stay = [
        at(2, 200, path="s3://c/2"),  # a restore point
        at(7, 10),
        at(8, None, span=2),
        at(1, 300, flink="e" * 32),  # the newest of its Flink job
        at(1, None, flink="d" * 32, span=5),
    ]
    go = [
        at(1, 201),
        at(3, 199, status="failed"),
        at(4, None, span=2),
        at(6, 91, path="s3://c/6", deleted_at=NOW),
    ]
    ledger.keep(*stay, *go)
    events = [Event(job.id, "state", str(days), at=NOW - days * day) for days in (400, 300)]
    ledger.keep(*events)
    ledger.series.failures(
        [RecordedFailure(job.id, None, FLINK, Failure(NOW - days * day, "it failed")) for days in (400, 300)]
    )
    for days in (500, 450, 300, 200):
        graph = JobGraph((JobVertex(str(days), "V", 1),))
        ledger.series.graph(RecordedGraph(job.id, None, NOW - days * day, graph))
    before = {flink: ledger.recorded(JobId(flink)) for flink in (FLINK, "e" * 32, "d" * 32)}
    while ledger.series.tidy(Retention()):
        pass
    with site.database.reading() as connection:
        found = connection.execute(select(schema.checkpoint.c.flink_id, schema.checkpoint.c.checkpoint_id)).all()
    kept = {(each.flink_id, each.checkpoint_id) for each in stay}
    assert {tuple(row) for row in found} == kept
    assert {flink: ledger.recorded(JobId(flink)) for flink in before} == before
    reader, long_ago = Series(site.database), NOW - 1000 * day
    assert [each.text for each in reader.events(job.id, long_ago, NOW)] == ["300"]
    assert len(reader.recorded_failures(job.id, long_ago, NOW)) == 1
    assert [each.graph.vertices[0].id for each in reader.graphs(job.id, long_ago, NOW)] == ["450", "300", "200"]


def test_what_is_told_again_does_not_take_the_slowest_task_away(site: Site, job: Job) -> None:
    ledger = site.take()
    slowest = CheckpointTask("v", 3, 1.5, 0.1, 1.0, 0.2, 0.3, 10, 20)
    point = Checkpoint(FLINK, 1, "completed", triggered_at=THEN, job_id=job.id)
    ledger.keep(point)
    ledger.keep(replace(point, alignment=0.2, slowest=slowest))
    ledger.keep(point)
    (found,) = Series(site.database).checkpoints(job.id, THEN, NOW)
    assert (found.alignment, found.slowest) == (0.2, slowest)


def test_all_that_is_read_and_tidied_is_found_by_indexes(
    site: Site, job: Job, supervisor_database: Database
) -> None:
    """As PostgreSQL plans it for a restricted role, and SQLite."""
    ledger, reader, owner = site.take(), Series(site.database), owner_of(job)
    cluster = owner._replace(job_id=0)
    ledger.series.append(samples(job, THEN, 60, 120))
    asked: list[tuple[Database, str, Any]] = []
    for database in (site.database, supervisor_database):

        def note(_c: Any, _u: Any, statement: str, values: Any, *_: Any, database: Database = database) -> None:
            asked.append((database, statement, values))

        event.listen(database.engine, "before_cursor_execute", note)
    ledger.series.append(samples(job, NOW, 60, 2))
    while ledger.series.tidy(Retention()):
        pass
    for points in (1500, 10):
        reader.frame(owner, THEN, NOW, points=points)
    reader.newest([owner, cluster], ["busy"])
    reader.graphs(job.id, THEN, NOW)
    reader.recorded_failures(job.id, THEN, NOW)
    reader.checkpoints(job.id, THEN, NOW)
    reader.events(job.id, THEN, NOW)
    large = ("series_sample", "series_chunk", "checkpoint", "event", "job_failure", "job_graph")
    looked_at = 0
    for database, statement, values in list(asked):
        if statement.lstrip().startswith(("INSERT", "PRAGMA", "BEGIN")):
            continue
        with database.writing() as connection:
            if database.is_shared:
                connection.execute(text("SET LOCAL enable_seqscan = off"))
            prefix = "EXPLAIN " if database.is_shared else "EXPLAIN QUERY PLAN "
            rows = connection.exec_driver_sql(prefix + statement, values).all()
        plan = "\n".join(f"{row[-1]} " for row in rows)
        for table in large:
            assert f"Seq Scan on {table} " not in plan and f"SCAN {table} " not in plan, (statement, plan)
            looked_at += table in plan
    assert looked_at > 15


def test_a_failure_that_tells_what_no_database_holds_is_kept(site: Site, job: Job) -> None:
    ledger, failure = site.take(), Failure(THEN, "For input: 'a\x00b'", "at \ud800 C", "Calc\x00")
    for _ in range(2):
        ledger.series.failures([RecordedFailure(job.id, None, FLINK, failure)])
    found = Series(site.database).recorded_failures(job.id, THEN, NOW)
    assert [(each.failure.message, each.failure.details) for each in found] == [
        ("For input: 'a\ufffdb'", "at \ufffd C")
    ]
