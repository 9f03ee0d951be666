"""What one kernel holds: the session that its cells run in."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flinklab.session.session import Session


class Workbench:
    """The kernel's session, opened when a cell first needs it.

    A dead kernel loses nothing but this: the gateway ends the session, and its queries, by itself.
    """

    def __init__(self, notice: Callable[[str], None]) -> None:
        self._notice = notice
        self._session: Session | None = None
        atexit.register(self.close)

    @property
    def connected(self) -> Session | None:
        return self._session

    def session(self) -> Session:
        """The session; without one yet, on the embedded Flink that runs or the gateway of the settings."""
        if self._session is None:
            self.connect()
        assert self._session is not None
        return self._session

    def connect(self, gateway_url: str | None = None, **access: Any) -> Session:
        """Use another gateway (or a new session on the same); the one before is closed.

        Takes the arguments of `flinklab.connect`. When it fails, the session before stays.
        """
        from flinklab import api

        session = api.connect(gateway_url, notice=self._notice, **access)
        self.close()
        self._session = session
        return session

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()
