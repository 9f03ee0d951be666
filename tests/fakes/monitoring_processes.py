"""The processes of a fake Flink: its TaskManagers, the metrics of all of them, their logs and threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from fakes import refusals
from fakes.server import Reply, Request

if TYPE_CHECKING:
    from fakes.jobmanager import FakeJobManager

_GiB = 1 << 30
JOBMANAGER = "jobmanager"
_JVM = {
    "Status.JVM.CPU.Load": 0.1,
    "Status.JVM.ClassLoader.ClassesLoaded": 12754,
    "Status.JVM.ClassLoader.ClassesUnloaded": 14,
    "Status.JVM.GarbageCollector.All.Count": 28,
    "Status.JVM.GarbageCollector.All.Time": 990,
    "Status.JVM.GarbageCollector.All.TimeMsPerSecond": 3.6,
    "Status.JVM.Memory.Direct.MemoryUsed": 11368947,
    "Status.JVM.Memory.Heap.Committed": _GiB,
    "Status.JVM.Memory.Heap.Max": 2 * _GiB,
    "Status.JVM.Memory.Heap.Used": _GiB // 2,
    "Status.JVM.Memory.Metaspace.Max": 402653184,
    "Status.JVM.Memory.Metaspace.Used": 61156048,
    "Status.JVM.Threads.Count": 75,
}
_TASKMANAGER = {
    "Status.Flink.Memory.Managed.Total": 855638016,
    "Status.Flink.Memory.Managed.Used": 0,
    "Status.Shuffle.Netty.TotalMemory": 570425344,
    "Status.Shuffle.Netty.UsedMemory": 1048576,
    "Status.Shuffle.Netty.AvailableMemory": 569376768,
}


@dataclass
class FakeMachine:
    """`metrics`: what was set of them, by Flink's names; None takes one away."""

    id: str
    slots: int
    host: str = "127.0.0.1"
    memory: int = 4 * _GiB
    metrics: dict[str, float | None] = field(default_factory=dict)


