"""`events`: what changes, as it changes, as server-sent events."""

from __future__ import annotations

import asyncio
import time

from jupyter_server.auth.decorator import authorized
from tornado.iostream import StreamClosedError
from tornado.web import authenticated

from ..hub import Listener
from .base import FlinklabHandler

_LONGEST = 1800.0
"""Seconds after which a client has to come again: whose login has expired must not go on listening."""


class EventsHandler(FlinklabHandler):
    # A page that is open is no activity of a person: a hub may end a server that has no other.
    _track_activity = False
    _listener: Listener | None = None

    @authenticated
    @authorized
    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")
        hub = self.workbench.hub(self.person)
        listener = self._listener = hub.listen()
        until = time.monotonic() + _LONGEST
        try:
            self.write(b": flinklab\n\n")
            await self.flush()
            while (left := until - time.monotonic()) > 0:
                data = await asyncio.wait_for(listener.next(), left)
                if data is None:
                    break
                self.write(data)
                await self.flush()
        except (StreamClosedError, asyncio.TimeoutError):
            return
        finally:
            hub.leave(listener)

    def on_connection_close(self) -> None:
        """Also while nothing is sent: the wait for the next message ends."""
        if self._listener is not None:
            self._listener.end()
        super().on_connection_close()


ROUTES = [("events", EventsHandler)]
