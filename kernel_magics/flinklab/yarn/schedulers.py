"""The leaf queues of what `/scheduler` answers, whichever scheduler it is.

Shapes: `CapacitySchedulerInfo`, `FairSchedulerInfo`, `FifoSchedulerInfo` of Hadoop's ResourceManager.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from flinklab.domain.typed import convert
from flinklab.domain.yarn import Queue
from flinklab.yarn.wire import share

_ROOT = "root"


class _Resource(msgspec.Struct, rename="camel", frozen=True):
    memory: int = 0
    v_cores: int = 0


class _Capacity(msgspec.Struct, rename="camel"):
    queue_name: str
    absolute_capacity: float | None = None
    absolute_max_capacity: float | None = None
    used_capacity: float | None = None
    state: str = "RUNNING"
    resources_used: _Resource = _Resource()
    max_effective_capacity: _Resource = _Resource()
    maximum_allocation: _Resource = _Resource()
    num_active_applications: int = 0
    num_pending_applications: int = 0
    pending_containers: int = 0

    def to_domain(self, path: str) -> Queue:
        return Queue(
            name=self.queue_name.rpartition(".")[2],
            path=path,
            is_running=self.state == "RUNNING",
            capacity=share(self.absolute_capacity),
            max_capacity=share(self.absolute_max_capacity),
            used=share(self.used_capacity),
            memory_used=self.resources_used.memory,
            memory_max=self.max_effective_capacity.memory or None,
            vcores_used=self.resources_used.v_cores,
            running=self.num_active_applications,
            waiting=self.num_pending_applications,
            pending=self.pending_containers,
            largest_memory=self.maximum_allocation.memory or None,
            largest_vcores=self.maximum_allocation.v_cores or None,
        )


class _Fair(msgspec.Struct, rename="camel"):
    """It has no capacity; the memory that is its steady fair share stands for it.

    Whatever its policy shares out, no container is placed where vcores lack (`FSAppAttempt`). So it is in a
    capacity scheduler only with another calculator than the default, and which one it has that does not tell.
    """

    queue_name: str
    used_resources: _Resource = _Resource()
    max_resources: _Resource = _Resource()
    steady_fair_resources: _Resource = _Resource()
    cluster_resources: _Resource = _Resource()
    max_container_allocation: _Resource = _Resource()
    num_active_apps: int = 0
    num_pending_apps: int = 0
    pending_containers: int = 0

    def to_domain(self, path: str) -> Queue:
        whole, most = self.cluster_resources.memory, self.max_resources.memory
        own, used = self.steady_fair_resources.memory, self.used_resources.memory
        return Queue(
            name=path.rpartition(".")[2],
            path=path,
            capacity=own / whole if whole else None,
            max_capacity=min(1.0, most / whole) if whole else None,
            used=used / own if own else None,
            memory_used=used,
            memory_max=min(most, whole) or None,
            vcores_used=self.used_resources.v_cores,
            vcores_max=min(self.max_resources.v_cores, self.cluster_resources.v_cores) or None,
            running=self.num_active_apps,
            waiting=self.num_pending_apps,
            pending=self.pending_containers,
            largest_memory=self.max_container_allocation.memory or None,
            largest_vcores=self.max_container_allocation.v_cores or None,
        )


class _Fifo(msgspec.Struct, rename="camel"):
    """It has one queue, and tells little of it."""

    capacity: float | None = None
    used_capacity: float | None = None
    qstate: str = "RUNNING"

    def to_domain(self) -> Queue:
        # Other than in the capacity scheduler, these are shares and not percent.
        return Queue(
            "default",
            "root.default",
            is_running=self.qstate == "RUNNING",
            capacity=self.capacity,
            max_capacity=self.capacity,
            used=self.used_capacity,
        )


def queues(scheduler: dict[str, Any]) -> list[Queue]:
    """`scheduler`: the object `schedulerInfo`. Raises `msgspec.ValidationError` for what is no such thing."""
    kind = scheduler.get("type", "")
    if kind == "fairScheduler":
        leaves = _leaves(scheduler.get("rootQueue", {}), "childQueues", "")
        return [convert(leaf, _Fair).to_domain(path) for leaf, path in leaves]
    if kind == "fifoScheduler":
        return [convert(scheduler, _Fifo).to_domain()]
    leaves = _leaves({**scheduler, "queueName": _ROOT}, "queues", "")
    return [convert(leaf, _Capacity).to_domain(path) for leaf, path in leaves]


def _leaves(queue: dict[str, Any], below: str, parent: str) -> Iterator[tuple[dict[str, Any], str]]:
    """With their paths, which not every version tells. A fair scheduler's names are paths already."""
    name = queue.get("queuePath") or queue.get("queueName", "")
    path = name if not parent or name.startswith(f"{parent}.") else f"{parent}.{name}"
    children = queue.get(below) or {}
    # Fair schedulers of Hadoop 2 list them without the object between.
    listed = children if isinstance(children, list) else children.get("queue") or []
    for child in listed:
        yield from _leaves(child, below, path)
    if not listed and parent:
        yield queue, path
