"""Sub-tasks and TaskManagers as the JobManager lists them.

Shapes: `JobVertexDetailsInfo`, `TaskManagerInfo` and `TaskManagerDetailsInfo` of flink-runtime (1.17 to 2.3).
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from flinklab.domain.ids import JobId
from flinklab.domain.monitoring import Machine, Subtask
from flinklab.flink.jobgraph import IOMetrics, moment
from flinklab.flink.metrics import number


class _Subtask(msgspec.Struct):
    subtask: int
    status: str = ""
    taskmanager: str = msgspec.field(name="taskmanager-id", default="")
    metrics: IOMetrics = msgspec.field(default_factory=IOMetrics)


class Vertex(msgspec.Struct):
    """The body of `/jobs/:jobid/vertices/:vertexid`."""

    subtasks: list[_Subtask] = []


class _Memory(msgspec.Struct):
    total: int | None = msgspec.field(name="totalProcessMemory", default=None)


class _Slot(msgspec.Struct):
    job: str = msgspec.field(name="jobId")


class TaskManager(msgspec.Struct, rename="camel"):
    """An entry of `/taskmanagers`, or the body of `/taskmanagers/:id`, which alone has the slots.

    `time_since_last_heartbeat` is in truth when that was, in ms since 1970.
    """

    id: str
    path: str = ""
    time_since_last_heartbeat: int = 0
    slots_number: int = 0
    free_slots: int = 0
    memory_configuration: _Memory = msgspec.field(default_factory=_Memory)
    allocated_slots: list[_Slot] = []


class TaskManagers(msgspec.Struct):
    taskmanagers: list[TaskManager] = []


def subtask_of(found: _Subtask) -> Subtask:
    metrics = found.metrics
    return Subtask(
        found.subtask,
        found.status,
        found.taskmanager,
        number(metrics.read_records) or 0.0,
        number(metrics.write_records) or 0.0,
        number(metrics.read_bytes) or 0.0,
        number(metrics.write_bytes) or 0.0,
        (number(metrics.accumulated_backpressured_time) or 0.0) / 1000,
        (number(metrics.accumulated_idle_time) or 0.0) / 1000,
        metrics.busy,
    )


def machine_of(found: TaskManager) -> Machine:
    return Machine(
        found.id,
        host_of(found),
        found.slots_number,
        found.free_slots,
        moment(found.time_since_last_heartbeat),
        max(found.memory_configuration.total or 0, 0),
        tuple(JobId(slot.job) for slot in found.allocated_slots),
    )


def host_of(found: TaskManager) -> str:
    """From an address such as `pekko.tcp://flink@10.0.0.5:45733/user/rpc/taskmanager_0`."""
    try:
        return urlsplit(found.path).hostname or ""
    except ValueError:
        return ""
