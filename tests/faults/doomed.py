"""A process that forks supervisors, each of which kills itself with SIGKILL after a certain call to the outside.

It is warm (everything is imported) and has no threads, so that a supervisor begins at once. Orders come as lines of
JSON: `{"start": {...}}` answers the pid, `{"lives": PID}`, `{"kill": PID}`. All end with it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from faults.jobs_world import JobsWorld, open_catalog, reach
from flinklab.domain.jobs import ClusterKey, Command
from flinklab.supervisor.loop import Pace, Supervisor
from flinklab.supervisor.worker import Reached

LIT = "the fuse is lit"
"""Why something is asked for: from when it is seen until it is over, calls count."""

CHANGES = frozenset(
    {
        *(f"control.{name}" for name in ("trigger_savepoint", "trigger_stop", "cancel", "rescale")),
        *(f"gateway.{name}" for name in ("open_session", "submit", "close_operation", "close_session")),
        *(f"ledger.{name}" for name in ("keep", "seen", "delete")),
        *(f"storage.{name}" for name in ("place", "write", "delete")),
        "versions.save_plan",
    }
)
"""The calls that change something outside. All others only look."""


@dataclass(frozen=True)
class Order:
    """One supervisor. It dies after call number `at` (from 1; 0: as soon as the fuse is lit; None: it does not).

    `only_changes`: the others do not count. `calls`: a file in which those that count are written down.
    """

    name: str
    folder: str
    url: str
    gateway: str
    jobmanager: str
    storage: str
    calls: str
    at: int | None
    only_changes: bool
    pace: tuple[float, float, float]
    clock_ahead: float = 0.0


class Fuse:
    def __init__(self, order: Order) -> None:
        self._at, self._only_changes = order.at, order.only_changes
        self._file = os.open(order.calls, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._lock = threading.Lock()
        self._is_lit = self._is_out = False
        self._count = 0

    def light(self) -> None:
        with self._lock:
            if not self._is_lit:
                self._is_lit = True
                self._burn()

    def put_out(self) -> None:
        with self._lock:
            self._is_out = True

    def called(self, label: str) -> None:
        with self._lock:
            if self._is_lit and not self._is_out and (label in CHANGES or not self._only_changes):
                self._count += 1
                os.write(self._file, f"{label}\n".encode())
                self._burn()

    def _burn(self) -> None:
        if self._count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


class Wired:
    """Tells the fuse of every call, when it was carried out."""

    def __init__(self, target: Any, name: str, fuse: Fuse) -> None:
        self._target, self._name, self._fuse = target, name, fuse

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value):
            return value

        def call(*args: Any, **more: Any) -> Any:
            try:
                found = value(*args, **more)
            finally:
                self._fuse.called(f"{self._name}.{name}")
            if (self._name, name) == ("ledger", "keep") and any(map(_is_over, args)):
                self._fuse.put_out()
            if (self._name, name) == ("leases", "ledger"):
                return Wired(found, "ledger", self._fuse)
            if (self._name, name) == ("ledger", "commands") and any(each.why == LIT for each in found):
                self._fuse.light()
            return found

        return call


def _is_over(value: Any) -> bool:
    return isinstance(value, Command) and value.why == LIT and value.ended_at is not None


def supervise(order: Order) -> None:
    fuse = Fuse(order)
    catalog = open_catalog(order.url, Path(order.folder))

    def reach_wired(cluster: ClusterKey) -> Reached:
        def wire(port: Any, name: str) -> Wired:
            return Wired(port, name, fuse)

        return reach(catalog, order.gateway, order.jobmanager, order.storage, wire)

    leases: Any = Wired(catalog.leases, "leases", fuse)
    pace = Pace(*order.pace)
    Supervisor(leases, reach_wired, name=order.name, host="localhost", pid=os.getpid(), pace=pace).run()


def _fork(order: Order) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        log = os.open(f"{order.folder}/{order.name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        logging.basicConfig(level=logging.INFO)
        real = time.time
        time.time = lambda: real() + order.clock_ahead
        supervise(order)
    finally:
        os._exit(1)


def main() -> None:
    lives: set[int] = set()

    def is_alive(pid: int) -> bool:
        if pid in lives and os.waitpid(pid, os.WNOHANG)[0] == pid:
            lives.discard(pid)
        return pid in lives

    def kill(pid: int) -> bool:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            lives.discard(pid)
        return True

    def start(given: dict[str, Any]) -> int:
        pid = _fork(Order(**given))
        lives.add(pid)
        return pid

    carry_out: dict[str, Callable[[Any], Any]] = {"start": start, "lives": is_alive, "kill": kill}
    try:
        for line in sys.stdin:
            ((what, given),) = json.loads(line).items()
            print(json.dumps(carry_out[what](given)), flush=True)
    finally:
        for pid in list(lives):
            with contextlib.suppress(ProcessLookupError):
                kill(pid)


class Nursery:
    """The process, as the tests use it. Safe to use from several threads."""

    def __init__(self, pace: Pace) -> None:
        self._pace = (pace.round, pace.lease, pace.renew)
        self._lock = threading.Lock()
        self._names = 0
        search = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, sys.path)])
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from faults.doomed import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": search},
        )

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def start(
        self,
        world: JobsWorld,
        name: str,
        calls: Path,
        at: int | None = None,
        *,
        only_changes: bool = True,
        clock_ahead: float = 0.0,
    ) -> int:
        """The pid. `clock_ahead`: seconds that its own clock is wrong by."""
        folder = str(calls.parent)
        addresses = (world.url, world.gateway.url, world.cluster.url, world.storage)
        order = Order(name, folder, *addresses, str(calls), at, only_changes, self._pace, clock_ahead)
        return int(self._ask("start", asdict(order)))

    def lives(self, pid: int) -> bool:
        return bool(self._ask("lives", pid))

    def kill(self, pid: int) -> None:
        self._ask("kill", pid)

    def _ask(self, what: str, given: Any) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        with self._lock:
            stdin.write(json.dumps({what: given}) + "\n")
            stdin.flush()
            answer = stdout.readline()
        assert answer, f"the process that forks supervisors has ended ({self._process.poll()})"
        return json.loads(answer)
