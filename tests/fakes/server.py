"""A small HTTP/1.1 server on a loopback socket that records what it is asked and breaks on order."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

FAULTS = (
    "drop reply",  # the request is carried out, the connection is closed without an answer
    "drop request",  # the connection is closed, nothing was carried out
    "half a body",  # carried out; the answer ends in the middle
    "500",  # not carried out; 500 with an HTML page, as a proxy gives
    "503",  # not carried out; what a JobManager says while it is not (yet) the leader
    "500 without errors",  # not carried out; 500 with {"errors": []}
    "garbage",  # carried out; 200 with a body that is not JSON
    "slow",  # carried out; the answer waits for `Faults.release`
    "redirect",  # 302 to another host
)

_NO_LEADER = "Service temporarily unavailable due to an ongoing leader election. Please refresh."


@dataclass
class Request:
    """`name` is the route's name (`submit`, `fetch`, ...), `body` the decoded JSON."""

    name: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None


@dataclass
class Reply:
    status: int = 200
    body: Any = field(default_factory=dict)
    content_type: str = "application/json; charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False).encode()


class Faults:
    """What goes wrong next. A fault is for a route's name, or for `any`; used up after `times` requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[list[Any]] = []
        self.release = threading.Event()

    def add(self, route: str, fault: str, times: int = 1, after: int = 0) -> None:
        """Let `after` requests of the route pass, then break `times` of them."""
        if fault not in FAULTS:
            raise ValueError(f"unknown fault {fault!r}; there are {FAULTS}")
        with self._lock:
            self._waiting.append([route, fault, times, after])

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
        self.release.set()

    def take(self, route: str) -> str | None:
        with self._lock:
            for entry in self._waiting:
                if entry[0] in (route, "any"):
                    if entry[3] > 0:
                        entry[3] -= 1
                        continue
                    entry[2] -= 1
                    if entry[2] <= 0:
                        self._waiting.remove(entry)
                    return str(entry[1])
        return None


Route = tuple[str, str, "re.Pattern[str]", Callable[..., Reply]]


class FakeServer:
    """Base of the fakes. Subclasses give `routes()`; each handler gets the request and the path's groups.

    `moved`: paths that answer with a redirect. `connections`: how many were opened.
    """

    def __init__(
        self, *, port: int = 0, tls: ssl.SSLContext | None = None, authorization: str | None = None
    ) -> None:
        self.requests: list[Request] = []
        self.faults = Faults()
        self.moved: dict[str, str] = {}
        self.connections = 0
        self.authorization = authorization
        self._tls = tls
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._routes: list[Route] = [
            (name, method, re.compile(pattern + r"\Z"), handler) for name, method, pattern, handler in self.routes()
        ]

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        raise NotImplementedError

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        return self._port

    @property
    def is_running(self) -> bool:
        return self._server is not None

    def count(self, name: str) -> int:
        """How many requests of this route arrived, broken ones included."""
        return sum(request.name == name for request in list(self.requests))

    def start(self) -> None:
        """Listen (again, on the same port, after `stop`)."""
        self._server = _Server(("127.0.0.1", self._port), self)
        if self._tls:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Connections are refused from now on; what the fake knows stays."""
        server, self._server = self._server, None
        if server is None:
            return
        self.faults.release.set()
        server.shutdown()
        server.server_close()
        server.hang_up()
        if self._thread is not None:
            self._thread.join(10)

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def handle(self, request: Request) -> tuple[Reply, str | None]:
        """The reply, and the fault to apply to it."""
        for name, method, pattern, handler in self._routes:
            match = pattern.match(request.path)
            if match and method == request.method:
                request.name = name
                self.requests.append(request)
                if self.authorization and request.headers.get("authorization") != self.authorization:
                    return Reply(401, b"<html>401 Unauthorized</html>", "text/html"), None
                fault = self.faults.take(name)
                if fault == "500":
                    return Reply(500, b"<html><h1>502 Bad Gateway</h1></html>", "text/html"), None
                if fault == "503":
                    return Reply(503, {"errors": [_NO_LEADER]}), None
                if fault == "500 without errors":
                    return Reply(500, {"errors": []}), None
                if fault == "drop request":
                    return Reply(), "drop reply"
                return handler(request, **match.groupdict()), fault
        self.requests.append(request)
        return self.not_found(request), None

    def not_found(self, request: Request) -> Reply:
        return Reply(404, {"errors": [f"Not found: {request.path}"]})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], fake: FakeServer) -> None:
        self.fake = fake
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self.fake.connections += 1
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        raw = self.rfile.read(length)
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = raw
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        fake = self.server.fake
        reply, fault = fake.handle(Request("", self.command, parts.path, query, headers, body))
        if fault == "slow":
            fake.faults.release.wait(60)
        if fault == "drop reply":
            self.close_connection = True
            return
        content = b"<html>Welcome</html>" if fault == "garbage" else reply.content()
        moved = "http://elsewhere.invalid/" if fault == "redirect" else fake.moved.get(parts.path)
        if moved is not None:
            self.send_response(302)
            self.send_header("location", moved)
            self.send_header("content-length", "0")
            self.end_headers()
            return
        self.send_response(reply.status)
        self.send_header("content-type", reply.content_type)
        self.send_header("content-length", str(len(content)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if fault == "half a body":
            content = content[: len(content) // 2]
            self.close_connection = True
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Tests have their own words."""
