"""`overview`, `failures`, `versions`, `difference`, `doctor`: what the pages of a job and of a cluster ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from flinklab.api import cluster_page, job_page
from flinklab.api.cluster_lines import find_cluster
from flinklab.api.version_change import version_change
from flinklab.domain.errors import UsageError

from .. import wire
from .base import FlinklabHandler
from .jobs import OneJobHandler

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.settings import Settings

_DOCTOR_LIMIT = 60.0  # s: two looks that are 11 s apart, and what a cluster takes to answer
_MOST = 10**6  # versions


class JobOverviewHandler(OneJobHandler):
    @authenticated
    @authorized
    async def get(self, environment: str, name: str) -> None:
        self.answer(await self.ask(lambda it: job_page.overview(self.handle(it, environment, name), it)))


class FailuresHandler(OneJobHandler):
    @authenticated
    @authorized
    async def get(self, environment: str, name: str) -> None:
        since = self.duration("since", "7d")
        self.answer(await self.look(lambda it: job_page.failures(self.handle(it, environment, name), it, since)))


class VersionHandler(OneJobHandler):
    @authenticated
    @authorized
    async def get(self, environment: str, name: str, number: str) -> None:
        self.answer(
            await self.ask(lambda it: job_page.version(self.handle(it, environment, name), it, _number(number)))
        )


class VersionChangeHandler(OneJobHandler):
    @authenticated
    @authorized
    async def get(self, environment: str, name: str, number: str) -> None:
        self.answer(
            await self.ask(lambda it: version_change(self.handle(it, environment, name), it, _number(number)))
        )


class DifferenceHandler(OneJobHandler):
    @authenticated
    @authorized
    async def get(self, environment: str, name: str) -> None:
        a, b = (_number(self.text(each)) if self.text(each) else None for each in ("a", "b"))
        self.answer(await self.ask(lambda it: job_page.difference(self.handle(it, environment, name), it, a, b)))


class JobDoctorHandler(OneJobHandler):
    @authenticated
    @authorized
    async def get(self, environment: str, name: str) -> None:
        self.answer(await self.look(lambda it: job_page.doctor(self.handle(it, environment, name)), _DOCTOR_LIMIT))


class _OneClusterHandler(FlinklabHandler):
    async def of(self, name: str, work: Callable[[str, Catalog, Settings], wire.Json], limit: float) -> None:
        """Answers with what `work` makes of the cluster of `?team=`, else of the first along the search path."""
        team = self.text("team") or None

        def read(catalog: Catalog) -> wire.Json:
            found = find_cluster(catalog, name, team)
            return work(f"{found.team}.{found.name}", catalog, self.its_settings())

        self.answer(await self.look(read, limit))


class ClusterOverviewHandler(_OneClusterHandler):
    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        await self.of(name, cluster_page.overview, 30.0)


class ClusterDoctorHandler(_OneClusterHandler):
    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        await self.of(name, cluster_page.doctor, _DOCTOR_LIMIT)


def _number(text: str) -> int:
    """Of a version. Raises `UsageError`."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and 0 < int(text) <= _MOST):
        raise UsageError(f"a version is a whole number from 1, not {text[:40]!r}")
    return int(text)


_JOB = "jobs/([^/]+)/([^/]+)"
ROUTES = [
    (f"{_JOB}/overview", JobOverviewHandler),
    (f"{_JOB}/failures", FailuresHandler),
    (f"{_JOB}/versions/([^/]+)", VersionHandler),
    (f"{_JOB}/versions/([^/]+)/change", VersionChangeHandler),
    (f"{_JOB}/difference", DifferenceHandler),
    (f"{_JOB}/doctor", JobDoctorHandler),
    ("clusters/([^/]+)/overview", ClusterOverviewHandler),
    ("clusters/([^/]+)/doctor", ClusterDoctorHandler),
]
