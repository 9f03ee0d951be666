"""What a JobManager and a gateway say of themselves and of jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from flinklab.domain.ids import JobId


class JobState(Enum):
    """Flink's `JobStatus`."""

    INITIALIZING = "INITIALIZING"
    CREATED = "CREATED"
    RUNNING = "RUNNING"
    FAILING = "FAILING"
    FAILED = "FAILED"
    CANCELLING = "CANCELLING"
    CANCELED = "CANCELED"
    FINISHED = "FINISHED"
    RESTARTING = "RESTARTING"
    SUSPENDED = "SUSPENDED"
    RECONCILING = "RECONCILING"

    @property
    def is_terminal(self) -> bool:
        """The job is over and will not come back (Flink's `isGloballyTerminalState`)."""
        return self in (JobState.FAILED, JobState.CANCELED, JobState.FINISHED)


@dataclass(frozen=True, slots=True)
class GatewayInfo:
    """`version` is Flink's (`2.3.0`), `api_version` the one that was negotiated (1 to 4)."""

    product: str
    version: str
    api_version: int


@dataclass(frozen=True, slots=True)
class ClusterOverview:
    flink_version: str
    taskmanagers: int
    slots_total: int
    slots_available: int
    jobs_running: int


@dataclass(frozen=True, slots=True)
class JobSummary:
    """One line of the cluster's job list. `start` is aware (UTC), `duration` in seconds.

    `modified`: when its state changed last, so that a restart between two looks is seen. `task_states`: as of
    `JobDetail`.
    """

    id: JobId
    name: str
    state: JobState
    start: datetime
    duration: float
    modified: datetime | None = None
    task_states: dict[str, int] = field(default_factory=dict)

    @property
    def waits_for_slots(self) -> bool:
        return self.state is JobState.RUNNING and are_waiting(self.task_states)


@dataclass(frozen=True, slots=True)
class JobDetail:
    """`task_states` counts sub-tasks by Flink's `ExecutionState` name, zeros left out."""

    id: JobId
    name: str
    state: JobState
    task_states: dict[str, int] = field(default_factory=dict)

    @property
    def waits_for_slots(self) -> bool:
        return self.state is JobState.RUNNING and are_waiting(self.task_states)


_BEFORE_A_SLOT = frozenset({"CREATED", "SCHEDULED"})


def are_waiting(task_states: Mapping[str, int]) -> bool:
    """Tasks without a slot, and none that has, or had, one: Flink calls such a job RUNNING, too, and gives up after
    `slot.request.timeout`, which is five minutes."""
    return bool(task_states) and _BEFORE_A_SLOT.issuperset(task_states)
