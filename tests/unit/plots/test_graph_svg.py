"""The small picture of a graph."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.job_graphs import DIAMOND, SLOW_SINK, job_graphs
from flinklab.domain.monitoring import JobGraph, JobVertex
from flinklab.plots.boxes import BUSY, CULPRIT, PRESSED, per_second
from flinklab.plots.graph_svg import graph_svg
from flinklab.plots.letters import fitting, text_width
from flinklab.telemetry.graphs import Flow, Shares

SOURCE, SINK = (vertex.id for vertex in SLOW_SINK.vertices)
SVG = "{http://www.w3.org/2000/svg}"
UNIT = st.floats(0, 1)


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter(f"{SVG}text")]


def titles(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter(f"{SVG}title")]


def test_it_says_who_waits_for_whom() -> None:
    svg = graph_svg(
        SLOW_SINK, {SOURCE: Shares(0.97), SINK: Shares(0.0, 0.99, 0.01)}, {SINK: Flow(1234.0)}, width=600
    )
    assert texts(svg) == [
        *["b_src", "source → Calc", "×2", "back-pressured 97 %"],
        *["GroupAggregate", "→ Calc → b_out", "×2", "busy 99 %", CULPRIT],
        *["1.2k/s", "back-pressured", "busy", "idle"],
    ]
    assert PRESSED in svg and BUSY in svg
    assert "where=[(txt <> '<b>')]" in "".join(titles(svg))


def test_without_shares_nothing_is_said_of_them() -> None:
    svg = graph_svg(SLOW_SINK)
    assert PRESSED not in svg and BUSY not in svg and "stroke-dasharray" in svg  # the rate is not known
    assert "rate not known" in "".join(titles(svg))


def test_what_is_not_known_is_grey_and_dashed() -> None:
    svg = graph_svg(SLOW_SINK, {SOURCE: Shares(0.0, 0.2, 0.8)})
    assert "not known" in texts(svg) and "dashed: not known" in texts(svg)


def test_no_graph_is_no_picture() -> None:
    assert graph_svg(JobGraph(), {}) == ""


@given(job_graphs(8), st.data())
@settings(max_examples=40, deadline=None)
def test_it_is_well_formed_and_everything_is_inside(graph: JobGraph, data: st.DataObject) -> None:
    shares = {each.id: Shares(data.draw(UNIT), data.draw(UNIT), data.draw(UNIT)) for each in graph.vertices}
    rates = {each.id: Flow(data.draw(st.floats(0, 1e12)), data.draw(UNIT)) for each in graph.vertices}
    root = ET.fromstring(graph_svg(graph, shares, rates, width=data.draw(st.floats(100, 2000))))
    left, top, width, height = map(float, root.get("viewBox", "").split())
    for rect in root.iter(f"{SVG}rect"):
        x, y, wide, tall = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
        assert left <= x and x + wide <= left + width + 0.6
        assert top <= y and y + tall <= top + height + 0.6
    for group in root.findall(f"{SVG}g"):
        outer, *inner = group.findall(f"{SVG}rect") or [None]
        assert outer is None or all(float(each.get("width", "")) <= float(outer.get("width", "")) for each in inner)


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_name_breaks_the_picture(name: str) -> None:
    graph = JobGraph((JobVertex("a", name, 1),))
    assert len(list(ET.fromstring(graph_svg(graph, {})).iter(f"{SVG}rect"))) == 5


def test_a_name_cannot_bring_markup() -> None:
    bad = replace(DIAMOND.vertices[0], name='Source: "><script>alert(1)</script>', id="<x>")
    assert "<script" not in graph_svg(JobGraph((bad,)), {})


@given(st.text(max_size=60), st.floats(0, 300), st.booleans())
def test_a_text_is_cut_to_its_room(text: str, room: float, bold: bool) -> None:
    cut = fitting(text, room, 12, bold=bold)
    assert cut in ("", "…") or text_width(cut, 12, bold=bold) <= room


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (0, "0/s"),
        (0.25, "0.25/s"),
        (7.94, "7.9/s"),
        (12.4, "12/s"),
        (999.6, "1k/s"),
        (1234, "1.2k/s"),
        (3.4e7, "34M/s"),
    ],
)
def test_rates(rate: float, said: str) -> None:
    assert per_second(rate) == said


def test_two_vertices_of_one_name_have_numbers() -> None:
    graph = JobGraph((JobVertex("a", "Join[1]", 1), JobVertex("b", "Join[2]", 1)))
    assert {"Join", "Join (2)"} <= set(texts(graph_svg(graph)))
