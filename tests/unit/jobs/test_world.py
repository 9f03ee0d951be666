"""What is in mind after something was written."""

from __future__ import annotations

from dataclasses import replace

from flinklab.domain.ids import AttemptId, CommandId, JobId
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Checkpoint,
    Command,
    CommandKind,
    CommandState,
    Event,
    Job,
    JobKey,
    Managed,
    ManagedState,
    Status,
)
from flinklab.jobs.world import after

START = Managed(Job(JobKey("my", "orders", "dev"), "embedded", 1), Status())


def attempt(number: int) -> Attempt:
    return Attempt(AttemptId(str(number)), 1, number, JobId(f"{number:032}"), 1, AttemptState.RUNNING, Deployment())


def command(name: str, state: CommandState = CommandState.WAITING) -> Command:
    return Command(CommandId(name), 1, CommandKind.SAVEPOINT, state=state)


def test_each_kind_of_value_has_its_place() -> None:
    status = Status(state=ManagedState.RUNNING)
    job = replace(START.job, number=2)
    now = after(START, (job, status, attempt(1), Event(1, "state", "told")))
    assert (now.job, now.status, now.attempt) == (job, status, attempt(1))


def test_the_newest_attempt_counts() -> None:
    now = after(START, (attempt(2),))
    assert after(now, (attempt(1),)).attempt == attempt(2)
    ended = replace(attempt(2), state=AttemptState.FAILED)
    assert after(now, (ended,)).attempt == ended


def test_commands_are_in_mind_as_long_as_they_are_open() -> None:
    now = after(START, (command("a"), command("b")))
    assert [each.id for each in now.commands] == ["a", "b"]
    begun = command("a", CommandState.RUNNING)
    now = after(now, (begun,))
    assert now.commands == (begun, command("b"))
    now = after(now, (command("a", CommandState.DONE),))
    assert now.commands == (command("b"),)
    assert after(now, (command("c", CommandState.FAILED),)).commands == (command("b"),)


def test_restore_points_are_in_mind_the_newest_first() -> None:
    one, two = (Checkpoint(JobId("f"), number, "completed", path=f"/{number}") for number in (1, 2))
    now = after(START, (one, two))
    assert now.points == (two, one)
    assert after(now, (Checkpoint(JobId("f"), 3, "failed"),)).points == (two, one)
    assert after(now, (replace(two, path=""),)).points == (one,)
