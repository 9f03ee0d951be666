from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from fakes.memory_ledger import MemoryDatabase
from fakes.situations import NOW, attempt
from flinklab.domain.cluster import JobState
from flinklab.domain.errors import CatalogUnavailableError, FlinklabError, LeaseLostError, UnreachableError
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.jobs import AttemptState, Checkpoint, ClusterKey, Job, JobKey, Managed
from flinklab.domain.monitoring import (
    CheckpointTask,
    Counters,
    Failure,
    JobGraph,
    JobLook,
    JobVertex,
    Machine,
    Operator,
    Spread,
)
from flinklab.domain.series import Retention, Sample, SeriesKey
from flinklab.ports.monitoring import JOBMANAGER, Scraped
from flinklab.ports.series import RecordedFailure, RecordedGraph
from flinklab.supervisor.budget import Budget
from flinklab.supervisor.sampler import Sampler, Sampling, Sight
from flinklab.supervisor.tally import Tally

CLUSTER = ClusterKey("orders", "local")
RESTARTS = SeriesKey("", "restarts")
ROWS = SeriesKey("v", "records_in")
CALC = Operator(1, "Calc", "[1]:Calc(where=[(token = 'hunter2')])")


@dataclass
class FlinkJob:
    """`rows` a second since `began`."""

    began: datetime
    rows: float = 10.0
    restarts: int = 0
    state: JobState = JobState.RUNNING
    parallelism: int = 1
    failures: list[Failure] = field(default_factory=list)
    missing: bool = False


class Eyes:
    """Fulfils `Monitoring`, as far as a sampler asks. `asked`: every question, with its job; `broken`: jobs of
    which the question fails."""

    url = "http://127.0.0.1:1"

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.asked: list[tuple[str, str]] = []
        self.broken: set[str] = set()
        self.takes = 0.0  # s to look at a job
        self.is_up = True
        self.closed = 0
        self.told: Scraped | None = None
        self.tasks: list[CheckpointTask] = []
        self.on_look: Callable[[], None] = lambda: None

    def _ask(self, what: str, of: str = "") -> None:
        self.asked.append((what, of))
        if not self.is_up or of in self.broken:
            raise UnreachableError("nobody answers", url=self.url)

    def refresh(self) -> None:
        self._ask("refresh")

    def look(self, job_id: JobId) -> JobLook | None:
        self.on_look()
        self._bench.pass_by(self.takes)
        self._ask("look", job_id)
        job = self._bench.flink[job_id]
        if job.missing:
            return None
        lived = (self._bench.now - job.began).total_seconds()
        counters = Counters(records_in=lived * job.rows, busy=lived * 0.25, idle=lived * 0.75)
        return JobLook(
            job_id,
            "a job",
            job.state,
            self._bench.now,
            NOW,
            job.began,
            JobGraph((JobVertex("v", "Calc[1]", job.parallelism, operators=(CALC,)),)),
            {"v": counters},
            {"v": {"RUNNING": job.parallelism}},
        )

    def metric_names(self, job_id: JobId, vertex: str) -> frozenset[str]:
        return frozenset({"busyTimeMsPerSecond"})

    def vertex(self, job_id: JobId, vertex: str, names: Collection[str]) -> Mapping[str, Spread]:
        self._ask("vertex", job_id)
        return dict.fromkeys(names, Spread(250, 250, 250, 250))

    def job(self, job_id: JobId, names: Collection[str]) -> Mapping[str, float]:
        self._ask("job", job_id)
        return {"numRestarts": float(self._bench.flink[job_id].restarts)}

    def failures(self, job_id: JobId, most: int = 20) -> Sequence[Failure]:
        self._ask("failures", job_id)
        return self._bench.flink[job_id].failures

    def machines(self) -> Sequence[Machine]:
        return [Machine("tm", "host", 4, 2, NOW)]

    def process(self, process: str, names: Collection[str] = ()) -> Mapping[str, float]:
        self._ask("process", process)
        return {"Status.JVM.Threads.Count": 70.0}

    def scrape(self, names: Collection[str] = ()) -> Scraped | None:
        self._ask("scrape")
        return self.told

    def checkpoint_tasks(self, job_id: JobId, checkpoint_id: int) -> Sequence[CheckpointTask]:
        self._ask("checkpoint", f"{job_id}/{checkpoint_id}")
        return self.tasks

    def close(self) -> None:
        self.closed += 1


