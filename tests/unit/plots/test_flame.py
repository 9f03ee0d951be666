"""The flame graph as plotly has it."""

from __future__ import annotations

import pytest

from flinklab.domain.monitoring import Flame, FlameKind
from flinklab.plots import flame

CALC = Flame("StreamExecCalc$12.processElement:-1", 60, (Flame("java.util.regex.Pattern.matcher:3", 50),))
AGGREGATE = "org.apache.flink.table.runtime.operators.aggregate.GroupAggFunction.processElement:33"
BUSY = Flame("root", 100, (Flame("java.lang.Thread.run:840", 100, (Flame(AGGREGATE, 90, (CALC,)),)),))


def test_frames_have_their_operators_colours_and_the_legend_their_own_shares() -> None:
    plot = flame.plot(BUSY, FlameKind.ON_CPU, "B <1>")
    (icicle,) = plot.figure.data
    assert icicle.labels == (
        *("Thread.run", "GroupAggFunction.processElement", "StreamExecCalc$12.processElement", "Pattern.matcher"),
    )
    assert icicle.parents == ("", "0", "1", "2") and icicle.values == (100, 90, 60, 50)
    machinery, aggregate, calc, matcher = icicle.marker.colors
    assert calc == matcher and len({machinery, aggregate, calc}) == 3
    legend = plot.figure.layout.annotations[0].text
    assert "Calc 60 %" in legend and "GroupAggregate 30 %" in legend and "Flink and Java 10 %" in legend
    assert plot.note == "100 stack samples of threads working"
    assert plot.figure.layout.title.text == "B &lt;1&gt;"


def test_the_data_has_every_frame_with_its_share() -> None:
    data = flame.plot(BUSY).data
    assert data["share"].tolist() == pytest.approx([1.0, 0.9, 0.6, 0.5])
    assert data["depth"].tolist() == [0, 1, 2, 3]
    assert data["operator"].tolist() == ["", "GroupAggregate", "Calc", "Calc"]
    assert data["own (share)"].sum() == pytest.approx(1.0)


def test_rare_frames_are_gathered_in_the_picture_and_stay_in_the_data() -> None:
    many = Flame("root", 1000, (Flame("a.B.main:1", 1000, tuple(Flame(f"a.B.m{n}:1", 1) for n in range(4))),))
    plot = flame.plot(many)
    assert plot.figure.data[0].labels == ("B.main", "4 smaller") and len(plot.data) == 5


def test_names_of_the_program_are_no_markup() -> None:
    plot = flame.plot(Flame("root", 10, (Flame("a.B.<b>init</b>:1", 10),)))
    assert "<b>init" not in plot.figure.data[0].labels[0]
    assert "&lt;b&gt;init" in plot.figure.data[0].customdata[0]


def test_where_no_thread_was_seen_it_says_so() -> None:
    plot = flame.plot(Flame("root", 0), FlameKind.OFF_CPU, note="ask again")
    assert plot.note == "no thread was seen waiting · ask again"
    assert plot.data.empty and "own (share)" in plot.data
