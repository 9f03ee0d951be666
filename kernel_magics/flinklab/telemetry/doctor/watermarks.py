"""Rules about event time: who holds the watermark back, and what waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flinklab.domain.monitoring import Operator
from flinklab.telemetry.doctor.evidence import LAST_WATERMARK, NO_WATERMARK, Evidence, VertexEvidence
from flinklab.telemetry.doctor.figures import event_time, length, rate, rows
from flinklab.telemetry.doctor.finding import Finding, Severity
from flinklab.telemetry.doctor.pressure import name_of

_BEHIND = 60.0  # s of event time
_PATIENCE = 20.0  # s after a start in which there may be no watermark yet
_FAR_BEHIND = 3600.0
_FUTURE = 60.0
_LATE = 0.01  # share of rows
_WAIT = ("Window", "IntervalJoin", "TemporalJoin", "Match", "TemporalSort")
_SET_IDLE = "SET 'table.exec.source.idle-timeout' = '30 s'; and submit it again: what is silent counts no more"


class _Origin(NamedTuple):
    """A sub-task of a source, with the watermark that leaves it now and that left it at the first look."""

    vertex: VertexEvidence
    subtask: int
    now: float
    before: float | None

    @property
    def is_silent(self) -> bool:
        """It read nothing between the two looks."""
        found = next((each for each in self.vertex.subtasks if each.index == self.subtask), None)
        return found is not None and not found.records_out and not _read(self.vertex, one_of_many=True)


def held_back(evidence: Evidence) -> Iterator[Finding]:
    """Inputs' watermarks come together to the smallest: one that does not go on holds up all."""
    for waiting, operator in _waiting(evidence):
        origins = _origins(evidence, waiting.vertex.id)
        arrived = _lowest(waiting)
        ended = [each for each in origins if each.now >= LAST_WATERMARK]
        origins = [each for each in origins if each.now < LAST_WATERMARK]
        if len(origins) < 2 or arrived is None or (ended and not origins):
            continue
        last, best = min(origins, key=lambda each: each.now), max(origins, key=lambda each: each.now)
        if best.now <= NO_WATERMARK or not _is_behind(evidence, arrived, best.now):
            continue
        if not _is_behind(evidence, last.now, best.now):
            continue  # it counts as idle by now, or what is behind is on its way
        yield _held_back(evidence, waiting, operator, last, best)
        return


def stands_still(evidence: Evidence) -> Iterator[Finding]:
    """Rows are read, and their event time does not go on."""
    for waiting, _ in _waiting(evidence):
        origins = _origins(evidence, waiting.vertex.id)
        if not origins or evidence.seconds <= 0 or any(each.now >= LAST_WATERMARK for each in origins):
            continue
        best = max(origins, key=lambda each: each.now)
        lag = evidence.at.timestamp() - best.now / 1000
        if best.before is None or best.now != best.before or lag < _BEHIND or not _read(best.vertex):
            continue
        if best.now <= NO_WATERMARK and evidence.age.total_seconds() < _PATIENCE:
            continue
        assigners = [each for each in best.vertex.vertex.operators if each.kind == "WatermarkAssigner"]
        column = evidence.clause(*assigners)
        said = "there is none yet" if best.now <= NO_WATERMARK else f"it stands at {event_time(best.now)}"
        yield Finding(
            "watermark-stands",
            Severity.CRITICAL,
            f"the watermark of {name_of(best.vertex)} does not go on, though rows are read: {said}",
            (
                f"rows read: {rate(_read(best.vertex))}; watermark: {said}",
                f"{name_of(waiting)} waits for it",
            ),
            (
                "look at the event-time column of the newest rows: is it NULL, constant, in another unit or zone?",
                f"it is declared in `{column.text}`" if column is not None else "see the table's WATERMARK clause",
            ),
            evidence.clause(*_source(best.vertex)),
            best.vertex.vertex.id,
            evidence.since(waiting.vertex.id, "watermark_lag", lambda value: value >= _BEHIND),
        )
        return


def in_future(evidence: Evidence) -> Iterator[Finding]:
    """Rows from the future push the watermark ahead: all that come then are late, and dropped."""
    now = evidence.at.timestamp() * 1000
    for waiting, operator in _waiting(evidence):
        ahead = [
            each
            for each in _origins(evidence, waiting.vertex.id)
            if now + _FUTURE * 1000 < each.now < LAST_WATERMARK
        ]
        if ahead:
            worst = max(ahead, key=lambda each: each.now)
            yield Finding(
                "watermark-in-future",
                Severity.WARNING,
                f"the watermark of {name_of(worst.vertex)} is {length((worst.now - now) / 1000)} ahead of time",
                (f"watermark: {event_time(worst.now)}; {operator.kind} drops what comes before it",),
                (
                    "look for rows whose event time is in the future, and filter them out before the watermark",
                    "a local time without its zone may be read as UTC: check 'table.local-time-zone'",
                ),
                evidence.clause(*_source(worst.vertex)),
                worst.vertex.vertex.id,
            )
            return


def late_rows(evidence: Evidence) -> Iterator[Finding]:
    for vertex in evidence.vertices:
        for name, flow in vertex.flows.items():
            if not flow.late or not flow.total_in or flow.late < _LATE * (flow.total_in + flow.late):
                continue
            operator = vertex.operator(name)
            yield Finding(
                "late-rows",
                Severity.WARNING,
                f"{name_of(vertex)} dropped {rows(flow.late)} that came after their window was closed",
                (f"numLateRecordsDropped: {flow.late:,.0f} of {flow.total_in:,.0f} since it began",),
                ("a longer delay in the source's watermark: WATERMARK FOR ts AS ts - INTERVAL '30' SECOND",),
                evidence.clause(operator),
                vertex.vertex.id,
            )
            break