@dataclass
class Series:
    """Fulfils `SeriesWriter`. `more`: how often there is more to tidy."""

    samples: list[Sample] = field(default_factory=list)
    graphs: list[RecordedGraph] = field(default_factory=list)
    told: list[RecordedFailure] = field(default_factory=list)
    error: FlinklabError | None = None
    more: int = 0
    tidied: int = 0

    def append(self, samples: Sequence[Sample]) -> None:
        if self.error is not None:
            raise self.error
        self.samples += samples

    def graph(self, graph: RecordedGraph) -> None:
        self.graphs.append(graph)

    def failures(self, failures: Sequence[RecordedFailure]) -> None:
        self.told += failures

    def tidy(self, retention: Retention) -> bool:
        self.tidied += 1
        self.more -= 1
        return self.more >= 0


class Bench:
    """Some managed jobs that run, on a cluster and in a database in memory, and a sampler."""

    def __init__(self, jobs: int = 2, sampling: Sampling | None = None, budget: Budget | None = None) -> None:
        self.now = NOW
        self.database = MemoryDatabase(lambda: self.now)
        lease = self.database.leases.acquire(CLUSTER, "one", 1e6)
        assert lease is not None
        self.ledger: Any = self.database.leases.ledger(lease)
        self.series = self.ledger.series = Series()
        self.numbers = range(1, jobs + 1)
        self.flink: dict[str, FlinkJob] = {}
        for number in self.numbers:
            self.database.add(Job(JobKey(CLUSTER.team, f"job-{number}", "prod"), CLUSTER.name, 1, id=number))
            own = replace(attempt(), id=AttemptId(str(number)), job_id=number, flink_id=self.flink_id(number))
            self.ledger.keep(replace(own, running_at=NOW))
            self.flink[self.flink_id(number)] = FlinkJob(NOW - timedelta(seconds=100))
        self.eyes: Any = Eyes(self)
        self.completed: deque[Checkpoint] = deque()
        self.tally = Tally()
        self.reached = 0
        self.ended = threading.Event()
        self.sampler = Sampler(
            *(self.ledger, self.reach, self.jobs, self.completed, sampling or Sampling(), self.tally, budget),
            clock=lambda: (self.now - NOW).total_seconds(),
        )

    @staticmethod
    def flink_id(number: int) -> JobId:
        return JobId(f"{number:032}")

    def reach(self) -> Sight:
        self.reached += 1
        return Sight(self.eyes, lambda managed, text: text.replace("hunter2", "***"))

    def jobs(self) -> list[Managed]:
        return [self.database.managed(number) for number in self.numbers]

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def takes(self, requests: int) -> None:
        """For a look at a job."""

        def count() -> None:
            self.tally.requests += requests

        self.eyes.on_look = count

    def burst(self, after: float = 0.0) -> float:
        self.pass_by(after)
        self.eyes.asked.clear()
        self.series.samples.clear()
        return self.sampler.burst(self.ended)

    def sample(self, number: int) -> Mapping[SeriesKey, float]:
        found = [each.values for each in self.series.samples if each.owner.job_id == number]
        assert len(found) == 1
        return found[0]

    def asked(self, what: str) -> list[str]:
        return [of for asked, of in self.eyes.asked if asked == what]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_burst_records_every_job_and_the_cluster_after_metrics_were_collected(bench: Bench) -> None:
    bench.burst()
    assert bench.eyes.asked[0] == ("refresh", "")
    assert ROWS not in bench.sample(1) and bench.sample(1)[RESTARTS] == 0
    bench.burst(15)
    assert bench.sample(1)[ROWS] == bench.sample(2)[ROWS] == pytest.approx(10)
    assert bench.sample(1)[SeriesKey("v", "busy_max")] == 0.25
    assert bench.sample(0)[SeriesKey("tm", "threads")] == bench.sample(0)[SeriesKey(JOBMANAGER, "threads")] == 70
    assert bench.sample(0)[SeriesKey("", "free_slots")] == 2
    assert {each.at for each in bench.series.samples} == {bench.now.timestamp()}
    assert {(each.owner.team, each.owner.cluster) for each in bench.series.samples} == {("orders", "local")}
    assert bench.sampler.newest[1][ROWS] == pytest.approx(10)
    assert bench.tally.samples == 6 and bench.tally.bursts == 2


def test_over_a_failover_there_is_no_rate_and_then_there_is_again(bench: Bench) -> None:
    bench.burst()
    bench.burst(15)
    bench.flink[bench.flink_id(1)] = FlinkJob(bench.now + timedelta(seconds=5), restarts=1)
    bench.burst(15)
    assert ROWS not in bench.sample(1) and ROWS in bench.sample(2)
    bench.burst(15)
    assert bench.sample(1)[ROWS] == pytest.approx(10)


