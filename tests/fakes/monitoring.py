"""What a fake JobManager tells of its jobs' insides: graphs, counters, metrics, checkpoints' parts, flame graphs.

with FakeJobManager() as jobmanager:
    job = jobmanager.add_job("orders")
    metrics = jobmanager.metrics
    metrics.vertices(
        job,
        [FakeVertex("Source: t[1] -> Calc[2]", parallelism=2), FakeVertex("GroupAggregate[4] -> out[5]: Writer")],
    )                                                  # edges: one after the other, if they are not given
    metrics.set(job, "GroupAggregate[4]", busy=1.0)    # a vertex: its id, or what its name begins with
    metrics.set(job, "Source", backpressured=0.9, busy=None, more={"Source__t[1].pendingRecords": 7})
    metrics.set(job, "Source", subtasks=[{"records_out": 90}, {"records_out": 10}])   # else all do the same
    metrics.set(job, "GroupAggregate", watermark=1_700_000_000_000)
    jobmanager.clock.advance(60)                       # counters go on, by the rates that were set
    jobmanager.restart_job(job, "java.lang...", task="Source: t[1] -> Calc[2]", subtask=1)
    jobmanager.resume(job)                             # the counters are 0 again, numRestarts is one more
    metrics.vanish(job, "GroupAggregate", "busyTimeMsPerSecond")
    metrics.rename(job, "Source", "Calc[2].numRecordsIn", "Calc[7].numRecordsIn")
    metrics.of_job(job, lastCheckpointFullSize=9_000_000)
    metrics.lazy = True                                # as the real one: see `Metrics`
    metrics.flamegraphs = False
    metrics.processes.add("taskmanager-2", slots=4)
    metrics.processes.set("taskmanager-1", {"Status.JVM.Memory.Heap.Used": 3e9})
    metrics.processes.logs["jobmanager"]["jobmanager.log"] = "2026-11-20 08:00:00,000 INFO  ..."
    metrics.processes.threads["jobmanager"] = {"main": '"main" Id=1 WAITING on ...'}
    checkpoint = jobmanager.checkpointing.complete(job, duration=9000)
    metrics.parts.set(job, checkpoint.id, "GroupAggregate", [{"duration": 9000, "alignment": 8000}, None])
    metrics.parts.configure(job, interval=3000, timeout=60_000)

A job of which nothing was said has one vertex, `flinkjobs.VERTEX`, and does well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fakes import refusals
from fakes.flinkjobs import VERTEX, FakeJob, detail
from fakes.monitoring_checkpoints import CheckpointParts
from fakes.monitoring_processes import Processes
from fakes.monitoring_vertices import FakeVertex, Running, Value
from fakes.server import Reply, Request

if TYPE_CHECKING:
    from fakes.jobmanager import FakeJobManager

__all__ = ["FakeVertex", "Metrics"]

_EVERY = 10.0  # `metrics.fetcher.update-interval`
_FLAME = {
    "name": "root",
    "value": 100,
    "children": [
        {
            "name": "java.lang.Thread.run:840",
            "value": 100,
            "children": [{"name": "StreamExecCalc$12.processElement:-1", "value": 90, "children": []}],
        }
    ],
}
_IO = {
    "read-bytes": "bytes_in",
    "write-bytes": "bytes_out",
    "read-records": "records_in",
    "write-records": "records_out",
}


@dataclass
class _Graph:
    vertices: dict[str, Running]
    edges: list[tuple[str, str, str]]


@dataclass
class _Told:
    """What the store has of a job: the metrics of its sub-tasks by vertex, and its own."""

    vertices: dict[str, list[dict[str, Value]]]
    io: dict[str, list[dict[str, Any]]]
    job: dict[str, Value]


class Metrics:
    """`lazy`: the metrics are those of the last collection. One begins with a request that comes ten seconds or
    more after the one before; that request still sees what was there, and those after `delay` seconds the new ones.
    `samples_wanted`: how often a flame graph is asked for until it is there.
    """

    def __init__(self, cluster: FakeJobManager) -> None:
        self.lazy = False
        self.delay = 0.05
        self.flamegraphs = True
        self.flames: dict[str, dict[str, Any]] = {}
        self.samples_wanted = 1
        self.processes = Processes(cluster, self._touch)
        self.parts = CheckpointParts(cluster, self.find)
        self._cluster = cluster
        self._graphs: dict[str, _Graph] = {}
        self._usual: dict[str, _Graph] = {}
        self._of_jobs: dict[str, dict[str, Value | None]] = {}
        self._store: dict[str, _Told] = {}
        self._coming: dict[str, _Told] = {}
        self._collected = float("-inf")
        self._sampled: dict[tuple[str, str], int] = {}

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        job = r"/jobs/(?P<job_id>\w+)"
        vertex = job + r"/vertices/(?P<vertex>\w+)"
        return [
            ("job metrics", "GET", job + "/metrics", self._job_metrics),
            ("vertex", "GET", vertex, self._vertex),
            ("vertex metrics", "GET", vertex + "/metrics", self._vertex_metrics),
            ("subtask metrics", "GET", vertex + "/subtasks/metrics", self._aggregated),
            ("flamegraph", "GET", vertex + "/flamegraph", self._flamegraph),
            *self.parts.routes(),
            *self.processes.routes(),
        ]

    def vertices(
        self,
        job_id: str,
        vertices: Sequence[FakeVertex],
        edges: Iterable[tuple[str, str] | tuple[str, str, str]] | None = None,
    ) -> None:
        """`edges`: from, to (each the id, or what the name begins with), and how (`HASH`)."""
        if edges is None:
            edges = [(a.id, b.id) for a, b in pairwise(vertices)]
        known = {vertex.id: vertex for vertex in vertices}
        made = [(_found(known, a), _found(known, b), how[0] if how else "HASH") for a, b, *how in edges]
        sources = {source for source, _, _ in made}
        with self._cluster.lock:
            now = self._cluster.clock()
            running = {each.id: Running(each, now, is_sink=each.id not in sources) for each in vertices}
            self._graphs[job_id] = _Graph(running, made)

    def set(
        self, job_id: str, vertex: str, *, subtasks: Sequence[Mapping[str, Any]] | None = None, **doing: Any
    ) -> None:
        """`doing` and each of `subtasks`: fields of `monitoring_vertices.Doing`."""
        with self._cluster.lock:
            self.find(job_id, vertex).change(self._cluster.clock(), subtasks, **doing)

    def of_job(self, job_id: str, **metrics: Value | None) -> None:
        """By Flink's names; None takes one away."""
        self._of_jobs.setdefault(job_id, {}).update(metrics)

    def vanish(self, job_id: str, vertex: str, *names: str) -> None:
        self.set(job_id, vertex, more=dict.fromkeys(names))

    def rename(self, job_id: str, vertex: str, before: str, after: str) -> None:
        self.find(job_id, vertex).renamed[before] = after

    def restart(self, job_id: str) -> None:
        """The tasks are deployed anew: their counters begin at 0. `FakeJobManager.resume` does it."""
        with self._cluster.lock:
            for running in self._graph(job_id).vertices.values():
                running.restart(self._cluster.clock())

    def state(self, job_id: str, state: str) -> None:
        """`FakeJobManager.set_state` tells it: only tasks that run count."""
        for running in self._graph(job_id).vertices.values():
            running.run(self._cluster.clock(), state == "RUNNING")

    def find(self, job_id: str, vertex: str) -> Running:
        vertices = self._graph(job_id).vertices
        return vertices[_found({key: each.vertex for key, each in vertices.items()}, vertex)]

    def all_vertices(self, job_id: str) -> dict[str, Running]:
        return self._graph(job_id).vertices

    def told(self, job_id: str) -> _Told | None:
        """What the store has of a job."""
        self._touch()
        with self._cluster.lock:
            return self._store.get(job_id) if self.lazy else self._collect(job_id)

    def detail(self, job: FakeJob) -> dict[str, Any]:
        """The body of `/jobs/:jobid`."""
        graph, told = self._graph(job.id), self.told(job.id)
        began = max((each.began for each in graph.vertices.values()), default=0.0)
        return {
            **detail(job),
            "now": self._cluster.clock.ms,
            "duration": self._cluster.clock.ms - job.start,
            "timestamps": {"INITIALIZING": job.start, "CREATED": job.start, "RUNNING": int(began * 1000)},
            "vertices": [
                {
                    "id": key,
                    "name": each.vertex.name,
                    "parallelism": each.vertex.parallelism,
                    "maxParallelism": each.vertex.max_parallelism,
                    "status": job.task_state,
                    "start-time": int(each.began * 1000),
                    "tasks": _states(job, each),
                    "metrics": _summed(told.io[key] if told is not None and key in told.io else None),
                }
                for key, each in graph.vertices.items()
            ],
            "plan": {
                "jid": job.id,
                "name": job.name,
                "type": "STREAMING",
                "nodes": [self._node(graph, key) for key in reversed(graph.vertices)],
            },
        }

    def _graph(self, job_id: str) -> _Graph:
        with self._cluster.lock:
            if job_id in self._graphs:
                return self._graphs[job_id]
            job, usual = self._cluster.jobs_by_id[job_id], self._usual.get(job_id)
            if usual is None or usual.vertices[VERTEX].vertex.parallelism != job.parallelism:  # it was rescaled
                only = FakeVertex("Source: src[1] -> out[2]: Writer", job.parallelism, VERTEX)
                usual = _Graph({VERTEX: Running(only, self._cluster.clock(), is_sink=True)}, [])
                self._usual[job_id] = usual
            return usual

    def _node(self, graph: _Graph, key: str) -> dict[str, Any]:
        vertex = graph.vertices[key].vertex
        inputs = [
            {"id": a, "num": number, "exchange": "pipelined_bounded", "ship_strategy": how}
            for number, (a, b, how) in enumerate(graph.edges)
            if b == key
        ]
        node = {
            "id": key,
            "operator": "",
            "parallelism": vertex.parallelism,
            "operator_strategy": "",
            "description": vertex.description,
            "optimizer_properties": {},
        }
        return {**node, "inputs": inputs} if inputs else node

    def _collect(self, job_id: str) -> _Told:
        """As it is now."""
        now, job = self._cluster.clock(), self._cluster.jobs_by_id[job_id]
        vertices, io = {}, {}
        for key, each in self._graph(job_id).vertices.items():
            if job.task == "RUNNING":
                vertices[key] = each.metrics(now)
            if job.task == "RUNNING" or job.is_over:  # of those that are over Flink keeps what was counted
                io[key] = [_io(counted, doing.busy) for counted, doing in each.both(now)]
        return _Told(vertices, io, self._own(job))

    def _own(self, job: FakeJob) -> dict[str, Value]:
        done = [each for each in job.checkpoints if each.status == "COMPLETED"]
        newest = done[-1] if done else None
        found: dict[str, Value | None] = {
            "uptime": self._cluster.clock.ms - job.start,
            "downtime": 0,
            "numRestarts": job.restarts,
            "numberOfCompletedCheckpoints": job.completed,
            "numberOfFailedCheckpoints": job.failed,
            "lastCheckpointSize": newest.size if newest else 0,
            "lastCheckpointFullSize": newest.full_size if newest else 0,
            "lastCheckpointDuration": newest.duration if newest else 0,
            "lastCheckpointExternalPath": newest.path if newest else "n/a",
            **self._of_jobs.get(job.id, {}),
        }
        return {name: value for name, value in found.items() if value is not None}

    def _touch(self) -> None:
        """Somebody asks for metrics."""
        with self._cluster.lock:
            now = self._cluster.clock()
            if not self.lazy:
                return
            if self._coming and now >= self._collected + self.delay:
                self._store, self._coming = self._coming, {}
            if now - self._collected >= _EVERY:
                self._coming = {job: self._collect(job) for job in self._cluster.jobs_by_id}
                self._collected = now
                self.processes.collect()

    def _job_metrics(self, request: Request, job_id: str) -> Reply:
        told = self.told(job_id) if self._cluster.find(job_id) is not None else None
        return plain(request, told.job if told is not None else {})

    def _vertex(self, request: Request, job_id: str, vertex: str) -> Reply:
        job = self._cluster.find(job_id)
        if job is None:
            return Reply(404, refusals.no_job(job_id))
        running = self._graph(job_id).vertices.get(vertex)
        if running is None:
            return Reply(404, refusals.no_vertex(vertex))
        told = self.told(job_id)
        io = told.io.get(vertex) if told is not None else None
        subtasks = [
            {
                "subtask": index,
                "status": doing.state if job.all_run else job.task,
                "attempt": job.restarts,
                "endpoint": "localhost:36333",
                "start-time": int(running.began * 1000),
                "metrics": io[index] if io is not None else _summed(None),
                "taskmanager-id": doing.taskmanager,
            }
            for index, doing in enumerate(running.doing)
        ]
        return Reply(
            body={
                "id": vertex,
                "name": running.vertex.name,
                "parallelism": running.vertex.parallelism,
                "maxParallelism": running.vertex.max_parallelism,
                "now": self._cluster.clock.ms,
                "subtasks": subtasks,
            }
        )

    def _subtasks(self, job_id: str, vertex: str) -> list[dict[str, Value]]:
        told = self.told(job_id) if self._cluster.find(job_id) is not None else None
        return told.vertices.get(vertex, []) if told is not None else []

    def _vertex_metrics(self, request: Request, job_id: str, vertex: str) -> Reply:
        subtasks = enumerate(self._subtasks(job_id, vertex))
        return plain(
            request, {f"{index}.{name}": value for index, each in subtasks for name, value in each.items()}
        )

    def _aggregated(self, request: Request, job_id: str, vertex: str) -> Reply:
        return aggregated(request, self._subtasks(job_id, vertex))

    def _flamegraph(self, request: Request, job_id: str, vertex: str) -> Reply:
        if not self.flamegraphs:
            return Reply(body={"endTimestamp": -2})
        if self._cluster.find(job_id) is None:
            return Reply(404, refusals.no_job(job_id))
        running = self._graph(job_id).vertices.get(vertex)
        if running is None:
            return Reply(404, refusals.handled(f"No vertex with ID '{vertex}' exists."))
        if int(request.query.get("subtaskindex", "0")) >= len(running.doing):
            return Reply(404, refusals.handled(f"Invalid subtask index for vertex {vertex}"))
        asked = self._sampled[job_id, vertex] = self._sampled.get((job_id, vertex), 0) + 1
        if asked <= self.samples_wanted:
            return Reply(body={"endTimestamp": -3})
        return Reply(body={"endTimestamp": self._cluster.clock.ms, "data": self.flames.get(vertex, _FLAME)})


