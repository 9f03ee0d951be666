"""`ui`: the web UI of a registered cluster, for reading, to who reaches only Jupyter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from tornado.web import authenticated

from flinklab.domain.records import RegisteredCluster

from ..ui_paths import is_file, readable
from .ui_granted import LIMIT, GrantedHandler, Granting

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.flink.transport import Reply

_PLACE = "ui"
_WHAT = "a cluster's UI"
_ACTING = ("web-submit", "web-cancel", "web-rescale")


class UiDoorHandler(Granting):
    """Sends who is logged in on to where the UI is shown."""

    PLACE = _PLACE
    WHAT = _WHAT

    @authenticated
    @authorized
    async def get(self, team: str, name: str) -> None:
        def find(catalog: Catalog) -> RegisteredCluster:
            return catalog.registry.cluster(team, name)

        await self.ask(find)
        self.let_in(team, name)


class UiHandler(GrantedHandler):
    """What the UI's pages ask for."""

    PLACE = _PLACE
    WHAT = _WHAT
    POLICY = "; ".join(
        (
            # An origin of its own: the page gets neither Jupyter's cookies nor what its pages keep or show.
            "sandbox allow-scripts allow-popups allow-downloads",
            # Angular and the editor in which Flink shows logs make styles and code as they run.
            "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'",
            "form-action 'none'",
            "frame-ancestors 'self'",
        )
    )

    def set_default_headers(self) -> None:
        super().set_default_headers()
        # The sandboxed page asks as if from elsewhere. Flink's UI offers cookies with it; none counts here.
        self.set_header("Access-Control-Allow-Origin", "null")
        self.set_header("Access-Control-Allow-Credentials", "true")

    @allow_unauthenticated
    def options(self, *args: Any, **kwargs: Any) -> None:
        """What a browser asks before a GET with a header of its own, as Flink's UI sends for logs."""
        self.set_header("Access-Control-Allow-Methods", "GET")
        self.set_header("Access-Control-Allow-Headers", "accept, cache-control, content-type, pragma")
        self.set_header("Access-Control-Max-Age", "600")

    def readable(self) -> str | None:
        return readable(self.rest, self.request.query)

    def is_page(self) -> bool:
        return not self.rest

    def is_kept(self, path: str) -> bool:
        return is_file(path[1:]) and path not in ("/", "/index.html")

    async def read(self, team: str, name: str, path: str) -> Reply:
        return await self.workbench.read_ui(self.person, team, name, path, LIMIT)

    def shown(self, path: str, body: bytes) -> bytes:
        return _for_reading(body) if path == "/config" else body


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
    (f"{_PLACE}/([^/]+)/([^/]+)/?", UiDoorHandler),
    (f"{_PLACE}/([^/]+)/([^/]+)/([^/]+)/(.*)", UiHandler),
]
