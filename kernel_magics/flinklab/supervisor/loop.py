"""A supervisor: it signs in, takes what clusters nobody looks after, and looks after them round by round."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flinklab.domain.errors import FlinklabError, LeaseLostError, NotPermittedError
from flinklab.domain.jobs import Checkpoint, ClusterKey, Lease
from flinklab.ports.jobs import Leases
from flinklab.supervisor.budget import Budget
from flinklab.supervisor.sampler import Sampler, Sampling, Sight
from flinklab.supervisor.tally import Tally
from flinklab.supervisor.worker import ClusterWorker, Reached

_GRACE = 3.0  # s
_COMPLETED = 2_000  # checkpoints that wait for somebody who asks for their details

log = logging.getLogger("flinklab.supervisor")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. A lease that was not renewed for `lease` goes to whoever asks first: takeover within 15 s."""

    round: float = 2.0
    lease: float = 8.0
    renew: float = 2.5


@dataclass(frozen=True, slots=True)
class Recording:
    """How what jobs and clusters measure is recorded. `reach`: another connection with a cluster, to look at it."""

    reach: Callable[[ClusterKey], Sight]
    sampling: Sampling = field(default_factory=Sampling)


class Supervisor:
    """`name`: one that no other has. `reach`: connects to a registered cluster; `serves`: which ones it can.

    `idle_exit`: end by itself after so many seconds without anything to look after. `recording`: None for none.
    `tallies`: where what it does is counted, by cluster.
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
        recording: Recording | None = None,
        tallies: dict[ClusterKey, Tally] | None = None,
    ) -> None:
        self._leases = leases
        self._reach = reach
        self._serves = serves
        self._name, self._host, self._pid = name, host, pid
        self._pace = pace or Pace()
        self._idle_exit = idle_exit
        self._at_once = at_once
        self._recording = recording
        self._budget = Budget()
        self._tallies = tallies if tallies is not None else {}
        self._watches: dict[ClusterKey, _Watch] = {}
        self._ending: list[_Watch] = []
        self._stop = threading.Event()
        self._needed_at = time.monotonic()

    @property
    def watched(self) -> Mapping[ClusterKey, Watched]:
        """The clusters that it has, and what it knows of them. Safe to use from another thread."""
        return {cluster: watch.watched for cluster, watch in tuple(self._watches.items())}

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
        served = list(filter(self._serves, self._leases.clusters()))
        for cluster in self._watches.keys() - served:
            self._let_go(cluster)
        for cluster in served:
            lease = self._leases.acquire(cluster, self._name, self._pace.lease)
            watch = self._watches.get(cluster)
            if watch is not None and (lease is None or watch.lease.epoch != lease.epoch or not watch.is_alive):
                # Without waiting for it: the other leases have to be renewed. It cannot write any more.
                watch.ask_to_end()
                self._ending.append(self._watches.pop(cluster))
                watch = None
            if lease is not None and watch is None:
                log.info("looks after %s", cluster, extra={"action": "lease", "epoch": lease.epoch})
                self._watches[cluster] = self._watch(lease)
        self._ending = [watch for watch in self._ending if watch.is_alive]

    def _let_go(self, cluster: ClusterKey) -> None:
        """Its last job was deleted, or moved: nobody needs to know how it is, or, when it ended, where it went."""
        watch = self._watches.pop(cluster)
        watch.ask_to_end()
        self._ending.append(watch)
        self._leases.release(watch.lease)
        log.info("has no jobs on %s any more", cluster, extra={"action": "lease", "epoch": watch.lease.epoch})

    def _watch(self, lease: Lease) -> _Watch:
        cluster, recording = lease.cluster, self._recording
        ledger, tally = self._leases.ledger(lease), self._tallies.setdefault(lease.cluster, Tally())
        completed = deque[Checkpoint](maxlen=_COMPLETED if recording is not None else 0)
        worker = ClusterWorker(
            lambda: self._reach(cluster), ledger, at_once=self._at_once, tally=tally, completed=completed
        )
        sampler = None
        if recording is not None:
            reach = recording.reach
            sampler = Sampler(
                ledger,
                lambda: reach(cluster),
                lambda: worker.jobs,
                completed,
                recording.sampling,
                tally,
                self._budget,
            )
        return _Watch(Watched(worker, sampler, tally), lease, self._pace.round)

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
            log.info("signed out", extra={"action": "end"})
        except FlinklabError as error:
            log.warning("leases are left to expire", extra={"action": "catalog", "why": error.message})
        self._watches.clear()


@dataclass(frozen=True, slots=True)
class Watched:
    """How a cluster is looked after."""

    worker: ClusterWorker
    sampler: Sampler | None
    tally: Tally


class _Watch:
    """The threads that go round one cluster: one that decides and acts, and one beside it that records."""

    def __init__(self, watched: Watched, lease: Lease, every: float) -> None:
        self.lease = lease
        self.watched = watched
        self._worker = watched.worker
        self._every = every
        self._ended = threading.Event()
        name = f"flinklab-{lease.cluster}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._beside: threading.Thread | None = None
        if watched.sampler is not None:
            args = (self._ended,)
            self._beside = threading.Thread(
                target=watched.sampler.run, args=args, name=f"{name}-sampler", daemon=True
            )
            self._beside.start()
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
        """A sampler that waits for an answer is not waited for much longer: it writes nothing any more."""
        self._ended.set()
        self._thread.join()
        if self._beside is not None:
            self._beside.join(_GRACE)

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
            self._ended.set()
            self._worker.close()
