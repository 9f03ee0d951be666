"""Supervisors that stop before each call to the outside, and go on, are killed, or lose their lease meanwhile.

Each lives in a thread, of which exactly one runs at a time: what happens is decided by the test alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from fakes.flink_world import FlinkWorld
from fakes.memory_ledger import MemoryDatabase
from flinklab.domain.errors import CatalogError, FlinklabError, LeaseLostError
from flinklab.domain.jobs import ClusterKey, Lease
from flinklab.ports.jobs import Ledger
from flinklab.supervisor.worker import ClusterWorker, Reached

LEASE = 9.0  # s
_CALLS = 500  # of one round, at most
RESTS = "rests"  # between two rounds


class _KilledError(BaseException):
    """Nothing that a process would do after kill -9 gets past it."""


class Gated:
    """Every call of a method first waits to be let through."""

    def __init__(self, target: Any, name: str, gate: Callable[[str], None]) -> None:
        self._target, self._name, self._gate = target, name, gate

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value) or name == "now":
            return value

        def call(*args: Any, **more: Any) -> Any:
            self._gate(f"{self._name}.{name}")
            return value(*args, **more)

        return call


class InlineExecutor(Executor):
    """Carries out at once, in the thread that asks."""

    def __init__(self, *args: Any, **more: Any) -> None:
        pass

    def submit(self, fn: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **more))
        except Exception as error:
            future.set_exception(error)
        return future


class Puppet:
    """One supervisor of one cluster. `at`: the call that it is about to make, `RESTS`, or empty when it is over.

    `refuge`: where the pool of its jobs has room.
    """

    def __init__(
        self, name: str, cluster: ClusterKey, world: FlinkWorld, database: MemoryDatabase, refuge: str = ""
    ) -> None:
        self.name, self.at, self.error = name, "new", None
        self._cluster, self._world, self._database, self._refuge = cluster, world, database, refuge
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._is_killed = False
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def step(self) -> None:
        """Make the call that it is at, and go on to the next one."""
        if self.at == "":
            return
        self._go.release()
        self._back.acquire()
        if self.error is not None:
            raise self.error

    def round(self) -> None:
        """Go on to the end of the round that it is in, or through one."""
        for _ in range(_CALLS):
            self.step()
            if self.at in (RESTS, ""):
                return
        raise AssertionError(f"{self.name} goes round without end, at {self.at}")

    def kill(self) -> None:
        self._is_killed = True
        self.step()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._go.acquire()
            while not self._is_killed:
                self._look_after()
        except _KilledError:
            pass
        except BaseException as error:
            self.error = error
        self.at = ""
        self._back.release()

    def _gate(self, at: str) -> None:
        if self._is_killed:
            raise _KilledError
        self.at = at
        self._back.release()
        self._go.acquire()
        if self._is_killed:
            raise _KilledError

    def _look_after(self) -> None:
        lease = self._renew()
        if lease is None:
            self._gate(RESTS)
            return
        worker = ClusterWorker(self._reach, self._ledger(lease))
        try:
            while True:
                self._round(worker)
                self._gate(RESTS)
                again = self._renew()
                if again is None or again.epoch != lease.epoch:
                    return
        except LeaseLostError:
            self._gate(RESTS)
        finally:
            worker.close()

    @staticmethod
    def _round(worker: ClusterWorker) -> None:
        try:
            worker.round()
        except (LeaseLostError, CatalogError):
            raise
        except FlinklabError:
            return

    def _renew(self) -> Lease | None:
        return self._database.leases.acquire(self._cluster, self.name, LEASE)

    def _ledger(self, lease: Lease) -> Ledger:
        ledger: Ledger = Gated(self._database.leases.ledger(lease), "ledger", self._gate)  # type: ignore[assignment]
        return ledger

    def _reach(self) -> Reached:
        world = self._world
        return Reached(
            Gated(world.control, "control", self._gate),  # type: ignore[arg-type]
            Gated(world.sender, "sender", self._gate),  # type: ignore[arg-type]
            Gated(world.storage, "storage", self._gate),  # type: ignore[arg-type]
            lambda: None,
            lambda _, text: text,
            refuge=lambda managed: self._refuge,
        )
