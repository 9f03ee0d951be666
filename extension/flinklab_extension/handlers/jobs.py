"""`jobs`: the list, all about one, and orders to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from flinklab.api.job_handle import JobHandle
from flinklab.api.job_lines import job_lines
from flinklab.api.jobs import job
from flinklab.api.ordering import give_order
from flinklab.domain.errors import UsageError
from flinklab.domain.jobs import Command, JobKey

from .. import job_wire, wire
from ..workbench import CLUSTER_LIMIT
from .base import FlinklabHandler

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

_WHY = 1000  # characters


class JobsHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def get(self) -> None:
        self.answer(wire.rows(await self.ask(job_lines)))


class OneJobHandler(FlinklabHandler):
    """For what is below `jobs/ENVIRONMENT/NAME`: the job of `?team=`, else the first one along the search path."""

    def handle(self, catalog: Catalog, environment: str, name: str) -> JobHandle:
        """Raises `NotFoundError` and `CatalogError`. In a thread."""
        team, settings = self.text("team"), self.its_settings()
        if team:
            return JobHandle(catalog, JobKey(team, name, environment), settings)
        return job(name, environment, catalog, settings)


class JobHandler(OneJobHandler):
    @authenticated
    @authorized
    async def get(self, environment: str, name: str) -> None:
        def read(catalog: Catalog) -> wire.Json:
            return job_wire.job(self.handle(catalog, environment, name), catalog)

        self.answer(await self.ask(read))


class CommandsHandler(OneJobHandler):
    @authenticated
    @authorized
    async def post(self, environment: str, name: str) -> None:
        kind, arguments, why = _order(self.body())

        def give(catalog: Catalog) -> Command:
            return give_order(self.handle(catalog, environment, name), kind, arguments, why).look()

        # A move to a pool asks the JobManagers of it.
        asked = await (self.look(give, CLUSTER_LIMIT) if kind == "move" else self.ask(give))
        self.answer(wire.command(asked), 201)
        self.workbench.have_supervised(self.person)


def _order(body: dict[str, Any]) -> tuple[str, dict[str, Any], str]:
    kind, arguments, why = body.get("kind"), body.get("arguments") or {}, body.get("why") or ""
    if not isinstance(kind, str) or not isinstance(arguments, dict) or not isinstance(why, str):
        raise UsageError("an order has a kind, arguments by their names, and a text that says why")
    if len(why) > _WHY:
        raise UsageError(f"{len(why):,} characters are too many to say why", hint=f"{_WHY:,} are the most")
    return kind, arguments, why


_JOB = "jobs/([^/]+)/([^/]+)"
ROUTES = [("jobs", JobsHandler), (_JOB, JobHandler), (f"{_JOB}/commands", CommandsHandler)]
