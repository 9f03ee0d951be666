"""Several jobs on one axis."""

from __future__ import annotations

import numpy as np

from flinklab.domain.series import Frame, SeriesKey
from flinklab.telemetry.joining import worst_of


def frame(start: float, *values: list[float]) -> Frame:
    times = start + np.arange(len(values[0])) * 60.0
    return Frame(times, {SeriesKey(f"v{n}", "source_lag"): np.array(each) for n, each in enumerate(values)})


def test_each_job_has_its_worst_vertex_on_a_shared_axis() -> None:
    nan = float("nan")
    joined = worst_of({"a": frame(0, [1, 5], [2, nan]), "b": frame(70, [7, nan, 9])}, ["source_lag", "skew"])
    assert list(joined.times) == [0, 60, 120, 180]
    np.testing.assert_equal(joined.values[SeriesKey("a", "source_lag")], [2, 5, nan, nan])
    np.testing.assert_equal(joined.values[SeriesKey("b", "source_lag")], [nan, 7, nan, 9])
    assert joined.parts("skew") == []


def test_of_nothing_there_is_nothing() -> None:
    assert worst_of({"a": Frame(np.array([]), {})}, ["source_lag"]).is_empty
