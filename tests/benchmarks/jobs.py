"""1,000 managed jobs on 20 fake clusters, looked after by one `flinklab supervise`: what it costs, what it sees.

The clusters' answers are up to 3 s old, as Flink's are; each job has a checkpoint every 10 s, and 1% of the jobs
stumble every minute: Flink starts them again, which takes some seconds.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from sqlalchemy import insert, select, text

from benchmarks.clusters import Clusters
from benchmarks.fleet import TEAM, Running, fill, open_catalog, register
from flinklab.catalog import lifecycle, schema
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.jobs import ManagedState
from postgres import running_server

_CLUSTERS, _EACH = 20, 50
_STUMBLES = 6.0  # s from one to the next: 1% of the jobs a minute
_LIES = 15.0  # s that a job takes to get up again
_WARM = 120.0  # s: until what is kept in mind of each job is full
_LOOK = 0.1  # s between two looks at what is recorded
_TAKEOVERS = 3
_PATIENCE = 120.0  # s


@dataclass(frozen=True)
class Site:
    """The URLs of one catalog: for who fills it, and for supervisors."""

    name: str
    owner: str
    supervisor: str


def measured(folder: Path, minutes: float) -> Iterator[tuple[str, str]]:
    """Lines of the table: what was measured, and the figure."""
    with on_sqlite(folder) as site:
        yield from _on(site, folder, minutes)
    with on_postgresql() as site:
        yield from _on(site, folder, minutes)


@contextmanager
def supervising(
    url: str, folder: Path, name: str, more: Mapping[str, str] | None = None, arguments: Sequence[str] = ()
) -> Iterator[psutil.Popen]:
    """A `flinklab supervise` of its own, which is asked to end with the block."""
    command = [sys.executable, "-m", "flinklab.cli", "supervise", "--name", name, "--log", f"{folder}/{name}.log"]
    command += arguments
    environment = os.environ | {"FLINKLAB_CATALOG_URL": url} | (more or {})
    process = psutil.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(_PATIENCE)


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Site]:
    url = f"sqlite:///{folder / 'jobs.db'}"
    lifecycle.init(url)
    yield Site("SQLite", url, url)


@contextmanager
def on_postgresql() -> Iterator[Site]:
    with running_server() as server:
        owner, supervisor = server.create_login("owner"), server.create_login("supervisor")
        server.execute(f"ALTER ROLE {owner.name} CREATEROLE")
        name = server.create_database(owner)
        url = server.url(name, owner)
        lifecycle.init(url)
        server.execute(f"GRANT flinklab_supervisor TO {supervisor.name}")
        database = Database(url)
        with database.writing() as connection:
            connection.execute(insert(schema.person).values(name=owner.name))
            connection.execute(text("SELECT flinklab_create_team(:name, '')"), {"name": TEAM})
        database.close()
        yield Site("PostgreSQL", url, server.url(name, supervisor))


def _on(site: Site, folder: Path, minutes: float) -> Iterator[tuple[str, str]]:
    folder = folder / site.name
    folder.mkdir()
    with Clusters(_CLUSTERS) as clusters, open_catalog(site.owner, folder) as catalog:
        keys = register(catalog, clusters.urls, folder)
        running = fill(catalog, keys, clusters.urls, _EACH)
        for number in range(_CLUSTERS):
            clusters.add(number, [each.flink_id for each in running if each.cluster == number])
        with supervising(site.supervisor, folder, "first") as process:
            wait_for_takeover(catalog, "first", _CLUSTERS)
            time.sleep(_WARM)
            watch = Watch(catalog, clusters, running, process)
            watch.go(minutes * 60)
        for what, figure in watch.figures():
            yield f"{site.name}: {what}", figure
        yield (
            f"{site.name}: kill -9 until another one has all leases and has looked",
            _takeovers(site, folder, catalog),
        )


def _takeovers(site: Site, folder: Path, catalog: Catalog) -> str:
    taken = []
    for number in range(_TAKEOVERS):
        first, second = f"dies {number}", f"lives {number}"
        with supervising(site.supervisor, folder, first) as dying:
            wait_for_takeover(catalog, first, _CLUSTERS)
            with supervising(site.supervisor, folder, second):
                while not any(each.name == second for each in catalog.jobs.supervisors()):
                    time.sleep(_LOOK)
                begun = time.monotonic()
                dying.kill()
                wait_for_takeover(catalog, second, _CLUSTERS)
                taken.append(time.monotonic() - begun)
    return f"{max(taken):.1f} s (the longest of {_TAKEOVERS})"


def wait_for_takeover(catalog: Catalog, name: str, clusters: int) -> None:
    """Until the supervisor has the leases of so many clusters, and has looked at each since."""
    begun = time.monotonic()
    since = {each.cluster: each.seen_at for each in catalog.jobs.remarks([TEAM])}
    while True:
        held = {each for seen in catalog.jobs.supervisors() if seen.name == name for each in seen.clusters}
        looked = {each.cluster for each in catalog.jobs.remarks([TEAM]) if each.seen_at != since.get(each.cluster)}
        if len(held & looked) == clusters:
            return
        assert time.monotonic() - begun < _PATIENCE, f"{name} has {len(held)} clusters, and saw {len(looked)}"
        time.sleep(_LOOK)


@dataclass
class Watch:
    """What happens to the jobs, when it is recorded, and what the supervisor uses meanwhile."""

    catalog: Catalog
    clusters: Clusters
    running: list[Running]
    process: psutil.Popen
    seen_after: list[float] = field(default_factory=list)  # s
    memory: list[tuple[float, float]] = field(default_factory=list)  # s, MiB
    asked: Counter[str] = field(default_factory=Counter)
    cpu: float = 0.0  # s
    seconds: float = 0.0
    _awaited: dict[int, tuple[ManagedState, float]] = field(default_factory=dict)
    _lying: list[tuple[float, Running]] = field(default_factory=list)

    def go(self, seconds: float) -> None:
        chance = random.Random(5)
        self.clusters.requests()
        begun, used = time.monotonic(), sum(self.process.cpu_times()[:2])
        stumbles = sampled = begun
        while (now := time.monotonic()) < begun + seconds or self._awaited or self._lying:
            if stumbles <= now < begun + seconds:
                stumbles += _STUMBLES
                busy = {*self._awaited, *(each.job_id for _, each in self._lying)}
                self._stumble(chance.choice([each for each in self.running if each.job_id not in busy]))
            self._get_up()
            self._see()
            if sampled <= now:
                sampled += 1
                self.memory.append((now - begun, self.process.memory_info().rss / 2**20))
            time.sleep(_LOOK)
        self.seconds = time.monotonic() - begun
        self.cpu = sum(self.process.cpu_times()[:2]) - used
        self.asked.update(self.clusters.requests())

    def figures(self) -> Iterator[tuple[str, str]]:
        yield "CPU of the supervisor, of one core", f"{self.cpu / self.seconds:.1%}"
        half, last = statistics.median(self.seen_after), statistics.quantiles(self.seen_after, n=100)[98]
        changes = f"{len(self.seen_after)} changes, longest {max(self.seen_after):.1f} s"
        yield "a change of state is recorded within", f"p50 {half:.1f} s, p99 {last:.1f} s ({changes})"
        lists, checkpoints = self.asked.pop("jobs"), self.asked.pop("checkpoints")
        others = self.asked.total() / self.seconds
        rates = f"{lists / self.seconds:.1f}, {checkpoints / self.seconds:.1f}, {others:.2f}"
        yield "requests a second: lists of jobs, checkpoints, others", rates
        slope = statistics.linear_regression(*zip(*self.memory, strict=True)).slope * 60 * 1024
        yield (
            "memory, and its slope",
            f"{self.memory[-1][1]:.0f} MiB, {slope:+.0f} KiB/min over {self.seconds:.0f} s",
        )

    def _stumble(self, job: Running) -> None:
        self.clusters.change(job.cluster, job.flink_id, "RESTARTING")
        now = time.monotonic()
        self._awaited[job.job_id] = ManagedState.RESTARTING, now
        self._lying.append((now + _LIES, job))

    def _get_up(self) -> None:
        while (
            self._lying and self._lying[0][0] <= time.monotonic() and self._lying[0][1].job_id not in self._awaited
        ):
            _, job = self._lying.pop(0)
            self.clusters.change(job.cluster, job.flink_id, "RUNNING")
            self._awaited[job.job_id] = ManagedState.RUNNING, time.monotonic()

    def _see(self) -> None:
        """As anybody reads it: when it is in the catalog it counts."""
        table = schema.job_status
        statement = select(table.c.job_id, table.c.state).where(table.c.job_id.in_(self._awaited))
        with self.catalog.database.reading() as connection:
            found = connection.execute(statement).all() if self._awaited else []
        now = time.monotonic()
        for job_id, state in found:
            awaited, since = self._awaited[job_id]
            if state == awaited.value:
                self.seen_after.append(now - since)
                del self._awaited[job_id]
            assert now - since < _PATIENCE, f"job {job_id} is not seen to be {awaited.value}"
