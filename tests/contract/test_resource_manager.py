"""What of a ResourceManager is relied on, held of a real one and of the fake alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from contract.side import until
from contract.yarn_side import SUBMITTER, YarnSide
from fakes.resourcemanager import FakeResourceManager
from flinklab.domain.errors import NoApplicationError, YarnRefusedError
from flinklab.domain.yarn import Application, ApplicationState, FinalStatus
from flinklab.flink.access import Access
from flinklab.yarn.identity import Identity
from flinklab.yarn.resourcemanager import RestResourceManager


@pytest.fixture(params=["fake", "real"])
def yarn(request: pytest.FixtureRequest) -> Iterator[YarnSide]:
    with ExitStack() as stack:
        fake = stack.enter_context(FakeResourceManager()) if request.param == "fake" else None
        urls = [fake.url] if fake is not None else request.getfixturevalue("yarn_lab").urls
        identity = Identity("simple", SUBMITTER)
        manager = RestResourceManager([Access(url) for url in urls], identity=identity)
        stack.callback(manager.close)
        yield YarnSide(request.param, manager, fake)


@pytest.fixture
def submitted(yarn: YarnSide, request: pytest.FixtureRequest) -> Iterator[Application]:
    """One with the test's name and two tags; killed when the test ends."""
    application_id = yarn.submit(request.node.name, tags=("contract", "Session:1"))
    yield until(lambda: accepted(yarn, application_id))
    yarn.manager.kill(application_id)


def accepted(yarn: YarnSide, application_id: str) -> Application | None:
    """Before that Hadoop lets nothing of it be changed."""
    found = yarn.manager.application(application_id)
    return (
        found
        if found is not None and found.state in (ApplicationState.ACCEPTED, ApplicationState.RUNNING)
        else None
    )


def over(yarn: YarnSide, application_id: str) -> Application:
    def ended() -> Application | None:
        found = yarn.manager.application(application_id)
        return found if found is not None and found.is_over else None

    return until(ended)


def test_it_tells_of_itself(yarn: YarnSide) -> None:
    info = yarn.manager.info()
    assert info.hadoop_version.startswith("3.") and info.ha_state == "ACTIVE"
    assert info.started_at is not None and info.started_at.utcoffset() is not None
    assert info.nodes == 1 and 0 <= info.memory_available <= info.memory > 1000
    assert 0 <= info.vcores_available <= info.vcores


def test_an_application_is_told_as_it_was_submitted(yarn: YarnSide, submitted: Application) -> None:
    assert (submitted.user, submitted.queue, submitted.is_flink) == (SUBMITTER, "root.default", True)
    assert submitted.final_status is FinalStatus.UNDEFINED and not submitted.is_over
    assert submitted.jobmanager_url is None
    assert {tag.lower() for tag in submitted.tags} == {"contract", "session:1"}
    assert submitted.started_at is not None and submitted.ended_at is None
    listed = {each.id: each for each in yarn.manager.applications()}[submitted.id]
    assert (listed.name, listed.queue, listed.tags) == (submitted.name, submitted.queue, submitted.tags)


def test_lists_are_narrowed(yarn: YarnSide, submitted: Application) -> None:
    other = yarn.submit("a mapreduce", type="MAPREDUCE", queue="etl")
    manager = yarn.manager

    def ids(**narrowed: object) -> set[str]:
        return {each.id for each in manager.applications(**narrowed)} & {submitted.id, other}  # type: ignore[arg-type]

    until(lambda: accepted(yarn, other))
    assert ids() == {submitted.id}
    assert ids(type=None) == {submitted.id, other}
    assert ids(type="MAPREDUCE") == {other}
    assert ids(type=None, queue="etl") == ids(type=None, queue="root.etl") == {other}
    assert ids(tag="contract") == {submitted.id} and ids(tag="nobody's") == set()
    assert ids(states=[ApplicationState.ACCEPTED, ApplicationState.RUNNING]) == {submitted.id}
    assert ids(states=[ApplicationState.FINISHED]) == set()
    with pytest.raises(YarnRefusedError, match="nope"):
        manager.applications(queue="nope")
    manager.kill(other)


def test_the_first_attempt_is_there(yarn: YarnSide, submitted: Application) -> None:
    attempts = until(lambda: yarn.manager.attempts(submitted.id))
    assert [each.number for each in attempts] == [1]
    assert attempts[0].id == submitted.id.replace("application", "appattempt") + "_000001"


def test_a_kill_ends_it_for_good(yarn: YarnSide, submitted: Application) -> None:
    yarn.manager.kill(submitted.id)
    ended = over(yarn, submitted.id)
    assert (ended.state, ended.final_status) == (ApplicationState.KILLED, FinalStatus.KILLED)
    assert ended.ended_at is not None and "killed by user ann" in ended.diagnostics
    assert (ended.memory, ended.containers, ended.jobmanager_url) == (0, 0, None)
    yarn.manager.kill(submitted.id)
    with pytest.raises(YarnRefusedError, match="KILLED state cannot be moved"):
        yarn.manager.move(submitted.id, "etl")


def test_it_moves_to_another_queue_that_there_is(yarn: YarnSide, submitted: Application) -> None:
    yarn.manager.move(submitted.id, "etl")
    moved = yarn.manager.application(submitted.id)
    assert moved is not None and moved.queue == "root.etl"
    with pytest.raises(YarnRefusedError, match=r"no queue nope .*root\.default"):
        yarn.manager.move(submitted.id, "nope")


def test_a_priority_above_the_cluster_s_is_not_set(yarn: YarnSide, submitted: Application) -> None:
    with pytest.raises(YarnRefusedError, match="priority 0 instead of 7"):
        yarn.manager.set_priority(submitted.id, 7)
    yarn.manager.set_priority(submitted.id, 0)


def test_queues_have_shares(yarn: YarnSide) -> None:
    queues = {queue.path: queue for queue in yarn.manager.queues()}
    assert {"root.default", "root.etl"} <= set(queues)
    assert sum(queue.capacity or 0.0 for queue in queues.values()) == pytest.approx(1.0)
    for queue in queues.values():
        assert queue.is_running and queue.name == queue.path.rpartition(".")[2]
        assert 0 < (queue.max_capacity or 0) <= 1 and (queue.memory_max or 0) > 0
        assert queue.largest_memory is not None and queue.largest_vcores is not None


def test_who_waits_in_a_queue_is_counted(yarn: YarnSide, submitted: Application) -> None:
    def busy() -> bool:
        (queue,) = [queue for queue in yarn.manager.queues() if queue.path == "root.default"]
        return queue.running + queue.waiting >= 1

    until(busy)


def test_what_it_does_not_know(yarn: YarnSide) -> None:
    unknown = "application_1_0001"
    assert yarn.manager.application(unknown) is None
    assert list(yarn.manager.attempts(unknown)) == []
    with pytest.raises(NoApplicationError, match=unknown):
        yarn.manager.kill(unknown)
    with pytest.raises(NoApplicationError, match=unknown):
        yarn.manager.move(unknown, "etl")
    with pytest.raises(YarnRefusedError, match="Invalid ApplicationId"):
        yarn.manager.application("nonsense")
