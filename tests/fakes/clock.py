"""The time that a fake Flink goes by."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any


class FakeClock:
    """Real time in seconds, and what a test moved it forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    @property
    def ms(self) -> int:
        return int(self() * 1000)


class Cache:
    """What a JobManager says may be `age` seconds old (Flink's `web.refresh-interval`). 0: it is always new."""

    def __init__(self, clock: FakeClock) -> None:
        self.age = 0.0
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        if self.age <= 0:
            return make()
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or self._clock() - kept[0] >= self.age:
                kept = self._kept[key] = (self._clock(), make())
            return kept[1]

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
