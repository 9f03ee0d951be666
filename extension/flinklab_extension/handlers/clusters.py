"""`clusters`: the registered ones, from the records alone: one that is down delays nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from flinklab.api.cluster_lines import ClusterLine, ClusterPage, cluster_lines, cluster_page
from flinklab.api.job_lines import job_lines

from .. import wire
from .base import FlinklabHandler

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog


class ClustersHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def get(self) -> None:
        def read(catalog: Catalog) -> list[ClusterLine]:
            return cluster_lines(catalog, job_lines(catalog))

        self.answer([wire.cluster_row(each, self.workbench.uis) for each in await self.ask(read)])


class ClusterHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        team = self.text("team") or None

        def read(catalog: Catalog) -> ClusterPage:
            return cluster_page(catalog, name, team, job_lines(catalog))

        self.answer(wire.cluster_page(await self.ask(read), self.workbench.uis))


ROUTES = [("clusters", ClustersHandler), ("clusters/([^/]+)", ClusterHandler)]
