"""The SQL Gateway's REST API, versions 1 to 4 (Flink 1.16 to 2.3)."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from flinklab.domain.cluster import GatewayInfo
from flinklab.domain.errors import BrokenReplyError, ConnectionFailedError, SessionExpiredError, UnreachableError
from flinklab.domain.ids import OperationHandle, SessionHandle
from flinklab.domain.pages import Page, RowFormat
from flinklab.domain.typed import decode
from flinklab.flink import wire
from flinklab.flink.access import Access
from flinklab.flink.causes import error_from, root_message
from flinklab.flink.negotiation import negotiate
from flinklab.flink.resultpage import PageReader
from flinklab.flink.transport import HttpTransport, Reply, Transport

FETCH_PAUSES = (0.05, 0.2, 0.5, 1.0)
"""Seconds to wait before a page is asked for again after a broken reply."""

FETCH_PATIENCE = 30.0
"""Seconds after which a page is not asked for again."""

_NO_JSON = "Could not map response to JSON"
_MOST_OPERATIONS = 64

T = TypeVar("T")


@dataclass(slots=True)
class _Operation:
    """What was submitted (an error's place is found in it), and whether its rows fit into JSON."""

    statement: str
    row_format: RowFormat = RowFormat.JSON


class RestGateway:
    """Fulfils `ports.SqlGateway`. The API version is negotiated with the first request."""

    def __init__(
        self,
        access: Access,
        *,
        transport: Transport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = transport if transport is not None else HttpTransport(access)
        self._pause = pause
        self._pages = PageReader()
        self._lock = threading.Lock()
        self._version: int | None = None
        self._operations: OrderedDict[OperationHandle, _Operation] = OrderedDict()

    @property
    def url(self) -> str:
        return self._transport.url

    def info(self) -> GatewayInfo:
        info = self._ask("GET", "/info", wire.Info)
        return GatewayInfo(info.product_name, info.version, self._api_version())

    def open_session(self, properties: Mapping[str, str]) -> SessionHandle:
        opened = self._ask("POST", "/sessions", wire.Opened, {"properties": dict(properties)})
        return SessionHandle(opened.session_handle)

    def session_properties(self, session: SessionHandle) -> dict[str, str]:
        return self._ask("GET", f"/sessions/{session}", wire.Properties).properties

    def heartbeat(self, session: SessionHandle) -> None:
        self._send("POST", f"/sessions/{session}/heartbeat", {})

    def close_session(self, session: SessionHandle) -> None:
        with suppress(SessionExpiredError):
            self._send("DELETE", f"/sessions/{session}")

    def submit(self, session: SessionHandle, statement: str, config: Mapping[str, str]) -> OperationHandle:
        prefix = self._prefix()
        body = {"statement": statement, "executionConfig": dict(config)}
        path = f"{prefix}/sessions/{session}/statements"
        try:
            reply = self._transport.request("POST", path, msgspec.json.encode(body))
            if reply.status >= 500 and _errors(reply) is None:
                raise self._broken(path, f"answered HTTP {reply.status}", reply)
            if reply.status != 200:
                raise self._refusal(path, reply, statement)
            handle = OperationHandle(self._decode(path, reply, wire.Submitted).operation_handle)
        except BrokenReplyError as error:
            raise BrokenReplyError(
                f"the reply to a statement was lost: {error.message}",
                url=error.url,
                hint="the statement may have run; look before you run it again",
                details=error.details,
            ) from error
        with self._lock:
            self._operations[handle] = _Operation(statement)
            while len(self._operations) > _MOST_OPERATIONS:
                self._operations.popitem(last=False)
        return handle

    def fetch(
        self, session: SessionHandle, operation: OperationHandle, token: int, row_format: RowFormat = RowFormat.JSON
    ) -> Page:
        known = self._operations.get(operation)
        if known is not None and known.row_format is RowFormat.PLAIN_TEXT:
            row_format = RowFormat.PLAIN_TEXT
        path = f"{self._prefix()}/sessions/{session}/operations/{operation}/result/{token}"
        reply = self._get_page(f"{path}?rowFormat={row_format.value}")
        if reply.status != 200 and row_format is RowFormat.JSON and _NO_JSON in "".join(_errors(reply) or ()):
            reply = self._get_page(f"{path}?rowFormat={RowFormat.PLAIN_TEXT.value}")
            if known is not None:
                known.row_format = RowFormat.PLAIN_TEXT
        if reply.status != 200:
            raise self._refusal(path, reply, known.statement if known is not None else None)
        try:
            return self._pages.read(reply.body)
        except msgspec.DecodeError as error:
            raise self._broken(path, f"sent a page that is not the protocol: {error}", reply) from None

    def cancel(self, session: SessionHandle, operation: OperationHandle) -> None:
        self._send("POST", f"/sessions/{session}/operations/{operation}/cancel", {})

    def close_operation(self, session: SessionHandle, operation: OperationHandle) -> None:
        with self._lock:
            self._operations.pop(operation, None)
        with suppress(SessionExpiredError):  # Then the operation went with its session.
            self._send("DELETE", f"/sessions/{session}/operations/{operation}/close")

    def complete(self, session: SessionHandle, text: str, position: int) -> Sequence[str]:
        if self._api_version() < 2:
            return []
        body = {"statement": text, "position": position}
        return self._ask("GET", f"/sessions/{session}/complete-statement", wire.Candidates, body).candidates

    def close(self) -> None:
        self._transport.close()

    def _api_version(self) -> int:
        if self._version is None:
            self._version = negotiate(self._transport)
        return self._version

    def _prefix(self) -> str:
        return f"/v{self._api_version()}"

    def _get_page(self, path: str) -> Reply:
        """A page may be asked for again until the next one was: nothing is lost by repeating."""
        begun = time.monotonic()
        for pause in FETCH_PAUSES:
            try:
                reply = self._transport.request("GET", path)
                if reply.status < 500 or _errors(reply) is not None:
                    return reply
            except (BrokenReplyError, UnreachableError):
                if time.monotonic() - begun > FETCH_PATIENCE:
                    raise
            self._pause(pause)
        reply = self._transport.request("GET", path)
        if reply.status >= 500 and _errors(reply) is None:
            raise self._broken(path, f"answered HTTP {reply.status}", reply)
        return reply

    def _ask(self, method: str, path: str, shape: type[T], body: Mapping[str, object] | None = None) -> T:
        full, reply = self._send(method, path, body)
        return self._decode(full, reply, shape)

    def _send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> tuple[str, Reply]:
        full = self._prefix() + path
        reply = self._transport.request(method, full, None if body is None else msgspec.json.encode(body))
        if reply.status != 200:
            errors = _errors(reply)
            if errors is None:
                raise self._broken(full, f"answered HTTP {reply.status}", reply)
            refusal = error_from("\n".join(errors), url=self.url + full)
            if isinstance(refusal, SessionExpiredError):
                raise refusal
            raise BrokenReplyError(
                f"the gateway refused {method} {path.rpartition('/')[2] or path}: {root_message(errors[-1])}",
                url=self.url + full,
                details="\n".join(errors),
            )
        return full, reply

    def _refusal(self, path: str, reply: Reply, statement: str | None) -> Exception:
        errors = _errors(reply)
        if errors is None:
            return self._broken(path, f"answered HTTP {reply.status}", reply)
        text = errors[-1] if len(errors[-1]) > 40 else "\n".join(errors)
        return error_from(text, statement=statement, url=self.url + path)

    def _decode(self, path: str, reply: Reply, shape: type[T]) -> T:
        try:
            return decode(reply.body, shape)
        except msgspec.DecodeError as error:
            raise self._broken(path, f"sent a reply that is not the protocol: {error}", reply) from None

    def _broken(self, path: str, what: str, reply: Reply) -> ConnectionFailedError:
        return BrokenReplyError(
            f"{self.url} {what}", url=self.url + path, details=reply.body[:4000].decode("utf-8", "replace")
        )


def _errors(reply: Reply) -> list[str] | None:
    """The errors that the gateway itself wrote; None for a body of something else (a proxy), or an empty list."""
    try:
        return decode(reply.body, wire.Errors).errors or None
    except msgspec.DecodeError:
        return None
