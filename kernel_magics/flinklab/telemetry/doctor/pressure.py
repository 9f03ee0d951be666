"""Rules about where the work is: what is too slow, and what only waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flinklab.domain.monitoring import Operator
from flinklab.telemetry import graphs
from flinklab.telemetry.doctor.clauses import is_sink
from flinklab.telemetry.doctor.evidence import Evidence, SubtaskEvidence, VertexEvidence
from flinklab.telemetry.doctor.figures import rate, rows, share
from flinklab.telemetry.doctor.finding import Finding, Severity
from flinklab.telemetry.graphs import BUSY, HELD_UP, Shares
from flinklab.telemetry.vertex_names import vertex_name

FULL = 0.85
_TWICE, _FAR = 2.0, 3.0
_ALIKE = 1.2
_LAG = 1000.0  # rows that wait, below which a source is not behind
_LIGHT = frozenset({"Calc", "WatermarkAssigner", "DropUpdateBefore", "ConstraintEnforcer", "Expand"})


def slow_vertex(evidence: Evidence) -> Iterator[Finding]:
    for vertex, held_up in causes(evidence):
        if not writes_only(vertex):
            yield _slow(evidence, vertex, held_up, "slow-vertex")


def slow_sink(evidence: Evidence) -> Iterator[Finding]:
    for vertex, held_up in causes(evidence):
        if writes_only(vertex):
            yield _slow(evidence, vertex, held_up, "slow-sink")


def causes(evidence: Evidence) -> list[tuple[VertexEvidence, list[VertexEvidence]]]:
    """As `telemetry.graphs.causes`, which the plots show, too."""
    known = {each.vertex.id: each for each in evidence.vertices}
    told = {
        vertex: Shares(each.backpressured, each.busy, None, each.backpressured, each.busiest)
        for vertex, each in known.items()
    }
    found = graphs.causes(evidence.graph, told)
    return [(known[cause], [known[each] for each in held_up]) for cause, held_up in found.items()]


def writes_only(vertex: VertexEvidence) -> bool:
    """It writes, and does nothing else that takes time."""
    operators = vertex.vertex.operators
    return any(map(is_sink, operators)) and all(
        is_sink(each) or _is_light(each) or _materializes(each) for each in operators
    )


def _materializes(operator: Operator) -> bool:
    """It keeps all rows of each key of the sink's table, and looks through them for every row that comes."""
    return operator.kind == "SinkMaterializer"


def _is_light(operator: Operator) -> bool:
    """A projection of columns; one that calls functions may be what takes the time."""
    return operator.kind in _LIGHT and "(" not in operator.text.partition("select=[")[2]


def _slow(evidence: Evidence, vertex: VertexEvidence, held_up: list[VertexEvidence], rule: str) -> Finding:
    name = name_of(vertex)
    many = len(vertex.subtasks)
    mean = f" (mean of {many} sub-tasks {share(vertex.busy or 0.0)})" if many > 1 else ""
    lines = [
        f"{name}: busy {share(vertex.busiest or 0.0)} of the time{mean},"
        f" back-pressured {share(vertex.backpressured or 0.0)}",
        *(f"{name_of(each)}: cannot hand rows on {share(each.backpressured or 0.0)}" for each in held_up),
    ]
    if vertex.records_in is not None:
        lines.append(f"{name} gets through {rate(vertex.records_in)} with parallelism {vertex.vertex.parallelism}")
    operators = sorted(vertex.vertex.operators, key=_weight, reverse=True)
    sink = next((each for each in operators if is_sink(each)), None)
    clause = evidence.clause(sink) if rule == "slow-sink" else evidence.clause(*operators)
    if rule == "slow-sink":
        title = f"the sink {name} takes rows too slowly, and holds up {_and(held_up)}"
        advice = [
            "look at what it writes to: its load, its locks, its limits",
            "write in larger batches, if the connector can (such as 'sink.buffer-flush.max-rows')",
        ]
        if any(map(_materializes, operators)):
            lines.append("SinkMaterializer: for each row it looks through all rows of the table's PRIMARY KEY")
            advice = ["give the table the key of the query as its PRIMARY KEY: then nothing is to be sorted out"]
    else:
        title = f"{name} is too slow, and holds up {_and(held_up)}"
        advice = [_lighten(operators, evidence)]
        if sink is not None:
            advice.append("its sink is in the same chain: if that is slow, `%flink plot flame` shows it")
    advice.append(_wider(vertex))
    return Finding(
        rule,
        Severity.CRITICAL,
        title,
        tuple(lines),
        tuple(advice),
        clause,
        vertex.vertex.id,
        min((at for each in held_up if (at := _held_up_since(evidence, each)) is not None), default=None),
    )


