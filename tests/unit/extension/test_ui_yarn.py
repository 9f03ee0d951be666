"""A YARN's pages through a Jupyter server: what gets to the ResourceManager, and what comes back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import httpx
import pytest

from fakes import yarn_pages
from fakes.jupyter import TOKEN
from fakes.resourcemanager import FakeResourceManager
from fakes.yarn_pages import RUNNING
from flinklab.domain.records import ClusterAddress, RegisteredCluster, RegisteredYarn

from .conftest import ODD, Served

SECRET = "bearer-of-a-test"
PAGE = f"cluster/app/{RUNNING}"


@dataclass
class Front:
    served: Served
    manager: FakeResourceManager
    session: str

    def open(self, yarn: str = "lab", **asked: str) -> httpx.Response:
        """The door's answer."""
        with self.served.jupyter.client() as client:
            return client.get(f"yarn/my/{quote(yarn, safe='')}/", params=asked)

    def address(self, yarn: str = "lab", **asked: str) -> str:
        """Where the door leads, with the word in it."""
        reply = self.open(yarn, **asked)
        assert reply.status_code == 302, reply.text
        return str(httpx.URL(self.served.jupyter.url).join(reply.headers["location"]))

    def place(self) -> str:
        return self.address().removesuffix("cluster")

    def send(self, raw: str, method: str = "GET") -> int:
        """As it is: a client would tidy it up."""
        parts = urlsplit(self.served.jupyter.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            connection.putrequest(method, raw)
            connection.putheader("Content-Length", "0")
            connection.endheaders()
            return connection.getresponse().status
        finally:
            connection.close()


@pytest.fixture(scope="module")
def _front(served: Served) -> Iterator[Front]:
    registry = served.catalog.registry
    with FakeResourceManager(prefix="/yarn") as manager:
        secret = served.root / "token-of-a-yarn"
        secret.write_text(SECRET)
        access = {"token": f"file:{secret}", "auth": "simple", "user": "robot", "proxy_user": "ann"}
        yarns = [
            registry.save_yarn(each, expected=None)
            for each in (
                RegisteredYarn("my", "lab", (manager.url,), access),
                RegisteredYarn("my", ODD, (manager.url,), access),
                RegisteredYarn("my", "down", ("http://127.0.0.1:9",)),
            )
        ]
        session = manager.yarn.add("etl", jobmanager="http://127.0.0.1:9")
        kept = [
            registry.save_cluster(each, expected=None)
            for each in (
                RegisteredCluster("my", "etl", "yarn", yarn="lab"),
                RegisteredCluster("my", "pinned", "yarn", yarn="lab", application=RUNNING),
                RegisteredCluster("my", "apps", "yarn-application", yarn="lab", storage=None),
            )
        ]
        yield Front(served, manager, session.id)
        for each in kept:
            registry.delete_cluster("my", each.name, expected=each.version)
        for yarn in yarns:
            registry.delete_yarn("my", yarn.name, expected=yarn.version)


@pytest.fixture
def front(_front: Front) -> Front:
    _front.manager.pages = {
        "/cluster": yarn_pages.applications().replace(RUNNING.encode(), _front.session.encode()),
        f"/{PAGE}": yarn_pages.application(),
        "/cluster/scheduler": yarn_pages.scheduler(),
        "/static/yarn.css": b"a{}",
    }
    _front.manager.requests.clear()
    return _front


def pages_asked(front: Front) -> list[str]:
    return [
        each.path for each in front.manager.requests if "/ws/" not in each.path and each.path.startswith("/yarn")
    ]


def test_who_is_logged_in_is_led_to_the_applications(front: Front) -> None:
    page = httpx.get(front.address())
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html;charset=utf-8"
    assert "../../../../../flinklab/ui/my/etl/" in page.text
    assert pages_asked(front) == ["/yarn/cluster"]


def test_a_cluster_leads_to_the_page_of_its_application(front: Front) -> None:
    rows = {row["name"]: row["yarn_ui"] for row in front.served.jupyter.get("clusters")}
    assert rows["pinned"] == "flinklab/yarn/my/lab/?cluster=pinned"
    assert rows["silent"] is None
    assert front.address(cluster="pinned").endswith("/" + PAGE)
    assert front.address(cluster="apps").endswith("/cluster")
    assert front.address(cluster="etl").endswith("/cluster")
    front.served.catalog.addresses.put(ClusterAddress("my", "etl", "http://127.0.0.1:9", front.session))
    assert front.address(cluster="etl").endswith(f"/cluster/app/{front.session}")
    assert front.open(cluster="nothing").status_code == 404


def test_the_page_is_in_a_sandbox_that_can_ask_for_nothing(front: Front) -> None:
    place = front.place()
    for path in ("cluster", PAGE, "static/yarn.css", "conf", "cluster/nodes"):
        headers = httpx.get(place + path).headers
        sandbox, *others = headers["content-security-policy"].split("; ")
        assert sandbox == "sandbox allow-scripts", path
        assert {"connect-src 'none'", "form-action 'none'", "frame-ancestors 'self'"} <= set(others)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in headers


def test_the_resourcemanager_is_told_who_is_registered_and_nothing_of_the_browsers(front: Front) -> None:
    own = {"Cookie": "_xsrf=1", "Authorization": f"token {TOKEN}", "Origin": "null", "X-Forwarded-For": "1.2.3.4"}
    page = httpx.get(front.place() + "cluster/scheduler?openQueues=root.default", headers=own)
    assert page.status_code == 200
    asked = front.manager.requests[-1]
    assert asked.query == {"openQueues": "root.default", "user.name": "robot", "doAs": "ann"}
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert {name.lower() for name in asked.headers} <= {
        *("host", "accept", "accept-encoding", "authorization", "user-agent", "connection"),
    }
    assert SECRET not in page.text + str(page.headers)


@pytest.mark.parametrize(
    "path",
    [
        *("conf", "jmx", "logs/", "stacks", f"proxy/{RUNNING}/", "ws/v1/cluster/apps", "cluster/kill", "ui2/"),
        *("cluster/../conf", "cluster/%2e%2e/conf", "..%2fconf", "/conf", "//other.host/cluster", "cluster%2fapps"),
        *(
            "cluster?user.name=root",
            "cluster?doAs=root",
            "cluster%3fdoAs=root",
            "cluster;a=b",
            "cluster%00",
            "x" * 5000,
        ),
    ],
)
def test_what_is_not_in_the_list_gets_nowhere(front: Front, path: str) -> None:
    assert front.send(urlsplit(front.place()).path + path) in (400, 403, 404)
    assert front.manager.requests == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE"])
@pytest.mark.parametrize("path", ["cluster", f"ws/v1/cluster/apps/{RUNNING}/state"])
def test_no_method_but_get_gets_there(front: Front, method: str, path: str) -> None:
    assert front.send(urlsplit(front.place()).path + path, method) in (403, 405)
    assert front.manager.requests == []


def test_a_file_is_kept_by_the_browser_and_a_page_is_not(front: Front) -> None:
    place = front.place()
    style = httpx.get(place + "static/yarn.css")
    assert (style.text, style.headers["content-type"]) == ("a{}", "text/css")
    assert style.headers["cache-control"] == "private, max-age=3600"
    assert httpx.get(place + "cluster").headers["cache-control"] == "no-store"
    assert httpx.get(place + "cluster/nodes").status_code == 404


def test_a_word_opens_this_yarn_and_nothing_else(front: Front) -> None:
    word = front.place().rstrip("/").rpartition("/")[2]
    base = front.served.jupyter.url
    for path in (f"yarn/my/down/{word}/cluster", f"ui/my/etl/{word}/", f"ui/my/lab/{word}/", "status"):
        assert httpx.get(f"{base}flinklab/{path}", headers={"Authorization": f"token {word}"}).status_code == 403
    assert front.manager.requests == []


def test_an_old_word_leads_back_to_the_same_page(front: Front) -> None:
    base = f"{front.served.jupyter.url}flinklab/yarn/my/lab/"
    old, login = base + "x" * 32, {"Authorization": f"token {TOKEN}"}
    assert httpx.get(f"{old}/{PAGE}").status_code == 403
    again = httpx.get(f"{old}/{PAGE}", headers=login)
    assert again.status_code == 302
    led = httpx.get(base + again.headers["location"].rpartition("/")[2], headers=login).headers["location"]
    assert led.endswith("/" + PAGE)
    assert "x" * 32 not in led
    assert httpx.get(f"{old}/static/yarn.css", headers=login).status_code == 403
    assert httpx.get(f"{old}/conf", headers=login).headers["location"].endswith("/yarn/my/lab/")
    assert front.address(page="conf").endswith("/cluster")
    assert front.address(page="//other.host/cluster").endswith("/cluster")


@pytest.mark.parametrize("name", ["nothing", "a@b", "http://other.host"])
def test_only_a_registered_yarn_has_a_door(front: Front, name: str) -> None:
    assert front.open(name).status_code == 404


def test_an_odd_name_has_one_too(front: Front) -> None:
    page = httpx.get(front.address(ODD))
    assert page.status_code == 200
    assert "<b>é" not in page.text


def test_one_that_is_down_is_said_in_words_on_its_page(front: Front) -> None:
    page = httpx.get(front.address("down"))
    assert page.status_code == 502
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    assert "127.0.0.1:9" in page.text


def test_an_answer_without_an_end_is_not_passed_on(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flinklab_extension.ui_yarns.MOST", 100)
    assert httpx.get(front.place() + "cluster").status_code == 502


def test_a_word_is_in_no_line_of_the_log(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    place = front.place()
    with caplog.at_level(logging.DEBUG):
        for path in ("cluster", "conf", "nowhere"):
            httpx.get(place + path)
    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
    assert "nowhere" in said
    assert place.rstrip("/").rpartition("/")[2] not in said
