"""Until when a statement can be held back."""

from __future__ import annotations

import threading

from flinklab.domain.errors import QueryCancelledError


class Departure:
    """Shared by the thread that sends a statement and the one in which a person may change their mind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = False
        self._called_off = False

    def leave(self) -> None:
        """The statement is sent now. Raises `QueryCancelledError` when it was called off."""
        with self._lock:
            if self._called_off:
                raise QueryCancelledError("it was not sent")
            self._left = True

    def call_off(self) -> bool:
        """True: it was not sent and never will be. Otherwise whoever sends it ends it."""
        with self._lock:
            self._called_off = True
            return not self._left

    def is_called_off(self) -> bool:
        return self._called_off
