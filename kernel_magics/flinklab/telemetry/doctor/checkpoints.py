"""Rules about checkpoints: failing ones, slow ones, none at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import takewhile

from flinklab.domain.jobs import Checkpoint
from flinklab.domain.monitoring import CheckpointTask
from flinklab.domain.text import count, one_line
from flinklab.telemetry.doctor.evidence import Evidence
from flinklab.telemetry.doctor.figures import length, memory
from flinklab.telemetry.doctor.finding import Finding, Severity
from flinklab.telemetry.doctor.pressure import name_of

_EXPIRED = "expired before completing"
_STORAGE = (
    "IO-problem",
    "IO problem",
    "materialize",
    "storage",
    "Asynchronous task checkpoint failed",
    "FileSystem",
)
_IN_A_ROW = 2
_SLOW = 5.0  # s, at least
_SAME = 4  # checkpoints of which one sub-task was the slowest
_WIDTH = 160


def time_out(evidence: Evidence) -> Iterator[Finding]:
    failed = _failing(evidence)
    if not failed or _kind(failed[0]) != "time-out":
        return
    settings = evidence.settings
    timeout = f"the time-out is {length(settings.timeout)}" if settings is not None else "the time-out is not known"
    yield _failure(
        evidence,
        failed,
        "checkpoints-time-out",
        "do not get done in time",
        (timeout, *_slowest_vertex(evidence, failed[0])),
        (
            "mend what holds the barriers up, if a finding says so",
            "SET 'execution.checkpointing.unaligned.enabled' = 'true'; lets barriers overtake rows",
            "SET 'execution.checkpointing.timeout' = '30 min'; gives them more time",
        ),
    )


def storage(evidence: Evidence) -> Iterator[Finding]:
    failed = _failing(evidence)
    if not failed or _kind(failed[0]) != "storage":
        return
    where = evidence.settings.storage if evidence.settings is not None else ""
    yield _failure(
        evidence,
        failed,
        "checkpoint-storage",
        "cannot be written",
        (f"storage: {where}",) if where else (),
        (
            "look at execution.checkpointing.dir: is it there, may the JobManager and all TaskManagers write to it,"
            " is there space?",
            "the JobManager's log has the whole cause (`%flink logs`)",
        ),
    )


def declined(evidence: Evidence) -> Iterator[Finding]:
    failed = _failing(evidence)
    if not failed or _kind(failed[0]) != "declined":
        return
    yield _failure(
        evidence,
        failed,
        "checkpoints-declined",
        "failed",
        _slowest_vertex(evidence, failed[0]),
        ("`%flink logs --level warn` shows what declined them",),
    )


def none_taken(evidence: Evidence) -> Iterator[Finding]:
    """A job that reads on and takes no checkpoints; a query that a person looks at needs none."""
    if evidence.checkpointing is not False or not evidence.reads or is_query(evidence):
        return
    yield Finding(
        "no-checkpoints",
        Severity.WARNING,
        "it takes no checkpoints: after a failure it begins again with nothing",
        ("execution.checkpointing.interval is not set",),
        ("SET 'execution.checkpointing.interval' = '1 min'; and submit it again",),
    )


def slow_by_delay(evidence: Evidence) -> Iterator[Finding]:
    """Barriers wait behind rows: the longer, the more a job is back-pressured."""
    yield from _slow(
        evidence,
        "start_delay",
        "checkpoint-start-delay",
        "their barriers wait behind rows for {}",
        (
            "mend what holds rows up, if a finding says so",
            "SET 'execution.checkpointing.unaligned.enabled' = 'true'; lets barriers overtake rows",
            "taskmanager.network.memory.buffer-debloat.enabled: true for the cluster keeps fewer rows on their way",
        ),
    )


def slow_by_alignment(evidence: Evidence) -> Iterator[Finding]:
    """Some inputs' barriers come much later than others'."""
    yield from _slow(
        evidence,
        "alignment",
        "checkpoint-alignment",
        "a sub-task waits {} from the first input's barrier to the last one's",
        (
            "SET 'execution.checkpointing.unaligned.enabled' = 'true'; with"
            " 'execution.checkpointing.aligned-checkpoint-timeout' = '10 s'",
            "one input is slower than the others: look for skew",
        ),
    )


def slow_by_sync(evidence: Evidence) -> Iterator[Finding]:
    """Rows stand still while a snapshot is begun."""
    yield from _slow(
        evidence,
        "sync",
        "checkpoint-sync",
        "a sub-task stands still for {} to begin its snapshot",
        (
            "sinks flush their rows in this phase: look at what they write to",
            "rocksdb flushes its tables: faster local disks, state.backend.rocksdb.localdir on an SSD",
        ),
    )


def slow_by_async(evidence: Evidence) -> Iterator[Finding]:
    """Writing the snapshot takes long."""
    yield from _slow(
        evidence,
        "async_",
        "checkpoint-async",
        "a sub-task writes its state for {}",
        (
            "write only what changed: SET 'state.backend.type' = 'rocksdb';"
            " SET 'execution.checkpointing.incremental' = 'true';",
            "a faster storage, or less state: SET 'table.exec.state.ttl' = '1 d';",
        ),
    )


def one_subtask(evidence: Evidence) -> Iterator[Finding]:
    """The same sub-task is the slowest, checkpoint after checkpoint."""
    newest = _slow_one(evidence)
    if newest is None:
        return
    slowest = [max(tasks, key=lambda each: each.duration) for tasks in evidence.tasks.values() if tasks]
    same = list(takewhile(lambda each: _place(each) == _place(slowest[0]), slowest))
    vertex = evidence.vertex(slowest[0].vertex) if slowest else None
    if len(same) < _SAME or vertex is None or vertex.vertex.parallelism < 3:
        return
    others = [each.duration for each in evidence.tasks[newest.checkpoint_id] if each.vertex != same[0].vertex]
    machine = next((each.taskmanager for each in vertex.subtasks if each.index == same[0].subtask), "")
    yield Finding(
        "checkpoint-one-subtask",
        Severity.WARNING,
        f"sub-task {same[0].subtask} of {name_of(vertex)} makes checkpoints slow",
        (
            f"it was the slowest in the last {len(same)}: {length(same[0].duration)},"
            f" {memory(same[0].full_size)} of {memory(newest.full_size)} of state",
            *((f"the slowest of the other vertices: {length(max(others))}",) if others else ()),
            *((f"it runs on {machine}",) if machine else ()),
        ),
        (
            "if its state is larger than the others': look for a hot key",
            "if not: look at the disk of its TaskManager",
        ),
        evidence.clause(*vertex.vertex.operators[::-1]),
        vertex.vertex.id,
    )


def is_query(evidence: Evidence) -> bool:
    """Its rows go to a person and nowhere else."""
    return any("Collect table sink" in each.name for each in evidence.graph.vertices)


def _failing(evidence: Evidence) -> list[Checkpoint]:
    """The newest ones as long as they failed; nothing for less than two.

    The very first may be triggered before all tasks run. Flink then counts a failure, and keeps no record of it.
    """
    periodic = [each for each in evidence.checkpoints if not each.is_savepoint and each.status != "gap"]
    failed = list(takewhile(lambda each: each.status == "failed", periodic))
    return failed if len(failed) >= _IN_A_ROW else []


def _kind(checkpoint: Checkpoint) -> str:
    if _EXPIRED in checkpoint.failure:
        return "time-out"
    return "storage" if any(word in checkpoint.failure for word in _STORAGE) else "declined"


def _failure(
    evidence: Evidence, failed: list[Checkpoint], rule: str, what: str, more: Sequence[str], advice: tuple[str, ...]
) -> Finding:
    completed = next((each for each in evidence.checkpoints if each.status == "completed"), None)
    if completed is not None and completed.triggered_at is not None:
        last = f"the last that was completed is {length(evidence.at - completed.triggered_at)} old"
    else:
        last = "none was completed since it began" if evidence.completed == 0 else "the last ones all failed"
    many = "the last checkpoint" if len(failed) == 1 else f"{count(len(failed), 'checkpoint')} in a row"
    return Finding(
        rule,
        Severity.CRITICAL,
        f"{many} {what}",
        (f"Flink says: {one_line(failed[0].failure, _WIDTH)}", last, *more),
        advice,
        since=failed[-1].triggered_at,
    )


def _slowest_vertex(evidence: Evidence, checkpoint: Checkpoint) -> tuple[str, ...]:
    tasks = evidence.tasks.get(checkpoint.checkpoint_id, ())
    answered = {each.vertex for each in tasks}
    silent = [each for each in evidence.vertices if each.vertex.id not in answered]
    if not tasks or not silent:
        return ()
    return (f"nothing came from {' and '.join(name_of(each) for each in silent)}",)


def _slow_one(evidence: Evidence) -> Checkpoint | None:
    """The newest completed checkpoint, if it took long for the interval in which the next one is due."""
    newest = next(iter(_completed(evidence)), None)
    if newest is None or evidence.settings is None:
        return None
    settings = evidence.settings
    bound = max(min(settings.interval or settings.timeout, settings.timeout / 2), _SLOW)
    return newest if newest.duration >= bound and newest.checkpoint_id in evidence.tasks else None


def _slow(evidence: Evidence, phase: str, rule: str, what: str, advice: tuple[str, ...]) -> Iterator[Finding]:
    newest = _slow_one(evidence)
    tasks = evidence.tasks[newest.checkpoint_id] if newest is not None else ()
    if newest is None or not tasks:
        return
    slowest = max(tasks, key=lambda each: each.duration)
    phases = _phases(slowest)
    if max(phases, key=lambda each: phases[each]) != phase:
        return
    vertex = evidence.vertex(slowest.vertex)
    name = name_of(vertex) if vertex is not None else slowest.vertex[:8]
    yield Finding(
        rule,
        Severity.WARNING,
        f"checkpoints take {length(newest.duration)}: {what.format(length(phases[phase]))}",
        (
            f"slowest: sub-task {slowest.subtask} of {name}, {length(slowest.duration)}: start delay"
            f" {length(slowest.start_delay)}, alignment {length(slowest.alignment)}, sync {length(slowest.sync)},"
            f" async {length(slowest.async_)}",
            f"whole state {memory(newest.full_size)}, written {memory(newest.size)}",
            f"the interval is {_shown(evidence.settings.interval if evidence.settings is not None else None)}",
        ),
        advice,
        evidence.clause(*vertex.vertex.operators[::-1]) if vertex is not None and phase == "sync" else None,
        slowest.vertex,
        _slow_since(evidence, newest),
    )


def _shown(seconds: float | None) -> str:
    return length(seconds) if seconds is not None else "not known"


def _completed(evidence: Evidence) -> list[Checkpoint]:
    return [each for each in evidence.checkpoints if each.status == "completed" and not each.is_savepoint]


def _place(task: CheckpointTask) -> tuple[str, int]:
    return task.vertex, task.subtask


def _phases(task: CheckpointTask) -> dict[str, float]:
    return {"start_delay": task.start_delay, "alignment": task.alignment, "sync": task.sync, "async_": task.async_}


def _slow_since(evidence: Evidence, newest: Checkpoint) -> datetime | None:
    completed = _completed(evidence)
    slow = list(takewhile(lambda each: each.duration >= newest.duration / 2, completed))
    return slow[-1].triggered_at if slow else None
