"""Rules about rows: none are read, none come through, none are seen."""

from __future__ import annotations

from collections.abc import Iterator

from flinklab.domain.jobs import Checkpoint
from flinklab.domain.text import duration
from flinklab.telemetry.doctor.evidence import Evidence, Flow, VertexEvidence
from flinklab.telemetry.doctor.figures import length, rows
from flinklab.telemetry.doctor.finding import Finding, Severity
from flinklab.telemetry.doctor.pressure import name_of

_PATIENCE = 20.0  # s after a start, before which nothing need have come
_MANY = 100.0  # rows, of which none passing is no chance
_HIDDEN = 10.0  # s that a person waits for rows without wondering
_AT_ONCE = {
    "query": ("SET 'execution.checkpointing.mode' = 'AT_LEAST_ONCE'; shows them at once",),
    "transactions": ("this holds for a sink with 'sink.delivery-guarantee' = 'exactly-once' only",),
}


def nothing_read(evidence: Evidence) -> Iterator[Finding]:
    """A source that never gave a row. One that gave some, and waits for more, is none of this."""
    if not evidence.reads or evidence.age.total_seconds() < _PATIENCE:
        return
    for vertex in evidence.vertices:
        flows = _sources(vertex)
        if not flows or not evidence.goes_on(vertex.vertex.id) or any(flow.total_out for flow in flows):
            continue
        errors = any(flow.total_in for flow in flows)
        yield Finding(
            "nothing-read",
            Severity.WARNING,
            f"{name_of(vertex)} has read no row in {length(evidence.age)}",
            (f"rows since it began: 0; sub-tasks: {vertex.vertex.parallelism}, all run",)
            + (("it was given rows and let none of them through",) if errors else ()),
            (
                "is there anything to read? look at its topic, its path or its table, and at who may read it",
                "where does it begin? 'scan.startup.mode' = 'earliest-offset' reads what is there already",
                "rows that its format cannot read may be passed over: leave out 'ignore-parse-errors' to see",
            ),
            evidence.clause(*vertex.vertex.operators[:1]),
            vertex.vertex.id,
        )


def filtered_out(evidence: Evidence) -> Iterator[Finding]:
    for vertex, name, flow in _dams(evidence):
        operator = vertex.operator(name)
        if operator is None or operator.kind != "Calc" or "where=[" not in operator.text:
            continue
        clause = evidence.clause(operator)
        yield Finding(
            "filtered-out",
            Severity.NOTICE,
            f"{f'`{clause.text}`' if clause is not None else 'a filter'} lets nothing pass",
            (f"{operator.kind} of {name_of(vertex)}: in {rows(flow.total_in or 0)}, out 0",),
            (
                "SELECT the columns of the condition from the source without it, with --limit 20",
                "text is compared with upper and lower case and with spaces; NULL is never equal",
            ),
            clause,
            vertex.vertex.id,
        )


def join_without_match(evidence: Evidence) -> Iterator[Finding]:
    for vertex, name, flow in _dams(evidence):
        operator = vertex.operator(name)
        if operator is None or not operator.kind.endswith("Join"):
            continue
        clause = evidence.clause(operator)
        yield Finding(
            "join-without-match",
            Severity.NOTICE,
            f"{f'`{clause.text}`' if clause is not None else 'a join'} found no rows that belong together",
            (f"{operator.kind} of {name_of(vertex)}: in {rows(flow.total_in or 0)}, out 0",),
            (
                "SELECT some keys of each side and compare them: types, spaces, upper and lower case",
                "a join within a time finds only rows whose event times fit",
            ),
            clause,
            vertex.vertex.id,
        )


def hidden_rows(evidence: Evidence) -> Iterator[Finding]:
    """With exactly-once, rows are seen only after the checkpoint in which they were written.

    So in the files of the filesystem connector, in transactions (Kafka), and in the result of a query.
    """
    if not evidence.reads or evidence.age.total_seconds() < _PATIENCE:
        return
    newest = next((each for each in evidence.checkpoints if each.status == "completed"), None)
    for vertex in evidence.vertices:
        kind = _hides(vertex)
        written = sum(flow.total_in or 0.0 for name, flow in vertex.flows.items() if is_sink_metric(name))
        if not kind or not written or _are_seen(evidence, newest, kind):
            continue
        every = evidence.settings.interval if evidence.settings is not None else None
        yield Finding(
            "hidden-rows",
            Severity.WARNING,
            f"{name_of(vertex)} was given {rows(written)}, which nobody sees before a checkpoint is complete",
            (
                "completed checkpoints: 0" if newest is None else f"the last one is {_age(evidence, newest)} old",
                f"a checkpoint every {duration(every)}" if every else "no checkpoints are taken",
            ),
            (
                "SET 'execution.checkpointing.interval' = '10 s';"
                if every
                else "SET 'execution.checkpointing.interval' = '1 min';",
                *_AT_ONCE.get(kind, ()),
            ),
            evidence.clause(*vertex.vertex.operators[::-1]),
            vertex.vertex.id,
        )


