"""The three processes of an embedded Flink."""

from __future__ import annotations

from enum import Enum


class Role(Enum):
    """In the order in which they start; they end in the other order."""

    JOBMANAGER = "jobmanager"
    TASKMANAGER = "taskmanager"
    GATEWAY = "gateway"

    @property
    def title(self) -> str:
        return {"jobmanager": "JobManager", "taskmanager": "TaskManager", "gateway": "SQL Gateway"}[self.value]
