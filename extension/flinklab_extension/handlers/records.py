"""`history`, `variables`, `incidents`: what was run, what `${name}` stands for, what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from flinklab.api.history_page import history_page
from flinklab.api.incidents import Incident, incidents
from flinklab.api.job_lines import job_lines

from .. import wire
from .base import FlinklabHandler

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog


class HistoryHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def get(self) -> None:
        text, limit, before = self.text("q"), self.count("limit", 100), self.text("before") or None
        page = await self.ask(lambda catalog: history_page(catalog, text, limit, before))
        self.answer({"entries": [wire.history_entry(each) for each in page.entries], "before": page.before})


class VariablesHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def get(self) -> None:
        def read(catalog: Catalog) -> wire.Json:
            return {
                "environments": [each.name for each in catalog.variables.environments(catalog.team)],
                "variables": [
                    wire.variable(each) for team in catalog.teams for each in catalog.variables.list(team)
                ],
            }

        self.answer(await self.ask(read))


class IncidentsHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def get(self) -> None:
        since, limit = self.duration("since", "24h"), self.count("limit", 200)

        def read(catalog: Catalog) -> list[Incident]:
            return incidents(catalog, since, job_lines(catalog), limit)

        self.answer([wire.incident(each) for each in await self.ask(read)])


ROUTES = [("history", HistoryHandler), ("variables", VariablesHandler), ("incidents", IncidentsHandler)]
