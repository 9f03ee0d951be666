"""When a job that failed may be started again: a budget, a delay that doubles, and a reset after calm."""

from __future__ import annotations

from datetime import datetime, timedelta

from flinklab.domain.job_policies import Policies


def recent(restarts: tuple[datetime, ...], policies: Policies, now: datetime) -> tuple[datetime, ...]:
    """Those that count: within the window."""
    return tuple(at for at in restarts if now - at < timedelta(seconds=policies.restart_window))


def is_spent(restarts: tuple[datetime, ...], policies: Policies, now: datetime) -> bool:
    return len(recent(restarts, policies, now)) >= policies.restarts


def next_restart(restarts: tuple[datetime, ...], policies: Policies, now: datetime) -> datetime:
    """Delays double with each restart since the last reset, also with those that left the window."""
    doublings = min(len(restarts), 30)
    delay = min(policies.restart_delay * 2**doublings, policies.restart_delay_max)
    return now + timedelta(seconds=delay)


def is_stable(running_since: datetime | None, completed: int, policies: Policies, now: datetime) -> bool:
    """It ran long enough, and completed a checkpoint: earlier failures do not count any more."""
    return (
        running_since is not None
        and completed > 0
        and now - running_since >= timedelta(seconds=policies.stable_after)
    )
