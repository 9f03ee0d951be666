"""The JobManager's REST API, as far as queries need it."""

from __future__ import annotations

from collections import Counter

import msgspec

from flinklab.domain.cluster import ClusterOverview, JobDetail, JobState
from flinklab.domain.ids import JobId
from flinklab.flink.access import Access
from flinklab.flink.resource import JobManagerResource, is_unknown_job
from flinklab.flink.transport import HttpTransport, Transport


class _Overview(msgspec.Struct, rename="kebab"):
    flink_version: str
    taskmanagers: int
    slots_total: int
    slots_available: int
    jobs_running: int


class _Vertex(msgspec.Struct):
    tasks: dict[str, int] = {}


class _Detail(msgspec.Struct):
    jid: str
    name: str
    state: JobState
    vertices: list[_Vertex] = []


class _ExecutionConfig(msgspec.Struct):
    user: dict[str, str] = msgspec.field(name="user-config", default_factory=dict)


class _Config(msgspec.Struct):
    """Without an execution configuration before the job has begun."""

    execution: _ExecutionConfig | None = msgspec.field(name="execution-config", default=None)


class _Status(msgspec.Struct):
    status: JobState


class _Failure(msgspec.Struct):
    stacktrace: str


class _History(msgspec.Struct):
    entries: list[_Failure] = []


class _Exceptions(msgspec.Struct):
    history: _History = msgspec.field(name="exceptionHistory", default_factory=_History)


class RestJobManager(JobManagerResource):
    """Fulfils `ports.JobManager`."""

    def __init__(self, access: Access, *, transport: Transport | None = None) -> None:
        super().__init__(transport if transport is not None else HttpTransport(access))

    @property
    def transport(self) -> Transport:
        """For who asks the same cluster other things."""
        return self._transport

    def ui_link(self, job_id: JobId) -> str:
        """The job's page in Flink's web UI."""
        return f"{self.url}/#/job/running/{job_id}/overview"

    def overview(self) -> ClusterOverview:
        reply = self._transport.request("GET", "/overview")
        if reply.status != 200:
            raise self._stranger(reply)
        found = self._decode(reply, _Overview)
        return ClusterOverview(
            found.flink_version, found.taskmanagers, found.slots_total, found.slots_available, found.jobs_running
        )

    def job(self, job_id: JobId) -> JobDetail | None:
        found = self._get(f"/jobs/{job_id}", _Detail)
        if found is None:
            return None
        tasks: Counter[str] = Counter()
        for vertex in found.vertices:
            tasks.update(vertex.tasks)
        states = {state: count for state, count in tasks.items() if count}
        return JobDetail(JobId(found.jid), found.name, found.state, states)

    def state(self, job_id: JobId) -> JobState | None:
        found = self._get(f"/jobs/{job_id}/status", _Status)
        return found.status if found is not None else None

    def job_parameters(self, job_id: JobId) -> dict[str, str]:
        """Empty for a job that the cluster does not know, and before Flink tells them."""
        return self._told_parameters(job_id) or {}

    def root_cause(self, job_id: JobId) -> str | None:
        found = self._get(f"/jobs/{job_id}/exceptions", _Exceptions)
        return found.history.entries[0].stacktrace if found is not None and found.history.entries else None

    def cancel(self, job_id: JobId) -> None:
        """A job that is over, or that the cluster does not know, is fine."""
        path = f"/jobs/{job_id}?mode=cancel"
        reply = self._transport.request("PATCH", path)
        if reply.status not in (202, 409) and not is_unknown_job(reply):
            raise self._broken(path, reply)

    def close(self) -> None:
        self._transport.close()

    def _told_parameters(self, job_id: JobId) -> dict[str, str] | None:
        """None for a job that the cluster does not know, and before Flink tells them."""
        found = self._get(f"/jobs/{job_id}/config", _Config)
        return found.execution.user if found is not None and found.execution is not None else None
