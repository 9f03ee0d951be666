"""Where a job's next start gets its state from. A stateful job is never started empty because none was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flinklab.domain.jobs import (
    AttemptState,
    Checkpoint,
    CommandKind,
    Managed,
    ManagedState,
    Restore,
    RestoreMode,
)


@dataclass(frozen=True, slots=True)
class From:
    """Start from the state at `path`; empty: without any."""

    path: str = ""


@dataclass(frozen=True, slots=True)
class NotNow:
    """A storage does not answer: that says nothing about what lies there."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A person decides."""

    reason: str


Choice = From | NotNow | Hold


def candidates(managed: Managed) -> tuple[str, ...]:
    """The paths that the next start may be from, the best first."""
    restore = managed.job.restore
    if restore.mode is RestoreMode.EMPTY or _is_over(managed):
        return ()
    if restore.mode is RestoreMode.POINT:
        return (restore.path,)
    points = [point for point in managed.points if point.is_restore_point]
    attempt = managed.attempt
    if attempt is None:
        return tuple(point.path for point in points)
    own = [point.path for point in points if point.flink_id == attempt.flink_id]
    origin = [attempt.restored_from] if attempt.restored_from else []
    return tuple(dict.fromkeys([*own, *origin, *_older(managed, points)]))


def _older(managed: Managed, points: Sequence[Checkpoint]) -> list[str]:
    """Of attempts before the newest one.

    A start that a person asks for may be from any. What goes on by itself goes on from where the newest attempt
    began, which a person may have chosen: not from what is newer than that, nor from any when it began empty.
    """
    paths = [point.path for point in points]
    if managed.commands and managed.commands[0].kind is CommandKind.START:
        return paths
    origin = managed.attempt.restored_from if managed.attempt is not None else ""
    return paths[paths.index(origin) :] if origin in paths else []


def ending_savepoint(managed: Managed) -> str:
    """The path of the savepoint that ended the newest attempt; empty when it ended otherwise.

    Flink calls a job that was stopped with a savepoint finished, as one that came to its own end.
    """
    attempt = managed.attempt
    if attempt is None or attempt.state is not AttemptState.FINISHED:
        return ""
    own = [point for point in managed.points if point.flink_id == attempt.flink_id]
    return own[0].path if own and own[0].is_savepoint else ""


def choose(managed: Managed, checked: Mapping[str, bool | None]) -> Choice:
    """`checked`: of each candidate whether something lies there; None: its storage does not answer."""
    restore, attempt = managed.job.restore, managed.attempt
    paths = candidates(managed)
    for path in paths:
        is_there = checked.get(path)
        if is_there is None:
            return NotNow(f"the storage of {path} does not answer")
        if is_there:
            return From(path)
    if restore.mode is RestoreMode.EMPTY or _is_over(managed):
        return From()
    if restore.mode is RestoreMode.POINT:
        return Hold(f"there is no savepoint or checkpoint at {restore.path}")
    if not paths and (attempt is None or _had_no_state(managed)):
        return From()
    if paths:
        return Hold(_gone(paths))
    return Hold("it ran, and whether it had state is not known: no checkpoint of it was recorded")


def _is_over(managed: Managed) -> bool:
    """It came to its own end: the next start is a new one, unless a person names a state."""
    return managed.job.restore == Restore() and managed.status.state is ManagedState.FINISHED


def _had_no_state(managed: Managed) -> bool:
    """Flink itself said that no checkpoint was completed, and it began without state."""
    attempt = managed.attempt
    return attempt is not None and attempt.completed == 0 and not attempt.restored_from


def _gone(paths: Sequence[str]) -> str:
    if len(paths) == 1:
        return f"its only restore point is gone: {paths[0]}"
    return f"all {len(paths)} restore points are gone; the newest was {paths[0]}"
