"""What is submitted to a session goes to its own JobManager, by a gateway that answers."""

from __future__ import annotations

from typing import Any

import pytest

from flinklab.api.following import FollowingSender, Submitting
from flinklab.domain.errors import UnreachableError

FIRST, SECOND = "http://node-1:1", "http://node-2:2"


class Place:
    """Both the transport and what submits there."""

    def __init__(self) -> None:
        self.url = FIRST
        self.made: list[str] = []
        self.closed: list[str] = []
        self.sent: list[tuple[str, str]] = []
        self.proves = True
        self.answers = True
        self.sender = FollowingSender(self, self.submitting)  # type: ignore[arg-type]

    def prove(self) -> str:
        if not self.proves:
            raise UnreachableError("somebody else answers")
        return self.url

    def submitting(self, url: str) -> Submitting:
        self.made.append(url)
        sender: Any = At(self, url)
        return Submitting(sender, lambda: self.closed.append(url))


class At:
    def __init__(self, place: Place, url: str) -> None:
        self._place, self._url = place, url

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any) -> str:
            if not self._place.answers:
                raise UnreachableError("the gateway does not answer")
            self._place.sent.append((name, self._url))
            return "session"

        return call


def submit(place: Place) -> None:
    session = place.sender.open()
    place.sender.send(None, None, session)  # type: ignore[arg-type]
    place.sender.fence(None, session)  # type: ignore[arg-type]
    place.sender.close(session)


def test_everything_goes_where_the_jobmanager_is() -> None:
    place = Place()
    submit(place)
    assert {url for _, url in place.sent} == {FIRST} and place.made == [FIRST]
    place.url = SECOND
    submit(place)
    assert [name for name, url in place.sent if url == SECOND] == ["open", "send", "fence", "close"]
    assert place.made == [FIRST, SECOND] and place.closed == [FIRST]
    place.sender.let_go()
    place.sender.let_go()
    assert place.closed == [FIRST, SECOND]


@pytest.mark.parametrize("what", ["open", "send", "fence"])
def test_nothing_goes_to_who_is_not_proven(what: str) -> None:
    place = Place()
    place.proves = False
    given = () if what == "open" else (None, None, "session") if what == "send" else (None, "session")
    with pytest.raises(UnreachableError, match="somebody else"):
        getattr(place.sender, what)(*given)
    assert not place.sent and not place.made


def test_a_session_is_closed_whoever_is_the_jobmanager() -> None:
    place = Place()
    place.proves = False
    place.sender.close("session")  # type: ignore[arg-type]
    assert place.sent == [("close", FIRST)]


def test_a_gateway_that_does_not_answer_is_looked_for_again() -> None:
    place = Place()
    place.answers = False
    with pytest.raises(UnreachableError, match="gateway"):
        place.sender.open()
    place.answers = True
    place.sender.open()
    assert place.made == [FIRST, FIRST] and place.closed == [FIRST]
