"""What vertices are called among people."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.job_graphs import job_graphs
from flinklab.domain.monitoring import JobGraph, JobVertex
from flinklab.telemetry.vertex_names import short_names, steps, vertex_name


def vertex(name: str) -> JobVertex:
    return JobVertex("0123456789abcdef", name, 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Source: a_src[1] -> Calc[2] -> WatermarkAssigner[3]", ["a_src", "Calc", "WatermarkAssigner"]),
        ("GroupAggregate[12] -> Calc[13] -> b_out[14]: Writer", ["GroupAggregate", "Calc", "b_out"]),
        ("t[1]: Writer -> t[1]: Committer", ["t"]),
        ("GroupAggregate[89] -> Sink: h_out[90]", ["GroupAggregate", "h_out"]),
        (
            "Source: h_src[84] -> (Calc[85] -> Calc[87], WatermarkAssigner[91] -> StreamingFileWriter)",
            ["h_src", "Calc", "Calc", "WatermarkAssigner", "StreamingFileWriter"],
        ),
        ("Source: s[1] -> (Sink: a[3], b[4]: Writer)", ["s", "a", "b"]),
        (
            "Source: TableSourceScan(table=[[c, d, orders, project=[id, k]]], fields=[id, k]) -> "
            "Calc(select=[f(x, y) AS a]) -> Sink(table=[c.d.report], fields=[a])",
            ["orders", "Calc", "report"],
        ),
        ("[vertex-0]Source: Collection Source -> Flat Map", ["Collection Source", "Flat Map"]),
        ("end: Writer", ["end: Writer"]),
    ],
)
def test_steps(name: str, expected: list[str]) -> None:
    assert [step.name for step in steps(name)] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Source: a_src[1] -> Calc[2] -> LocalWindowAggregate[4]", "a_src"),
        ("GlobalWindowAggregate[6] -> Calc[7] -> a_out[8]: Writer", "GlobalWindowAggregate → a_out"),
        ("Source: orders[1] -> Calc[2] -> orders_dwd[3]: Writer", "orders → orders_dwd"),
        ("Calc[7] -> a_out[8]: Writer", "a_out"),
        ("Calc[2] -> LocalGroupAggregate[3]", "LocalGroupAggregate"),
        ("Calc[2] -> Join[3]", "Join"),
        ("Calc[2]", "Calc"),
        ("", "01234567"),
    ],
)
def test_the_short_name_is_what_a_vertex_mainly_is_and_where_it_writes(name: str, expected: str) -> None:
    assert vertex_name(vertex(name)).short == expected


def test_a_table_is_told_by_its_role() -> None:
    assert vertex_name(vertex("Source: t[1]")).role == "source"
    assert vertex_name(vertex("t[1]: Writer")).role == "sink"
    assert vertex_name(vertex("Join[1]")).role == ""


@given(st.text(alphabet="ab ()[],:->1.", max_size=60))
def test_any_name_has_a_short_one(name: str) -> None:
    assert vertex_name(vertex(name)).title


@given(job_graphs(8), st.integers(10, 50))
@settings(max_examples=40)
def test_names_of_a_graph_are_short_and_numbered_where_they_are_alike(graph: JobGraph, width: int) -> None:
    names = short_names(graph, width)
    assert list(names) == [each.id for each in graph.vertices]
    assert len(set(names.values())) == len(names)
    assert all(len(name.rsplit(" (", 1)[0]) <= width for name in names.values())
