"""Registered clusters whose UI is shown: which have one, and what their JobManagers answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from flinklab.api.reaching import jobmanager_transport
from flinklab.domain.errors import BrokenReplyError
from flinklab.domain.records import RegisteredCluster

from .places import Place
from .ui_lines import MOST, TIMEOUT, Key, Lines

if TYPE_CHECKING:
    from flinklab.flink.transport import Reply, Transport

_ANYWHERE = ("embedded", "yarn")  # kinds whose JobManager is found


def ui_path(cluster: RegisteredCluster) -> str | None:
    """Below the base URL. None without one JobManager: jobs in applications of their own have one each."""
    has_address = cluster.jobmanager_url is not None or cluster.gateway is not None
    if cluster.kind not in _ANYWHERE and (cluster.kind == "yarn-application" or not has_address):
        return None
    return f"flinklab/ui/{quote(cluster.team, safe='')}/{quote(cluster.name, safe='')}/"


class UiClusters:
    """Connections to the JobManagers that are looked at. For several threads; all of it blocks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines: Lines[Transport] = Lines(_connect, clock)

    def read(self, place: Place, key: Key, path: str) -> Reply:
        """A GET of `path`, which begins with a slash, at a cluster by person, team and name.

        Of a log that is longer than `MOST` it is the end. The address and the credentials are the catalog's.
        Redirects are followed to the same server only. Raises `NotFoundError` for a cluster that is not registered,
        `UsageError`, `ConnectionFailedError`, `CatalogError`.
        """
        with self._lines.to(place, key) as transport:
            reply = transport.tail(path, MOST)
        if len(reply.body) == MOST and not reply.content_type.startswith("text/plain"):
            raise BrokenReplyError(f"the answer has more than {MOST // 1024**2} MiB", url=transport.url)
        return reply

    def close(self) -> None:
        self._lines.close()


def _connect(place: Place, key: Key) -> Transport:
    _, team, name = key
    catalog = place.catalog()
    cluster = catalog.registry.cluster(team, name)
    return jobmanager_transport(catalog, place.settings(), cluster, timeout=TIMEOUT)
