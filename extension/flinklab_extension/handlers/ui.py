"""`ui`: the web UI of a registered cluster, for reading, to who reaches only Jupyter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from tornado.web import HTTPError, authenticated

from flinklab.domain.records import RegisteredCluster

from ..ui_grants import Grant
from ..ui_paths import is_file, readable
from .base import FlinklabHandler, worded

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.flink.transport import Reply

_LIMIT = 30.0  # s
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?charset=[\w-]+)?", re.ASCII)
_ACTING = ("web-submit", "web-cancel", "web-rescale")
_POLICY = "; ".join(
    (
        # An origin of its own: the page gets neither Jupyter's cookies nor what its pages keep or show.
        "sandbox allow-scripts allow-popups allow-downloads",
        # Angular and the editor in which Flink shows logs make styles and code as they run.
        "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)


class UiDoorHandler(FlinklabHandler):
    """Sends who is logged in on to where the UI is shown; the browser keeps what follows `#`."""

    @authenticated
    @authorized
    async def get(self, team: str, name: str) -> None:
        def find(catalog: Catalog) -> RegisteredCluster:
            return catalog.registry.cluster(team, name)

        await self.ask(find)
        word = self.workbench.grants.give(Grant(self.current_user, self.person, team, name))
        self.set_header("Cache-Control", "no-store")
        self.redirect(f"{self.base_url}flinklab/ui/{quote(team, safe='')}/{quote(name, safe='')}/{word}/")


class UiHandler(FlinklabHandler):
    """What the UI's pages ask for, with the word that `UiDoorHandler` gave in the place of a login.

    The sandbox makes each of these requests one from elsewhere: without a cookie, and with the origin `null`.
    """

    _track_activity = False  # the page asks by itself
    grant: Grant | None = None
    _rest = ""

    async def prepare(self) -> None:  # type: ignore[override]
        before, _, mine = self.request.path.partition("/flinklab/ui/")
        team, name, word, self._rest = mine.split("/", 3)
        self.grant = self.workbench.grants.find(word, *self.path_args[:2])
        # It is a key, and no line of a log may show it.
        self.request.uri = f"{before}/flinklab/ui/{team}/{name}/.../{self._rest}"
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
        return _POLICY

    def set_default_headers(self) -> None:
        super().set_default_headers()
        # The sandboxed page asks as if from elsewhere. Flink's UI offers cookies with it; none counts here.
        self.set_header("Access-Control-Allow-Origin", "null")
        self.set_header("Access-Control-Allow-Credentials", "true")
        self.set_header("Referrer-Policy", "no-referrer")

    @authenticated
    @authorized
    async def get(self, team: str, name: str, word: str, _: str) -> None:
        if self.grant is None:
            self._to_the_door(team, name)
            return
        if "upgrade" in self.request.headers:
            raise HTTPError(400, "nothing here speaks anything but HTTP")
        path = readable(self._rest, self.request.query)
        if path is None:
            raise HTTPError(403, "that is not passed on: a cluster's UI is for reading here, and pages by list")
        reply = await self.workbench.read_ui(self.person, team, name, path, _LIMIT)
        self._pass_on(path, reply)

    @allow_unauthenticated
    def options(self, *args: Any, **kwargs: Any) -> None:
        """What a browser asks before a GET with a header of its own, as Flink's UI sends for logs."""
        self.set_header("Access-Control-Allow-Methods", "GET")
        self.set_header("Access-Control-Allow-Headers", "accept, cache-control, content-type, pragma")
        self.set_header("Access-Control-Max-Age", "600")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """On the page itself a text: it is a person who reads it."""
        status, message, hint = worded(kwargs.get("exc_info", (None, None, None))[1], status_code)
        if self._rest or message is None:
            super().write_error(status_code, **kwargs)
            return
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(f"{message}\n{hint}\n", set_content_type="text/plain; charset=utf-8")

    def _to_the_door(self, team: str, name: str) -> None:
        """Of a page that was kept open, or in the bookmarks, for longer than its word holds."""
        if self._rest:
            raise HTTPError(403, "open the cluster's UI anew")
        self.redirect(f"{self.base_url}flinklab/ui/{quote(team, safe='')}/{quote(name, safe='')}/")

    def _pass_on(self, path: str, reply: Reply) -> None:
        """Status, body and type: of the headers that it came with none else."""
        self.set_status(reply.status if 200 <= reply.status < 600 and reply.status != 304 else 502)
        kept = reply.status == 200 and is_file(path[1:]) and path not in ("/", "/index.html")
        self.set_header("Cache-Control", "private, max-age=3600" if kept else "no-store")
        known = _TYPE.fullmatch(reply.content_type)
        body = _for_reading(reply.body) if path == "/config" else reply.body
        self.finish(body, set_content_type=reply.content_type if known else "application/octet-stream")


def _for_reading(config: bytes) -> bytes:
    """The UI's own configuration with its buttons off that would not get through."""
    try:
        found = orjson.loads(config)
        features = found["features"]
        found["features"] = {**features, **{name: False for name in _ACTING if name in features}}
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return config
    return orjson.dumps(found)


ROUTES = [
    ("ui/([^/]+)/([^/]+)/?", UiDoorHandler),
    ("ui/([^/]+)/([^/]+)/([^/]+)/(.*)", UiHandler),
]
