"""Which restore points need not be kept any longer. On doubt one is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flinklab.domain.job_policies import Policies
from flinklab.domain.jobs import Checkpoint, Managed


@dataclass(frozen=True, slots=True)
class Disposal:
    """`points` may go, provided that something lies at `newest` (a path), which stays."""

    newest: str
    points: tuple[Checkpoint, ...] = ()


def disposable(managed: Managed, now: datetime) -> Disposal:
    """What the policies let go of.

    Only savepoints are: each is a folder of its own. Checkpoints of one Flink job share files while they are
    incremental; Flink itself removes those that it no longer needs. A path that the running attempt was started
    from, or that the job or one of its commands names, stays.
    """
    points = [point for point in managed.points if point.is_restore_point]
    if len(points) < 2:
        return Disposal("")
    kept = _kept(points, managed.job.policies, now) | _named(managed)
    gone = tuple(point for point in points if point.is_savepoint and point.path not in kept)
    return Disposal(points[0].path, gone)


def _kept(points: Sequence[Checkpoint], policies: Policies, now: datetime) -> set[str]:
    youngest = now - timedelta(seconds=policies.keep_for)
    by_count = points[: max(policies.keep_points, 1)]
    by_age = [point for point in points if point.triggered_at is None or point.triggered_at > youngest]
    return {point.path for point in (*by_count, *by_age)}


def _named(managed: Managed) -> set[str]:
    attempt = managed.attempt
    restored = attempt.restored_from if attempt is not None else ""
    return {restored, managed.job.restore.path, *(command.savepoint for command in managed.commands)}
