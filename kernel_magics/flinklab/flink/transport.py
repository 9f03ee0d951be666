"""The one place where HTTP happens. A test puts a small object in its place."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import httpx

from flinklab.domain.errors import (
    AccessDeniedError,
    BrokenReplyError,
    ConnectionFailedError,
    NotAGatewayError,
    UnreachableError,
    UsageError,
)
from flinklab.flink.access import Access
from flinklab.flink.plain import PlainClient, Response, last

CONNECT_TIMEOUT = 5.0
_OURS: set[str] = set()  # addresses of the servers that we talk to
_MAX_REDIRECTS = 3
_MOST_OF_A_DENIAL = 2000  # bytes of what is said with it


def _is_of_others(record: logging.LogRecord) -> bool:
    # httpx logs a line per request, at INFO; a result is hundreds of them a second, from a thread.
    url = record.args[1] if isinstance(record.args, tuple) and len(record.args) > 1 else ""
    return not str(url).startswith(tuple(_OURS))


logging.getLogger("httpx").addFilter(_is_of_others)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered: any status but 401, 403 and redirects to elsewhere."""

    status: int
    body: bytes
    content_type: str = ""


class Transport(Protocol):
    """Sends requests to one server; may be used from any thread.

    `request` raises `UnreachableError`, `AccessDeniedError`, `NotAGatewayError` or `BrokenReplyError`. It never
    repeats a request.
    """

    @property
    def url(self) -> str: ...

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        """`path` begins with a slash and counts from `url`; `body` is JSON."""
        ...

    def tail(self, path: str, most: int) -> Reply:
        """A GET whose body may be long: only its last `most` bytes are kept. Raises as `request` does."""
        ...

    def close(self) -> None: ...


class HttpTransport:
    """The real one: httpx with connections that are kept alive.

    `often`: something is asked all the time, so that where neither TLS nor a proxy is needed a simpler client does.
    `auth`: how a server that asks for it is told who asks, in more than a header (not with `often`).
    """

    def __init__(self, access: Access, *, often: bool = False, auth: httpx.Auth | None = None) -> None:
        self._access = access
        _OURS.add(access.url)
        headers = {"Accept": "application/json", **access.request_headers()}
        self._client: httpx.Client | PlainClient
        if often and access.url.startswith("http://") and access.url.isascii() and not access.trust_env:
            self._client = PlainClient(access.url, headers, timeout=access.timeout, connect_timeout=CONNECT_TIMEOUT)
        else:
            self._client = httpx.Client(
                headers=headers,
                verify=_verify(access),
                timeout=httpx.Timeout(access.timeout, connect=CONNECT_TIMEOUT),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=8),
                trust_env=access.trust_env,
                auth=auth,
            )

    @property
    def url(self) -> str:
        return self._access.url

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        headers = None if body is None else {"Content-Type": "application/json"}
        return self._followed(
            method, path, lambda url: self._client.request(method, url, content=body, headers=headers)
        )

    def tail(self, path: str, most: int) -> Reply:
        return self._followed("GET", path, lambda url: self._tail(url, most))

    def _followed(self, method: str, path: str, send: Callable[[str], httpx.Response | Response]) -> Reply:
        url = self._access.url + path
        if self._client.is_closed:
            raise UnreachableError(f"the connection with {self.url} was closed", url=url, hint="connect again")
        for _ in range(_MAX_REDIRECTS):
            try:
                response = send(url)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise self._failure(url, error) from None
            if response.status_code in (401, 403):
                raise self._denied(url, response)
            if not response.has_redirect_location:
                return Reply(response.status_code, response.content, response.headers.get("content-type", ""))
            url = self._redirected(method, url, response.headers["location"])
        raise NotAGatewayError(f"{self.url} redirects in circles", url=url)

    def close(self) -> None:
        self._client.close()

    def _tail(self, url: str, most: int) -> Response:
        if isinstance(self._client, PlainClient):
            return self._client.request("GET", url, most=most)
        with self._client.stream("GET", url) as response:
            return Response(response.status_code, last(response.iter_bytes(), most), response.headers)

    def _redirected(self, method: str, url: str, location: str) -> str:
        target = urljoin(url, location)
        if method != "GET" or urlsplit(target)[:2] != urlsplit(url)[:2]:
            host = urlsplit(target).netloc.rpartition("@")[2]
            hint = f"if that is the right server, give its address: {urlsplit(target).scheme}://{host}"
            raise NotAGatewayError(f"{self.url} redirects to {host}", url=url, hint=hint)
        return target

    def _denied(self, url: str, response: httpx.Response | Response) -> AccessDeniedError:
        status, text = response.status_code, response.content[:_MOST_OF_A_DENIAL].decode("utf-8", "replace")
        challenge = response.headers.get("www-authenticate", "")
        if self._access.has_credentials:
            message, hint = f"{self.url} refused the credentials (HTTP {status})", None
        else:
            message = f"{self.url} wants credentials (HTTP {status})"
            hint = "give a user and password or a bearer token"
        return AccessDeniedError(message, url=url, hint=hint, details=text, status=status, challenge=challenge)

    def _failure(self, url: str, error: Exception) -> ConnectionFailedError:
        details = f"{type(error).__name__}: {error}"
        tls = _tls_error(error)
        if isinstance(tls, ssl.SSLCertVerificationError):
            hint = "set `ca` to the file of the certificate authority that signed it"
            if self._access.ca:
                hint = f"it is not signed by {self._access.ca}, or not made out to this host name"
            reason = tls.verify_message or "certificate verify failed"
            message = f"the certificate of {self.url} is not trusted: {reason}"
            return AccessDeniedError(message, url=url, hint=hint, details=details)
        if tls is not None:
            hint = "if it speaks plain http, write http:// instead of https://"
            return UnreachableError(f"no TLS connection with {self.url}", url=url, hint=hint, details=details)
        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
            why = "nothing answers" if isinstance(error, httpx.ConnectTimeout) else _reason(str(error))
            hint = "is it running, and is the port right? `%flink up` starts a Flink of your own"
            return UnreachableError(f"cannot reach {self.url}: {why}", url=url, hint=hint, details=details)
        if isinstance(error, httpx.TimeoutException):
            message = f"{self.url} did not answer within {self._access.timeout:g} s"
            return BrokenReplyError(message, url=url, details=details)
        return BrokenReplyError(f"{self.url} broke off in the middle of a reply", url=url, details=details)


def _reason(text: str) -> str:
    lower = text.lower()
    if "refused" in lower:
        return "the connection was refused"
    if any(word in lower for word in ("name or service", "nodename", "getaddrinfo", "name resolution")):
        return "the host name is not known"
    return "no connection"


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _verify(access: Access) -> ssl.SSLContext | bool:
    if not access.url.startswith("https"):
        return False  # Loading the usual certificates takes 20 ms; a plain http client has no use for them.
    if access.ca is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(Path(access.ca).expanduser()))
    except (OSError, ssl.SSLError) as error:
        reason = "it holds no certificate (PEM)" if isinstance(error, ssl.SSLError) else error.strerror
        raise UsageError(f"the CA file {access.ca} cannot be used: {reason}") from None
