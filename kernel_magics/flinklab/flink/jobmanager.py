"""The JobManager's REST API, as far as queries need it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TypeVar

import msgspec

from flinklab.domain.cluster import ClusterOverview, JobDetail, JobState, JobSummary
from flinklab.domain.errors import BrokenReplyError, ConnectionFailedError, NotAGatewayError
from flinklab.domain.ids import JobId
from flinklab.flink.access import Access
from flinklab.flink.causes import root_message
from flinklab.flink.negotiation import describe
from flinklab.flink.transport import HttpTransport, Reply, Transport
from flinklab.flink.wire import Errors

T = TypeVar("T")


class _Overview(msgspec.Struct, rename="kebab"):
    flink_version: str
    taskmanagers: int
    slots_total: int
    slots_available: int
    jobs_running: int


class _Job(msgspec.Struct):
    jid: str
    name: str
    state: JobState
    start: int = msgspec.field(name="start-time")
    duration: int
    modified: int = msgspec.field(name="last-modification")


class _Jobs(msgspec.Struct):
    jobs: list[_Job]


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
    execution: _ExecutionConfig = msgspec.field(name="execution-config", default_factory=_ExecutionConfig)


class _Status(msgspec.Struct):
    status: JobState


class _Failure(msgspec.Struct):
    stacktrace: str


class _History(msgspec.Struct):
    entries: list[_Failure] = []


class _Exceptions(msgspec.Struct):
    history: _History = msgspec.field(name="exceptionHistory", default_factory=_History)


class RestJobManager:
    """Fulfils `ports.JobManager`."""

    def __init__(self, access: Access, *, transport: Transport | None = None) -> None:
        self._transport = transport if transport is not None else HttpTransport(access)

    @property
    def url(self) -> str:
        return self._transport.url

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

    def jobs(self) -> Sequence[JobSummary]:
        found = self._get("/jobs/overview", _Jobs)
        return [
            JobSummary(
                JobId(job.jid),
                job.name,
                job.state,
                datetime.fromtimestamp(job.start / 1000, timezone.utc),
                job.duration / 1000,
                datetime.fromtimestamp(job.modified / 1000, timezone.utc),
            )
            for job in (found.jobs if found is not None else ())
        ]

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
        """Empty for a job that the cluster does not know."""
        found = self._get(f"/jobs/{job_id}/config", _Config)
        return found.execution.user if found is not None else {}

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

    def _get(self, path: str, shape: type[T]) -> T | None:
        """None when the cluster does not know the job."""
        return self._read(path, self._transport.request("GET", path), shape)

    def _read(self, path: str, reply: Reply, shape: type[T]) -> T | None:
        if reply.status == 200:
            return self._decode(reply, shape)
        if is_unknown_job(reply):
            return None
        raise self._broken(path, reply)

    def _decode(self, reply: Reply, shape: type[T]) -> T:
        try:
            return msgspec.json.decode(reply.body, type=shape)
        except msgspec.DecodeError:
            raise self._stranger(reply) from None

    def _broken(self, path: str, reply: Reply) -> ConnectionFailedError:
        errors = errors_in(reply)
        if not errors or reply.status == 404:
            return self._stranger(reply)
        message = f"the JobManager at {self.url} answered HTTP {reply.status}: {root_message(errors[-1])}"
        return BrokenReplyError(message, url=self.url + path, details="\n".join(errors))

    def _stranger(self, reply: Reply) -> ConnectionFailedError:
        details = reply.body[:4000].decode("utf-8", "replace")
        errors = errors_in(reply)
        if reply.status >= 500:
            message = f"the JobManager at {self.url} answered HTTP {reply.status}"
            return BrokenReplyError(message, url=self.url, details=details)
        hint = "give the JobManager's REST address; it is usually on port 8081"
        if errors and errors[0].startswith("Not found: /"):
            return NotAGatewayError(
                f"{self.url} is a SQL Gateway, not a JobManager", url=self.url, hint=hint, details=details
            )
        message = f"{self.url} is no Flink JobManager: {describe(reply)}"
        return NotAGatewayError(message, url=self.url, hint=hint, details=details)


def errors_in(reply: Reply) -> list[str]:
    """What Flink's REST servers say of a request that failed; empty when another server answered."""
    try:
        return msgspec.json.decode(reply.body, type=Errors).errors
    except msgspec.DecodeError:
        return []


def is_unknown_job(reply: Reply) -> bool:
    """What a JobManager says that looked for the job (a server that has no such path says something else)."""
    text = "\n".join(errors_in(reply))
    if "FlinkJobNotFoundException" in text:
        return True
    return reply.status == 404 and ("not found\n" in text or "Job could not be found" in text)
