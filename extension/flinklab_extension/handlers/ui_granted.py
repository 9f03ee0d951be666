"""Pages that are somebody else's program, with the word that a door gave in the place of a login."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from ..ui_grants import Grant, Grants
from .base import FlinklabHandler, worded

if TYPE_CHECKING:
    from flinklab.flink.transport import Reply

LIMIT = 30.0
"""Seconds that an answer may take."""
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?charset=[\w-]+)?", re.ASCII)


class Granting(FlinklabHandler):
    """What a door and what is behind it share. `PLACE`: below `flinklab/`; `WHAT`: it is called in a sentence."""

    PLACE: ClassVar[str]
    WHAT: ClassVar[str]

    @property
    def grants(self) -> Grants:
        return self.workbench.grants[self.PLACE]

    def door(self, team: str, name: str) -> str:
        return f"{self.base_url}flinklab/{self.PLACE}/{quote(team, safe='')}/{quote(name, safe='')}/"

    def let_in(self, team: str, name: str, page: str = "") -> None:
        """Send on to where it is shown; the browser keeps what follows `#`."""
        word = self.grants.give(Grant(self.current_user, self.person, team, name))
        self.set_header("Cache-Control", "no-store")
        self.redirect(f"{self.door(team, name)}{word}/{page}")


class GrantedHandler(Granting):
    """What such pages ask for, and only by GET.

    The sandbox makes each of these requests one from elsewhere: without a cookie, and with the origin `null`.
    """

    POLICY: ClassVar[str]
    _track_activity = False  # the page asks by itself
    grant: Grant | None = None
    rest = ""
    """Of the path, what follows the word, as it was sent."""

    async def prepare(self) -> None:  # type: ignore[override]
        before, _, mine = self.request.path.partition(f"/flinklab/{self.PLACE}/")
        team, name, word, self.rest = mine.split("/", 3)
        self.grant = self.grants.find(word, *self.path_args[:2])
        # It is a key, and no line of a log may show it.
        self.request.uri = f"{before}/flinklab/{self.PLACE}/{team}/{name}/.../{self.rest}"
        if self.grant is None:
            await super().prepare()
            return
        if not self.check_host():
            raise HTTPError(403)
        self.current_user = self._jupyter_current_user = self.grant.user

    @property
    def person(self) -> str:
        return self.grant.person if self.grant is not None else super().person

    @property
    def content_security_policy(self) -> str:
        return self.POLICY

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Referrer-Policy", "no-referrer")

    @authenticated
    @authorized
    async def get(self, team: str, name: str, word: str, _: str) -> None:
        if self.grant is None:
            # Of a page that was kept open, or in the bookmarks, for longer than its word holds.
            if not self.is_page():
                raise HTTPError(403, f"open {self.WHAT} anew")
            self.redirect(self.door(team, name) + self.again())
            return
        if "upgrade" in self.request.headers:
            raise HTTPError(400, "nothing here speaks anything but HTTP")
        path = self.readable()
        if path is None:
            raise HTTPError(403, f"that is not passed on: {self.WHAT} is for reading here, and pages by list")
        self.pass_on(path, await self.read(team, name, path))

    def readable(self) -> str | None:
        """The path and query to ask for; None for what is not passed on."""
        raise NotImplementedError

    def is_page(self) -> bool:
        """Whether a person reads it, rather than a page's script."""
        raise NotImplementedError

    def again(self) -> str:
        """What follows the door's address to come back here."""
        return ""

    def is_kept(self, path: str) -> bool:
        """Whether the browser may keep it for a while."""
        raise NotImplementedError

    async def read(self, team: str, name: str, path: str) -> Reply:
        raise NotImplementedError

    def shown(self, path: str, body: bytes) -> bytes:
        return body

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """On a page a text: it is a person who reads it."""
        error = kwargs.get("exc_info", (None, None, None))[1]  # type: ignore[index]
        status, message, hint = worded(error, status_code)
        if message is None or not self.is_page():
            super().write_error(status_code, **kwargs)
            return
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(f"{message}\n{hint}\n", set_content_type="text/plain; charset=utf-8")

    def pass_on(self, path: str, reply: Reply) -> None:
        """Status, body and type: of the headers that it came with none else."""
        self.set_status(reply.status if 200 <= reply.status < 600 and reply.status != 304 else 502)
        kept = reply.status == 200 and self.is_kept(path)
        self.set_header("Cache-Control", "private, max-age=3600" if kept else "no-store")
        known = _TYPE.fullmatch(reply.content_type)
        content_type = reply.content_type if known else "application/octet-stream"
        self.finish(self.shown(path, reply.body), set_content_type=content_type)
