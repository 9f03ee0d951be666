"""The slope of what goes up and down."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.telemetry.growth import growth

TIMES = np.arange(240) * 60.0


@given(st.floats(-1e6, 1e6), st.floats(-1e9, 1e9))
def test_of_a_line_it_is_its_slope(slope: float, level: float) -> None:
    found = growth(TIMES, level + slope * TIMES)
    assert found is not None
    assert found.slope == pytest.approx(slope, rel=1e-6, abs=1e-4)
    assert found.value(0.0) == pytest.approx(level, rel=1e-3, abs=10.0)


@given(st.integers(6, 70), st.floats(1e3, 1e6))
def test_teeth_of_compactions_are_no_growth(period: int, rise: float) -> None:
    teeth = (np.arange(240) % period) * rise
    found = growth(TIMES, 1e9 + teeth)
    assert found is not None
    assert abs(found.slope) < 0.35 * rise / 60


@given(st.integers(8, 44), st.integers(0, 43), st.floats(-3.0, 3.0), st.floats(2.0, 50.0))
def test_growth_is_found_under_teeth_that_are_larger(period: int, phase: int, slope: float, times: float) -> None:
    """Each tooth rises by so many `times` what grows in all the time."""
    height = times * max(abs(slope), 0.01) * TIMES[-1]
    saw = (np.arange(240) + phase) % period / period * height
    found = growth(TIMES, 1e6 + slope * TIMES + saw)
    assert found is not None
    assert found.slope == pytest.approx(slope, rel=0.02, abs=1e-6)
    assert slope <= 0.01 or found.share == 1.0


@given(st.integers(8, 44), st.floats(0.1, 0.9), st.integers(0, 2**32 - 1))
def test_teeth_of_all_heights_hide_no_growth(period: int, spread: float, seed: int) -> None:
    """Heights and lengths differ from tooth to tooth, and so does what is left after each."""
    random = np.random.default_rng(seed)
    saw: list[float] = []
    while len(saw) < 240:
        length = max(8, int(period * random.uniform(1 - spread / 2, 1)))
        saw += list(np.linspace(random.normal(0, 0.02), random.uniform(1 - spread / 2, 1), length))
    found = growth(TIMES, 100.0 + 0.5 * TIMES / TIMES[-1] + np.array(saw[:240]))
    assert found is not None
    assert found.slope * TIMES[-1] == pytest.approx(0.5, abs=0.2)


def test_thousands_of_points_keep_their_teeth() -> None:
    times = np.arange(30_000) * 3.0
    found = growth(times, times + np.arange(30_000) % 151 * 1e4)
    assert found is not None
    assert found.slope == pytest.approx(1.0, rel=0.02)


def test_a_quarter_of_nonsense_changes_nothing() -> None:
    values = 5.0 * TIMES
    values[::4] = np.random.default_rng(1).uniform(-1e6, 1e6, 60)
    found = growth(TIMES, values)
    assert found is not None
    assert found.slope == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_few_points_tell_nothing(count: int) -> None:
    assert growth(TIMES[:count], np.ones(count)) is None


def test_gaps_are_left_out_and_one_moment_has_no_slope() -> None:
    values = np.where(TIMES < 3000, np.nan, 2 * TIMES)
    found = growth(TIMES, values)
    assert found is not None
    assert found.slope == pytest.approx(2.0)
    assert growth(np.zeros(10), np.arange(10.0)) is None


def test_thousands_of_points_are_no_work() -> None:
    times = np.arange(30_000) * 3.0
    found = growth(times, 7.0 * times)
    assert found is not None
    assert found.slope == pytest.approx(7.0)
