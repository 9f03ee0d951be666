"""Reaching a session on YARN: its JobManager wherever it is, and a gateway that submits to it there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flinklab.domain.errors import ConnectionFailedError
from flinklab.jobs.sending import Sender, Sent

if TYPE_CHECKING:
    from flinklab.api.locating import Locator
    from flinklab.domain.ids import SessionHandle
    from flinklab.domain.jobs import Attempt, Job
    from flinklab.domain.records import RegisteredCluster
    from flinklab.flink.following import Following


def following(
    locator: Locator,
    cluster: RegisteredCluster,
    *,
    often: bool = False,
    timeout: float | None = None,
    count: Callable[[], None] | None = None,
) -> Following:
    """A transport to the session's JobManager. `count` is called before each request; `timeout` in seconds.

    Raises as `Locator.find` does.
    """
    from flinklab.flink.counted import CountedTransport
    from flinklab.flink.following import Following
    from flinklab.flink.transport import HttpTransport, Transport

    def connect(url: str) -> Transport:
        access = locator.access(cluster, url)
        access = access if timeout is None else replace(access, timeout=timeout)
        return HttpTransport(access, often=often) if count is None else CountedTransport(access, count, often=often)

    return Following(locator.find(cluster), connect, lambda failed: locator.find_again(cluster, failed))


@dataclass(frozen=True, slots=True)
class Submitting:
    """What submits to a JobManager at one address; `close` lets go of its gateway."""

    sender: Sender
    close: Callable[[], None]


class FollowingSender:
    """Fulfils `Sender`. `submitting` makes what submits to the JobManager at a URL, anew when that moves and when a
    gateway does not answer, which may be one that has to be started again. May be used from any thread.

    Before something is sent it is made sure that the session's own JobManager answers there: what is submitted to
    another's is not found again. Between that and the submission are the seconds that a plan takes to be compiled.
    """

    def __init__(self, transport: Following, submitting: Callable[[str], Submitting]) -> None:
        self._transport = transport
        self._submitting = submitting
        self._lock = threading.Lock()
        self._made: tuple[str, Submitting] | None = None

    def open(self) -> SessionHandle:
        try:
            return self._at(self._transport.prove()).open()
        except ConnectionFailedError:
            self.let_go()
            raise

    def send(self, job: Job, attempt: Attempt, session: SessionHandle, shape: str | None = None) -> Sent:
        return self._at(self._transport.prove()).send(job, attempt, session, shape)

    def fence(self, attempt: Attempt, session: SessionHandle) -> bool:
        return self._at(self._transport.prove()).fence(attempt, session)

    def close(self, session: SessionHandle) -> None:
        """Of the gateway alone: where the JobManager is does not matter."""
        self._at(self._transport.url).close(session)

    def let_go(self) -> None:
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made[1].close()

    def _at(self, url: str) -> Sender:
        with self._lock:
            made = self._made
            if made is None or made[0] != url:
                self._made = url, self._submitting(url)
                if made is not None:
                    made[1].close()
                made = self._made
            return made[1].sender
