"""The simpler client against a real socket that breaks on order."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from fakes.jobmanager import FakeJobManager
from flinklab.flink.plain import PlainClient


@pytest.fixture
def fake() -> Iterator[FakeJobManager]:
    with FakeJobManager() as fake:
        yield fake


@pytest.fixture
def client(fake: FakeJobManager) -> Iterator[PlainClient]:
    client = PlainClient(fake.url, {"Accept": "application/json", "X-Team": "my"}, timeout=30, connect_timeout=5)
    yield client
    client.close()


def test_one_connection_serves_many_requests(fake: FakeJobManager, client: PlainClient) -> None:
    replies = [client.request("GET", f"{fake.url}/overview") for _ in range(5)]
    assert {reply.status_code for reply in replies} == {200}
    assert replies[0].headers["content-type"].startswith("application/json")
    assert b'"taskmanagers":1' in replies[0].content
    assert fake.connections == 1


def test_what_is_sent(fake: FakeJobManager, client: PlainClient) -> None:
    job = fake.add_job("a job")
    path = f"{fake.url}/jobs/{job}/exceptions?maxExceptions=1"
    assert client.request("GET", path).status_code == 200
    trigger = "c0ffee".rjust(32, "0")
    body = b'{"triggerId":"%s","drain":false}' % trigger.encode()
    sent = client.request("POST", f"{fake.url}/jobs/{job}/stop", content=body, headers={"X-One": "1"})
    assert sent.status_code == 202
    asked, stopped = fake.requests
    assert asked.query == {"maxExceptions": "1"}
    assert stopped.body == {"triggerId": trigger, "drain": False}
    assert {name: stopped.headers[name] for name in ("x-team", "x-one")} == {"x-team": "my", "x-one": "1"}


def test_several_threads_have_a_connection_each(fake: FakeJobManager, client: PlainClient) -> None:
    def ask(_: int) -> int:
        return client.request("GET", f"{fake.url}/overview").status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(40))) == {200}
    assert fake.connections <= 4


def test_a_connection_that_the_server_closed_is_not_used_again(fake: FakeJobManager, client: PlainClient) -> None:
    assert client.request("GET", f"{fake.url}/overview").status_code == 200
    fake.stop()
    fake.start()
    assert client.request("GET", f"{fake.url}/overview").status_code == 200


@pytest.mark.parametrize("fault", ["drop reply", "half a body"])
def test_a_reply_that_breaks_off_is_no_reply_and_is_not_asked_for_again(
    fault: str, fake: FakeJobManager, client: PlainClient
) -> None:
    fake.faults.add("overview", fault)
    with pytest.raises(httpx.TransportError):
        client.request("GET", f"{fake.url}/overview")
    assert fake.count("overview") == 1
    assert client.request("GET", f"{fake.url}/overview").status_code == 200


def test_a_server_that_says_nothing(fake: FakeJobManager) -> None:
    client = PlainClient(fake.url, {}, timeout=0.1, connect_timeout=5)
    fake.faults.add("overview", "slow")
    with pytest.raises(httpx.ReadTimeout):
        client.request("GET", f"{fake.url}/overview")
    client.close()


def test_nobody_there(fake: FakeJobManager, client: PlainClient) -> None:
    fake.stop()
    with pytest.raises(httpx.ConnectError, match="refused"):
        client.request("GET", f"{fake.url}/overview")


@pytest.mark.parametrize("host", ["no-such-host.invalid", f"{'a' * 64}.invalid"])
def test_a_host_that_does_not_exist(host: str) -> None:
    client = PlainClient(f"http://{host}:8081", {}, timeout=5, connect_timeout=5)
    with pytest.raises(httpx.ConnectError):
        client.request("GET", f"http://{host}:8081/overview")


def test_a_redirect_says_where_to(fake: FakeJobManager, client: PlainClient) -> None:
    fake.moved["/overview"] = "/elsewhere"
    reply = client.request("GET", f"{fake.url}/overview")
    assert reply.has_redirect_location
    assert reply.headers["location"] == "/elsewhere"
