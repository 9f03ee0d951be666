"""When a job that failed may be started again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.situations import NOW, ago
from flinklab.domain.job_policies import Policies
from flinklab.jobs.restarts import is_spent, is_stable, next_restart, recent

POLICIES = Policies(restarts=3, restart_window=100, restart_delay=10, restart_delay_max=60, stable_after=50)


def test_those_within_the_window_count() -> None:
    restarts = (ago(101), ago(100), ago(99), ago(1))
    assert recent(restarts, POLICIES, NOW) == restarts[2:]


@pytest.mark.parametrize(("seconds", "spent"), [((90, 50, 10), True), ((100, 50, 10), False), ((50, 10), False)])
def test_the_budget(seconds: tuple[float, ...], spent: bool) -> None:
    assert is_spent(tuple(map(ago, seconds)), POLICIES, NOW) is spent


@pytest.mark.parametrize(("count", "delay"), [(0, 10), (1, 20), (2, 40), (3, 60), (4, 60), (5000, 60)])
def test_the_delay_doubles_up_to_a_limit(count: int, delay: float) -> None:
    restarts = tuple(ago(1000) for _ in range(count))
    assert next_restart(restarts, POLICIES, NOW) == NOW + timedelta(seconds=delay)


@given(st.lists(st.floats(0, 1e6), max_size=40), st.integers(0, 20))
def test_never_more_than_the_budget_in_a_window(gaps: list[float], budget: int) -> None:
    """Whatever the times of failures are: a restart that is not refused keeps to the budget."""
    policies = Policies(restarts=budget, restart_window=1000)
    now, restarts = NOW, ()
    for gap in gaps:
        now += timedelta(seconds=gap)
        if not is_spent(restarts, policies, now):
            restarts = (*restarts, now)
        assert len(recent(restarts, policies, now)) <= budget


@pytest.mark.parametrize(
    ("since", "completed", "stable"), [(50, 1, True), (49, 1, False), (50, 0, False), (None, 1, False)]
)
def test_stable_is_long_enough_and_with_a_checkpoint(since: float | None, completed: int, stable: bool) -> None:
    assert is_stable(ago(since) if since is not None else None, completed, POLICIES, NOW) is stable