def no_rows(evidence: Evidence) -> Iterator[Finding]:
    """Nothing has come to a sink: mostly what follows from something else."""
    if not evidence.reads or evidence.age.total_seconds() < _PATIENCE:
        return
    for vertex in evidence.vertices:
        flows = [flow for name, flow in vertex.flows.items() if is_sink_metric(name)]
        known = [flow.total_in for flow in flows if flow.total_in is not None]
        if not known or any(known) or not _has_read(evidence):
            continue
        last = [(name, flow) for _, name, flow in _with_rows(evidence) if not _is_of_sink(name)][-1:]
        yield Finding(
            "no-rows",
            Severity.NOTICE,
            f"no row has come to {name_of(vertex)} in {length(evidence.age)}",
            (
                "rows since it began: 0",
                *(f"they come as far as {_shown(name)}: in {rows(flow.total_in or 0)}" for name, flow in last),
            ),
            ("an updating result of few keys may be on its way: look again in a while",),
            evidence.clause(*vertex.vertex.operators[::-1]),
            vertex.vertex.id,
        )


def is_sink_metric(name: str) -> bool:
    """`end: Writer` closes the chain of a filesystem sink and writes nothing."""
    is_writer = name.endswith("__Writer") and not name.startswith("end__")
    return is_writer or name.startswith(("Sink__", "StreamingFileWriter"))


def _is_of_sink(name: str) -> bool:
    """Also what only ends it: what comes there are messages about files and transactions."""
    return is_sink_metric(name) or name.startswith("end__") or name.endswith(("__Committer", "PartitionCommitter"))


def _shown(metric_name: str) -> str:
    return metric_name.partition("[")[0].replace("__", ": ")


def _has_read(evidence: Evidence) -> bool:
    return any(flow.total_out for each in evidence.vertices for flow in _sources(each))


def _sources(vertex: VertexEvidence) -> list[Flow]:
    return [flow for name, flow in vertex.flows.items() if name.startswith("Source__")]


def _with_rows(evidence: Evidence) -> Iterator[tuple[VertexEvidence, str, Flow]]:
    for vertex in evidence.vertices:
        for name, flow in vertex.flows.items():
            if flow.total_in:
                yield vertex, name, flow


def _dams(evidence: Evidence) -> Iterator[tuple[VertexEvidence, str, Flow]]:
    """Operators that took many rows and gave none."""
    if evidence.reads:
        for vertex, name, flow in _with_rows(evidence):
            if (flow.total_in or 0.0) >= _MANY and flow.total_out == 0:
                yield vertex, name, flow


def _hides(vertex: VertexEvidence) -> str:
    name = vertex.vertex.name
    if "Collect table sink" in name:
        return "query"
    if "StreamingFileWriter" in name:
        return "files"
    return "transactions" if ": Committer" in name else ""


def _are_seen(evidence: Evidence, newest: Checkpoint | None, kind: str) -> bool:
    if kind == "query" and (evidence.checkpointing is not True or not _is_exactly_once(evidence)):
        return True
    if newest is None:
        return False
    every = evidence.settings.interval if evidence.settings is not None else None
    return every is None or every <= _HIDDEN or kind != "query"


def _is_exactly_once(evidence: Evidence) -> bool:
    if evidence.config is None:
        return False
    mode = evidence.config.get("execution.checkpointing.mode", "EXACTLY_ONCE")
    return mode.upper().replace("-", "_") == "EXACTLY_ONCE"


def _age(evidence: Evidence, checkpoint: Checkpoint) -> str:
    return length(evidence.at - checkpoint.triggered_at) if checkpoint.triggered_at is not None else "some time"
