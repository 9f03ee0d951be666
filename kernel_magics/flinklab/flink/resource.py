"""What all adapters of the JobManager's REST API share: how it is asked, how its refusals are told, and what it
tells all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TypeVar

import msgspec

from flinklab.domain.cluster import JobState, JobSummary
from flinklab.domain.errors import BrokenReplyError, ConnectionFailedError, NotAGatewayError
from flinklab.domain.ids import JobId
from flinklab.domain.typed import decode
from flinklab.flink.causes import root_message
from flinklab.flink.checkpoints import Statistics, history_of
from flinklab.flink.negotiation import describe
from flinklab.flink.transport import Reply, Transport
from flinklab.flink.wire import Errors
from flinklab.ports.jobs import CheckpointHistory

T = TypeVar("T")

_DISABLED = "Checkpointing has not been enabled"


class _Job(msgspec.Struct):
    jid: str
    name: str
    state: JobState
    start: int = msgspec.field(name="start-time")
    duration: int
    modified: int = msgspec.field(name="last-modification")
    tasks: dict[str, int] = {}


class _Jobs(msgspec.Struct):
    jobs: list[_Job]


class JobManagerResource:
    """Base of the adapters. `_get` and `_read` give None when the cluster does not know the job (any more)."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def url(self) -> str:
        return self._transport.url

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
                {state.upper(): count for state, count in job.tasks.items() if count and state != "total"},
            )
            for job in (found.jobs if found is not None else ())
        ]

    def checkpoints(self, job_id: JobId) -> CheckpointHistory | None:
        path = f"/jobs/{job_id}/checkpoints"
        reply = self._transport.request("GET", path)
        if reply.status == 404 and any(_DISABLED in error for error in errors_in(reply)):
            return CheckpointHistory(enabled=False)
        found = self._read(path, reply, Statistics)
        return history_of(job_id, found) if found is not None else None

    def _get(self, path: str, shape: type[T]) -> T | None:
        return self._read(path, self._transport.request("GET", path), shape)

    def _read(self, path: str, reply: Reply, shape: type[T]) -> T | None:
        if reply.status == 200:
            return self._decode(reply, shape)
        if is_unknown_job(reply):
            return None
        raise self._broken(path, reply)

    def _decode(self, reply: Reply, shape: type[T]) -> T:
        try:
            return decode(reply.body, shape)
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
        return decode(reply.body, Errors).errors
    except msgspec.DecodeError:
        return []


def is_unknown_job(reply: Reply) -> bool:
    """What a JobManager says that looked for the job (a server that has no such path says something else)."""
    text = "\n".join(errors_in(reply))
    if "FlinkJobNotFoundException" in text:
        return True
    return reply.status == 404 and ("not found\n" in text or "Job could not be found" in text)