def plain(request: Request, metrics: Mapping[str, Value]) -> Reply:
    """A listing that leaves out what it does not have."""
    if "get" not in request.query:
        return Reply(body=[{"id": name} for name in metrics])
    names = request.query["get"].split(",")
    return Reply(body=[{"id": name, "value": f"{metrics[name]}"} for name in names if name in metrics])


def aggregated(request: Request, each: Sequence[Mapping[str, Value]]) -> Reply:
    """A listing that is empty if it lacks one that is asked for; what is no number is left out."""
    there = sorted(set().union(*each))
    if "get" not in request.query:
        return Reply(body=[{"id": name} for name in there])
    names = request.query["get"].split(",")
    if not set(names) <= set(there):
        return Reply(body=[])
    wanted = request.query.get("agg", "min,max,avg,sum,skew").split(",")
    found = []
    for name in names:
        try:
            numbers = [float(metrics[name]) for metrics in each if name in metrics]
        except ValueError:
            continue
        over = {
            "min": min(numbers),
            "max": max(numbers),
            "avg": sum(numbers) / len(numbers),
            "sum": sum(numbers),
        }
        found.append({"id": name} | {key: _told_number(over[key]) for key in wanted if key in over})
    return Reply(body=found)


def _told_number(value: float) -> Value:
    return "NaN" if value != value else value


