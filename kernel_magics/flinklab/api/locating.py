"""Where the JobManager of a session on YARN is: kept in the catalog, looked up when it does not answer there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from flinklab.domain.errors import (
    ConnectionFailedError,
    NoApplicationError,
    NotPermittedError,
    UnreachableError,
    UsageError,
)
from flinklab.domain.records import ClusterAddress, RegisteredCluster, RegisteredYarn
from flinklab.domain.text import one_line

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.yarn import Application
    from flinklab.flink.access import Access
    from flinklab.ports.yarn import ResourceManager

YARN = "yarn"
"""The kind of cluster that is a session on YARN."""

EVERY = 5.0
"""Seconds from one request to the ResourceManagers of a YARN to the next, whoever asks."""

Connect = Callable[[RegisteredYarn], "ResourceManager"]


@dataclass(slots=True)
class _Told:
    """What a YARN's ResourceManager said last, and when (by the clock)."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    at: float = float("-inf")
    applications: Sequence[Application] = ()
    error: ConnectionFailedError | None = None


class Locator:
    """For all clusters of a catalog; may be used from any thread.

    `connect` gives a ResourceManager to ask, which is closed after that: it is asked only for a JobManager that is
    not known, or that does not answer.
    """

    def __init__(
        self,
        catalog: Catalog,
        resource_manager: Connect | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog = catalog
        self._connect = resource_manager or _rest
        self._clock = clock
        self._lock = threading.Lock()
        self._told: dict[tuple[str, str], _Told] = {}

    def address(self, cluster: RegisteredCluster) -> Access:
        """How to reach the JobManager. Raises as `find` does."""
        return self.access(cluster, self.find(cluster).url)

    def again(self, cluster: RegisteredCluster, failed_url: str) -> Access:
        """The same, after a request to `failed_url` failed. Raises as `find_again` does."""
        return self.access(cluster, self.find_again(cluster, failed_url).url)

    def find(self, cluster: RegisteredCluster) -> ClusterAddress:
        """The address that is kept, else the one that is found now and kept.

        Raises `NoApplicationError`, `ClusterEndedError`, another `ConnectionFailedError` (a JobManager that is not
        up yet, a ResourceManager that does not answer), `UsageError`, and a `CatalogError`.
        """
        return self._kept(cluster) or self._look_up(cluster, None, "does not answer")

    def find_again(self, cluster: RegisteredCluster, failed_url: str) -> ClusterAddress:
        """What somebody else found, or YARN says now, which may be `failed_url` again. Raises as `find` does."""
        kept = self._kept(cluster)
        if kept is not None and kept.url != failed_url:
            return kept
        return self._look_up(cluster, kept, "does not answer either")

    def applications(self, yarn: RegisteredYarn) -> Sequence[Application]:
        """All of Flink's on it, as they were at most `EVERY` seconds ago. Raises `UnreachableError`."""
        return self._applications(yarn, "does not answer")

    def access(self, cluster: RegisteredCluster, url: str) -> Access:
        """Without credentials: nobody named that host, YARN chose it."""
        from flinklab.flink.access import Access

        ca = None
        if cluster.gateway and url.startswith("https"):
            ca = self._catalog.registry.gateway(cluster.team, cluster.gateway).access.get("ca")
        return Access(url, ca=ca)

    def _kept(self, cluster: RegisteredCluster) -> ClusterAddress | None:
        kept = self._catalog.addresses.get(cluster.team, cluster.name)
        if kept is None or (cluster.application and kept.application != cluster.application):
            return None
        return kept

    def _look_up(self, cluster: RegisteredCluster, kept: ClusterAddress | None, silence: str) -> ClusterAddress:
        if cluster.yarn is None:
            hint = f"`%flink clusters add {cluster.name} --yarn NAME` says which one it is on"
            raise UsageError(f"cluster {cluster.name} has no YARN", hint=hint)
        yarn = self._catalog.registry.yarn(cluster.team, cluster.yarn)
        found = self._meant(cluster, kept, self._applications(yarn, silence))
        if found.jobmanager_url is None:
            why = f": {one_line(found.diagnostics, 160)}" if found.diagnostics else ""
            message = f"session {cluster.name} ({found.id}) has no JobManager now, it is {found.state.value}{why}"
            raise UnreachableError(message, url=found.tracking_url)
        if kept is not None and (kept.url, kept.application) == (found.jobmanager_url, found.id):
            return kept
        address = ClusterAddress(cluster.team, cluster.name, found.jobmanager_url, found.id)
        try:
            return self._catalog.addresses.put(address)
        except NotPermittedError:  # a viewer finds it, too, but tells nobody else
            return address

    def _meant(
        self, cluster: RegisteredCluster, kept: ClusterAddress | None, applications: Sequence[Application]
    ) -> Application:
        from flinklab.yarn.meant import meant

        known = kept.application if kept is not None else ""
        try:
            return meant(applications, cluster.name, pinned=cluster.application, known=known)
        except NoApplicationError:
            is_forgotten = bool(known) and all(each.id != known for each in applications)
            if cluster.application or not is_forgotten or self._has_live(cluster):
                raise
        # Of one that YARN forgot nothing is known, but nothing of ours is in it either.
        return meant(applications, cluster.name)

    def _has_live(self, cluster: RegisteredCluster) -> bool:
        jobs = self._catalog.jobs.list([cluster.team], cluster=cluster.name)
        return any(each.attempt is not None and each.attempt.state.is_live for each in jobs)

    def _applications(self, yarn: RegisteredYarn, silence: str) -> Sequence[Application]:
        """One request for all sessions of the YARN, and a while for all who ask."""
        from flinklab.telemetry.masking import without_settings

        with self._lock:
            told = self._told.setdefault((yarn.team, yarn.name), _Told())
        with told.lock:
            if self._clock() - told.at >= EVERY:
                told.applications, told.error = (), None
                try:
                    with closing(self._connect(yarn)) as manager:
                        told.applications = [
                            replace(each, diagnostics=without_settings(each.diagnostics))
                            for each in manager.applications()
                        ]
                except ConnectionFailedError as error:
                    told.error = error
                told.at = self._clock()
            if told.error is not None:
                message = f"the ResourceManager of YARN {yarn.name} {silence}: {told.error.message}"
                raise UnreachableError(message, url=told.error.url, hint=told.error.hint)
            return told.applications


_LOCATORS: WeakKeyDictionary[Catalog, Locator] = WeakKeyDictionary()


def locator(catalog: Catalog) -> Locator:
    """The one of a catalog in this process: all who look for a JobManager ask YARN through it."""
    found = _LOCATORS.get(catalog)
    return found if found is not None else _LOCATORS.setdefault(catalog, Locator(catalog))


def _rest(yarn: RegisteredYarn) -> ResourceManager:
    from flinklab.api.yarn import resource_manager

    return resource_manager(yarn)
