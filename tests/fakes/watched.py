"""A catalog with jobs that are watched: on a fake cluster, with records of the last minutes.

`orders` runs and is held up by its aggregation, `late` failed, and the rest just runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from fakes.jobmanager import FakeJobManager
from fakes.managed import add_job, ledger, running
from fakes.monitoring import FakeVertex
from flinklab import api
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.ledger import ClusterLedger
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.jobs import (
    Attempt,
    Checkpoint,
    Command,
    CommandKind,
    Job,
    Managed,
    ManagedState,
    Status,
)
from flinklab.domain.monitoring import Edge, Failure, JobGraph, JobVertex
from flinklab.domain.records import RegisteredCluster
from flinklab.domain.series import Sample, SeriesKey, SeriesOwner
from flinklab.ports.series import RecordedFailure, RecordedGraph

SOURCE, AGGREGATE, SINK = "Source: orders[1] -> Calc[2]", "GroupAggregate[4]", "orders_dwd[5]: Writer"
CLUSTER = "main"
_STEP = 10.0
_FAILURE = "java.lang.NumberFormatException: For input string: '<b>12,5</b>'"


class Watched:
    """`orders`: the job's Flink id on the fake cluster."""

    def __init__(self, catalog: Catalog, jobmanager: FakeJobManager, orders: JobId) -> None:
        self.catalog = catalog
        self.jobmanager = jobmanager
        self.orders = orders

    def vertex(self, name: str) -> str:
        return str(self.jobmanager.metrics.find(self.orders, name).vertex.id)


@contextmanager
def watched(quiet: int = 3, minutes: float = 10.0) -> Iterator[Watched]:
    """With `quiet` jobs that are just there, in the catalog of the settings."""
    with FakeJobManager() as jobmanager, api.open_catalog() as catalog:
        catalog.registry.save_cluster(
            RegisteredCluster(catalog.team, CLUSTER, "standalone", jobmanager.url), expected=None
        )
        orders = JobId(jobmanager.add_job("orders"))
        metrics = jobmanager.metrics
        metrics.vertices(
            orders,
            [
                FakeVertex(SOURCE, parallelism=2),
                FakeVertex(AGGREGATE, parallelism=2),
                FakeVertex(SINK, parallelism=1),
            ],
        )
        metrics.set(orders, "Source", records_out=5000.0, bytes_out=250_000.0, backpressured=0.8, busy=0.15)
        metrics.set(orders, "GroupAggregate", records_in=5000.0, records_out=1200.0, busy=0.97)
        metrics.set(orders, "orders_dwd", records_in=1200.0, busy=0.2)
        metrics.of_job(orders, lastCheckpointFullSize=23_000_000)
        world = Watched(catalog, jobmanager, orders)
        its = ledger(catalog, CLUSTER)
        now = datetime.now(timezone.utc)
        _record_orders(world, its, now, minutes)  # type: ignore[arg-type]
        for number in range(quiet):
            managed = add_job(catalog, f"quiet_{number:03}", cluster=CLUSTER)
            its.keep(*running(managed))
        failed = add_job(catalog, "late", cluster=CLUSTER)
        its.keep(Status(failed.job.id, ManagedState.FAILED, now - timedelta(minutes=4), "no <slots> are free"))
        yield world


def graph_of_orders(world: Watched) -> JobGraph:
    ids = [world.vertex(name) for name in ("Source", "GroupAggregate", "orders_dwd")]
    vertices = tuple(JobVertex(each, name, 2) for each, name in zip(ids, (SOURCE, AGGREGATE, SINK), strict=True))
    return JobGraph(vertices, (Edge(ids[0], ids[1], "HASH"), Edge(ids[1], ids[2], "FORWARD")))


