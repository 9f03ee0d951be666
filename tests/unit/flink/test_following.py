"""A JobManager is followed, and nobody else is ever taken for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import (
    BrokenReplyError,
    ClusterEndedError,
    ConnectionFailedError,
    NoApplicationError,
    NotAGatewayError,
    UnreachableError,
)
from flinklab.domain.records import ClusterAddress
from flinklab.flink.following import PROVEN_FOR, Following, applications_in
from flinklab.flink.transport import Reply

APP, OTHER = "application_1_0001", "application_1_0002"
FIRST, SECOND = "http://node-1:1", "http://node-2:2"
CONFIG = "/jobmanager/config"


def at(url: str, application: str = APP) -> ClusterAddress:
    return ClusterAddress("my", "etl", url, application)


class Net:
    """Who answers at which address: an application's JobManager, or an error. `asked`: all requests."""

    def __init__(self, **there: str | Exception) -> None:
        self.there: dict[str, str | Exception | Reply] = {
            {"first": FIRST, "second": SECOND}[name]: who for name, who in there.items()
        }
        self.asked: list[tuple[str, str]] = []
        self.closed: list[str] = []
        self.looked: list[str] = []
        self.answer: ClusterAddress | Exception = at(FIRST)
        self.now = 0.0

    def connect(self, url: str) -> Side:
        return Side(self, url)

    def again(self, failed: str) -> ClusterAddress:
        self.looked.append(failed)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def following(self, address: ClusterAddress | None = None) -> Following:
        return Following(address or at(FIRST), self.connect, self.again, lambda: self.now)

    def paths(self, url: str) -> list[str]:
        return [path for there, path in self.asked if there == url]


class Side:
    def __init__(self, net: Net, url: str) -> None:
        self._net, self.url = net, url

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        self._net.asked.append((self.url, path))
        who = self._net.there[self.url]
        if isinstance(who, Exception):
            raise who
        if isinstance(who, Reply):
            return who
        if path == CONFIG:
            settings = {"high-availability.cluster-id": who, "web.tmpdir": "/tmp/flink-web-1"}
            return Reply(200, json.dumps([{"key": k, "value": v} for k, v in settings.items()]).encode())
        return Reply(200, who.encode())

    def tail(self, path: str, most: int) -> Reply:
        return self.request("GET", path)

    def close(self) -> None:
        self._net.closed.append(self.url)


def test_who_answers_says_first_who_it_is() -> None:
    net = Net(first=APP)
    following = net.following()
    assert following.request("GET", "/jobs/overview").body.decode() == APP
    assert following.tail("/log", 10).status == 200
    assert net.paths(FIRST) == [CONFIG, "/jobs/overview", "/log"] and not net.looked
    net.now = PROVEN_FOR
    following.request("GET", "/jobs/overview")
    assert net.paths(FIRST)[-2:] == [CONFIG, "/jobs/overview"]


@pytest.mark.parametrize(
    "error",
    [UnreachableError("refused"), BrokenReplyError("no answer within 10 s"), NotAGatewayError("redirects")],
)
def test_a_failed_request_is_raised_and_the_next_one_goes_to_the_new_address(error: ConnectionFailedError) -> None:
    net = Net(first=APP, second=APP)
    following = net.following()
    following.request("GET", "/jobs/overview")
    net.there[FIRST], net.answer = error, at(SECOND)
    with pytest.raises(type(error)) as caught:
        following.request("PATCH", "/jobs/1")
    assert caught.value is error
    assert net.paths(SECOND) == [] and net.closed == [FIRST] and following.url == SECOND
    following.request("GET", "/jobs/overview")
    assert net.paths(SECOND) == [CONFIG, "/jobs/overview"] and net.looked == [FIRST]


def test_an_address_that_changed_hands_gives_no_answer_of_another_cluster() -> None:
    net = Net(first=OTHER, second=APP)
    net.answer = at(SECOND)
    following = net.following()
    with pytest.raises(UnreachableError, match=f"{OTHER} answers, not {APP}"):
        following.request("GET", "/jobs/overview")
    assert net.paths(FIRST) == [CONFIG]
    assert following.request("GET", "/jobs/overview").body.decode() == APP


def test_one_that_changed_hands_meanwhile_is_found_out_when_its_configuration_is_read() -> None:
    """As it is whenever a job is missed: `RestJobControl`."""
    net = Net(first=APP)
    following = net.following()
    following.request("GET", "/jobs/overview")
    net.there[FIRST] = OTHER
    with pytest.raises(UnreachableError, match="not application_1_0001"):
        following.request("GET", CONFIG)
    with pytest.raises(UnreachableError):  # and from then on before anything else
        following.request("GET", "/jobs/overview")
    assert net.paths(FIRST)[-1] == CONFIG


def test_before_something_is_sent_it_is_asked_again() -> None:
    net = Net(first=APP)
    following = net.following()
    assert following.prove() == FIRST
    net.there[FIRST] = OTHER
    with pytest.raises(UnreachableError):
        following.prove()


@pytest.mark.parametrize("who", [Reply(200, b"<html>"), Reply(404, b"{}"), Reply(200, b"{}"), Reply(200, b"[]")])
def test_what_does_not_say_that_it_is_the_application_is_not(who: Reply) -> None:
    net = Net(first=APP)
    net.there[FIRST] = who
    with pytest.raises(UnreachableError, match="does not say that it is"):
        net.following().request("GET", "/jobs/overview")
    assert net.looked == [FIRST]


