"""Several jobs on one axis."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.series import Frame, SeriesKey, Tier
from flinklab.telemetry.joining import worst_of


def frame(start: float, *values: list[float]) -> Frame:
    times = start + np.arange(len(values[0])) * 30.0
    return Frame(times, {SeriesKey(f"v{n}", "source_lag"): np.array(each) for n, each in enumerate(values)})


def test_each_job_has_its_worst_vertex_on_a_shared_axis() -> None:
    nan = float("nan")
    first, second = frame(0, [1, 0, 5, 4], [2, nan, nan, nan]), frame(61, [7, 6, nan, nan, 9])
    joined = worst_of({"a": first, "b": second}, ["source_lag", "skew"])
    assert list(joined.times) == [0, 60, 120, 180]
    np.testing.assert_equal(joined.values[SeriesKey("a", "source_lag")], [2, 5, nan, nan])
    np.testing.assert_equal(joined.values[SeriesKey("b", "source_lag")], [nan, 7, nan, 9])
    assert joined.parts("skew") == []


def test_of_nothing_there_is_nothing() -> None:
    assert worst_of({"a": Frame(np.array([]), {})}, ["source_lag"]).is_empty


KEY = SeriesKey("v", "source_lag")


@given(st.floats(1, 150), st.integers(0, 2**32 - 1))
def test_samples_that_come_a_little_late_leave_no_gap(pause: float, seed: int) -> None:
    times = 1e9 + np.arange(60) * pause + np.random.default_rng(seed).uniform(0, pause / 10, 60)
    assert not np.isnan(
        worst_of({"a": Frame(times, {KEY: np.ones(60)})}, ["source_lag"]).values[KEY._replace(part="a")]
    ).any()


def test_rolled_up_ones_keep_their_step_and_give_their_largest() -> None:
    times = np.arange(5) * 7200.0
    hours = Frame(times, {KEY: np.ones(5)}, {KEY: np.zeros(5)}, {KEY: np.full(5, 9.0)}, Tier.HOUR, 7200.0)
    joined = worst_of({"a": hours, "b": frame(0, [1, 2, 3])}, ["source_lag"])
    assert joined.step == 7200.0
    assert joined.values[SeriesKey("a", "source_lag")].tolist() == [9.0] * 5
    assert joined.values[SeriesKey("b", "source_lag")][0] == 3.0