def test_one_jobs_trouble_costs_no_other_and_its_gap_stays_a_gap(bench: Bench) -> None:
    bench.burst()
    bench.eyes.broken.add(bench.flink_id(1))
    bench.burst(15)
    assert {each.owner.job_id for each in bench.series.samples} == {0, 2}
    bench.eyes.broken.clear()
    bench.burst(15)
    assert bench.sample(1)[ROWS] == pytest.approx(10)


def test_a_job_that_is_not_there_or_does_not_run_is_not_recorded() -> None:
    bench = Bench(4)
    bench.flink[bench.flink_id(1)].missing = True
    ended = bench.database.managed(2).attempt
    planned = bench.database.managed(3).attempt
    assert ended is not None and planned is not None
    bench.ledger.keep(replace(ended, state=AttemptState.FINISHED), replace(planned, running_at=None))
    bench.burst()
    assert {each.owner.job_id for each in bench.series.samples} == {0, 4}


def test_a_cluster_that_does_not_answer_is_asked_less_and_less_by_a_new_connection(bench: Bench) -> None:
    bench.burst()
    bench.eyes.is_up = False
    pauses = [bench.burst(15) for _ in range(7)]
    assert pauses == sorted(pauses) and pauses[0] == 10 and pauses[-1] == 300
    assert bench.series.samples == [] and bench.sampler.newest == {}
    assert (bench.reached, bench.eyes.closed) == (7, 7)
    bench.eyes.is_up = True
    assert bench.burst(15) < 60
    assert bench.sample(1)[ROWS] == pytest.approx(10)  # over the pause: the counters went on


def test_when_job_after_job_fails_it_is_the_clusters_trouble() -> None:
    bench = Bench(9)
    bench.eyes.broken |= {bench.flink_id(number) for number in bench.numbers}
    assert bench.burst() == 10
    assert len(bench.asked("look")) == 3


def test_a_burst_that_takes_too_long_is_broken_off_and_the_next_one_goes_on_with_the_others() -> None:
    bench = Bench(5)
    bench.eyes.takes = 25
    first, second = (bench.burst() and set(bench.asked("look")) for _ in range(2))
    assert len(first) == 3 and first | second == {bench.flink_id(number) for number in bench.numbers}


def test_what_is_read_late_has_its_own_time(bench: Bench) -> None:
    bench.eyes.takes = 8
    begun = bench.now.timestamp()
    bench.burst()
    assert [each.at - begun for each in bench.series.samples] == [0, 0, 16]


@pytest.mark.parametrize(
    ("requests", "every", "pause"), [(20, None, 12), (750, None, 30), (1e6, None, 60), (20, 5, 5)]
)
def test_how_often_depends_on_what_it_costs(requests: int, every: float | None, pause: float) -> None:
    bench = Bench(1, Sampling(every))
    bench.takes(requests)
    assert bench.burst() == pause


def test_clusters_of_one_supervisor_share_the_requests_and_one_that_is_down_takes_none() -> None:
    budget = Budget()
    one, other = Bench(1, budget=budget), Bench(1, budget=budget)
    one.takes(500)
    other.takes(500)
    assert (one.burst(), other.burst(), one.burst(60)) == (20, 40, 40)
    other.eyes.is_up = False
    other.burst(60)
    assert one.burst(60) == 20


def test_a_slow_cluster_is_asked_seldom(bench: Bench) -> None:
    bench.eyes.takes = 10
    assert bench.burst() == 40 - 20


def test_of_a_plan_the_secrets_are_not_recorded(bench: Bench) -> None:
    bench.burst(15)
    (operator,) = bench.series.graphs[0].graph.vertices[0].operators
    assert operator.text == "[1]:Calc(where=[(token = '***')])"


def test_a_graph_is_recorded_when_an_attempt_begins_and_when_it_changes(bench: Bench) -> None:
    for _ in range(3):
        bench.burst(15)
    assert [(each.job_id, each.attempt, each.version) for each in bench.series.graphs] == [(1, "1", 1), (2, "2", 1)]
    bench.flink[bench.flink_id(2)].parallelism = 3
    bench.burst(15)
    assert bench.series.graphs[2].graph.vertices[0].parallelism == 3 and len(bench.series.graphs) == 3


def test_failures_are_asked_for_when_there_are_new_ones_and_told_once_without_secrets(bench: Bench) -> None:
    job = bench.flink[bench.flink_id(1)]
    bench.burst()
    assert bench.asked("failures") == []
    job.restarts, job.failures = 1, [Failure(NOW, "refused: hunter2", "at hunter2", "Source hunter2 (1/1)")]
    bench.burst(15)
    told = [each.failure for each in bench.series.told]
    assert told == [Failure(NOW, "refused: ***", "at ***", "Source *** (1/1)")]
    bench.burst(15)
    assert bench.asked("failures") == []
    job.state = JobState.RESTARTING  # its metrics do not know of it yet
    job.failures.insert(0, Failure(NOW + timedelta(seconds=9), "again"))
    bench.burst(15)
    assert [each.failure.message for each in bench.series.told[1:]] == ["again"]


