from __future__ import annotations

import threading
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import BrokenReplyError, UnreachableError
from flinklab.flink.incarnation import GOOD_FOR, Remembered, Watched, incarnation_of
from flinklab.flink.transport import Reply

URL = "http://jm:8081"
START = "56b246e6-e86e-4458-a7f1-5ae3c646c6d3"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"web.tmpdir": f"/tmp/flink-web-{START}"}, START),
        ({"web.tmpdir": f"/tmp/flink-web-{START}", "high-availability.type": "none"}, START),
        ({"high-availability.type": "zookeeper", "high-availability.cluster-id": "app_1"}, "ha:app_1"),
        ({"high-availability.type": "KUBERNETES", "high-availability.cluster-id": "k"}, "ha:k"),
        ({"high-availability": "zookeeper", "web.tmpdir": f"/tmp/flink-web-{START}"}, "ha:/default"),
    ],
)
def test_what_tells_one_cluster_from_the_next(config: dict[str, str], expected: str) -> None:
    assert incarnation_of(config, URL) == expected


@given(st.uuids(), st.uuids())
def test_each_start_is_another(one: uuid.UUID, other: uuid.UUID) -> None:
    both = [incarnation_of({"web.tmpdir": f"/t/flink-web-{each}"}, URL) for each in (one, other)]
    assert (both[0] == both[1]) is (one == other)


@pytest.mark.parametrize("config", [{}, {"web.tmpdir": "/tmp/flink-web"}])
def test_nothing_is_made_up(config: dict[str, str]) -> None:
    with pytest.raises(BrokenReplyError, match="which start of it this is") as caught:
        incarnation_of(config, URL)
    assert caught.value.url == "http://jm:8081/jobmanager/config"


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_is_read_once_a_minute_and_after_each_doubt() -> None:
    time, read = Time(), iter("abcd")
    kept = Remembered(lambda: next(read), time)
    assert [kept.value(), kept.value()] == ["a", "a"]
    time.now = GOOD_FOR - 0.1
    assert kept.value() == "a"
    time.now = GOOD_FOR
    assert [kept.value(), kept.value()] == ["b", "b"]
    kept.doubt()
    assert [kept.value(), kept.value()] == ["c", "c"]


def test_a_read_that_fails_is_done_again() -> None:
    answers: list[str | Exception] = ["a", UnreachableError("gone"), "b"]

    def read() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    kept = Remembered(read, Time())
    kept.value()
    kept.doubt()
    with pytest.raises(UnreachableError):
        kept.value()
    assert kept.value() == "b"


def test_a_doubt_that_comes_while_it_is_read_is_not_lost() -> None:
    reading, doubted = threading.Event(), threading.Event()
    answers = ["before", "after"]

    def read() -> str:
        reading.set()
        assert doubted.wait(60)
        return answers.pop(0)

    kept = Remembered(read, Time())
    first: list[str] = []
    thread = threading.Thread(target=lambda: first.append(kept.value()))
    thread.start()
    assert reading.wait(60)
    kept.doubt()
    doubted.set()
    thread.join(60)
    assert first == ["before"] and kept.value() == "after"


class Said:
    url = URL

    def __init__(self, *replies: int | Exception) -> None:
        self.replies = list(replies)
        self.closed = False

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return Reply(reply, b"{}")

    def close(self) -> None:
        self.closed = True


def test_failed_requests_are_told_and_good_ones_are_not() -> None:
    told: list[str] = []
    inner = Said(200, 404, 500, UnreachableError("gone"))
    watched = Watched(inner, lambda: told.append("!"))
    assert (watched.url, watched.request("GET", "/").status, watched.request("GET", "/").status) == (URL, 200, 404)
    assert told == []
    assert watched.request("GET", "/").status == 500 and told == ["!"]
    with pytest.raises(UnreachableError):
        watched.request("GET", "/")
    assert told == ["!", "!"]
    watched.close()
    assert inner.closed
