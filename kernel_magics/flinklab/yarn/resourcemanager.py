"""The ResourceManager's REST API, as far as Flink's applications need it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec

from flinklab.domain.errors import AccessDeniedError, FlinklabError, YarnRefusedError
from flinklab.domain.typed import decode
from flinklab.domain.yarn import (
    FLINK,
    Application,
    ApplicationAttempt,
    ApplicationState,
    Queue,
    YarnInfo,
)
from flinklab.flink.access import Access
from flinklab.flink.transport import HttpTransport, Reply, Transport
from flinklab.yarn import refusals, schedulers, wire
from flinklab.yarn.identity import KERBEROS, Identity
from flinklab.yarn.standby import ActiveOne

# What is long and not used of each application in a list, by what a version of Hadoop knows to leave out.
_LEFT_OUT = (
    "resourceRequests,timeouts,appNodeLabelExpression,amNodeLabelExpression,resourceInfo",
    "resourceRequests",
)
_T = TypeVar("_T")


class RestResourceManager:
    """Fulfils `ports.ResourceManager`. `accesses`: of one, or of each of those of which one is active.

    `identity`: who asks. `transports`: in the place of those to `accesses`. In `applications`, `pending` is 0: only
    `application` asks for the containers that are waited for. Raises `UsageError` for what `accesses` cannot be.
    """

    def __init__(
        self,
        accesses: Sequence[Access],
        *,
        identity: Identity | None = None,
        transports: Sequence[Transport] | None = None,
    ) -> None:
        self._identity = identity or Identity()
        self._servers = ActiveOne(transports if transports is not None else _transports(accesses, self._identity))
        self._left_out: Sequence[str] = _LEFT_OUT

    @property
    def urls(self) -> Sequence[str]:
        return self._servers.urls

    def info(self) -> YarnInfo:
        # A ResourceManager that stands by tells of itself, but not the metrics: they are asked first.
        metrics = self._get("/metrics", wire.MetricsReply).cluster_metrics
        return wire.info(self._get("/info", wire.InfoReply).cluster_info, metrics)

    def applications(
        self,
        *,
        states: Collection[ApplicationState] = (),
        type: str | None = FLINK,
        tag: str | None = None,
        queue: str | None = None,
    ) -> Sequence[Application]:
        asked = {
            "states": ",".join(sorted(each.value for each in states)),
            "applicationTypes": type or "",
            "applicationTags": (tag or "").lower(),  # YARN keeps tags in lower case, and looks for them as given
            "queue": queue or "",
        }
        given = {name: value for name, value in asked.items() if value}
        while True:
            left_out = {"deSelects": self._left_out[0]} if self._left_out else {}
            reply = self._ask("GET", "/apps?" + urlencode({**given, **left_out}, quote_via=quote, safe=","))
            if not (left_out and reply.status == 400 and b"deSelects" in reply.body):
                return self._decoded(reply, wire.AppsReply).to_domain()
            self._left_out = self._left_out[1:]

    def application(self, application_id: str) -> Application | None:
        reply = self._ask("GET", _path(application_id))
        return None if reply.status == 404 else self._decoded(reply, wire.AppReply).app.to_domain()

    def attempts(self, application_id: str) -> Sequence[ApplicationAttempt]:
        reply = self._ask("GET", f"{_path(application_id)}/appattempts")
        if reply.status == 404:
            return []
        found = self._decoded(reply, wire.AttemptsReply).app_attempts
        listed = (found.app_attempt if found is not None else None) or []
        return sorted((each.to_domain(application_id) for each in listed), key=lambda attempt: attempt.number)

    def queues(self) -> Sequence[Queue]:
        reply = self._ask("GET", "/scheduler")
        found = self._decoded(reply, wire.SchedulerReply).scheduler.info
        try:
            return schedulers.queues(found)
        except msgspec.ValidationError:
            raise refusals.broken(self._servers.url, reply) from None

    def kill(self, application_id: str) -> None:
        self._change("kill", application_id, "state", {"state": "KILLED"})

    def move(self, application_id: str, queue: str) -> None:
        try:
            self._change("move", application_id, "queue", {"queue": queue})
        except YarnRefusedError as error:
            raise self._queue_refusal(queue, error) from None

    def set_priority(self, application_id: str, priority: int) -> None:
        reply = self._change("change the priority of", application_id, "priority", {"priority": priority})
        now = self._decoded(reply, wire.Priority).priority
        if now != priority:
            raise YarnRefusedError(
                f"YARN left {application_id} at priority {now} instead of {priority}",
                hint="it has ended, or its cluster allows no higher one (yarn.cluster.max-application-priority)",
            )

    def page(self, path: str, most: int) -> Reply:
        """A GET of one of its web pages, or of a file of theirs: `path` with its query, from where the web UI is.

        Any status but 401 and 403; of a longer answer the last `most` bytes. Raises as the other questions do.
        """
        return self._in_words(lambda: self._servers.page(self._identity.on(path), most))

    def close(self) -> None:
        self._servers.close()

    def _change(self, what: str, application_id: str, part: str, body: dict[str, object]) -> Reply:
        path = f"{_path(application_id)}/{part}"
        try:
            reply = self._ask("PUT", path, msgspec.json.encode(body))
        except AccessDeniedError as error:
            if error.status != 403 or "impersonate" in (error.details or ""):
                raise
            raise refusals.not_permitted(what, application_id, error) from None
        if reply.status not in (200, 202):
            raise refusals.refused(what, application_id, reply)
        return reply

    def _queue_refusal(self, queue: str, error: YarnRefusedError) -> YarnRefusedError:
        """Hadoop 3.4 does not say that it is the queue that it does not know."""
        with suppress(FlinklabError):
            known = self.queues()
            if known and not any(queue in (each.name, each.path) for each in known):
                hint = "there are " + ", ".join(sorted(each.path for each in known))
                return YarnRefusedError(
                    f"there is no queue {queue} for applications", hint=hint, details=error.details
                )
        return error

    def _get(self, path: str, type: type[_T]) -> _T:
        return self._decoded(self._ask("GET", path), type)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Reply:
        return self._in_words(lambda: self._servers.request(method, self._identity.on(path), body))

    def _in_words(self, ask: Callable[[], Reply]) -> Reply:
        try:
            return ask()
        except AccessDeniedError as error:
            url = next((each for each in self.urls if error.url.startswith(each)), error.url)
            raise refusals.denied(error, url, self._identity) from None

    def _decoded(self, reply: Reply, type: type[_T]) -> _T:
        if reply.status == 200:
            with suppress(msgspec.DecodeError):
                return decode(reply.body, type)
        if reply.status == 400:
            raise refusals.not_asked_well(reply)
        raise refusals.broken(self._servers.url, reply)


def _transports(accesses: Sequence[Access], identity: Identity) -> list[Transport]:
    if identity.auth != KERBEROS:
        return [HttpTransport(access) for access in accesses]
    from flinklab.yarn.spnego import Negotiate

    auth = Negotiate(identity)
    return [HttpTransport(access, auth=auth) for access in accesses]


def _path(application_id: str) -> str:
    return f"/apps/{quote(application_id, safe='')}"
