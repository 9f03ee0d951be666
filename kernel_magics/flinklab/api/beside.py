"""Reading what takes as long as a cluster likes, while the picture of it stays alive."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Generic, TypeVar

from flinklab.domain.errors import FlinklabError
from flinklab.session.aside import aside

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard(Generic[T]):
    """`at`: of when `value` is. `trouble`: why there is nothing newer, in a line; empty when all is well."""

    value: T | None = None
    at: datetime | None = None
    trouble: str = ""


class Beside(Generic[T]):
    """Reads at most once in `every` seconds, on a thread of its own, and never twice at the same time.

    What was read last stays when reading fails. `news` is called when there is something else to see.
    """

    def __init__(
        self,
        read: Callable[[], T],
        every: float,
        *,
        news: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._every = every
        self._clock = clock
        self._due = -float("inf")
        self._lock = threading.Lock()
        self._reads = False
        self._at_end: Callable[[], None] | None = None
        self._heard: Heard[T] = Heard()
        self.news = news

    def ask(self) -> Heard[T]:
        """What was heard last; begins to read again when it is time."""
        with self._lock:
            due = not self._reads and self._at_end is None and self._clock() >= self._due
            if due:
                self._reads, self._due = True, self._clock() + self._every
            heard = self._heard
        if due:
            aside(self._run)
        return heard

    def forget(self) -> None:
        """What was heard is of something else; read again as soon as possible."""
        with self._lock:
            self._heard, self._due = Heard(), -float("inf")

    def close(self, at_end: Callable[[], None]) -> None:
        """Read no more; `at_end` is called once nothing is being read, now or later."""
        with self._lock:
            self._at_end = at_end
            later = self._reads
        if not later:
            at_end()

    def _run(self) -> None:
        before = self._heard
        at = datetime.now(timezone.utc)
        try:
            heard: Heard[T] = Heard(self._read(), at)
        except FlinklabError as error:
            heard = replace(before, trouble=error.message)
        except Exception as error:  # nobody else would hear of it
            _log.debug("a cluster could not be read", exc_info=True)
            heard = replace(before, trouble=f"{type(error).__name__}: {error}")
        with self._lock:
            if self._heard is before:
                self._heard = heard
            self._reads, at_end = False, self._at_end
        if at_end is not None:
            at_end()
        else:
            self.news()
