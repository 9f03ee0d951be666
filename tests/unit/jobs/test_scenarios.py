"""What the state machine found once, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fakes.flink_world import FlinkWorld
from fakes.memory_ledger import MemoryDatabase
from fakes.puppets import InlineExecutor, Puppet
from flinklab.domain.job_policies import Policies
from flinklab.domain.jobs import ClusterKey, CommandKind, Job, JobKey, Managed, ManagedState
from flinklab.jobs.asking import order
from flinklab.supervisor import worker

CLUSTER = ClusterKey("orders", "local")
JOB = 1


class Played:
    """One job, looked after by one supervisor."""

    def __init__(self, *, ha: bool = False) -> None:
        self.world = FlinkWorld(ha=ha)
        self.database = MemoryDatabase(lambda: self.world.now)
        key = JobKey(CLUSTER.team, "dwd", "prod")
        self.database.add(Job(key, CLUSTER.name, 1, policies=Policies(restart_delay=2), id=JOB))
        self.puppets = [Puppet("first", CLUSTER, self.world, self.database)]

    def ask(self, kind: CommandKind, **arguments: Any) -> None:
        command = order(self.managed, kind, arguments)
        self.database.ask(replace(command, asked_by="ann", asked_at=self.world.now))

    def rounds(self, rounds: int) -> None:
        for _ in range(rounds):
            self.puppets[-1].round()
            self.world.advance(2)

    @property
    def managed(self) -> Managed:
        return self.database.managed(JOB)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    yield from _played(monkeypatch, ha=False)


@pytest.fixture
def recovering(monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    """With high availability."""
    yield from _played(monkeypatch, ha=True)


def _played(monkeypatch: pytest.MonkeyPatch, *, ha: bool) -> Iterator[Played]:
    monkeypatch.setattr(worker, "ThreadPoolExecutor", InlineExecutor)
    made = Played(ha=ha)
    yield made
    for puppet in made.puppets:
        puppet.kill()


def test_what_was_sent_first_may_arrive_after_its_second_sending_was_refused(played: Played) -> None:
    played.world.sends += ["late", "refuse"]
    played.ask(CommandKind.START)
    played.rounds(40)
    assert not played.world.on_their_way, "it has arrived by now"
    assert len(played.world.alive(JOB)) == int(played.managed.job.wanted)
    assert not played.managed.commands


def test_a_job_that_was_stopped_outside_starts_from_that_savepoint(played: Played) -> None:
    played.ask(CommandKind.START)
    played.rounds(10)
    played.world.stop_outside(JOB)
    played.rounds(3)
    assert played.managed.status.state is ManagedState.STOPPED
    played.ask(CommandKind.START)
    played.rounds(3)
    assert "savepoint" in played.world.began[-1].restored_from


def test_an_absence_is_counted_anew_after_nobody_looked(recovering: Played) -> None:
    """A supervisor's machine sleeps between two failovers."""
    recovering.ask(CommandKind.START)
    recovering.rounds(5)
    for _ in range(2):
        recovering.world.restart()
        recovering.rounds(1)
        recovering.world.advance(120)
    recovering.rounds(5)
    assert len(recovering.world.began) == 1 and len(recovering.world.alive(JOB)) == 1
    assert recovering.managed.status.state is ManagedState.RUNNING


def test_an_arrival_after_a_restart_does_not_make_two(played: Played) -> None:
    """The first sending is on its way, the second arrives and is lost with its JobManager."""
    played.world.sends += ["late", "ok"]
    played.ask(CommandKind.START)
    played.rounds(3)
    assert len(played.world.alive(JOB)) == 1 and played.world.on_their_way
    played.world.restart()
    played.rounds(60)
    assert len(played.world.alive(JOB)) <= 1 and not played.world.on_their_way


def test_a_failover_does_not_make_a_job_one_without_state(recovering: Played) -> None:
    """Flink counts its checkpoints anew; the job fails before anybody saw one."""
    recovering.ask(CommandKind.START)
    recovering.rounds(2)
    recovering.world.advance(15)
    recovering.world.restart(absent=0)
    recovering.world.fail(JOB)
    for path in list(recovering.world.paths):
        recovering.world.lose_path(path)
    recovering.rounds(20)
    assert recovering.managed.status.state is ManagedState.QUARANTINED
    assert [each.restored_from for each in recovering.world.began] == [""]


def test_a_supervisor_that_wakes_after_its_lease_writes_and_sends_nothing(played: Played) -> None:
    """It stops right before it would send; another one takes over meanwhile."""
    played.ask(CommandKind.START)
    sleeper = played.puppets[0]
    while sleeper.at != "sender.send":
        sleeper.step()
    played.world.advance(30)
    played.puppets.append(Puppet("second", CLUSTER, played.world, played.database))
    played.rounds(10)
    written = len(played.database.transactions)
    for _ in range(20):
        sleeper.step()
    assert len(played.world.began) == 1 and len(played.world.alive(JOB)) == 1
    assert all(each.lease.holder == "second" for each in played.database.transactions[written:])
    assert played.managed.status.state is ManagedState.RUNNING
