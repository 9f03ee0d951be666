"""A supervisor: it signs in, takes what clusters nobody looks after, and looks after them round by round."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flinklab.domain.errors import FlinklabError, LeaseLostError, NotPermittedError
from flinklab.domain.jobs import ClusterKey, Lease
from flinklab.ports.jobs import Leases
from flinklab.supervisor.worker import ClusterWorker, Reached

log = logging.getLogger("flinklab.supervisor")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. A lease that was not renewed for `lease` goes to whoever asks first: takeover within 15 s."""

    round: float = 2.0
    lease: float = 8.0
    renew: float = 2.5


class Supervisor:
    """`name`: one that no other has. `reach`: connects to a registered cluster; `serves`: which ones it can.

    `idle_exit`: end by itself after so many seconds without anything to look after.
    """

    def __init__(
        self,
        leases: Leases,
        reach: Callable[[ClusterKey], Reached],
        *,
        name: str,
        host: str,
        pid: int,
        serves: Callable[[ClusterKey], bool] = lambda cluster: True,
        pace: Pace | None = None,
        idle_exit: float | None = None,
        at_once: int = 4,
    ) -> None:
        self._leases = leases
        self._reach = reach
        self._serves = serves
        self._name, self._host, self._pid = name, host, pid
        self._pace = pace or Pace()
        self._idle_exit = idle_exit
        self._at_once = at_once
        self._watches: dict[ClusterKey, _Watch] = {}
        self._ending: list[_Watch] = []
        self._stop = threading.Event()
        self._needed_at = time.monotonic()

    def stop(self) -> None:
        """Let `run` end: what is under way comes to its end, leases are given back."""
        self._stop.set()

    def run(self) -> None:
        """Until `stop`, or nothing was to do for `idle_exit` seconds.

        Raises `NotPermittedError` where the catalog does not take this login for a supervisor's.
        """
        signed_in = False
        try:
            while not self._stop.is_set():
                try:
                    if not signed_in:
                        self._leases.sign_in(self._name, self._host, self._pid)
                        signed_in = True
                    self._leases.beat(self._name)
                    self._take_leases()
                except FlinklabError as error:
                    if isinstance(error, NotPermittedError) and not signed_in:
                        raise NotPermittedError(
                            "this login is no supervisor's",
                            hint="who made the catalog can let it be one: GRANT flinklab_supervisor TO its name",
                            details=error.message,
                        ) from error
                    log.warning("the catalog does not answer", extra={"action": "catalog", "why": error.message})
                if self._is_idle():
                    return
                self._stop.wait(self._pace.renew)
        finally:
            if signed_in:
                self._end()

    def _take_leases(self) -> None:
        for cluster in filter(self._serves, self._leases.clusters()):
            lease = self._leases.acquire(cluster, self._name, self._pace.lease)
            watch = self._watches.get(cluster)
            if watch is not None and (lease is None or watch.lease.epoch != lease.epoch or not watch.is_alive):
                # Without waiting for it: the other leases have to be renewed. It cannot write any more.
                watch.ask_to_end()
                self._ending.append(self._watches.pop(cluster))
                watch = None
            if lease is not None and watch is None:
                log.info("looks after %s", cluster, extra={"action": "lease", "epoch": lease.epoch})
                self._watches[cluster] = _Watch(self._worker(lease), lease, self._pace.round)
        self._ending = [watch for watch in self._ending if watch.is_alive]

    def _worker(self, lease: Lease) -> ClusterWorker:
        def reach() -> Reached:
            return self._reach(lease.cluster)

        return ClusterWorker(reach, self._leases.ledger(lease), at_once=self._at_once)

    def _is_idle(self) -> bool:
        if self._idle_exit is None:
            return False
        if any(watch.is_needed for watch in self._watches.values()):
            self._needed_at = time.monotonic()
        return time.monotonic() - self._needed_at > self._idle_exit

    def _end(self) -> None:
        for watch in self._watches.values():
            watch.ask_to_end()
        for watch in (*self._watches.values(), *self._ending):
            watch.end()
        try:
            for watch in self._watches.values():
                self._leases.release(watch.lease)
            self._leases.sign_out(self._name)
        except FlinklabError as error:
            log.warning("leases are left to expire", extra={"action": "catalog", "why": error.message})
        self._watches.clear()


class _Watch:
    """The thread that goes round one cluster."""

    def __init__(self, worker: ClusterWorker, lease: Lease, every: float) -> None:
        self.lease = lease
        self._worker = worker
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"flinklab-{lease.cluster}", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def is_needed(self) -> bool:
        return self._worker.is_needed

    def ask_to_end(self) -> None:
        self._ended.set()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                try:
                    self._worker.round()
                except LeaseLostError:
                    log.warning("lost the lease on %s", self.lease.cluster, extra={"action": "lease"})
                    return
                except FlinklabError as error:
                    log.warning("a round failed", extra={"action": "round", "why": error.message})
                except Exception:
                    log.exception("a round failed", extra={"action": "round"})
                    return
                # Somebody waits for an order to be carried out; nobody for a job that just runs.
                self._ended.wait(self._every / 4 if self._worker.is_busy else self._every)
        finally:
            self._worker.close()
