"""What all adapters of the JobManager's REST API share: how it is asked, and how its refusals are told."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from flinklab.domain.errors import BrokenReplyError, ConnectionFailedError, NotAGatewayError
from flinklab.flink.causes import root_message
from flinklab.flink.negotiation import describe
from flinklab.flink.transport import Reply, Transport
from flinklab.flink.wire import Errors

T = TypeVar("T")


class JobManagerResource:
    """Base of the adapters. `_get` and `_read` give None when the cluster does not know the job (any more)."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def url(self) -> str:
        return self._transport.url

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
