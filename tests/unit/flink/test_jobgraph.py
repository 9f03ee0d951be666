from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.monitoring import FakeVertex
from flinklab.domain.monitoring import Operator
from flinklab.flink.jobgraph import Detail, look_of, operators_in

# As Flink 2.3.0 describes the vertex of a join, shortened.
JOIN = (
    "[7]:Join(joinType=[InnerJoin], where=[(k = k0)])<br/>"
    ":- [3]:Calc(select=[k], where=[((id &gt; 5) AND (txt &lt;&gt; '&lt;b&gt;'))])<br/>"
    ":  +- [2]:GroupAggregate(groupBy=[k])<br/>"
    "+- [8]:Calc(select=[k])<br/>"
    "   +- a_out[9]: Writer<br/>"
)


def detail(vertices: list[dict[str, Any]], nodes: list[dict[str, Any]] | None = None, **more: Any) -> Detail:
    found: dict[str, Any] = {"jid": "a" * 32, "name": "x", "state": "RUNNING", "vertices": vertices, **more}
    if nodes is not None:
        found["plan"] = {"nodes": nodes}
    return msgspec.convert(found, Detail)


def test_a_description_is_read_as_operators() -> None:
    found = operators_in(JOIN)
    assert [(each.number, each.kind) for each in found] == [
        (7, "Join"),
        (3, "Calc"),
        (2, "GroupAggregate"),
        (8, "Calc"),
        (-1, "Writer"),
    ]
    assert found[1].text == "[3]:Calc(select=[k], where=[((id > 5) AND (txt <> '<b>'))])"
    assert found[4].text == "a_out[9]: Writer"


@pytest.mark.parametrize(
    ("line", "operator"),
    [
        ("[90]:Sink(table=[[out]])", Operator(90, "Sink", "[90]:Sink(table=[[out]])")),
        ("end: Writer", Operator(-1, "Writer", "end: Writer")),
        ("StreamingFileWriter", Operator(-1, "StreamingFileWriter", "StreamingFileWriter")),
    ],
)
def test_parts_of_sinks(line: str, operator: Operator) -> None:
    assert operators_in(f"{line}<br/>") == (operator,)
    assert operators_in(f":  +- {line}<br/>") == (operator,)


def test_nothing_is_described() -> None:
    assert operators_in("") == ()


@given(st.lists(st.sampled_from(["Calc[1]", "GroupAggregate[12]", "Join[3]"]), min_size=1, max_size=8))
def test_what_the_fake_draws_is_read_again(parts: list[str]) -> None:
    found = operators_in(FakeVertex(" -> ".join(parts)).description)
    assert [f"{each.kind}[{each.number}]" for each in found] == parts


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    """Vertices in the order in which Flink tells them, which need not be that of the rows, and their edges."""
    order = [f"v{number}" for number in range(draw(st.integers(1, 8)))]
    edges = [(a, b) for n, b in enumerate(order) for a in order[:n] if draw(st.booleans())]
    return draw(st.permutations(order)), edges


@given(graphs())
def test_vertices_come_after_those_that_they_read_from(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    told, edges = graph
    nodes = [
        {"id": key, "inputs": [{"id": a, "num": 0, "ship_strategy": "HASH"} for a, b in edges if b == key]}
        for key in reversed(told)
    ]
    found = look_of(detail([{"id": key, "name": key} for key in told], nodes)).graph
    place = {vertex.id: number for number, vertex in enumerate(found.vertices)}
    assert place.keys() == set(told)
    assert all(place[a] < place[b] for a, b in edges)
    assert sorted((edge.source, edge.target) for edge in found.edges) == sorted(edges)


def test_counters_in_seconds_and_what_is_not_known() -> None:
    told = {
        "read-bytes": 10, "read-bytes-complete": True, "write-bytes": 20, "write-bytes-complete": False,
        "read-records": 1, "read-records-complete": True, "write-records": 2, "write-records-complete": True,
        "accumulated-backpressured-time": 1500, "accumulated-idle-time": 500, "accumulated-busy-time": "NaN",
    }  # fmt: skip
    vertices = [
        {"id": "v", "name": "Source: t", "metrics": told},
        {
            "id": "w",
            "name": "w",
            "metrics": {**told, "write-bytes-complete": True, "accumulated-busy-time": 2500.0},
        },
        {"id": "x", "name": "x", "metrics": {**told, "accumulated-busy-time": -1}},
    ]
    counters = look_of(detail(vertices)).counters
    v = counters["v"]
    assert (v.records_in, v.records_out, v.bytes_in, v.bytes_out) == (1, 2, 10, 20)
    assert (v.backpressured, v.idle, v.busy, v.is_complete) == (1.5, 0.5, None, False)
    assert (counters["w"].busy, counters["w"].is_complete, counters["x"].busy) == (2.5, True, None)


def test_a_job_of_which_little_is_told_yet() -> None:
    found = look_of(detail([], state="INITIALIZING"))
    assert (found.graph.vertices, found.counters, found.restarted_at) == ((), {}, None)


def test_sub_tasks_by_state_and_moments() -> None:
    tasks = {"RUNNING": 2, "FAILED": 0, "DEPLOYING": 1}
    found = look_of(
        detail(
            [{"id": "v", "name": "v", "parallelism": 3, "maxParallelism": -1, "tasks": tasks}],
            now=1_700_000_003_000,
            timestamps={"RUNNING": 1_700_000_001_500, "RESTARTING": 0},
            **{"start-time": 1_700_000_000_000},
        )
    )
    assert found.task_states == {"v": {"RUNNING": 2, "DEPLOYING": 1}}
    assert found.graph.vertices[0].max_parallelism == 0
    assert found.restarted_at is not None
    moments = [moment.timestamp() for moment in (found.started_at, found.restarted_at, found.at)]
    assert moments == [1_700_000_000, 1_700_000_001.5, 1_700_000_003]