def _held_up_since(evidence: Evidence, vertex: VertexEvidence) -> datetime | None:
    return evidence.since(vertex.vertex.id, "backpressured_max", lambda value: value >= HELD_UP)


def _weight(operator: Operator) -> tuple[int, int]:
    """What of a chain probably takes the time: functions in a projection, then what keeps state, then the rest."""
    if operator.kind == "Calc":
        calls = operator.text.partition("select=[")[2].count("(") - operator.text.count("CAST(")
        return (2 if calls > 1 else 0), calls
    if is_sink(operator):
        return 0, 1
    return 1, 0


def _lighten(operators: list[Operator], evidence: Evidence) -> str:
    clause = evidence.clause(*operators)
    about = f" of `{clause.text}`" if clause is not None else ""
    if operators and operators[0].kind == "Calc":
        return f"make the expressions{about} cheaper, or compute them of fewer rows"
    if any("Aggregate" in each.kind for each in operators):
        return f"let it take fewer rows: filter before{about}, or SET 'table.exec.mini-batch.enabled' = 'true';"
    return f"let it take fewer rows: filter before{about}"


def _wider(vertex: VertexEvidence) -> str:
    wider = vertex.vertex.parallelism * 2
    return f"SET 'parallelism.default' = '{wider}'; (a managed job: `%flink scale NAME {wider}`), if slots are free"


def skew(evidence: Evidence) -> Iterator[Finding]:
    """One that gets far more rows, and has hardly time for them; whoever gets few may be busy, too, where there
    are more sub-tasks than processors."""
    for vertex in evidence.vertices:
        known = _known(vertex)
        if len(known) < 2:
            continue
        one = max(known, key=lambda each: each.records_in or 0.0)
        others = [each for each in known if each is not one]
        rest, more = _mean_of(others, "records_in") or 0.0, one.records_in or 0.0
        is_busier = (one.busy or 0.0) >= _TWICE * (_mean_of(others, "busy") or 0.0)
        if (one.busy or 0.0) < BUSY or more < max((_TWICE if is_busier else _FAR) * rest, 1.0):
            continue
        whole = more + rest * len(others)
        clause = evidence.clause(*_keyed(vertex))
        keys = f"the keys of `{clause.text}`" if clause is not None else "its keys"
        yield Finding(
            "skew",
            Severity.CRITICAL if (one.busy or 0.0) >= FULL else Severity.WARNING,
            f"sub-task {one.index} of {name_of(vertex)} gets {share(more / whole)} of the rows",
            (
                f"sub-task {one.index}: {rate(more)}, busy {share(one.busy or 0.0)} ({one.taskmanager})",
                f"the other {len(others)}: {rate(rest)} each, busy {share(_mean_of(others, 'busy') or 0.0)}",
                f"since they were deployed: {rows(one.total_in)} against {rows(_mean_total(others))} each",
            ),
            (
                f"find the hot value: count the rows of each of {keys}, ORDER BY COUNT(*) DESC LIMIT 10",
                "aggregate twice: by the key and a salt (MOD(HASH_CODE(another_column), 16)), then by the key",
                "SET 'table.exec.mini-batch.enabled' = 'true'; SET 'table.exec.mini-batch.allow-latency' = '1 s';"
                " SET 'table.exec.mini-batch.size' = '5000'; sums up before rows are sent",
                "filter out, or treat apart, a value that stands for nothing (NULL, '', 0)",
            ),
            clause,
            vertex.vertex.id,
            evidence.since(vertex.vertex.id, "skew", lambda value: value >= _TWICE),
        )


