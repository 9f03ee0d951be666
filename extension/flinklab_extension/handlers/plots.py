"""`plots`: the figures of `%flink plot`, as plotly's JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from flinklab.api.cluster_lines import find_cluster
from flinklab.api.figures import cluster_figure, job_figure
from flinklab.domain.jobs import ClusterKey

from .base import FlinklabHandler
from .jobs import OneJobHandler

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog


class JobPlotHandler(OneJobHandler):
    @authenticated
    @authorized
    async def get(self, environment: str, name: str, kind: str) -> None:
        since = _since(self)

        def draw(catalog: Catalog) -> dict[str, Any]:
            return job_figure(self.handle(catalog, environment, name), kind, since)

        self.answer(await self.look(draw))


class ClusterPlotHandler(FlinklabHandler):
    @authenticated
    @authorized
    async def get(self, name: str, kind: str) -> None:
        since, team = _since(self), self.text("team") or None

        def draw(catalog: Catalog) -> dict[str, Any]:
            found = find_cluster(catalog, name, team)
            key = ClusterKey(found.team, found.name)
            return cluster_figure(key, catalog, kind, since, self.its_settings())

        self.answer(await self.look(draw))


def _since(handler: FlinklabHandler) -> timedelta | None:
    return handler.duration("since", "") if handler.text("since") else None


ROUTES = [
    ("jobs/([^/]+)/([^/]+)/plots/([^/]+)", JobPlotHandler),
    ("clusters/([^/]+)/plots/([^/]+)", ClusterPlotHandler),
]
