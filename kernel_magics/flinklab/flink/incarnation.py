"""Whether a cluster is still the one that it was."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping

from flinklab.domain.errors import BrokenReplyError, ConnectionFailedError
from flinklab.flink.transport import Reply, Transport
from flinklab.ports.jobs import HIGHLY_AVAILABLE

GOOD_FOR = 60.0
"""Seconds for which an incarnation that was read is believed, if nothing speaks against it."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
# Flink's default for a cluster with high availability (`HighAvailabilityOptions.HA_CLUSTER_ID`).
_DEFAULT_ID = "/default"


def incarnation_of(config: Mapping[str, str], url: str) -> str:
    """From a JobManager's configuration.

    With high availability its jobs outlive a JobManager, and the HA cluster id tells them from others'. Without,
    they end with it; each JobManager makes a folder of its own, which has a UUID (`ClusterEntrypoint`).
    """
    kind = config.get("high-availability.type") or config.get("high-availability") or "NONE"
    if kind.upper() != "NONE":
        return f"{HIGHLY_AVAILABLE}{config.get('high-availability.cluster-id') or _DEFAULT_ID}"
    folder = _UUID.search(config.get("web.tmpdir", ""))
    if folder is None:
        message = f"the JobManager at {url} does not tell which start of it this is (no UUID in web.tmpdir)"
        raise BrokenReplyError(message, url=f"{url}/jobmanager/config")
    return folder[0]


class Remembered:
    """An incarnation, read anew after `GOOD_FOR` seconds and after `doubt()`.

    `clock` counts seconds. May be used from any thread.
    """

    def __init__(self, read: Callable[[], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._value = ""
        self._until = float("-inf")
        self._doubts = 0

    def doubt(self) -> None:
        """Something happened that may have been a start."""
        with self._lock:
            self._doubts += 1
            self._until = float("-inf")

    def value(self) -> str:
        with self._lock:
            now, doubts = self._clock(), self._doubts
            if now < self._until:
                return self._value
        value = self._read()
        with self._lock:
            # A doubt that came while it was being read may be about what came after.
            if doubts == self._doubts:
                self._value, self._until = value, now + GOOD_FOR
        return value


class Watched:
    """A transport that tells of each request that failed."""

    def __init__(self, inner: Transport, failed: Callable[[], None]) -> None:
        self._inner = inner
        self._failed = failed

    @property
    def url(self) -> str:
        return self._inner.url

    def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        return self._told(lambda: self._inner.request(method, path, body))

    def tail(self, path: str, most: int) -> Reply:
        return self._told(lambda: self._inner.tail(path, most))

    def close(self) -> None:
        self._inner.close()

    def _told(self, send: Callable[[], Reply]) -> Reply:
        try:
            reply = send()
        except ConnectionFailedError:
            self._failed()
            raise
        if reply.status >= 500:
            self._failed()
        return reply
