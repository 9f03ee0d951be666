"""What is left out of a line, and what never is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flinklab.plots.thinning import kept, worst

VALUES = st.lists(st.sampled_from([float("nan"), -7.0, 0.0, 1.0, 1.5, 9.0]), max_size=120).map(np.array)
MOST = st.integers(2, 30)


@given(VALUES, MOST)
def test_the_extremes_and_the_ends_stay(values: np.ndarray, most: int) -> None:
    chosen = kept(values, most)
    assert list(chosen) == sorted(set(chosen))
    if np.isfinite(values).any():
        assert np.nanmin(values[chosen]) == np.nanmin(values)
        assert np.nanmax(values[chosen]) == np.nanmax(values)
    if len(values):
        assert {chosen[0], chosen[-1]} == {0, len(values) - 1}
    assert len(chosen) <= max(2 * (most + 2), min(len(values), most))


@given(VALUES, MOST)
def test_no_line_goes_over_a_gap(values: np.ndarray, most: int) -> None:
    chosen = kept(values, most)
    for before, after in pairwise(chosen):
        if np.isfinite(values[before]) and np.isfinite(values[after]):
            assert not np.isnan(values[before : after + 1]).any()


@given(VALUES, MOST)
def test_few_values_all_stay(values: np.ndarray, most: int) -> None:
    few = values[:most]
    assert list(kept(few, most)) == list(range(len(few)))
    assert list(worst(few, most)) == list(range(len(few)))


@given(VALUES, MOST)
def test_of_each_stretch_the_worst_stays(values: np.ndarray, most: int) -> None:
    chosen = worst(values, most)
    assert len(chosen) <= max(most, 0)
    assert list(chosen) == sorted(set(chosen))
    if np.isfinite(values).any():
        assert np.nanmax(values[chosen]) == np.nanmax(values)


def test_a_spike_of_one_point_in_a_day_is_drawn() -> None:
    values = np.zeros(86_400)
    values[43_211] = 7.0
    values[50_000] = -3.0
    chosen = kept(values, 900)
    assert {43_211, 50_000} <= set(chosen)
    assert len(chosen) < 2000
