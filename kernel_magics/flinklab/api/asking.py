"""Questions whose answers nobody waits long for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
_log = logging.getLogger(__name__)

FRESH = 10.0
"""Seconds for which an answer is taken as true; then it is asked for again, and used until the new one is there."""
PAUSE = 5.0
"""Seconds for which nothing is asked after something failed."""
_QUEUED = 16
_KEPT = 500
_STUCK = 0.1


@dataclass(frozen=True, slots=True)
class _Answer:
    value: Any
    until: float


class Asking:
    """Asks one thing at a time, on a thread of its own that ends when there is nothing to ask.

    What fails is left out: a question that raises an error out of `unanswered` has the answer None, and any other
    error keeps what was known and lets the one who is asked alone for a while.
    """

    def __init__(
        self,
        unanswered: tuple[type[Exception], ...] = (),
        *,
        fresh: float = FRESH,
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._unanswered = unanswered
        self._fresh = fresh
        self._pause = pause
        self._clock = clock
        self._changed = threading.Condition()
        self._answers: dict[Hashable, _Answer] = {}
        self._queued: dict[Hashable, Callable[[], Any]] = {}
        self._works = False
        self._asked_at: float | None = None  # when what is asked now was begun
        self._silent_until = -float("inf")

    def ask(self, key: Hashable, work: Callable[[], T], until: float) -> T | None:
        """The answer, if it is there by `until`, by the clock; else what was the answer before, or None.

        Where an earlier question has been waiting for long, this one is not waited for.
        """
        with self._changed:
            known = self._answers.get(key)
            if known is None or self._clock() >= known.until:
                self._queue(key, work)
            if known is not None:
                return known.value  # type: ignore[no-any-return]
            while key not in self._answers and self._works and not self._is_stuck():
                left = until - self._clock()
                if left <= 0:
                    break
                self._changed.wait(min(left, _STUCK / 4))
            known = self._answers.get(key)
            return known.value if known is not None else None

    def _is_stuck(self) -> bool:
        return self._asked_at is not None and self._clock() - self._asked_at > _STUCK and bool(self._queued)

    def _queue(self, key: Hashable, work: Callable[[], Any]) -> None:
        if self._clock() < self._silent_until:
            return
        self._queued.pop(key, None)
        self._queued[key] = work
        while len(self._queued) > _QUEUED:
            del self._queued[next(iter(self._queued))]
        if not self._works:
            self._works = True
            threading.Thread(target=self._work, name="flinklab-completing", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._queued:
                    self._works = False
                    self._changed.notify_all()
                    return
                key, work = self._queued.popitem()  # what was asked last is waited for now
                self._asked_at = self._clock()
            self._keep(key, *self._answer(work))

    def _answer(self, work: Callable[[], Any]) -> tuple[Any, bool]:
        try:
            return work(), True
        except self._unanswered:
            return None, True
        except Exception:
            _log.debug("a completion could not be looked up", exc_info=True)
            return None, False

    def _keep(self, key: Hashable, value: Any, is_answer: bool) -> None:
        with self._changed:
            self._asked_at = None
            now = self._clock()
            if is_answer:
                self._answers.pop(key, None)
                self._answers[key] = _Answer(value, now + self._fresh)
                while len(self._answers) > _KEPT:
                    del self._answers[next(iter(self._answers))]
            else:
                self._silent_until = now + self._pause
                self._queued.clear()
            self._changed.notify_all()
