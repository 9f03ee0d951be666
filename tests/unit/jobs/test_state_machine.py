"""Several supervisors, people and a failing world, in any order: the promises hold after each step, and after calm
every job that is wanted runs and every command is over.

The supervisors are the real ones (look, decide, act) and can be paused before any call, past their lease.
`STATE_MACHINE_EXAMPLES=6000` runs it for some ten minutes.
"""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fakes.flink_world import Began, FlinkWorld
from fakes.memory_ledger import MemoryDatabase, Transaction
from fakes.puppets import InlineExecutor, Puppet
from flinklab.domain.errors import CommandRefusedError
from flinklab.domain.ids import AttemptId
from flinklab.domain.job_policies import Policies
from flinklab.domain.jobs import (
    Attempt,
    Checkpoint,
    ClusterKey,
    Command,
    CommandKind,
    CommandState,
    Event,
    Job,
    JobKey,
    ManagedState,
    Status,
)
from flinklab.jobs.asking import order
from flinklab.supervisor import worker

CLUSTER = ClusterKey("orders", "local")
POLICIES = Policies(
    restarts=3,
    restart_window=120,
    restart_delay=2,
    restart_delay_max=8,
    stable_after=40,
    prove_within=60,
    stop_within=60,
    unreachable_after=10,
)
OVER = frozenset({CommandState.DONE, CommandState.FAILED, CommandState.WITHDRAWN})
ENDS = frozenset({CommandKind.STOP, CommandKind.CANCEL})
JOBS = st.sampled_from([1, 2])
ORDERS = st.sampled_from(
    [
        (CommandKind.START, {}),
        (CommandKind.START, {}),
        (CommandKind.STOP, {}),
        (CommandKind.CANCEL, {}),
        (CommandKind.SAVEPOINT, {}),
        (CommandKind.RESTART, {}),
        (CommandKind.SCALE, {"parallelism": 2}),
        (CommandKind.SCALE, {"parallelism": 3}),
        (CommandKind.UPGRADE, {"number": 2}),
        (CommandKind.UPGRADE, {"number": 3}),
        (CommandKind.CONFIGURE, {"tags": ["new"]}),
    ]
)