def _record_orders(world: Watched, its: ClusterLedger, now: datetime, minutes: float) -> None:
    managed = add_job(world.catalog, "orders", cluster=CLUSTER)
    job, attempt = managed.job, _attempt(managed, world.orders, now - timedelta(hours=3))
    its.keep(replace(job, wanted=True), attempt, Status(job.id, ManagedState.RUNNING, now - timedelta(hours=3)))
    for number in range(1, 7):
        at = now - timedelta(seconds=60 * (7 - number))
        failed = number == 4
        its.keep(
            Checkpoint(
                attempt.flink_id,
                number,
                "failed" if failed else "completed",
                triggered_at=at,
                duration=1.5 + number,
                size=2_000_000,
                full_size=20_000_000 + number * 500_000,
                path="" if failed else f"file:///checkpoints/chk-{number}",
                failure="Checkpoint expired before completing." if failed else "",
                job_id=job.id,
                attempt=attempt.id,
            )
        )
    graph = graph_of_orders(world)
    its.series.graph(RecordedGraph(job.id, attempt.id, now - timedelta(hours=3), graph, 1))
    failure = Failure(now - timedelta(minutes=7), _FAILURE, "at Calc", f"{SOURCE} (1/2)", 0, "tm-1", "worker-1")
    its.series.failures([RecordedFailure(job.id, attempt.id, attempt.flink_id, failure)])
    owner = SeriesOwner(job.key.team, CLUSTER, job.id)
    its.series.append([_sample(owner, graph, now.timestamp() - back) for back in _times(minutes)])


def sample_of(job: Job, at: float, *, backpressured: float = 0.1, lag: float = 2.0) -> Sample:
    """As a supervisor takes it of a job that just runs."""
    values = {
        SeriesKey("a", "backpressured_max"): backpressured,
        SeriesKey("a", "watermark_lag"): lag,
        SeriesKey("", "restarts"): 1.0,
        SeriesKey("", "state_size"): 1.5e6,
    }
    return Sample(SeriesOwner(job.key.team, job.cluster, job.id), at, values)


def _times(minutes: float) -> list[float]:
    count = int(minutes * 60 / _STEP)
    return [(count - index) * _STEP for index in range(count)]


def _sample(owner: SeriesOwner, graph: JobGraph, at: float) -> Sample:
    source, aggregate, sink = (vertex.id for vertex in graph.vertices)
    wave = 1 + 0.2 * ((at / _STEP) % 7) / 7
    values = {
        SeriesKey(source, "source_records"): 5000.0 * wave,
        SeriesKey(source, "records_out"): 5000.0 * wave,
        SeriesKey(source, "backpressured"): 0.7 * wave,
        SeriesKey(source, "backpressured_max"): 0.7 * wave,
        SeriesKey(source, "busy"): 0.1,
        SeriesKey(source, "source_lag"): 12_000.0 + at % 1000,
        SeriesKey(aggregate, "records_in"): 5000.0 * wave,
        SeriesKey(aggregate, "busy"): 0.97,
        SeriesKey(aggregate, "busy_max"): 0.99,
        SeriesKey(aggregate, "backpressured"): 0.0,
        SeriesKey(aggregate, "watermark_lag"): 3.0 * wave,
        SeriesKey(sink, "records_in"): 1200.0,
        SeriesKey(sink, "sink_records"): 1200.0,
        SeriesKey(sink, "busy"): 0.2,
        SeriesKey(sink, "backpressured"): 0.0,
        SeriesKey("", "restarts"): 2.0,
        SeriesKey("", "state_size"): 23e6,
    }
    return Sample(owner, at, values)


def _attempt(managed: Managed, flink_id: JobId, at: datetime) -> Attempt:
    _, attempt, _, _ = running(managed)
    assert isinstance(attempt, Attempt)
    return replace(attempt, id=AttemptId("a" * 32), flink_id=flink_id, planned_at=at, running_at=at)


def open_command(world: Watched, kind: CommandKind = CommandKind.SAVEPOINT) -> Command:
    handle = api.job("orders", catalog=world.catalog)
    return handle.ask(kind).look()
