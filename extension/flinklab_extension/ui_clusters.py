"""Registered clusters whose UI is shown: which have one, and what their JobManagers answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from flinklab.api.reaching import jobmanager_transport
from flinklab.domain.errors import BrokenReplyError
from flinklab.domain.records import RegisteredCluster

from .places import Place

if TYPE_CHECKING:
    from flinklab.flink.transport import Reply, Transport

MOST = 32 * 1024 * 1024
"""Bytes of an answer; of a longer log the end is shown."""
_TIMEOUT = 10.0  # s without a byte
_KEPT = 30.0  # s that an address is used before the catalog is asked for it again

_ANYWHERE = ("embedded", "yarn")  # kinds whose JobManager is found
_Key = tuple[str, str, str]  # person, team, cluster


def ui_path(cluster: RegisteredCluster) -> str | None:
    """Below the base URL. None without one JobManager: jobs in applications of their own have one each."""
    has_address = cluster.jobmanager_url is not None or cluster.gateway is not None
    if cluster.kind not in _ANYWHERE and (cluster.kind == "yarn-application" or not has_address):
        return None
    return f"flinklab/ui/{quote(cluster.team, safe='')}/{quote(cluster.name, safe='')}/"


@dataclass(slots=True, eq=False)
class _Line:
    """A connection; `users`: who asks by it now."""

    transport: Transport
    until: float
    users: int = 0
    is_old: bool = False


class UiClusters:
    """Connections to the JobManagers that are looked at. For several threads; all of it blocks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._lines: dict[_Key, _Line] = {}

    def read(self, place: Place, key: tuple[str, str, str], path: str) -> Reply:
        """A GET of `path`, which begins with a slash, at a cluster by person, team and name.

        The address and the credentials are the catalog's. Redirects are followed to the same server only. Raises
        `NotFoundError` for a cluster that is not registered, `UsageError`, `ConnectionFailedError`, `CatalogError`.
        """
        with self._line(place, key) as transport:
            reply = transport.tail(path, MOST)
        if len(reply.body) == MOST and not reply.content_type.startswith("text/plain"):
            raise BrokenReplyError(f"the answer has more than {MOST // 1024**2} MiB", url=transport.url)
        return reply

    def close(self) -> None:
        with self._lock:
            for key in list(self._lines):
                self._let_go(key)

    @contextmanager
    def _line(self, place: Place, key: _Key) -> Iterator[Transport]:
        line = self._kept(key) or self._new(place, key)
        try:
            yield line.transport
        finally:
            with self._lock:
                line.users -= 1
                if line.is_old and line.users == 0:
                    line.transport.close()

    def _kept(self, key: _Key) -> _Line | None:
        with self._lock:
            line = self._lines.get(key)
            if line is not None and self._clock() < line.until:
                line.users += 1
                return line
            return None

    def _new(self, place: Place, key: _Key) -> _Line:
        _, team, name = key
        catalog = place.catalog()
        cluster = catalog.registry.cluster(team, name)
        made = jobmanager_transport(catalog, place.settings(), cluster, timeout=_TIMEOUT)
        line = _Line(made, self._clock() + _KEPT, users=1)
        with self._lock:
            self._let_go(key)
            self._lines[key] = line
        return line

    def _let_go(self, key: _Key) -> None:
        """With the lock held."""
        line = self._lines.pop(key, None)
        if line is not None:
            line.is_old = True
            if line.users == 0:
                line.transport.close()