class Supervised(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.puppets: list[Puppet] = []
        self.names = 0
        self.checked = self.began = 0

    @initialize(
        ha=st.booleans(),
        adaptive=st.booleans(),
        how_many=st.integers(1, 3),
        running=st.booleans(),
        on_yarn=st.booleans(),
        ha_id=st.sampled_from(["", "/orders"]),
    )
    def begin(self, ha: bool, adaptive: bool, how_many: int, running: bool, on_yarn: bool, ha_id: str) -> None:
        self.world = FlinkWorld(ha=ha, adaptive=adaptive, application="application_1_0001" if on_yarn else "")
        self.world.ha_id = ha_id
        self.database = MemoryDatabase(lambda: self.world.now)
        for number in (1, 2):
            key = JobKey(CLUSTER.team, f"job-{number}", "prod")
            self.database.add(Job(key, CLUSTER.name, 1, policies=POLICIES, id=number))
        for _ in range(how_many):
            self._another()
        if running:
            self.ask(1, (CommandKind.START, {}), 0)
            self.ask(2, (CommandKind.START, {}), 8)

    def _another(self) -> None:
        self.names += 1
        self.puppets.append(Puppet(f"supervisor-{self.names}", CLUSTER, self.world, self.database))

    # people

    @rule(job=JOBS, what=ORDERS, rounds=st.integers(0, 8))
    def ask(self, job: int, what: tuple[CommandKind, dict[str, object]], rounds: int) -> None:
        kind, arguments = what
        try:
            command = order(self.database.managed(job), kind, arguments)
        except CommandRefusedError:
            return
        self.database.ask(replace(command, asked_by="ann", asked_at=self.world.now))
        self._rounds(rounds)

    # supervisors

    @rule(which=st.integers(0, 2), steps=st.integers(1, 12))
    def go_on(self, which: int, steps: int) -> None:
        for _ in range(steps):
            self.puppets[which % len(self.puppets)].step()

    @rule(rounds=st.integers(1, 12))
    def rounds(self, rounds: int) -> None:
        self._rounds(rounds)

    @rule(which=st.integers(0, 2))
    def pause_past_the_lease(self, which: int) -> None:
        """The others go on."""
        paused = self.puppets[which % len(self.puppets)]
        for _ in range(6):
            for each in self.puppets:
                if each is not paused:
                    each.round()
            self._pass(3)

    @rule(which=st.integers(0, 2))
    def kill(self, which: int) -> None:
        self.puppets.pop(which % len(self.puppets)).kill()
        self._another()

    # the world

    @rule(seconds=st.sampled_from([1, 3, 10, 30, 70, 320]))
    def time_passes(self, seconds: int) -> None:
        self._pass(seconds)

    @rule(how=st.sampled_from(["lose", "drop", "late", "refuse"]))
    def a_submission_goes_wrong(self, how: str) -> None:
        self.world.sends.append(how)

    @rule(how=st.sampled_from(["slow", "fail"]))
    def a_savepoint_goes_wrong(self, how: str) -> None:
        self.world.savepoints.append(how)

    @rule(down_for=st.integers(0, 20), rounds=st.integers(0, 2))
    def the_jobmanager_is_restarted(self, down_for: int, rounds: int) -> None:
        """Its jobs are away for less than a job's patience, and somebody looks before the next time."""
        if self.world.has_ended:
            return
        self.world.is_up = False
        self._pass(down_for)
        self.world.restart()
        self._rounds(rounds, 1)
        self._pass(4)
        self._rounds(1)

    @rule(is_told=st.booleans(), rounds=st.integers(0, 4))
    def the_session_ends(self, is_told: bool, rounds: int) -> None:
        """`is_told`: the ResourceManager answers."""
        if self.world.application and not self.world.has_ended:
            self.world.end(is_told=is_told)
            self._rounds(rounds)

    @rule(rounds=st.integers(0, 2))
    def another_session_takes_its_place(self, rounds: int) -> None:
        if self.world.has_ended:
            self.world.replace()
            self._rounds(rounds, 1)
            self._pass(4)
            self._rounds(1)

    @rule()
    def the_resourcemanager_answers_again(self) -> None:
        self.world.is_told = True

    @rule(part=st.sampled_from(["is_up", "gateway_is_up", "storage_is_up"]))
    def a_part_goes_away_or_comes_back(self, part: str) -> None:
        setattr(self.world, part, not getattr(self.world, part))

    @rule(job=JOBS)
    def a_job_fails(self, job: int) -> None:
        self.world.fail(job)

    @rule(job=JOBS)
    def flink_restarts_a_job(self, job: int) -> None:
        self.world.stumble(job)

    @rule(job=JOBS)
    def somebody_else_stops_a_job(self, job: int) -> None:
        self.world.stop_outside(job)

    @rule(job=JOBS, how_many=st.integers(1, 4))
    def restore_points_vanish(self, job: int, how_many: int) -> None:
        for point in self.database.managed(job).points[:how_many]:
            self.world.lose_path(point.path)

    # what has to hold

    @invariant()
    def promises_hold(self) -> None:
        if not hasattr(self, "database"):
            return
        for job in (1, 2):
            alive = [each.id for each in self.world.alive(job)]
            assert len(alive) <= 1, f"two Flink jobs of job {job}: {alive}"
            self._what_was_stopped_stays_so(job)
        for began in self.world.began[self.began :]:
            assert began.restored_from or not began.had_state, f"started empty: {began}"
            self._is_newest(began)
        self.began = len(self.world.began)
        for transaction in self.database.transactions[self.checked :]:
            _is_recorded(transaction)
            self._forgets_nothing(transaction)
        self.checked = len(self.database.transactions)

    def _is_newest(self, began: Began) -> None:
        """It goes on from the newest state that is known.

        But from that before a redeployment, for a redeployment and for what goes back from it; and from where the
        attempt before it began, when that came to nothing.
        """
        database, paths = self.database, self.world.paths
        attempt = database.rows.attempts[AttemptId(began.attempt)]
        orders = [each for each in database.rows.commands.values() if each.attempt == attempt.id]
        earlier = [
            each
            for each in database.rows.attempts.values()
            if each.job_id == began.managed and each.number < attempt.number
        ]
        last = max(earlier, key=lambda each: each.number, default=None)
        if last is not None and last.restored_from == began.restored_from:
            earlier = [last]
        flinks = {each.flink_id for each in earlier}
        known = [each for each in database.rows.checkpoints.values() if each.flink_id in flinks]
        there = [each for each in known if each.path in paths]
        best = max((paths[each.path] for each in there), default=0)
        assert began.progress >= best or any(each.kind.redeploys for each in orders), f"{began}: not from {best}"

    def _what_was_stopped_stays_so(self, job: int) -> None:
        managed = self.database.managed(job)
        if managed.commands:
            return
        commands = [each for each in self.database.rows.commands.values() if each.job_id == job]
        last = max((each for each in commands if each.ended_at), key=lambda each: each.ended_at, default=None)
        if last is not None and last.kind in ENDS and last.state is CommandState.DONE:
            assert not managed.job.wanted
            assert managed.attempt is None or not managed.attempt.state.is_live
            assert not self.world.alive(job)

    def _forgets_nothing(self, transaction: Transaction) -> None:
        for old, new in zip(transaction.before, transaction.values, strict=True):
            if isinstance(new, Checkpoint) and isinstance(old, Checkpoint):
                assert new.path == old.path
                assert not new.deleted_at
                assert new.missing_at is None or new.path not in self.world.paths
        epochs = [each.lease.epoch for each in self.database.transactions]
        assert epochs == sorted(epochs), "a stale supervisor wrote"

    # calm

    def teardown(self) -> None:
        try:
            if self.puppets:
                self._calm()
        finally:
            for puppet in self.puppets:
                puppet.kill()

    def _calm(self) -> None:
        world = self.world
        world.is_up = world.gateway_is_up = world.storage_is_up = True
        if world.has_ended:
            world.replace()
        world.sends.clear()
        world.savepoints.clear()
        for _ in range(400):
            self._rounds(1, 4)
            self.promises_hold()
            if not world.on_their_way and all(self._is_settled(job) for job in (1, 2)):
                break
        for job in (1, 2):
            managed = self.database.managed(job)
            assert not managed.commands, f"never over: {managed.commands}"
            assert self._is_settled(job), f"wanted, and does not run: {managed}"

    def _is_settled(self, job: int) -> bool:
        managed = self.database.managed(job)
        if managed.commands:
            return False
        if not managed.job.wanted or managed.status.state is ManagedState.QUARANTINED:
            return not self.world.alive(job)
        alive = self.world.alive(job)
        runs = managed.attempt is not None and [each.id for each in alive] == [managed.attempt.flink_id]
        return runs and managed.status.state is ManagedState.RUNNING

    def _rounds(self, rounds: int, seconds: float = 2) -> None:
        for _ in range(rounds):
            for puppet in self.puppets:
                puppet.round()
            self._pass(seconds)

    def _pass(self, seconds: float) -> None:
        self.world.advance(seconds)


def _is_recorded(transaction: Transaction) -> None:
    """Every change of a state has its event in the same transaction, and what is over stays so."""
    told = {
        (event.job_id, event.data["before"], event.data["after"])
        for event in transaction.values
        if isinstance(event, Event) and event.kind == "state"
    }
    events = {(event.job_id, event.kind) for event in transaction.values if isinstance(event, Event)}
    for old, new in zip(transaction.before, transaction.values, strict=True):
        if isinstance(new, Status):
            was = old.state if isinstance(old, Status) else ManagedState.DRAFT
            assert new.state is was or (new.job_id, was.value, new.state.value) in told, transaction
        elif isinstance(new, Attempt) and isinstance(old, Attempt):
            assert old.state.is_live or new.state is old.state, transaction
            assert new.state.is_live or not old.state.is_live or (new.job_id, "attempt") in events, transaction
            assert new.state.is_live or new.ended_at is not None, transaction
        elif isinstance(new, Command) and new.state in OVER:
            assert isinstance(old, Command), transaction
            assert old.state not in OVER, transaction
            assert new.ended_at is not None and new.outcome, transaction
            assert (new.job_id, "command") in events, transaction


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "ThreadPoolExecutor", InlineExecutor)


_EXAMPLES = int(os.environ.get("STATE_MACHINE_EXAMPLES", "120"))

TestSupervised = pytest.mark.timeout(max(1200, _EXAMPLES))(Supervised.TestCase)
TestSupervised.settings = settings(
    max_examples=_EXAMPLES,
    stateful_step_count=40,
    suppress_health_check=list(HealthCheck),
    # What is found is found again by its seed; to make it small takes longer than a test may.
    phases=(Phase.generate,),
    # The same examples each time, unless one asks for more: what is rare is looked for in the long run.
    derandomize="STATE_MACHINE_EXAMPLES" not in os.environ,
)
