"""A savepoint that was asked for: what it has come to, and when it must be asked for again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flinklab.domain.jobs import Command, Step
from flinklab.jobs.changes import at
from flinklab.jobs.situation import NOTHING, AskSavepoint, Decision, Situation
from flinklab.ports.jobs import Savepoint, SavepointState

_KEPT = timedelta(minutes=4)  # Flink forgets a trigger's outcome after 5 (`rest.async.store-duration`)
_PAUSE = timedelta(seconds=2)
_LISTED_WITHIN = timedelta(seconds=30)  # Flink's list of checkpoints is some seconds old
_NOT_READY = "Not all required tasks are currently running"

_NOT_ASKED = Savepoint(SavepointState.IN_PROGRESS)


def came_to(s: Situation) -> Savepoint:
    """What the open command's savepoint is, also when Flink does not know its trigger any more."""
    command = s.managed.command
    if command is not None and command.savepoint and command.step in (Step.SAVING, Step.STOPPING):
        return Savepoint(SavepointState.COMPLETED, command.savepoint)
    return s.savepoint if s.savepoint is not None else _NOT_ASKED


def is_late(s: Situation, command: Command) -> bool:
    since = command.begun_at or s.now
    return s.now - since > timedelta(seconds=s.managed.job.policies.stop_within)


def is_over(s: Situation, command: Command) -> bool:
    """It failed, or it will not come any more. A job whose tasks are still being deployed is asked again."""
    now = came_to(s)
    if now.state is SavepointState.FAILED:
        return _NOT_READY not in now.failure or is_late(s, command)
    return now.state is SavepointState.FORGOTTEN and is_late(s, command)


def ask_again(s: Situation, command: Command, effect: AskSavepoint) -> Decision:
    """The savepoint is neither on its way nor there.

    Flink not knowing the trigger means that it never arrived, or that its outcome was forgotten. While Flink would
    still know it, the same one is sent, which cannot take a second savepoint; a failure needs a new one, because
    Flink would replay it.
    """
    since = s.now - (command.step_at or s.now)
    if since < _PAUSE:
        return NOTHING
    if came_to(s).state is SavepointState.FORGOTTEN and since < _KEPT:
        return Decision(then=effect)
    renewed = at(s, command, command.step, trigger=s.fresh.command)
    return Decision((renewed,), replace(effect, command=renewed))


def not_listed(s: Situation, command: Command) -> Decision | None:
    """While the completed savepoint is not among the job's restore points: it is recorded before it is relied on.

    Until Flink lists it nobody knows its size, nor which plan made it. Its path is kept meanwhile.
    """
    path = came_to(s).path
    if not path or any(point.path == path for point in s.managed.points):
        return None
    if command.savepoint != path:
        return Decision((at(s, command, command.step, savepoint=path),))
    return NOTHING if s.now - (command.step_at or s.now) < _LISTED_WITHIN else None
