"""How often clusters are asked what they measure: all that one supervisor looks after share its requests."""

from __future__ import annotations

import threading
from collections.abc import Hashable

_REQUESTS = 25.0  # a second, on average
_SHORTEST, _LONGEST = 12.0, 60.0  # s; Flink collects metrics every 10 s at most


class Budget:
    """Every cluster is asked as often as any other, so that it does not matter on how many of them jobs are spread.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[Hashable, int] = {}

    def interval(self, who: Hashable, requests: int) -> float:
        """Seconds from a look of `who`, which took so many requests, to its next one."""
        with self._lock:
            self._taken[who] = requests
            together = sum(self._taken.values())
        return max(_SHORTEST, min(together / _REQUESTS, _LONGEST))

    def leave(self, who: Hashable) -> None:
        """Of one who asks no more, or not now: its share goes to the others."""
        with self._lock:
            self._taken.pop(who, None)
