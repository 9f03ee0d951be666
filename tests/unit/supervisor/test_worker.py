from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from fakes.flink_world import FlinkWorld
from fakes.memory_ledger import MemoryDatabase
from fakes.puppets import InlineExecutor
from flinklab.domain.errors import CommandFailedError, LeaseLostError, UnreachableError, UsageError
from flinklab.domain.ids import CommandId
from flinklab.domain.job_policies import Policies
from flinklab.domain.jobs import (
    AttemptState,
    ClusterKey,
    Command,
    CommandKind,
    CommandState,
    Job,
    JobKey,
    ManagedState,
)
from flinklab.supervisor import worker
from flinklab.supervisor.worker import ClusterWorker, Reached
from waiting import until

CLUSTER = ClusterKey("orders", "local")


class Bench:
    """A worker on a world in memory. `broken`: what a port's method does instead, by its name."""

    def __init__(self, **more: Any) -> None:
        self.world = FlinkWorld(**more)
        self.database = MemoryDatabase(lambda: self.world.now)
        self.broken: dict[str, Callable[..., Any]] = {}
        self.reached = self.closed = 0
        self.worker: ClusterWorker | None = None
        self._asked = 0

    def add(self, number: int, **more: Any) -> None:
        key = JobKey(CLUSTER.team, f"job-{number}", "prod")
        self.database.add(Job(key, CLUSTER.name, 1, id=number, **more))

    def ask(self, job: int, kind: CommandKind = CommandKind.START, **arguments: Any) -> CommandId:
        self._asked += 1
        command = CommandId(f"{self._asked:032}")
        self.database.ask(Command(command, job, kind, arguments, asked_by="ann", asked_at=self.world.now))
        return command

    def reach(self) -> Reached:
        self.reached += 1
        if "reach" in self.broken:
            self.broken["reach"]()
        there = (
            Breaking(each, self.broken) for each in (self.world.control, self.world.sender, self.world.storage)
        )
        return Reached(*there, close=self._close, hide=lambda _, text: text)  # type: ignore[arg-type]

    def rounds(self, number: int = 1, seconds: float = 2, at_once: int = 4) -> None:
        if self.worker is None:
            lease = self.database.leases.acquire(CLUSTER, "one", 1e6)
            assert lease is not None
            self.worker = ClusterWorker(self.reach, self.database.leases.ledger(lease), at_once=at_once)
        for _ in range(number):
            self.worker.round()
            self.world.advance(seconds)

    def state(self, job: int) -> ManagedState:
        return self.database.managed(job).status.state

    def command(self, command: CommandId) -> Command:
        return self.database.rows.commands[command]

    def _close(self) -> None:
        self.closed += 1


class Breaking:
    def __init__(self, port: Any, broken: dict[str, Callable[..., Any]]) -> None:
        self._port, self._broken = port, broken

    def __getattr__(self, name: str) -> Any:
        return self._broken.get(name) or getattr(self._port, name)


def fails(error: Exception) -> Callable[..., Any]:
    def call(*_: Any, **__: Any) -> Any:
        raise error

    return call


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(worker, "ThreadPoolExecutor", InlineExecutor)
    return Bench()


def test_a_flink_job_that_is_managed_is_adopted_by_no_other_and_the_rest_goes_on(bench: Bench) -> None:
    bench.add(1)
    bench.ask(1)
    bench.rounds(3)
    known = bench.database.managed(1).attempt
    assert known is not None
    bench.add(2)
    adopting = bench.ask(2, CommandKind.ADOPT, flink_id=known.flink_id)
    stopping = bench.ask(1, CommandKind.STOP)
    bench.rounds(4)
    assert bench.command(adopting).state is CommandState.FAILED
    assert "another managed job's" in bench.command(adopting).outcome
    assert bench.database.managed(2).attempt is None
    assert bench.command(stopping).state is CommandState.DONE


