from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from flinklab.domain.cluster import JobState
from flinklab.domain.errors import BrokenReplyError, ConnectionFailedError, NotAGatewayError
from flinklab.domain.ids import JobId
from flinklab.flink.access import Access
from flinklab.flink.jobmanager import RestJobManager
from flinklab.flink.transport import Reply

NOBODY = JobId("0" * 32)


@pytest.fixture
def cluster() -> Iterator[FakeJobManager]:
    with FakeJobManager() as cluster:
        yield cluster


@pytest.fixture
def jobmanager(cluster: FakeJobManager) -> Iterator[RestJobManager]:
    jobmanager = RestJobManager(Access(cluster.url))
    yield jobmanager
    jobmanager.close()


def test_a_job_is_listed_in_our_units(cluster: FakeJobManager, jobmanager: RestJobManager) -> None:
    job = cluster.add_job("SELECT 1", start=1_700_000_000_500)
    (listed,) = jobmanager.jobs()
    assert (listed.id, listed.name, listed.state) == (job, "SELECT 1", JobState.RUNNING)
    assert listed.start == datetime.fromtimestamp(1_700_000_000.5, timezone.utc)
    assert listed.duration > 0


def test_sub_tasks_are_counted(cluster: FakeJobManager, jobmanager: RestJobManager) -> None:
    job = JobId(cluster.add_job("x", task_state="DEPLOYING", parallelism=4))
    detail = jobmanager.job(job)
    assert detail is not None and detail.task_states == {"DEPLOYING": 4}


@pytest.mark.parametrize(
    ("task", "state", "waits"),
    [
        ("SCHEDULED", "RUNNING", True),
        ("CREATED", "RUNNING", True),
        ("DEPLOYING", "RUNNING", False),
        ("RUNNING", "RUNNING", False),
        ("CREATED", "RESTARTING", False),
    ],
)
def test_a_job_without_a_slot_is_told_from_one_that_runs(
    cluster: FakeJobManager, jobmanager: RestJobManager, task: str, state: str, waits: bool
) -> None:
    job = JobId(cluster.add_job("x", state=state, task_state=task, parallelism=4))
    (listed,), detail = jobmanager.jobs(), jobmanager.job(job)
    assert detail is not None and listed.task_states == {task: 4}
    assert listed.waits_for_slots is detail.waits_for_slots is waits


def test_a_job_that_appears_late_is_unknown_before(cluster: FakeJobManager, jobmanager: RestJobManager) -> None:
    job = JobId(cluster.add_job("x", hidden=2))
    assert [jobmanager.job(job) is None for _ in range(3)] == [True, True, False]


def test_a_cancel_of_what_is_over_or_unknown_is_fine(cluster: FakeJobManager, jobmanager: RestJobManager) -> None:
    job = JobId(cluster.add_job("x", state="FINISHED"))
    jobmanager.cancel(job)
    jobmanager.cancel(NOBODY)
    assert cluster.jobs_by_id[job].state == "FINISHED"


def test_the_stack_trace_is_given_whole(cluster: FakeJobManager, jobmanager: RestJobManager) -> None:
    job = JobId(cluster.add_job("x"))
    assert jobmanager.root_cause(job) is None
    cluster.fail(job, "java.lang.ArithmeticException: / by zero\n\tat A.b(A.java:1)")
    assert jobmanager.root_cause(job) == "java.lang.ArithmeticException: / by zero\n\tat A.b(A.java:1)"


def test_the_web_page_of_a_job(cluster: FakeJobManager, jobmanager: RestJobManager) -> None:
    assert jobmanager.ui_link(JobId("abc")) == f"{cluster.url}/#/job/running/abc/overview"


def test_a_gateway_is_told_from_a_jobmanager() -> None:
    with FakeGateway() as gateway:
        jobmanager = RestJobManager(Access(gateway.url))
        for call in (jobmanager.overview, jobmanager.jobs):
            with pytest.raises(NotAGatewayError, match="is a SQL Gateway, not a JobManager") as caught:
                call()
            assert caught.value.hint is not None and "8081" in caught.value.hint
        jobmanager.close()


class Said:
    url = "http://jm:8081"

    def __init__(self, status: int, body: bytes) -> None:
        self.reply = Reply(status, body, "text/html")

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        return self.reply

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("status", "body", "expected", "words"),
    [
        (200, b"<html><title>Grafana</title>", NotAGatewayError, "“Grafana”"),
        (404, b"nothing here", NotAGatewayError, "HTTP 404"),
        (200, b'{"versions":["V1"]}', NotAGatewayError, "no Flink JobManager"),
        (502, b"<html>Bad Gateway", BrokenReplyError, "HTTP 502"),
    ],
)
def test_a_stranger_is_described(
    status: int, body: bytes, expected: type[ConnectionFailedError], words: str
) -> None:
    jobmanager = RestJobManager(Access(Said.url), transport=Said(status, body))
    for call in (
        jobmanager.overview,
        jobmanager.jobs,
        lambda: jobmanager.job(NOBODY),
        lambda: jobmanager.cancel(NOBODY),
    ):
        with pytest.raises(expected, match="http://jm:8081") as caught:
            call()
        assert words in caught.value.message


def test_an_error_of_the_jobmanager_is_one_line() -> None:
    body = b'{"errors":["org.apache.flink.X: Service temporarily unavailable.\\n\\tat a.B.c(B.java:1)"]}'
    jobmanager = RestJobManager(Access(Said.url), transport=Said(503, body))
    with pytest.raises(BrokenReplyError, match="HTTP 503: Service temporarily unavailable") as caught:
        jobmanager.jobs()
    assert caught.value.details is not None and "\tat" in caught.value.details
