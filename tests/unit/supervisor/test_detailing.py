from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Checkpoint
from flinklab.supervisor.detailing import Detailing

A, B = JobId("a"), JobId("b")


def made(number: int, duration: float = 1.0, flink_id: JobId = A) -> Checkpoint:
    return Checkpoint(flink_id, number, "completed", duration=duration)


def numbers(chosen: Sequence[Checkpoint]) -> list[int]:
    return [each.checkpoint_id for each in chosen]


def test_of_each_job_the_newest_once_a_minute() -> None:
    detailing = Detailing()
    assert numbers(detailing.chosen([made(1), made(2), made(3, flink_id=B)], 0, 9)) == [2, 3]
    assert numbers(detailing.chosen([made(4)], 59, 9)) == []
    assert numbers(detailing.chosen([made(5)], 60, 9)) == [5]


def test_every_one_that_took_longer_than_usual_the_slowest_first() -> None:
    detailing = Detailing()
    detailing.chosen([made(1)], 0, 9)
    found = detailing.chosen([made(2, 1.2), made(3, 3.0), made(4, 9.0)], 1, 9)
    assert numbers(found) == [4, 3]


def test_what_is_slow_all_the_time_is_usual() -> None:
    detailing = Detailing()
    detailing.chosen([made(1)], 0, 9)
    found = [numbers(detailing.chosen([made(number, 9.0)], 1, 9)) for number in range(2, 9)]
    assert found[0] and not found[-1]


def test_quick_ones_are_not_told_apart() -> None:
    detailing = Detailing()
    detailing.chosen([made(1, 0.01)], 0, 9)
    assert detailing.chosen([made(2, 0.09)], 1, 9) == []


def test_a_job_that_is_forgotten_begins_anew() -> None:
    detailing = Detailing()
    detailing.chosen([made(1), made(1, flink_id=B)], 0, 9)
    detailing.forget({A})
    assert detailing.chosen([made(2), made(2, 9.0, B)], 1, 9) == [made(2, 9.0, B)]


@given(st.lists(st.builds(made, st.integers(1, 99), st.floats(0, 1e6), st.sampled_from([A, B]))), st.integers(0, 5))
def test_never_more_than_the_budget_and_nothing_twice(completed: list[Checkpoint], most: int) -> None:
    chosen = Detailing().chosen(completed, 0, most)
    assert len(chosen) <= most
    assert len({id(each) for each in chosen}) == len(chosen)
