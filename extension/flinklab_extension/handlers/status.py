"""`status`: how the workbench stands, also where the catalog cannot be used."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .base import FlinklabHandler


class StatusHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.workbench.status(self.person))


ROUTES = [("status", StatusHandler)]
