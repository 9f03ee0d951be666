"""The order to a JobManager to end its cluster."""

from __future__ import annotations

import pytest

from fakes.jobmanager import FakeJobManager
from flinklab.domain.errors import BrokenReplyError, UnreachableError
from flinklab.flink.access import Access
from flinklab.flink.shutdown import shut_down
from flinklab.flink.transport import Reply


class Recorded:
    url = "http://jobmanager:8081"

    def __init__(self, status: int) -> None:
        self.status, self.asked, self.closed = status, [], False  # type: ignore[var-annotated]

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        self.asked.append((method, path))
        return Reply(self.status, b"{}", "application/json")

    def tail(self, path: str, most: int) -> Reply:
        raise AssertionError("nothing is read")

    def close(self) -> None:
        self.closed = True


def test_the_order_is_given_once() -> None:
    asked = Recorded(200)
    shut_down(Access(asked.url), transport=asked)
    assert (asked.asked, asked.closed) == ([("DELETE", "/cluster")], True)


def test_a_proxy_that_lets_it_not_through_is_said() -> None:
    asked = Recorded(405)
    with pytest.raises(BrokenReplyError, match=r"did not take the order to end \(HTTP 405\)"):
        shut_down(Access(asked.url), transport=asked)
    assert asked.closed


def test_one_that_is_not_there_is_said() -> None:
    with FakeJobManager() as gone:
        url = gone.url
    with pytest.raises(UnreachableError):
        shut_down(Access(url))
