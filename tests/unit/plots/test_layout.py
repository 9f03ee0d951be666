"""Where boxes and lines of a graph go."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.job_graphs import DIAMOND, job_graphs
from flinklab.domain.monitoring import Edge, JobGraph, JobVertex
from flinklab.plots.layering import Layers
from flinklab.plots.layout import NORMAL, Box, Route, layout


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width - 0.01
        and other.x < one.x + one.width - 0.01
        and one.y < other.y + other.height - 0.01
        and other.y < one.y + one.height - 0.01
    )


@given(job_graphs(), st.one_of(st.none(), st.floats(100, 3000)))
@settings(max_examples=60)
def test_boxes_are_inside_and_apart_and_lines_go_forward(graph: JobGraph, width: float | None) -> None:
    placed = layout(graph, width)

    assert list(placed.boxes) == [vertex.id for vertex in graph.vertices]
    assert not any(overlap(one, other) for one, other in combinations(placed.boxes.values(), 2))
    for box in placed.boxes.values():
        assert box.x >= 0 and box.x + box.width <= placed.width + 0.01
        assert box.y >= 0 and box.y + box.height <= placed.height + 0.01
    assert placed.routes.keys() == {(edge.source, edge.target) for edge in graph.edges}
    for (source, target), route in placed.routes.items():
        start, end = placed.boxes[source], placed.boxes[target]
        assert route.points[0] == pytest.approx((start.x + start.width, start.y + start.height / 2))
        assert route.points[-1] == pytest.approx((end.x, end.y + end.height / 2))
        assert all(x0 < x1 for (x0, _), (x1, _) in pairwise(route.points))


@given(job_graphs(10))
@settings(max_examples=30)
def test_a_line_passes_no_box_of_another_vertex(graph: JobGraph) -> None:
    placed = layout(graph)
    for ends, route in placed.routes.items():
        for (x0, y0), (x1, y1) in pairwise(route.points[1:-1]):
            if y0 != y1:
                continue  # a curve between two layers, where no box is
            stretch = Box(x0, y0 - 0.5, x1 - x0, 1.0, 0)
            assert not any(overlap(stretch, box) for id_, box in placed.boxes.items() if id_ not in ends)


@given(job_graphs(10))
@settings(max_examples=30)
def test_the_same_graph_is_always_drawn_alike(graph: JobGraph) -> None:
    assert layout.__wrapped__(graph) == layout(graph)


def test_layers_are_longest_paths_and_a_late_source_stands_before_its_target() -> None:
    graph = JobGraph(
        tuple(JobVertex(each, each, 1) for each in ("a", "b", "c", "late", "d")),
        (Edge("a", "b"), Edge("b", "c"), Edge("a", "d"), Edge("c", "d"), Edge("late", "d")),
    )
    boxes = layout(graph).boxes
    assert {each: box.layer for each, box in boxes.items()} == {"a": 0, "b": 1, "c": 2, "late": 2, "d": 3}


def test_a_diamond_has_its_ends_in_the_middle() -> None:
    boxes = layout(DIAMOND).boxes
    middle = (boxes["a"].y + boxes["r"].y) / 2
    assert boxes["s"].y == pytest.approx(middle, abs=0.5) and boxes["j"].y == pytest.approx(middle, abs=0.5)


def test_lines_that_can_be_untangled_do_not_cross() -> None:
    """Two chains whose second vertices were told in the other order."""
    graph = JobGraph(
        tuple(JobVertex(each, each, 1) for each in ("a", "b", "y", "x", "end")),
        (Edge("a", "x"), Edge("b", "y"), Edge("x", "end"), Edge("y", "end")),
    )
    assert Layers(graph).crossings() == 0


def test_unconnected_parts_stand_below_each_other() -> None:
    graph = JobGraph(tuple(JobVertex(each, each, 1) for each in ("a", "b", "x")), (Edge("a", "b"),))
    boxes = layout(graph).boxes
    assert boxes["a"].y == boxes["b"].y
    assert boxes["x"].y > boxes["a"].y + boxes["a"].height and boxes["x"].x == boxes["a"].x


def test_what_is_no_edge_of_a_job_is_left_out() -> None:
    """A circle, a loop, a vertex that is not there."""
    graph = JobGraph(
        (JobVertex("a", "a", 1), JobVertex("b", "b", 1)),
        (Edge("a", "b"), Edge("b", "a"), Edge("a", "a"), Edge("a", "gone"), Edge("gone", "b")),
    )
    assert list(layout(graph).routes) == [("a", "b")]


def test_boxes_become_narrower_for_a_page_and_no_narrower_than_can_be_read() -> None:
    chain = JobGraph(
        tuple(JobVertex(f"v{i}", "Calc", 1) for i in range(4)), tuple(Edge(f"v{i}", f"v{i + 1}") for i in range(3))
    )
    assert layout(chain).width > 900 >= layout(chain, 900.0).width
    narrow = layout(chain, 200.0)
    assert narrow.width > 200 and narrow.boxes["v0"].width >= 130
    assert layout(chain, 5000.0).boxes["v0"].width == NORMAL.width


def test_no_graph_has_no_boxes() -> None:
    assert layout(JobGraph()).boxes == {}


def test_a_path_is_straight_or_curved() -> None:
    label = layout(DIAMOND).routes["s", "a"].label
    assert Route(((0, 5), (10, 5)), label).path == "M 0.0,5.0 L 10.0,5.0"
    assert Route(((0, 5), (10, 9)), label).path == "M 0.0,5.0 C 5.0,5.0 5.0,9.0 10.0,9.0"


def test_what_is_said_of_a_line_stands_where_the_lines_are_apart() -> None:
    routes, boxes = layout(DIAMOND).routes, layout(DIAMOND).boxes
    assert routes["s", "a"].label.anchor == "end" and routes["s", "a"].label.y == pytest.approx(boxes["a"].y + 35)
    assert routes["a", "j"].label.anchor == "start" and routes["a", "j"].label.y == pytest.approx(boxes["a"].y + 35)
