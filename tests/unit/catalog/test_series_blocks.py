"""Blocks joined and rolled up, against the plain way to do it."""

from __future__ import annotations

import math
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.catalog.series_blocks import between, frame, is_sparse, joined, of_sample, rolled, with_pauses
from flinklab.catalog.series_codec import Block
from flinklab.domain.series import Sample, SeriesKey, SeriesOwner, Tier

OWNER = SeriesOwner("my", "session", 1)
KEYS = [SeriesKey(part, name) for part in ("", "a", "b") for name in ("busy", "idle")]
samples = st.lists(
    st.builds(
        Sample,
        st.just(OWNER),
        st.integers(0, 20_000).map(float),
        st.dictionaries(st.sampled_from(KEYS), st.integers(0, 1000).map(float), max_size=6),
    ),
    max_size=25,
)


def listed(values: np.ndarray) -> list[float | None]:
    return [None if math.isnan(each) else each for each in values.tolist()]


@given(samples, st.sampled_from([None, {"busy"}, set()]))
def test_joined_has_all_of_them_once_by_time(some: list[Sample], names: set[str] | None) -> None:
    block = joined([of_sample(each) for each in some], names)
    last = {each.at: each.values for each in some}
    assert block.times.tolist() == [at * 1000 for at in sorted(last)]
    assert block.keys == tuple(
        sorted({key for each in some for key in each.values if names is None or key.name in names})
    )
    for key, row in zip(block.keys, block.values, strict=True):
        assert listed(row) == [last[at].get(key) for at in sorted(last)]


@given(samples, st.sampled_from([60.0, 3600.0]))
def test_rolled_has_mean_low_and_high_of_each_step(some: list[Sample], step: float) -> None:
    block = joined([of_sample(each) for each in some])
    own = rolled(block, step)
    last = {each.at: each.values for each in some}
    steps = sorted({at // step * step for at in last})
    assert own.times.tolist() == [at * 1000 for at in steps]
    assert own.lows is not None and own.highs is not None
    for number, key in enumerate(block.keys):
        for place, begin in enumerate(steps):
            within = [row[key] for at, row in last.items() if at // step * step == begin and key in row]
            found = [layer[number, place] for layer in (own.values, own.lows, own.highs)]
            if within:
                assert found == pytest.approx([fmean(within), min(within), max(within)])
            else:
                assert np.isnan(found).all()


@given(samples)
def test_hours_of_minutes_have_the_lows_and_highs_of_the_samples(some: list[Sample]) -> None:
    block = joined([of_sample(each) for each in some])
    once, twice = rolled(block, 3600), rolled(rolled(block, 60), 3600)
    np.testing.assert_array_equal(once.lows, twice.lows)
    np.testing.assert_array_equal(once.highs, twice.highs)


def block_of(times: list[float]) -> Block:
    return Block(
        np.array([round(at * 1000) for at in times], np.int64), (KEYS[0],), np.ones((1, len(times)), np.float32)
    )


@pytest.mark.parametrize(
    ("times", "pauses"),
    [
        ([], []),
        ([5], []),
        ([0, 3600], []),
        ([0, 10, 3600], [20]),
        ([0, 3600, 3610, 3620], [10]),
        ([0, 10, 20, 44, 54], []),
        ([0, 10, 20, 46, 56], [30]),
        ([0, 10, 20, 30, 90, 150, 210, 270], []),
        ([*range(0, 100, 10), *range(1000, 1100, 10), *range(9000, 9100, 10)], [100, 1100]),
    ],
)
def test_a_pause_is_longer_than_the_steps_around_it(times: list[float], pauses: list[float]) -> None:
    block = with_pauses(block_of(times))
    nothing = np.isnan(block.values[0])
    assert (block.times[nothing] / 1000).tolist() == pauses
    assert (block.times[~nothing] / 1000).tolist() == times
    assert np.all(np.diff(block.times) > 0)


@given(st.lists(st.integers(1, 10**6), max_size=30))
def test_a_pause_never_changes_the_order(steps: list[int]) -> None:
    block = with_pauses(block_of(np.cumsum([0, *steps]).tolist()))
    assert np.all(np.diff(block.times) > 0)
    assert np.count_nonzero(~np.isnan(block.values)) == len(steps) + 1


def test_both_ends_are_in_between() -> None:
    assert between(block_of([1, 2, 3, 4]), 2000, 3000).times.tolist() == [2000, 3000]


def test_what_comes_by_the_minute_is_not_worth_rolling_up() -> None:
    assert is_sparse(block_of([0]), 60) and is_sparse(block_of([0, 60.3, 119.9]), 60)
    assert not is_sparse(block_of([0, 30, 60]), 60)


def test_a_frame_of_steps_begins_with_the_one_that_is_under_way() -> None:
    block = block_of([60 * minute for minute in range(100)])
    found = frame([block], Tier.MINUTE, (630.0, 1200.0), None, 1500)
    assert (found.times[0], found.times[-1], found.step) == (600.0, 1200.0, 60.0)
    assert frame([block], Tier.MINUTE, (0.0, 6000.0), None, 10).step == 600.0
