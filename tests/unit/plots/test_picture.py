"""The SVG of a figure."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from fakes.recorded import SPAN, attempt, checkpoint, day_of, growing, job_graph, recorded
from flinklab.domain.jobs import ManagedState, Status
from flinklab.domain.monitoring import Spread, Subtask
from flinklab.plots import checkpoints, metrics, now, skew, timeline
from flinklab.plots.blank import blank
from flinklab.plots.picture import svg
from flinklab.plots.plot import Plot
from flinklab.plots.vertices import parts_of

PARTS = parts_of([recorded(job_graph())])
LIFE = timeline.Life(Status(1, ManagedState.RUNNING), [attempt(1, 1, 2)])
PLOTS = {
    "metrics": metrics.plot(day_of("busy", gap=(10, 90)), SPAN, ["busy"], title="a < b & c", parts=PARTS),
    "checkpoints": checkpoints.plot(
        [*growing(40), checkpoint(41, 23, status="failed")], SPAN, title="t", parts=PARTS
    ),
    "timeline": timeline.plot(LIFE, SPAN, title="t"),
    "skew": skew.plot({"v": [Subtask(0, "RUNNING", "tm", records_in=3)]}, None, title="t"),
    "now": now.plot({"busy": {"a": Spread(0, 1, 0.5, 1)}}, title="t"),
    "blank": blank("t", "nothing & nobody", "do this"),
}


def tree(plot: Plot) -> ET.Element:
    return ET.fromstring(plot._repr_mimebundle_()["image/svg+xml"])


def tags(plot: Plot) -> list[str]:
    return [each.tag.rpartition("}")[2] for each in tree(plot).iter()]


def texts(plot: Plot) -> str:
    return " ".join(each.text or "" for each in tree(plot).iter())


@pytest.mark.parametrize("name", PLOTS)
def test_it_is_well_formed_and_small(name: str) -> None:
    picture = PLOTS[name]._repr_mimebundle_()["image/svg+xml"]
    assert tree(PLOTS[name]).tag.endswith("svg")
    assert len(picture) < 200_000
    assert "nan" not in picture.lower()
    assert "script" not in picture


def test_a_value_between_two_gaps_is_a_point() -> None:
    lonely = day_of("busy", vertices=1, points=30, gap=(0, 12))
    lonely.values[next(iter(lonely.values))][13:] = float("nan")
    assert tags(metrics.plot(lonely, SPAN, ["busy"], title="t", parts=PARTS)).count("circle") == 1


def test_lines_bars_and_words_are_in_it() -> None:
    assert "a < b & c" in texts(PLOTS["metrics"])
    assert "orders" in texts(PLOTS["metrics"])
    assert "100%" in texts(PLOTS["metrics"])
    assert {"path", "rect"} <= set(tags(PLOTS["metrics"]))
    assert tags(PLOTS["timeline"]).count("rect") >= 3
    assert {"circle", "rect", "path"} <= set(tags(PLOTS["checkpoints"]))
    assert "nothing & nobody" in texts(PLOTS["blank"])


def test_a_gap_breaks_the_line() -> None:
    lines = [each.get("d", "") for each in tree(PLOTS["metrics"]).iter() if each.get("stroke-width") == "1.6"]
    assert len(lines) == 3
    assert all(path.count("M") == 2 for path in lines)


def test_all_of_a_plot_is_in_its_bundle() -> None:
    bundle = PLOTS["blank"]._repr_mimebundle_()
    assert bundle["application/vnd.plotly.v1+json"]["layout"]["title"]["text"] == "t"
    assert bundle["text/plain"] == "t (0 values)\nnothing & nobody · do this"


def test_colours_of_somebody_elses_figure_are_no_markup() -> None:
    bad = 'red"/><script>'
    traces = [
        {"type": "scatter", "mode": "lines+markers", "x": [1, 2], "y": [1, 2], "line": {"color": bad}},
        {"type": "scatter", "x": [1, 2], "y": [1, 2], "fill": "toself", "fillcolor": bad},
        {"type": "scatter", "mode": "markers", "name": "n", "x": [1], "y": [2], "marker": {"color": bad}},
        {"type": "bar", "x": [1, 2], "y": [1, 2], "marker": {"color": [bad, "red"]}},
    ]
    drawn = ET.fromstring(svg({"data": traces, "layout": {}}))
    assert "script" not in {each.tag.rpartition("}")[2] for each in drawn.iter()}
    assert sum(bad in each.attrib.values() for each in drawn.iter()) >= 5
