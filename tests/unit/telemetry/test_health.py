"""The few numbers that a person looks at first."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.monitoring import Edge, JobGraph, JobVertex
from flinklab.domain.series import Frame, SeriesKey
from flinklab.telemetry.health import VITALS, growing, history, newest, until_full, vitals
from flinklab.telemetry.measures import MEASURES

GRAPH = JobGraph(
    (
        JobVertex("a", "Source: a", 1),
        JobVertex("b", "Source: b", 1),
        JobVertex("c", "c", 1),
        JobVertex("d", "d", 1),
    ),
    (Edge("a", "c"), Edge("b", "c"), Edge("c", "d")),
)
_AMOUNTS = st.floats(0, 1e9)
_KEYS = st.builds(SeriesKey, st.sampled_from(["", "a", "b", "c"]), st.sampled_from(sorted(MEASURES)))


def test_rows_are_those_of_sources_and_sinks_and_not_of_what_lies_between() -> None:
    counted = {
        SeriesKey("a", "records_out"): 5.0,
        SeriesKey("b", "records_out"): 7.0,
        SeriesKey("c", "records_out"): 100.0,
        SeriesKey("c", "records_in"): 12.0,
        SeriesKey("d", "records_in"): 3.0,
    }
    assert vitals(counted, GRAPH) == {"rows_in": 12.0, "rows_out": 3.0}
    assert vitals(counted) == {}, "without a graph nobody knows which they are"
    told = {SeriesKey("a", "source_records"): 50.0, SeriesKey("d", "sink_records"): 2.0}
    assert vitals({**counted, **told}, GRAPH) == {"rows_in": 50.0, "rows_out": 2.0}


def test_the_worst_vertex_is_what_is_shown() -> None:
    values = {
        SeriesKey("a", "backpressured"): 0.2,
        SeriesKey("b", "backpressured"): 0.7,
        SeriesKey("a", "busy_max"): 0.3,
        SeriesKey("a", "busy"): 0.9,
        SeriesKey("c", "watermark_lag"): 4.0,
        SeriesKey("d", "watermark_lag"): 40.0,
        SeriesKey("a", "source_lag"): 1.0,
        SeriesKey("b", "source_lag"): 2.0,
        SeriesKey("", "restarts"): 0.0,
    }
    found = {"backpressured": 0.7, "busy": 0.3, "waiting": 3.0, "lag": 40.0, "restarts": 0.0}
    assert vitals(values, GRAPH) == found


@given(st.dictionaries(_KEYS, _AMOUNTS))
def test_whatever_was_measured_no_vital_is_beyond_it(values: dict[SeriesKey, float]) -> None:
    found = vitals(values, GRAPH)
    assert found.keys() <= VITALS.keys()
    assert all(0 <= value <= math.fsum(values.values()) * (1 + 1e-12) for value in found.values())


def test_a_gap_is_a_moment_of_which_nothing_is_known() -> None:
    values = {
        SeriesKey("a", "busy"): np.array([0.1, np.nan, 0.3]),
        SeriesKey("", "restarts"): np.array([1, np.nan, np.nan]),
    }
    frame = Frame(np.array([10.0, 11.0, 70.0]), values)
    assert history(frame) == [(10.0, {"busy": 0.1, "restarts": 1.0}), (11.0, {}), (70.0, {"busy": 0.3})]
    assert newest(frame) == {SeriesKey("a", "busy"): 0.3}
    assert newest(Frame(np.array([]), {})) == {}


def test_metaspace_that_only_grows_is_a_leak() -> None:
    times = [60.0 * minute for minute in range(120)]
    found = growing([(at, 1e8 + 2e7 * at / 3600) for at in times])
    assert found is not None
    assert found.leaks
    assert found.hourly == pytest.approx(2e7)


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([1e8] * 120, id="it stays"),
        pytest.param([1e8 + 100 * n for n in range(120)], id="it grows by next to nothing"),
        pytest.param([1e8 + 1e6 * (n % 20) for n in range(120)], id="it is given back"),
    ],
)
def test_metaspace_that_does_well_is_no_leak(sizes: list[float]) -> None:
    found = growing([(60.0 * minute, size) for minute, size in enumerate(sizes)])
    assert found is not None
    assert not found.leaks


def test_of_a_few_minutes_no_growth_is_said() -> None:
    assert growing([]) is None
    assert growing([(10.0 * n, 1e8 + 1e6 * n) for n in range(50)]) is None


def test_when_it_is_full() -> None:
    assert until_full(1e8, 3e8, 1e8) == 2.0
    assert until_full(1e8, -1.0, 1e8) is None, "no bound is known"
    assert until_full(1e8, 3e8, 0.0) is None
    assert until_full(1e8, 3e8, None) is None
