"""A job of the fake Flink, and how its JobManager tells of it (JSON of Flink 2.3.0, shortened)."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

TERMINAL = ("FINISHED", "CANCELED", "FAILED")
VERTEX = "cbc357ccb763df2852fee8c4fc7d55f2"
_EXCEPTIONS = 16  # `web.exception-history-size`
_TASK_STATES = (
    "CREATED", "SCHEDULED", "DEPLOYING", "INITIALIZING", "RUNNING",
    "FINISHED", "CANCELING", "CANCELED", "FAILED", "RECONCILING",
)  # fmt: skip


@dataclass
class Failure:
    """`at` in ms. `task`: a vertex' name; `subtask`, from 0, of `parallelism`, at its `execution`.

    `suppressed`: the job was not restarted after it."""

    stacktrace: str
    at: int
    task: str = ""
    taskmanager: str = ""
    suppressed: bool = False
    subtask: int = 0
    parallelism: int = 1
    execution: int = 0


@dataclass
class FakeCheckpoint:
    """Times in ms, sizes in bytes. `operators`: whose state is in it."""

    id: int
    status: str = "COMPLETED"
    is_savepoint: bool = False
    format: str | None = None
    kind: str = "CHECKPOINT"
    triggered: int = 0
    duration: int = 40
    size: int = 5756
    full_size: int = 5756
    processed: int = 0
    persisted: int = 0
    path: str = ""
    discarded: bool = False
    failure: str = ""
    operators: frozenset[str] = frozenset()

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "className": self.status.lower(),
            "id": self.id,
            "status": self.status,
            "is_savepoint": self.is_savepoint,
            "savepointFormat": self.format,
            "trigger_timestamp": self.triggered,
            "latest_ack_timestamp": -1 if self.failure else self.triggered + self.duration,
            "checkpointed_size": self.size,
            "state_size": self.full_size,
            "end_to_end_duration": self.duration,
            "alignment_buffered": 0,
            "processed_data": self.processed,
            "persisted_data": self.persisted,
            "num_subtasks": 2,
            "num_acknowledged_subtasks": 0 if self.failure else 2,
            "checkpoint_type": self.kind,
            "tasks": {},
        }
        if self.status == "COMPLETED":
            return {**found, "external_path": self.path, "discarded": self.discarded}
        if self.status == "FAILED":
            failed_at = self.triggered + self.duration
            return {**found, "failure_timestamp": failed_at, "failure_message": self.failure}
        return found


@dataclass
class FakeJob:
    """`task_state` is what its sub-tasks show, `hidden` how many requests say 404 before the job appears.

    `hidden_until` (by the clock): it does, like all after a restart of a JobManager with high availability.
    `operators`: those that have state, as its plan names them. `next_checkpoint`: ids go on where a restored one
    left off. `never_completes`: its checkpoints all fail. `takes_checkpoints`: False for a batch
    job. `checkpoints`: the last hundred. `restarts`: how often Flink began it anew after a failure.
    """

    id: str
    name: str
    state: str = "RUNNING"
    task_state: str = "RUNNING"
    parallelism: int = 1
    parameters: dict[str, str] = field(default_factory=dict)
    hidden: int = 0
    cancels: int = 0
    start: int = field(default_factory=lambda: int(time.time() * 1000))
    config: dict[str, str] = field(default_factory=dict)
    operators: frozenset[str] = frozenset()
    restored: FakeCheckpoint | None = None
    checkpoints: list[FakeCheckpoint] = field(default_factory=list)
    completed: int = 0
    failed: int = 0
    next_checkpoint: int = 1
    never_completes: bool = False
    takes_checkpoints: bool = True
    failures: list[Failure] = field(default_factory=list)
    requirements: dict[str, tuple[int, int]] = field(default_factory=dict)
    hidden_until: float = 0.0
    modified: int = 0
    checkpointed_at: float | None = None
    restarts: int = 0

    @property
    def is_over(self) -> bool:
        return self.state in TERMINAL

    @property
    def all_run(self) -> bool:
        return self.state == "RUNNING" and self.task_state == "RUNNING"

    @property
    def task(self) -> str:
        return {"CANCELLING": "CANCELING", "RESTARTING": "CANCELED"}.get(self.task_state, self.task_state)


def summary(job: FakeJob, now: int) -> dict[str, Any]:
    """A line of `/jobs/overview`."""
    tasks = {state.lower(): 0 for state in _TASK_STATES}
    tasks[job.task.lower()] = job.parallelism
    return {
        "jid": job.id,
        "name": job.name,
        "jobType": "STREAMING",
        "schedulerType": "Default",
        "start-time": job.start,
        "end-time": job.modified if job.is_over else -1,
        "duration": now - job.start,
        "state": job.state,
        "last-modification": job.modified or job.start,
        "tasks": {"total": job.parallelism, **tasks},
        "pending-operators": 0,
    }


def detail(job: FakeJob) -> dict[str, Any]:
    """What `/jobs/:jobid` says of the job itself."""
    return {
        "jid": job.id,
        "name": job.name,
        "state": job.state,
        "start-time": job.start,
        "status-counts": {job.task_state: 1},
    }


def exceptions(job: FakeJob, most: int) -> dict[str, Any]:
    """`/jobs/:jobid/exceptions`, the newest first."""
    kept = job.failures[:_EXCEPTIONS]
    entries = [_entry(failure) for failure in kept[:most]]
    return {"exceptionHistory": {"entries": entries, "truncated": len(kept) > most}}


def _entry(failure: Failure) -> dict[str, Any]:
    of_task = {
        "exceptionName": re.split(r"[:\n]", failure.stacktrace)[0],
        "stacktrace": failure.stacktrace,
        "timestamp": failure.at,
        "failureLabels": {},
    }
    if failure.task:
        of_task["taskName"] = (
            f"{failure.task} ({failure.subtask + 1}/{failure.parallelism}) - execution #{failure.execution}"
        )
        of_task |= {"endpoint": "localhost:45713", "taskManagerId": failure.taskmanager}
    if not (failure.suppressed and failure.task):
        return {**of_task, "concurrentExceptions": []}
    name = "org.apache.flink.runtime.JobException"
    words = "Recovery is suppressed by FixedDelayRestartBackoffTimeStrategy(maxNumberRestartAttempts=2)"
    return {
        "exceptionName": name,
        "stacktrace": f"{name}: {words}\n\tat ...\nCaused by: {failure.stacktrace}",
        "timestamp": failure.at,
        "failureLabels": {},
        "concurrentExceptions": [of_task],
    }
