"""`catalog`: the tree of what teams share, the search in it, and all about one definition."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from flinklab.api.catalog_tree import tree_children, tree_search
from flinklab.api.definition_page import definition_page

from .. import wire
from .base import FlinklabHandler


class ChildrenHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def get(self) -> None:
        path = tuple(self.texts("path", most=8))
        after, limit = self.text("after"), self.count("limit", 200)
        self.answer(wire.tree(await self.ask(lambda catalog: tree_children(catalog, path, after, limit))))


class SearchHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def get(self) -> None:
        text, limit = self.text("q"), self.count("limit", 200)
        self.answer(wire.tree(await self.ask(lambda catalog: tree_search(catalog, text, limit))))


class DefinitionHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        team = self.text("team") or None
        self.answer(wire.definition(await self.ask(lambda catalog: definition_page(catalog, name, team))))


ROUTES = [
    ("catalog/children", ChildrenHandler),
    ("catalog/search", SearchHandler),
    ("catalog/definitions/([^/]+)", DefinitionHandler),
]
