"""One ResourceManager, or several of which one is active: the one that answered last is asked first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import msgspec

from flinklab.domain.errors import BrokenReplyError, ConnectionFailedError, NotAGatewayError, UnreachableError
from flinklab.domain.typed import decode
from flinklab.flink.negotiation import describe
from flinklab.flink.transport import Reply, Transport
from flinklab.yarn.wire import InfoReply

API = "/ws/v1/cluster"
_NO_SERVER_BEHIND = (502, 503, 504)
_OF_ITSELF = ("/cluster/cluster",)  # pages that one that stands by gives, too, and tells of itself there
_STANDS_BY = "it is only standing by"
_HINT = "is the ResourceManager running, and is this the address of its web UI?"


class ActiveOne:
    """Sends a request to the active ResourceManager, and to each at most once. May be used from any thread."""

    def __init__(self, transports: Sequence[Transport]) -> None:
        self._transports = tuple(transports)
        self._last = 0
        self._lock = threading.Lock()

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(each.url for each in self._transports)

    @property
    def url(self) -> str:
        """Of the one that answered last."""
        return self._transports[self._last].url

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        """`path` counts from the API's root; the reply is JSON or a refusal in plain text, never a page.

        Raises `AccessDeniedError` as soon as one refuses; `NotAGatewayError` where something else answers;
        `UnreachableError`, which tells what each one said, when none is active.
        """
        return self._first(lambda transport: self._ask(transport, method, path, body))

    def page(self, path: str, most: int) -> Reply:
        """A GET of what is for people: `path` counts from where the web UI is; of a longer answer the last `most`
        bytes. Raises as `request` does."""
        if len(self._transports) > 1 and path.partition("?")[0] in _OF_ITSELF:
            self.request("GET", "/metrics")  # so that the active one is the first to be asked
        return self._first(lambda transport: self._page(transport, path, most))

    def close(self) -> None:
        for transport in self._transports:
            transport.close()

    def _first(self, ask: Callable[[Transport], Reply]) -> Reply:
        """The active one's answer."""
        failures: list[tuple[Transport, ConnectionFailedError]] = []
        for index in self._order():
            transport = self._transports[index]
            try:
                reply = ask(transport)
            except (UnreachableError, BrokenReplyError, NotAGatewayError) as error:
                failures.append((transport, error))
            else:
                with self._lock:
                    self._last = index
                return reply
        raise _none_is_active(failures)

    def _order(self) -> list[int]:
        with self._lock:
            first = self._last
        return [first, *(index for index in range(len(self._transports)) if index != first)]

    def _ask(self, transport: Transport, method: str, path: str, body: bytes | None) -> Reply:
        url = transport.url
        reply = self._answer(transport, lambda: transport.request(method, API + path, body))
        if "html" in reply.content_type:
            hint = "give the address of its web UI, without a path, as in http://host:8088"
            raise NotAGatewayError(f"{url} is no ResourceManager: {describe(reply)}", url=url, hint=hint)
        return reply

    def _page(self, transport: Transport, path: str, most: int) -> Reply:
        return self._answer(transport, lambda: transport.tail(path, most))

    def _answer(self, transport: Transport, ask: Callable[[], Reply]) -> Reply:
        url = transport.url
        try:
            reply = ask()
        except NotAGatewayError as error:
            raise self._redirected(transport, error) from None
        if 300 <= reply.status < 400:  # no active one is known to it, so that it redirects nowhere
            raise UnreachableError(f"{url}: {_STANDS_BY}", url=url)
        # Hadoop answers 503 to a change that it cannot carry out, too, and says that it is from itself.
        if reply.status in _NO_SERVER_BEHIND and b'"RemoteException"' not in reply.body:
            raise UnreachableError(f"{url}: HTTP {reply.status}: no ResourceManager serves behind it", url=url)
        return reply

    def _redirected(self, transport: Transport, error: NotAGatewayError) -> ConnectionFailedError:
        """A ResourceManager that stands by redirects everything but the question for its state."""
        try:
            reply = transport.request("GET", f"{API}/info")
            state = decode(reply.body, InfoReply).cluster_info.ha_state
        except (ConnectionFailedError, msgspec.DecodeError):
            return error
        if state == "ACTIVE":
            return error
        # The redirect's hint names the other one.
        other = (error.hint or "").rpartition(" ")[2]
        hint = f"the active one is {other}: give both, separated by a comma" if urlsplit(other).netloc else None
        return UnreachableError(f"{transport.url}: {_STANDS_BY}", url=transport.url, hint=hint)


def _none_is_active(failures: Sequence[tuple[Transport, ConnectionFailedError]]) -> ConnectionFailedError:
    strangers = [error for _, error in failures if isinstance(error, NotAGatewayError)]
    if len(strangers) == len(failures):
        return strangers[0]
    details = "\n".join(error.details for _, error in failures if error.details)
    if len(failures) == 1:
        transport, error = failures[0]
        if isinstance(error, BrokenReplyError):
            return error
        hint = error.hint if _STANDS_BY in error.message else _HINT
        return UnreachableError(error.message, url=transport.url, hint=hint, details=details)
    said = "; ".join(
        error.message if transport.url in error.message else f"{transport.url}: {error.message}"
        for transport, error in failures
    )
    return UnreachableError(
        f"no ResourceManager is active: {said}", url=failures[0][0].url, hint=_HINT, details=details
    )
