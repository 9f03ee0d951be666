"""Rules about whether it runs at all: slots, failures, restarts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from flinklab.domain.cluster import JobState
from flinklab.domain.monitoring import Failure, Operator
from flinklab.domain.text import count, one_line
from flinklab.telemetry.doctor.evidence import Evidence
from flinklab.telemetry.doctor.figures import length
from flinklab.telemetry.doctor.finding import Finding, Severity

RECENT = timedelta(minutes=10)
_LOOP = 3
_WAITING = frozenset({"SCHEDULED", "CREATED"})
_NO_SLOTS = ("NoResourceAvailable", "Could not acquire the minimum required resources", "not enough slots")
_TIMED_OUT = "tolerable failure threshold"
_WIDTH = 160

# What the message of a root cause has in it, and what to do then.
_REMEDIES = (
    ("ToRowDataConverter", "'ignore-parse-errors' = 'true' of its format (csv., json.) passes over bad rows"),
    ("/ by zero", "guard the division: x / NULLIF(y, 0)"),
    ("NumberFormatException", "write TRY_CAST(x AS type), which gives NULL, in the place of CAST"),
    ("DateTimeParseException", "write TRY_CAST(x AS type), which gives NULL, in the place of CAST"),
    ("For input string", "write TRY_CAST(x AS type), which gives NULL, in the place of CAST"),
    ("NOT NULL", "SET 'table.exec.sink.not-null-enforcer' = 'DROP'; or COALESCE the column"),
    ("OutOfMemoryError: Metaspace", "restart the TaskManagers: classes of ended jobs leaked"),
    ("OutOfMemoryError", "more taskmanager.memory.process.size, fewer slots, or state in rocksdb"),
    (
        "Insufficient number of network buffers",
        "more taskmanager.memory.network.fraction, or a smaller parallelism",
    ),
    ("heartbeat", "a TaskManager was lost: look at its log, and at what ended it (YARN, memory limits)"),
    ("Connection refused", "a system that it reads or writes is not there: look whether it can be reached"),
    ("ClassNotFoundException", "a jar is missing: `%flink jar add`, or put it into the cluster's lib"),
    ("NoClassDefFoundError", "a jar is missing, or there twice in different versions"),
    (
        "Failed to deserialize",
        "'ignore-parse-errors' of its format passes over bad rows",
    ),
    ("Corrupt", "'ignore-parse-errors' of its format passes over bad rows"),
)


def slots_missing(evidence: Evidence) -> Iterator[Finding]:
    """A job with too few slots waits, by default for five minutes (`slot.request.timeout`), and fails."""
    look = evidence.look
    if look is None or look.state.is_terminal:
        return
    waiting = sum(states.get(state, 0) for states in look.task_states.values() for state in _WAITING)
    recent = (each for each in evidence.failures if _is_recent(evidence, each))
    refused = next((each for each in recent if _has(each, _NO_SLOTS)), None)
    width = max((each.parallelism for each in look.graph.vertices), default=0)
    slots, free = sum(m.slots for m in evidence.machines), sum(m.free_slots for m in evidence.machines)
    lacks = bool(waiting) and evidence.seconds > 0 and free < width and (evidence.age.total_seconds() > 5)
    if not lacks and refused is None and (look.state is not JobState.CREATED or free >= width):
        return
    if "TaskManagers" in " ".join(evidence.missing):
        return
    none = not evidence.machines
    lack = f"it needs {count(width, 'slot')}, {free} are free"
    yield Finding(
        "slots-missing",
        Severity.CRITICAL,
        "there is no TaskManager that could run it" if none else lack,
        (
            f"the job is {look.state.value}"
            + (f", {count(waiting, 'sub-task')} wait for a slot" if waiting else ""),
            f"{count(len(evidence.machines), 'TaskManager')}, {count(slots, 'slot')}, {free} free",
            *((f"Flink says: {one_line(refused.message, _WIDTH)}",) if refused is not None else ()),
        ),
        (
            "start TaskManagers, or find out why none registers (`%flink logs`)"
            if none
            else "more TaskManagers, or more taskmanager.numberOfTaskSlots",
            *((f"SET 'parallelism.default' = '{free}';",) if free else ()),
            "end jobs that nobody needs (`%flink jobs --others` shows them)",
        ),
        since=_since(evidence.failures) if refused is not None else look.restarted_at or look.started_at,
    )


def restart_loop(evidence: Evidence) -> Iterator[Finding]:
    failures = _again(evidence)
    if not failures or is_about_checkpoints(_most_common(failures)):
        return
    kind = _most_common(failures)
    where = f"in {one_line(kind.task, _WIDTH)}" + (f" on {kind.host}" if kind.host else "")
    yield Finding(
        "restart-loop",
        Severity.CRITICAL,
        f"it fails again and again: {one_line(kind.message, 100)}",
        (*_history(evidence, failures), *((where,) if kind.task else ())),
        _remedy(kind),
        evidence.clause(*_failing(evidence, kind)),
        _vertex_of(evidence, kind),
        _since(evidence.failures),
    )


def checkpoint_restarts(evidence: Evidence) -> Iterator[Finding]:
    """More checkpoints failed than are tolerated, and each time the job did, too."""
    failures = _again(evidence)
    if not failures or not is_about_checkpoints(_most_common(failures)):
        return
    yield Finding(
        "checkpoint-restarts",
        Severity.CRITICAL,
        "it is restarted again and again because its checkpoints fail",
        _history(evidence, failures),
        (
            "mend the checkpoints, see there",
            "SET 'execution.checkpointing.tolerable-failed-checkpoints' = '10'; keeps it running meanwhile",
        ),
        since=_since(evidence.failures),
    )


def _again(evidence: Evidence) -> list[Failure]:
    """Failures of the last minutes, the newest first; nothing where they are too few for a loop."""
    look = evidence.look
    if look is None or look.state.is_terminal:
        return []
    recent = [each for each in evidence.failures if _is_recent(evidence, each)]
    before, now = evidence.restarts
    goes_on = look.state is not JobState.RUNNING or (before is not None and now is not None and now > before)
    return recent if len(recent) >= (2 if goes_on else _LOOP) else []


def _history(evidence: Evidence, failures: list[Failure]) -> tuple[str, ...]:
    newest, kind, restarts = failures[0], _most_common(failures), evidence.restarts[1]
    many = f"{count(len(failures), 'failure')} in the last {length(evidence.at - failures[-1].at)}"
    lines = [
        many + (f", {restarts:,.0f} restarts since it was submitted" if restarts is not None else ""),
        f"root cause: {one_line(kind.message, _WIDTH)}",
    ]
    if _kind(newest) != _kind(kind):
        lines.append(f"newest: {one_line(newest.message, _WIDTH)}")
    return tuple(lines)


def failed(evidence: Evidence) -> Iterator[Finding]:
    look = evidence.look
    if look is None or look.state is not JobState.FAILED:
        return
    cause = evidence.failures[0] if evidence.failures else None
    where = cause.task if cause is not None else ""
    said = cause.message if cause is not None else evidence.reason or "its cause is not known any more"
    yield Finding(
        "failed",
        Severity.CRITICAL,
        f"it failed: {one_line(said, 100)}",
        (f"root cause: {one_line(said, _WIDTH)}", *([f"in {one_line(where, _WIDTH)}"] if where else [])),
        _remedy(cause) if cause is not None else ("`%flink logs` may still know why",),
        evidence.clause(*_failing(evidence, cause)) if cause is not None else None,
        _vertex_of(evidence, cause) if cause is not None else "",
        cause.at if cause is not None else None,
    )


def not_running(evidence: Evidence) -> Iterator[Finding]:
    """A managed job that shall run, and is not there."""
    if evidence.look is None and evidence.reason:
        yield Finding(
            "not-running",
            Severity.CRITICAL,
            f"it does not run: {one_line(evidence.reason, 100)}",
            (f"its supervisor says: {one_line(evidence.reason, _WIDTH)}",),
            ("`%flink jobs NAME` tells its story, `%flink start NAME` starts it from its newest restore point",),
        )


def _is_recent(evidence: Evidence, failure: Failure) -> bool:
    return evidence.at - failure.at <= RECENT


def _has(failure: Failure, words: tuple[str, ...]) -> bool:
    return any(word in failure.message or word in failure.details for word in words)


def is_about_checkpoints(failure: Failure) -> bool:
    """The job failed because its checkpoints did."""
    return _TIMED_OUT in failure.message or _TIMED_OUT in failure.details


def _kind(failure: Failure) -> tuple[str, str]:
    """What failures of one kind share; messages may hold values of rows. The first frame tells them apart."""
    frame = next((line.strip() for line in failure.details.splitlines() if line.strip().startswith("at ")), "")
    return failure.message.partition(":")[0], frame


def _most_common(failures: list[Failure]) -> Failure:
    """The newest of the kind that there was most often."""
    often = Counter(map(_kind, failures)).most_common(1)[0][0]
    return next(each for each in failures if _kind(each) == often)


def _since(failures: tuple[Failure, ...]) -> datetime:
    """The first of those that came within ten minutes of each other."""
    first = failures[0]
    for each in failures[1:]:
        if first.at - each.at > RECENT:
            break
        first = each
    return first.at


def _remedy(failure: Failure) -> tuple[str, ...]:
    found = list(dict.fromkeys(advice for words, advice in _REMEDIES if _has(failure, (words,))))
    return (*found[:2], "`%flink exceptions` shows the whole stack traces")


def _vertex_of(evidence: Evidence, failure: Failure) -> str:
    """A task is named after its vertex."""
    names = {each.name: each.id for each in evidence.graph.vertices}
    meant = [each for each in names if each and failure.task.startswith(each)]
    return names[max(meant, key=len)] if meant else ""


def _failing(evidence: Evidence, failure: Failure) -> list[Operator]:
    """The operators of the failing task, those first whose generated code is in the stack trace: it has the kind
    of its operator in its class's name, as `StreamExecCalc$12`."""
    vertex = evidence.graph.vertex(_vertex_of(evidence, failure))
    if vertex is None:
        return []
    named = [each for each in vertex.operators if f"StreamExec{each.kind}$" in failure.details]
    others = [each for each in vertex.operators if each not in named and each.kind != "TableSourceScan"]
    return [*reversed(named), *others]
