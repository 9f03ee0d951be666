"""Connections to what is looked at through the server: from the catalog, kept for a while, and closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from .places import Place

MOST = 32 * 1024 * 1024
"""Bytes of an answer."""
TIMEOUT = 10.0
"""Seconds without a byte."""
_KEPT = 30.0  # s that a connection is used before the catalog is asked for it again

Key = tuple[str, str, str]
"""Person, team, name."""


class Closable(Protocol):
    def close(self) -> None: ...


T = TypeVar("T", bound=Closable)


@dataclass(slots=True, eq=False)
class _Line(Generic[T]):
    """A connection; `users`: who asks by it now."""

    way: T
    until: float
    users: int = 0
    is_old: bool = False


class Lines(Generic[T]):
    """For several threads. `connect` may block, and its errors go to who asks."""

    def __init__(self, connect: Callable[[Place, Key], T], clock: Callable[[], float] = time.monotonic) -> None:
        self._connect = connect
        self._clock = clock
        self._lock = threading.Lock()
        self._lines: dict[Key, _Line[T]] = {}

    @contextmanager
    def to(self, place: Place, key: Key) -> Iterator[T]:
        """What `connect` gave, which is not closed before the block ends."""
        line = self._kept(key) or self._new(place, key)
        try:
            yield line.way
        finally:
            with self._lock:
                line.users -= 1
                if line.is_old and line.users == 0:
                    line.way.close()

    def close(self) -> None:
        with self._lock:
            for key in list(self._lines):
                self._let_go(key)

    def _kept(self, key: Key) -> _Line[T] | None:
        with self._lock:
            line = self._lines.get(key)
            if line is not None and self._clock() < line.until:
                line.users += 1
                return line
            return None

    def _new(self, place: Place, key: Key) -> _Line[T]:
        made = self._connect(place, key)
        line = _Line(made, self._clock() + _KEPT, users=1)
        with self._lock:
            self._let_go(key)
            self._lines[key] = line
        return line

    def _let_go(self, key: Key) -> None:
        """With the lock held."""
        line = self._lines.pop(key, None)
        if line is not None:
            line.is_old = True
            if line.users == 0:
                line.way.close()