def test_why_a_job_ended_is_told_after_its_end(bench: Bench) -> None:
    bench.burst()
    own = bench.database.managed(1).attempt
    assert own is not None
    bench.ledger.keep(replace(own, state=AttemptState.FAILED))
    bench.flink[bench.flink_id(1)].failures = [Failure(NOW, "the last one")]
    bench.burst(15)
    assert [(each.job_id, each.failure.message) for each in bench.series.told] == [(1, "the last one")]
    bench.burst(15)
    assert bench.asked("failures") == []


def test_checkpoints_get_their_slowest_sub_task(bench: Bench) -> None:
    checkpoint = Checkpoint(bench.flink_id(1), 7, "completed", duration=3, path="p", job_id=1)
    bench.ledger.keep(checkpoint)
    bench.completed.append(checkpoint)
    bench.eyes.tasks = [
        CheckpointTask("a", 0, 1.0, alignment=0.9),
        CheckpointTask("b", 1, 3.0, alignment=0.2),
    ]
    bench.burst()
    row = bench.database.rows.checkpoints[bench.flink_id(1), 7]
    assert (row.alignment, row.slowest) == (0.9, bench.eyes.tasks[1])
    assert not bench.completed
    forgotten = replace(checkpoint, checkpoint_id=8)
    bench.completed.append(forgotten)
    bench.eyes.tasks = []
    bench.burst(61)
    assert (bench.flink_id(1), 8) not in bench.database.rows.checkpoints


def test_reporters_are_scraped_instead_where_there_are_any(bench: Bench) -> None:
    spread = {"busyTimeMsPerSecond": Spread(0, 1000, 500, 1000)}
    bench.eyes.told = Scraped(
        {(bench.flink_id(1), "v"): spread}, {bench.flink_id(1): {"numRestarts": 4.0}}, {"tm": {}, JOBMANAGER: {}}
    )
    bench.burst()
    assert bench.sample(1)[SeriesKey("v", "busy_max")] == 1 and bench.sample(1)[RESTARTS] == 4
    assert not bench.asked("vertex") and not bench.asked("job") and not bench.asked("process")


def test_reporters_that_cannot_be_read_cost_nothing_else(bench: Bench) -> None:
    def refuse(names: Collection[str]) -> None:
        raise UnreachableError("the port is closed")

    bench.eyes.scrape = refuse
    bench.burst()
    assert bench.sample(1)[RESTARTS] == 0


def test_it_is_not_looked_for_reporters_in_every_burst(bench: Bench) -> None:
    asked = [bool(bench.burst(15) and bench.asked("scrape")) for _ in range(3)]
    assert asked == [True, False, False]
    assert bench.burst(600) and bench.asked("scrape")


def test_a_lost_lease_ends_it_and_lets_go_of_the_connection(bench: Bench) -> None:
    bench.series.error = LeaseLostError("another one has it")
    bench.sampler.run(bench.ended)
    assert not bench.ended.is_set() and bench.eyes.closed == 1


def test_it_ends_in_the_middle_of_a_burst_and_writes_nothing_then() -> None:
    bench = Bench(5)
    bench.eyes.on_look = bench.ended.set
    bench.sampler.run(bench.ended)
    assert len(bench.asked("look")) == 1 and not bench.series.samples and bench.eyes.closed == 1


def test_trouble_with_the_catalog_does_not_end_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float | None] = []

    def wait(timeout: float | None = None) -> bool:
        waited.append(timeout)
        bench.pass_by(timeout or 0)
        bench.series.error = None
        if len(waited) == 3:
            bench.ended.set()
        return bench.ended.is_set()

    monkeypatch.setattr(bench.ended, "wait", wait)
    bench.series.error = CatalogUnavailableError("it does not answer")
    bench.sampler.run(bench.ended)
    assert bench.tally.burst_errors == 1 and bench.tally.bursts == 2
    assert waited == [10, 12, 12] and len(bench.series.samples) == 6


def test_hours_are_packed_a_portion_at_a_time_once_a_minute(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    tidied: list[int] = []

    def wait(timeout: float | None = None) -> bool:
        bench.pass_by(30)
        tidied.append(bench.series.tidied)
        if len(tidied) == 4:
            bench.ended.set()
        return bench.ended.is_set()

    monkeypatch.setattr(bench.ended, "wait", wait)
    bench.series.more = 2
    bench.sampler.run(bench.ended)
    assert tidied == [3, 3, 4, 4]
