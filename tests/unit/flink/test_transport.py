from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from fakes.gateway import FakeGateway
from flinklab.domain.errors import (
    AccessDeniedError,
    BrokenReplyError,
    FlinklabError,
    NotAGatewayError,
    UnreachableError,
    UsageError,
)
from flinklab.flink.access import Access
from flinklab.flink.transport import HttpTransport, Reply

SECRET = "s3cret-of-ann"


def ask(access: Access, path: str = "/api_versions") -> Reply:
    transport = HttpTransport(access)
    try:
        return transport.request("GET", path)
    finally:
        transport.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[FakeGateway]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with FakeGateway(tls=context) as gateway:
        yield gateway


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with FakeGateway() as gateway:
        yield gateway


def _write(authority: trustme.CA, path: Path) -> str:
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def test_the_right_authority_is_trusted(secure: FakeGateway, authority: trustme.CA, tmp_path: Path) -> None:
    access = Access(secure.url, ca=_write(authority, tmp_path / "ca.pem"))
    assert ask(access).body == b'{"versions":["V1","V2","V3","V4"]}'


def test_no_authority_is_an_untrusted_certificate(secure: FakeGateway) -> None:
    with pytest.raises(AccessDeniedError, match=r"certificate .* is not trusted") as caught:
        ask(Access(secure.url))
    assert caught.value.hint is not None and "`ca`" in caught.value.hint
    assert secure.requests == []


def test_another_authority_is_an_untrusted_certificate(secure: FakeGateway, tmp_path: Path) -> None:
    wrong = _write(trustme.CA(), tmp_path / "wrong.pem")
    with pytest.raises(AccessDeniedError, match="is not trusted") as caught:
        ask(Access(secure.url, ca=wrong))
    assert caught.value.hint is not None and wrong in caught.value.hint


def test_a_certificate_for_another_host_is_not_trusted(authority: trustme.CA, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.example").configure_cert(context)
    with FakeGateway(tls=context) as gateway, pytest.raises(AccessDeniedError, match=r"127\.0\.0\.1"):
        ask(Access(gateway.url, ca=_write(authority, tmp_path / "ca.pem")))


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_an_unusable_authority_is_a_usage_error(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"the CA file .*ca\.pem cannot be used"):
        HttpTransport(Access("https://127.0.0.1:1", ca=str(file)))


def test_https_to_a_plain_server_names_the_scheme(gateway: FakeGateway) -> None:
    with pytest.raises(UnreachableError, match="no TLS connection") as caught:
        ask(Access(gateway.url.replace("http:", "https:")))
    assert caught.value.hint is not None and "http://" in caught.value.hint


@pytest.mark.parametrize(
    ("access", "header"),
    [
        (Access("http://h", basic=("ann", SECRET)), "Basic YW5uOnMzY3JldC1vZi1hbm4="),
        (Access("http://h", token=SECRET), f"Bearer {SECRET}"),
        (Access("http://h", headers={"Authorization": f"Custom {SECRET}"}), f"Custom {SECRET}"),
    ],
)
def test_credentials_are_sent(access: Access, header: str) -> None:
    with FakeGateway(authorization=header) as gateway:
        assert ask(access.at(gateway.url)).status == 200
        wrong = Access(gateway.url, token="wrong-" + SECRET)
        with pytest.raises(AccessDeniedError, match="refused the credentials") as refused:
            ask(wrong)
        with pytest.raises(AccessDeniedError, match="wants credentials") as missing:
            ask(Access(gateway.url))
    _shows_no_secret(refused.value)
    _shows_no_secret(missing.value)


def test_headers_are_sent(gateway: FakeGateway) -> None:
    ask(Access(gateway.url, headers={"X-Team": "blue"}))
    assert gateway.requests[0].headers["x-team"] == "blue"


def _shows_no_secret(error: FlinklabError) -> None:
    said = [str(error), error.message, error.hint, error.details, repr(error), *error.report()]
    said.append(getattr(error, "url", ""))
    assert not any(SECRET in (text or "") for text in said)


def test_a_refused_connection_says_so(gateway: FakeGateway) -> None:
    gateway.stop()
    with pytest.raises(UnreachableError, match="connection was refused") as caught:
        ask(Access(gateway.url.replace("http://", f"http://ann:{SECRET}@")))
    assert caught.value.url == f"{gateway.url}/api_versions"
    assert caught.value.hint is not None and "%flink up" in caught.value.hint
    _shows_no_secret(caught.value)


def test_an_unknown_host_says_so() -> None:
    with pytest.raises(UnreachableError, match="host name is not known"):
        ask(Access("http://no-such-host.invalid:8083"))


@pytest.mark.parametrize("fault", ["drop reply", "half a body"])
def test_a_broken_reply_is_not_repeated(gateway: FakeGateway, fault: str) -> None:
    gateway.faults.add("versions", fault)
    with pytest.raises(BrokenReplyError, match="in the middle of a reply"):
        ask(Access(gateway.url))
    assert gateway.count("versions") == 1


def test_a_reply_that_does_not_come_is_given_up(gateway: FakeGateway) -> None:
    gateway.faults.add("versions", "slow")
    with pytest.raises(BrokenReplyError, match=r"did not answer within 0\.2 s"):
        ask(Access(gateway.url, timeout=0.2))


def test_redirects_to_elsewhere_are_not_followed(gateway: FakeGateway) -> None:
    gateway.faults.add("versions", "redirect")
    with pytest.raises(NotAGatewayError, match=r"redirects to elsewhere\.invalid") as caught:
        ask(Access(gateway.url, token=SECRET))
    assert caught.value.hint == "if that is the right server, give its address: http://elsewhere.invalid"
    assert gateway.count("versions") == 1


def test_redirects_on_the_same_server_are_followed(gateway: FakeGateway) -> None:
    gateway.moved["/old"] = "/api_versions"
    assert ask(Access(gateway.url), "/old").body.startswith(b'{"versions"')
    gateway.moved["/round"] = "/round"
    with pytest.raises(NotAGatewayError, match="in circles"):
        ask(Access(gateway.url), "/round")


def test_proxies_of_the_environment_are_not_used(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert ask(Access(gateway.url)).status == 200
    with pytest.raises(UnreachableError):
        ask(Access(gateway.url, trust_env=True))


def test_connections_are_kept(gateway: FakeGateway) -> None:
    transport = HttpTransport(Access(gateway.url))
    for _ in range(20):
        transport.request("GET", "/api_versions")
    transport.close()
    assert gateway.connections == 1


def test_our_requests_are_not_logged_one_by_one_and_those_of_others_are(caplog: pytest.LogCaptureFixture) -> None:
    with FakeGateway() as ours, FakeGateway() as theirs, caplog.at_level(logging.INFO):
        transport = HttpTransport(Access(ours.url))
        transport.request("GET", "/info")
        transport.close()
        httpx.get(f"{theirs.url}/info", trust_env=False)
    logged = [record.getMessage() for record in caplog.records if record.name == "httpx"]
    assert len(logged) == 1
    assert theirs.url in logged[0]
