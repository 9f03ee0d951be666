"""What a cluster is looked at for, on a fake and on a real Flink."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from contract.side import SINK as BOUNDED
from contract.side import Side, until
from fakes.monitoring import FakeVertex
from flinklab.domain.cluster import JobState
from flinklab.domain.ids import JobId
from flinklab.domain.monitoring import FlameKind, JobGraph, JobLook
from flinklab.flink.access import Access
from flinklab.flink.monitoring import RestMonitoring
from flinklab.flink.transport import HttpTransport
from flinklab.ports.monitoring import JOBMANAGER

NOBODY, NOWHERE = JobId("0" * 32), "1" * 32
SOURCE = (
    "CREATE TEMPORARY TABLE src (k INT, d INT, ts AS CAST(CURRENT_TIMESTAMP AS TIMESTAMP_LTZ(3)), "
    "WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen', 'rows-per-second' = '50', "
    "'fields.k.min' = '1', 'fields.k.max' = '5', 'fields.d.min' = '{least}', 'fields.d.max' = '9')"
)
SINK = "CREATE TEMPORARY TABLE agg (k INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole')"
COUNTED = "INSERT INTO agg SELECT k, COUNT(*) AS n FROM src WHERE k < 5 GROUP BY k"
FAILING = "INSERT INTO agg SELECT k, SUM(1000 / d) AS n FROM src GROUP BY k"
DIVISION = "java.lang.ArithmeticException: / by zero\n\tat StreamExecCalc$4.processElement(Unknown Source)\n"
BUSY, BACKPRESSURED, WATERMARK = "busyTimeMsPerSecond", "backPressuredTimeMsPerSecond", "currentInputWatermark"


@dataclass
class Watched:
    """One side, as somebody looks at it who has a job there."""

    side: Side
    monitoring: RestMonitoring

    def start(self, statement: str, *, least: int = 1, lasts: bool = True, **config: str) -> JobId:
        """`lasts`: it does not fail at once, so that there is a moment when all its tasks run."""
        self.side.run(SOURCE.format(least=least))
        self.side.run(SINK)
        if self.side.fake is not None:
            return self._fake()
        settings = {key.replace("__", "."): value for key, value in config.items()}
        pages = self.side.run(statement, {"parallelism.default": "2", "pipeline.name": "watched", **settings})
        job_id = next(page.job_id for page in pages if page.job_id is not None)
        if lasts:
            until(lambda: self.runs(job_id))
        return job_id

    def _fake(self) -> JobId:
        fake = self.side.fake
        assert fake is not None
        job = JobId(fake.add_job("watched"))
        first = FakeVertex("Source: src[1] -> Calc[2] -> WatermarkAssigner[3]", 2)
        fake.metrics.vertices(job, [first, FakeVertex("GroupAggregate[5] -> agg[6]: Writer", 2)])
        fake.metrics.set(job, "Source", busy=None, records_out=20, watermark=fake.clock.ms)
        fake.metrics.set(job, "GroupAggregate", records_in=20, watermark=fake.clock.ms)
        fake.metrics.lazy = True
        return job

    def runs(self, job_id: JobId) -> bool:
        look = self.monitoring.look(job_id)
        states = list(look.task_states.values()) if look is not None else []
        return bool(states) and all(set(each) == {"RUNNING"} for each in states)

    def graph(self, job_id: JobId) -> JobGraph:
        look = self.monitoring.look(job_id)
        assert look is not None
        return look.graph

    def counted(self, job_id: JobId) -> JobLook:
        """A look once all tasks have told something."""

        def told() -> JobLook | None:
            self.monitoring.refresh()
            if self.side.fake is not None:
                self.side.fake.clock.advance(10)
            look = self.monitoring.look(job_id)
            is_told = look is not None and all(each.is_complete for each in look.counters.values())
            return look if is_told and look is not None and look.counters[_source(look.graph)].records_out else None

        return until(told)  # type: ignore[no-any-return]


def _source(graph: JobGraph) -> str:
    return graph.vertices[0].id


@pytest.fixture
def watched(side: Side) -> Iterator[Watched]:
    monitoring = RestMonitoring(HttpTransport(Access(side.jobmanager.url), often=True))
    if side.fake is not None:
        side.fake.checkpointing.every = 0.2
    yield Watched(side, monitoring)
    for job in monitoring.jobs():
        if not job.state.is_terminal:
            side.jobmanager.cancel(job.id)
    monitoring.close()


def test_a_job_is_a_graph_with_counters_and_metrics(watched: Watched) -> None:
    job_id, monitoring = watched.start(COUNTED), watched.monitoring
    look = watched.counted(job_id)
    first, second = look.graph.vertices
    assert (look.name, look.state, first.parallelism) == ("watched", JobState.RUNNING, 2)
    assert first.is_source and not second.is_source
    assert [(edge.source, edge.target, edge.strategy) for edge in look.graph.edges] == [
        (first.id, second.id, "HASH")
    ]
    assert {"Calc", "WatermarkAssigner"} < {each.kind for each in first.operators}
    assert {"GroupAggregate", "Writer"} <= {each.kind for each in second.operators}
    assert look.restarted_at is not None and look.started_at <= look.restarted_at <= look.at
    assert look.counters[first.id].busy is None  # a source of the old kind
    assert look.counters[second.id].busy is not None and look.counters[second.id].idle > 0

    names = monitoring.metric_names(job_id, second.id)
    operator = f"GroupAggregate[{next(each.number for each in second.operators if each.number >= 0)}]"
    assert {BUSY, BACKPRESSURED, WATERMARK, f"{operator}.numRecordsIn", "isBackPressured"} <= names
    found = monitoring.vertex(job_id, second.id, [BUSY, BACKPRESSURED, f"{operator}.numRecordsIn", "nosuch"])
    assert found.keys() == {BUSY, BACKPRESSURED, f"{operator}.numRecordsIn"}
    assert found[f"{operator}.numRecordsIn"].sum > 0
    assert monitoring.vertex(job_id, first.id, [BUSY, WATERMARK]) == {}  # it cannot tell, and it has none
    each = monitoring.subtask_metrics(job_id, second.id, ["numRecordsIn", "nosuch"])
    assert each.keys() == {"numRecordsIn"} and each["numRecordsIn"].keys() == {0, 1}
    assert [task.index for task in monitoring.subtasks(job_id, first.id)] == [0, 1]
    assert {task.state for task in monitoring.subtasks(job_id, first.id)} == {"RUNNING"}
    assert monitoring.job(job_id, ["numRestarts", "nosuch", "uptime"]).keys() == {"numRestarts", "uptime"}


def test_more_names_than_fit_into_a_request(watched: Watched) -> None:
    job_id = watched.start(COUNTED)
    vertex = watched.counted(job_id).graph.vertices[1].id
    names = watched.monitoring.metric_names(job_id, vertex)
    strange = [f"nosuch.{'x' * 100}.{number}" for number in range(100)]
    found = watched.monitoring.subtask_metrics(job_id, vertex, [*names, *strange])
    assert set(found) <= names and {BUSY, BACKPRESSURED} < found.keys()
    aggregated = watched.monitoring.vertex(job_id, vertex, [*names, *strange])
    assert {BUSY, BACKPRESSURED} < aggregated.keys() <= names


def test_processes_their_metrics_logs_and_threads(watched: Watched) -> None:
    job_id, monitoring = watched.start(COUNTED), watched.monitoring
    watched.counted(job_id)
    (machine,) = monitoring.machines()
    assert machine.jobs == (job_id, job_id) and machine.free_slots == machine.slots - 2
    assert machine.host == "127.0.0.1" and machine.memory > 0
    for process in (JOBMANAGER, machine.id):
        metrics = monitoring.process(process)
        assert 0 < metrics["Status.JVM.Memory.Heap.Used"] <= metrics["Status.JVM.Memory.Heap.Max"]
        some = monitoring.process(process, ["Status.JVM.Threads.Count", "nosuch"])
        assert some.keys() == {"Status.JVM.Threads.Count"}
        files = {file.name for file in monitoring.logs(process)}
        assert {"jobmanager.log", "taskmanager.log"} & files
        end = monitoring.log(process, most=300)
        assert 0 < len(end.encode()) <= 300
        assert "main" in {thread.name for thread in monitoring.threads(process)}
    assert monitoring.process(JOBMANAGER)["numRunningJobs"] == 1
    assert "execution.checkpointing.dir" in monitoring.configuration()


def test_checkpoints_sub_task_by_sub_task(watched: Watched) -> None:
    job_id = watched.start(COUNTED, execution__checkpointing__interval="200 ms")
    settings = watched.monitoring.checkpoint_settings(job_id)
    assert settings is not None and settings.interval is not None and settings.timeout > 0 and settings.backend

    def newest() -> int:
        history = watched.monitoring.checkpoints(job_id)
        done = [each for each in history.checkpoints if each.status == "completed"] if history is not None else []
        return done[0].checkpoint_id if done else 0

    tasks = watched.monitoring.checkpoint_tasks(job_id, until(newest))
    graph = watched.graph(job_id)
    assert {task.vertex for task in tasks} == {vertex.id for vertex in graph.vertices}
    assert all(task.duration >= 0 and task.subtask in (0, 1) for task in tasks)
    assert any(task.full_size > 0 for task in tasks)
    assert watched.monitoring.checkpoint_tasks(job_id, 1_000_000) == []


def test_a_job_that_takes_no_checkpoints(watched: Watched) -> None:
    side = watched.side
    side.run(BOUNDED)
    pages = side.run("INSERT INTO sink VALUES (1)", {"execution.runtime-mode": "batch"})
    job_id = next(page.job_id for page in pages if page.job_id is not None)
    if side.fake is not None:
        job_id = JobId(side.fake.add_job("batch", takes_checkpoints=False))
    settings = watched.monitoring.checkpoint_settings(job_id)
    assert settings is not None and settings.interval is None
    checkpoints = watched.monitoring.checkpoints(job_id)
    assert checkpoints is not None and not checkpoints.enabled


def test_a_job_that_fails_again_and_again(watched: Watched) -> None:
    restarting = {"restart-strategy__type": "fixed-delay", "restart-strategy__fixed-delay__attempts": "100"}
    job_id = watched.start(
        FAILING, least=0, lasts=False, **restarting, **{"restart-strategy__fixed-delay__delay": "100 ms"}
    )
    fake = watched.side.fake
    if fake is not None:
        for _ in range(2):
            task = "Source: src[1] -> Calc[2] -> WatermarkAssigner[3]"
            fake.restart_job(job_id, DIVISION, task=task, subtask=1, parallelism=2)
            fake.resume(job_id)
    failures = until(lambda: watched.monitoring.failures(job_id))
    newest = failures[0]
    assert newest.message == "division by zero" and "ArithmeticException" in newest.details
    assert newest.task.startswith("Source: src[") and newest.subtask in (0, 1)
    assert newest.taskmanager and newest.host
    assert len(watched.monitoring.failures(job_id, 1)) == 1

    def restarts() -> float:
        if fake is not None:
            fake.clock.advance(10)
        watched.monitoring.refresh()
        return watched.monitoring.job(job_id, ["numRestarts"]).get("numRestarts", 0.0)

    assert until(restarts) >= 1


def test_a_flame_graph(watched: Watched) -> None:
    job_id = watched.start(COUNTED)
    vertex = watched.graph(job_id).vertices[1].id
    found = until(lambda: watched.monitoring.flame(job_id, vertex))
    assert found.name == "root" and found.children and found.value >= max(each.value for each in found.children)
    one = until(lambda: watched.monitoring.flame(job_id, vertex, FlameKind.FULL, 0))
    assert one.value > 0
    assert watched.monitoring.flame(job_id, vertex, FlameKind.FULL, 7) is None


def test_a_job_that_was_cancelled(watched: Watched) -> None:
    job_id = watched.start(COUNTED)
    look = watched.counted(job_id)
    watched.side.jobmanager.cancel(job_id)

    def ended() -> bool:
        found = watched.monitoring.look(job_id)
        return found is not None and found.state is JobState.CANCELED

    until(ended)
    vertex = _source(look.graph)
    after = watched.monitoring.look(job_id)
    assert after is not None and after.graph.vertices and after.counters.keys() == look.counters.keys()
    assert {task.state for task in watched.monitoring.subtasks(job_id, vertex)} == {"CANCELED"}


def test_what_the_cluster_does_not_know(watched: Watched) -> None:
    job_id, monitoring = watched.start(COUNTED), watched.monitoring
    known = watched.graph(job_id).vertices[0].id
    assert monitoring.look(NOBODY) is None
    for job, vertex in ((NOBODY, known), (job_id, NOWHERE)):
        assert monitoring.metric_names(job, vertex) == frozenset()
        assert monitoring.vertex(job, vertex, [BUSY]) == {}
        assert monitoring.subtasks(job, vertex) == []
        assert monitoring.subtask_metrics(job, vertex, [BUSY]) == {}
        assert monitoring.flame(job, vertex) is None
    assert monitoring.job(NOBODY, ["uptime"]) == {}
    assert monitoring.failures(NOBODY) == [] and monitoring.checkpoint_tasks(NOBODY, 1) == []
    assert monitoring.checkpoint_settings(NOBODY) is None and monitoring.checkpoints(NOBODY) is None
    assert monitoring.process("nobody") == monitoring.process("nobody", ["uptime"]) == {}
    assert monitoring.logs("nobody") == monitoring.threads("nobody") == []
    assert monitoring.log("nobody") == monitoring.log(JOBMANAGER, "nosuch.log") == ""


def test_without_reporters_there_is_nothing_to_scrape(watched: Watched) -> None:
    assert watched.monitoring.scrape() is None
