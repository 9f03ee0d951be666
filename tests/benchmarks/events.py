"""100 clients that listen to the events of a Jupyter server, with 1,000 jobs of which some change every second."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from urllib.request import urlopen

import psutil

from benchmarks.fleet import TEAM, open_catalog
from fakes.managed import running
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.lifecycle import init
from flinklab.domain.jobs import ClusterKey, Event, Job, JobKey, JobScript, JobVersion, ManagedState, Status
from flinklab.domain.records import RegisteredCluster
from flinklab.ports.jobs import Ledger

CLIENTS, JOBS, CHANGED = 100, 1000, 10
_SECONDS = 30.0
_CLUSTER, _TOKEN = "main", "benchmark"
_PATIENCE = 180.0  # s


def measured(folder: Path) -> Iterator[tuple[str, str]]:
    """As lines of a table. The server is a process of its own, the clients are in this one."""
    own = folder / "events"
    own.mkdir()
    url = f"sqlite:///{own}/catalog.db"
    init(url)
    catalog = open_catalog(url, own)
    try:
        ledger, ids = _fill(catalog)
        with _server(own, url) as (port, process):
            clients = Clients(port)
            clients.listen(_PATIENCE, until=lambda: clients.whole == CLIENTS)
            idle = _cpu(process, clients, lambda: None)
            number = 0

            def change() -> None:
                nonlocal number
                _change(ledger, ids[number % JOBS : number % JOBS + CHANGED])
                number += CHANGED

            before = clients.received
            busy = _cpu(process, clients, change)
            sent = (clients.received - before) / CLIENTS
            clients.close()
    finally:
        catalog.close()
    yield f"events: server with {CLIENTS} clients and {JOBS:,} jobs, nothing changes", f"{idle:.1%} of a core"
    yield f"events: the same, {CHANGED} jobs change every second", f"{busy:.1%} of a core"
    yield "events: what each client was sent meanwhile", f"{sent / 1024 / _SECONDS:.1f} KiB/s"


@dataclass
class Clients:
    """Connections that read all that they are sent. `whole`: how many were told all jobs."""

    port: int
    received: int = 0
    _selector: DefaultSelector = field(default_factory=DefaultSelector)
    _begun: dict[socket.socket, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        request = (
            "GET /flinklab/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
            f"Authorization: token {_TOKEN}\r\n\r\n"
        ).encode()
        for _ in range(CLIENTS):
            each = socket.create_connection(("127.0.0.1", self.port), timeout=_PATIENCE)
            each.sendall(request)
            self._selector.register(each, EVENT_READ)
            self._begun[each] = 0

    @property
    def whole(self) -> int:
        """All jobs are some 300 KB; nothing else that a client is sent at first comes near to it."""
        return sum(size > JOBS * 200 for size in self._begun.values())

    def listen(self, seconds: float, until: Callable[[], bool] | None = None) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for key, _ in self._selector.select(max(0.0, min(end - time.monotonic(), 0.2))):
                each = key.fileobj
                assert isinstance(each, socket.socket)
                data = each.recv(1 << 20)
                assert data, "the server let a client go"
                self._begun[each] += len(data)
                self.received += len(data)
            if until is not None and until():
                return
        assert until is None, "the clients were not told all jobs in time"

    def close(self) -> None:
        for each in self._begun:
            each.close()
        self._selector.close()


def _cpu(process: psutil.Process, clients: Clients, each_second: Callable[[], None]) -> float:
    """The share of a core that the server uses."""

    def used() -> float:
        times = process.cpu_times()
        return times.user + times.system

    began, before = time.monotonic(), used()
    while time.monotonic() - began < _SECONDS:
        each_second()
        clients.listen(1.0)
    return (used() - before) / (time.monotonic() - began)


def _fill(catalog: Catalog) -> tuple[Ledger, list[int]]:
    registered = RegisteredCluster(TEAM, _CLUSTER, "standalone", "http://127.0.0.1:9")
    catalog.registry.save_cluster(registered, expected=None)
    lease = catalog.leases.acquire(ClusterKey(TEAM, _CLUSTER), "benchmark", 3600)
    assert lease is not None
    ledger = catalog.leases.ledger(lease)
    for number in range(JOBS):
        name = f"job_{number:04}"
        catalog.job_versions.save(
            JobVersion(TEAM, name, 0, JobScript("INSERT INTO b SELECT * FROM a"), fingerprint="1")
        )
        catalog.jobs.add(Job(JobKey(TEAM, name, "prod"), _CLUSTER, 1, tags=("nightly", "dw"), owner="ann"))
    found = catalog.jobs.list([TEAM])
    ledger.keep(*(kept for each in found for kept in running(each)))
    return ledger, [each.job.id for each in found]


def _change(ledger: Ledger, ids: list[int]) -> None:
    """As a supervisor writes it: with the event of each change."""
    now = ledger.now()
    reason = f"the job was restarted at {now:%H:%M:%S.%f}"
    statuses = (Status(each, ManagedState.RESTARTING, now, reason) for each in ids)
    ledger.keep(*statuses, *(Event(each, "state", reason, at=now) for each in ids))


@contextmanager
def _server(folder: Path, url: str) -> Iterator[tuple[int, psutil.Process]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    arguments = [
        *("--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", f"--ServerApp.root_dir={folder}"),
        *(f"--IdentityProvider.token={_TOKEN}", "--ServerApp.jpserver_extensions={'flinklab_extension': True}"),
        "--ServerApp.port_retries=0",
    ]
    environment = {**os.environ, **own, "FLINKLAB_CATALOG_URL": url, "FLINKLAB_TEAM": TEAM}
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *arguments], env=environment, stdout=log, stderr=log
        )
    try:
        _wait(server, f"http://127.0.0.1:{port}/flinklab/status?token={_TOKEN}", folder / "server.log")
        yield port, psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait(30)


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text()[-2000:]
        try:
            with urlopen(url, timeout=20):
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(log.read_text()[-2000:])
