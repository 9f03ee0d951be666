"""Which vertex has become which."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from fakes.job_graphs import DIAMOND, SLOW_SINK, job_graphs
from flinklab.domain.monitoring import Edge, JobGraph, JobVertex
from flinklab.telemetry.vertex_matching import matched
from flinklab.telemetry.vertex_names import short_names


@given(job_graphs(8))
@settings(max_examples=40)
def test_a_graph_is_itself(graph: JobGraph) -> None:
    assert matched(graph, graph) == {vertex.id: vertex.id for vertex in graph.vertices}


@given(job_graphs(8), job_graphs(8))
@settings(max_examples=40)
def test_each_vertex_becomes_one_and_no_two_the_same(old: JobGraph, new: JobGraph) -> None:
    found = matched(old, new)
    assert found.keys() <= short_names(old).keys() and set(found.values()) <= short_names(new).keys()
    assert len(set(found.values())) == len(found)


def test_a_rescaled_job_keeps_its_vertices() -> None:
    new = replace(DIAMOND, vertices=tuple(replace(vertex, parallelism=9) for vertex in DIAMOND.vertices))
    assert matched(DIAMOND, new) == {each: each for each in ("s", "a", "r", "j")}


def test_new_ids_and_new_numbers_are_the_same_chains() -> None:
    new = JobGraph(
        tuple(
            replace(vertex, id="n" + vertex.id, name=vertex.name.replace("[", "[10")) for vertex in DIAMOND.vertices
        ),
        tuple(Edge("n" + edge.source, "n" + edge.target) for edge in DIAMOND.edges),
    )
    assert matched(DIAMOND, new) == {each: "n" + each for each in ("s", "a", "r", "j")}


def test_an_id_says_nothing_when_another_vertex_has_the_name() -> None:
    """The first source of any job has one and the same id."""
    old = JobGraph((JobVertex("1", "Source: orders[1]", 1), JobVertex("2", "Source: clicks[2]", 1)))
    new = JobGraph((JobVertex("1", "Source: clicks[1]", 1), JobVertex("2", "Source: orders[2]", 1)))
    assert matched(old, new) == {"1": "2", "2": "1"}


def test_an_operator_that_got_another_projection_is_still_that_operator() -> None:
    source, aggregate = SLOW_SINK.vertices
    new = replace(
        SLOW_SINK, vertices=(source, replace(aggregate, id="x", name="GroupAggregate[7] -> other[8]: Writer"))
    )
    assert matched(SLOW_SINK, new)[aggregate.id] == "x"


def test_what_is_gone_is_left_out() -> None:
    assert matched(DIAMOND, JobGraph((JobVertex("s", "Source: clicks[1]", 1),))) == {}


def test_twins_are_told_by_what_is_around_them() -> None:
    def graph(first: str, second: str) -> JobGraph:
        names = {"a": "Source: a", "b": "Source: b", first: "Rank[1]", second: "Rank[2]"}
        return JobGraph(
            tuple(JobVertex(id_, name, 1) for id_, name in names.items()), (Edge("a", first), Edge("b", second))
        )

    old = graph("r1", "r2")
    new = replace(graph("n1", "n2"), vertices=tuple(reversed(graph("n1", "n2").vertices)))
    assert matched(old, new) == {"a": "a", "b": "b", "r1": "n1", "r2": "n2"}
