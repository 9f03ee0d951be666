"""What is written of series and read again: in memory, on SQLite and on PostgreSQL, before and after it is packed.

Everything happened at least two hours ago, so that all of it can be packed; `newest` apart.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from fakes.memory_series import MemorySeries
from flinklab.catalog.database import Database
from flinklab.catalog.jobs import Jobs
from flinklab.catalog.leases import SupervisorLeases
from flinklab.catalog.series import Series
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.jobs import Checkpoint, Event
from flinklab.domain.monitoring import Edge, Failure, JobGraph, JobVertex, Operator
from flinklab.domain.series import Frame, Retention, Sample, SeriesKey, SeriesOwner, Tier
from flinklab.ports.jobs import Kept
from flinklab.ports.series import RecordedFailure, RecordedGraph, SeriesReader, SeriesWriter
from job_records import CLUSTER, Site, a_job

BUSY, LAG = SeriesKey("cbc357cc", "busy"), SeriesKey("0a448493", "source_lag")
CPU = SeriesKey("jobmanager", "cpu")
HOUR = timedelta(hours=1)


@dataclass
class Side:
    writer: SeriesWriter
    reader: SeriesReader
    keep: Callable[..., None]
    owner: SeriesOwner
    now: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    @property
    def then(self) -> datetime:
        """The beginning of an hour that is long over."""
        return self.now.replace(minute=0, second=0, microsecond=0) - 4 * HOUR

    @property
    def cluster(self) -> SeriesOwner:
        return SeriesOwner(CLUSTER.team, CLUSTER.name)

    def tidy(self, retention: Retention | None = None) -> None:
        while self.writer.tidy(retention or Retention()):
            pass

    def frame(
        self, since: datetime, until: datetime, points: int = 1500, names: Sequence[str] | None = None
    ) -> Frame:
        return self.reader.frame(self.owner, since, until, points=points, names=names)

    def sample(self, since: datetime, step: float, count: int, owner: SeriesOwner | None = None) -> list[Sample]:
        """Samples of two series at random, one of which is not always there."""
        chance = random.Random(count)
        return [
            Sample(
                owner or self.owner,
                since.timestamp() + number * step,
                {BUSY: chance.random()} | ({LAG: float(chance.randrange(2**24))} if number % 3 else {}),
            )
            for number in range(count)
        ]


@pytest.fixture(params=["twin", "sqlite", "postgresql"])
def side(request: pytest.FixtureRequest, open_catalog: Callable[[str], Database]) -> Iterator[Side]:
    if request.param == "twin":
        twin = MemorySeries(is_here=lambda job_id: job_id == 1)

        def keep(*values: Kept) -> None:
            twin.checkpoint_rows += [each for each in values if isinstance(each, Checkpoint)]
            twin.event_rows += [each for each in values if isinstance(each, Event)]

        yield Side(twin, twin, keep, SeriesOwner(CLUSTER.team, CLUSTER.name, 1))
        return
    database = open_catalog(request.getfixturevalue(f"{request.param}_url"))
    supervisors = database
    if database.is_shared:
        server = request.getfixturevalue("postgres_server")
        login = request.getfixturevalue("catalog_supervisor")
        supervisors = open_catalog(server.url(request.getfixturevalue("postgres_database"), login))
    site = Site(database, Jobs(database), SupervisorLeases(supervisors))
    job = site.jobs.add(a_job())
    ledger = site.take()
    yield Side(ledger.series, Series(database), ledger.keep, SeriesOwner(CLUSTER.team, CLUSTER.name, job.id))


def assert_same(one: Frame, other: Frame) -> None:
    assert (one.tier, one.step) == (other.tier, other.step)
    np.testing.assert_allclose(one.times, other.times, atol=1e-3)
    for ours, theirs in ((one.values, other.values), (one.lows, other.lows), (one.highs, other.highs)):
        assert ours.keys() == theirs.keys()
        for key in ours:
            np.testing.assert_allclose(ours[key], theirs[key], rtol=2e-4)


def assert_is(frame: Frame, samples: Sequence[Sample]) -> None:
    """That a raw frame has these samples and nothing else."""
    assert (frame.tier, frame.lows, frame.highs) == (Tier.RAW, {}, {})
    assert frame.times == pytest.approx([each.at for each in samples], abs=1e-3)
    for key in (BUSY, LAG):
        np.testing.assert_allclose(
            frame.values[key], [each.values.get(key, math.nan) for each in samples], rtol=1e-4, atol=0
        )


@pytest.mark.parametrize("step", [10.0, 59.7, 300.0])
def test_samples_are_read_as_they_were_before_and_after_they_are_packed(side: Side, step: float) -> None:
    samples = side.sample(side.then + timedelta(seconds=1.5), step, int(5400 / step))
    for begin in range(0, len(samples), 7):
        side.writer.append(samples[begin : begin + 7])
    for _ in range(2):
        assert_is(side.frame(side.then, side.now), samples)
        some = side.frame(side.then + timedelta(minutes=30), side.then + timedelta(minutes=70))
        assert_is(some, [each for each in samples if 1800 <= each.at - side.then.timestamp() <= 4200])
        side.tidy()


def test_whole_numbers_are_exact_and_absent_ones_stay_absent(side: Side) -> None:
    samples = side.sample(side.then, 30, 100)
    side.writer.append(samples)
    side.tidy()
    found = side.frame(side.then, side.now).values[LAG]
    assert [None if math.isnan(each) else each for each in found] == [each.values.get(LAG) for each in samples]


def test_minutes_have_mean_low_and_high(side: Side) -> None:
    samples = side.sample(side.then, 10, 360)
    side.writer.append(samples)
    for _ in range(2):
        frame = side.frame(side.then, side.now, points=60)
        assert (frame.tier, frame.step, len(frame.times)) == (Tier.MINUTE, 60, 60)
        assert frame.times[0] == side.then.timestamp()
        for minute in range(60):
            own = [each.values[LAG] for each in samples[6 * minute : 6 * minute + 6] if LAG in each.values]
            assert frame.values[LAG][minute] == pytest.approx(sum(own) / len(own), rel=2e-4)
            assert frame.lows[LAG][minute] == pytest.approx(min(own), rel=2e-4)
            assert frame.highs[LAG][minute] == pytest.approx(max(own), rel=2e-4)
        side.tidy()


@pytest.mark.parametrize("step", [10.0, 60.0, 90.0])
def test_packing_changes_nothing_whatever_is_looked_at(side: Side, step: float) -> None:
    samples = side.sample(side.then, step, int(7200 / step))
    twin = MemorySeries()
    twin.append(samples)
    side.writer.append(samples)
    for _ in range(2):
        for points in (2000, 100, 30, 5, 2):
            wanted = twin.frame(side.owner, side.then, side.now, points=points)
            assert_same(side.frame(side.then, side.now, points), wanted)
        side.tidy()


def test_there_are_about_as_many_values_as_are_asked_for(side: Side) -> None:
    side.writer.append(side.sample(side.then, 30, 240))
    side.tidy()
    for points in (1500, 200, 120, 60, 20, 2):
        count = len(side.frame(side.then, side.now, points).times)
        assert min(points, 240) / 3 <= count <= 1.25 * points + 2  # the first and the last step are of a part


def test_a_pause_is_a_gap_and_a_change_of_the_rate_is_none(side: Side) -> None:
    quick, slow = side.sample(side.then, 10, 60), side.sample(side.then + timedelta(minutes=10), 60, 20)
    late = side.sample(side.then + timedelta(minutes=50), 60, 20)
    side.writer.append([*quick, *slow, *late])
    for _ in range(2):
        frame = side.frame(side.then, side.now)
        assert len(frame.times) == 101
        (place,) = np.flatnonzero(np.isnan(frame.values[BUSY]))
        assert place == 80 and slow[-1].at < frame.times[place] < late[0].at
        assert np.all(np.diff(frame.times) > 0)
        side.tidy()


def test_names_choose_series_and_keys_say_which_there_are(side: Side) -> None:
    samples = side.sample(side.then, 30, 200)
    side.writer.append(samples)
    for _ in range(2):
        assert side.frame(side.then, side.now, names=["busy", "nix"]).values.keys() == {BUSY}
        assert side.frame(side.then, side.now, names=[]).values == {}
        assert set(side.reader.keys(side.owner, side.then, side.now)) == {BUSY, LAG}
        assert list(side.reader.keys(side.owner, side.then - 2 * HOUR, side.then - HOUR)) == []
        side.tidy()


def test_what_was_never_recorded_is_an_empty_frame(side: Side) -> None:
    for owner in (side.owner, side.cluster, SeriesOwner("nobody", "nowhere", 77)):
        frame = side.reader.frame(owner, side.then, side.now)
        assert frame.is_empty and not frame.values
        assert list(side.reader.keys(owner, side.then, side.now)) == []
    assert side.reader.newest([side.owner, side.cluster], ["busy"]) == {}
    side.writer.append([])
    side.tidy()
    side.writer.append(side.sample(side.then, 60, 10))
    assert side.frame(side.then - 2 * HOUR, side.then - HOUR).is_empty


def test_a_cluster_has_series_of_its_own(side: Side) -> None:
    of_cluster = Sample(side.cluster, side.then.timestamp(), {CPU: 0.25})
    side.writer.append([of_cluster, *side.sample(side.then, 60, 3)])
    for _ in range(2):
        assert side.reader.frame(side.cluster, side.then, side.now).values == {CPU: np.array([0.25])}
        assert set(side.frame(side.then, side.now).values) == {BUSY, LAG}
        side.tidy()


def test_what_is_told_of_a_job_that_is_gone_is_left_out(side: Side) -> None:
    gone = side.owner._replace(job_id=987)
    failure = RecordedFailure(987, None, JobId("f" * 32), Failure(side.then, "it failed"))
    side.writer.append([*side.sample(side.then, 60, 3, gone), *side.sample(side.then, 60, 3)])
    side.writer.failures([failure])
    side.writer.graph(RecordedGraph(987, None, side.then, JobGraph()))
    assert len(side.frame(side.then, side.now).times) == 3
    assert side.reader.frame(gone, side.then, side.now).is_empty
    assert list(side.reader.recorded_failures(987, side.then, side.now)) == []
    assert list(side.reader.graphs(987, side.then, side.now)) == []


def test_a_sample_that_is_told_again_is_there_once(side: Side) -> None:
    samples = side.sample(side.then, 30, 20)
    side.writer.append(samples)
    side.writer.append(samples)
    assert_is(side.frame(side.then, side.now), samples)
    side.tidy()
    side.writer.append(samples[:5])
    side.tidy()
    assert_is(side.frame(side.then, side.now), samples)


@pytest.mark.parametrize("step", [10.0, 45.0])  # of 45 s every second one is no more often than a minute
def test_samples_that_come_after_their_hour_was_packed_find_their_place(side: Side, step: float) -> None:
    samples = side.sample(side.then, step, int(5400 / step))
    early, late = samples[::2], samples[1::2]
    side.writer.append(early)
    side.tidy()
    side.writer.append(late)
    for _ in range(2):
        assert_is(side.frame(side.then, side.now), samples)
        side.tidy()
    for points in (50, 5):
        twin = MemorySeries()
        twin.append(samples)
        assert_same(
            side.frame(side.then, side.now, points), twin.frame(side.owner, side.then, side.now, points=points)
        )


def test_what_is_not_kept_any_more_is_read_from_what_is(side: Side) -> None:
    old = side.now.replace(minute=0, second=0, microsecond=0) - timedelta(days=3)
    samples = side.sample(old, 10, 720)
    side.writer.append(samples)
    side.tidy(Retention(raw=10, minutes=20, hours=30))
    minutes, hours = side.frame(old, side.now, points=100), side.frame(old, side.now, points=10)
    assert_is(side.frame(old, side.now), samples)
    another = retidied(side, Retention(raw=1, minutes=20, hours=1))  # hours are kept at least as long as minutes
    assert_same(another.frame(old, side.now, 10), hours)
    assert_same(another.frame(old, side.now, 100), minutes)
    assert another.frame(old, side.now).tier is Tier.MINUTE
    another = retidied(side, Retention(raw=1, minutes=2, hours=30))
    assert another.frame(old, side.now).tier is Tier.HOUR
    assert_same(another.frame(old, side.now, 10), hours)
    another = retidied(side, Retention(raw=1, minutes=1, hours=1))
    assert another.frame(old, side.now).is_empty


def retidied(side: Side, retention: Retention) -> Side:
    """As the next supervisor does it: one alone looks for what is too old once an hour."""
    if not isinstance(side.writer, MemorySeries):
        side.writer._tidy.swept = 0  # type: ignore[attr-defined]
    side.tidy(retention)
    return side


def test_what_came_by_the_minute_is_kept_as_it_came_for_as_long_as_minutes_are(side: Side) -> None:
    old = side.now.replace(minute=0, second=0, microsecond=0) - timedelta(days=3)
    samples = side.sample(old + timedelta(seconds=0.25), 60, 120)
    side.writer.append(samples)
    side.tidy(Retention(raw=1, minutes=20, hours=30))
    assert_is(side.frame(old, side.now), samples)


def test_the_newest_sample_is_told_while_it_is_fresh(side: Side) -> None:
    now = side.now.timestamp()
    side.writer.append([*side.sample(side.then, 60, 100), Sample(side.cluster, now - 700, {CPU: 0.5})])
    assert side.reader.newest([side.owner, side.cluster], ["busy", "cpu"]) == {}
    side.writer.append([Sample(side.owner, now - ago, {BUSY: ago / 64, LAG: ago}) for ago in (300, 0, 60)])
    side.writer.append([Sample(side.cluster, now - 5, {CPU: 0.75})])
    side.tidy()
    asked = [side.owner, side.cluster, side.owner._replace(job_id=987), SeriesOwner("nobody", "x")]
    found = side.reader.newest(asked, ["busy", "cpu"])
    assert found.keys() == {side.owner, side.cluster}
    assert found[side.owner].owner == side.owner and found[side.owner].values == {BUSY: 0}
    assert found[side.owner].at == pytest.approx(now, abs=1e-3)
    assert found[side.cluster].values == {CPU: 0.75}


def a_graph(*ids: str) -> JobGraph:
    vertices = tuple(
        JobVertex(each, f"Source: {each}", 2, 128, (Operator(1, "Source", "[1]:Source"),)) for each in ids
    )
    return JobGraph(vertices, tuple(Edge(ids[0], each, "HASH") for each in ids[1:]))


def test_a_graph_is_kept_when_it_is_another_one(side: Side) -> None:
    def told(minutes: int, graph: JobGraph, version: int = 1) -> RecordedGraph:
        attempt = AttemptId(f"{minutes:032}")
        return RecordedGraph(side.owner.job_id, attempt, side.then + timedelta(minutes=minutes), graph, version)

    one, again, other = told(0, a_graph("a")), told(10, a_graph("a")), told(20, a_graph("a", "b"))
    upgraded, back = told(30, a_graph("a", "b"), 2), told(40, a_graph("a"), 2)
    for each in (one, again, other, told(21, a_graph("a", "b")), upgraded, back):
        side.writer.graph(each)

    def graphs(since: int, until: int) -> list[RecordedGraph]:
        begin, end = (side.then + timedelta(minutes=each) for each in (since, until))
        return list(side.reader.graphs(side.owner.job_id, begin, end))

    assert graphs(-60, 60) == [one, other, upgraded, back]
    assert graphs(20, 30) == [other, upgraded]
    assert graphs(25, 35) == [other, upgraded]
    assert graphs(50, 60) == [back]
    assert graphs(-60, -50) == []


def test_a_failure_is_kept_once_however_often_it_is_told(side: Side) -> None:
    flink = JobId("f" * 32)

    def told(minutes: int, message: str, task: str = "Source: a (1/2)") -> RecordedFailure:
        at = side.then + timedelta(minutes=minutes, microseconds=123456)
        failure = Failure(at, message, "at a.b\nat c.d", task, 0, "tm-1", "localhost:1")
        return RecordedFailure(side.owner.job_id, AttemptId("a" * 32), flink, failure)

    later, first, beside = told(20, "it failed"), told(10, "it failed"), told(10, "it failed", "Sink (1/1)")
    side.writer.failures([later, first])
    side.writer.failures([later, first, beside, beside])
    side.writer.failures([])
    found = side.reader.recorded_failures(side.owner.job_id, side.then, side.now)
    assert len(found) == 3 and set(found) == {first, beside, later} and found[2] == later
    assert list(side.reader.recorded_failures(side.owner.job_id, side.then + HOUR, side.now)) == []


def test_checkpoints_are_told_in_their_order_with_the_gaps_where_they_belong(side: Side) -> None:
    flink, other = JobId("f" * 32), JobId("e" * 32)

    def at(number: int, minutes: int | None, job: JobId = flink, span: int = 1) -> Checkpoint:
        when = None if minutes is None else side.then + timedelta(minutes=minutes)
        status = "gap" if when is None else "completed"
        return Checkpoint(job, number, status, triggered_at=when, span=span, job_id=side.owner.job_id)

    kept = [at(1, 1), at(2, 2), at(3, None, span=4), at(7, 7), at(8, None, span=2)]
    after = [at(1, None, other, 3), at(4, 20, other), at(9, 60, other)]
    side.keep(*kept[::-1], *after[::-1])

    def told(since: int, until: int) -> list[tuple[str, int]]:
        begin, end = (side.then + timedelta(minutes=each) for each in (since, until))
        found = side.reader.checkpoints(side.owner.job_id, begin, end)
        return [(each.flink_id, each.checkpoint_id) for each in found]

    assert told(0, 60) == [(each.flink_id, each.checkpoint_id) for each in (*kept, *after)]
    assert told(2, 6) == [(flink, 2), (flink, 3)]
    assert told(7, 20) == [(flink, 3), (flink, 7), (flink, 8), (other, 1), (other, 4)]
    assert told(30, 50) == []


def test_events_are_told_the_oldest_first(side: Side) -> None:
    events = [
        Event(side.owner.job_id, "state", str(minutes), {"a": 1}, side.then + timedelta(minutes=minutes))
        for minutes in (30, 10, 20)
    ]
    side.keep(*events)
    found = side.reader.events(side.owner.job_id, side.then + timedelta(minutes=15), side.now)
    assert [replace(each, id=0) for each in found] == [events[2], events[0]]
