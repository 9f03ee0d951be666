"""A worker whose cluster ends: one proof, one start again, on the replacement or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fakes.flink_world import FlinkWorld
from fakes.memory_ledger import MemoryDatabase
from fakes.puppets import LEASE, InlineExecutor, Puppet
from flinklab.domain.errors import ClusterEndedError
from flinklab.domain.ids import AttemptId, CommandId
from flinklab.domain.jobs import (
    AttemptState,
    ClusterKey,
    Command,
    CommandKind,
    CommandState,
    Event,
    Job,
    JobKey,
    Managed,
    ManagedState,
)
from flinklab.supervisor import worker
from flinklab.supervisor.worker import ClusterWorker, Reached

ETL, SPARE = ClusterKey("orders", "etl"), ClusterKey("orders", "spare")


class Site:
    """Two sessions on a YARN, one catalog, and their supervisors. `room`: where the pool has some."""

    def __init__(self, *, ha: bool = False) -> None:
        self.world = FlinkWorld(ha=ha, name="etl", application="application_1_0001")
        self.spare = FlinkWorld(ha=ha, name="spare", application="application_1_0002")
        self.spare.paths = self.world.paths
        self.database = MemoryDatabase(lambda: self.world.now)
        self.room = ""
        self.cannot_reach: ClusterEndedError | None = None
        self.workers = {ETL: self._worker(ETL, self.world), SPARE: self._worker(SPARE, self.spare)}
        for number in (1, 2):
            key = JobKey(ETL.team, f"job-{number}", "prod")
            self.database.add(Job(key, ETL.name, 1, id=number, priority=number, pool="p" if number == 2 else ""))

    def _worker(self, cluster: ClusterKey, world: FlinkWorld) -> ClusterWorker:
        lease = self.database.leases.acquire(cluster, cluster.name, 1e6)
        assert lease is not None

        def reach() -> Reached:
            if self.cannot_reach is not None and cluster == ETL:
                raise self.cannot_reach
            parts = (world.control, world.sender, world.storage)
            return Reached(*parts, close=lambda: None, hide=lambda _, text: text, refuge=self.refuge)

        return ClusterWorker(reach, self.database.leases.ledger(lease))

    def refuge(self, managed: Managed) -> str:
        return self.room if managed.job.pool else ""

    def ask(self, job: int, kind: CommandKind, **arguments: object) -> CommandId:
        command = CommandId(f"{kind.value}-{job}")
        self.database.ask(Command(command, job, kind, arguments, asked_by="ann", asked_at=self.world.now))
        return command

    def rounds(self, number: int = 1) -> None:
        for _ in range(number):
            for each in self.workers.values():
                each.round()
            for world in (self.world, self.spare):
                world.advance(2)

    def run(self) -> None:
        for job in (1, 2):
            self.ask(job, CommandKind.START)
        self.rounds(20)
        assert all(self.state(job) is ManagedState.RUNNING for job in (1, 2))

    def state(self, job: int) -> ManagedState:
        return self.database.managed(job).status.state

    def numbers(self, job: int) -> list[int]:
        return sorted(each.number for each in self.database.rows.attempts.values() if each.job_id == job)

    def close(self) -> None:
        for each in self.workers.values():
            each.close()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(worker, "ThreadPoolExecutor", InlineExecutor)
    site = Site()
    yield site
    site.close()


def test_its_jobs_are_gone_in_one_transaction_each_and_wait(site: Site) -> None:
    site.run()
    site.world.end()
    written = len(site.database.transactions)
    site.rounds(10)
    for job in (1, 2):
        managed = site.database.managed(job)
        assert managed.attempt is not None and managed.attempt.state is AttemptState.GONE
        assert managed.attempt.cause is not None and "application_1_0001 is KILLED" in managed.attempt.cause.message
        assert managed.status.state is ManagedState.RESTARTING and "is back" in managed.status.reason
    gone = [each.values for each in site.database.transactions[written:]]
    assert [sum(isinstance(value, Event) for value in values) for values in gone] == [2, 2]
    assert not site.spare.jobs and site.numbers(1) == site.numbers(2) == [1]


def test_a_replacement_runs_them_again_once_from_their_newest_state(site: Site) -> None:
    site.run()
    site.world.end()
    site.rounds(5)
    site.world.replace()
    site.rounds(30)
    for job in (1, 2):
        assert site.state(job) is ManagedState.RUNNING and site.numbers(job) == [1, 2]
        (began,) = [each for each in site.world.began[2:] if each.managed == job]
        assert began.restored_from and began.progress > 0
        assert len(site.database.managed(job).status.restarts) <= 1


def test_nobody_looked_until_the_replacement_was_there(site: Site) -> None:
    site.run()
    site.world.end()
    site.world.advance(60)
    site.world.replace()
    site.rounds(30)
    assert all(site.state(job) is ManagedState.RUNNING and site.numbers(job) == [1, 2] for job in (1, 2))
    assert all(each.restored_from for each in site.world.began[2:])


def test_a_job_of_a_pool_goes_where_there_is_room_and_comes_back_never(site: Site) -> None:
    site.run()
    site.room = SPARE.name
    site.world.end()
    site.rounds(30)
    assert site.state(1) is ManagedState.RESTARTING and site.numbers(1) == [1]
    moved = site.database.managed(2)
    assert moved.job.cluster == SPARE.name and moved.status.state is ManagedState.RUNNING
    (move,) = [each for each in site.database.rows.commands.values() if each.kind is CommandKind.MOVE]
    assert (move.asked_by, move.state) == ("the pool", CommandState.DONE)
    (began,) = site.spare.began
    assert began.restored_from and site.numbers(2) == [1, 2]
    site.world.replace()
    site.rounds(30)
    assert site.state(1) is ManagedState.RUNNING and not site.world.alive(2) and len(site.spare.alive(2)) == 1


def test_a_silent_resourcemanager_proves_nothing(site: Site) -> None:
    site.run()
    site.world.end(is_told=False)
    site.room = SPARE.name
    site.rounds(30)
    assert all(site.state(job) is ManagedState.UNREACHABLE for job in (1, 2))
    assert all(site.database.managed(job).attempt.state is AttemptState.RUNNING for job in (1, 2))  # type: ignore[union-attr]
    site.world.is_told = True
    site.rounds(5)
    assert site.state(1) is ManagedState.RESTARTING and site.database.managed(2).job.cluster == SPARE.name


@pytest.mark.parametrize("cluster_id", ["", "/shared"])
def test_with_high_availability_the_proof_is_of_the_applications_own_id(
    cluster_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "ThreadPoolExecutor", InlineExecutor)
    site = Site(ha=True)
    site.world.ha_id = cluster_id
    site.run()
    site.world.end()
    site.rounds(30)
    attempt = site.database.managed(1).attempt
    assert attempt is not None
    assert attempt.state is (AttemptState.RUNNING if cluster_id else AttemptState.GONE)
    assert site.state(1) is (ManagedState.UNREACHABLE if cluster_id else ManagedState.RESTARTING)
    site.world.replace()
    site.rounds(40)
    assert site.state(1) is ManagedState.RUNNING
    assert site.numbers(1) == ([1] if cluster_id else [1, 2])
    assert len(site.world.alive(1)) == 1
    site.close()


def test_deleting_needs_no_cluster(site: Site) -> None:
    site.run()
    site.world.end()
    site.rounds(3)
    site.ask(1, CommandKind.CANCEL)
    site.rounds(3)
    assert site.state(1) is ManagedState.STOPPED
    site.ask(1, CommandKind.DELETE)
    site.rounds(3)
    assert 1 not in site.database.rows.jobs


def test_an_end_that_is_found_while_connecting_counts_the_same(site: Site) -> None:
    site.run()
    site.world.end()
    site.cannot_reach = ClusterEndedError("it is FINISHED", application="application_1_0001")
    site.rounds(5)
    assert all(site.database.managed(job).attempt.state is AttemptState.GONE for job in (1, 2))  # type: ignore[union-attr]


def test_a_start_waits_for_the_replacement(site: Site) -> None:
    site.world.end()
    start = site.ask(1, CommandKind.START)
    site.rounds(5)
    waiting = site.database.rows.commands[start]
    assert waiting.state is CommandState.RUNNING and "when etl is back" in waiting.outcome
    site.world.replace()
    site.rounds(10)
    assert site.database.rows.commands[start].state is CommandState.DONE
    assert replace(site.database.managed(1).status, since=None).state is ManagedState.RUNNING


def _dies_after(calls: int, refuge: str) -> bool:
    """A supervisor dies after so many calls since its session ended, and others go on. False: it made no more."""
    world, spare = (
        FlinkWorld(name=name, application=f"application_1_{number:04}")
        for number, name in enumerate((ETL.name, SPARE.name), 1)
    )
    spare.paths, spare.had_state = world.paths, world.had_state
    database = MemoryDatabase(lambda: world.now)
    database.add(Job(JobKey(ETL.team, "job", "prod"), ETL.name, 1, id=1, pool="p"))
    database.ask(Command(CommandId("start"), 1, CommandKind.START, asked_by="ann", asked_at=world.now))
    puppets = [Puppet("dies", ETL, world, database, refuge), Puppet("spare", SPARE, spare, database)]

    def rounds(number: int) -> None:
        for _ in range(number):
            for each in puppets:
                each.round()
            for each in (world, spare):
                each.advance(2)

    rounds(20)
    world.end()
    died = puppets.pop(0)
    for _ in range(calls):
        died.step()
    is_past = database.managed(1).attempt != database.rows.attempts[_first(database)] or (
        bool(refuge) and database.managed(1).job.cluster == SPARE.name
    )
    died.kill()
    for each in (world, spare):
        each.advance(LEASE + 1)
    puppets.append(Puppet("goes on", ETL, world, database, refuge))
    rounds(10)
    if not refuge:
        world.replace()
    rounds(40)
    managed, home = database.managed(1), spare if refuge else world
    assert managed.status.state is ManagedState.RUNNING and not managed.commands
    assert sorted(each.number for each in database.rows.attempts.values()) == [1, 2]
    assert len(home.alive(1)) == 1 and not (world if refuge else spare).alive(1)
    moves = [each for each in database.rows.commands.values() if each.kind is CommandKind.MOVE]
    assert [each.state for each in moves] == ([CommandState.DONE] if refuge else [])
    assert home.began[-1].restored_from and home.began[-1].progress > 0
    for each in puppets:
        each.kill()
    return not is_past and calls < 60


def _first(database: MemoryDatabase) -> AttemptId:
    return min(database.rows.attempts.values(), key=lambda each: each.number).id


@pytest.mark.parametrize("refuge", ["", SPARE.name], ids=["with a replacement", "with a pool"])
def test_a_supervisor_dies_after_each_call_and_its_jobs_start_again_once(
    refuge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "ThreadPoolExecutor", InlineExecutor)
    calls = 0
    while _dies_after(calls, refuge):
        calls += 1
    assert calls > 4
