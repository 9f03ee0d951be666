"""`yarn`: the web pages of a registered YARN's ResourceManager, for reading, to who reaches only Jupyter."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..ui_yarn_paths import START, is_file, readable
from ..ui_yarns import page_of
from .ui_granted import LIMIT, GrantedHandler, Granting

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.flink.transport import Reply

_PLACE = "yarn"
_WHAT = "a YARN's UI"


class YarnDoorHandler(Granting):
    """Sends who is logged in on to the pages: to a `page` of the list, to the application that a `cluster` of the
    YARN's team is, or to the first of all."""

    PLACE = _PLACE
    WHAT = _WHAT

    @authenticated
    @authorized
    async def get(self, team: str, name: str) -> None:
        cluster, wanted = self.text("cluster"), self.text("page")

        def find(catalog: Catalog) -> str:
            catalog.registry.yarn(team, name)
            return page_of(catalog, team, cluster) if cluster else START

        page = await self.ask(find)
        path, _, query = wanted.partition("?")
        asked = readable(path, query) if wanted else None
        self.let_in(team, name, asked[1:] if asked is not None else page)


class YarnHandler(GrantedHandler):
    """The pages, and their files."""

    PLACE = _PLACE
    WHAT = _WHAT
    POLICY = "; ".join(
        (
            # As in `handlers.ui`, without windows of their own: those would be in this sandbox, too.
            "sandbox allow-scripts",
            # The data of its tables is in scripts of the pages; older ones read it with `eval`.
            "default-src 'self' data: 'unsafe-inline' 'unsafe-eval'",
            "connect-src 'none'",  # what they ask by script would change something
            "form-action 'none'",
            "frame-ancestors 'self'",
        )
    )

    def readable(self) -> str | None:
        return readable(self.rest, self.request.query)

    def is_page(self) -> bool:
        return not is_file(self.rest)

    def again(self) -> str:
        asked = self.readable()
        return f"?{urlencode({'page': asked[1:]})}" if asked is not None else ""

    def is_kept(self, path: str) -> bool:
        return is_file(path[1:])

    async def read(self, team: str, name: str, path: str) -> Reply:
        return await self.workbench.read_yarn(self.person, team, name, path, LIMIT)


ROUTES = [
    (f"{_PLACE}/([^/]+)/([^/]+)/?", YarnDoorHandler),
    (f"{_PLACE}/([^/]+)/([^/]+)/([^/]+)/(.*)", YarnHandler),
]
