"""A job's checkpoints as the JobManager tells them.

Shapes: `CheckpointingStatistics` and `CheckpointStatistics` of flink-runtime (1.17 to 2.3). Times are milliseconds.
"""

from __future__ import annotations

from datetime import datetime, timezone

import msgspec

from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Checkpoint
from flinklab.ports.jobs import CheckpointHistory

# What `external_path` says of a checkpoint that lies in the JobManager's memory (`CheckpointStatistics`).
_NOWHERE = "<checkpoint-not-externally-addressable>"
_STATUS = {"COMPLETED": "completed", "FAILED": "failed"}


class _Counts(msgspec.Struct):
    total: int = 0
    completed: int = 0


class _Checkpoint(msgspec.Struct):
    id: int
    status: str
    is_savepoint: bool = False
    format: str | None = msgspec.field(name="savepointFormat", default=None)
    triggered: int = msgspec.field(name="trigger_timestamp", default=0)
    duration: int = msgspec.field(name="end_to_end_duration", default=0)
    # Of what this one wrote; Flink before 1.15 has `state_size` alone.
    written: int | None = msgspec.field(name="checkpointed_size", default=None)
    state_size: int = 0
    processed_data: int = 0
    persisted_data: int = 0
    external_path: str | None = None
    discarded: bool = False
    failure_message: str | None = None


class _Restored(msgspec.Struct):
    id: int = 0
    external_path: str | None = None


class _Latest(msgspec.Struct):
    completed: _Checkpoint | None = None
    savepoint: _Checkpoint | None = None
    failed: _Checkpoint | None = None
    restored: _Restored | None = None


class Statistics(msgspec.Struct):
    """The body of `/jobs/:jobid/checkpoints`."""

    counts: _Counts = msgspec.field(default_factory=_Counts)
    latest: _Latest = msgspec.field(default_factory=_Latest)
    history: list[_Checkpoint] = []


def history_of(job_id: JobId, found: Statistics) -> CheckpointHistory:
    """Those that came to an end. The list keeps the last ten of all kinds, so that it may have lost the last
    savepoint, which `latest` still names."""
    latest = found.latest
    seen = {each.id: each for each in (latest.completed, latest.savepoint, latest.failed) if each is not None}
    seen.update((each.id, each) for each in found.history)
    ended = (seen[number] for number in sorted(seen, reverse=True) if seen[number].status in _STATUS)
    restored = latest.restored or _Restored()
    return CheckpointHistory(
        tuple(_checkpoint(job_id, each) for each in ended),
        found.counts.completed,
        found.counts.total,
        restored.external_path or "",
        oldest=min((each.id for each in found.history), default=0),
        restored_id=restored.id,
    )


def _checkpoint(job_id: JobId, found: _Checkpoint) -> Checkpoint:
    is_kept = found.external_path is not None and found.external_path != _NOWHERE and not found.discarded
    return Checkpoint(
        job_id,
        found.id,
        _STATUS[found.status],
        is_savepoint=found.is_savepoint,
        triggered_at=datetime.fromtimestamp(found.triggered / 1000, timezone.utc),
        duration=max(found.duration, 0) / 1000,  # -1 where no sub-task ever answered
        size=found.state_size if found.written is None else found.written,
        full_size=found.state_size,
        processed=found.processed_data,
        persisted=found.persisted_data,
        path=(found.external_path or "") if is_kept else "",
        format=found.format or "",
        trigger="" if found.is_savepoint else "periodic",
        failure=found.failure_message or "",
    )