def slow_subtask(evidence: Evidence) -> Iterator[Finding]:
    for vertex in evidence.vertices:
        known = _known(vertex)
        if len(known) < 2:
            continue
        one = max(known, key=lambda each: each.busy or 0.0)
        others = [each for each in known if each is not one]
        rest, more = _mean_of(others, "records_in") or 0.0, one.records_in or 0.0
        is_busier = (one.busy or 0.0) >= _TWICE * (_mean_of(others, "busy") or 0.0)
        if not rest or (one.busy or 0.0) < BUSY or not is_busier or more > _ALIKE * rest:
            continue
        machine = one.taskmanager or "its TaskManager"
        yield Finding(
            "slow-subtask",
            Severity.WARNING,
            f"sub-task {one.index} of {name_of(vertex)} is slower than the others with no more rows",
            (
                f"sub-task {one.index} on {machine}: {rate(more)}, busy {share(one.busy or 0.0)}",
                f"the other {len(others)}: {rate(rest)} each, busy {share(_mean_of(others, 'busy') or 0.0)}",
            ),
            (
                f"look at {machine}: what else takes its processors, its disk, its network?",
                "a restart may put the sub-task elsewhere; cluster.evenly-spread-out-slots spreads sub-tasks",
            ),
            vertex=vertex.vertex.id,
        )


def small_parallelism(evidence: Evidence) -> Iterator[Finding]:
    blamed = {vertex.vertex.id for vertex, _ in causes(evidence)}
    widest = max((each.vertex.parallelism for each in evidence.vertices), default=0)
    free = sum(each.free_slots for each in evidence.machines)
    for vertex in evidence.vertices:
        width = vertex.vertex.parallelism
        calm = [each for each in vertex.subtasks if (each.busy or 0.0) < FULL]
        if vertex.vertex.id in blamed or not vertex.subtasks or calm or not (widest > width or free):
            continue
        yield Finding(
            "small-parallelism",
            Severity.WARNING,
            f"{name_of(vertex)} has no time left with parallelism {width}",
            (
                f"all its sub-tasks: busy {share(vertex.busy or 0.0)}, {rate(vertex.records_in or 0.0)}",
                f"the widest vertex has {widest} sub-tasks, {free} slots are free",
            ),
            (_wider(vertex),),
            evidence.clause(*sorted(vertex.vertex.operators, key=_weight, reverse=True)),
            vertex.vertex.id,
            evidence.since(vertex.vertex.id, "busy", lambda value: value >= FULL),
        )


def source_lags(evidence: Evidence) -> Iterator[Finding]:
    for vertex in evidence.vertices:
        before, now = vertex.pending
        if before is None or now is None or evidence.seconds <= 0 or now < _LAG or now <= before:
            continue
        grows = (now - before) / evidence.seconds
        read = sum(flow.records_out or 0.0 for name, flow in vertex.flows.items() if name.startswith("Source__"))
        if grows < 0.01 * read:  # it goes up and down with what arrives
            continue
        yield Finding(
            "source-lags",
            Severity.WARNING,
            f"{name_of(vertex)} is read more slowly than rows arrive: {rows(now)} wait",
            (
                f"rows that wait (pendingRecords): {before:,.0f}, {evidence.seconds:.0f} s later {now:,.0f}",
                f"read: {rate(read)}; arriving: {rate(read + grows)}",
            ),
            (
                "as many sub-tasks as there are partitions read fastest",
                "SET 'table.exec.mini-batch.enabled' = 'true'; takes load off what comes after",
                _wider(vertex),
            ),
            evidence.clause(*vertex.vertex.operators[:1]),
            vertex.vertex.id,
            evidence.since(vertex.vertex.id, "source_lag", lambda value: value >= _LAG),
        )


def name_of(vertex: VertexEvidence) -> str:
    """As the plots call it, too."""
    return vertex_name(vertex.vertex).short


def _known(vertex: VertexEvidence) -> list[SubtaskEvidence]:
    """Its sub-tasks; none where one of them cannot be told."""
    known = [each for each in vertex.subtasks if each.busy is not None and each.records_in is not None]
    return known if len(known) == len(vertex.subtasks) else []


def _keyed(vertex: VertexEvidence) -> list[Operator]:
    return [each for each in vertex.vertex.operators if not is_sink(each) and each.kind not in _LIGHT]


def _mean_of(subtasks: list[SubtaskEvidence], name: str) -> float | None:
    known = [value for each in subtasks if (value := getattr(each, name)) is not None]
    return sum(known) / len(known) if known else None


def _mean_total(subtasks: list[SubtaskEvidence]) -> float:
    return sum(each.total_in for each in subtasks) / len(subtasks)


def _and(vertices: list[VertexEvidence]) -> str:
    return " and ".join(name_of(each) for each in vertices)
