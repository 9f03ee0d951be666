from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.resourcemanager import FakeResourceManager, FakeYarn
from flinklab.domain.errors import (
    BrokenReplyError,
    ConnectionFailedError,
    NotAGatewayError,
    UnreachableError,
)
from flinklab.flink.access import Access
from flinklab.flink.transport import HttpTransport, Reply
from flinklab.yarn.standby import ActiveOne

Pair = tuple[FakeResourceManager, FakeResourceManager, ActiveOne]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two over one YARN; the first is active."""
    with ExitStack() as stack:
        yarn = FakeYarn()
        one, two = (stack.enter_context(FakeResourceManager(yarn)) for _ in range(2))
        two.standby_of = one.url
        active = ActiveOne([HttpTransport(Access(each.url, timeout=5)) for each in (one, two)])
        stack.callback(active.close)
        yield one, two, active


def fail_over(one: FakeResourceManager, two: FakeResourceManager) -> None:
    one.standby_of, two.standby_of = two.url, None


def test_the_one_that_answered_last_is_asked_first(pair: Pair) -> None:
    one, two, active = pair
    for _ in range(3):
        active.request("GET", "/metrics")
    assert (len(one.requests), len(two.requests)) == (3, 0)
    fail_over(one, two)
    for _ in range(3):
        assert active.request("GET", "/metrics").status == 200
    assert active.url == two.url
    assert (one.asked["/ws/v1/cluster/metrics"], two.asked["/ws/v1/cluster/metrics"]) == (4, 3)


def breaks_off(one: FakeResourceManager) -> None:
    one.faults.add("metrics", "drop request")


def does_not_serve(one: FakeResourceManager) -> None:
    one.faults.add("metrics", "503")


def is_something_else(one: FakeResourceManager) -> None:
    one.html = True


def is_down(one: FakeResourceManager) -> None:
    one.stop()


def stands_by_alone(one: FakeResourceManager) -> None:
    one.standby_of = ""


@pytest.mark.parametrize("fail", [breaks_off, does_not_serve, is_something_else, is_down, stands_by_alone])
def test_the_other_is_asked_when_one_does_not_serve(
    pair: Pair, fail: Callable[[FakeResourceManager], None]
) -> None:
    one, two, active = pair
    fail(one)
    two.standby_of = None
    assert active.request("GET", "/metrics").status == 200
    assert active.url == two.url


def test_none_is_asked_twice_whatever_it_does(pair: Pair) -> None:
    one, two, active = pair
    application = one.yarn.add("etl-1")
    one.faults.add("kill", "drop reply")
    two.standby_of = None
    active.request("PUT", f"/apps/{application.id}/state", b'{"state":"KILLED"}')
    assert (one.count("kill"), two.count("kill")) == (1, 1)


def test_when_none_is_active_both_are_named_with_what_they_said(pair: Pair) -> None:
    one, two, active = pair
    one.stop()
    two.standby_of = ""
    with pytest.raises(UnreachableError) as caught:
        active.request("GET", "/metrics")
    said = caught.value.message
    assert f"cannot reach {one.url}: the connection was refused" in said
    assert f"{two.url}: it is only standing by" in said
    assert two.count("metrics") + len([path for path in two.asked if "metrics" in path]) == 1


def test_one_that_stands_by_names_the_other(pair: Pair) -> None:
    one, two, _ = pair
    alone = ActiveOne([HttpTransport(Access(two.url))])
    with pytest.raises(UnreachableError, match="only standing by") as caught:
        alone.request("GET", "/metrics")
    alone.close()
    assert one.url in str(caught.value)


def test_a_redirect_of_somebody_else_is_no_standing_by(pair: Pair) -> None:
    one, _, _ = pair
    one.faults.add("metrics", "redirect")
    alone = ActiveOne([HttpTransport(Access(one.url))])
    with pytest.raises(NotAGatewayError, match=r"redirects to elsewhere\.invalid"):
        alone.request("GET", "/metrics")
    alone.close()


def test_a_page_is_no_answer(pair: Pair) -> None:
    one, _, _ = pair
    one.html = True
    alone = ActiveOne([HttpTransport(Access(one.url))])
    with pytest.raises(NotAGatewayError, match="is no ResourceManager"):
        alone.request("GET", "/metrics")
    alone.close()


class Scripted:
    """A server that does the same whenever it is asked."""

    def __init__(self, url: str, outcome: Reply | ConnectionFailedError) -> None:
        self.url = url
        self.outcome = outcome
        self.asked = 0

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        self.asked += 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def tail(self, path: str, most: int) -> Reply:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is open."""


SERVES = Reply(200, b"{}", "application/json")
FAILURES = [
    UnreachableError("nobody answers"),
    BrokenReplyError("it broke off"),
    Reply(307, b"There is no active RM right now.", "text/plain"),
    Reply(503, b"<html>", "text/html"),
    Reply(200, b"<html>", "text/html"),
]


@given(st.lists(st.lists(st.sampled_from([SERVES, *FAILURES]), min_size=3, max_size=3), min_size=1, max_size=6))
def test_whoever_serves_is_found_and_each_is_asked_at_most_once(
    rounds: Sequence[Sequence[Reply | ConnectionFailedError]],
) -> None:
    servers = [Scripted(f"http://rm{number}", SERVES) for number in range(3)]
    active = ActiveOne(servers)
    for outcomes in rounds:
        for server, outcome in zip(servers, outcomes, strict=True):
            server.outcome, server.asked = outcome, 0
        last = active.url
        if SERVES in outcomes:
            assert active.request("PUT", "/apps/a/state", b"{}") is SERVES
            assert next(each for each in servers if each.url == active.url).outcome is SERVES
        else:
            with pytest.raises(ConnectionFailedError):
                active.request("PUT", "/apps/a/state", b"{}")
            assert active.url == last
        assert max(each.asked for each in servers) == 1
        assert next(each for each in servers if each.url == last).asked == 1


@pytest.mark.parametrize("path", ["/cluster/apps", "/cluster/cluster"])
def test_a_page_is_the_active_ones_also_where_the_other_one_has_it(pair: Pair, path: str) -> None:
    one, two, active = pair
    one.pages[path], two.pages[path] = b"<html>one", b"<html>two"
    assert active.page(path, 100).body == b"<html>one"
    fail_over(one, two)
    assert active.page(path, 100).body == b"<html>two"
    assert active.page(path, 3).body == b"two"


def test_no_page_is_shown_where_none_is_active(pair: Pair) -> None:
    one, two, active = pair
    one.pages["/cluster"] = two.pages["/cluster"] = b"<html>"
    one.standby_of = ""
    with pytest.raises(UnreachableError, match="no ResourceManager is active"):
        active.page("/cluster", 100)
