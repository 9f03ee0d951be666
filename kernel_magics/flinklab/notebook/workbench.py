"""What one kernel holds: the session that its cells run in."""

from __future__ import annotations

import atexit
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flinklab.session.session import Session


class Workbench:
    """The kernel's session, opened when a cell first needs it.

    A dead kernel loses nothing but this: the gateway ends the session, and its queries, by itself.
    """

    def __init__(self) -> None:
        self._session: Session | None = None
        self._access: dict[str, Any] = {}
        self._unsaid: deque[str] = deque()
        atexit.register(self.close)

    @property
    def connected(self) -> Session | None:
        """The session, when there is one already."""
        return self._session

    def session(self) -> Session:
        """The session; without one yet, on the gateway of the settings or the embedded Flink that runs."""
        return self._session or self.connect()

    def connect(self, **access: Any) -> Session:
        """Use another gateway; the session before is closed. Takes the arguments of `flinklab.connect`.

        When it fails, the session before stays.
        """
        from flinklab import api

        session = api.connect(notice=self._unsaid.append, **access)
        self.close()
        self._session, self._access = session, access
        return session

    def reset(self) -> Session:
        """A new, empty session on the same gateway."""
        return self.connect(**self._access)

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def retire(self) -> None:
        """Close the session for good."""
        self.close()
        atexit.unregister(self.close)

    def say_unsaid(self) -> None:
        """Print what happened aside since the last time.

        It may have happened in a thread, and what a thread prints lands in whatever cell ran last: so a magic
        says it, when it begins and when it ends.
        """
        while self._unsaid:
            print(f"note: {self._unsaid.popleft()}")
