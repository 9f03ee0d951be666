"""Jobs with an application each, measured as one cluster: what is asked of whom, and whose silence is whose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from fakes.jobmanager import FakeJobManager
from flinklab.domain.errors import UnreachableError
from flinklab.domain.ids import JobId
from flinklab.domain.records import ClusterAddress
from flinklab.flink.access import Access
from flinklab.flink.monitoring import RestMonitoring
from flinklab.flink.transport import HttpTransport
from flinklab.ports.monitoring import JOBMANAGER
from flinklab.telemetry.sampling import CLUSTER_METRICS, JOB_METRICS, PROCESS_METRICS
from flinklab.yarn.application_monitoring import ApplicationsMeasured

ONE, TWO, NOBODY = (JobId(letter * 32) for letter in "abc")


class Site:
    def __init__(self, stack: ExitStack) -> None:
        self.kept: dict[JobId, ClusterAddress] = {}
        self.jobmanagers: dict[JobId, FakeJobManager] = {}
        self.connected: list[str] = []
        self._stack = stack
        self.measured = ApplicationsMeasured("apps", lambda: dict(self.kept), self._connect)
        stack.callback(self.measured.close)

    def submit(self, flink_id: JobId) -> FakeJobManager:
        jobmanager = self.jobmanagers[flink_id] = self._stack.enter_context(FakeJobManager())
        jobmanager.add_job("orders", job_id=flink_id, state="RUNNING")
        self.kept[flink_id] = ClusterAddress("my", f"apps/{flink_id}", jobmanager.url, "application_1_1")
        return jobmanager

    def _connect(self, address: ClusterAddress) -> RestMonitoring:
        self.connected.append(address.url)
        return RestMonitoring(HttpTransport(Access(address.url, timeout=5)))


@pytest.fixture
def site() -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(stack)


def test_each_job_is_asked_of_its_own_jobmanager(site: Site) -> None:
    site.submit(ONE)
    site.submit(TWO)
    measured = site.measured
    measured.refresh()
    for flink_id in (ONE, TWO):
        look = measured.look(flink_id)
        assert look is not None and look.job_id == flink_id
        vertex = look.graph.vertices[0].id
        assert measured.vertex(flink_id, vertex, measured.metric_names(flink_id, vertex))
        assert measured.job(flink_id, JOB_METRICS)
        assert not measured.failures(flink_id)
    assert measured.look(NOBODY) is None
    assert measured.metric_names(NOBODY, "v") == frozenset() and not measured.job(NOBODY, JOB_METRICS)
    assert not measured.vertex(NOBODY, "v", ()) and not measured.failures(NOBODY)
    assert not measured.checkpoint_tasks(NOBODY, 1) and measured.scrape() is None


def test_the_cluster_is_all_of_them(site: Site) -> None:
    for flink_id in (ONE, TWO):
        processes = site.submit(flink_id).metrics.processes
        processes.add(flink_id[:4], slots=3)
        processes.remove("taskmanager-1")
    site.measured.refresh()
    machines = site.measured.machines()
    assert sorted((each.id, each.slots) for each in machines) == [("aaaa", 3), ("bbbb", 3)]
    counts = site.measured.process(JOBMANAGER, (*PROCESS_METRICS, *CLUSTER_METRICS))
    assert counts == {
        "taskSlotsTotal": 6,
        "taskSlotsAvailable": 4,
        "numRegisteredTaskManagers": 2,
        "numRunningJobs": 2,
    }
    assert site.measured.process("aaaa", PROCESS_METRICS)
    assert site.measured.process("cccc", PROCESS_METRICS) == {}


def test_the_silence_of_one_is_no_others(site: Site) -> None:
    site.submit(ONE)
    silent = site.submit(TWO)
    site.measured.refresh()
    silent.stop()
    site.measured.refresh()
    assert site.measured.look(ONE) is not None and site.measured.look(TWO) is None
    assert len(site.measured.machines()) == 1
    site.jobmanagers[ONE].stop()
    assert site.measured.machines() == []  # within a burst, too
    with pytest.raises(UnreachableError, match="none of its applications answers"):
        site.measured.refresh()


def test_who_took_an_address_over_is_not_measured(site: Site) -> None:
    site.submit(ONE)
    stranger = site.submit(TWO)
    stranger.jobs_by_id.clear()
    stranger.add_job("another's")
    site.measured.refresh()
    assert len(site.measured.machines()) == 1 and site.measured.look(TWO) is None


def test_those_that_come_go_and_move_are_followed(site: Site) -> None:
    site.measured.refresh()
    assert site.measured.machines() == [] and site.measured.process(JOBMANAGER, CLUSTER_METRICS) == {}
    first = site.submit(ONE)
    site.measured.refresh()
    site.measured.refresh()
    assert site.connected == [first.url]
    second = site.submit(ONE)
    site.measured.refresh()
    assert site.connected == [first.url, second.url] and site.measured.look(ONE) is not None
    del site.kept[ONE]
    site.measured.refresh()
    assert site.measured.look(ONE) is None
