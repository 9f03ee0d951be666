"""Who waits for whom, and what flows over which edge."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.evidence import evidence, subtask, vertex
from fakes.job_graphs import DIAMOND, SLOW_SINK, job_graphs
from flinklab.domain.monitoring import Edge, JobGraph, JobVertex
from flinklab.domain.series import SeriesKey
from flinklab.plots.boxes import contents
from flinklab.telemetry.doctor import pressure
from flinklab.telemetry.graphs import (
    HELD_UP,
    Flow,
    Shares,
    causes,
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


def test_one_that_waits_a_little_and_works_more_is_the_culprit_of_those_before_it() -> None:
    told = {"a": Shares(0.9, 0.1), "b": Shares(0.2, 0.8), "c": Shares(0.0, 0.1)}
    assert culprit(chain("a", "b", "c"), told) == "b"


def test_without_high_back_pressure_there_is_no_culprit() -> None:
    assert culprit(DIAMOND, {"s": Shares(HELD_UP - 0.01, 0.1), "j": Shares(0.0, 1.0)}) is None
    assert culprit(DIAMOND, {}) is None


def test_of_two_branches_the_busy_one_is_guilty() -> None:
    told = {"s": Shares(0.9, 0.1), "a": Shares(0.0, 0.2), "r": Shares(0.0, 1.0), "j": Shares(0.0, 0.1)}
    assert causes(DIAMOND, told) == {"r": ["s"]}


def test_of_two_that_are_guilty_the_one_for_which_most_time_is_lost_and_then_the_busier_one() -> None:
    told = {"s": Shares(0.9, 0.1), "a": Shares(0.0, 0.7), "r": Shares(0.0, 0.9)}
    assert culprit(DIAMOND, told) == "r"
    two = JobGraph(DIAMOND.vertices, (Edge("s", "a"), Edge("r", "j")))
    assert culprit(two, {"s": Shares(0.9), "a": Shares(0.0, 0.7), "r": Shares(0.6), "j": Shares(0.0, 1.0)}) == "a"


def test_one_busy_sub_task_of_many_holds_up_the_others() -> None:
    told = {"a": Shares(0.2, 0.1, 0.7, 0.9, 0.1), "b": Shares(0.0, 0.15, 0.85, 0.0, 1.0)}
    assert causes(chain("a", "b"), told) == {"b": ["a"]}


def test_nobody_is_blamed_of_whom_nothing_is_known() -> None:
    assert culprit(SLOW_SINK, {SLOW_SINK.vertices[0].id: Shares(0.97)}) is None


PART = st.sampled_from([0.0, 0.3, 0.5, 0.55, 0.6, 0.9, 1.0])


@given(job_graphs(8), st.data())
@settings(max_examples=60)
def test_a_cause_is_busy_and_free_and_those_that_wait_for_it_are_held_up_on_all_the_way(
    graph: JobGraph, data: st.DataObject
) -> None:
    told = {each.id: Shares(data.draw(PART), data.draw(PART)) for each in graph.vertices}
    found = causes(graph, told)
    assert culprit(graph, told) in (found or {None})
    for cause, waiting in found.items():
        assert told[cause].is_busy and not told[cause].is_held_up
        assert set(waiting) <= upstream(graph, cause)
        assert all(told[each].is_held_up for each in waiting)
        assert set(waiting) & set(graph.before(cause))
    for one in graph.vertices:
        after = [told[each] for each in graph.after(one.id)]
        if told[one.id].is_held_up and any(each.is_busy and not each.is_held_up for each in after):
            assert any(one.id in waiting for waiting in found.values())


@given(job_graphs(6), st.data())
@settings(max_examples=30)
def test_what_a_plot_blames_the_doctor_blames_and_the_other_way_round(graph: JobGraph, data: st.DataObject) -> None:
    parts = {
        each.id: [
            subtask(index, busy=data.draw(PART), backpressured=data.draw(PART), idle=0.0)
            for index in range(data.draw(st.integers(1, 3)))
        ]
        for each in graph.vertices
    }
    vertices = [vertex(each.id, name=each.name, subtasks=parts[each.id]) for each in graph.vertices]
    given = evidence(*vertices, edges=[(edge.source, edge.target) for edge in graph.edges])
    blamed = {cause.vertex.id: [each.vertex.id for each in waiting] for cause, waiting in pressure.causes(given)}
    told = {
        each.vertex.id: Shares(
            sum(part.backpressured or 0.0 for part in each.subtasks) / len(each.subtasks),
            each.busy,
            0.0,
            max(part.backpressured or 0.0 for part in each.subtasks),
            each.busiest,
        )
        for each in vertices
    }
    assert blamed == causes(graph, told)
    drawn = [name for name, content in contents(graph, told, {}).items() if content.is_culprit]
    assert len(drawn) == min(len(blamed), 1) and set(drawn) <= set(blamed)


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
    assert shares(values) == {"a": Shares(busy=0.5)}
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
