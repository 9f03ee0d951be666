"""The graph, and the heat maps of back-pressure and busy, as plotly has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.job_graphs import SLOW_SINK, job_graphs
from flinklab.domain.monitoring import JobGraph, JobVertex
from flinklab.domain.series import Frame, SeriesKey
from flinklab.plots import backpressure, graph
from flinklab.plots.plot import Plot
from flinklab.plots.vertex_grid import MOST_COLUMNS, vertex_grid, vertex_rows
from flinklab.ports.series import RecordedGraph
from flinklab.telemetry.graphs import Flow, Shares
from flinklab.telemetry.span import Span

SOURCE, SINK = (vertex.id for vertex in SLOW_SINK.vertices)
NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
SPAN = Span(NOW - timedelta(hours=2), NOW)
START = SPAN.since.timestamp()
SICK = {SOURCE: Shares(0.97), SINK: Shares(0.0, 0.99, 0.01)}


def frame(step: float = 30.0, **series: float) -> Frame:
    """Constant shares over the whole span: `source_busy=0.2` and the like."""
    times = np.arange(START, SPAN.until.timestamp(), step)
    vertices = {"source": SOURCE, "sink": SINK}
    return Frame(
        times,
        {
            SeriesKey(vertices[name.split("_")[0]], name.split("_")[1]): np.full(len(times), value)
            for name, value in series.items()
        },
    )


SICK_FRAME = frame(source_backpressured=0.97, source_busy=0.0, sink_backpressured=0.0, sink_busy=0.99)


def said(plot: Plot) -> list[str]:
    return [each.text for each in plot.figure.layout.annotations]


def heat_maps(plot: Plot) -> list[Any]:
    return [trace for trace in plot.figure.data if trace.type == "heatmap"]


def test_the_graph_says_what_flows_and_nothing_of_shares_that_are_not_asked_for() -> None:
    plot = graph.plot(SLOW_SINK, rates={SINK: Flow(1234.0)}, title="orders <dwd>", note="as of now")
    assert {"<b>b_src</b>", "<b>GroupAggregate</b>", "→ Calc → b_out", "×2", "1.2k/s"} == set(said(plot)) - {
        "source → Calc"
    }
    assert plot.figure.layout.title.text == "orders &lt;dwd&gt;" and plot.note == "as of now"
    assert plot.data["vertex"].tolist() == ["b_src", "GroupAggregate → b_out"]
    assert plot.data["in (/s)"].tolist() == pytest.approx([np.nan, 1234.0], nan_ok=True)
    assert plot.data["to"].tolist() == ["GroupAggregate → b_out", ""]


def test_texts_of_flink_are_escaped_on_hover() -> None:
    hover = graph.plot(SLOW_SINK).figure.data[0].text[0]
    assert "where=[(txt &lt;&gt; '&lt;b&gt;')]" in hover and hover.startswith("<b>b_src</b>")


@given(job_graphs(10), st.floats(200, 1500))
@settings(max_examples=15, deadline=None)
def test_one_unit_of_the_drawing_is_one_px(job_graph: JobGraph, width: float) -> None:
    look = graph.plot(job_graph, shares={}, width=width).figure.layout
    wide = (look.xaxis.domain[1] - look.xaxis.domain[0]) * (look.width - look.margin.l - look.margin.r)
    tall = (look.yaxis.domain[1] - look.yaxis.domain[0]) * (look.height - look.margin.t - look.margin.b)
    assert look.xaxis.range[1] - look.xaxis.range[0] == pytest.approx(wide, abs=1)
    assert look.yaxis.range[0] - look.yaxis.range[1] == pytest.approx(tall, abs=1)


def test_the_culprit_is_named_with_its_evidence() -> None:
    plot = backpressure.plot(SLOW_SINK, SICK, note="as of now")
    assert plot.note == (
        "GroupAggregate → b_out causes the back-pressure: "
        "it is busy 99 %, and b_src waits 97 % of its time · as of now"
    )
    assert "<b>causes the back-pressure</b>" in said(plot)
    assert heat_maps(plot) == [] and plot.data["back-pressured (share)"].tolist()[0] == 0.97


def test_of_a_skewed_vertex_the_busiest_sub_task_is_the_evidence() -> None:
    told = {SOURCE: Shares(0.8, backpressured_max=0.9), SINK: Shares(0.0, 0.13, 0.87, 0.0, 1.0)}
    assert (
        "it is busy 13 %, its busiest sub-task 100 %, and b_src waits 80 %"
        in backpressure.plot(SLOW_SINK, told).note
    )


def test_the_heat_maps_have_a_row_for_each_vertex_from_the_source_on() -> None:
    plot = backpressure.plot(SLOW_SINK, SICK, None, SICK_FRAME, span=SPAN)
    pressed, busy = heat_maps(plot)
    assert pressed.z.shape == busy.z.shape and pressed.z.shape[0] == 2 and pressed.z.shape[1] <= MOST_COLUMNS + 1
    assert pressed.z[0] == pytest.approx(0.97) and busy.z[1] == pytest.approx(0.99)
    assert plot.figure.layout.yaxis2.ticktext[0] == "b_src"
    assert "GroupAggregate → b_out" in plot.figure.layout.yaxis2.ticktext[1]
    assert len(plot.data) == pressed.z.size and str(plot.data["time"].dtype).endswith("UTC]")


def test_the_culprit_is_marked_at_each_moment() -> None:
    plot = backpressure.plot(SLOW_SINK, {}, None, SICK_FRAME, span=SPAN)
    marks = plot.figure.data[-1]
    assert marks.name == "causes the back-pressure" and set(marks.y) == {1}
    healthy = frame(source_backpressured=0.0, sink_busy=0.3)
    assert backpressure.plot(SLOW_SINK, {}, None, healthy, span=SPAN).figure.data[-1].type == "heatmap"


def test_a_gap_stays_blank_and_a_late_sample_makes_none() -> None:
    times = np.concatenate([START + np.arange(0, 1800, 30.0), START + np.arange(5400, 7200, 37.0)])
    values = np.full(len(times), 0.5)
    values[59] = np.nan  # as a pause in the recording is told
    grid = vertex_grid(Frame(times, {SeriesKey(SOURCE, "busy"): values}), vertex_rows(SLOW_SINK), ("busy",), SPAN)
    row = grid.values["busy"][0]
    missing = np.isnan(row)
    assert missing[(grid.times > START + 1860) & (grid.times < START + 5370)].all()
    assert not missing[(grid.times < START + 1740) | (grid.times > START + 5430)].any()
    assert row[~missing] == pytest.approx(0.5)
    assert np.isnan(grid.values["busy"][1]).all()


@given(st.lists(st.tuples(st.floats(0, 7199), st.floats(0, 1)), max_size=60))
@settings(max_examples=40, deadline=None)
def test_a_cell_is_never_outside_of_what_was_measured(samples: list[tuple[float, float]]) -> None:
    samples = sorted({round(at, 1): value for at, value in samples}.items())
    times = START + np.array([at for at, _ in samples], dtype=float)
    values = np.array([value for _, value in samples], dtype=float)
    grid = vertex_grid(Frame(times, {SeriesKey(SOURCE, "busy"): values}), vertex_rows(SLOW_SINK), ("busy",), SPAN)
    known = grid.values["busy"][0][~np.isnan(grid.values["busy"][0])]
    assert (len(known) > 0) == (len(samples) > 0)
    if len(known):
        assert values.min() - 1e-9 <= known.min() and known.max() <= values.max() + 1e-9


def test_an_upgrade_that_gives_the_id_to_another_vertex_mixes_nothing() -> None:
    """The first source of any job has one and the same id."""
    old = JobGraph(
        (JobVertex(SOURCE, "Source: clicks[1]", 1), JobVertex("old", "GroupAggregate[2] -> b_out[3]: Writer", 1))
    )
    middle = SPAN.since + timedelta(hours=1)
    recorded = [RecordedGraph(1, None, SPAN.since, old), RecordedGraph(1, None, middle, SLOW_SINK, 2)]
    rows = vertex_rows(SLOW_SINK, recorded)
    assert [row.name for row in rows] == ["b_src", "GroupAggregate → b_out", "clicks (earlier)"]

    told = frame(source_busy=0.4, sink_busy=0.6)
    told = replace(told, values={**told.values, SeriesKey("old", "busy"): np.full(len(told.times), 0.2)})
    source, aggregate, gone = vertex_grid(told, rows, ("busy",), SPAN).values["busy"]
    half = len(source) // 2
    assert np.isnan(source[: half - 1]).all() and source[half + 1 :] == pytest.approx(0.4)
    assert gone[: half - 1] == pytest.approx(0.4) and np.isnan(gone[half + 1 :]).all()
    assert aggregate[: half - 1] == pytest.approx(0.2) and aggregate[half + 1 :] == pytest.approx(0.6)
