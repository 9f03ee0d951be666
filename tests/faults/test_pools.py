"""Jobs of a pool on real sockets: placed where there is room, moved, recovered elsewhere, waiting for slots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.jobs_world import CLUSTER, KEY
from faults.yarn_world import YarnWorld
from flinklab import api
from flinklab.api import locating, placing, pool_members, reaching, waiting, yarn_room
from flinklab.api.job_handle import JobHandle
from flinklab.api.moving import move_jobs
from flinklab.api.placing import Placing
from flinklab.api.pools import delete_pool, label_cluster, pools, save_pool
from flinklab.domain.errors import CommandRefusedError, ConflictError, NotFoundError, UsageError
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import AttemptState, ClusterKey, CommandKind, CommandState, JobKey, ManagedState
from flinklab.supervisor.worker import Reached

ONE, TWO, THREE = CLUSTER.name, "two", "three"
POOL = "etl"


class Pooled(YarnWorld):
    """Three sessions in one pool, each looked after."""

    def __init__(self, folder: Path, template: Path, **more: Any) -> None:
        super().__init__(folder, template, clusters=(ONE, TWO, THREE), **more)
        self.places: Placing | None = None

    def __enter__(self) -> Pooled:
        super().__enter__()
        for name in self.clusters:
            label_cluster(name, [POOL], catalog=self.catalog)
            self.clusters[name].checkpointing.on_look = True
        save_pool(POOL, [POOL], catalog=self.catalog)
        self.places = placing.placing(self.catalog, self.settings)
        return self

    def reach(self, cluster: ClusterKey) -> Reached:
        return reaching.reach(self.catalog, self.settings, cluster, lambda: None)

    def rounds(self, seconds: float = 5) -> None:
        """Of all three."""
        self.advance(seconds)
        for name in self.clusters:
            self.supervisor(name, ClusterKey(CLUSTER.team, name)).round()

    def goes(self, happens: Any) -> Any:
        return self.until(lambda: self.rounds() or happens(), by=ONE)

    def pooled(self, name: str, **more: Any) -> JobHandle:
        return self.add_job(JobKey(CLUSTER.team, name, KEY.environment), pool=POOL, **more)

    def running(self, handle: JobHandle) -> str:
        self.goes(lambda: handle.status is ManagedState.RUNNING and not handle.managed.commands)
        return handle.managed.job.cluster

    def where(self, handle: JobHandle) -> list[str]:
        """On which clusters something of it runs."""
        name = str(handle.key)
        return [
            each
            for each, cluster in self.clusters.items()
            for job in cluster.jobs_by_id.values()
            if job.config.get("pipeline.name") == name and not job.is_over
        ]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "EVERY", 0.0)
    monkeypatch.setattr(yarn_room, "EVERY", 0.0)
    monkeypatch.setattr(placing, "HOLDS", 0.0)
    monkeypatch.setattr(pool_members, "_WITHIN", 60.0)  # who is stopped refuses at once
    monkeypatch.setattr(waiting, "EVERY", 0.1)


@pytest.fixture
def world(tmp_path: Path, _sqlite_template: Path) -> Iterator[Pooled]:
    with Pooled(tmp_path / "world", _sqlite_template) as made:
        yield made


def test_a_start_goes_to_a_cluster_of_the_pool_that_has_room(world: Pooled) -> None:
    world.clusters[ONE].slots = 0
    world.clusters[TWO].slots = 2
    world.clusters[THREE].slots = 1
    orders = world.pooled("placed")
    alone = world.job  # not in the pool
    orders.start(), alone.start()
    assert world.running(orders) == TWO and world.where(orders) == [TWO]
    assert alone.managed.job.cluster == ONE
    told = [each.text for each in orders.events()]
    assert f"starts on {TWO}: {ONE} has no room for it" in told
    assert [each.look().state for each in orders.commands()] == [CommandState.DONE]
    assert [each.number for each in orders.attempts()] == [1]


def test_a_start_stays_where_there_is_room(world: Pooled) -> None:
    world.clusters[ONE].slots = 1
    orders = world.pooled("placed")
    orders.start()
    assert world.running(orders) == ONE


def test_as_many_start_elsewhere_as_fit_there(world: Pooled) -> None:
    for name, slots in ((ONE, 0), (TWO, 2), (THREE, 1)):
        world.clusters[name].slots = slots
        world.manager.yarn.memory = 0  # and no more come
    handles = [world.pooled(f"placed-{number}") for number in range(4)]
    for each in handles:
        each.start()
    for each in handles:
        world.running(each)
    placed = sorted(each.managed.job.cluster for each in handles)
    assert placed == sorted([ONE, TWO, TWO, THREE])  # the last one stays and waits for its slots


def test_the_jobs_of_a_session_that_ended_go_where_they_fit_each_once(world: Pooled) -> None:
    for name, slots in ((ONE, 16), (TWO, 2), (THREE, 1)):
        world.clusters[name].slots = slots
    world.manager.yarn.memory = 0
    handles = [world.pooled(f"pooled-{number}", priority=number) for number in range(4)]
    for each in handles:
        each.start()
    for each in handles:
        assert world.running(each) == ONE
    world.goes(lambda: all(each.points() for each in handles))  # else nobody would start it without its state
    world.end(ONE)
    world.goes(lambda: sum(each.managed.job.cluster != ONE for each in handles) == 3)
    for each in handles[1:]:
        world.running(each)
        assert len(world.where(each)) == 1 and [one.number for one in each.attempts()] == [2, 1]
        (move,) = [one.look() for one in each.commands() if one.kind is CommandKind.MOVE]
        assert move.asked_by == "the pool" and move.arguments["lost"]
    assert sorted(each.managed.job.cluster for each in handles[1:]) == sorted([TWO, TWO, THREE])
    lowest = handles[0]  # the first in priority went first: for the last one there is no room
    assert lowest.managed.job.cluster == ONE and lowest.status is ManagedState.RESTARTING
    world.clusters[THREE].slots = 2
    world.goes(lambda: lowest.managed.job.cluster == THREE)
    assert world.running(lowest) == THREE


def test_a_move_to_a_pool_takes_the_state_along(world: Pooled) -> None:
    orders = world.job
    orders.start()
    world.running(orders)
    world.clusters[TWO].slots, world.clusters[THREE].slots = 0, 3
    command = orders.move(pool=POOL, why="it grows")
    world.goes(lambda: world.over(command))
    assert world.running(orders) == THREE and orders.managed.job.pool == POOL
    assert orders.managed.attempt is not None and orders.managed.attempt.restored_from == command.look().savepoint
    outside = orders.move(ONE)
    world.goes(lambda: world.over(outside))
    assert orders.managed.job.pool == POOL  # a cluster of it
    label_cluster(TWO, remove=[POOL], catalog=world.catalog)
    world.clusters[TWO].slots = 1
    away = orders.move(TWO)
    world.goes(lambda: world.over(away))
    assert orders.managed.job.pool == "" and world.running(orders) == TWO


def test_a_pool_without_room_refuses_a_move_with_its_numbers(world: Pooled) -> None:
    for cluster in world.clusters.values():
        cluster.slots = 0
    world.manager.yarn.memory = 0
    with pytest.raises(CommandRefusedError, match="no cluster of pool etl has room for 1 slot") as refused:
        world.job.move(pool=POOL)
    assert refused.value.hint == "three has 0 of 0 slots free; two has 0 of 0 slots free"
    world.clusters[TWO].stop()
    with pytest.raises(CommandRefusedError) as refused:
        world.job.move(pool=POOL)
    assert refused.value.hint == "three has 0 of 0 slots free; two does not answer"
    assert not world.job.managed.commands
    with pytest.raises(NotFoundError):
        world.job.move(pool="nope")
    with pytest.raises(UsageError, match="where to"):
        world.job.move()


def test_where_no_slot_is_free_a_session_grows_as_far_as_its_queue_goes(world: Pooled) -> None:
    for cluster in world.clusters.values():
        cluster.slots = 0
        cluster.configuration["taskmanager.numberOfTaskSlots"] = "2"
        cluster.configuration["taskmanager.memory.process.size"] = "1024m"
    world.manager.yarn.memory = 3 * 1792 + 1024
    before = world.asked
    fits, too_big = (world.pooled(f"{n}-slots", deployment=Deployment(parallelism=n)) for n in (2, 3))
    assert fits.move(pool=POOL).look().arguments["cluster"] == THREE
    with pytest.raises(CommandRefusedError, match="no cluster of pool etl has room for 3 slots"):
        too_big.move(pool=POOL)
    assert world.asked > before
    fits.start()
    with pytest.raises(CommandRefusedError, match="for 1 slot"):  # the TaskManager that can come is promised
        world.job.move(pool=POOL)


def test_all_jobs_of_a_session_move_by_one_order(world: Pooled) -> None:
    world.clusters[TWO].slots = world.clusters[THREE].slots = 2
    handles = [world.pooled(f"many-{number}", priority=number % 3) for number in range(4)]
    for each in handles:
        each.start()
    for each in handles:
        world.running(each)
    world.manager.yarn.memory = 0
    asked = move_jobs(ONE, POOL, catalog=world.catalog)
    assert [each.key.name for each in asked][:1] == ["many-2"]
    moved = [each for each in asked if each.command is not None]
    assert [each.key.name for each in asked if each.command is None] == [KEY.name]  # the last, and there is no room
    for each in moved:
        world.goes(lambda each=each: world.over(each.command))
    assert sorted(each.managed.job.cluster for each in handles) == [THREE, THREE, TWO, TWO]
    assert all(each.command.look().state is CommandState.DONE for each in moved)
    with pytest.raises(NotFoundError, match="no cluster and no pool"):
        move_jobs(TWO, "nowhere", catalog=world.catalog)
    with pytest.raises(NotFoundError, match="there is no cluster"):
        move_jobs("nowhere", TWO, catalog=world.catalog)
    (only, *_), _ = move_jobs(ONE, TWO, catalog=world.catalog), None
    assert only.key == KEY and world.goes(lambda: world.job.managed.job.cluster == TWO)


def test_a_job_that_waits_for_slots_says_so_with_the_queues_numbers(world: Pooled) -> None:
    cluster = world.clusters[ONE]
    cluster.slots, cluster.new_task_state = 0, "SCHEDULED"
    world.manager.yarn.memory = 0
    command = world.job.start()
    words = "waits for slots: 0 of 0 are free; queue default uses"
    world.goes(lambda: words in world.job.managed.status.reason)
    assert world.state is ManagedState.STARTING and world.over(command) is None
    assert words in command.look().outcome
    asked = world.asked
    cluster.jobs_by_id[world.flink_id].task_state = "RUNNING"
    world.goes(lambda: world.over(command))
    assert world.state is ManagedState.RUNNING and world.job.managed.status.reason == ""
    after = world.asked
    for _ in range(10):
        world.rounds()
    assert world.asked == after >= asked  # and then nobody asks any more


def test_a_resourcemanager_that_is_down_keeps_nobody_from_saying_that_slots_lack(world: Pooled) -> None:
    cluster = world.clusters[ONE]
    cluster.slots, cluster.new_task_state = 0, "SCHEDULED"
    world.rounds()
    command = world.job.start()
    world.goes(lambda: world.attempt.state is AttemptState.RUNNING if world.job.managed.attempt else None)
    world.manager.stop()
    world.goes(lambda: "0 of 0 are free; its queue is not known" in world.job.managed.status.reason)
    assert world.over(command) is None


def test_pools_are_told_with_their_clusters_and_jobs(world: Pooled) -> None:
    world.clusters[TWO].slots = 5
    world.clusters[THREE].stop()
    world.pooled("a"), world.pooled("b")
    (seen,) = pools(world.catalog, settings=world.settings)
    assert [each.cluster.name for each in seen.members] == [ONE, THREE, TWO]
    assert (seen.slots_free, seen.slots) == (16 + 5, 16 + 5) and len(seen.jobs) == 2
    assert seen.members[1].overview is None and seen.members[1].trouble
    assert {each.job.key.name for each in api.managed_jobs(world.catalog, pool=POOL)} == {"a", "b"}
    with pytest.raises(ConflictError, match="is used by job a"):
        delete_pool(POOL, catalog=world.catalog)
    for name in ("a", "b"):
        JobHandle(world.catalog, JobKey(CLUSTER.team, name, KEY.environment)).configure(pool="")
    world.goes(lambda: not api.managed_jobs(world.catalog, pool=POOL))
    assert delete_pool(f"{CLUSTER.team}.{POOL}", catalog=world.catalog).labels == (POOL,)
    with pytest.raises(NotFoundError, match="there is no pool 'etl'"):
        delete_pool(POOL, catalog=world.catalog)


def test_labels_are_given_and_taken(world: Pooled) -> None:
    assert label_cluster(ONE, ["big", "big"], ["etl"], catalog=world.catalog).labels == ("big",)
    with pytest.raises(UsageError, match="has no label 'etl'") as refused:
        label_cluster(ONE, remove=["etl"], catalog=world.catalog)
    assert refused.value.hint == "it has big"
    with pytest.raises(UsageError, match="words without spaces"):
        label_cluster(ONE, ["two words"], catalog=world.catalog)
    with pytest.raises(UsageError, match="have its labels"):
        save_pool("all", [], catalog=world.catalog)
