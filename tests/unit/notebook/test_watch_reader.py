"""The thread that looks: how often, for whom, and when it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from flinklab.api.watching_job import JobPicture
from flinklab.notebook.watch_reader import PAUSE, Audience, WatchReader

_LONG = 30  # s: a bound, not a time


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Looked:
    """A watch that counts how often it is looked at."""

    title = "t"

    def __init__(self, *, over_at: int = 0, fails_at: int = 0) -> None:
        self.news: Callable[[], None] = lambda: None
        self.looks = 0
        self.closed = threading.Event()
        self.moved = threading.Condition()
        self._over_at, self._fails_at = over_at, fails_at

    def look(self) -> JobPicture:
        with self.moved:
            self.looks += 1
            self.moved.notify_all()
        if self.looks == self._fails_at:
            raise RuntimeError("broken")
        return JobPicture("t", "running", is_over=self.looks == self._over_at)

    def close(self) -> None:
        self.closed.set()

    def await_looks(self, more_than: int) -> None:
        with self.moved:
            assert self.moved.wait_for(lambda: self.looks > more_than, _LONG)


def test_an_audience_decides_how_often() -> None:
    clock = Clock()
    audience = Audience(clock)
    assert audience.pause() == PAUSE, "a view is on its way"
    audience.hear("a", "seen")
    audience.hear("b", "seen")
    audience.hear("a", "hidden")
    assert audience.pause() == PAUSE
    audience.hear("b", "closed")
    assert audience.pause() is None
    audience.hear("a", "seen")
    clock.now += 100
    slow = audience.pause()
    assert slow is not None
    assert slow > PAUSE, "it is silent: somebody may look, behind a busy kernel"
    clock.now += 3600
    assert audience.pause() is None, "who looked is gone without a word"
    audience.hear("a", "seen")
    assert audience.pause() == PAUSE


def test_without_any_view_it_slows_down_and_then_rests() -> None:
    clock = Clock()
    audience = Audience(clock)
    clock.now += 100
    assert (audience.pause() or 0) > PAUSE
    clock.now += 3600
    assert audience.pause() is None


def test_nothing_is_read_while_nobody_looks_and_at_once_when_somebody_does() -> None:
    watch, rested = Looked(), threading.Event()
    reader = WatchReader(watch, lambda picture: None, at_rest=rested.set, least=0.001)
    reader.hear("a", "seen")
    reader.start()
    watch.await_looks(0)
    reader.hear("a", "hidden")
    assert rested.wait(_LONG)
    looks = watch.looks
    for _ in range(3):
        rested.clear()
        reader.poke()
        assert rested.wait(_LONG)
    assert watch.looks == looks
    reader.hear("a", "seen")
    watch.await_looks(looks)
    reader.close()
    assert watch.closed.is_set()


def test_news_are_looked_at_at_once() -> None:
    watch = Looked()
    reader = WatchReader(watch, lambda picture: None, least=0.001)
    reader.start()
    for looks in range(3):
        watch.await_looks(looks)
        watch.news()
    watch.await_looks(3)
    reader.close()


def test_what_is_over_is_not_looked_at_again() -> None:
    watch, told, ended = Looked(over_at=1), list[object](), threading.Event()
    reader = WatchReader(watch, told.append, at_end=ended.set, least=0.001)
    reader.start()
    assert watch.closed.wait(_LONG)
    assert ended.is_set()
    assert len(told) == watch.looks == 1
    reader.close()


def test_one_look_that_goes_wrong_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    watch = Looked(fails_at=1)
    reader = WatchReader(watch, lambda picture: None, least=0.001)
    reader.start()
    watch.await_looks(0)
    reader.poke()
    watch.await_looks(1)
    reader.close()
    assert "a watch could not be drawn" in caplog.text


def test_closing_returns_when_nothing_is_told_any_more() -> None:
    told: list[object] = []
    reader = WatchReader(Looked(), told.append, least=0.001)
    reader.start()
    reader.close()
    count = len(told)
    reader.poke()
    assert len(told) == count
