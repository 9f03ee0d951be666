"""Sessions whose JobManagers move, end, are replaced, and whose addresses change hands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.jobs_world import CLUSTER, KEY, wait_until
from faults.yarn_world import YarnWorld
from flinklab.api import locating
from flinklab.domain.jobs import AttemptState, ClusterKey, CommandKind, CommandState, ManagedState

ETL, SPARE = CLUSTER.name, "spare"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "EVERY", 0.0)


@pytest.fixture(params=[False, True], ids=["without HA", "with HA"])
def either(request: pytest.FixtureRequest, tmp_path: Path, _sqlite_template: Path) -> Iterator[YarnWorld]:
    with YarnWorld(tmp_path / "world", _sqlite_template, ha=request.param) as world:
        yield world


@pytest.fixture
def world(tmp_path: Path, _sqlite_template: Path) -> Iterator[YarnWorld]:
    with YarnWorld(tmp_path / "world", _sqlite_template, clusters=(ETL, SPARE)) as world:
        yield world


def go(world: YarnWorld, rounds: int = 6, seconds: float = 10) -> None:
    for _ in range(rounds):
        world.advance(seconds)
        world.supervisor().round()


def test_no_resourcemanager_is_asked_while_the_jobmanager_answers(world: YarnWorld) -> None:
    world.start()
    assert world.asked == 1
    world.carry_out(world.job.savepoint())
    world.supervisor().close()  # and none when it is known from before
    go(world, 10, 61)
    assert world.asked == 1 and world.cluster.count("jobmanager config") > 5


def test_a_jobmanager_that_moves_is_followed(either: YarnWorld) -> None:
    world = either
    world.start()
    first = world.flink_id
    newest = world.job.points()[0].path
    world.move(ETL)
    world.until(lambda: world.advance(5) or (len(world.live()) == 1 and world.state is ManagedState.RUNNING))
    go(world)
    if world.has_ha:
        assert [each.number for each in world.job.attempts()] == [1] and world.flink_id == first
    else:
        assert [each.number for each in world.job.attempts()] == [2, 1]
        assert world.attempt.restored_from == newest
    assert world.live() == [world.flink_id] and world.asked <= 4
    [told] = [event for event in world.job.events() if event.kind == "cluster"]
    assert told.text == f"the JobManager moved to {world.cluster.url}" and told.data["before"] != world.cluster.url
    address = world.catalog.addresses.get(*_key(ETL))
    assert address is not None and address.url == world.cluster.url
    world.carry_out(world.job.stop())  # also what is submitted and asked for goes there
    assert not world.live()


def test_a_session_that_was_killed_is_replaced_and_its_job_recovered_once(either: YarnWorld) -> None:
    world = either
    world.start()
    newest = world.job.points()[0].path
    world.end(ETL)
    world.until(lambda: world.attempt.state is AttemptState.GONE)
    cause = world.attempt.cause
    assert cause is not None and "KILLED/KILLED: Application killed by user ann." in cause.message
    go(world)
    assert world.state is ManagedState.RESTARTING and "is back" in world.job.managed.status.reason
    world.begin(ETL)
    world.until(lambda: world.advance(5) or world.state is ManagedState.RUNNING)
    go(world)
    assert [each.number for each in world.job.attempts()] == [2, 1]
    assert world.attempt.restored_from == newest and world.live() == [world.flink_id]


def test_a_replacement_that_nobody_waited_for(either: YarnWorld) -> None:
    """Its predecessor was gone before anybody looked."""
    world = either
    world.start()
    world.end(ETL)
    world.begin(ETL)
    world.until(lambda: world.advance(5) or (world.attempt.number == 2 and world.state is ManagedState.RUNNING))
    go(world)
    assert [each.number for each in world.job.attempts()] == [2, 1] and world.live() == [world.flink_id]
    assert world.attempt.restored_from


def test_a_job_of_a_pool_goes_to_another_session(world: YarnWorld) -> None:
    handle = world.job
    world.start()
    other = world.add_job(KEY._replace(name="pooled"), pool="etl")
    world.carry_out(other.start())
    attempt = other.managed.attempt
    assert attempt is not None
    newest = world.cluster.checkpointing.complete(attempt.flink_id).path
    world.until(lambda: world.advance(5) or other.points())
    world.refuge = SPARE
    world.end(ETL)
    world.until(lambda: world.catalog.jobs.get(other.key).job.cluster == SPARE)

    def runs() -> bool:
        world.advance(5)
        world.supervisor("there", ClusterKey(CLUSTER.team, SPARE)).round()
        return other.status is ManagedState.RUNNING

    world.clusters[SPARE].checkpointing.on_look = True
    wait_until(runs)
    (move,) = [each.look() for each in other.commands() if each.look().kind is CommandKind.MOVE]
    assert move.asked_by == "the pool"
    assert handle.managed.job.cluster == ETL and handle.status is ManagedState.RESTARTING
    assert len(world.clusters[SPARE].running()) == 1
    again = other.managed.attempt
    assert again is not None and (again.number, again.restored_from) == (2, newest)


def test_a_resourcemanager_that_is_down_changes_nothing(world: YarnWorld) -> None:
    world.start()
    world.manager.stop()
    before = world.job.managed
    go(world, 10, 61)
    assert world.job.managed.attempt == before.attempt and world.state is ManagedState.RUNNING
    assert world.carry_out(world.job.savepoint()).state is CommandState.DONE


@pytest.mark.parametrize("how", ["down", "forgot", "another"])
def test_without_a_proof_nothing_is_concluded(world: YarnWorld, how: str) -> None:
    world.start()
    world.cluster.stop()
    if how == "down":
        world.manager.stop()
    if how != "down":
        world.manager.yarn.forget(world.applications[ETL])
    if how == "another":
        world.manager.yarn.add(ETL, jobmanager=world.clusters[SPARE].url)
    go(world, 10, 30)
    assert world.state is ManagedState.UNREACHABLE
    assert world.attempt.state is AttemptState.RUNNING and len(world.job.attempts()) == 1
    remark = next(each.remark for each in world.catalog.jobs.remarks([CLUSTER.team]) if each.cluster == CLUSTER)
    words = {
        "down": "does not answer either",
        "forgot": "nothing says that it ended",
        "another": "is called session now",
    }
    assert words[how] in remark
    world.cluster.start()
    world.until(lambda: world.state is ManagedState.RUNNING)
    assert len(world.job.attempts()) == 1


def test_an_address_that_changes_hands_is_not_believed(world: YarnWorld) -> None:
    """A stranger's session knows none of our jobs: they are neither gone nor started there."""
    world.start()
    stranger = world.usurp(ETL)
    go(world, 20, 30)
    assert world.state is ManagedState.UNREACHABLE
    assert world.attempt.state is AttemptState.RUNNING and len(world.job.attempts()) == 1
    world.job.savepoint()
    go(world)
    assert not stranger.jobs_by_id and not _changes(stranger)
    stranger.stop()
    world.cluster.start()
    world.until(lambda: world.state is ManagedState.RUNNING)
    assert len(world.job.attempts()) == 1


def test_nothing_is_submitted_to_who_took_the_address_over(world: YarnWorld) -> None:
    world.start()
    world.carry_out(world.job.stop())
    stranger = world.usurp(ETL)
    asked = world.job.start()
    go(world, 10, 30)
    assert world.over(asked) is None and not stranger.jobs_by_id
    stranger.stop()
    world.cluster.start()
    assert world.carry_out(asked).state is CommandState.DONE
    assert world.live() == [world.flink_id]


def _key(name: str) -> tuple[str, str]:
    return CLUSTER.team, name


def _changes(jobmanager: Any) -> list[str]:
    return [each.path for each in jobmanager.requests if each.method != "GET"]
