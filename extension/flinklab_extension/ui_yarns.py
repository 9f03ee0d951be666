"""Registered YARNs whose pages are shown: where they are, and what their ResourceManagers answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from flinklab.api.locating import locator
from flinklab.api.yarn import resource_manager
from flinklab.api.yarn_places import registered_for
from flinklab.domain.errors import BrokenReplyError, ConnectionFailedError
from flinklab.domain.records import RegisteredCluster

from .places import Place
from .ui_clusters import ui_path
from .ui_lines import MOST, TIMEOUT, Key, Lines
from .ui_yarn_links import applications_in, for_reading
from .ui_yarn_paths import START, is_application

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.flink.transport import Reply
    from flinklab.yarn.resourcemanager import RestResourceManager


def yarn_ui_path(cluster: RegisteredCluster) -> str | None:
    """Below the base URL, of the pages of the YARN that the cluster is on. None where it is on none."""
    if cluster.yarn is None:
        return None
    place = f"{quote(cluster.team, safe='')}/{quote(cluster.yarn, safe='')}"
    return f"flinklab/yarn/{place}/?cluster={quote(cluster.name, safe='')}"


def page_of(catalog: Catalog, team: str, cluster: str) -> str:
    """The page of the application that a cluster is, or was when it was last found; else the first of all.

    Raises `NotFoundError`, another `CatalogError`.
    """
    application = catalog.registry.cluster(team, cluster).application
    if not application:
        found = catalog.addresses.get(team, cluster)
        application = found.application if found is not None else ""
    return f"cluster/app/{application}" if is_application(application) else START


class UiYarns:
    """Connections to the ResourceManagers that are looked at. For several threads; all of it blocks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines: Lines[RestResourceManager] = Lines(_connect, clock)

    def read(self, place: Place, key: Key, path: str) -> Reply:
        """A GET of `path`, which begins with a slash, at a YARN by person, team and name; pages as `for_reading`.

        Raises `NotFoundError` for a YARN that is not registered, `UsageError`, `ConnectionFailedError`,
        `CatalogError`.
        """
        with self._lines.to(place, key) as manager:
            reply = manager.page(path, MOST)
            urls = manager.urls
        if len(reply.body) == MOST:
            raise BrokenReplyError(f"the page has more than {MOST // 1024**2} MiB", url=urls[0])
        if not reply.content_type.startswith("text/html"):
            return reply
        uis = _uis(place, key) if applications_in(reply.body) else {}
        prefixes = [urlsplit(url).path for url in urls]
        return replace(reply, body=for_reading(reply.body, path, prefixes, uis))

    def close(self) -> None:
        self._lines.close()


def _uis(place: Place, key: Key) -> Mapping[str, str]:
    """By its application's id, the path of the Flink UI of each registered cluster that lives there."""
    _, team, name = key
    catalog = place.catalog()
    yarn = catalog.registry.yarn(team, name)
    clusters = catalog.registry.clusters([team])
    try:
        applications = [each for each in locator(catalog).applications(yarn) if not each.is_over]
    except ConnectionFailedError:
        return {}
    found = ((each.id, registered_for(each, yarn, clusters)) for each in applications)
    return {id: path for id, cluster in found if cluster is not None and (path := ui_path(cluster)) is not None}


def _connect(place: Place, key: Key) -> RestResourceManager:
    _, team, name = key
    return resource_manager(place.catalog().registry.yarn(team, name), timeout=TIMEOUT)
