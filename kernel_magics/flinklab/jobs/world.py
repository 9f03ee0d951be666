"""What is known of a job, after something was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flinklab.domain.jobs import Attempt, Checkpoint, Command, CommandState, Job, Managed, Status
from flinklab.ports.jobs import Kept

_POINTS = 50  # restore points that are kept in mind


def after(managed: Managed, values: Sequence[Kept]) -> Managed:
    """`managed` with what was written of it."""
    for value in values:
        if isinstance(value, Job):
            managed = replace(managed, job=value)
        elif isinstance(value, Status):
            managed = replace(managed, status=value)
        elif isinstance(value, Attempt):
            if managed.attempt is None or value.number >= managed.attempt.number:
                managed = replace(managed, attempt=value)
        elif isinstance(value, Command):
            managed = replace(managed, commands=with_command(managed.commands, value))
        elif isinstance(value, Checkpoint):
            managed = replace(managed, points=_with_point(managed.points, value))
    return managed


def with_command(commands: tuple[Command, ...], command: Command) -> tuple[Command, ...]:
    """The open ones, in the order in which they were asked for."""
    is_open = command.state in (CommandState.WAITING, CommandState.RUNNING)
    if any(each.id == command.id for each in commands):
        kept = (command if each.id == command.id else each for each in commands)
        return tuple(each for each in kept if is_open or each.id != command.id)
    return (*commands, command) if is_open else commands


def _with_point(points: tuple[Checkpoint, ...], point: Checkpoint) -> tuple[Checkpoint, ...]:
    key = (point.flink_id, point.checkpoint_id)
    others = tuple(each for each in points if (each.flink_id, each.checkpoint_id) != key)
    return ((point, *others) if point.is_restore_point else others)[:_POINTS]
