"""Where a job's next start gets its state from. A stateful job is never started empty because none was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flinklab.domain.jobs import Managed, ManagedState, Restore, RestoreMode


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
    attempt = managed.attempt
    paths = [point.path for point in managed.points if point.is_restore_point]
    if attempt is not None and attempt.restored_from:
        paths.append(attempt.restored_from)
    return tuple(dict.fromkeys(paths))


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