class Processes:
    """TaskManagers: as many as `FakeJobManager.taskmanagers` says, with its `slots`, and those that were added."""

    def __init__(self, cluster: FakeJobManager, touch: Callable[[], None]) -> None:
        self.logs: dict[str, dict[str, str]] = {}
        self.threads: dict[str, dict[str, str]] = {}
        self._cluster = cluster
        self._touch = touch
        self._machines: dict[str, FakeMachine] = {}
        self._jobmanager = FakeMachine(JOBMANAGER, 0)
        self._began = cluster.clock()
        self._collected = float("-inf")
        self._before = float("-inf")

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        one = r"/taskmanagers/(?P<process>[^/]+)"
        found: list[tuple[str, str, str, Callable[..., Reply]]] = [
            ("taskmanagers metrics", "GET", "/taskmanagers/metrics", self._aggregated),
            ("taskmanagers", "GET", "/taskmanagers", self._list),
            ("taskmanager", "GET", one, self._one),
        ]
        for base in ("/jobmanager", one):
            found += [
                ("process metrics", "GET", base + "/metrics", self._metrics),
                ("logs", "GET", base + "/logs", self._logs),
                ("log", "GET", base + "/log", self._log),
                ("log file", "GET", base + "/logs/(?P<name>[^/]+)", self._log),
                ("threads", "GET", base + "/thread-dump", self._threads),
            ]
        return found

    def add(self, process: str, *, slots: int = 1, **more: Any) -> None:
        """One more TaskManager. `more`: fields of `FakeMachine`."""
        machines = self.machines()
        machines[process] = FakeMachine(process, slots, **more)
        self._machines = machines
        self._cluster.taskmanagers = len(machines)
        self._cluster.slots = sum(each.slots for each in machines.values())

    def remove(self, process: str) -> None:
        machines = self.machines()
        self._cluster.slots -= machines.pop(process).slots
        self._machines = machines
        self._cluster.taskmanagers = len(machines)

    def set(self, process: str, metrics: Mapping[str, float | None]) -> None:
        machines = self.machines()
        (self._jobmanager if process == JOBMANAGER else machines[process]).metrics.update(metrics)
        self._machines = machines

    def machines(self) -> dict[str, FakeMachine]:
        with self._cluster.lock:
            if not self._machines:
                count = self._cluster.taskmanagers
                slots = self._cluster.slots // count if count else 0
                return {name: FakeMachine(name, slots) for name in (f"taskmanager-{i + 1}" for i in range(count))}
            return dict(self._machines)

    def metrics(self, process: str) -> dict[str, float]:
        """Empty for one that is not there."""
        machine = self._jobmanager if process == JOBMANAGER else self.machines().get(process)
        if machine is None:
            return {}
        found: dict[str, float | None] = {**_JVM, "Status.JVM.CPU.Time": int(self._seen() * 1e8)}
        if process == JOBMANAGER:
            running = len(self._cluster.running())
            found |= {
                "numRegisteredTaskManagers": self._cluster.taskmanagers,
                "numRunningJobs": running,
                "taskSlotsTotal": self._cluster.slots,
                "taskSlotsAvailable": max(0, self._cluster.slots - running),
            }
        else:
            found |= _TASKMANAGER
        found |= machine.metrics
        return {name: value for name, value in found.items() if value is not None}

    def collect(self) -> None:
        """The metrics are being asked for now; they are seen a moment later."""
        self._before, self._collected = self._collected, self._cluster.clock()

    def _seen(self) -> float:
        """The moment of what is told, in seconds of work since the start."""
        metrics, now = self._cluster.metrics, self._cluster.clock()
        if not metrics.lazy:
            return now - self._began
        arrived = now >= self._collected + metrics.delay
        return max(0.0, (self._collected if arrived else self._before) - self._began)

    def _slots(self) -> dict[str, list[str]]:
        """Which job is in which slot: each takes as many as its widest vertex has sub-tasks, as they come."""
        machines = self.machines()
        free = [name for name, machine in machines.items() for _ in range(machine.slots)]
        taken: dict[str, list[str]] = {name: [] for name in machines}
        for job in self._cluster.running():
            vertices = self._cluster.metrics.all_vertices(job).values()
            for _ in range(max((each.vertex.parallelism for each in vertices), default=0)):
                if free:
                    taken[free.pop(0)].append(job)
        return taken

    def _described(self, machine: FakeMachine) -> dict[str, Any]:
        taken = self._slots()[machine.id]
        return {
            "id": machine.id,
            "path": f"pekko.tcp://flink@{machine.host}:45733/user/rpc/taskmanager_0",
            "dataPort": 36333,
            "jmxPort": -1,
            "timeSinceLastHeartbeat": self._cluster.clock.ms,
            "slotsNumber": machine.slots,
            "freeSlots": machine.slots - len(taken),
            "hardware": {"cpuCores": 2, "physicalMemory": 8 * _GiB, "freeMemory": _GiB, "managedMemory": _GiB},
            "memoryConfiguration": {"totalFlinkMemory": machine.memory, "totalProcessMemory": machine.memory},
        }

    def _list(self, request: Request) -> Reply:
        return Reply(body={"taskmanagers": [self._described(each) for each in self.machines().values()]})

    def _one(self, request: Request, process: str) -> Reply:
        machine = self.machines().get(unquote(process))
        if machine is None:
            return Reply(500, refusals.no_taskmanager(process))
        slots = [{"jobId": job, "assignedTasks": 1} for job in self._slots()[machine.id]]
        return Reply(body={**self._described(machine), "allocatedSlots": slots, "metrics": {}})

    def _metrics(self, request: Request, process: str = JOBMANAGER) -> Reply:
        from fakes.monitoring import plain

        self._touch()
        return plain(request, self.metrics(unquote(process)))

    def _aggregated(self, request: Request) -> Reply:
        from fakes.monitoring import aggregated

        self._touch()
        return aggregated(request, [self.metrics(name) for name in self.machines()])

    def _files(self, process: str) -> dict[str, str] | None:
        if process != JOBMANAGER and process not in self.machines():
            return None
        main = "jobmanager.log" if process == JOBMANAGER else "taskmanager.log"
        return {main: "2026-11-20 08:00:00,000 INFO  org.apache.flink.Main [] - up\n", **self.logs.get(process, {})}

    def _logs(self, request: Request, process: str = JOBMANAGER) -> Reply:
        files = self._files(unquote(process))
        if files is None:
            return Reply(404, refusals.handled(f"Could not find TaskExecutor {process}"))
        modified = self._cluster.clock.ms
        listed = [{"name": name, "size": len(text.encode()), "mtime": modified} for name, text in files.items()]
        return Reply(body={"logs": listed})

    def _log(self, request: Request, process: str = JOBMANAGER, name: str = "") -> Reply:
        files = self._files(unquote(process))
        if files is None:
            return Reply(404, refusals.no_file_of(process))
        text = files.get(unquote(name) if name else next(iter(files)))
        if text is None:
            return Reply(404, {"errors": ["This file does not exist in JobManager log dir."]})
        return Reply(body=text.encode(), content_type="text/plain")

    def _threads(self, request: Request, process: str = JOBMANAGER) -> Reply:
        process = unquote(process)
        if process != JOBMANAGER and process not in self.machines():
            return Reply(500, refusals.no_taskmanager(process))
        threads = self.threads.get(process, {"main": '"main" Id=1 WAITING\n\tat java.lang.Object.wait'})
        told = [{"threadName": name, "stringifiedThreadInfo": stack} for name, stack in threads.items()]
        return Reply(body={"threadInfos": told})
