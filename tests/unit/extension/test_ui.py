"""A cluster's UI through a Jupyter server: what gets there, what comes back, and what a page of it may."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from fakes.jupyter import TOKEN
from flinklab.domain.records import RegisteredCluster, RegisteredGateway

from .conftest import ODD, Served

SECRET = "bearer-of-a-test"
JOB = "a" * 32
_BODIES = {
    "/": ("text/html", b"<title>Apache Flink Web Dashboard</title>"),
    "/main.js": ("application/javascript", b"let a;"),
    "/overview": ("application/json;charset=UTF-8", b'{"taskmanagers": 1}'),
    "/config": (
        "application/json",
        b'{"refresh-interval": 3000, "features": {"web-submit": true, "web-cancel": true, "web-history": false}}',
    ),
    "/jobmanager/stdout": ("a\tb; odd type", b"<script>"),
}


class _JobManager(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str, dict[str, str]]]
    elsewhere: str

    def do_GET(self) -> None:
        self.asked.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
        if self.path == "/jobmanager/log":
            self._answer(302, "text/plain", b"", Location=f"{self.elsewhere}/overview")
        elif self.path == "/jobmanager/logs":
            self._answer(307, "text/plain", b"", Location="/overview")
        elif self.path in _BODIES:
            self._answer(200, *_BODIES[self.path], **{"Set-Cookie": "a=b", "Access-Control-Allow-Origin": "*"})
        else:
            self._answer(404, "application/json", b'{"errors": ["not found"]}')

    def _answer(self, status: int, type_: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": type_, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Front:
    """A registered cluster, what its JobManager was asked, and what another server was."""

    def __init__(self, served: Served, address: str, asked: list[Any], asked_elsewhere: list[Any]) -> None:
        self.served = served
        self.address = address
        self.asked = asked
        self.asked_elsewhere = asked_elsewhere

    def open(self, name: str = "front") -> str:
        """The address of its UI, with the word in it."""
        with self.served.jupyter.client() as client:
            reply = client.get(f"ui/my/{quote(name, safe='')}/")
        assert reply.status_code == 302, reply.text
        return str(httpx.URL(self.served.jupyter.url).join(reply.headers["location"]))

    def send(self, raw: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """As it is: a client would tidy it up."""
        parts = urlsplit(self.served.jupyter.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            connection.putrequest(method, raw, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            reply = connection.getresponse()
            return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
        finally:
            connection.close()


class _Serving:
    def __init__(self, elsewhere: str) -> None:
        self.asked: list[Any] = []
        handler = type("_Its", (_JobManager,), {"asked": self.asked, "elsewhere": elsewhere})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True

    def __enter__(self) -> tuple[str, list[Any]]:
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}", self.asked

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def _front(served: Served) -> Iterator[Front]:
    with _Serving("http://127.0.0.1:9") as (elsewhere, asked_elsewhere), _Serving(elsewhere) as (address, asked):
        registry = served.catalog.registry
        kept_secret = served.root / "token-of-a-gateway"
        kept_secret.write_text(SECRET)
        access = {"token": f"file:{kept_secret}", "jobmanager_url": address}
        registry.save_gateway(RegisteredGateway("my", "front", address, access), expected=None)
        kept = [
            registry.save_cluster(cluster, expected=None)
            for cluster in (
                RegisteredCluster("my", "front", "standalone", address, gateway="front"),
                RegisteredCluster("my", ODD, "standalone", address, gateway="front"),
            )
        ]
        yield Front(served, address, asked, asked_elsewhere)
        for each in kept:
            registry.delete_cluster("my", each.name, expected=each.version)


@pytest.fixture
def front(_front: Front) -> Front:
    _front.asked.clear()
    _front.asked_elsewhere.clear()
    return _front


@pytest.mark.parametrize("name", ["front", ODD])
def test_who_is_logged_in_is_led_to_the_page(front: Front, name: str) -> None:
    page = httpx.get(front.open(name))
    assert (page.status_code, page.text) == (200, _BODIES["/"][1].decode())
    assert page.headers["content-type"] == "text/html"
    assert [path for _, path, _ in front.asked] == ["/"]


def test_the_page_is_in_a_sandbox_without_jupyters_origin(front: Front) -> None:
    """Nor is any other answer a way out of it."""
    address = front.open()
    for path in ("", "main.js", "overview", "jobmanager/log", f"jobs/{JOB}/yarn-cancel", "nowhere"):
        headers = httpx.get(address + path).headers
        sandbox, *others = headers["content-security-policy"].split("; ")
        assert sandbox.split() == ["sandbox", "allow-scripts", "allow-popups", "allow-downloads"], path
        assert "form-action 'none'" in others
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["access-control-allow-origin"] == "null"
        assert "set-cookie" not in headers


def test_the_jobmanager_gets_the_catalogs_credentials_and_nothing_of_the_browsers(front: Front) -> None:
    own = {"Cookie": "_xsrf=1; username=2", "Authorization": f"token {TOKEN}", "X-Forwarded-For": "1.2.3.4"}
    hop = {"Connection": "X-Odd", "X-Odd": "1", "TE": "trailers", "Proxy-Authorization": "Basic YTpi"}
    page = httpx.get(front.open() + "overview", headers={**own, **hop, "Origin": "null", "Referer": "http://a/"})
    assert page.json() == {"taskmanagers": 1}
    _, _, sent = front.asked[-1]
    assert sent["authorization"] == f"Bearer {SECRET}"
    assert sent["host"] == urlsplit(front.address).netloc
    assert set(sent) <= {"host", "accept", "accept-encoding", "authorization", "user-agent", "connection"}
    assert SECRET not in str(page.headers)


def test_no_button_is_shown_that_would_not_get_through(front: Front) -> None:
    found = httpx.get(front.open() + "config").json()
    assert found["features"] == {"web-submit": False, "web-cancel": False, "web-history": False}
    assert found["refresh-interval"] == 3000


@pytest.mark.parametrize(
    "path",
    [
        *(f"jobs/{JOB}/yarn-cancel", f"jobs/{JOB}/yarn-stop", "jars/a.jar/plan", "jars", f"jobs/{JOB}/stop"),
        *("../../../api/contents", "%2e%2e/%2e%2e/api", "..%2f..%2fapi", "jobs/../overview", ".%2e/overview"),
        *(
            "/other.host/",
            "//other.host/overview",
            "http://other.host/overview",
            "overview@other.host",
            "\\overview",
        ),
        *(
            "%5c%5cother.host",
            "overview%0d%0aX-A:%20b",
            "overview%00",
            "overview%252e",
            "overview;a=b",
            "overview/",
        ),
        *("a" * 5000, "overview?a=%0d%0a&b=" + "c" * 20_000, "overview?a=<b>"),
    ],
)
def test_what_is_not_in_the_list_gets_nowhere(front: Front, path: str) -> None:
    address = urlsplit(front.open()).path
    status, _, body = front.send(address + path)
    assert status in (400, 403, 404), body
    assert front.asked == []
    assert front.asked_elsewhere == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "CONNECT", "BREW"])
def test_no_method_but_get_gets_there(front: Front, method: str) -> None:
    address = urlsplit(front.open()).path
    status, _, _ = front.send(address + "overview", method, Content_Length="0")
    assert status in (403, 405)
    assert front.asked == []


def test_an_absolute_url_goes_to_jupyter_all_the_same(front: Front) -> None:
    """As one that takes the server for a proxy sends it."""
    status, _, _ = front.send(f"{front.address}/overview", Authorization=f"token {TOKEN}")
    assert status in (400, 404)
    assert front.asked == []


def test_a_websocket_is_refused(front: Front) -> None:
    address = urlsplit(front.open()).path
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13"}
    status, _, _ = front.send(address + "overview", **upgrade, Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==")
    assert status == 400
    assert front.asked == []


def test_a_redirect_to_elsewhere_is_not_followed_and_to_itself_is(front: Front) -> None:
    address = front.open()
    refused = httpx.get(address + "jobmanager/log")
    assert refused.status_code == 502
    assert "location" not in refused.headers
    assert front.asked_elsewhere == []
    assert httpx.get(address + "jobmanager/logs").json() == {"taskmanagers": 1}


def test_statuses_and_types_are_passed_on_but_no_odd_ones(front: Front) -> None:
    address = front.open()
    missing = httpx.get(address + f"jobs/{JOB}")
    assert (missing.status_code, missing.json()) == (404, {"errors": ["not found"]})
    assert httpx.get(address + "jobmanager/stdout").headers["content-type"] == "application/octet-stream"
    assert httpx.get(address + "main.js").headers["cache-control"] == "private, max-age=3600"
    assert httpx.get(address + "overview").headers["cache-control"] == "no-store"


def test_a_browser_may_ask_before_it_asks(front: Front) -> None:
    """Flink's UI gets logs with a header of its own."""
    asked = {"Origin": "null", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "pragma"}
    reply = httpx.options(front.open() + "jobmanager/log", headers=asked)
    assert reply.status_code == 200
    assert "pragma" in reply.headers["access-control-allow-headers"]
    assert reply.headers["access-control-allow-methods"] == "GET"
    assert front.asked == []


