"""The JobManager's REST API, as it is looked at: metrics, graphs, failures, logs.

https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/rest_api/
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from flinklab.domain.errors import UsageError
from flinklab.domain.ids import JobId
from flinklab.domain.monitoring import (
    CheckpointSettings,
    CheckpointTask,
    Failure,
    Flame,
    FlameKind,
    JobLook,
    LogFile,
    Machine,
    Spread,
    Subtask,
    ThreadStack,
)
from flinklab.flink.checkpointdetails import CheckpointDetail, Settings, Subtasks, settings_of, slowest_of
from flinklab.flink.jobfailures import Failures, failures_of
from flinklab.flink.jobgraph import Detail, look_of
from flinklab.flink.logfiles import Logs, Threads, logs_of, threads_of, whole_lines
from flinklab.flink.metricnames import MetricNames
from flinklab.flink.metrics import Aggregate, Named, paths, spreads, values
from flinklab.flink.reporters import Reporters, Sought
from flinklab.flink.resource import JobManagerResource, errors_in
from flinklab.flink.subtasks import TaskManager, TaskManagers, Vertex, host_of, machine_of, subtask_of
from flinklab.flink.transport import Transport
from flinklab.ports.monitoring import JOBMANAGER, Scraped

T = TypeVar("T")

FRESH_FOR = 10.0
"""Seconds from one collection of metrics to the next (`metrics.fetcher.update-interval`)."""

# How long is waited for the TaskManagers' answers, in steps: they come within 0.05 to 1 s.
_PAUSES = (0.05, 0.1, 0.2, 0.3, 0.35)
_CPU_TIME = "Status.JVM.CPU.Time"
_AGGREGATES = "&agg=min,max,avg,sum"
_NO_CHECKPOINTS = ("Checkpointing is not enabled", "Checkpointing has not been enabled")
# How a handler says that it has no such process, vertex or checkpoint (any more).
_UNKNOWN = (
    "UnknownTaskExecutorException",
    "NotFoundException",
    "Could not find",
    "No vertex with ID",
    "Invalid subtask index",
)
# What stands in the place of a flame graph's time (`VertexFlameGraph` of flink-runtime).
_TERMINATED, _DISABLED = -1, -2


class _Setting(msgspec.Struct):
    key: str
    value: str


class _Id(msgspec.Struct):
    id: str


class _Ids(msgspec.Struct):
    jobs: list[_Id] = []


class _FlameGraph(msgspec.Struct):
    ended: int = msgspec.field(name="endTimestamp")
    data: Flame | None = None


class RestMonitoring(JobManagerResource):
    """Fulfils `ports.monitoring.Monitoring`. May be used from any thread.

    `shared`: the transport is another one's to close. `clock` counts seconds.
    """

    def __init__(
        self, transport: Transport, *, shared: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(transport)
        self._shared = shared
        self._clock = clock
        self._names = MetricNames(clock)
        self._reporters = Reporters(clock=clock)
        self._fresh_until = float("-inf")
        self._closed = threading.Event()

    def refresh(self) -> None:
        """At once if it was done within the last ten seconds; else up to a second, and as soon as the TaskManagers
        have answered: their summed CPU time became another one, and did not change once more."""
        now = self._clock()
        if now < self._fresh_until:
            return
        before = last = self._cpu_time()
        for pause in _PAUSES:
            if self._closed.wait(pause):
                return
            found = self._cpu_time()
            if found != before and found == last:
                break
            last = found
        self._fresh_until = now + FRESH_FOR

    def look(self, job_id: JobId) -> JobLook | None:
        found = self._get(f"/jobs/{job_id}", Detail)
        if found is None or found.state.is_terminal:
            self._names.forget(job_id)
        else:
            self._names.began(job_id, found.began)
        return look_of(found) if found is not None else None

    def vertex(self, job_id: JobId, vertex: str, names: Collection[str]) -> Mapping[str, Spread]:
        """One request, and one more now and then to learn which metrics there are: Flink gives nothing at all if
        one of those that it is asked for is not there."""
        base = f"/jobs/{job_id}/vertices/{vertex}/subtasks/metrics"
        wanted = self.metric_names(job_id, vertex).intersection(names)
        found, is_missing = self._aggregated(base, wanted)
        if is_missing:
            self._names.doubt(job_id, vertex)
            there = self.metric_names(job_id, vertex).intersection(names)
            if there != wanted:
                found, _ = self._aggregated(base, there)
        return found

    def metric_names(self, job_id: JobId, vertex: str) -> frozenset[str]:
        """Asked for again after 15 s, then after twice as long, up to ten minutes; meanwhile the same object."""
        known = self._names.get(job_id, vertex)
        if known is not None:
            return known
        listed = self._get(f"/jobs/{job_id}/vertices/{vertex}/subtasks/metrics", list[Named])
        return self._names.learn(job_id, vertex, (each.id for each in listed)) if listed else frozenset()

    def subtasks(self, job_id: JobId, vertex: str) -> Sequence[Subtask]:
        found = self._get(f"/jobs/{job_id}/vertices/{vertex}", Vertex)
        return [subtask_of(each) for each in found.subtasks] if found is not None else []

    def subtask_metrics(self, job_id: JobId, vertex: str, names: Collection[str]) -> Mapping[str, dict[int, float]]:
        """As many requests as fit the names of all sub-tasks, and one to learn how many sub-tasks there are."""
        indices = [each.index for each in self.subtasks(job_id, vertex)]
        asked = (f"{index}.{name}" for name in sorted(set(names)) for index in indices)
        by_name: dict[str, dict[int, float]] = {}
        for key, value in self._plain(f"/jobs/{job_id}/vertices/{vertex}/metrics", asked).items():
            index, _, name = key.partition(".")
            by_name.setdefault(name, {})[int(index)] = value
        return by_name

    def job(self, job_id: JobId, names: Collection[str]) -> Mapping[str, float]:
        return self._plain(f"/jobs/{job_id}/metrics", names)

    def machines(self) -> Sequence[Machine]:
        """A request for the list, and one for each, which alone says what runs in it."""
        listed = self._get("/taskmanagers", TaskManagers) or TaskManagers()
        details = ((each, self._find(_of_process(each.id), TaskManager)) for each in listed.taskmanagers)
        return [machine_of(detail or each) for each, detail in details]

    def process(self, process: str, names: Collection[str] = ()) -> Mapping[str, float]:
        base = f"{_of_process(process)}/metrics"
        return self._plain(base, names or (each.id for each in self._find(base, list[Named]) or ()))

    def scrape(self, names: Collection[str] = ()) -> Scraped | None:
        """Two requests to the JobManager, and one to each reporter. Where none is found, nothing is asked for five
        minutes."""
        if self._reporters.is_quiet:
            return None
        listed = self._get("/taskmanagers", TaskManagers) or TaskManagers()
        machines = {each.id: host_of(each) for each in listed.taskmanagers}
        jobs = self._get("/jobs", _Ids) or _Ids()
        sought = Sought(urlsplit(self.url).hostname or "", machines, {JobId(job.id) for job in jobs.jobs})
        return self._reporters.scrape(self.configuration, sought, names)

    def checkpoint_tasks(self, job_id: JobId, checkpoint_id: int) -> Sequence[CheckpointTask]:
        """A request for the checkpoint, and one for each of its vertices."""
        base = f"/jobs/{job_id}/checkpoints/details/{checkpoint_id}"
        checkpoint = self._find(base, CheckpointDetail)
        if checkpoint is None:
            return []
        found = ((vertex, self._find(f"{base}/subtasks/{vertex}", Subtasks)) for vertex in checkpoint.tasks)
        slowest = (slowest_of(vertex, checkpoint, each) for vertex, each in found if each is not None)
        return [task for task in slowest if task is not None]

    def checkpoint_settings(self, job_id: JobId) -> CheckpointSettings | None:
        path = f"/jobs/{job_id}/checkpoints/config"
        reply = self._transport.request("GET", path)
        if reply.status == 404 and any(words in "\n".join(errors_in(reply)) for words in _NO_CHECKPOINTS):
            return CheckpointSettings(interval=None)
        found = self._read(path, reply, Settings)
        return settings_of(found) if found is not None else None

    def failures(self, job_id: JobId, most: int = 20) -> Sequence[Failure]:
        found = self._get(f"/jobs/{job_id}/exceptions?maxExceptions={most}", Failures)
        return failures_of(found) if found is not None else []

    def flame(
        self, job_id: JobId, vertex: str, kind: FlameKind = FlameKind.FULL, subtask: int | None = None
    ) -> Flame | None:
        """What is over, and a sub-task that is not there, has none either."""
        path = f"/jobs/{job_id}/vertices/{vertex}/flamegraph?type={kind.value}"
        found = self._find(path if subtask is None else f"{path}&subtaskindex={subtask}", _FlameGraph)
        if found is not None and found.ended == _DISABLED:
            raise UsageError(
                f"flame graphs are switched off at {self.url}",
                hint="set rest.flamegraph.enabled: true in the cluster's configuration",
            )
        return found.data if found is not None and found.ended != _TERMINATED else None

    def configuration(self) -> Mapping[str, str]:
        settings = self._get("/jobmanager/config", list[_Setting]) or []
        return {setting.key: setting.value for setting in settings}

    def logs(self, process: str) -> Sequence[LogFile]:
        found = self._find(f"{_of_process(process)}/logs", Logs)
        return logs_of(found) if found is not None else []

    def log(self, process: str, name: str = "", *, most: int = 4_000_000) -> str:
        path = f"{_of_process(process)}/logs/{quote(name, safe='')}" if name else f"{_of_process(process)}/log"
        reply = self._transport.tail(path, most)
        if reply.status == 200:
            return whole_lines(reply.body, most)
        if reply.status == 404 and errors_in(reply):
            return ""
        raise self._broken(path, reply)

    def threads(self, process: str) -> Sequence[ThreadStack]:
        found = self._find(f"{_of_process(process)}/thread-dump", Threads)
        return threads_of(found) if found is not None else []

    def close(self) -> None:
        self._closed.set()
        self._reporters.close()
        if not self._shared:
            self._transport.close()

    def _cpu_time(self) -> float | None:
        found = self._get(f"/taskmanagers/metrics?get={_CPU_TIME}{_AGGREGATES}", list[Aggregate])
        by_name = spreads(found or ())
        return by_name[_CPU_TIME].sum if _CPU_TIME in by_name else None

    def _aggregated(self, base: str, names: Iterable[str]) -> tuple[dict[str, Spread], bool]:
        """True: an answer was empty."""
        found: dict[str, Spread] = {}
        is_missing = False
        for path in paths(base, sorted(names), _AGGREGATES):
            listed = self._get(path, list[Aggregate])
            is_missing = is_missing or not listed
            found |= spreads(listed or ())
        return found, is_missing

    def _plain(self, base: str, names: Iterable[str]) -> dict[str, float]:
        found: dict[str, float] = {}
        for path in paths(base, names):
            found |= values(self._find(path, list[Named]) or ())
        return found

    def _find(self, path: str, shape: type[T]) -> T | None:
        """None too for a process, a vertex or a checkpoint that the cluster does not know."""
        reply = self._transport.request("GET", path)
        if reply.status != 200 and any(words in "\n".join(errors_in(reply)) for words in _UNKNOWN):
            return None
        return self._read(path, reply, shape)


def _of_process(process: str) -> str:
    return "/jobmanager" if process == JOBMANAGER else f"/taskmanagers/{quote(process, safe='')}"
