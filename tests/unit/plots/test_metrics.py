"""Series as lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from fakes.recorded import SPAN, at, attempt, day_of, job_graph, recorded, vertex_id
from flinklab.domain.series import Frame, SeriesKey, Tier
from flinklab.plots import lag, metrics
from flinklab.plots.comparing import Earlier, period
from flinklab.plots.marks import MOST_LINES, Mark, MarkKind
from flinklab.plots.timeline import attempt_marks
from flinklab.plots.vertices import Parts, parts_of

PARTS = parts_of([recorded(job_graph())])


def lines(plot: metrics.Plot) -> list[object]:
    return [trace for trace in plot.figure.data if "lines" in (trace.mode or "") and not trace.fill]


def test_a_panel_for_each_measure_and_a_line_for_each_vertex() -> None:
    plot = metrics.plot(day_of("busy", "records_out"), SPAN, ["busy", "records_out"], title="t", parts=PARTS)
    assert len(lines(plot)) == 6
    headings = [note.text for note in plot.figure.layout.annotations]
    assert any(text.startswith("busy [%]") for text in headings)
    assert any(text.startswith("records_out [/s]") for text in headings)
    assert plot.figure.layout.yaxis.tickformat == ",.0%"
    shown = [trace.name for trace in plot.figure.data if trace.showlegend]
    assert shown == ["orders", "GroupAggregate", "top"]


def test_the_data_has_all_points_with_units_and_utc() -> None:
    plot = metrics.plot(day_of("busy"), SPAN, ["busy"], title="t", parts=PARTS)
    assert list(plot.data) == ["at", "orders busy [share]", "GroupAggregate busy [share]", "top busy [share]"]
    assert len(plot.data) == 1440
    assert plot.data["at"].iloc[0] == SPAN.since
    assert plot.data["top busy [share]"].iloc[-1] == 3.0


def test_a_gap_stays_a_gap() -> None:
    plot = metrics.plot(day_of("busy", gap=(300, 310)), SPAN, ["busy"], title="t", parts=PARTS)
    for line in lines(plot):
        assert np.isnan(line.y).any()
        assert line.connectgaps is False


def test_one_value_between_gaps_is_a_point() -> None:
    frame = day_of("busy", vertices=1, points=10)
    values = np.full(10, np.nan)
    values[4] = 0.5
    plot = metrics.plot(Frame(frame.times, {SeriesKey(vertex_id(0), "busy"): values}), SPAN, ["busy"], title="t")
    [line] = lines(plot)
    assert line.mode == "lines+markers"
    assert line.marker.size[4] > 0


def test_a_renamed_vertex_has_two_lines_with_two_names() -> None:
    graphs = [recorded(job_graph()), recorded(job_graph("Source: orders[1]", "Rank[3]", "Sink: top[4]"), 12.0, 2)]
    plot = metrics.plot(day_of("busy"), SPAN, ["busy"], title="t", parts=parts_of(graphs))
    by_name = {line.name: line for line in lines(plot)}
    old, new = by_name["GroupAggregate"], by_name["Rank"]
    middle = metrics.Clock(SPAN).at(at(12))
    assert np.nanmax(old.x[np.isfinite(old.y)]) < middle <= np.nanmin(new.x[np.isfinite(new.y)])


def test_bytes_are_drawn_in_binary_units() -> None:
    frame = day_of("state_size", vertices=1)
    frame = replace(frame, values={key: each * 5 * 1024**2 for key, each in frame.values.items()})
    plot = metrics.plot(frame, SPAN, ["state_size"], title="t")
    assert "[MiB]" in plot.figure.layout.annotations[0].text
    assert max(lines(plot)[0].y) == pytest.approx(5.0)


def test_an_earlier_time_is_paler_on_the_same_axis_and_named() -> None:
    frame = day_of("busy")
    before = replace(frame, times=frame.times - 86_400)
    earlier = Earlier(period("yesterday", SPAN), (before, PARTS))
    plot = metrics.plot(frame, SPAN, ["busy"], title="t", parts=PARTS, earlier=earlier)
    pale = [line for line in lines(plot) if line.opacity is not None]
    full = [line for line in lines(plot) if line.opacity is None]
    assert [line.name for line in pale if line.showlegend] == ["yesterday"]
    for old, new in zip(pale, full, strict=True):
        assert (old.x == new.x).all()
        assert old.line.color == new.line.color
    assert set(plot.data["period"]) == {"now", "yesterday"}
    assert plot.data.loc[plot.data["period"] == "yesterday", "at"].max() < SPAN.since + timedelta(hours=1)


def test_only_an_earlier_time_is_drawn_too() -> None:
    empty = Frame(np.array([]), {})
    earlier = Earlier(period("yesterday", SPAN), (day_of("busy"), PARTS))
    plot = metrics.plot(empty, SPAN, ["busy"], title="t", earlier=earlier)
    assert len(lines(plot)) == 3


def test_a_band_of_many_values_keeps_its_extremes_and_its_gaps() -> None:
    frame = day_of("busy", vertices=1, points=8640, gap=(3000, 3001))
    key = SeriesKey(vertex_id(0), "busy")
    frame.times[3001:] += 7200
    lows, highs = {key: frame.values[key] - 0.1}, {key: frame.values[key] + 0.1}
    lows[key][1234], highs[key][5678] = -3.0, 7.0
    rolled = replace(frame, lows=lows, highs=highs, tier=Tier.MINUTE)
    [band] = [
        trace for trace in metrics.plot(rolled, SPAN, ["busy"], title="t").figure.data if trace.fill == "toself"
    ]
    assert len(band.x) < 1000
    assert (np.nanmin(band.y), np.nanmax(band.y)) == (-3.0, 7.0)
    assert np.isnan(band.y).sum() == 2
    before, after = (part[np.isfinite(part)] for part in np.split(band.x, [np.flatnonzero(np.isnan(band.y))[0]]))
    pause = float(after.min() - before.max())
    assert pause >= 7_200_000


def test_of_one_that_vanished_there_is_no_panel() -> None:
    frame = day_of("busy", "skew", vertices=1)
    frame.values[SeriesKey(vertex_id(0), "skew")][:] = np.nan
    plot = metrics.plot(frame, SPAN, ["busy", "skew"], title="t")
    assert [column for column in plot.data if "skew" in column] == []


def test_means_have_a_band_from_the_smallest_to_the_largest() -> None:
    frame = day_of("busy", vertices=1, gap=(10, 20))
    key = SeriesKey(vertex_id(0), "busy")
    lows, highs = {key: frame.values[key] - 0.1}, {key: frame.values[key] + 0.1}
    rolled = replace(frame, lows=lows, highs=highs, tier=Tier.MINUTE)
    plot = metrics.plot(rolled, SPAN, ["busy"], title="t", parts=PARTS)
    [band] = [trace for trace in plot.figure.data if trace.fill == "toself"]
    assert np.nanmax(band.y) == pytest.approx(1.1)
    assert np.isnan(band.y).sum() == 2
    assert {"orders busy [share] low", "orders busy [share] high"} <= set(plot.data)


def test_what_happened_is_marked_with_its_reason() -> None:
    runs = [attempt(1, 1, 1, 5, cause="disk <b>full</b>"), attempt(2, 2, 6, parallelism=8, restored_from="s3://x")]
    plot = metrics.plot(day_of("busy"), SPAN, ["busy"], title="t", marks=attempt_marks(runs))
    texts = " ".join(text for trace in plot.figure.data for text in (trace.text or ()))
    assert "version 2 (was 1), parallelism 8 (was 2), from s3://x" in texts
    assert "disk &lt;b&gt;full" in texts
    assert len(plot.figure.layout.shapes) == 3


def test_a_restart_loop_has_marks_but_no_curtain_of_lines() -> None:
    marks = [Mark(at(n / 100), MarkKind.FAILURE, "again") for n in range(MOST_LINES + 1)]
    plot = metrics.plot(day_of("busy"), SPAN, ["busy"], title="t", marks=marks)
    assert not plot.figure.layout.shapes
    assert any(len(trace.x) == len(marks) for trace in plot.figure.data)


def test_a_measure_without_a_series_has_no_panel() -> None:
    plot = lag.plot(day_of("watermark_lag"), SPAN, title="t", parts=Parts())
    assert [note.text.split()[0] for note in plot.figure.layout.annotations] == ["watermark_lag"]