def test_submissions_begin_by_priority(bench: Bench) -> None:
    for number, priority in ((1, 0), (2, 9), (3, 5)):
        bench.add(number, priority=priority)
        bench.ask(number)
    bench.rounds(3)
    assert [began.managed for began in bench.world.began] == [2, 3, 1]


def test_so_many_submissions_at_a_time_and_no_more() -> None:
    bench, go_on = Bench(), threading.Event()
    under_way: list[int] = []
    most: list[int] = []
    send, lock = bench.world.sender.send, threading.Lock()

    def slow(*given: Any) -> Any:
        with lock:
            under_way.append(1)
            most.append(len(under_way))
        assert go_on.wait(60)
        with lock:
            under_way.pop()
        return send(*given)

    bench.broken["send"] = slow
    for number in range(1, 6):
        bench.add(number)
        bench.ask(number)
    bench.rounds(2, seconds=0, at_once=2)
    assert bench.worker is not None and bench.worker.is_busy
    until(lambda: len(under_way) == 2)
    begun = list(bench.worker._busy.values())
    closing = threading.Thread(target=bench.worker.close)
    closing.start()
    until(lambda: sum(each.cancelled() for each in begun) == 3)  # it lets go of what has not begun
    go_on.set()
    closing.join(60)
    assert max(most) == 2 == len(bench.world.alive())


def test_who_could_not_look_yet_does_not_take_itself_for_idle(bench: Bench) -> None:
    bench.rounds(0)
    assert bench.worker is not None and bench.worker.is_needed
    bench.rounds()
    assert not bench.worker.is_needed
    bench.add(1, wanted=True)
    bench.worker.close()
    bench.worker = None
    bench.rounds()
    assert bench.worker is not None and bench.worker.is_needed


