"""A job as the JobManager tells of it in one answer: its graph, and the counters of its vertices.

Shapes: `JobDetailsInfo`, `IOMetricsInfo` and `JsonPlanGenerator` of flink-runtime (1.17 to 2.3).
"""

from __future__ import annotations

import html
import re
from datetime import datetime, timezone
from graphlib import TopologicalSorter

import msgspec

from flinklab.domain.cluster import JobState
from flinklab.domain.ids import JobId
from flinklab.domain.monitoring import Counters, Edge, JobGraph, JobLook, JobVertex, Operator
from flinklab.flink.metrics import number

# How a plan's tree is drawn: `:  +- ` and the like before an operator.
_BRANCHES = re.compile(r"\A(?:[ :]*[+:]- )?")
_NUMBERED = re.compile(r"\[(\d+)\]:([\w$]+)")


class IOMetrics(msgspec.Struct, rename="kebab"):
    """Times in ms. Flink cannot tell how busy a source of the old kind is, and says `NaN` or -1."""

    read_bytes: float | str = 0.0
    write_bytes: float | str = 0.0
    read_records: float | str = 0.0
    write_records: float | str = 0.0
    accumulated_backpressured_time: float | str = 0.0
    accumulated_idle_time: float | str = 0.0
    accumulated_busy_time: float | str = "NaN"
    read_bytes_complete: bool = True
    write_bytes_complete: bool = True
    read_records_complete: bool = True
    write_records_complete: bool = True

    @property
    def is_complete(self) -> bool:
        return (
            self.read_bytes_complete
            and self.write_bytes_complete
            and self.read_records_complete
            and self.write_records_complete
        )

    @property
    def busy(self) -> float | None:
        """Seconds."""
        found = number(self.accumulated_busy_time)
        return found / 1000 if found is not None and found >= 0 else None


class _Vertex(msgspec.Struct, rename="camel"):
    id: str
    name: str
    parallelism: int = 0
    max_parallelism: int = 0
    tasks: dict[str, int] = {}
    metrics: IOMetrics = msgspec.field(default_factory=IOMetrics)


class _Input(msgspec.Struct):
    id: str
    ship_strategy: str = ""


class _Node(msgspec.Struct):
    id: str
    description: str = ""
    inputs: list[_Input] = []


class _Plan(msgspec.Struct):
    nodes: list[_Node] = []


class Detail(msgspec.Struct):
    """The body of `/jobs/:jobid`. `timestamps`: by state the last time, in ms, when the job came to it."""

    jid: str
    name: str
    state: JobState
    start: int = msgspec.field(name="start-time", default=0)
    now: int = 0
    timestamps: dict[str, int] = {}
    vertices: list[_Vertex] = []
    plan: _Plan = msgspec.field(default_factory=_Plan)

    @property
    def began(self) -> int:
        return self.timestamps.get("RUNNING", 0)


def look_of(found: Detail) -> JobLook:
    return JobLook(
        JobId(found.jid),
        found.name,
        found.state,
        moment(found.now),
        moment(found.start),
        moment(found.began) if found.began > 0 else None,
        _graph(found),
        {each.id: _counters(each.metrics) for each in found.vertices},
        {each.id: {state: count for state, count in each.tasks.items() if count} for each in found.vertices},
    )


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, timezone.utc)


def operators_in(description: str) -> tuple[Operator, ...]:
    """Of a node's tree, written as HTML: `[6]:Calc(select=[k])<br/>+- out[8]: Writer<br/>`."""
    lines = (html.unescape(_BRANCHES.sub("", line)).strip() for line in description.split("<br/>"))
    return tuple(_operator(line) for line in lines if line)


def _operator(text: str) -> Operator:
    numbered = _NUMBERED.match(text)
    if numbered is not None:
        return Operator(int(numbered[1]), numbered[2], text)
    return Operator(-1, text.rpartition(": ")[2], text)


def _graph(found: Detail) -> JobGraph:
    nodes = {node.id: node for node in found.plan.nodes}
    vertices = {each.id: each for each in found.vertices}
    edges = tuple(
        Edge(source.id, vertex, source.ship_strategy)
        for vertex in vertices
        if vertex in nodes
        for source in nodes[vertex].inputs
        if source.id in vertices
    )
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(vertices, ()))
    for edge in edges:
        order.add(edge.target, edge.source)
    return JobGraph(tuple(_vertex(vertices[each], nodes.get(each)) for each in order.static_order()), edges)


def _vertex(found: _Vertex, node: _Node | None) -> JobVertex:
    return JobVertex(
        found.id,
        found.name,
        found.parallelism,
        max(found.max_parallelism, 0),  # -1 while it is not known
        operators_in(node.description) if node is not None else (),
    )


def _counters(found: IOMetrics) -> Counters:
    return Counters(
        number(found.read_records) or 0.0,
        number(found.write_records) or 0.0,
        number(found.read_bytes) or 0.0,
        number(found.write_bytes) or 0.0,
        (number(found.accumulated_backpressured_time) or 0.0) / 1000,
        (number(found.accumulated_idle_time) or 0.0) / 1000,
        found.busy,
        found.is_complete,
    )