def test_outside_of_yarn_whoever_answers_is_it() -> None:
    net = Net(first=APP)
    net.following(at(FIRST, "")).request("GET", "/jobs/overview")
    assert net.paths(FIRST) == ["/jobs/overview"]


def test_an_end_is_raised_in_the_place_of_the_failure() -> None:
    net = Net(first=UnreachableError("refused"))
    net.answer = ClusterEndedError("it is KILLED", application=APP)
    with pytest.raises(ClusterEndedError, match="KILLED"):
        net.following().request("GET", "/jobs/overview")


@pytest.mark.parametrize(
    "second", [UnreachableError("the ResourceManager does not answer either"), NoApplicationError("two of them")]
)
def test_what_cannot_be_looked_up_is_told_beside_the_failure(second: Exception) -> None:
    net = Net(first=UnreachableError("cannot reach it", url=FIRST))
    net.answer = second
    with pytest.raises(UnreachableError) as caught:
        net.following().request("GET", "/jobs/overview")
    assert caught.value.message == f"cannot reach it, and {second}" and caught.value.url == FIRST


@pytest.mark.parametrize("status", [502, 503, 504])
def test_one_that_is_not_the_leader_is_looked_for_and_its_reply_is_given(status: int) -> None:
    net = Net(first=APP, second=APP)
    following = net.following()
    following.request("GET", "/jobs/overview")
    net.there[FIRST], net.answer = Reply(status, b""), at(SECOND)
    assert following.request("GET", "/jobs/overview").status == status
    assert following.url == SECOND
    net.there[SECOND], net.answer = Reply(status, b""), UnreachableError("nobody knows")
    net.now = -1
    with pytest.raises(UnreachableError):  # it does not say who it is
        following.request("GET", "/jobs/overview")


def test_those_that_failed_at_the_same_address_look_once() -> None:
    net = Net(first=APP, second=APP)
    net.answer = at(SECOND)
    following = net.following()
    following.request("GET", "/jobs/overview")
    both, answered = threading.Barrier(2), net.connect(FIRST).request

    def fail(self: Side, method: str, path: str, body: bytes | None = None) -> Reply:
        if self.url == SECOND:
            return answered(method, path)
        both.wait(60)  # two requests are under way when it goes
        raise UnreachableError("refused")

    raised: list[Exception] = []

    def ask() -> None:
        with pytest.raises(UnreachableError) as caught:
            following.request("GET", "/jobs/overview")
        raised.append(caught.value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Side, "request", fail)
        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert len(raised) == 2 and net.looked == [FIRST] and net.closed == [FIRST]


def test_a_closed_one_follows_nobody() -> None:
    net = Net(first=UnreachableError("closed"))
    following = net.following()
    following.close()
    with pytest.raises(UnreachableError):
        following.request("GET", "/jobs/overview")
    assert net.closed == [FIRST] and not net.looked


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"high-availability.cluster-id": APP}, (APP,)),
        ({"io.tmp.dirs": f"/l/usercache/ann/appcache/{APP},/m/{APP}"}, (APP,)),
        ({"high-availability.cluster-id": "/mine", "io.tmp.dirs": f"/l/{APP}"}, (APP,)),
        ({"high-availability.cluster-id": OTHER, "io.tmp.dirs": f"/l/{APP}"}, (OTHER, APP)),
        ({"high-availability.cluster-id": "/default", "io.tmp.dirs": "/tmp"}, ()),
        ({"yarn.application.name": APP}, ()),
    ],
)
def test_what_a_configuration_says_of_its_application(config: dict[str, str], told: tuple[str, ...]) -> None:
    assert applications_in(config) == told


WORLD = st.lists(
    st.tuples(
        st.sampled_from(["ask", "fresh", "prove"]),
        st.sampled_from([APP, OTHER, "down", "html"]),
        st.sampled_from([APP, OTHER, "down"]),
        st.sampled_from(["first", "second", "down", "ended"]),
    ),
    max_size=12,
)


@given(WORLD)
def test_a_freshly_proven_answer_is_always_the_applications(steps: list[tuple[str, str, str, str]]) -> None:
    """Whoever takes which address, whatever the ResourceManager says: after `prove` only ours has answered."""
    net = Net(first=APP, second=APP)
    following = net.following()
    answers: dict[str, ClusterAddress | Exception] = {
        "first": at(FIRST),
        "second": at(SECOND),
        "down": UnreachableError("down"),
        "ended": ClusterEndedError("over"),
    }
    who: dict[str, str | Exception | Reply] = {
        APP: APP,
        OTHER: OTHER,
        "down": UnreachableError("refused"),
        "html": Reply(200, b"<html>"),
    }
    for what, first, second, found in steps:
        net.there = {FIRST: who[first], SECOND: who[second]}
        net.answer = answers[found]
        if what == "fresh":
            net.now += PROVEN_FOR
        send: Callable[[], object] = following.prove if what == "prove" else lambda: following.request("GET", "/x")
        place = following.url
        is_proven = following._place.proven_until > net.now
        try:
            send()
        except ConnectionFailedError:
            assert what != "prove" or net.there[place] != APP
        else:
            assert (is_proven and what == "ask") or net.there[place] == APP
