"""Plain HTTP by the standard library, for who asks a hundred times a second: it takes a quarter of httpx's time.

What goes wrong is raised as httpx does it, so that there is one place where it is put in words.
"""

from __future__ import annotations

import http.client
import select
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

_MOVED = frozenset({301, 302, 303, 307, 308})
_PIECE = 65536


@dataclass(frozen=True, slots=True)
class Response:
    """As much of `httpx.Response` as is used. The names of `headers` are in lower case."""

    status_code: int
    content: bytes
    headers: Mapping[str, str]

    @property
    def has_redirect_location(self) -> bool:
        return self.status_code in _MOVED and "location" in self.headers


class PlainClient:
    """Connections to one server, kept alive. May be used from any thread. Times in seconds.

    `request` raises `httpx.ConnectError`, `httpx.TimeoutException`, or another `httpx.TransportError` for a reply
    that broke off. It repeats no request.
    """

    def __init__(self, url: str, headers: Mapping[str, str], *, timeout: float, connect_timeout: float) -> None:
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._host, self._port = parts.hostname or "", parts.port or http.client.HTTP_PORT
        self._headers = dict(headers)
        self._timeout, self._connect_timeout = timeout, connect_timeout
        self._idle: deque[http.client.HTTPConnection] = deque()
        self.is_closed = False

    def request(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        most: int | None = None,
    ) -> Response:
        """`most`: of a longer body only so many last bytes are kept."""
        connection = self._idle_one() or self._new()
        try:
            target = url.removeprefix(self._origin) or "/"
            connection.request(method, target, content, {**self._headers, **(headers or {})})
            reply = connection.getresponse()
            body = reply.read() if most is None else last(iter(lambda: reply.read(_PIECE), b""), most)
            if reply.length:  # what is read in pieces may end too soon without a word
                raise http.client.IncompleteRead(b"", reply.length)
        except TimeoutError as error:
            connection.close()
            raise httpx.ReadTimeout(str(error)) from error
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise httpx.ReadError(f"{type(error).__name__}: {error}") from error
        except BaseException:
            connection.close()
            raise
        if reply.will_close or self.is_closed:
            connection.close()
        else:
            self._idle.append(connection)
        return Response(reply.status, body, {name.lower(): value for name, value in reply.getheaders()})

    def close(self) -> None:
        self.is_closed = True
        while self._idle:
            self._idle.pop().close()

    def _new(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._connect_timeout)
        try:
            connection.connect()
        except TimeoutError as error:
            raise httpx.ConnectTimeout(str(error)) from error
        except (OSError, UnicodeError) as error:  # the latter of a host name that can be none
            raise httpx.ConnectError(str(error)) from error
        connection.sock.settimeout(self._timeout)
        return connection

    def _idle_one(self) -> http.client.HTTPConnection | None:
        """One that the server has not closed meanwhile; without a request nothing else can have come of it."""
        while self._idle:
            connection = self._idle.pop()
            if connection.sock is not None and not _is_readable(connection.sock.fileno()):
                return connection
            connection.close()
        return None


def last(pieces: Iterable[bytes], most: int) -> bytes:
    """The last `most` bytes of what comes in pieces, never more of it in memory than that and a piece."""
    kept = bytearray()
    for piece in pieces:
        kept += piece
        del kept[: max(0, len(kept) - most)]
    return bytes(kept)


def _is_readable(number: int) -> bool:
    polled = select.poll()
    polled.register(number, select.POLLIN)
    return bool(polled.poll(0))
