"""What was read of a vertex at two moments, as evidence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from flinklab.domain.monitoring import JobVertex, Spread, Subtask
from flinklab.telemetry.doctor.evidence import Flow, SubtaskEvidence, VertexEvidence

_IN, _OUT, _LATE, _PENDING = ".numRecordsIn", ".numRecordsOut", ".numLateRecordsDropped", ".pendingRecords"
FLOWS = (_IN, _OUT, _LATE, _PENDING)
"""How the metrics end that are asked of all sub-tasks of a vertex together."""

_NONE = -(2.0**63)
_INPUT, _OUTPUT = "currentInputWatermark", ".currentOutputWatermark"


@dataclass(frozen=True, slots=True)
class VertexReading:
    """`totals`: metrics over all sub-tasks, by name; `watermarks`: by name and sub-task, in ms."""

    subtasks: tuple[Subtask, ...] = ()
    totals: Mapping[str, Spread] = field(default_factory=dict)
    watermarks: Mapping[str, Mapping[int, float]] = field(default_factory=dict)


def watermark_names(vertex: JobVertex, names: Collection[str]) -> frozenset[str]:
    """What of a vertex's metrics tells its watermarks: where they begin, of a source; of others their input's."""
    if not vertex.is_source:
        return frozenset({_INPUT}.intersection(names))
    begins = ("Source__", "WatermarkAssigner")
    return frozenset(each for each in names if each.endswith(_OUTPUT) and each.startswith(begins))


def with_missing(watermarks: Mapping[int, float], subtasks: Sequence[Subtask]) -> dict[int, float]:
    """A sub-task that runs and tells no watermark has none yet: Flink's number for that is no number."""
    none = {each.index: _NONE for each in subtasks if each.state == "RUNNING"}
    return {**none, **watermarks}


def vertex_evidence(
    vertex: JobVertex, before: VertexReading | None, after: VertexReading, seconds: float
) -> VertexEvidence:
    """`seconds`: between the two; 0 where nothing can be told of the time between them."""
    first = before or VertexReading()
    earlier = {each.index: each for each in first.subtasks}
    return VertexEvidence(
        vertex,
        tuple(_subtask(earlier.get(each.index), each, seconds) for each in after.subtasks),
        _flows(first.totals, after.totals, seconds),
        _by_operator(after.watermarks),
        _by_operator(first.watermarks),
        (_pending(first.totals), _pending(after.totals)),
    )


def _subtask(before: Subtask | None, after: Subtask, seconds: float) -> SubtaskEvidence:
    total = (after.records_in, after.records_out)
    passed = _passed(before, after) if before is not None else None
    is_other = before is None or before.taskmanager != after.taskmanager or (passed is not None and passed < 0)
    if before is None or is_other or seconds <= 0:
        return SubtaskEvidence(after.index, after.taskmanager, total_in=total[0], total_out=total[1])
    passed = passed or seconds
    busy = _spent(before.busy, after.busy, passed)
    return SubtaskEvidence(
        after.index,
        after.taskmanager,
        _rate(before.records_in, after.records_in, seconds),
        _rate(before.records_out, after.records_out, seconds),
        _share(busy),
        _share(_spent(before.backpressured, after.backpressured, passed)),
        # A source of the old kind is never idle, as Flink counts, and no one knows how busy it is.
        _share(_spent(before.idle, after.idle, passed)) if busy is not None else None,
        *total,
    )


def _passed(before: Subtask, after: Subtask) -> float | None:
    """Seconds: what a sub-task spends its time on adds up to all of it."""
    if before.busy is None or after.busy is None:
        return None
    return (after.busy + after.idle + after.backpressured) - (before.busy + before.idle + before.backpressured)


def _rate(before: float | None, after: float | None, seconds: float) -> float | None:
    """None after a restart, when a counter begins anew."""
    if before is None or after is None or after < before or seconds <= 0:
        return None
    return (after - before) / seconds


def _spent(before: float | None, after: float | None, passed: float) -> float | None:
    """Seconds a second. With a task that idles, what Flink counts as busy wavers and goes back a little: that is
    none, and not unknown."""
    return max(after - before, 0.0) / passed if before is not None and after is not None else None


def _share(value: float | None) -> float | None:
    return min(value, 1.0) if value is not None else None


def _flows(before: Mapping[str, Spread], after: Mapping[str, Spread], seconds: float) -> dict[str, Flow]:
    """In the order of the chain as far as names tell it: sources first, sinks last, by number between."""
    names = {name.rpartition(".")[0] for name in after if name.endswith((_IN, _OUT))}
    return {name: _flow(name, before, after, seconds) for name in sorted(names, key=_place)}


def _flow(name: str, before: Mapping[str, Spread], after: Mapping[str, Spread], seconds: float) -> Flow:
    def total(of: Mapping[str, Spread], what: str) -> float | None:
        found = of.get(f"{name}{what}")
        return found.sum if found is not None else None

    return Flow(
        _rate(total(before, _IN), total(after, _IN), seconds),
        _rate(total(before, _OUT), total(after, _OUT), seconds),
        total(after, _IN),
        total(after, _OUT),
        total(after, _LATE),
    )


def _place(name: str) -> tuple[int, int, str]:
    number = name.partition("[")[2].partition("]")[0]
    rank = 0 if name.startswith("Source__") else 2 if name.endswith("__Writer") or name.startswith("Sink__") else 1
    return rank, int(number) if number.isdigit() else 0, name


def _by_operator(watermarks: Mapping[str, Mapping[int, float]]) -> dict[str, Mapping[int, float]]:
    return {name.removesuffix(_OUTPUT) if name != _INPUT else "": found for name, found in watermarks.items()}


def _pending(totals: Mapping[str, Spread]) -> float | None:
    found = [spread.sum for name, spread in totals.items() if name.endswith(_PENDING)]
    return sum(found) if found else None
