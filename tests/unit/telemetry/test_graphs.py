"""Who waits for whom, and what flows over which edge."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.job_graphs import DIAMOND, SLOW_SINK, job_graphs
from flinklab.domain.monitoring import Edge, JobGraph, JobVertex
from flinklab.domain.series import SeriesKey
from flinklab.telemetry.graphs import (
    PRESSED,
    Flow,
    Shares,
    culprit,
    downstream,
    edge_rates,
    flows,
    parts_of,
    shares,
    upstream,
)


def chain(*ids: str) -> JobGraph:
    return JobGraph(
        tuple(JobVertex(each, each, 1) for each in ids),
        tuple(Edge(one, other) for one, other in pairwise(ids)),
    )


def test_the_culprit_is_the_first_that_is_not_held_back() -> None:
    told = {"a": Shares(0.9, 0.1), "b": Shares(0.8, 0.2), "c": Shares(0.0, 0.97), "d": Shares(0.0, 0.3)}
    assert culprit(chain("a", "b", "c", "d"), told) == "c"


def test_one_that_is_held_back_too_but_works_more_is_the_culprit_of_those_before_it() -> None:
    told = {"a": Shares(0.9, 0.1), "b": Shares(0.2, 0.8), "c": Shares(0.0, 0.1)}
    assert culprit(chain("a", "b", "c"), told) == "b"


def test_without_back_pressure_there_is_no_culprit() -> None:
    assert culprit(DIAMOND, {"s": Shares(PRESSED, 0.9), "j": Shares(0.0, 1.0)}) is None
    assert culprit(DIAMOND, {}) is None


def test_of_two_branches_the_busier_one_is_guilty() -> None:
    told = {"s": Shares(0.9, 0.1), "a": Shares(0.0, 0.2), "r": Shares(0.0, 1.0), "j": Shares(0.0, 0.1)}
    assert culprit(DIAMOND, told) == "r"


def test_a_vertex_of_which_nothing_is_known_may_be_the_culprit() -> None:
    source, sink = (vertex.id for vertex in SLOW_SINK.vertices)
    assert culprit(SLOW_SINK, {source: Shares(0.97)}) == sink


@given(job_graphs(8), st.data())
@settings(max_examples=40)
def test_a_culprit_has_an_input_that_waits_for_it(graph: JobGraph, data: st.DataObject) -> None:
    part = st.floats(0, 1)
    told = {vertex.id: Shares(data.draw(part), data.draw(part)) for vertex in graph.vertices}
    guilty = culprit(graph, told)
    waits = {edge.source for edge in graph.edges if (told[edge.source].backpressured or 0) > PRESSED}
    if guilty is None:
        assert not waits
    else:
        assert waits & set(graph.before(guilty))


def test_work_is_what_is_left_where_flink_does_not_tell_it() -> None:
    assert Shares(0.5, None, 0.2).work == pytest.approx(0.3)
    assert Shares(0.5, None, 0.0).work is None  # a source of the old kind: it is never idle
    assert Shares(0.5, 0.4, 0.2).work == 0.4


def test_shares_and_flows_are_read_from_a_sample() -> None:
    values = {
        SeriesKey("a", "busy"): 0.5,
        SeriesKey("a", "records_out"): 7.0,
        SeriesKey("b", "records_in"): 6.0,
        SeriesKey("", "restarts"): 1.0,
    }
    assert shares(values) == {"a": Shares(None, 0.5, None)}
    assert flows(values) == {"a": Flow(None, 7.0), "b": Flow(6.0, None)}


def test_an_edge_has_the_rate_of_the_end_that_it_has_for_itself() -> None:
    told = {"s": Flow(None, 10), "a": Flow(4, 3), "r": Flow(10, 5), "j": Flow(9, None)}
    assert edge_rates(DIAMOND, told) == {("s", "a"): 4, ("s", "r"): 10, ("a", "j"): 3, ("r", "j"): 5}


def test_what_is_left_of_an_input_came_over_the_edge_that_nobody_counts() -> None:
    graph = JobGraph(DIAMOND.vertices, (*DIAMOND.edges, Edge("s", "j")))
    told = {"a": Flow(4, 3), "r": Flow(10, 5), "j": Flow(9, None)}
    assert edge_rates(graph, told)["s", "j"] == 1
    del told["a"]
    assert ("s", "j") not in edge_rates(graph, told)


@given(job_graphs(8), st.data())
@settings(max_examples=40)
def test_no_rate_is_negative_and_none_is_made_up(graph: JobGraph, data: st.DataObject) -> None:
    some = st.one_of(st.none(), st.floats(0, 1e9))
    told = {vertex.id: Flow(data.draw(some), data.draw(some)) for vertex in graph.vertices}
    assert all(rate >= 0 for rate in edge_rates(graph, told).values())
    assert edge_rates(graph, {}) == {}


def test_streams() -> None:
    assert upstream(DIAMOND, "j") == {"s", "a", "r"} and downstream(DIAMOND, "s") == {"a", "r", "j"}
    assert upstream(DIAMOND, "s") == set() and downstream(DIAMOND, "j") == set()


@given(job_graphs(8))
@settings(max_examples=40)
def test_parts_are_the_whole_graph_and_have_no_edges_between_them(graph: JobGraph) -> None:
    parts = parts_of(graph)
    assert sorted(vertex.id for part in parts for vertex in part.vertices) == sorted(v.id for v in graph.vertices)
    assert sum(len(part.edges) for part in parts) == len(graph.edges)
    for part in parts:
        first = part.vertices[0].id
        around = JobGraph(part.vertices, part.edges + tuple(Edge(e.target, e.source) for e in part.edges))
        assert downstream(around, first) | {first} == {vertex.id for vertex in part.vertices}
