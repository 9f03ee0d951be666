"""Doing something at a bounded pace, without ever losing the last time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_LARGEST_SHARE = 0.1


class Pace:
    """Runs `act` when it is poked, with at least `interval()` seconds between two runs.

    A poke that comes too early is kept and runs later, from a timer's thread; many of them run once. `act` is
    never run twice at the same time. When it is slow, the pause grows with it, so that drawing takes at most a
    tenth of the time and a fast stream keeps the processor.
    """

    def __init__(
        self,
        act: Callable[[], None],
        interval: Callable[[], float],
        *,
        clock: Callable[[], float] = time.monotonic,
        timer: Callable[[float, Callable[[], None]], threading.Timer] = threading.Timer,
    ) -> None:
        self._act = act
        self._interval = interval
        self._clock = clock
        self._timer = timer
        self._lock = threading.Lock()
        self._acting = threading.Lock()
        self._pending: threading.Timer | None = None
        self._closed = False
        self._due = -float("inf")

    def poke(self) -> None:
        """Run `act` now, or as soon as the pace allows."""
        with self._lock:
            if self._closed or self._pending is not None:
                return
            wait = self._due - self._clock()
            if wait > 0:
                self._pending = self._timer(wait, self._late)
                self._pending.daemon = True
                self._pending.start()
                return
            self._due = self._clock() + self._interval()
        self._run()

    def close(self) -> None:
        """Forget what is pending and take no more pokes; returns when no `act` is running."""
        with self._lock:
            self._closed = True
            if self._pending is not None:
                self._pending.cancel()
        with self._acting:
            pass

    def _late(self) -> None:
        with self._lock:
            self._pending = None
            if self._closed:
                return
            self._due = self._clock() + self._interval()
        self._run()

    def _run(self) -> None:
        with self._acting:
            started = self._clock()
            self._act()
            took = self._clock() - started
        with self._lock:
            self._due = max(self._due, self._clock() + took / _LARGEST_SHARE)
