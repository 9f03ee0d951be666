"""The parallelism of the fake Flink's jobs, where its scheduler is adaptive."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fakes import refusals
from fakes.flinkjobs import VERTEX
from fakes.server import Reply, Request

if TYPE_CHECKING:
    from fakes.jobmanager import FakeJobManager


class Rescaling:
    def __init__(self, cluster: FakeJobManager) -> None:
        self._cluster = cluster

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        path = r"/jobs/(?P<job_id>\w+)/resource-requirements"
        return [("requirements", "GET", path, self._requirements), ("rescale", "PUT", path, self._rescale)]

    def _requirements(self, request: Request, job_id: str) -> Reply:
        job = self._cluster.find(job_id)
        if job is None or job.is_over:
            return Reply(500, refusals.no_such_job(job_id))
        if not self._cluster.adaptive:
            return Reply(500, refusals.rigid())
        bounds = job.requirements or {VERTEX: (1, job.parallelism)}
        return Reply(
            body={
                vertex: {"parallelism": {"lowerBound": lowest, "upperBound": highest}}
                for vertex, (lowest, highest) in bounds.items()
            }
        )

    def _rescale(self, request: Request, job_id: str) -> Reply:
        job = self._cluster.find(job_id)
        if job is None or job.is_over:
            return Reply(500, refusals.no_such_job(job_id))
        if not self._cluster.adaptive:
            return Reply(500, refusals.rigid())
        wanted = {vertex: each["parallelism"] for vertex, each in (request.body or {}).items()}
        for vertex in set(wanted) - {VERTEX}:
            return Reply(400, refusals.handled(f"Job vertex [{vertex}] was not found in the JobGraph."))
        if not wanted:
            return Reply(400, refusals.handled("Request body does not specify resource requirements."))
        with self._cluster.lock:
            job.requirements = {vertex: (each["lowerBound"], each["upperBound"]) for vertex, each in wanted.items()}
            job.parallelism = job.requirements[VERTEX][1]
        return Reply()
