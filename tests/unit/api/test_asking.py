"""Questions whose answers nobody waits long for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from fakes.clock import FakeClock
from flinklab.api.asking import FRESH, Asking

LONG = 60.0


def long() -> float:
    return time.monotonic() + LONG


def eventually(ask: Callable[[], Any], wanted: object) -> None:
    end = time.monotonic() + LONG
    while (found := ask()) != wanted:
        assert time.monotonic() < end, found
        time.sleep(0.01)


def never() -> str:
    raise AssertionError("nobody may ask this")


def test_the_first_question_is_waited_for() -> None:
    assert Asking().ask("key", lambda: "answer", long()) == "answer"


def test_a_question_long_after_the_last_one_is_waited_for_as_well() -> None:
    asking = Asking()
    asking.ask("before", lambda: "answer", long())
    time.sleep(0.2)  # longer than a question may take before others do not wait behind it
    for number in range(5):
        assert asking.ask(number, lambda number=number: number, long()) == number  # type: ignore[misc]


def test_a_question_after_a_slow_one_is_waited_for() -> None:
    asking = Asking()

    def slow() -> str:
        time.sleep(0.2)
        return "slow"

    for number in range(3):
        assert asking.ask(("slow", number), slow, long()) == "slow"
        assert asking.ask(("next", number), lambda: "next", long()) == "next"


def test_an_answer_is_asked_for_once() -> None:
    asking = Asking()
    assert asking.ask("key", lambda: "answer", long()) == "answer"
    assert asking.ask("key", never, long()) == "answer"


def test_nothing_waits_behind_a_question_that_hangs() -> None:
    asking, released, begun = Asking(), threading.Event(), threading.Event()

    def hang() -> str:
        begun.set()
        released.wait(LONG)
        return "at last"

    try:
        assert asking.ask("hangs", hang, time.monotonic()) is None
        assert begun.wait(LONG)
        time.sleep(0.2)
        assert asking.ask("behind", lambda: "answer", long()) is None
    finally:
        released.set()
    eventually(lambda: asking.ask("hangs", never, time.monotonic()), "at last")
    eventually(lambda: asking.ask("behind", lambda: "answer", long()), "answer")


def test_an_old_answer_is_used_until_the_new_one_is_there() -> None:
    clock = FakeClock()
    asking = Asking(clock=clock)
    eventually(lambda: asking.ask("key", lambda: "old", clock()), "old")
    clock.advance(FRESH + 1)
    assert asking.ask("key", lambda: "new", clock() + LONG) == "old"
    eventually(lambda: asking.ask("key", lambda: "new", clock()), "new")


def test_what_has_no_answer_is_an_answer() -> None:
    asking = Asking((LookupError,))

    def missing() -> str:
        raise KeyError("no such table")

    assert asking.ask("key", missing, long()) is None
    assert asking.ask("key", never, long()) is None
    assert asking.ask("other", lambda: "answer", long()) == "answer"


def test_after_a_failure_nothing_is_asked_for_a_while_and_what_was_known_stays() -> None:
    clock = FakeClock()
    asking = Asking(pause=5, fresh=1, clock=clock)
    failed = threading.Event()

    def fail() -> str:
        failed.set()
        raise OSError("the database is away")

    eventually(lambda: asking.ask("known", lambda: "answer", clock()), "answer")
    clock.advance(2)
    assert asking.ask("known", fail, clock()) == "answer"
    assert failed.wait(LONG)
    clock.advance(0.5)
    eventually(lambda: asking._works, False)
    assert asking.ask("other", never, clock() + LONG) is None
    assert asking.ask("known", never, clock()) == "answer"
    clock.advance(5)
    eventually(lambda: asking.ask("other", lambda: "back", clock()), "back")


@pytest.mark.parametrize("count", [600])
def test_what_is_kept_is_bounded(count: int) -> None:
    asking = Asking()
    for number in range(count):
        asking.ask(number, lambda: "answer", long())
    assert asking.ask(count - 1, never, long()) == "answer"
    assert asking.ask(0, lambda: "asked again", long()) == "asked again"
