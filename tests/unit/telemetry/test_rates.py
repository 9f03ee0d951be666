from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.cluster import JobState
from flinklab.domain.ids import JobId
from flinklab.domain.monitoring import Counters, JobGraph, JobLook, JobVertex
from flinklab.domain.series import SeriesKey
from flinklab.telemetry.rates import comparable, elapsed, per_second, rates

AT = datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)
_COUNT = st.floats(0, 1e15, allow_nan=False)
COUNTERS = st.builds(
    Counters,
    *(_COUNT for _ in range(6)),
    busy=st.none() | _COUNT,
    is_complete=st.booleans(),
)


def look(seconds: float = 0, *, parallelism: int = 2, **counters: Counters) -> JobLook:
    vertices = tuple(JobVertex(name, name, parallelism) for name in counters)
    running = {name: {"RUNNING": parallelism} for name in counters}
    at = AT + timedelta(seconds=seconds)
    return JobLook(JobId("1"), "a job", JobState.RUNNING, at, AT, AT, JobGraph(vertices), counters, running)


def lived(seconds: float, parallelism: int = 2, busy: float = 0.25, **more: float) -> Counters:
    """Of tasks that were busy that share of the time since they began, and idle otherwise."""
    whole = seconds * parallelism
    return Counters(busy=whole * busy, idle=whole * (1 - busy), **more)  # type: ignore[arg-type]


@given(COUNTERS, COUNTERS, st.integers(0, 4), st.integers(0, 4), st.floats(0.5, 1e6))
def test_no_rate_is_negative_and_no_share_above_one(
    first: Counters, second: Counters, before: int, after: int, seconds: float
) -> None:
    found = rates(look(parallelism=before, v=first), look(seconds, parallelism=after, v=second), seconds)
    assert all(value >= 0 for value in found.values())
    assert all(found.get(SeriesKey("v", name), 0) <= 1 for name in ("busy", "idle", "backpressured"))


@given(COUNTERS, COUNTERS)
def test_where_a_count_or_time_went_back_nothing_is_known_of_the_vertex(first: Counters, second: Counters) -> None:
    found = rates(look(v=first), look(9, v=second), 9)
    counts = ("records_in", "records_out", "bytes_in", "bytes_out")
    went_back = any(getattr(second, name) < getattr(first, name) for name in counts)
    times = ["backpressured", "idle"] + (["busy"] if None not in (first.busy, second.busy) else [])
    went_back |= sum(getattr(second, name) - getattr(first, name) for name in times) < 0
    assert bool(found) is (not went_back and first.is_complete and second.is_complete)
    assert (SeriesKey("v", "busy") in found) is (bool(found) and first.busy is not None and second.busy is not None)


def test_a_task_that_idles_is_not_busy_though_what_flink_counts_so_goes_back_a_little() -> None:
    first, second = Counters(idle=30.0, busy=0.050), Counters(idle=40.02, busy=0.031)
    found = rates(look(parallelism=1, v=first), look(10, parallelism=1, v=second), 10)
    assert (found[SeriesKey("v", "busy")], found[SeriesKey("v", "idle")]) == (0.0, 1.0)
    assert elapsed(look(parallelism=1, v=first), look(10, parallelism=1, v=second)) == pytest.approx(10, abs=0.1)


def test_what_a_counter_rose_by_is_divided_by_the_time_and_times_by_the_sub_tasks_too() -> None:
    first = Counters(100, 50, 1000, 500, backpressured=4, idle=2, busy=14)
    second = Counters(140, 60, 1000, 900, backpressured=9, idle=4, busy=27)
    found = rates(look(v=first), look(10, v=second), 10)
    assert found == {
        SeriesKey("v", "records_in"): 4,
        SeriesKey("v", "records_out"): 1,
        SeriesKey("v", "bytes_in"): 0,
        SeriesKey("v", "bytes_out"): 40,
        SeriesKey("v", "backpressured"): 0.25,
        SeriesKey("v", "idle"): 0.1,
        SeriesKey("v", "busy"): 0.65,
    }


def test_a_vertex_that_came_or_went_or_was_rescaled_is_left_out() -> None:
    before = look(old=lived(5), same=lived(5))
    after = look(10, new=lived(15), same=lived(15))
    assert {key.part for key in rates(before, after, 10)} == {"same"}
    assert rates(look(v=lived(5)), look(10, parallelism=3, v=lived(15, 3)), 10) == {}


@given(st.floats(0.5, 100), st.floats(0.01, 1000), st.integers(1, 64))
def test_the_time_is_that_between_the_collections_not_between_the_looks(
    collected: float, looked: float, parallelism: int
) -> None:
    before = look(0, parallelism=parallelism, a=lived(50, parallelism), b=Counters())
    later = lived(50 + collected, parallelism)
    after = look(looked, parallelism=parallelism, a=later, b=Counters(idle=1.0))
    assert elapsed(before, after) == pytest.approx(collected, rel=1e-6)


def test_where_no_vertex_tells_it_is_the_time_between_the_looks() -> None:
    assert elapsed(look(v=Counters()), look(12, v=Counters())) == 12
    over = replace(look(12, v=lived(50)), task_states={"v": {"FINISHED": 2}})
    assert elapsed(look(v=lived(50)), over) == 12


def test_what_was_not_collected_anew_has_no_rates() -> None:
    assert elapsed(look(v=lived(50)), look(12, v=lived(50))) is None


def test_looks_at_another_job_or_over_a_restart_or_at_one_moment_cannot_be_compared() -> None:
    first, second = look(v=lived(5)), look(10, v=lived(15))
    assert comparable(first, second)
    assert not comparable(second, first)
    assert not comparable(first, first)
    assert not comparable(first, replace(second, job_id=JobId("2")))
    assert not comparable(first, replace(second, restarted_at=AT + timedelta(seconds=3)))


@given(st.dictionaries(st.sampled_from("abcd"), _COUNT), st.dictionaries(st.sampled_from("abcd"), _COUNT))
def test_counters_of_their_own_are_known_where_they_rose(first: dict[str, float], second: dict[str, float]) -> None:
    found = per_second(first, second, 2)
    assert found.keys() == {key for key in second if key in first and second[key] >= first[key]}
    assert all(value * 2 == pytest.approx(second[key] - first[key]) for key, value in found.items())
