"""Evidence as the doctor gets it, of jobs that are healthy unless it is said otherwise.

evidence(source(backpressured=0.9), vertex("agg", AGGREGATE, busy=1.0))      # one after the other
in_words(evidence(...))  # "slow-vertex agg; source-lags src < slow-vertex"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

from flinklab.domain.cluster import JobState
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Checkpoint
from flinklab.domain.monitoring import (
    CheckpointSettings,
    Edge,
    Failure,
    JobGraph,
    JobLook,
    JobVertex,
    Machine,
    Operator,
)
from flinklab.flink.jobgraph import operators_in
from flinklab.telemetry.doctor.diagnosis import diagnose
from flinklab.telemetry.doctor.evidence import Evidence, Flow, SubtaskEvidence, VertexEvidence

NOW = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
FLINK_ID = JobId("f" * 32)
SQL = """INSERT INTO totals
SELECT k, COUNT(*) FROM orders
GROUP BY k"""
SCAN = "[1]:TableSourceScan(table=[[default_catalog, default_database, orders]], fields=[id, k])"
AGGREGATE = "[3]:GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS n])"
WRITER = "totals[5]: Writer"
SOURCE, SINK = "Source__orders[1]", "totals[5]__Writer"


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def operators(*texts: str) -> tuple[Operator, ...]:
    return tuple(each for text in texts for each in operators_in(text))


def subtask(index: int = 0, **more: Any) -> SubtaskEvidence:
    usual: dict[str, Any] = {
        "busy": 0.1,
        "backpressured": 0.0,
        "idle": 0.9,
        "records_in": 100.0,
        "records_out": 100.0,
    }
    return SubtaskEvidence(index, f"machine-{index}", **{**usual, **more})


def vertex(
    id: str,
    *texts: str,
    name: str = "",
    subtasks: Sequence[SubtaskEvidence] | None = None,
    flows: Mapping[str, Flow] | None = None,
    watermarks: Mapping[str, Mapping[int, float]] | None = None,
    before: Mapping[str, Mapping[int, float]] | None = None,
    pending: tuple[float | None, float | None] = (None, None),
    **more: Any,
) -> VertexEvidence:
    known = operators(*texts)
    made = name or " -> ".join(f"{each.kind}[{each.number}]" if each.number >= 0 else each.text for each in known)
    parts = tuple(subtasks) if subtasks is not None else (subtask(**more),)
    return VertexEvidence(
        JobVertex(id, made, len(parts), operators=known),
        parts,
        flows if flows is not None else {},
        watermarks or {},
        before or {},
        pending,
    )


def source(id: str = "src", table: str = "orders", *texts: str, **more: Any) -> VertexEvidence:
    """One of the old kind, of which nobody knows how busy it is."""
    flows = {f"Source__{table}[1]": Flow(0.0, 100.0, 0.0, 6000.0)}
    usual: dict[str, Any] = {"name": f"Source: {table}[1]", "flows": flows}
    if "subtasks" not in more:
        usual |= {"busy": None, "idle": None, "records_in": 0.0}
    return vertex(id, SCAN.replace("orders", table), *texts, **{**usual, **more})


def aggregate(*texts: str, **more: Any) -> VertexEvidence:
    flows = {"GroupAggregate[3]": Flow(100.0, 100.0, 6000.0, 6000.0), SINK: Flow(100.0, 0.0, 6000.0, 0.0)}
    return vertex("agg", AGGREGATE, *texts, WRITER, **{"flows": flows, **more})


def evidence(*vertices: VertexEvidence, edges: Sequence[tuple[str, str]] | None = None, **more: Any) -> Evidence:
    """One vertex after the other, if no edges are given. It has run for a minute."""
    chain = edges if edges is not None else [(a.vertex.id, b.vertex.id) for a, b in pairwise(vertices)]
    state, age = more.pop("state", JobState.RUNNING), more.pop("age", 60.0)
    tasks = more.pop("task_states", {each.vertex.id: {"RUNNING": len(each.subtasks)} for each in vertices})
    graph = JobGraph(tuple(each.vertex for each in vertices), tuple(Edge(a, b, "HASH") for a, b in chain))
    usual: dict[str, Any] = {
        "seconds": 10.0,
        "look": JobLook(FLINK_ID, "job", state, NOW, ago(age), ago(age), graph, task_states=tasks),
        "vertices": vertices,
        "checkpointing": True,
        "settings": CheckpointSettings(60.0),
        "checkpoints": (checkpoint(9, 30), checkpoint(8, 90)),
        "completed": 9,
        "restarts": (0.0, 0.0),
        "machines": (Machine("machine-0", "host", 4, 2, NOW),),
        "config": {},
        "sql": SQL,
    }
    return Evidence("job", NOW, **{**usual, **more})


def healthy() -> Evidence:
    return evidence(source(), aggregate())


def checkpoint(number: int, seconds_ago: float, **more: Any) -> Checkpoint:
    usual: dict[str, Any] = {"status": "completed", "duration": 0.1, "full_size": 5_000_000, "size": 5_000_000}
    return Checkpoint(FLINK_ID, number, triggered_at=ago(seconds_ago), **{**usual, **more})


def failure(seconds_ago: float, message: str = "ArithmeticException: / by zero", **more: Any) -> Failure:
    return Failure(ago(seconds_ago), message, **more)


def rules(given: Evidence) -> list[str]:
    """The rules that found something, in the order of their findings."""
    return [each.rule for each in diagnose(given).findings]


def in_words(given: Evidence) -> str:
    """`rule vertex`, and behind ` < ` the rule that it follows from."""
    return "; ".join(
        f"{each.rule} {each.vertex}".rstrip() + (f" < {each.follows}" if each.follows else "")
        for each in diagnose(given).findings
    )
