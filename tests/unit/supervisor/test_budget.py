"""Requests for what clusters measure, shared by all of one supervisor's."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from flinklab.supervisor.budget import Budget


@example({0: 552})
@given(st.dictionaries(st.integers(0, 30), st.integers(0, 5_000), min_size=1))
def test_however_jobs_are_spread_they_cost_the_same_and_nobody_waits_longer_than_a_minute(
    taken: dict[int, int],
) -> None:
    budget = Budget()
    for who, requests in taken.items():
        last = budget.interval(who, requests)
    assert last == Budget().interval("all of them", sum(taken.values()))
    assert 12 <= last <= 60
    assert last == 60 or sum(taken.values()) / last <= 25 * (1 + 1e-9)


def test_what_one_takes_counts_once_and_no_more_when_it_has_left() -> None:
    budget = Budget()
    budget.interval("large", 100_000)
    assert budget.interval("large", 500) == 20
    assert budget.interval("small", 250) == 30
    budget.leave("large")
    budget.leave("large")
    assert budget.interval("small", 250) == 12
