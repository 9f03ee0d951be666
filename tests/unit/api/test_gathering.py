"""Two looks at a fake cluster, and the diagnosis that they come to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.jobmanager import FakeJobManager
from fakes.monitoring import FakeVertex
from flinklab.api.diagnosis import diagnose_subject
from flinklab.api.gathering import PATIENCE, Gathering
from flinklab.api.looking import Subject
from flinklab.domain.errors import ConnectionFailedError
from flinklab.domain.ids import JobId
from flinklab.domain.monitoring import JobLook
from flinklab.flink.access import Access
from flinklab.flink.monitoring import RestMonitoring
from flinklab.flink.transport import HttpTransport
from flinklab.telemetry.doctor.diagnosis import Diagnosis, diagnose

SOURCE, AGGREGATE = "Source: t[1] -> Calc[2]", "GroupAggregate[4] -> out[5]: Writer"


class Clock:
    """Of the one who looks: waiting takes no time but is counted."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def cluster() -> Iterator[FakeJobManager]:
    with FakeJobManager() as cluster:
        yield cluster


@pytest.fixture
def job(cluster: FakeJobManager) -> JobId:
    job = JobId(cluster.add_job("orders"))
    cluster.metrics.vertices(job, [FakeVertex(SOURCE), FakeVertex(AGGREGATE, parallelism=2)])
    return job


class Looked:
    """A diagnosis with what it took."""

    def __init__(self, cluster: FakeJobManager, job: JobId | None, hide: object = None) -> None:
        self.clock, self.said, self.waited = Clock(), list[str](), list[float]()
        self._cluster = cluster
        monitoring = RestMonitoring(HttpTransport(Access(cluster.url), often=True), clock=self.clock)
        masked = Subject(
            "orders", lambda: monitoring, flink_id=job, hide=lambda text: text.replace("hunter2", "***")
        )
        with masked as subject:
            gathering = Gathering(subject, self.said.append, wait=self._wait, clock=self.clock)
            self.evidence = gathering.gather()

    @property
    def diagnosis(self) -> Diagnosis:
        return diagnose(self.evidence)

    def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock.now += seconds
        self._cluster.clock.advance(seconds)


def test_shares_and_rates_are_what_changed_between_two_looks(cluster: FakeJobManager, job: JobId) -> None:
    cluster.metrics.set(job, "Source", backpressured=0.9, busy=None)
    cluster.metrics.set(job, "GroupAggregate", busy=1.0)
    looked = Looked(cluster, job)
    assert looked.waited and looked.waited[0] > 5, "the cluster has new metrics every ten seconds"
    source, last = looked.evidence.vertices
    assert source.backpressured == pytest.approx(0.9, abs=0.1)
    assert source.busy is None
    assert last.busiest == pytest.approx(1.0, abs=0.1)
    assert looked.diagnosis.findings[0].rule == "slow-vertex"
    assert any("again" in line for line in looked.said)


def test_a_healthy_job_has_no_finding(cluster: FakeJobManager, job: JobId) -> None:
    looked = Looked(cluster, job)
    assert not [each for each in looked.diagnosis.findings if each.rule != "no-checkpoints"]


def test_what_flink_says_is_shown_without_secrets(cluster: FakeJobManager, job: JobId) -> None:
    for _ in range(3):
        cluster.restart_job(job, "java.io.IOException: no login with hunter2", task=SOURCE)
        cluster.resume(job)
    shown = str(Looked(cluster, job).diagnosis)
    assert "no login with ***" in shown and "hunter2" not in shown


def test_of_a_job_that_is_gone_nothing_is_concluded(cluster: FakeJobManager) -> None:
    found = Looked(cluster, JobId("0" * 32)).diagnosis
    assert not found.findings and not found.is_healthy
    assert "does not know it" in str(found)


def test_a_cluster_is_looked_at_by_its_processes(cluster: FakeJobManager) -> None:
    looked = Looked(cluster, None)
    assert {each.id for each in looked.evidence.processes} >= {"jobmanager"}
    assert looked.evidence.look is None


def test_what_could_not_be_had_is_said_and_the_rest_judged(
    cluster: FakeJobManager, job: JobId, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: RestMonitoring, job_id: JobId) -> None:
        raise ConnectionFailedError("half an answer")

    monkeypatch.setattr(RestMonitoring, "checkpoint_settings", away)
    found = Looked(cluster, job).diagnosis
    assert "checkpoint settings: half an answer" in found.missing
    assert found.looked_at


def test_no_question_is_asked_after_the_time_is_over(
    cluster: FakeJobManager, job: JobId, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = RestMonitoring.look

    def slow(self: RestMonitoring, job_id: JobId) -> JobLook | None:
        clocks[-1].now += PATIENCE + 1
        return look(self, job_id)

    clocks: list[Clock] = []
    init = Clock.__init__
    monkeypatch.setattr(Clock, "__init__", lambda self: (init(self), clocks.append(self))[0])
    monkeypatch.setattr(RestMonitoring, "look", slow)
    found = Looked(cluster, job).diagnosis
    assert any(line.endswith("were over") for line in found.missing)


def test_a_cluster_that_does_not_answer_is_an_error(cluster: FakeJobManager) -> None:
    def refuse() -> RestMonitoring:
        raise ConnectionFailedError("nobody is there")

    with pytest.raises(ConnectionFailedError):
        diagnose_subject(Subject("orders", refuse, flink_id=JobId("1" * 32)), between=0.0)
