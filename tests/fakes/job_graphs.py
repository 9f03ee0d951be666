"""Graphs of jobs as Flink 2.3 names their vertices, and any others."""

from __future__ import annotations

from hypothesis import strategies as st

from flinklab.domain.monitoring import Edge, JobGraph, JobVertex, Operator

SLOW_SINK = JobGraph(
    (
        JobVertex(
            "cbc357ccb763df2852fee8c4fc7d55f2",
            "Source: b_src[9] -> Calc[10]",
            2,
            128,
            (
                Operator(9, "TableSourceScan", "[9]:TableSourceScan(table=[[c, d, b_src]], fields=[id, txt])"),
                Operator(10, "Calc", "[10]:Calc(select=[id, txt], where=[(txt <> '<b>')])"),
            ),
        ),
        JobVertex(
            "90bea66de1c231edf33913ecd54406c1", "GroupAggregate[12] -> Calc[13] -> b_out[14]: Writer", 2, 128
        ),
    ),
    (Edge("cbc357ccb763df2852fee8c4fc7d55f2", "90bea66de1c231edf33913ecd54406c1", "HASH"),),
)
DIAMOND = JobGraph(
    (
        JobVertex("s", "Source: orders[1] -> Calc[2]", 2),
        JobVertex("a", "GroupAggregate[3]", 4),
        JobVertex("r", "Rank[4] -> Calc[5]", 2),
        JobVertex("j", "Join[6] -> Calc[7] -> report[8]: Writer", 8),
    ),
    (Edge("s", "a", "HASH"), Edge("s", "r", "HASH"), Edge("a", "j", "HASH"), Edge("r", "j", "HASH")),
)


@st.composite
def job_graphs(draw: st.DrawFn, most: int = 14) -> JobGraph:
    """Vertices in topological order, any edges that go on; some parts without connection, some edges twice."""
    count = draw(st.integers(1, most))
    names = st.sampled_from(["Source: t[1]", "Calc[2]", "Join[3] -> Calc[4]", "Rank[5] -> out[6]: Writer", "Map"])
    vertices = tuple(JobVertex(f"v{i}", draw(names), draw(st.integers(1, 200))) for i in range(count))
    pairs = [(one, other) for other in range(count) for one in range(other)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=2 * count)) if pairs else []
    return JobGraph(vertices, tuple(Edge(f"v{one}", f"v{other}") for one, other in chosen))