def windows_wait(evidence: Evidence) -> Iterator[Finding]:
    """Rows go in, none comes out, and the watermark stands still or is hours behind."""
    if evidence.age.total_seconds() < _PATIENCE or evidence.seconds <= 0:
        return
    for vertex, operator in _waiting(evidence):
        flow = next((each for name, each in vertex.flows.items() if f"[{operator.number}]" in name), None)
        lowest = _lowest(vertex)
        if flow is None or not flow.total_in or flow.total_out or lowest is None:
            continue
        lag = evidence.at.timestamp() - lowest / 1000
        stands = vertex.watermarks[""] == vertex.watermarks_before.get("") and lag >= _BEHIND
        if not stands and lag < _FAR_BEHIND:
            continue
        shown = "none" if lowest <= NO_WATERMARK else event_time(lowest)
        yield Finding(
            "windows-do-not-close",
            Severity.WARNING,
            f"{name_of(vertex)} took {rows(flow.total_in)} and gave none: its windows do not close",
            (f"in: {rows(flow.total_in)}, out: 0; watermark at its input: {shown}",),
            ("a window closes when the watermark has passed its end: let the watermark go on",),
            evidence.clause(operator),
            vertex.vertex.id,
        )


def waits_for_watermark(operator: Operator) -> bool:
    return any(word in operator.kind for word in _WAIT) or ("rowtime" in operator.text and "Over" in operator.kind)


def _waiting(evidence: Evidence) -> Iterator[tuple[VertexEvidence, Operator]]:
    """Operators that do nothing before the watermark says so."""
    for vertex in evidence.vertices:
        for operator in vertex.vertex.operators:
            if waits_for_watermark(operator) and not operator.kind.startswith("Local"):
                yield vertex, operator
                break


def _origins(evidence: Evidence, vertex_id: str) -> list[_Origin]:
    """The watermarks that leave the sources before a vertex."""
    found: list[_Origin] = []
    seen, todo = set[str](), [vertex_id]
    while todo:
        each = todo.pop()
        if each in seen:
            continue
        seen.add(each)
        todo += evidence.graph.before(each)
        vertex = evidence.vertex(each)
        if vertex is not None and vertex.vertex.is_source and evidence.goes_on(each):
            for name in _assigning(vertex):
                before = vertex.watermarks_before.get(name, {})
                found += [_Origin(vertex, i, now, before.get(i)) for i, now in vertex.watermarks[name].items()]
    return found


def _assigning(vertex: VertexEvidence) -> list[str]:
    """The operators of a source's chain whose watermark goes on: its assigners, or the source itself, where the
    watermark was pushed down into it."""
    names = [name for name in vertex.watermarks if name]
    assigners = [name for name in names if name.startswith("WatermarkAssigner")]
    return assigners or [name for name in names if name.startswith("Source__")]


def _lowest(vertex: VertexEvidence) -> float | None:
    return min(vertex.watermarks.get("", {}).values(), default=None)


def _is_behind(evidence: Evidence, watermark: float, best: float) -> bool:
    if watermark <= NO_WATERMARK:
        return evidence.age.total_seconds() >= _PATIENCE
    return best - watermark >= _BEHIND * 1000


def _held_back(
    evidence: Evidence, waiting: VertexEvidence, operator: Operator, last: _Origin, best: _Origin
) -> Finding:
    source = name_of(last.vertex)
    width = last.vertex.vertex.parallelism
    alone = last.vertex is best.vertex and width > 1
    who = f"sub-task {last.subtask} of {source}" if alone else source
    if last.now <= NO_WATERMARK:
        where = f"{who}: no watermark yet"
    else:
        where = f"{who}: {event_time(last.now)}, {length((best.now - last.now) / 1000)} behind"
    if last.is_silent:
        title = f"{who} gives no rows and holds the watermark back"
        advice: tuple[str, ...] = (_SET_IDLE,)
        if alone:
            advice += (f"it may have no partition: parallelism {width} is more than there are, or one has no rows",)
    else:
        title = f"{who} holds the watermark back: its event time is behind"
        advice = (
            f"look at the event-time column of {source}: is it old data, another unit, another zone?",
            f"leave {source} out, or join it without event time, if its time does not matter",
            "read it faster, if it is only behind: more partitions, more parallelism",
        )
    clause = evidence.clause(*_source(last.vertex))
    return Finding(
        "watermark-held-back",
        Severity.CRITICAL,
        title,
        (
            where,
            f"{f'sub-task {best.subtask}' if alone else name_of(best.vertex)}: {event_time(best.now)}",
            f"{source} reads {rate(_read(last.vertex))}; {name_of(waiting)} waits for it",
        ),
        advice,
        clause,
        last.vertex.vertex.id,
        evidence.since(waiting.vertex.id, "watermark_lag", lambda value: value >= _BEHIND),
    )


def _source(vertex: VertexEvidence) -> list[Operator]:
    operators = vertex.vertex.operators
    return [each for each in operators if each.kind == "TableSourceScan"] or list(operators[:1])


def _read(vertex: VertexEvidence, *, one_of_many: bool = False) -> float:
    """Rows a second that its sources give. `one_of_many`: what all give says nothing of one of several."""
    if one_of_many and vertex.vertex.parallelism > 1:
        return 0.0
    return sum(flow.records_out or 0.0 for name, flow in vertex.flows.items() if name.startswith("Source__"))