def test_a_word_opens_nothing_else(front: Front) -> None:
    address = front.open()
    word = address.rstrip("/").rpartition("/")[2]
    base = front.served.jupyter.url
    other = quote(ODD, safe="")
    for path in (f"flinklab/ui/my/{other}/{word}/overview", "flinklab/status", "api/contents", "flinklab/jobs"):
        assert httpx.get(base + path, headers={"Authorization": f"token {word}"}).status_code == 403, path
    assert front.asked == []


def test_without_a_word_a_login_leads_to_the_door_and_nothing_to_nowhere(front: Front) -> None:
    old = f"{front.served.jupyter.url}flinklab/ui/my/front/{'x' * 32}/"
    assert httpx.get(old).status_code == 403
    login = {"Authorization": f"token {TOKEN}"}
    again = httpx.get(old, headers=login)
    assert again.status_code == 302
    assert again.headers["location"].endswith("/flinklab/ui/my/front/")
    assert httpx.get(old + "overview", headers=login).status_code == 403
    assert front.asked == []


@pytest.mark.parametrize("name", ["nothing", "..", "a@b", "http:%2f%2fother.host", "127.0.0.1:8081"])
def test_only_a_registered_cluster_has_a_door(front: Front, name: str) -> None:
    path = f"{urlsplit(front.served.jupyter.url).path}flinklab/ui/my/{name}/"
    status, headers, _ = front.send(path, Authorization=f"token {TOKEN}")
    assert status == 404
    assert "location" not in headers


def test_a_cluster_that_is_down_is_said_in_words_on_its_page(front: Front) -> None:
    page = httpx.get(front.open("silent"))
    assert page.status_code == 502
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    assert "cannot reach" in page.text
    told = httpx.get(front.open("silent") + "overview")
    assert "cannot reach" in json.loads(told.content)["message"]


def test_a_word_is_in_no_line_of_the_log(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    address = front.open()
    word = address.rstrip("/").rpartition("/")[2]
    with caplog.at_level(logging.DEBUG):
        for path in ("overview", f"jobs/{JOB}", "jobmanager/log", "nowhere"):
            httpx.get(address + path)
    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
    assert "nowhere" in said
    assert word not in said


def test_a_cluster_tells_where_its_ui_is(front: Front) -> None:
    rows = {row["name"]: row["ui"] for row in front.served.jupyter.get("clusters")}
    assert rows["front"] == "flinklab/ui/my/front/"
    assert rows[ODD] == f"flinklab/ui/my/{quote(ODD, safe='')}/"
    assert "ui" in front.served.jupyter.get("status")["capabilities"]
