from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest

from fakes.jobmanager import FakeJobManager
from fakes.refusals import disk_failed, not_all_running
from flinklab.domain.errors import (
    BrokenReplyError,
    CommandFailedError,
    ConnectionFailedError,
    NotAGatewayError,
    UnreachableError,
)
from flinklab.domain.ids import JobId
from flinklab.flink.access import Access
from flinklab.flink.incarnation import GOOD_FOR
from flinklab.flink.jobcontrol import RestJobControl
from flinklab.flink.transport import Reply
from flinklab.ports.jobs import CheckpointHistory, JobControl, Requirements, Savepoint, SavepointState

NOBODY = JobId("0" * 32)


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def fresh() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def cluster() -> Iterator[FakeJobManager]:
    with FakeJobManager() as cluster:
        yield cluster


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def control(cluster: FakeJobManager, time: Time) -> Iterator[RestJobControl]:
    control = RestJobControl(Access(cluster.url), clock=time)
    yield control
    control.close()


def test_it_is_what_a_supervisor_wants(control: RestJobControl) -> None:
    wanted: JobControl = control
    assert wanted.url.startswith("http://127.0.0.1")


def test_a_round_costs_one_request(cluster: FakeJobManager, control: RestJobControl, time: Time) -> None:
    for number in range(10):
        cluster.add_job(f"job {number}")
    for _ in range(20):
        assert len(control.jobs()) == 10
        control.incarnation()
        time.now += 2
    assert (cluster.count("jobs"), cluster.count("jobmanager config")) == (20, 1)
    assert len(cluster.requests) == 21
    time.now += GOOD_FOR
    control.incarnation()
    assert cluster.count("jobmanager config") == 2


def test_a_savepoint_names_its_directory_and_format(cluster: FakeJobManager, control: RestJobControl) -> None:
    job = JobId(cluster.add_job("x"))
    trigger, other = fresh(), fresh()
    assert control.trigger_savepoint(job, trigger, directory="file:///there", canonical=True)
    assert control.trigger_savepoint(job, other)
    bodies = [request.body for request in cluster.requests if request.name == "savepoint"]
    assert bodies == [
        {"triggerId": trigger, "formatType": "CANONICAL", "cancel-job": False, "target-directory": "file:///there"},
        {"triggerId": other, "formatType": "NATIVE", "cancel-job": False},
    ]
    assert control.savepoint(job, trigger).path.startswith("file:/there/savepoint-")


def test_a_stop_names_its_directory_and_whether_to_drain(cluster: FakeJobManager, control: RestJobControl) -> None:
    job, trigger = JobId(cluster.add_job("x")), fresh()
    assert control.trigger_stop(job, trigger, directory="file:///there", drain=True)
    (body,) = [request.body for request in cluster.requests if request.name == "stop"]
    assert body == {"triggerId": trigger, "formatType": "NATIVE", "drain": True, "targetDirectory": "file:///there"}
    assert control.savepoint(job, trigger).path.startswith("file:/there/savepoint-")
    assert cluster.jobs_by_id[job].state == "FINISHED"


def test_a_savepoint_without_a_directory_is_refused(cluster: FakeJobManager, control: RestJobControl) -> None:
    job = JobId(cluster.add_job("x"))
    del cluster.configuration["execution.checkpointing.savepoint-dir"]
    for ask in (control.trigger_savepoint, control.trigger_stop):
        with pytest.raises(CommandFailedError, match=r"savepoint-dir\] is not set"):
            ask(job, fresh())
    assert cluster.savepointing.asked == {}


def test_a_reason_is_short_however_long_the_task_is(cluster: FakeJobManager, control: RestJobControl) -> None:
    job = JobId(cluster.add_job("x"))
    cluster.savepointing.next_failures += [not_all_running(job, "Calc " * 300), disk_failed("file:/full")]
    failures = []
    for _ in range(2):
        trigger = fresh()
        assert control.trigger_savepoint(job, trigger)
        failures.append(control.savepoint(job, trigger).failure)
    assert failures == [
        "Not all required tasks are currently running",
        "Failed to create savepoint directory at file:/full",
    ]


class Said:
    """Every request gets the same answer."""

    url = "http://jm:8081"

    def __init__(self, status: int, body: object) -> None:
        self.reply = Reply(status, body if isinstance(body, bytes) else json.dumps(body).encode(), "x")

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        return self.reply

    def close(self) -> None: ...


def control_of(status: int, body: object) -> RestJobControl:
    return RestJobControl(Access(Said.url), transport=Said(status, body))


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"status": {"id": "IN_PROGRESS"}, "operation": None}, SavepointState.IN_PROGRESS),
        ({"status": {"id": "COMPLETED"}, "operation": None}, SavepointState.IN_PROGRESS),
        ({"status": {"id": "COMPLETED"}, "operation": {}}, SavepointState.IN_PROGRESS),
        ({"status": {"id": "COMPLETED"}, "operation": {"location": "file:/sp"}}, SavepointState.COMPLETED),
    ],
)
def test_a_savepoint_is_complete_when_its_place_is_known(body: object, state: SavepointState) -> None:
    assert control_of(200, body).savepoint(NOBODY, fresh()).state is state


@pytest.mark.parametrize(
    "text",
    [
        "org.apache.flink.runtime.rest.handler.RestHandlerException: There is no savepoint operation with "
        "triggerId=0b6e1234699641b2b3e777b7d69ee674 for job 5ff440eb58e047d8975b3caeadc29c32.",
        "Operation not found under key: org.apache.flink.runtime.rest.handler.job.AsynchronousJobOperationKey@1",
    ],
)
def test_a_trigger_that_flink_does_not_know_is_forgotten(text: str) -> None:
    found = control_of(404, {"errors": [text]}).savepoint(NOBODY, fresh())
    assert found == Savepoint(SavepointState.FORGOTTEN)


