from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from flinklab.domain.errors import AccessDeniedError, UsageError
from flinklab.yarn import gssapi
from flinklab.yarn.identity import Identity
from flinklab.yarn.spnego import Negotiate, failure

KERBEROS = Identity("kerberos")


class Server:
    """Asks for SPNEGO until it is shown `token`, and gives a cookie for it; it may forget the cookie."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.cookie = "1"
        self.token = b"token of localhost"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        shown = request.headers.get("authorization", "")
        if f"hadoop.auth={self.cookie}" in request.headers.get("cookie", ""):
            return httpx.Response(200)
        if shown == "Negotiate " + base64.b64encode(self.token).decode():
            return httpx.Response(200, headers={"set-cookie": f"hadoop.auth={self.cookie}; Path=/; HttpOnly"})
        return httpx.Response(401, headers={"www-authenticate": "Negotiate"})


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """For which hosts tokens were made."""
    hosts: list[str] = []

    def token(host: str, **_: Any) -> bytes:
        hosts.append(host)
        return f"token of {host}".encode()

    monkeypatch.setattr(gssapi, "token", token)
    return hosts


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(transport=httpx.MockTransport(server), auth=Negotiate(KERBEROS)) as client:
        yield client


def test_a_ticket_is_shown_once_and_the_cookie_after_that(
    client: httpx.Client, server: Server, made: list[str]
) -> None:
    for _ in range(3):
        assert client.get("http://localhost:8088/ws/v1/cluster/info").status_code == 200
    assert made == ["localhost"] and len(server.requests) == 4


def test_a_cookie_that_is_not_known_any_more_is_replaced(
    client: httpx.Client, server: Server, made: list[str]
) -> None:
    client.get("http://localhost:8088/")
    server.cookie = "2"
    assert client.put("http://localhost:8088/", content=b"{}").status_code == 200
    assert made == ["localhost", "localhost"]
    assert server.requests[-1].content == b"{}"


def test_a_ticket_that_is_not_accepted_is_not_shown_again(
    client: httpx.Client, server: Server, made: list[str]
) -> None:
    server.token = b"another"
    assert client.get("http://localhost:8088/").status_code == 401
    assert len(server.requests) == 2


def test_no_ticket_is_made_for_who_does_not_ask(made: list[str]) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(401, headers={"www-authenticate": "Basic"}))
    with httpx.Client(transport=transport, auth=Negotiate(KERBEROS)) as client:
        assert client.get("http://localhost:8088/").status_code == 401
    assert made == []


def test_a_keytab_that_is_not_there(server: Server, tmp_path: Path) -> None:
    auth = Negotiate(Identity("kerberos", "ann", keytab=str(tmp_path / "nix.keytab")))
    with httpx.Client(transport=httpx.MockTransport(server), auth=auth) as client, pytest.raises(UsageError):
        client.get("http://localhost:8088/")


_NONE = "No credentials were supplied, or the credentials were unavailable or inaccessible; "
_FAILED = "Unspecified GSS failure.  Minor code may provide more information; "


@pytest.mark.parametrize(
    ("text", "principal", "keytab", "says"),
    [
        (_NONE + "No Kerberos credentials available (default cache: FILE:/tmp/cc)", "", "", "(get one: kinit)"),
        (_NONE + "Can't find client principal bob@R in cache collection", "bob", "", "of bob (get one: kinit bob)"),
        (_FAILED + "Ticket expired", "", "", "has expired (get a new one: kinit)"),
        (_FAILED + "Server HTTP/10.0.0.1@R not found in Kerberos database", "", "", "the host name that"),
        (_NONE + "No credentials cache found", "ann", "ann.keytab", "by the keytab ann.keytab"),
        (_NONE + "Cannot contact any KDC for realm 'R'", "ann", "ann.keytab", "KRB5_CONFIG"),
        (_FAILED + "something new", "", "", "klist"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_ticket_is_one_line(text: str, principal: str, keytab: str, says: str) -> None:
    error = failure(text, "10.0.0.1", principal, keytab)
    assert isinstance(error, AccessDeniedError) and says in str(error)
    assert error.details == text and "\n" not in str(error)


def test_no_kerberos_on_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(name: str) -> None:
        raise OSError(name)

    gssapi._library.cache_clear()
    monkeypatch.setattr(gssapi.ctypes, "CDLL", nowhere)
    with pytest.raises(UsageError, match="krb5-user"):
        gssapi.token("localhost")
    gssapi._library.cache_clear()
