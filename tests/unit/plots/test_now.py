"""Metrics of this moment."""

from __future__ import annotations

import pytest

from flinklab.domain.monitoring import Spread
from flinklab.plots import now


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("busyTimeMsPerSecond", "ms/s"),
        ("Source__t[1].numRecordsOutPerSecond", "/s"),
        ("numBytesInPerSecond", "B/s"),
        ("checkpointStartDelayNanos", "ns"),
        ("Status.JVM.Memory.Heap.Used", "B"),
        ("mailboxQueueSize", ""),
        ("numRestarts", ""),
        ("watermark_lag", "s"),
    ],
)
def test_the_unit_is_in_the_name(name: str, unit: str) -> None:
    assert now.unit_of(name) == unit


def test_a_bar_for_each_vertex_from_its_lowest_to_its_highest_sub_task() -> None:
    values = {"Status.JVM.Memory.Heap.Used": {"a": Spread(1024**2, 4 * 1024**2, 2 * 1024**2, 0.0)}}
    plot = now.plot(values, title="t", note="as it is now")
    [bar] = plot.figure.data
    assert (bar.x, bar.error_x.array, bar.error_x.arrayminus) == ((2.0,), (2.0,), (1.0,))
    assert plot.figure.layout.annotations[0].text.endswith("[MiB]")
    assert list(plot.data.columns) == list(now.COLUMNS)


def test_a_vertex_has_one_colour_in_all_panels() -> None:
    one = Spread(1, 1, 1, 1)
    plot = now.plot({"x": {"a": one, "b": one}, "y": {"b": one}}, title="t")
    first, second = plot.figure.data
    assert first.marker.color[1] == second.marker.color[0]