STRANGE = [
    (404, b"<html>no such page</html>"),
    (404, {"errors": ["Unable to load requested file /jobs/0/savepoints/0."]}),
    (503, {"errors": ["Service temporarily unavailable due to an ongoing leader election. Please refresh."]}),
    (502, b"<html>Bad Gateway</html>"),
    (
        500,
        {"errors": ["Internal server error.", "<Exception on server side:\njava.util.concurrent.TimeoutException"]},
    ),
    (200, b"<html>Welcome</html>"),
]


@pytest.mark.parametrize(("status", "body"), STRANGE)
def test_nothing_is_concluded_from_what_another_server_says(status: int, body: object) -> None:
    control = control_of(status, body)
    for look in (control.state, control.checkpoints, control.cause):
        with pytest.raises(ConnectionFailedError):
            look(NOBODY)
    with pytest.raises(ConnectionFailedError):
        control.savepoint(NOBODY, fresh())
    with pytest.raises(ConnectionFailedError):
        control.incarnation()


@pytest.mark.parametrize(("status", "body"), [*STRANGE[:1], *STRANGE[2:4], *STRANGE[5:]])
def test_an_order_that_did_not_arrive_is_not_refused(status: int, body: object) -> None:
    control = control_of(status, body)
    for order in (control.trigger_savepoint, control.trigger_stop):
        with pytest.raises(ConnectionFailedError):
            order(NOBODY, fresh())
    if status != 200:
        with pytest.raises(ConnectionFailedError):
            control.rescale(NOBODY, Requirements())


def test_flink_without_requirements_has_none() -> None:
    older = {"errors": ["Unable to load requested file /jobs/0/resource-requirements."]}
    assert control_of(404, older).requirements(NOBODY) is None
    with pytest.raises(NotAGatewayError):
        control_of(404, b"<html>no such page</html>").requirements(NOBODY)
    with pytest.raises(BrokenReplyError):
        control_of(500, {"errors": ["Internal server error."]}).requirements(NOBODY)


def test_an_adaptive_job_is_rescaled_while_it_runs(cluster: FakeJobManager, control: RestJobControl) -> None:
    cluster.adaptive = True
    job = JobId(cluster.add_job("x", parallelism=2))
    found = control.requirements(job)
    assert found is not None and set(found.vertices.values()) == {(1, 2)}
    wanted = Requirements(dict.fromkeys(found.vertices, (1, 4)))
    control.rescale(job, wanted)
    assert control.requirements(job) == wanted and cluster.jobs_by_id[job].parallelism == 4
    with pytest.raises(CommandFailedError, match="was not found in the JobGraph"):
        control.rescale(job, Requirements({"f" * 32: (1, 1)}))
    with pytest.raises(CommandFailedError, match="Could not find Flink job"):
        control.rescale(NOBODY, wanted)
    cluster.adaptive = False
    assert control.requirements(job) is None
    with pytest.raises(CommandFailedError, match="does not support changing the parallelism"):
        control.rescale(job, wanted)


def test_only_the_newest_failure_is_asked_for(cluster: FakeJobManager, control: RestJobControl) -> None:
    job = JobId(cluster.add_job("x"))
    assert control.cause(job) is None
    cluster.restart_job(job, "java.io.IOException: first\n\tat a.B", task="Map")
    cluster.restart_job(job, "java.io.IOException: second\n\tat a.B", task="Sink: out", taskmanager="tm-7")
    cause = control.cause(job)
    assert cause is not None and (cause.message, cause.vertex, cause.taskmanager) == ("second", "Sink: out", "tm-7")
    assert [request.query for request in cluster.requests if request.name == "exceptions"] == [
        {"maxExceptions": "1"}
    ] * 2


def test_a_job_without_checkpoints_is_no_unknown_one(cluster: FakeJobManager, control: RestJobControl) -> None:
    job = cluster.add_job("batch", takes_checkpoints=False)
    assert control.checkpoints(JobId(job)) == CheckpointHistory(enabled=False)
    assert control.checkpoints(NOBODY) is None


def test_parameters_are_what_a_job_says_that_has_begun(cluster: FakeJobManager, control: RestJobControl) -> None:
    """What is told may be from before: that none are told is believed of no job that has not ended."""
    job = JobId(cluster.add_job("orders", state="INITIALIZING", parameters={"a": "b"}))
    cluster.job_configs.age = 600
    with pytest.raises(UnreachableError, match="or does not tell it"):
        control.job_parameters(job)
    cluster.jobs_by_id[job].state = "RUNNING"
    with pytest.raises(UnreachableError, match="or does not tell it"):
        control.job_parameters(job)
    cluster.clock.advance(600)
    assert control.job_parameters(job) == {"a": "b"}


def test_a_job_that_never_began_has_no_parameters(cluster: FakeJobManager, control: RestJobControl) -> None:
    job = JobId(cluster.add_job("orders", state="INITIALIZING", parameters={"a": "b"}))
    cluster.job_configs.age = 600
    with pytest.raises(UnreachableError):
        control.job_parameters(job)
    cluster.jobs_by_id[job].state = "FAILED"
    assert control.job_parameters(job) == {}
    assert control.job_parameters(NOBODY) == {}
