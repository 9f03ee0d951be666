"""Rules about state: what grows without bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flinklab.domain.jobs import Checkpoint
from flinklab.domain.monitoring import Operator
from flinklab.telemetry.doctor.evidence import Evidence, VertexEvidence
from flinklab.telemetry.doctor.figures import length, memory
from flinklab.telemetry.doctor.finding import Finding, Severity
from flinklab.telemetry.growth import Growth, growth

TTL = "table.exec.state.ttl"
_LEAST = 5  # checkpoints
_GROWN = 1024**2  # B
_SHARE = 0.1
_RISES = 0.8  # of the pairs of checkpoints that are far from each other
_STEADY = 0.5  # the second half grows at least half as fast as the first

# Operators whose state grows with the keys, or with the rows: a mark that must stand in their text, and what
# there is of them in SQL.
_UNBOUNDED: Mapping[str, tuple[str, str]] = {
    "GroupAggregate": ("", "keeps a row for every key that ever came"),
    "GlobalGroupAggregate": ("", "keeps a row for every key that ever came"),
    "IncrementalGroupAggregate": ("", "keeps a row for every key that ever came"),
    "GroupTableAggregate": ("", "keeps a row for every key that ever came"),
    "OverAggregate": ("UNBOUNDED PRECEDING", "keeps a sum for every key that ever came"),
    "Join": ("", "keeps all rows of both sides for ever"),
    "MultiJoin": ("", "keeps all rows of all sides for ever"),
    "Rank": ("", "keeps the best rows of every key that ever came"),
    "Deduplicate": ("", "remembers every key that ever came"),
    "ChangelogNormalize": ("", "keeps the last row of every key that ever came"),
    "Sink": ("upsertMaterialize=[true]", "keeps the rows of every key that it wrote"),
}
_WINDOWED = ("Window", "IntervalJoin", "TemporalJoin", "Match", "TemporalSort")


def state_grows(evidence: Evidence) -> Iterator[Finding]:
    """State that gets larger with every checkpoint, with an operator in the plan that lets nothing go."""
    grown = _growth(evidence.checkpoints)
    bare = [(vertex, each) for vertex, each in _operators(evidence) if is_unbounded(each)]
    if grown is None or not bare or _has_ttl(evidence.config):
        return
    vertex, operator = _largest(evidence, bare)
    rate, first, last = grown
    what = _UNBOUNDED[operator.kind][1]
    clause = evidence.clause(operator)
    shown = f"`{clause.text}`" if clause is not None else operator.kind
    seconds = _seconds(first, last)
    yield Finding(
        "state-grows",
        Severity.WARNING,
        f"the state grows by {_per_time(rate)}: {shown} {what}",
        (
            f"whole state: {memory(first.full_size)}, {length(seconds)} later {memory(last.full_size)}"
            f" (checkpoints {first.checkpoint_id} to {last.checkpoint_id})",
            f"at this rate {memory(last.full_size + rate * 86400)} in a day",
            f"operator: {operator.kind}" + (f" ({len(bare) - 1} more without bound)" if len(bare) > 1 else ""),
            f"{TTL} is not set"
            if evidence.config is not None
            else f"{TTL}: not known (the job's settings could not be had)",
        ),
        _advice(operator),
        clause,
        vertex.vertex.id,
        evidence.since("", "state_size", lambda value: value > first.full_size) or first.triggered_at,
    )


def windows_fill(evidence: Evidence) -> Iterator[Finding]:
    """State that grows in windows that never close."""
    grown = _growth(evidence.checkpoints)
    windows = [(vertex, each) for vertex, each in _operators(evidence) if _is_window(each)]
    if grown is None or not windows or any(_goes_on(vertex) for vertex, _ in windows):
        return
    if any(is_unbounded(each) for _, each in _operators(evidence)):
        return
    vertex, operator = _largest(evidence, windows)
    rate, first, last = grown
    yield Finding(
        "windows-fill",
        Severity.WARNING,
        f"the state grows by {_per_time(rate)}: windows take rows in and do not close",
        (
            f"whole state: {memory(first.full_size)}, {length(_seconds(first, last))} later"
            f" {memory(last.full_size)}",
        ),
        ("let the watermark go on, see there",),
        evidence.clause(operator),
        vertex.vertex.id,
        first.triggered_at,
    )


def _operators(evidence: Evidence) -> Iterator[tuple[VertexEvidence, Operator]]:
    for vertex in evidence.vertices:
        for each in vertex.vertex.operators:
            yield vertex, each


def _is_window(operator: Operator) -> bool:
    is_one = any(word in operator.kind for word in _WINDOWED)
    return is_one and operator.kind.endswith(("Aggregate", "Join", "Match", "Rank"))


def _goes_on(vertex: VertexEvidence) -> bool:
    """Its watermark does, or is not known."""
    now, before = vertex.watermarks.get(""), vertex.watermarks_before.get("")
    return not now or now != before


def is_unbounded(operator: Operator) -> bool:
    mark = _UNBOUNDED.get(operator.kind)
    text = operator.text
    return mark is not None and mark[0] in text and "STATE_TTL" not in text.upper() and "stateTtlHints" not in text


def _growth(checkpoints: Sequence[Checkpoint]) -> tuple[float, Checkpoint, Checkpoint] | None:
    """Bytes a second, the first and the last of the completed checkpoints that show it; None when it does not grow
    or slows down, as where the keys are all there soon."""
    completed = (each for each in checkpoints if each.status == "completed" and not each.is_savepoint)
    kept = [each for each in completed if each.triggered_at is not None]
    kept = [each for each in kept if each.flink_id == kept[0].flink_id][::-1]
    whole, late = _slope(kept), _slope(kept[len(kept) // 2 :], least=2)
    if whole is None or late is None or whole.share < _RISES:
        return None
    first, last = kept[0], kept[-1]
    grown = whole.slope * _seconds(first, last)
    if grown < max(_GROWN, _SHARE * last.full_size) or late.slope < _STEADY * whole.slope:
        return None
    return whole.slope, first, last


def _slope(checkpoints: Sequence[Checkpoint], least: int = _LEAST) -> Growth | None:
    import numpy as np

    if len(checkpoints) < least:
        return None
    times = [each.triggered_at.timestamp() for each in checkpoints if each.triggered_at is not None]
    sizes = [float(each.full_size) for each in checkpoints]
    if len(times) < _LEAST:  # too few for a median: from end to end
        slope = (sizes[-1] - sizes[0]) / max(times[-1] - times[0], 1e-9)
        return Growth(slope, times[0], sizes[0], 1.0)
    return growth(np.array(times), np.array(sizes))


def _seconds(first: Checkpoint, last: Checkpoint) -> float:
    if first.triggered_at is None or last.triggered_at is None:
        return 0.0
    return (last.triggered_at - first.triggered_at).total_seconds()


def _has_ttl(config: Mapping[str, str] | None) -> bool:
    return any(digit in (config or {}).get(TTL, "") for digit in "123456789")


def _largest(evidence: Evidence, found: list[tuple[VertexEvidence, Operator]]) -> tuple[VertexEvidence, Operator]:
    """The one in the vertex with most state, as far as checkpoints tell."""
    newest = next(iter(evidence.tasks.values()), ())
    sizes = {each.vertex: each.full_size * _width(evidence, each.vertex) for each in newest}
    return max(found, key=lambda each: sizes.get(each[0].vertex.id, 0))


def _width(evidence: Evidence, vertex_id: str) -> int:
    vertex = evidence.vertex(vertex_id)
    return vertex.vertex.parallelism if vertex is not None else 1


def _per_time(rate: float) -> str:
    return f"{memory(rate)} a second" if rate >= 1024 else f"{memory(rate * 3600)} an hour"


def _advice(operator: Operator) -> tuple[str, ...]:
    general = f"SET '{TTL}' = '1 d'; lets go of what was not touched for a day"
    if operator.kind == "Join":
        return (
            "join within a time: ON a.k = b.k AND a.ts BETWEEN b.ts - INTERVAL '1' HOUR AND b.ts",
            "or give each side a time to live: SELECT /*+ STATE_TTL('a' = '1d', 'b' = '6h') */ ...",
            general,
        )
    if operator.kind in ("Rank", "Deduplicate"):
        return (general, "or partition by a window, too: TUMBLE(...) and window_start in PARTITION BY")
    if operator.kind == "OverAggregate":
        return ("RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW bounds it", general)
    if operator.kind in ("ChangelogNormalize", "Sink"):
        return (general,)
    return (
        "group by a window as well: FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)) ... GROUP BY"
        " window_start, window_end, ...",
        general,
    )
