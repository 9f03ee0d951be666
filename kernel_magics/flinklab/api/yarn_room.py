"""What is left of the queues that sessions on YARN are in: asked only by who needs it, and seldom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flinklab.domain.errors import ConnectionFailedError, FlinklabError

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.records import RegisteredCluster, RegisteredYarn
    from flinklab.domain.yarn import Application, Queue, YarnInfo
    from flinklab.ports.yarn import ResourceManager

EVERY = 10.0
"""Seconds from one look at a YARN's queues to the next, whoever asks."""

_TIMEOUT = 3.0  # s without a byte

Connect = Callable[["RegisteredYarn"], "ResourceManager"]


@dataclass(frozen=True, slots=True)
class Room:
    """`queue`: of a session, with its numbers. `headroom`: MiB that it can still get there. `vcores`: likewise,
    None where the scheduler does not count them."""

    queue: Queue
    headroom: int
    vcores: int | None = None


@dataclass(slots=True)
class _Told:
    lock: threading.Lock = field(default_factory=threading.Lock)
    at: float = float("-inf")
    queues: Sequence[Queue] = ()
    applications: Mapping[str, Application] = field(default_factory=dict)
    info: YarnInfo | None = None
    error: ConnectionFailedError | None = None


class Rooms:
    """For all sessions of a catalog; may be used from any thread. `connect` gives a ResourceManager to ask."""

    def __init__(
        self,
        catalog: Catalog,
        connect: Connect | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog = catalog
        self._connect = connect or _rest
        self._clock = clock
        self._lock = threading.Lock()
        self._told: dict[tuple[str, str], _Told] = {}

    def of(self, cluster: RegisteredCluster) -> Room | None:
        """None for what is no session on YARN, or has no queue that YARN tells of.

        A queue that the application was moved to counts, not the one that it began in. Raises
        `ConnectionFailedError`, and a `CatalogError`.
        """
        from flinklab.yarn.queue_words import find_queue

        kept = self._catalog.addresses.get(cluster.team, cluster.name)
        if cluster.yarn is None or kept is None:
            return None
        told = self._ask(self._catalog.registry.yarn(cluster.team, cluster.yarn))
        application = told.applications.get(kept.application)
        queue = find_queue(told.queues, application.queue) if application is not None else None
        if queue is None or told.info is None:
            return None
        left = told.info.memory_available
        if queue.memory_max is not None:
            left = min(left, queue.memory_max - queue.memory_used)
        vcores = None
        if queue.vcores_max is not None:
            vcores = max(min(told.info.vcores_available, queue.vcores_max - queue.vcores_used), 0)
        return Room(queue, max(left, 0), vcores)

    def _ask(self, yarn: RegisteredYarn) -> _Told:
        with self._lock:
            told = self._told.setdefault((yarn.team, yarn.name), _Told())
        with told.lock:
            if self._clock() - told.at >= EVERY:
                told.error = None
                try:
                    with closing(self._connect(yarn)) as manager:
                        told.queues = manager.queues()
                        told.applications = {each.id: each for each in manager.applications()}
                        told.info = manager.info()
                except ConnectionFailedError as error:
                    told.error = error
                told.at = self._clock()
            if told.error is not None:
                raise told.error
            return told


def in_words(cluster: RegisteredCluster, rooms: Rooms) -> str:
    """What the queue of a session uses; empty for what is on no YARN."""
    from flinklab.yarn.queue_words import in_numbers

    try:
        room = rooms.of(cluster)
    except FlinklabError as error:
        return f"its queue is not known: {error.message}"
    return in_numbers(room.queue) if room is not None else ""


def _rest(yarn: RegisteredYarn) -> ResourceManager:
    from flinklab.api.yarn import resource_manager

    return resource_manager(yarn, timeout=_TIMEOUT)
