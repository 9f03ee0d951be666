"""What the handlers of one server share: the catalogs of who asks, threads to ask them in, and their events."""

from __future__ import annotations

import asyncio
import logging
import subprocess
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from flinklab.api import supervising
from flinklab.api.job_lines import job_lines
from flinklab.api.workbench_status import WorkbenchStatus, status_without_catalog, workbench_status
from flinklab.domain.errors import CatalogUnavailableError, FlinklabError
from flinklab.domain.job_lines import JobLine
from flinklab.settings import Settings

from . import wire
from .hub import Hub
from .places import Place, Places
from .ui_clusters import UiClusters, ui_path
from .ui_grants import Grants
from .ui_yarns import UiYarns, yarn_ui_path
from .workers import BusyError, LateError, Workers

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.flink.transport import Reply

T = TypeVar("T")
Child = Callable[[], "dict[str, Any] | None"]
"""The supervisor that this server started: its `pid` and `state`; None: it starts none."""

_log = logging.getLogger("flinklab.server")
_SUPERVISOR_LIMIT = 200.0  # s; it is given 90 s to start and 90 s to sign in
CATALOG_LIMIT = 10.0
"""Seconds that the catalog may take to answer."""
CLUSTER_LIMIT = 30.0
"""Seconds that a look at a cluster may take."""


class Workbench:
    """Made for each server; for the loop's own thread.

    `settings_of`: whose settings hold for a person. `child` and `capabilities` are what other parts of the
    server add to what is told of it. `starts_supervisor`: where none lives on a catalog of one's own.
    """

    def __init__(self, version: str, settings_of: Callable[[str], Settings]) -> None:
        self.version = version
        self.places = Places(settings_of)
        self.child: Child = lambda: None
        self.starts_supervisor = False
        self.uis = wire.Uis(ui_path, yarn_ui_path)
        self.capabilities = {"ui"}
        self.grants = {"ui": Grants(), "yarn": Grants()}  # apart: a cluster and a YARN may have one name
        # Apart, so that a cluster that hangs takes no thread from the catalog, nor a long text from both.
        self.catalog_workers = Workers("catalog", most=8)
        self.cluster_workers = Workers("cluster", most=4, waiting=40)
        self.text_workers = Workers("text", most=2, waiting=20)
        self._event_workers = Workers("events", most=8)
        self._ui_workers: dict[tuple[str, str, str, str], Workers] = {}
        self._ui_clusters = UiClusters()
        self._ui_yarns = UiYarns()
        self._hubs: dict[str, Hub] = {}
        self._supervising: asyncio.Task[None] | None = None

    async def ask(self, person: str, work: Callable[[Catalog], T], limit: float = CATALOG_LIMIT) -> T:
        """What the catalog of a person answers. Raises a `FlinklabError`, `LateError`, `BusyError`."""
        place = self.places.of(person)
        return await self.catalog_workers.run(lambda: work(place.catalog()), limit)

    async def look(self, person: str, work: Callable[[Catalog], T], limit: float = CLUSTER_LIMIT) -> T:
        """As `ask`, for what may have to ask a cluster."""
        place = self.places.of(person)
        return await self.cluster_workers.run(lambda: work(place.catalog()), limit)

    async def read_ui(self, person: str, team: str, cluster: str, path: str, limit: float) -> Reply:
        """What a registered cluster's JobManager answers to a GET. Raises as `UiClusters.read`, and as `ask`."""
        place, key = self.places.of(person), (person, team, cluster)
        workers = self._its_workers("ui", *key)
        return await workers.run(lambda: self._ui_clusters.read(place, key, path), limit)

    async def read_yarn(self, person: str, team: str, yarn: str, path: str, limit: float) -> Reply:
        """What a registered YARN's ResourceManager answers to a GET. Raises as `UiYarns.read`, and as `ask`."""
        place, key = self.places.of(person), (person, team, yarn)
        workers = self._its_workers("yarn", *key)
        return await workers.run(lambda: self._ui_yarns.read(place, key, path), limit)

    def _its_workers(self, *key: str) -> Workers:
        """One that hangs holds up nobody who looks at another."""
        kind, person, team, name = key
        return self._ui_workers.setdefault((kind, person, team, name), Workers("ui", most=6, waiting=100))

    async def status(self, person: str) -> wire.Json:
        """Never raises: why the catalog cannot be used is a part of it."""
        place = self.places.of(person)
        try:
            return await self.catalog_workers.run(lambda: self._status(place), CATALOG_LIMIT)
        except (LateError, BusyError):
            late = CatalogUnavailableError(f"the catalog does not answer within {CATALOG_LIMIT:.0f} s")
            return self._told(status_without_catalog(late, place.settings()), 0)

    def hub(self, person: str) -> Hub:
        """The events of a person, however many listen."""
        if person not in self._hubs:
            place = self.places.of(person)
            self._hubs[person] = Hub(place, self._event_workers, self.uis, lambda jobs: self._status(place, jobs))
        return self._hubs[person]

    def have_supervised(self, person: str) -> None:
        """See that somebody carries out what was ordered, without waiting for it: that may take a minute."""
        if not self.starts_supervisor or self._supervising is not None:
            return
        place = self.places.of(person)

        def see() -> None:
            supervising.ensure(place.settings(), place.catalog(), lambda line: _log.info("%s", line))

        async def run() -> None:
            try:
                await self.cluster_workers.run(see, _SUPERVISOR_LIMIT)
            except (FlinklabError, OSError, LateError, BusyError, subprocess.TimeoutExpired) as error:
                _log.warning("No supervisor could be started: %s", error or type(error).__name__)
            finally:
                self._supervising = None

        self._supervising = asyncio.get_running_loop().create_task(run())

    async def close(self) -> None:
        if self._supervising is not None:
            self._supervising.cancel()
        for hub in self._hubs.values():
            await hub.close()
        self._ui_clusters.close()
        self._ui_yarns.close()
        self.places.close()

    def _status(self, place: Place, jobs: Sequence[JobLine] | None = None) -> wire.Json:
        settings = Settings()
        try:
            settings = place.settings()
            catalog = place.catalog()
            problems = sum(each.is_problem for each in (job_lines(catalog) if jobs is None else jobs))
            return self._told(workbench_status(catalog, settings), problems)
        except FlinklabError as error:
            return self._told(status_without_catalog(error, settings), 0)

    def _told(self, status: WorkbenchStatus, problems: int) -> wire.Json:
        return {
            "version": self.version,
            "catalog": status.catalog,
            "problem": status.problem,
            "person": status.person,
            "team": status.team,
            "teams": status.teams,
            "environment": status.environment,
            "cluster": status.cluster,
            "supervisors": [wire.supervisor(each) for each in status.supervisors],
            "child": self.child(),
            "problems": problems,
            "capabilities": sorted(self.capabilities),
        }
