"""Work aside, and an interrupt at the worst moment: while its thread is being started."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest

from flinklab.session import aside as module
from flinklab.session.aside import aside


class Interrupted(threading.Thread):
    """A thread whose start is interrupted, before or after it began."""

    begins = True

    def start(self) -> None:
        if self.begins:
            super().start()
            self.join(60)
        raise KeyboardInterrupt


class NeverBegun(Interrupted):
    begins = False


def test_what_is_done_aside_gives_its_value_or_its_error() -> None:
    assert aside(lambda: 7).result(60) == 7
    with pytest.raises(ZeroDivisionError):
        aside(lambda: 1 // 0).result(60)


def test_an_interrupt_as_the_thread_begins_loses_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.threading, "Thread", Interrupted)
    came: Future[int] = Future()
    with pytest.raises(KeyboardInterrupt):
        aside(lambda: 7, came)
    assert not came.cancel()
    assert came.result(60) == 7


def test_what_was_not_begun_says_so_and_never_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.threading, "Thread", NeverBegun)
    came: Future[int] = Future()
    with pytest.raises(KeyboardInterrupt):
        aside(lambda: 7, came)
    assert came.cancel()


def test_what_was_cancelled_before_its_thread_came_is_not_done() -> None:
    done: list[int] = []
    came: Future[None] = Future()
    came.cancel()
    aside(lambda: done.append(1), came)
    for thread in threading.enumerate():
        if thread.name == "flinklab-aside":
            thread.join(60)
    assert done == []
