"""Prometheus reporters of a fake Flink's processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from fakes.jobmanager import FakeJobManager
from fakes.monitoring import FakeVertex
from fakes.reporters import FakeReporter, reporting
from flinklab.domain.ids import JobId
from flinklab.flink.access import Access
from flinklab.flink.monitoring import RestMonitoring
from flinklab.flink.reporters import AGAIN, ports_of
from flinklab.flink.transport import HttpTransport

NAMES = (
    "busyTimeMsPerSecond",
    "currentInputWatermark",
    "pendingRecords",
    "numRestarts",
    "Status.JVM.Memory.Heap.Used",
)
FACTORY = "org.apache.flink.metrics.prometheus.PrometheusReporterFactory"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def cluster(stack: ExitStack) -> FakeJobManager:
    return stack.enter_context(FakeJobManager())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def monitoring(cluster: FakeJobManager, clock: Clock, stack: ExitStack) -> RestMonitoring:
    monitoring = RestMonitoring(HttpTransport(Access(cluster.url), often=True), clock=clock)
    stack.callback(monitoring.close)
    return monitoring


@pytest.fixture
def reporters(cluster: FakeJobManager, stack: ExitStack) -> list[FakeReporter]:
    found = [stack.enter_context(FakeReporter(cluster, each)) for each in ("jobmanager", "taskmanager-1")]
    cluster.configuration |= reporting(*found)
    return found


@pytest.fixture
def job(cluster: FakeJobManager) -> JobId:
    job = JobId(cluster.add_job("orders"))
    vertices = [FakeVertex("Source: t[1]", 2, "a" * 32), FakeVertex("Calc[2] -> out[3]: Writer", 1, "b" * 32)]
    cluster.metrics.vertices(job, vertices)
    cluster.metrics.set(
        job, "Source", subtasks=[{"busy": 0.2}, {"busy": 0.8}], more={"Source__t[1].pendingRecords": 5}
    )
    cluster.metrics.set(job, "Calc", watermark=1_700_000_000_000)
    return job


@pytest.mark.usefixtures("reporters")
def test_they_tell_what_the_rest_api_tells(cluster: FakeJobManager, monitoring: RestMonitoring, job: JobId) -> None:
    found = monitoring.scrape(NAMES)
    assert found is not None
    for vertex in ("a" * 32, "b" * 32):
        asked = monitoring.vertex(job, vertex, [*NAMES, "Source__t[1].pendingRecords"])
        assert len(asked) == 2 and found.vertices[job, vertex] | asked == found.vertices[job, vertex]
    assert found.jobs[job] == {"numRestarts": 0.0}
    for process in ("jobmanager", "taskmanager-1"):
        assert found.processes[process] == monitoring.process(process, NAMES)


@pytest.mark.usefixtures("reporters")
def test_all_metrics_without_names(monitoring: RestMonitoring, job: JobId) -> None:
    found = monitoring.scrape()
    assert found is not None
    assert found.vertices[job, "a" * 32].keys() >= monitoring.vertex(
        job, "a" * 32, monitoring.metric_names(job, "a" * 32)
    ).keys() - {"isBackPressured"}


def test_without_reporters_nothing_is_asked_for_a_while(
    cluster: FakeJobManager, monitoring: RestMonitoring, clock: Clock
) -> None:
    assert monitoring.scrape() is None
    asked = len(cluster.requests)
    clock.now += AGAIN - 1
    assert monitoring.scrape() is None and len(cluster.requests) == asked
    clock.now += 1
    assert monitoring.scrape() is None and len(cluster.requests) > asked


def test_one_that_went_is_looked_for_later(
    monitoring: RestMonitoring, reporters: list[FakeReporter], job: JobId, clock: Clock
) -> None:
    assert monitoring.scrape(NAMES) is not None
    reporters[1].stop()
    clock.now += AGAIN
    left = monitoring.scrape(NAMES)
    assert left is not None and left.processes.keys() == {"jobmanager"} and not left.vertices
    reporters[1].start()
    assert monitoring.scrape(NAMES) is not None and reporters[1].count("scrape") == 1  # it is too early
    clock.now += AGAIN
    again = monitoring.scrape(NAMES)
    assert again is not None and again.processes.keys() == {"jobmanager", "taskmanager-1"}


@pytest.mark.usefixtures("job")
def test_those_of_other_clusters_on_the_same_host_are_left_out(
    cluster: FakeJobManager, monitoring: RestMonitoring, reporters: list[FakeReporter], stack: ExitStack
) -> None:
    other = stack.enter_context(FakeJobManager())
    other.add_job("theirs")
    other.metrics.processes.set("taskmanager-1", {"Status.JVM.Memory.Heap.Used": 1.0})
    theirs = [stack.enter_context(FakeReporter(other, each)) for each in ("jobmanager", "taskmanager-1")]
    stranger = stack.enter_context(FakeReporter(other, text="<html>no metrics here</html>"))
    broken = stack.enter_context(FakeReporter(other, text='flink_jobmanager_uptime{host= nonsense"'))
    cluster.configuration |= reporting(*theirs, stranger, broken, *reporters)
    found = monitoring.scrape(NAMES)
    assert found is not None and found.processes["taskmanager-1"]["Status.JVM.Memory.Heap.Used"] > 1.0
    before = [each.count("scrape") for each in (*theirs, stranger)]
    assert monitoring.scrape(NAMES) is not None
    assert [each.count("scrape") for each in (*theirs, stranger)] == before == [1, 1, 1]


@pytest.mark.parametrize(
    ("config", "ports"),
    [
        ({}, []),
        ({"metrics.reporters": "slf4j", "metrics.reporter.slf4j.factory.class": "x.Slf4jReporterFactory"}, []),
        ({"metrics.reporter.prom.factory.class": FACTORY}, [9249]),
        ({"metrics.reporters": "a, b", "metrics.reporter.b.factory.class": FACTORY}, [9249]),
        ({"metrics.reporters": "a", "metrics.reporter.b.factory.class": FACTORY}, []),
        ({"metrics.reporter.p.factory.class": FACTORY, "metrics.reporter.p.port": "9250-9252"}, [9250, 9251, 9252]),
        ({"metrics.reporter.p.factory.class": FACTORY, "metrics.reporter.p.port": " 80, 90 - 91"}, [80, 90, 91]),
        ({"metrics.reporter.p.factory.class": FACTORY, "metrics.reporter.p.port": "any, 0, 70000"}, []),
    ],
)
def test_ports(config: dict[str, str], ports: list[int]) -> None:
    assert ports_of(config) == ports