def test_a_mistake_over_one_job_costs_the_others_nothing(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    send = bench.world.sender.send
    bench.add(1, priority=1)
    bench.add(2)

    def wrong(job: Job, *given: Any) -> Any:
        if job.id == 1:
            raise ValueError("not a plan")
        return send(job, *given)

    bench.broken["send"] = wrong
    bench.ask(1)
    bench.ask(2)
    bench.rounds(5)
    assert bench.state(2) is ManagedState.RUNNING and bench.state(1) is ManagedState.STARTING
    assert "not a plan" in caplog.text
    del bench.broken["send"]
    bench.rounds(20)
    assert bench.state(1) is ManagedState.RUNNING
    assert len(bench.world.began) == 2


def test_a_mistake_in_looking_at_one_job_costs_the_others_nothing(bench: Bench) -> None:
    bench.add(1)
    bench.add(2)
    bench.world.sends += ["lose", "ok"]
    bench.broken["state"] = fails(KeyError("state"))
    bench.ask(1)
    bench.rounds(3)
    bench.ask(2)
    del bench.broken["state"]
    bench.rounds(10)
    assert bench.state(1) is bench.state(2) is ManagedState.RUNNING


def test_a_scheduler_that_refuses_another_parallelism_keeps_nobody_else_waiting(bench: Bench) -> None:
    bench.world.adaptive = True
    bench.add(1, policies=Policies(stop_within=20))
    bench.add(2)
    bench.ask(1)
    bench.rounds(4)
    bench.broken["rescale"] = fails(CommandFailedError("there are not that many slots"))
    scaled = bench.ask(1, CommandKind.SCALE, parallelism=4)
    bench.rounds(2)
    assert bench.command(scaled).outcome == "there are not that many slots"
    bench.ask(2)
    bench.rounds(20)
    assert bench.state(2) is ManagedState.RUNNING
    assert bench.command(scaled).state is CommandState.FAILED


def test_a_gateway_that_does_not_answer_is_asked_ever_less_often(bench: Bench) -> None:
    bench.add(1)
    bench.ask(1)
    at: list[float] = []
    began = bench.world.now

    def refuse() -> Any:
        at.append((bench.world.now - began).total_seconds())
        raise UnreachableError("nobody answers", url="http://gateway")

    bench.broken["open"] = refuse
    bench.rounds(400, seconds=1)
    pauses = [round(b - a) for a, b in pairwise(at)]
    assert pauses == sorted(pauses) and pauses[-1] >= 60 and len(at) < 15
    del bench.broken["open"]
    bench.rounds(100, seconds=1)
    assert bench.state(1) is ManagedState.RUNNING


def test_a_new_order_does_not_wait_for_what_is_held(bench: Bench) -> None:
    bench.add(1)
    bench.ask(1)
    bench.broken["open"] = fails(UnreachableError("nobody answers", url="http://gateway"))
    bench.rounds(200, seconds=1)
    del bench.broken["open"]
    cancelled = bench.ask(1, CommandKind.CANCEL)
    bench.rounds(3, seconds=1)
    assert bench.command(cancelled).state is CommandState.DONE or not bench.world.alive()


def test_a_cluster_that_was_silent_is_reached_anew(bench: Bench) -> None:
    bench.add(1)
    bench.ask(1)
    bench.rounds(4)
    assert bench.reached == 1
    bench.world.is_up = False
    bench.rounds(2)
    assert bench.closed == bench.reached
    bench.world.is_up = True
    bench.rounds(2)
    assert bench.reached > 1 and bench.state(1) is ManagedState.RUNNING


def test_a_cluster_that_is_registered_wrongly_changes_nothing(bench: Bench) -> None:
    bench.add(1)
    bench.ask(1)
    bench.broken["reach"] = fails(UsageError("cluster local has no gateway"))
    bench.rounds(20, seconds=30)
    assert bench.database.managed(1).attempt is None
    del bench.broken["reach"]
    bench.rounds(5)
    assert bench.state(1) is ManagedState.RUNNING


def test_a_job_that_moves_leaves_this_cluster(bench: Bench) -> None:
    bench.add(1)
    bench.ask(1)
    bench.rounds(4)
    bench.ask(1, CommandKind.MOVE, cluster="other")
    bench.rounds(8)
    assert bench.database.rows.jobs[1].cluster == "other"
    assert bench.worker is not None and not bench.worker.is_needed and not bench.world.alive()


def test_a_lost_lease_ends_the_round_and_nothing_is_written(bench: Bench) -> None:
    bench.add(1)
    bench.rounds()
    bench.database.held[CLUSTER] = replace(bench.database.held[CLUSTER], holder="two", epoch=2)
    written = len(bench.database.transactions)
    bench.ask(1)
    with pytest.raises(LeaseLostError):
        bench.rounds()
    assert len(bench.database.transactions) == written and not bench.world.jobs


def test_it_is_needed_while_something_runs_or_is_wanted(bench: Bench) -> None:
    bench.add(1)
    bench.rounds()
    assert bench.worker is not None and not bench.worker.is_needed and not bench.worker.is_busy
    bench.ask(1)
    bench.rounds(6)
    assert bench.worker.is_needed and not bench.worker.is_busy
    attempt = bench.database.managed(1).attempt
    assert attempt is not None and attempt.state is AttemptState.RUNNING
    bench.ask(1, CommandKind.STOP)
    bench.rounds(8)
    assert not bench.worker.is_needed


def test_a_silent_cluster_with_nothing_to_do_is_looked_for_ever_less_often(bench: Bench) -> None:
    bench.add(1)
    bench.rounds(2)
    bench.world.is_up = False
    before = bench.reached
    bench.rounds(1800)  # an hour
    assert 15 < bench.reached - before < 25
    bench.world.is_up = True
    bench.ask(1)
    bench.rounds(4)
    assert bench.state(1) is ManagedState.RUNNING


def test_a_silent_cluster_on_which_a_job_is_to_run_is_looked_for_each_time(bench: Bench) -> None:
    bench.add(1)
    bench.ask(1)
    bench.rounds(4)
    bench.world.is_up = False
    before = bench.reached
    bench.rounds(100)
    assert bench.reached - before >= 99
