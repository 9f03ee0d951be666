"""What is recorded of a job over its troubles and its cluster's: from a fake Flink into a real catalog."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fakes.monitoring import FakeVertex
from faults.jobs_world import CLUSTER, Ahead, JobsWorld
from flinklab.domain.errors import LeaseLostError
from flinklab.domain.jobs import AttemptState
from flinklab.domain.series import Frame, SeriesKey, SeriesOwner
from flinklab.flink.access import Access
from flinklab.flink.monitoring import RestMonitoring
from flinklab.flink.transport import HttpTransport
from flinklab.jobs.hiding import Hiding
from flinklab.supervisor.sampler import Sampler, Sampling, Sight

SOURCE, SINK = "Source: orders[1] -> Calc[2]", "GroupAggregate[4] -> sums[5]: Writer"
FAILURE = "java.io.IOException: the disk is full\n\tat org.example.Sink.write(Sink.java:7)"


class _Prompt(RestMonitoring):
    """The fake collects its metrics at once: nothing is to be waited for."""

    def refresh(self) -> None:
        self.machines()


class Recorded:
    """A job that runs, with a sampler beside the supervisor that goes round by hand."""

    def __init__(self, world: JobsWorld) -> None:
        world.start()
        self.world = world
        self.ended = threading.Event()
        lease = world.catalog.leases.acquire(CLUSTER, "first", 600)
        assert lease is not None
        self.ledger: Any = Ahead(world.catalog.leases.ledger(lease), world)
        supervisor = world.supervisor()
        worker = supervisor.worker
        assert worker is not None
        self.worker = worker
        self.sampler = Sampler(self.ledger, self._reach, lambda: worker.jobs, supervisor.completed, Sampling())
        self.shape(SOURCE, SINK)

    def _reach(self) -> Sight:
        world = self.world
        transport = HttpTransport(Access(world.cluster.url, timeout=5), often=True)
        monitoring = _Prompt(transport, clock=world.cluster.clock)
        return Sight(monitoring, Hiding(world.catalog.job_versions, world.catalog.variables))

    def shape(self, *names: str, parallelism: int = 2) -> None:
        vertices = [FakeVertex(name, parallelism=parallelism) for name in names]
        self.world.cluster.metrics.vertices(self.world.flink_id, vertices)

    def burst(self, after: float = 20) -> float:
        self.world.advance(after)
        self.world.supervisor().round()
        return self.sampler.burst(self.ended)

    def frame(self) -> Frame:
        now = self.ledger.now()
        job = self.world.job.managed.job
        owner = SeriesOwner(CLUSTER.team, CLUSTER.name, job.id)
        return self.world.catalog.series.frame(owner, now - timedelta(hours=1), now + timedelta(hours=1))

    def series(self, name: str) -> list[float]:
        """The values of it, of whichever vertex, that are known."""
        found = [values for key, values in self.frame().values.items() if key.name == name]
        return [float(value) for values in found for value in values if not np.isnan(value)]


@pytest.fixture
def recorded(tmp_path: Path, _sqlite_template: Path) -> Iterator[Recorded]:
    with JobsWorld(tmp_path / "world", _sqlite_template) as world:
        recorded = Recorded(world)
        yield recorded
        recorded.sampler.close()


def test_rates_and_shares_of_a_job_that_does_well(recorded: Recorded) -> None:
    recorded.world.cluster.metrics.set(recorded.world.flink_id, "GroupAggregate", busy=0.5)
    for _ in range(4):
        recorded.burst()
    frame = recorded.frame()
    assert len(frame.times) == 4 and np.all(np.diff(frame.times) == pytest.approx(20, abs=5))
    assert all(np.nanmin(values) >= 0 for values in frame.values.values() if not np.isnan(values).all())
    busy = recorded.series("busy")
    assert busy and max(busy) == pytest.approx(0.5, abs=0.01)
    assert set(recorded.series("parallelism")) == {2}


def test_over_a_failover_no_rate_is_negative_and_why_it_was_is_recorded(recorded: Recorded) -> None:
    recorded.burst()
    recorded.burst()
    before = len(recorded.series("records_in"))
    world = recorded.world
    world.cluster.restart_job(world.flink_id, FAILURE, task=SOURCE)
    recorded.burst()
    world.cluster.resume(world.flink_id)
    for _ in range(3):
        recorded.burst()
    rates = recorded.series("records_in")
    assert len(rates) > before and min(rates) >= 0
    assert max(recorded.series("restarts")) == 1
    now = recorded.ledger.now()
    (told,) = world.catalog.series.recorded_failures(
        world.job.managed.job.id, now - timedelta(hours=1), now + timedelta(hours=1)
    )
    assert told.failure.message == "the disk is full" and told.attempt == world.attempt.id


def test_a_vertex_that_was_renamed_and_one_that_came_are_new_series(recorded: Recorded) -> None:
    recorded.burst()
    recorded.burst()
    known = {key.part for key in recorded.frame().values}
    recorded.shape(SOURCE, "Filter[3]", SINK, parallelism=3)
    recorded.burst()
    recorded.burst()
    assert len({key.part for key in recorded.frame().values} - known) == 1
    assert min(recorded.series("records_in")) >= 0
    now = recorded.ledger.now()
    graphs = recorded.world.catalog.series.graphs(
        recorded.world.job.managed.job.id, now - timedelta(hours=1), now + timedelta(hours=1)
    )
    assert [len(each.graph.vertices) for each in graphs] == [2, 3]


def test_a_metric_that_vanished_is_a_gap_and_costs_no_other(recorded: Recorded) -> None:
    recorded.burst()
    metrics, flink_id = recorded.world.cluster.metrics, recorded.world.flink_id
    metrics.vanish(flink_id, "GroupAggregate", "busyTimeMsPerSecond")
    before = len(recorded.series("busy_max"))
    for _ in range(3):
        recorded.burst()
    sink = metrics.find(flink_id, "GroupAggregate").vertex.id
    assert len(recorded.series("backpressured_max")) >= before + 3
    values = recorded.frame().values[SeriesKey(sink, "busy_max")]
    assert not np.isnan(values[0]) and np.isnan(values[1:]).all()


def test_a_cluster_that_is_away_leaves_a_gap(recorded: Recorded) -> None:
    recorded.burst()
    recorded.burst()
    recorded.world.cluster.stop()
    assert [recorded.burst(60) for _ in range(2)] == [10, 20]
    recorded.world.cluster.start()
    recorded.burst(60)
    recorded.burst()
    frame = recorded.frame()
    gaps = np.flatnonzero(np.diff(frame.times) > 100)
    assert len(frame.times) in (4, 5)  # the pause may be marked
    assert len(gaps) <= 1 and min(recorded.series("records_in")) >= 0


def test_answers_that_break_off_cost_that_moment_only(recorded: Recorded) -> None:
    recorded.burst()
    for fault in ("500", "half a body", "garbage"):
        recorded.world.cluster.faults.add("subtask metrics", fault)
        recorded.burst()
    recorded.burst()
    assert min(recorded.series("records_in")) >= 0


def test_a_checkpoint_that_is_slow_has_its_slowest_sub_task(recorded: Recorded) -> None:
    recorded.burst()
    world = recorded.world
    checkpoint = world.cluster.checkpointing.complete(world.flink_id, duration=9000)
    world.cluster.metrics.parts.set(
        world.flink_id, checkpoint.id, "GroupAggregate", [{"duration": 9000, "alignment": 8000}, None]
    )
    for _ in range(3):
        recorded.burst()
    now = recorded.ledger.now()
    rows = world.catalog.series.checkpoints(
        world.job.managed.job.id, now - timedelta(hours=1), now + timedelta(hours=1)
    )
    (row,) = [each for each in rows if each.checkpoint_id == checkpoint.id]
    assert row.alignment == 8.0 and row.slowest is not None and row.slowest.duration == 9.0
    # What the worker tells again of it takes nothing away.
    recorded.world.supervisor().round()
    for _ in range(2):
        recorded.burst()
    rows = world.catalog.series.checkpoints(
        world.job.managed.job.id, now - timedelta(hours=1), now + timedelta(hours=1)
    )
    assert [each.alignment for each in rows if each.checkpoint_id == checkpoint.id] == [8.0]


def test_who_lost_the_lease_writes_nothing(recorded: Recorded) -> None:
    recorded.burst()
    catalog = recorded.world.catalog
    catalog.leases.release(recorded.ledger.lease)
    assert catalog.leases.acquire(CLUSTER, "second", 600) is not None
    written = len(recorded.frame().times)
    with pytest.raises(LeaseLostError):
        recorded.sampler.burst(recorded.ended)
    assert len(recorded.frame().times) == written


def test_the_last_failure_of_a_job_that_ended_is_recorded(recorded: Recorded) -> None:
    recorded.burst()
    world = recorded.world
    world.cluster.fail(world.flink_id, FAILURE)
    failed = world.attempt.id
    world.until(lambda: world.job.attempts()[0].state is AttemptState.FAILED or len(world.job.attempts()) > 1)
    recorded.burst()
    now = recorded.ledger.now()
    told = world.catalog.series.recorded_failures(
        world.job.managed.job.id, now - timedelta(hours=1), now + timedelta(hours=1)
    )
    assert [(each.attempt, each.failure.message) for each in told] == [(failed, "the disk is full")]
