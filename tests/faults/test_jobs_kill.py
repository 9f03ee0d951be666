"""kill -9 of a supervisor after every call that it makes: another one goes on, and nothing is lost or done twice.

Between two calls nothing changes outside of the process, so that to die before one is to have died after the one
before it. So only those count that change something: all of a start, a savepoint and a stop, and every second or
third of what is made of these. With `KILL_EVERYWHERE=1` all of everything, and also those that only look.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from faults.doomed import LIT, Nursery
from faults.jobs_world import POLICIES, JobsWorld, overlaps, wait_until
from flinklab.api.command_handle import CommandHandle
from flinklab.api.job_handle import JobHandle
from flinklab.domain.job_policies import Policies
from flinklab.domain.jobs import CommandState, ManagedState
from flinklab.supervisor.loop import Pace

QUICK = Pace(round=0.4, lease=1.0, renew=0.2)
EVERYWHERE = bool(os.environ.get("KILL_EVERYWHERE"))
AT_ONCE = 6
PATIENT = replace(POLICIES, prove_within=120)


@dataclass(frozen=True)
class Scenario:
    """`ask`: what the supervisor dies of. `ran`: the versions that ran one after another; `savepoints`: how many
    the cluster took in the end, with that of the stop that follows. `first`, `every`: after which calls it dies."""

    name: str
    ask: Callable[[JobHandle], CommandHandle]
    ran: tuple[int, ...]
    savepoints: int
    outcome: CommandState = CommandState.DONE
    policies: Policies = PATIENT
    first: int = 0
    every: int = 1


SCENARIOS = [
    Scenario("start", lambda job: job.start(why=LIT), (1,), 1),
    Scenario("savepoint", lambda job: job.savepoint(why=LIT), (1,), 2),
    Scenario("upgrade", lambda job: job.upgrade(2, why=LIT), (1, 2), 2, first=1, every=2),
    Scenario(
        "an upgrade that goes back",
        lambda job: job.upgrade(3, why=LIT),
        (1, 3, 1),
        2,
        CommandState.FAILED,
        replace(POLICIES, prove_within=0.5),
        first=2,
        every=3,
    ),
    Scenario("stop", lambda job: job.stop(why=LIT), (1,), 1),
]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(QUICK) as nursery:
        yield nursery


@dataclass(frozen=True)
class Case:
    scenario: Scenario
    folder: Path
    template: Path
    nursery: Nursery

    def play(self, at: int | None, *, only_changes: bool = True) -> list[str]:
        """The calls that were counted. Raises an `AssertionError` for what was lost."""
        with JobsWorld(self.folder, self.template, policies=self.scenario.policies) as world:
            world.cluster.checkpointing.every = 1.0
            calls = self.folder / "calls"
            pids = [self.nursery.start(world, "first", calls, at, only_changes=only_changes)]
            try:
                self._live(world, pids)
            finally:
                for pid in pids:
                    self.nursery.kill(pid)
            self._check(world)
            return calls.read_text().split()

    def _live(self, world: JobsWorld, pids: list[int]) -> None:
        asked: list[CommandHandle] = []

        def is_over() -> bool:
            if len(pids) == 1 and not self.nursery.lives(pids[0]):
                pids.append(self.nursery.start(world, "second", self.folder / "after"))
            return world.over(asked[-1]) is not None

        if self.scenario.name != "start":
            asked.append(world.job.start())
            wait_until(is_over)
        asked.append(self.scenario.ask(world.job))
        wait_until(is_over)
        if self.scenario.name != "stop":
            asked.append(world.job.stop())
            wait_until(is_over)
        *_, fused = [each.look() for each in asked if each.look().why == LIT]
        assert fused.state is self.scenario.outcome, fused.outcome
        others = [each.look() for each in asked if each.id != fused.id]
        assert all(each.state is CommandState.DONE for each in others), [each.outcome for each in others]

    def _check(self, world: JobsWorld) -> None:
        job, cluster = world.job, world.cluster
        managed, ran = job.managed, cluster.managed()
        assert not managed.commands and not managed.job.wanted and managed.status.state is ManagedState.STOPPED
        assert not overlaps(world), "two live jobs of one managed job"
        assert not cluster.running()
        attempts = list(reversed(job.attempts()))
        assert [each.flink_id for each in attempts] == [each.id for each in ran], "what ran is not what is recorded"
        assert not any(each.state.is_live for each in attempts)
        assert [each.version for each in attempts] == list(self.scenario.ran)
        for before, after in pairwise(ran):
            left = [each.path for each in before.checkpoints if not each.discarded and each.status == "COMPLETED"]
            left = left or [before.config["execution.state-recovery.path"]]
            assert after.config.get("execution.state-recovery.path") == left[-1], "it went on from another state"
        self._check_checkpoints(world)

    def _check_checkpoints(self, world: JobsWorld) -> None:
        rows = world.job.checkpoints()
        took = {each.path for ran in world.cluster.managed() for each in ran.checkpoints if each.is_savepoint}
        assert len(took) == self.scenario.savepoints
        assert took == {each.path for each in rows if each.is_savepoint}, "a savepoint is not recorded"
        for ran in world.cluster.managed():
            own = sorted((each.checkpoint_id, each.span) for each in rows if each.flink_id == ran.id)
            covered = [number for first, span in own for number in range(first, first + span)]
            assert len(covered) == len(set(covered)), "a checkpoint is recorded twice"
            missing = world.cluster.told.get(ran.id, set()) - set(covered)
            assert not missing, f"checkpoints {missing} were told of and are not recorded"


@pytest.mark.timeout(0 if EVERYWHERE else 1800)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_supervisor_dies_after_each_call_and_another_goes_on(
    scenario: Scenario, nursery: Nursery, tmp_path: Path, _sqlite_template: Path
) -> None:
    def case(name: str) -> Case:
        return Case(scenario, tmp_path / name, _sqlite_template, nursery)

    calls = case("undisturbed").play(None, only_changes=not EVERYWHERE)
    assert len(calls) > 2, "nothing was done"

    def killed(at: int) -> str:
        try:
            case(str(at)).play(at, only_changes=not EVERYWHERE)
        except AssertionError as error:
            after = calls[at - 1] if at else "nothing"
            return f"killed after call {at} of {len(calls)}, {after}: {error}"
        return ""

    deaths = range(len(calls) + 1) if EVERYWHERE else range(scenario.first, len(calls) + 1, scenario.every)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        lost = [told for told in pool.map(killed, deaths) if told]
    assert not lost, "\n".join(lost)
