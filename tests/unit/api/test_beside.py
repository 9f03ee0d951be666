"""Reading beside: never twice at once, never waited for, and what was heard last stays."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flinklab.api.beside import Beside
from flinklab.domain.errors import UnreachableError

_LONG = 30  # s: a bound, not a time


class Slow:
    """Answers when it is let, with what `says` gives."""

    def __init__(self) -> None:
        self.let = threading.Semaphore(0)
        self.asked = 0
        self.says: Callable[[], int] = lambda: self.asked

    def __call__(self) -> int:
        self.asked += 1
        assert self.let.acquire(timeout=_LONG)
        return self.says()


def test_asking_never_waits_and_never_asks_twice_at_once() -> None:
    slow, news, now = Slow(), threading.Event(), [0.0]
    beside = Beside(slow, 10.0, news=news.set, clock=lambda: now[0])
    assert beside.ask().value is None
    now[0] = 100.0
    beside.ask()
    slow.let.release()
    assert news.wait(_LONG)
    heard = beside.ask()
    assert heard.value == 1
    assert heard.at is not None
    now[0] = 200.0
    beside.ask()
    now[0] = 300.0
    assert beside.ask().at == heard.at, "it is as old as it is"
    slow.let.release(2)
    ended = threading.Event()
    beside.close(ended.set)
    assert ended.wait(_LONG)
    assert slow.asked == 2


def test_it_is_asked_no_more_often_than_said() -> None:
    slow, news, now = Slow(), threading.Event(), [0.0]
    beside = Beside(slow, 10.0, news=news.set, clock=lambda: now[0])
    slow.let.release(5)
    beside.ask()
    assert news.wait(_LONG)
    now[0] = 9.9
    beside.ask()
    assert slow.asked == 1
    news.clear()
    now[0] = 10.0
    beside.ask()
    assert news.wait(_LONG)
    assert slow.asked == 2


def test_what_fails_leaves_the_last_answer_with_its_age_and_says_why() -> None:
    slow, news, now = Slow(), threading.Event(), [0.0]
    beside = Beside(slow, 1.0, news=news.set, clock=lambda: now[0])
    slow.let.release(3)
    beside.ask()
    assert news.wait(_LONG)
    before = beside.ask()

    def fail(error: Exception) -> Callable[[], int]:
        def says() -> int:
            raise error

        return says

    for error, said in ((UnreachableError("it is away"), "it is away"), (KeyError("x"), "KeyError: 'x'")):
        slow.says = fail(error)
        news.clear()
        now[0] += 1.0
        beside.ask()
        assert news.wait(_LONG)
        heard = beside.ask()
        assert (heard.value, heard.at, heard.trouble) == (before.value, before.at, said)


def test_an_answer_about_what_was_before_is_not_told() -> None:
    slow, news = Slow(), threading.Event()
    beside = Beside(slow, 1000.0, news=news.set)
    beside.ask()
    beside.forget()
    slow.let.release()
    assert news.wait(_LONG)
    assert beside.ask().value is None, "and it asks again at once"
    slow.let.release()
    ended = threading.Event()
    beside.close(ended.set)
    assert ended.wait(_LONG)
    assert slow.asked == 2


def test_closing_waits_for_nobody_and_what_is_held_goes_with_the_last_reading() -> None:
    slow, ended = Slow(), threading.Event()
    beside = Beside(slow, 1.0)
    beside.ask()
    beside.close(ended.set)
    assert not ended.is_set()
    slow.let.release()
    assert ended.wait(_LONG)
    beside.ask()
    assert slow.asked == 1
