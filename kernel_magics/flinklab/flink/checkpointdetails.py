"""A checkpoint's sub-tasks, and how a job takes checkpoints, as the JobManager tells it.

Shapes: `CheckpointStatistics`, `TaskCheckpointStatisticsWithSubtaskDetails` and `CheckpointConfigInfo` of
flink-runtime (1.17 to 2.3). Times are milliseconds.
"""

from __future__ import annotations

import msgspec

from flinklab.domain.monitoring import CheckpointSettings, CheckpointTask

# What the coordinator is told where a job takes checkpoints only when it is asked for one (`Long.MAX_VALUE`).
_NEVER = 2**63 - 1


class CheckpointDetail(msgspec.Struct):
    """The body of `/jobs/:jobid/checkpoints/details/:checkpointid`. `tasks`: by vertex."""

    duration: int = msgspec.field(name="end_to_end_duration", default=0)
    tasks: dict[str, msgspec.Raw] = {}


class _Phases(msgspec.Struct):
    sync: int = 0
    async_: int = msgspec.field(name="async", default=0)


class _Alignment(msgspec.Struct):
    duration: int = 0


class _Subtask(msgspec.Struct):
    """One that did not answer has an index only."""

    index: int
    status: str = ""
    duration: int = msgspec.field(name="end_to_end_duration", default=-1)
    written: int | None = msgspec.field(name="checkpointed_size", default=None)
    state_size: int = 0
    phases: _Phases = msgspec.field(name="checkpoint", default_factory=_Phases)
    alignment: _Alignment = msgspec.field(default_factory=_Alignment)
    start_delay: int = 0


class Subtasks(msgspec.Struct):
    """The body of `.../details/:checkpointid/subtasks/:vertexid`."""

    subtasks: list[_Subtask] = []


class Settings(msgspec.Struct):
    """The body of `/jobs/:jobid/checkpoints/config`."""

    interval: int = _NEVER
    timeout: int = 0
    min_pause: int = 0
    unaligned_checkpoints: bool = False
    tolerable_failed_checkpoints: int = 0
    state_backend: str | None = None
    checkpoint_storage: str | None = None


def slowest_of(vertex: str, checkpoint: CheckpointDetail, found: Subtasks) -> CheckpointTask | None:
    """One that did not answer took as long as the checkpoint did until it ended, or until now."""
    tasks = [_task(vertex, each, checkpoint.duration) for each in found.subtasks]
    return max(tasks, key=lambda task: task.duration, default=None)


def settings_of(found: Settings) -> CheckpointSettings:
    return CheckpointSettings(
        found.interval / 1000 if 0 < found.interval < _NEVER else None,
        found.timeout / 1000,
        found.min_pause / 1000,
        found.unaligned_checkpoints,
        found.tolerable_failed_checkpoints,
        found.state_backend or "",
        found.checkpoint_storage or "",
    )


def _task(vertex: str, found: _Subtask, ended_after: int) -> CheckpointTask:
    duration = found.duration if found.duration >= 0 else max(ended_after, 0)
    return CheckpointTask(
        vertex,
        found.index,
        duration / 1000,
        max(found.phases.sync, 0) / 1000,
        max(found.phases.async_, 0) / 1000,
        max(found.alignment.duration, 0) / 1000,
        max(found.start_delay, 0) / 1000,
        found.state_size if found.written is None else found.written,
        found.state_size,
    )
