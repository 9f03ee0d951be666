"""A cluster that breaks while a supervisor asks of it and orders."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from fakes.refusals import disk_failed
from flinklab.domain.cluster import JobState
from flinklab.domain.errors import ConnectionFailedError, FlinklabError
from flinklab.domain.ids import JobId, SessionHandle
from flinklab.domain.pages import PageKind
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.flink.jobcontrol import RestJobControl
from flinklab.ports.jobs import Savepoint, SavepointState

COUNTED = "INSERT INTO agg SELECT k, COUNT(*) FROM src GROUP BY k"


def fresh() -> JobId:
    return JobId(uuid.uuid4().hex)


@pytest.fixture
def cluster() -> Iterator[FakeJobManager]:
    with FakeJobManager() as cluster:
        yield cluster


@pytest.fixture
def control(cluster: FakeJobManager) -> Iterator[RestJobControl]:
    control = RestJobControl(Access(cluster.url, timeout=5))
    yield control
    control.close()


@pytest.fixture
def job(cluster: FakeJobManager) -> JobId:
    return JobId(cluster.add_job("orders"))


LOOKS: list[tuple[str, Callable[[RestJobControl, JobId], object]]] = [
    ("jobs", lambda control, job: control.jobs()),
    ("status", lambda control, job: control.state(job)),
    ("checkpoints", lambda control, job: control.checkpoints(job)),
    ("exceptions", lambda control, job: control.cause(job)),
    ("savepoint status", lambda control, job: control.savepoint(job, "a" * 32)),
    ("jobmanager config", lambda control, job: control.incarnation()),
    ("requirements", lambda control, job: control.requirements(job)),
]


@pytest.mark.parametrize("fault", ["drop reply", "half a body", "500", "500 without errors", "503", "garbage"])
@pytest.mark.parametrize(("route", "look"), LOOKS, ids=[route for route, _ in LOOKS])
def test_a_look_that_fails_says_nothing_of_the_job(
    cluster: FakeJobManager,
    control: RestJobControl,
    job: JobId,
    route: str,
    look: Callable[[RestJobControl, JobId], object],
    fault: str,
) -> None:
    cluster.faults.add(route, fault)
    with pytest.raises(ConnectionFailedError):
        look(control, job)
    look(control, job)
    assert control.state(job) is JobState.RUNNING


def test_a_cluster_that_is_down_is_unreachable(
    cluster: FakeJobManager, control: RestJobControl, job: JobId
) -> None:
    cluster.stop()
    for _, look in LOOKS:
        with pytest.raises(ConnectionFailedError):
            look(control, job)
    cluster.start()
    assert control.state(job) is JobState.RUNNING


@pytest.mark.parametrize("stops", [False, True])
def test_an_order_whose_reply_was_lost_is_given_again(
    cluster: FakeJobManager, control: RestJobControl, job: JobId, stops: bool
) -> None:
    order = control.trigger_stop if stops else control.trigger_savepoint
    trigger = fresh()
    cluster.faults.add("stop" if stops else "savepoint", "drop reply")
    with pytest.raises(ConnectionFailedError):
        order(job, trigger)
    saved = control.savepoint(job, trigger)
    assert saved.state is SavepointState.COMPLETED
    assert order(job, trigger) and control.savepoint(job, trigger) == saved
    history = control.checkpoints(job)
    assert history is not None and [each.path for each in history.checkpoints] == [saved.path]


def test_an_order_that_never_arrived_is_not_known(
    cluster: FakeJobManager, control: RestJobControl, job: JobId
) -> None:
    trigger = fresh()
    cluster.faults.add("stop", "drop request")
    with pytest.raises(ConnectionFailedError):
        control.trigger_stop(job, trigger)
    assert control.savepoint(job, trigger) == Savepoint(SavepointState.FORGOTTEN)
    assert control.state(job) is JobState.RUNNING


def test_a_savepoint_that_comes_late_is_found_under_its_trigger(
    cluster: FakeJobManager, control: RestJobControl, job: JobId
) -> None:
    cluster.savepointing.held = True
    trigger = fresh()
    assert control.trigger_stop(job, trigger)
    cluster.clock.advance(3600)
    assert control.savepoint(job, trigger).state is SavepointState.IN_PROGRESS
    assert control.trigger_stop(job, trigger) and len(cluster.savepointing.open) == 1
    path = cluster.savepointing.finish(trigger)
    assert control.savepoint(job, trigger) == Savepoint(SavepointState.COMPLETED, path)
    assert control.state(job) is JobState.FINISHED


def test_an_outcome_is_forgotten_and_its_path_is_still_in_the_history(
    cluster: FakeJobManager, control: RestJobControl, job: JobId
) -> None:
    trigger = fresh()
    control.trigger_savepoint(job, trigger)
    path = control.savepoint(job, trigger).path
    cluster.clock.advance(cluster.savepointing.kept_for)
    assert control.savepoint(job, trigger).state is SavepointState.FORGOTTEN
    history = control.checkpoints(job)
    assert history is not None and path in [each.path for each in history.checkpoints]
    control.trigger_savepoint(job, trigger)
    assert control.savepoint(job, trigger).path not in ("", path)


def test_a_savepoint_that_fails_half_way_leaves_the_job_alone(
    cluster: FakeJobManager, control: RestJobControl, job: JobId
) -> None:
    cluster.savepointing.held = True
    trigger = fresh()
    control.trigger_stop(job, trigger)
    assert control.savepoint(job, trigger).state is SavepointState.IN_PROGRESS
    cluster.savepointing.fail(trigger, disk_failed("file:/full"))
    failed = Savepoint(SavepointState.FAILED, failure="Failed to create savepoint directory at file:/full")
    assert control.savepoint(job, trigger) == failed
    assert control.trigger_stop(job, trigger) and control.savepoint(job, trigger) == failed
    assert control.state(job) is JobState.RUNNING


def test_a_savepoint_ends_with_its_job(cluster: FakeJobManager, control: RestJobControl, job: JobId) -> None:
    cluster.savepointing.held = True
    trigger = fresh()
    control.trigger_savepoint(job, trigger)
    cluster.fail(job, "java.io.IOException: disk\n\tat a.B")
    assert control.savepoint(job, trigger) == Savepoint(
        SavepointState.FAILED, failure="Checkpoint Coordinator is suspending"
    )


def test_a_job_that_does_not_run_yet_has_no_savepoint(cluster: FakeJobManager, control: RestJobControl) -> None:
    job = JobId(cluster.add_job("orders", task_state="INITIALIZING"))
    trigger = fresh()
    assert control.trigger_stop(job, trigger)
    assert control.savepoint(job, trigger).failure == "Not all required tasks are currently running"
    cluster.set_state(job, "RUNNING")
    assert control.savepoint(job, trigger).state is SavepointState.FAILED
    assert control.trigger_stop(job, later := fresh())
    assert control.savepoint(job, later).state is SavepointState.COMPLETED


def test_a_jobmanager_that_started_anew_is_another_one(
    cluster: FakeJobManager, control: RestJobControl, job: JobId
) -> None:
    control.jobs()
    before = control.incarnation()
    cluster.restart()
    # No request fails: the list alone, which lacks a job, gives it away.
    assert control.jobs() == []
    assert control.incarnation() != before and control.state(job) is None


def test_a_cluster_with_high_availability_stays_itself(tmp_path: Path) -> None:
    with FakeJobManager(ha="app_1", folder=tmp_path) as cluster:
        control = RestJobControl(Access(cluster.url))
        job = JobId(cluster.add_job("orders"))
        trigger = fresh()
        control.trigger_savepoint(job, trigger)
        kept = cluster.checkpointing.complete(job)
        control.jobs()
        assert control.incarnation() == "ha:app_1"
        cluster.restart(back_after=20)
        assert control.jobs() == [] and control.state(job) is None and control.checkpoints(job) is None
        assert control.incarnation() == "ha:app_1"
        cluster.clock.advance(20)
        assert control.state(job) is JobState.RUNNING
        history = control.checkpoints(job)
        assert history is not None and history.restored_from == kept.path and history.completed == 0
        assert control.savepoint(job, trigger).state is SavepointState.FORGOTTEN
        control.close()


def test_an_incarnation_is_read_again_after_a_failure(cluster: FakeJobManager, control: RestJobControl) -> None:
    before = control.incarnation()
    cluster.restart()
    assert control.incarnation() == before
    cluster.faults.add("jobs", "503")
    with pytest.raises(ConnectionFailedError):
        control.jobs()
    assert control.incarnation() != before


def test_the_list_may_be_old_and_the_state_is_not(
    cluster: FakeJobManager, control: RestJobControl, job: JobId
) -> None:
    cluster.job_list.age = 3
    assert [each.state for each in control.jobs()] == [JobState.RUNNING]
    cluster.fail(job, "java.io.IOException: disk\n\tat a.B")
    assert [each.state for each in control.jobs()] == [JobState.RUNNING]
    assert control.state(job) is JobState.FAILED
    cluster.clock.advance(3)
    assert [each.state for each in control.jobs()] == [JobState.FAILED]


def test_checkpoints_may_be_old(cluster: FakeJobManager, control: RestJobControl, job: JobId) -> None:
    cluster.checkpointing.cache.age = 3
    for expected in (0, 0):
        history = control.checkpoints(job)
        assert history is not None and history.completed == expected
        cluster.checkpointing.complete(job)
    cluster.clock.advance(3)
    history = control.checkpoints(job)
    assert history is not None and history.completed == 2


def test_a_job_without_a_checkpoint_says_why(cluster: FakeJobManager, control: RestJobControl, job: JobId) -> None:
    cluster.checkpointing.every = 10
    cluster.jobs_by_id[job].never_completes = True
    cluster.clock.advance(35)
    history = control.checkpoints(job)
    assert history is not None and (history.completed, history.total) == (0, 3)
    assert {each.failure for each in history.checkpoints} == {"Checkpoint expired before completing."}


def test_a_flood_of_checkpoints_keeps_the_last_ten_and_the_savepoint(
    cluster: FakeJobManager, control: RestJobControl, job: JobId
) -> None:
    control.trigger_savepoint(job, fresh())
    cluster.checkpointing.every = 1
    cluster.clock.advance(1000)
    history = control.checkpoints(job)
    assert history is not None and history.completed >= 1000
    saved = [each for each in history.checkpoints if each.is_savepoint]
    assert len(history.checkpoints) == 11 and [each.checkpoint_id for each in saved] == [1]


class Sending:
    """A gateway session that submits one attempt."""

    def __init__(self, fake: FakeGateway, folder: Path) -> None:
        self.gateway = RestGateway(Access(fake.url, timeout=5), pause=lambda seconds: None)
        self.session: SessionHandle = self.gateway.open_session({})
        self.plan = str(folder / f"{fresh()}.json")
        self.run(f"COMPILE PLAN '{self.plan}' FOR {COUNTED}", {})

    def run(self, statement: str, config: dict[str, str]) -> None:
        operation = self.gateway.submit(self.session, statement, config)
        token, page = 0, None
        while page is None or page.kind is not PageKind.EOS:
            page = self.gateway.fetch(self.session, operation, token)
            token += page.kind is PageKind.PAYLOAD

    def send(self, job_id: JobId, **config: str) -> None:
        keys = {"$internal.pipeline.job-id": job_id, "pipeline.name": "orders", **config}
        self.run(f"EXECUTE PLAN '{self.plan}'", keys)


@pytest.fixture
def fake(cluster: FakeJobManager) -> Iterator[FakeGateway]:
    with FakeGateway(jobmanager=cluster) as gateway:
        yield gateway


@pytest.fixture
def sending(fake: FakeGateway, tmp_path: Path) -> Iterator[Sending]:
    sending = Sending(fake, tmp_path)
    yield sending
    sending.gateway.close()


def test_a_submission_whose_reply_is_lost_has_arrived(
    fake: FakeGateway, control: RestJobControl, sending: Sending
) -> None:
    job_id = fresh()
    fake.faults.add("submit", "drop reply")
    with pytest.raises(ConnectionFailedError):
        sending.send(job_id)
    assert control.state(job_id) is JobState.RUNNING
    with pytest.raises(FlinklabError, match="already been submitted"):
        sending.send(job_id)


def test_a_submission_that_never_arrived_can_be_sent_again(
    fake: FakeGateway, cluster: FakeJobManager, control: RestJobControl, sending: Sending
) -> None:
    job_id = fresh()
    fake.faults.add("submit", "500")
    with pytest.raises(ConnectionFailedError):
        sending.send(job_id)
    assert control.state(job_id) is None
    sending.send(job_id)
    assert control.state(job_id) is JobState.RUNNING and cluster.running() == [job_id]


def test_a_submission_on_its_way_arrives_unless_its_session_is_closed(
    fake: FakeGateway, control: RestJobControl, sending: Sending
) -> None:
    fake.submitting.held = True
    first, second = fresh(), fresh()
    statement = f"EXECUTE PLAN '{sending.plan}'"
    operation = sending.gateway.submit(sending.session, statement, {"$internal.pipeline.job-id": first})
    assert sending.gateway.fetch(sending.session, operation, 0).kind is PageKind.NOT_READY
    assert control.state(first) is None
    assert fake.deliver() == 1 and control.state(first) is JobState.RUNNING
    assert sending.gateway.fetch(sending.session, operation, 0).kind is PageKind.PAYLOAD

    sending.gateway.submit(sending.session, statement, {"$internal.pipeline.job-id": second})
    sending.gateway.close_session(sending.session)
    assert fake.deliver() == 0 and control.state(second) is None


def test_a_statement_for_a_cluster_that_is_down_is_refused(
    cluster: FakeJobManager, control: RestJobControl, sending: Sending
) -> None:
    job_id = fresh()
    cluster.stop()
    with pytest.raises(FlinklabError, match="Connection refused"):
        sending.send(job_id)
    cluster.start()
    assert control.state(job_id) is None


def test_a_statement_goes_to_the_cluster_that_it_names(
    fake: FakeGateway, control: RestJobControl, sending: Sending
) -> None:
    with FakeJobManager() as other:
        fake.submitting.clusters[other.port] = other
        job_id = fresh()
        sending.send(job_id, **{"rest.address": "127.0.0.1", "rest.port": str(other.port)})
        assert list(other.jobs_by_id) == [job_id] and control.state(job_id) is None


@pytest.mark.parametrize("in_flink", [True, False])
def test_a_checkpoint_whose_folder_is_gone_starts_nothing(
    cluster: FakeJobManager, control: RestJobControl, sending: Sending, in_flink: bool
) -> None:
    first, second = fresh(), fresh()
    sending.send(first)
    path = cluster.checkpointing.complete(first).path
    if in_flink:
        cluster.checkpointing.complete(first)  # which lets the one before go
    else:
        cluster.checkpointing.lose(path)
    history = control.checkpoints(first)
    assert history is not None and (path in [each.path for each in history.checkpoints]) is not in_flink
    with pytest.raises(FlinklabError, match="Cannot find checkpoint or savepoint"):
        sending.send(second, **{"execution.state-recovery.path": path})
    assert control.state(second) is JobState.FAILED
    cause = control.cause(second)
    assert cause is not None and cause.message.startswith("Cannot find checkpoint or savepoint")


def test_a_job_goes_on_on_another_cluster(tmp_path: Path) -> None:
    with (
        FakeJobManager(folder=tmp_path) as lost,
        FakeJobManager(folder=tmp_path) as other,
        FakeGateway(jobmanager=lost) as fake,
    ):
        fake.submitting.clusters[other.port] = other
        sending, control = Sending(fake, tmp_path), RestJobControl(Access(other.url))
        first, second = fresh(), fresh()
        sending.send(first)
        kept = lost.checkpointing.complete(first)
        lost.stop()
        sending.send(second, **{"rest.port": str(other.port), "execution.state-recovery.path": kept.path})
        history = control.checkpoints(second)
        assert history is not None and history.restored_from == kept.path
        made = other.checkpointing.complete(second)
        assert made.id == kept.id + 1 and (tmp_path / "checkpoints" / second / f"chk-{made.id}").is_dir()
        control.close()
        sending.gateway.close()
