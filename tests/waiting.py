"""Waiting in tests: for conditions, never for times."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds; only what is broken takes so long, on however busy a machine."""


def until(condition: Callable[[], T], within: float = PATIENCE, pause: float = 0.02) -> T:
    """What the condition gave when it was true at last."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < deadline, f"it did not become true within {within:g} s"
        time.sleep(pause)
    return found
