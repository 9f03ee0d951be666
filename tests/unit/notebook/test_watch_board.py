"""The widget: a view that opens has all, is sent what changed, and its buttons ask."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from flinklab.domain.errors import CommandRefusedError
from flinklab.notebook.watch_board import WatchBoard
from flinklab.notebook.watch_moment import Moment

_LONG = 30  # s: a bound, not a time


class Listening(WatchBoard):
    """Keeps what it sends."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.orders: list[tuple[str, int | None]] = []
        self.views: list[tuple[str, str]] = []
        self.told = threading.Event()
        super().__init__(
            Moment("job", "t", {"head": "a"}, {"1": ["x"]}),
            self._asked,
            lambda view, word: self.views.append((view, word)),
        )

    def _asked(self, verb: str, number: int | None) -> str:
        self.orders.append((verb, number))
        if verb == "stop":
            raise CommandRefusedError("it does not run", hint="start starts it")
        return "asked for"

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append(content)
        self.told.set()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self.told.clear()
        self._handle_custom_msg(question, [])
        assert self.told.wait(_LONG)
        return self.sent[-1]


@pytest.fixture
def board() -> Iterator[Listening]:
    board = Listening()
    yield board
    board.close()


def test_a_view_that_opens_has_the_moment_as_it_is_now(board: Listening) -> None:
    board.draw(Moment("job", "t", {"head": "b"}, {"2": ["y"]}))
    expected = {"serial": 1, "kind": "job", "title": "t", "parts": {"head": "b"}, "rows": {"2": ["y"]}}
    assert board.get_state()["moment"] == expected
    assert board.get_state("moment")["moment"] == expected
    assert "moment" not in board.get_state("mark")


def test_only_what_changed_is_sent(board: Listening) -> None:
    board.draw(Moment("job", "t", {"head": "a"}, {"1": ["x"], "2": ["y"]}))
    board.draw(Moment("job", "t", {"head": "a"}, {"1": ["x"], "2": ["y"]}))
    assert board.sent == [{"change": {"serial": 1, "parts": {}, "rows": {"2": ["y"]}, "gone": []}}]


def test_a_view_that_missed_a_change_gets_the_whole(board: Listening) -> None:
    board.draw(Moment("job", "t", {"head": "b"}, {}))
    assert board.ask({"verb": "whole", "serial": 0})["whole"]["serial"] == 1
    board.sent.clear()
    board._handle_custom_msg({"verb": "whole", "serial": 1}, [])
    assert board.sent == []


def test_views_say_whether_they_are_seen(board: Listening) -> None:
    for word in ("seen", "hidden", "closed"):
        board._handle_custom_msg({"verb": word, "view": "v"}, [])
    assert board.views == [("v", "seen"), ("v", "hidden"), ("v", "closed")]


def test_a_button_asks_and_says_what_became_of_it(board: Listening) -> None:
    assert board.ask({"id": 1, "verb": "savepoint"}) == {"id": 1, "answer": "asked for"}
    assert board.ask({"id": 2, "verb": "scale", "number": 4}) == {"id": 2, "answer": "asked for"}
    refused = board.ask({"id": 3, "verb": "stop"})
    assert refused["error"] == ["CommandRefused: it does not run", "  → start starts it"]
    assert board.orders == [("savepoint", None), ("scale", 4), ("stop", None)]


@pytest.mark.parametrize(
    "question",
    [{"verb": "delete"}, {"verb": "scale", "number": 0}, {"verb": "scale", "number": "<x>"}, {"verb": "scale"}, {}],
)
def test_what_no_button_asks_is_refused(board: Listening, question: dict[str, Any]) -> None:
    assert board.ask({"id": 9, **question})["error"][0].startswith("Usage")
    assert board.orders == []
