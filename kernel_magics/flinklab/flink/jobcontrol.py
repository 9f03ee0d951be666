"""The JobManager's REST API, as a supervisor uses it.

https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/rest_api/
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from flinklab.domain.cluster import JobState, JobSummary
from flinklab.domain.errors import CommandFailedError, UnreachableError
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Cause
from flinklab.flink.access import Access
from flinklab.flink.causes import root_message
from flinklab.flink.incarnation import Remembered, Watched, incarnation_of
from flinklab.flink.jobfailures import Failures, newest_cause
from flinklab.flink.jobmanager import RestJobManager
from flinklab.flink.resource import errors_in, is_unknown_job
from flinklab.flink.trace import causes
from flinklab.flink.transport import HttpTransport, Reply, Transport
from flinklab.ports.jobs import Requirements, Savepoint, SavepointState

_GONE = "FlinkJobNotFoundException"
_UNKNOWN_TRIGGER = ("There is no savepoint operation", "Operation not found under key")
# `CheckpointException` puts what went wrong behind a sentence that may name a very long task.
_REASON = re.compile(r"Failure reason: (.+?)\.?\Z")


class _Setting(msgspec.Struct):
    key: str
    value: str


class _Status(msgspec.Struct):
    id: str


class _FailureCause(msgspec.Struct):
    stacktrace: str = msgspec.field(name="stack-trace")


class _Operation(msgspec.Struct):
    location: str | None = None
    failure: _FailureCause | None = msgspec.field(name="failure-cause", default=None)


class _Asked(msgspec.Struct):
    status: _Status
    operation: _Operation | None = None


class _Bounds(msgspec.Struct, rename="camel"):
    lower_bound: int
    upper_bound: int


class _Vertex(msgspec.Struct):
    parallelism: _Bounds


class RestJobControl(RestJobManager):
    """Fulfils `ports.jobs.JobControl`."""

    def __init__(
        self,
        access: Access,
        *,
        transport: Transport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._incarnation = Remembered(self._read_incarnation, clock)
        inner = transport if transport is not None else HttpTransport(access, often=True)
        super().__init__(access, transport=Watched(inner, self._incarnation.doubt))
        self._listed: frozenset[JobId] = frozenset()

    def incarnation(self) -> str:
        """One request a minute, and one after every failed request and every look at which a job was missing."""
        return self._incarnation.value()

    def jobs(self) -> Sequence[JobSummary]:
        found = super().jobs()
        listed = frozenset(job.id for job in found)
        if not self._listed <= listed:
            self._incarnation.doubt()
        self._listed = listed
        return found

    def state(self, job_id: JobId) -> JobState | None:
        found = super().state(job_id)
        if found is None:
            self._incarnation.doubt()
        return found

    def job_parameters(self, job_id: JobId) -> dict[str, str]:
        """Raises `UnreachableError` while Flink does not tell them: before the job has begun, and for some seconds
        longer, when it is asked again and answers from its cache (`web.refresh-interval`)."""
        told = self._told_parameters(job_id)
        if told is None:
            state = self.state(job_id)
            if state is not None and not state.is_terminal:
                raise UnreachableError(
                    f"{self.url} has not begun job {job_id} yet, or does not tell it", url=self.url
                )
        return told or {}

    def trigger_savepoint(
        self, job_id: JobId, trigger: str, *, directory: str = "", canonical: bool = False
    ) -> bool:
        body: dict[str, Any] = {"triggerId": trigger, "formatType": _format(canonical), "cancel-job": False}
        if directory:
            body["target-directory"] = directory
        return self._trigger(job_id, trigger, "savepoints", body)

    def trigger_stop(
        self, job_id: JobId, trigger: str, *, directory: str = "", drain: bool = False, canonical: bool = False
    ) -> bool:
        body: dict[str, Any] = {"triggerId": trigger, "formatType": _format(canonical), "drain": drain}
        if directory:
            body["targetDirectory"] = directory
        return self._trigger(job_id, trigger, "stop", body)

    def savepoint(self, job_id: JobId, trigger: str) -> Savepoint:
        found = self._ask(job_id, trigger)
        if found is None:
            return Savepoint(SavepointState.FORGOTTEN)
        operation = found.operation
        if found.status.id != "COMPLETED" or operation is None:
            return Savepoint(SavepointState.IN_PROGRESS)
        if operation.failure is not None:
            return Savepoint(SavepointState.FAILED, failure=_why(operation.failure.stacktrace))
        if not operation.location:
            return Savepoint(SavepointState.IN_PROGRESS)
        return Savepoint(SavepointState.COMPLETED, operation.location)

    def cause(self, job_id: JobId) -> Cause | None:
        found = self._get(f"/jobs/{job_id}/exceptions?maxExceptions=1", Failures)
        return newest_cause(found) if found is not None else None

    def requirements(self, job_id: JobId) -> Requirements | None:
        path = _requirements(job_id)
        reply = self._transport.request("GET", path)
        if reply.status == 200:
            found = self._decode(reply, dict[str, _Vertex])
            bounds = {vertex: each.parallelism for vertex, each in found.items()}
            return Requirements({vertex: (each.lower_bound, each.upper_bound) for vertex, each in bounds.items()})
        errors = errors_in(reply)
        is_rigid = any("does not support changing the parallelism" in error for error in errors)
        # Flink older than 1.18 has no such path.
        if is_rigid or is_unknown_job(reply) or (reply.status == 404 and errors):
            return None
        raise self._broken(path, reply)

    def rescale(self, job_id: JobId, requirements: Requirements) -> None:
        """Raises `CommandFailedError` when Flink will not have it."""
        wanted = {
            vertex: {"parallelism": {"lowerBound": lowest, "upperBound": highest}}
            for vertex, (lowest, highest) in requirements.vertices.items()
        }
        path = _requirements(job_id)
        reply = self._transport.request("PUT", path, msgspec.json.encode(wanted))
        if reply.status == 200:
            return
        raise self._refused(path, reply)

    def _trigger(self, job_id: JobId, trigger: str, how: str, body: dict[str, Any]) -> bool:
        path = f"/jobs/{job_id}/{how}"
        reply = self._transport.request("POST", path, msgspec.json.encode(body))
        if is_unknown_job(reply):
            return False
        if reply.status != 202:
            raise self._refused(path, reply)
        # Flink accepts one of any job, and says only here that it has no such job.
        found = self._ask(job_id, trigger)
        failure = found.operation.failure if found is not None and found.operation is not None else None
        return failure is None or _GONE not in failure.stacktrace

    def _ask(self, job_id: JobId, trigger: str) -> _Asked | None:
        """None: Flink does not know the trigger (any more)."""
        path = f"/jobs/{job_id}/savepoints/{trigger}"
        reply = self._transport.request("GET", path)
        if reply.status == 200:
            return self._decode(reply, _Asked)
        text = "\n".join(errors_in(reply))
        if is_unknown_job(reply) or (reply.status == 404 and any(words in text for words in _UNKNOWN_TRIGGER)):
            return None
        raise self._broken(path, reply)

    def _refused(self, path: str, reply: Reply) -> Exception:
        errors = errors_in(reply)
        is_down = reply.status in (502, 503, 504)
        if not errors or is_down or (reply.status == 404 and not is_unknown_job(reply)):
            return self._broken(path, reply)
        return CommandFailedError(root_message(errors[-1]), details="\n".join(errors))

    def _read_incarnation(self) -> str:
        path = "/jobmanager/config"
        reply = self._transport.request("GET", path)
        if reply.status != 200:
            raise self._broken(path, reply)
        settings = self._decode(reply, list[_Setting])
        return incarnation_of({setting.key: setting.value for setting in settings}, self.url)


def _requirements(job_id: JobId) -> str:
    return f"/jobs/{job_id}/resource-requirements"


def _format(canonical: bool) -> str:
    """Canonical ones can be read by every state backend; native ones are quicker, and ForSt has no other."""
    return "CANONICAL" if canonical else "NATIVE"


def _why(stacktrace: str) -> str:
    chain = causes(stacktrace)
    reason = _REASON.search(chain[-1].message) if chain else None
    return reason[1] if reason else root_message(stacktrace)
