"""A process of a fake Flink writes its metrics for Prometheus, as Flink 2.3.0's reporter does.

with FakeReporter(jobmanager) as first, FakeReporter(jobmanager, "taskmanager-1") as second:
    jobmanager.configuration |= reporting(first, second)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from fakes.monitoring_processes import JOBMANAGER
from fakes.monitoring_vertices import Value
from fakes.server import FakeServer, Reply, Request

if TYPE_CHECKING:
    from fakes.jobmanager import FakeJobManager

_FACTORY = "org.apache.flink.metrics.prometheus.PrometheusReporterFactory"


def reporting(*reporters: FakeReporter) -> dict[str, str]:
    """The configuration of a cluster whose processes have these."""
    own = "metrics.reporter.prom"
    ports = ",".join(str(each.port) for each in reporters)
    return {"metrics.reporters": "prom", f"{own}.factory.class": _FACTORY, f"{own}.port": ports}


class FakeReporter(FakeServer):
    """A TaskManager's tells of all sub-tasks of all jobs, as if they were in it. `text`: something else instead."""

    def __init__(self, cluster: FakeJobManager, process: str = JOBMANAGER, text: str = "", **server: Any) -> None:
        self.text = text
        self._cluster = cluster
        self._process = process
        super().__init__(**server)

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        return [("scrape", "GET", "/metrics", self._metrics)]

    def _metrics(self, request: Request) -> Reply:
        text = self.text or "".join(f"{line}\n" for line in self._lines())
        return Reply(body=text.encode(), content_type="text/plain; version=0.0.4; charset=utf-8")

    def _lines(self) -> Iterator[str]:
        is_jobmanager = self._process == JOBMANAGER
        scope = "flink_jobmanager" if is_jobmanager else "flink_taskmanager"
        labels = {"host": "127.0.0.1"} if is_jobmanager else {"host": "127.0.0.1", "tm_id": self._process}
        for name, value in self._cluster.metrics.processes.metrics(self._process).items():
            yield from _line(scope, name, value, labels)
        for job_id in self._cluster.running():
            told = self._cluster.metrics.told(job_id)
            of_job = {**labels, "job_id": job_id, "job_name": self._cluster.jobs_by_id[job_id].name}
            if told is None:
                continue
            if is_jobmanager:
                for name, value in told.job.items():
                    yield from _line(f"{scope}_job", name, value, of_job)
                continue
            for vertex, running in self._cluster.metrics.all_vertices(job_id).items():
                parts = running.vertex.parts
                for index, metrics in enumerate(told.vertices.get(vertex, [])):
                    of_task = {**of_job, "task_id": vertex, "task_name": running.vertex.name}
                    of_task["subtask_index"] = str(index)
                    for name, value in metrics.items():
                        yield from _of_task(name, value, of_task, parts)


def _of_task(name: str, value: Value, labels: dict[str, str], parts: list[str]) -> Iterator[str]:
    for part in parts:
        scope = re.sub(r"[ .:,]", "_", part) + "."
        if name.startswith(scope):
            of_operator = {**labels, "operator_name": part}
            yield from _line("flink_taskmanager_job_task_operator", name.removeprefix(scope), value, of_operator)
            return
    yield from _line("flink_taskmanager_job_task", name, value, labels)


def _line(scope: str, name: str, value: Value, labels: dict[str, str]) -> Iterator[str]:
    """What is no number, as a path, is 0."""
    try:
        number = float({"true": 1.0, "false": 0.0}.get(str(value), value))
    except ValueError:
        number = 0.0
    full = _plain(f"{scope}_{name}")
    yield f"# HELP {full} {name} (scope: {scope})"
    yield f"# TYPE {full} gauge"
    told = "".join(f'{key}="{_plain(text)}",' for key, text in labels.items())
    yield f"{full}{{{told}}} {number}"


def _plain(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9:_]", "_", text)
