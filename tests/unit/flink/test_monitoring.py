"""The live view of a cluster, on a fake one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fakes.jobmanager import FakeJobManager
from fakes.monitoring import FakeVertex
from flinklab.domain.errors import BrokenReplyError, NotAGatewayError, UsageError
from flinklab.domain.ids import JobId
from flinklab.domain.monitoring import FlameKind
from flinklab.flink.access import Access
from flinklab.flink.monitoring import RestMonitoring
from flinklab.flink.transport import HttpTransport

SOURCE, SINK = "Source: t[1] -> Calc[2]", "GroupAggregate[4] -> out[5]: Writer"
BUSY, WATERMARK = "busyTimeMsPerSecond", "currentInputWatermark"
FRACTIONS = "java.lang.ArithmeticException: / by zero\n\tat StreamExecCalc$4.processElement(Unknown Source)\n"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def cluster() -> Iterator[FakeJobManager]:
    with FakeJobManager() as cluster:
        yield cluster


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def monitoring(cluster: FakeJobManager, clock: Clock) -> Iterator[RestMonitoring]:
    monitoring = RestMonitoring(HttpTransport(Access(cluster.url), often=True), clock=clock)
    yield monitoring
    monitoring.close()


@pytest.fixture
def job(cluster: FakeJobManager) -> JobId:
    job = JobId(cluster.add_job("orders"))
    cluster.metrics.vertices(job, [FakeVertex(SOURCE, 2, "a" * 32), FakeVertex(SINK, 1, "b" * 32)])
    return job


def test_counters_go_on_and_begin_again_after_a_failure(
    cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId
) -> None:
    cluster.metrics.set(job, "Source", records_out=50, backpressured=0.5, busy=None)
    cluster.clock.advance(100)
    look = monitoring.look(job)
    assert look is not None
    assert [vertex.name for vertex in look.graph.vertices] == [SOURCE, SINK]
    assert look.graph.after("a" * 32) == ["b" * 32]
    source = look.counters["a" * 32]
    assert source.records_out == pytest.approx(10_000, rel=0.01)
    assert source.backpressured == pytest.approx(100, rel=0.01) and source.busy is None
    cluster.restart_job(job, FRACTIONS, task=SOURCE)
    cluster.resume(job)
    again = monitoring.look(job)
    assert again is not None and again.restarted_at is not None and look.restarted_at is not None
    assert again.restarted_at > look.restarted_at
    assert again.counters["a" * 32].records_out < 1000


def test_one_unknown_name_does_not_cost_the_others(
    cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId
) -> None:
    cluster.metrics.set(job, "GroupAggregate", busy=0.8, watermark=1_700_000_000_000)
    found = monitoring.vertex(job, "b" * 32, [BUSY, WATERMARK, "nosuch"])
    assert {name: spread.mean for name, spread in found.items()} == {BUSY: 800.0, WATERMARK: 1.7e12}
    assert monitoring.vertex(job, "a" * 32, ["nosuch", WATERMARK]) == {}


def test_names_are_asked_for_once(cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId) -> None:
    for _ in range(5):
        monitoring.vertex(job, "a" * 32, [BUSY])
    listed = [request for request in cluster.requests if request.name == "subtask metrics" and not request.query]
    assert len(listed) == 1 and cluster.count("subtask metrics") == 6


def test_a_metric_that_vanished_is_missed_once(
    cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId
) -> None:
    names = [BUSY, "idleTimeMsPerSecond"]
    assert monitoring.vertex(job, "b" * 32, names).keys() == set(names)
    cluster.metrics.vanish(job, "GroupAggregate", BUSY)
    assert monitoring.vertex(job, "b" * 32, names).keys() == {"idleTimeMsPerSecond"}
    before = cluster.count("subtask metrics")
    assert monitoring.vertex(job, "b" * 32, names).keys() == {"idleTimeMsPerSecond"}
    assert cluster.count("subtask metrics") == before + 1


def test_a_metric_that_comes_later_is_seen(
    cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId, clock: Clock
) -> None:
    name = "Source__t[1].pendingRecords"
    assert monitoring.vertex(job, "a" * 32, [BUSY, name]).keys() == {BUSY}
    cluster.metrics.set(job, "Source", more={name: 7}, subtasks=[{}, {"more": {name: 3}}])
    clock.now += 15
    assert monitoring.vertex(job, "a" * 32, [BUSY, name])[name].sum == 10
    cluster.metrics.rename(job, "Source", name, "Source__t[9].pendingRecords")
    cluster.resume(job)
    monitoring.look(job)
    assert "Source__t[9].pendingRecords" in monitoring.metric_names(job, "a" * 32)


def test_long_lists_of_names_are_asked_for_in_parts(
    cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId
) -> None:
    many: dict[str, Any] = {f"Calc[2].a_metric_with_a_long_name_{number}": number for number in range(300)}
    cluster.metrics.set(job, "Source", more=many)
    found = monitoring.vertex(job, "a" * 32, many)
    assert {name: spread.high for name, spread in found.items()} == many
    each = monitoring.subtask_metrics(job, "a" * 32, many)
    assert each == {name: {0: value, 1: value} for name, value in many.items()}


def test_metrics_of_each_sub_task(cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId) -> None:
    cluster.metrics.set(job, "Source", subtasks=[{"busy": 1.0}, {"busy": 0.25, "taskmanager": "taskmanager-2"}])
    assert monitoring.subtask_metrics(job, "a" * 32, [BUSY, "nosuch"]) == {BUSY: {0: 1000.0, 1: 250.0}}
    cluster.clock.advance(10)
    first, second = monitoring.subtasks(job, "a" * 32)
    assert (first.index, first.state, second.taskmanager) == (0, "RUNNING", "taskmanager-2")
    assert first.busy == pytest.approx(10, abs=1) and second.busy == pytest.approx(2.5, abs=1)


def test_what_the_cluster_does_not_know(cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId) -> None:
    nobody, nowhere = JobId("0" * 32), "c" * 32
    assert monitoring.look(nobody) is None
    for known, vertex in ((nobody, "a" * 32), (job, nowhere)):
        assert monitoring.vertex(known, vertex, [BUSY]) == {}
        assert monitoring.metric_names(known, vertex) == frozenset()
        assert monitoring.subtasks(known, vertex) == []
        assert monitoring.subtask_metrics(known, vertex, [BUSY]) == {}
        assert monitoring.flame(known, vertex) is None
    assert monitoring.job(nobody, ["uptime"]) == {}
    assert monitoring.failures(nobody) == []
    assert monitoring.checkpoint_settings(nobody) is None
    assert monitoring.checkpoint_tasks(nobody, 1) == monitoring.checkpoint_tasks(job, 99) == []
    assert monitoring.process("nobody") == monitoring.process("nobody", ["uptime"]) == {}
    assert monitoring.logs("nobody") == monitoring.threads("nobody") == []
    assert monitoring.log("nobody") == monitoring.log("jobmanager", "nosuch.log") == ""


def test_metrics_are_of_now_after_a_refresh(
    cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId, clock: Clock
) -> None:
    cluster.metrics.lazy = True
    monitoring.refresh()
    counted = []
    for _ in range(2):
        cluster.clock.advance(60)
        clock.now += 60
        monitoring.refresh()
        look = monitoring.look(job)
        assert look is not None
        counted.append(look.counters["a" * 32].records_out)
    assert counted[1] - counted[0] == pytest.approx(1200, rel=0.2)  # without it, it would be as of 60 s before


def test_a_refresh_within_ten_seconds_asks_nothing(
    cluster: FakeJobManager, monitoring: RestMonitoring, clock: Clock
) -> None:
    monitoring.refresh()
    asked = len(cluster.requests)
    clock.now += 9.9
    monitoring.refresh()
    assert len(cluster.requests) == asked
    clock.now += 0.1
    monitoring.refresh()
    assert len(cluster.requests) > asked


def test_a_refresh_of_a_cluster_without_taskmanagers_ends(
    cluster: FakeJobManager, monitoring: RestMonitoring
) -> None:
    cluster.metrics.processes.remove("taskmanager-1")
    monitoring.refresh()
    assert 1 < cluster.count("taskmanagers metrics") < 10


def test_failures_tell_the_sub_task(cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId) -> None:
    cluster.restart_job(job, "org.apache.flink.util.FlinkRuntimeException: Exceeded checkpoint tolerable failure")
    cluster.resume(job)
    cluster.restart_job(job, FRACTIONS, task=SOURCE, subtask=1, parallelism=2)
    newest, oldest = monitoring.failures(job)
    assert (newest.message, newest.subtask, newest.taskmanager) == ("division by zero", 1, "taskmanager-1")
    assert newest.task == f"{SOURCE} (2/2) - execution #1" and newest.details == FRACTIONS and newest.host
    assert (oldest.task, oldest.subtask, oldest.taskmanager, oldest.host) == ("", -1, "", "")
    assert monitoring.failures(job, 1) == [newest]


def test_the_slowest_sub_task_of_each_vertex(
    cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId
) -> None:
    done = cluster.checkpointing.complete(job, duration=4000)
    phases = {
        "duration": 4000,
        "sync": 10,
        "async": 3000,
        "alignment": 900,
        "start_delay": 90,
        "size": 5,
        "full_size": 7,
    }
    cluster.metrics.parts.set(job, done.id, "Source", [{"duration": 12}, phases])
    source, sink = monitoring.checkpoint_tasks(job, done.id)
    assert (source.vertex, source.subtask, source.duration) == ("a" * 32, 1, 4.0)
    assert (source.sync, source.async_, source.alignment, source.start_delay) == (0.01, 3.0, 0.9, 0.09)
    assert (source.size, source.full_size, sink.duration) == (5, 7, 4.0)


def test_a_sub_task_that_never_answered_is_the_slowest(
    cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId
) -> None:
    failed = cluster.checkpointing.fail(job, duration=2004)
    cluster.metrics.parts.set(job, failed.id, "Source", [{"duration": 191}, None])
    source, _ = monitoring.checkpoint_tasks(job, failed.id)
    assert (source.subtask, source.duration, source.size) == (1, 2.004, 0)


def test_how_checkpoints_are_taken(cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId) -> None:
    cluster.metrics.parts.configure(job, interval=3000, timeout=2000, unaligned_checkpoints=True)
    found = monitoring.checkpoint_settings(job)
    assert found is not None and (found.interval, found.timeout, found.unaligned) == (3.0, 2.0, True)
    cluster.metrics.parts.configure(job, interval=2**63 - 1)
    never = monitoring.checkpoint_settings(job)
    assert never is not None and never.interval is None
    batch = JobId(cluster.add_job("batch", takes_checkpoints=False))
    none = monitoring.checkpoint_settings(batch)
    assert none is not None and none.interval is None
    checkpoints = monitoring.checkpoints(batch)
    assert checkpoints is not None and not checkpoints.enabled


def test_a_flame_graph_takes_its_time(cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId) -> None:
    assert monitoring.flame(job, "a" * 32, FlameKind.ON_CPU, 0) is None
    found = monitoring.flame(job, "a" * 32, FlameKind.ON_CPU, 0)
    assert found is not None and found.value == 100 and found.children[0].children[0].value == 90
    assert cluster.requests[-1].query == {"type": "on_cpu", "subtaskindex": "0"}
    assert monitoring.flame(job, "a" * 32, subtask=7) is None
    cluster.metrics.flamegraphs = False
    with pytest.raises(UsageError, match=r"rest\.flamegraph\.enabled"):
        monitoring.flame(job, "a" * 32)


def test_taskmanagers_and_what_runs_in_them(
    cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId
) -> None:
    cluster.slots = 1
    cluster.metrics.processes.add("10.0.0.5:43001-ab/c", slots=3, host="10.0.0.5", memory=2**30)
    first, second = monitoring.machines()
    assert (first.id, first.jobs, first.free_slots) == ("taskmanager-1", (job,), 0)
    assert (second.host, second.slots, second.free_slots, second.jobs) == ("10.0.0.5", 3, 2, (job,))
    assert second.memory == 2**30
    cluster.metrics.processes.set(second.id, {"Status.JVM.Memory.Heap.Used": 5e9})
    assert monitoring.process(second.id, ["Status.JVM.Memory.Heap.Used", "nosuch"]) == {
        "Status.JVM.Memory.Heap.Used": 5e9
    }
    assert monitoring.process("jobmanager")["numRegisteredTaskManagers"] == 2


def test_the_end_of_a_log_in_whole_lines(cluster: FakeJobManager, monitoring: RestMonitoring) -> None:
    lines = [f"2026-11-20 08:00:{number:02},000 INFO  main [] - übung {number}" for number in range(60)]
    cluster.metrics.processes.logs["jobmanager"] = {"jobmanager.log": "\n".join(lines) + "\n"}
    assert monitoring.log("jobmanager").splitlines() == lines
    end = monitoring.log("jobmanager", "jobmanager.log", most=1000)
    assert 0 < len(end) < 1000 and end.splitlines() == lines[-len(end.splitlines()) :]
    (file,) = monitoring.logs("jobmanager")
    assert file.size == len("\n".join(lines).encode()) + 1 and file.modified_at is not None
    assert monitoring.log("taskmanager-1")


def test_threads(cluster: FakeJobManager, monitoring: RestMonitoring) -> None:
    cluster.metrics.processes.threads["taskmanager-1"] = {"main": '"main" Id=1 RUNNABLE'}
    assert [(each.name, each.stack) for each in monitoring.threads("taskmanager-1")] == [
        ("main", '"main" Id=1 RUNNABLE')
    ]
    assert monitoring.threads("jobmanager")


def test_the_configuration(cluster: FakeJobManager, monitoring: RestMonitoring) -> None:
    cluster.configuration["taskmanager.numberOfTaskSlots"] = "4"
    assert monitoring.configuration()["taskmanager.numberOfTaskSlots"] == "4"


def test_a_server_that_is_none_or_breaks_is_told(
    cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId
) -> None:
    cluster.faults.add("subtask metrics", "garbage")
    with pytest.raises(NotAGatewayError):
        monitoring.vertex(job, "a" * 32, [BUSY])
    cluster.faults.add("log", "500")
    with pytest.raises(BrokenReplyError):
        monitoring.log("jobmanager")
    cluster.faults.add("log", "half a body")
    with pytest.raises(BrokenReplyError):
        monitoring.log("jobmanager")


def test_a_shared_transport_stays_open(cluster: FakeJobManager) -> None:
    transport = HttpTransport(Access(cluster.url))
    with_it = RestMonitoring(transport, shared=True)
    with_it.close()
    assert transport.request("GET", "/overview").status == 200
    transport.close()


@pytest.mark.parametrize("often", [False, True])
def test_only_the_end_of_a_long_reply_is_kept(cluster: FakeJobManager, often: bool) -> None:
    text = "".join(f"{number:09}\n" for number in range(100_000))
    cluster.metrics.processes.logs["jobmanager"] = {"jobmanager.log": text}
    transport = HttpTransport(Access(cluster.url), often=often)
    try:
        assert transport.tail("/jobmanager/log", 1234).body == text[-1234:].encode()
        assert transport.tail("/jobmanager/log", 10**9).body == text.encode()
        cluster.faults.add("log", "half a body")
        with pytest.raises(BrokenReplyError):
            transport.tail("/jobmanager/log", 1234)
    finally:
        transport.close()
