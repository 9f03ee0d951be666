"""Reading one job: a look at it, one request for each of its vertices, and one for its own metrics."""

from __future__ import annotations

from collections.abc import Mapping, Set

from flinklab.domain.ids import JobId
from flinklab.domain.monitoring import JobVertex, Spread
from flinklab.ports.monitoring import Measured, Scraped
from flinklab.telemetry.sampling import JOB_METRICS, Reading, vertex_metrics


class JobReader:
    """Of one cluster. It keeps in mind what is asked of each vertex: the list of all its metrics is long."""

    def __init__(self, monitoring: Measured) -> None:
        self._monitoring = monitoring
        self._asked: dict[tuple[JobId, str], tuple[frozenset[str], frozenset[str]]] = {}

    def read(self, job_id: JobId, scraped: Scraped | None = None) -> Reading | None:
        """None: the cluster does not know the job. Raises `ConnectionFailedError`."""
        look = self._monitoring.look(job_id)
        if look is None:
            return None
        if scraped is not None:
            found = {vertex.id: scraped.vertices.get((job_id, vertex.id), {}) for vertex in look.graph.vertices}
            return Reading(look, found, scraped.jobs.get(job_id, {}))
        vertices = {vertex.id: self._vertex(job_id, vertex) for vertex in look.graph.vertices}
        return Reading(look, vertices, self._monitoring.job(job_id, JOB_METRICS))

    def forget(self, live: Set[JobId]) -> None:
        """Let go of what is in mind of other jobs than these."""
        for key in [key for key in self._asked if key[0] not in live]:
            del self._asked[key]

    def _vertex(self, job_id: JobId, vertex: JobVertex) -> Mapping[str, Spread]:
        there = self._monitoring.metric_names(job_id, vertex.id)  # listed by the cluster only now and then
        listed, wanted = self._asked.get((job_id, vertex.id), (frozenset(), frozenset()))
        if there is not listed:
            wanted = vertex_metrics(vertex, there)
            self._asked[job_id, vertex.id] = there, wanted
        return self._monitoring.vertex(job_id, vertex.id, wanted) if wanted else {}
