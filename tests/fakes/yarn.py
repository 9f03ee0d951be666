"""What the fake ResourceManagers of one YARN cluster know: applications, their attempts, queues, nodes."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

FLINK = "Apache Flink"
_OVER = ("FINISHED", "FAILED", "KILLED")
_FINAL = {"FINISHED": "SUCCEEDED", "FAILED": "FAILED", "KILLED": "KILLED"}


def _now() -> int:
    return int(time.time() * 1000)


@dataclass
class FakeApplication:
    """`jobmanager`: the URL of its JobManager, which the report gives as host and port. Memory in MiB.

    `attempt`: the number of the ApplicationMaster that runs (last). `pending`: containers that it waits for.
    """

    id: str
    name: str
    type: str = FLINK
    user: str = "ann"
    queue: str = "root.default"
    state: str = "RUNNING"
    final_status: str = "UNDEFINED"
    tags: tuple[str, ...] = ()
    jobmanager: str | None = None
    attempt: int = 1
    memory: int = 1792
    vcores: int = 2
    containers: int = 2
    pending: int = 0
    priority: int = 0
    diagnostics: str = ""
    started: int = field(default_factory=_now)
    ended: int = 0

    @property
    def is_over(self) -> bool:
        return self.state in _OVER

    def report(self, web: str, *, requests: bool = False) -> dict[str, Any]:
        """`requests`: with the containers that it waits for."""
        registered = self.state == "RUNNING" and self.jobmanager is not None
        holds = -1 if self.is_over else 1
        report: dict[str, Any] = {
            "id": self.id,
            "user": self.user,
            "name": self.name,
            "queue": self.queue,
            "state": self.state,
            "finalStatus": self.final_status,
            "progress": 100.0,
            "trackingUI": "ApplicationMaster" if registered else "UNASSIGNED",
            "diagnostics": self.diagnostics,
            "clusterId": int(self.id.split("_")[1]),
            "applicationType": self.type,
            "applicationTags": ",".join(self.tags),
            "priority": self.priority,
            "startedTime": self.started,
            "finishedTime": self.ended,
            "elapsedTime": (self.ended or _now()) - self.started,
            "allocatedMB": -1 if holds < 0 else self.memory,
            "allocatedVCores": -1 if holds < 0 else self.vcores,
            "runningContainers": -1 if holds < 0 else self.containers,
            "queueUsagePercentage": 0.0 if holds < 0 else 25.0,
            "clusterUsagePercentage": 0.0 if holds < 0 else 12.5,
        }
        if registered:
            report["trackingUrl"] = f"{web}/proxy/{self.id}/"
            report["amHostHttpAddress"] = "localhost:8042"
            report["amRPCAddress"] = urlsplit(self.jobmanager or "").netloc
        elif self.is_over:
            report["trackingUrl"] = f"{web}/cluster/app/{self.id}"
        if requests and self.pending:
            waits = {
                "numContainers": self.pending,
                "resourceName": "*",
                "capability": {"memory": 1024, "vCores": 1},
            }
            report["resourceRequests"] = [waits, {**waits, "resourceName": "/default-rack"}]
        return report

    def attempts(self) -> list[dict[str, Any]]:
        numbers = self.id.removeprefix("application_")
        return [
            {
                "id": number,
                "startTime": self.started + number,
                "containerId": f"container_{numbers}_{number:02d}_000001",
                "nodeId": "localhost:8041",
                "nodeHttpAddress": "localhost:8042",
                "appAttemptId": f"appattempt_{numbers}_{number:06d}",
            }
            for number in range(1, self.attempt + 1)
        ]


@dataclass
class FakeQueue:
    """`capacity` and `max_capacity` in percent of the cluster, `used` in percent of `capacity`. Memory in MiB.

    `largest`: memory and vcores of one container.
    """

    path: str
    capacity: float = 100.0
    max_capacity: float = 100.0
    used: float = 0.0
    memory_used: int = 0
    memory_max: int = 8192
    vcores_used: int = 0
    pending: int = 0
    state: str = "RUNNING"
    largest: tuple[int, int] = (4096, 4)

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


class FakeYarn:
    """`scheduler` is `capacity` or `fair`. `on_end` is told of every application that ends."""

    def __init__(self) -> None:
        self.started = _now()
        self.hadoop_version = "3.4.1"
        self.applications: dict[str, FakeApplication] = {}
        self.queues = [FakeQueue("root.default", 50.0, 100.0), FakeQueue("root.etl", 50.0, 100.0)]
        self.scheduler = "capacity"
        self.max_priority = 0
        self.nodes, self.memory, self.vcores = 1, 8192, 16
        self.on_end: list[Callable[[FakeApplication], None]] = []
        self.lock = threading.RLock()
        self._numbers = itertools.count(1)

    def add(self, name: str, **fields: Any) -> FakeApplication:
        """Submitted and, unless `state` says otherwise, running. `fields`: of `FakeApplication`."""
        with self.lock:
            application = FakeApplication(f"application_{self.started}_{next(self._numbers):04d}", name, **fields)
            if application.is_over and application.final_status == "UNDEFINED":
                application.final_status = _FINAL[application.state]
            self.applications[application.id] = application
            return application

    def end(
        self,
        application: FakeApplication,
        state: str = "FINISHED",
        final_status: str | None = None,
        diagnostics: str = "",
    ) -> None:
        """It is over: `FINISHED`, `FAILED` or `KILLED`, with the final status that goes with it unless another."""
        with self.lock:
            application.state = state
            application.final_status = final_status or _FINAL[state]
            application.diagnostics = diagnostics
            application.ended = _now()
        for told in list(self.on_end):
            told(application)

    def move(self, application: FakeApplication, jobmanager: str | None) -> None:
        """A new attempt whose JobManager is elsewhere; None: it has not registered yet."""
        with self.lock:
            application.attempt += 1
            application.jobmanager = jobmanager

    def forget(self, application: FakeApplication) -> None:
        """As a ResourceManager does that started anew without recovery, or that has had too many since."""
        with self.lock:
            del self.applications[application.id]

    def queue(self, name: str) -> FakeQueue | None:
        """By its path or its last name."""
        return next((each for each in self.queues if name in (each.path, each.name)), None)

    def metrics(self) -> dict[str, Any]:
        held = [each for each in self.applications.values() if each.state == "RUNNING"]
        used = sum(each.memory for each in held)
        return {
            "appsPending": sum(each.state == "ACCEPTED" for each in self.applications.values()),
            "appsRunning": len(held),
            "totalMB": self.memory,
            "availableMB": self.memory - used,
            "totalVirtualCores": self.vcores,
            "availableVirtualCores": self.vcores - sum(each.vcores for each in held),
            "activeNodes": self.nodes,
            "containersPending": sum(each.pending for each in held),
        }

    def scheduler_info(self) -> dict[str, Any]:
        if self.scheduler == "capacity":
            queues = [self._capacity(each) for each in self.queues]
            return {"type": "capacityScheduler", "queueName": "root", "queues": {"queue": _tree(queues)}}
        leaves = [self._fair(each) for each in self.queues]
        return {
            "type": "fairScheduler",
            "rootQueue": {"queueName": "root", "childQueues": {"queue": leaves}, "numPendingApps": 0},
        }

    def _counts(self, queue: FakeQueue) -> tuple[int, int]:
        inside = [each for each in self.applications.values() if each.queue == queue.path]
        return sum(each.state == "RUNNING" for each in inside), sum(each.state == "ACCEPTED" for each in inside)

    def _capacity(self, queue: FakeQueue) -> dict[str, Any]:
        running, waiting = self._counts(queue)
        return {
            "type": "capacitySchedulerLeafQueueInfo",
            "queueName": queue.name,
            "queuePath": queue.path,
            "capacity": queue.capacity,
            "absoluteCapacity": queue.capacity,
            "absoluteMaxCapacity": queue.max_capacity,
            "usedCapacity": queue.used,
            "state": queue.state,
            "resourcesUsed": {"memory": queue.memory_used, "vCores": queue.vcores_used},
            "maxEffectiveCapacity": {"memory": queue.memory_max, "vCores": self.vcores},
            "numActiveApplications": running,
            "numPendingApplications": waiting,
            "pendingContainers": queue.pending,
            "maximumAllocation": {"memory": queue.largest[0], "vCores": queue.largest[1]},
        }

    def _fair(self, queue: FakeQueue) -> dict[str, Any]:
        running, waiting = self._counts(queue)
        return {
            "type": "fairSchedulerLeafQueueInfo",
            "queueName": queue.path,
            "usedResources": {"memory": queue.memory_used, "vCores": queue.vcores_used},
            "maxResources": {"memory": queue.memory_max, "vCores": self.vcores},
            "steadyFairResources": {"memory": int(self.memory * queue.capacity / 100), "vCores": 0},
            "maxContainerAllocation": {"memory": queue.largest[0], "vCores": queue.largest[1]},
            "clusterResources": {"memory": self.memory, "vCores": self.vcores},
            "pendingContainers": queue.pending,
            "numActiveApps": running,
            "numPendingApps": waiting,
        }


def _tree(leaves: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leaves under the queues that their paths name, as a capacity scheduler lists them."""
    return list(_branch(leaves, 1))


def _branch(leaves: list[dict[str, Any]], depth: int) -> Iterator[dict[str, Any]]:
    by_name: dict[str, list[dict[str, Any]]] = {}
    for leaf in leaves:
        by_name.setdefault(leaf["queuePath"].split(".")[depth], []).append(leaf)
    for name, below in by_name.items():
        if len(below) == 1 and below[0]["queuePath"].count(".") == depth:
            yield below[0]
        else:
            path = ".".join([*below[0]["queuePath"].split(".")[:depth], name])
            yield {"queueName": name, "queuePath": path, "queues": {"queue": list(_branch(below, depth + 1))}}