def _found(vertices: Mapping[str, FakeVertex], which: str) -> str:
    if which in vertices:
        return which
    found = [key for key, vertex in vertices.items() if vertex.name.startswith(which)]
    if len(found) != 1:
        raise KeyError(f"{which!r} is none of, or several of, {[vertex.name for vertex in vertices.values()]}")
    return found[0]


def _states(job: FakeJob, running: Running) -> dict[str, int]:
    tasks = dict.fromkeys(("CREATED", "SCHEDULED", "DEPLOYING", "INITIALIZING", "RUNNING", "FINISHED",
                           "CANCELING", "CANCELED", "FAILED", "RECONCILING"), 0)  # fmt: skip
    for doing in running.doing:
        tasks[doing.state if job.all_run else job.task] += 1
    return tasks


def _io(counted: Mapping[str, float], busy: float | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, name in _IO.items():
        found |= {key: int(counted[name]), f"{key}-complete": True}
    times = {f"accumulated-{name}-time": int(1000 * counted[name]) for name in ("backpressured", "idle")}
    return {
        **found,
        **times,
        "accumulated-busy-time": "NaN" if busy is None else float(int(1000 * counted["busy"])),
    }


def _summed(each: Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    """Over the sub-tasks; without a report of them all is 0."""
    if each is None:
        none = _io(dict.fromkeys((*_IO.values(), "backpressured", "idle", "busy"), 0.0), 0.0)
        return {key: False if value is True else value for key, value in none.items()}
    return {key: _sum([metrics[key] for metrics in each]) for key in each[0]}


def _sum(values: Sequence[Any]) -> Any:
    if all(value is True for value in values):
        return True
    return "NaN" if "NaN" in values else sum(values)
