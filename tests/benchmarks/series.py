"""A day of 500 jobs' series, of 6 vertices with 8 series each and a value a minute: its size, and how it is read.

It is written as a supervisor writes it, and each hour packed after it; only that an hour's samples come at once.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
from sqlalchemy import insert, text

from flinklab.catalog import lifecycle, schema
from flinklab.catalog.database import Database
from flinklab.catalog.jobs import Jobs
from flinklab.catalog.leases import SupervisorLeases
from flinklab.catalog.series import Series
from flinklab.domain.jobs import ClusterKey, Job, JobKey
from flinklab.domain.people import Role
from flinklab.domain.series import Retention, Sample, SeriesKey, SeriesOwner
from postgres import running_server

_CLUSTER = ClusterKey("trade", "session")
_JOBS, _HOURS, _MINUTES = 500, 24, 60
_SHARES = ("busy", "busy_max", "backpressured", "idle")
_RATES = ("records_in", "records_out", "bytes_in", "bytes_out")
_READS = 20
_DAY = 86400.0


@dataclass(frozen=True)
class _Site:
    """The catalog as its owner, a supervisor and a viewer of the team use it."""

    name: str
    owner: Database
    supervisor: Database
    person: Database

    def size(self) -> int:
        """Bytes: in PostgreSQL of the series' tables with all that belongs to them, of SQLite the used pages."""
        with self.owner.reading() as connection:
            if self.owner.is_shared:
                tables = [name for name in schema.METADATA.tables if name.startswith("series_")]
                total = (
                    "SELECT sum(pg_total_relation_size(name::regclass))::bigint FROM unnest(:names ::text[]) name"
                )
                return int(connection.execute(text(total), {"names": tables}).scalar_one())
            used, free, page = (
                int(connection.execute(text(f"PRAGMA {each}")).scalar_one())
                for each in ("page_count", "freelist_count", "page_size")
            )
            return (used - free) * page


def measured(folder: Path, jobs: int = _JOBS) -> Iterator[tuple[str, str]]:
    """Lines of the table: what was measured, and the figure."""
    for site_of in (_sqlite, _postgresql):
        with site_of(folder) as site:
            yield from _measured(site, jobs)


@contextmanager
def _sqlite(folder: Path) -> Iterator[_Site]:
    url = f"sqlite:///{folder / 'series.db'}"
    lifecycle.init(url)
    with closing(Database(url)) as database:
        with database.writing() as connection:
            connection.execute(insert(schema.team).values(name=_CLUSTER.team))
        yield _Site("SQLite", database, database, database)


@contextmanager
def _postgresql(_: Path) -> Iterator[_Site]:
    with running_server() as server, ExitStack() as stack:
        logins = owner, supervisor, person = [
            server.create_login(each) for each in ("owner", "supervisor", "person")
        ]
        server.execute(f"ALTER ROLE {owner.name} CREATEROLE")
        name = server.create_database(owner)
        lifecycle.init(server.url(name, owner))
        server.execute(f"GRANT flinklab_supervisor TO {supervisor.name}")
        server.execute(f"GRANT flinklab_user TO {person.name}")
        databases = [stack.enter_context(closing(Database(server.url(name, login)))) for login in logins]
        with databases[0].writing() as connection:
            made = connection.execute(insert(schema.team).values(name=_CLUSTER.team).returning(schema.team.c.id))
            row = {"team_id": made.scalar_one(), "person": person.name, "role": Role.ADMIN}
            connection.execute(insert(schema.person).values(name=person.name))
            connection.execute(insert(schema.member).values(row))
        yield _Site("PostgreSQL, restricted role", *databases)


def _measured(site: _Site, jobs: int) -> Iterator[tuple[str, str]]:
    store = Jobs(site.person)
    owners = [
        SeriesOwner(*_key(store.add(Job(JobKey(_CLUSTER.team, f"job_{n:03}", "prod"), _CLUSTER.name, 1))))
        for n in range(jobs)
    ]
    leases = SupervisorLeases(site.supervisor)
    lease = leases.acquire(_CLUSTER, "supervisor-1", _DAY)
    assert lease is not None
    writer, before = leases.ledger(lease).series, site.size()
    now = datetime.now(timezone.utc)
    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)  # the one before may still be open
    packing = 0.0
    for number in range(_HOURS, 0, -1):
        for some in range(0, jobs, 50):
            writer.append(_samples(owners[some : some + 50], hour - timedelta(hours=number), _MINUTES))
        begun = time.perf_counter()
        while writer.tidy(Retention()):
            pass
        packing += time.perf_counter() - begun
    yield f"{site.name}: a day of {jobs} jobs' series, packed", f"{(site.size() - before) / 1e6:.0f} MB"
    yield f"{site.name}: to pack an hour of them", f"{packing / _HOURS:.1f} s"
    for ago in range(10, 0, -1):
        samples = _samples(owners, now - timedelta(minutes=ago), 1)
        begun = time.perf_counter()
        writer.append(samples)
    yield f"{site.name}: to write a minute of them", f"{(time.perf_counter() - begun) * 1000:.0f} ms"
    reader = Series(site.person)

    def read(number: int, names: Sequence[str] | None) -> None:
        frame = reader.frame(
            owners[number], hour - timedelta(hours=_HOURS), hour - timedelta(seconds=1), names=names
        )
        assert len(frame.times) == _HOURS * _MINUTES

    yield f"{site.name}: 24 hours of one job, all 48 series", _times(lambda number: read(number, None))
    yield f"{site.name}: 24 hours of one job, one measure", _times(lambda number: read(number, ["busy"]))

    def newest(_: int) -> None:
        assert len(reader.newest(owners, ["busy", "backpressured"])) == jobs

    yield f"{site.name}: the newest of {jobs} jobs, two measures", _times(newest)


def _key(job: Job) -> tuple[str, str, int]:
    return job.key.team, job.cluster, job.id


def _times(action: Callable[[int], None]) -> str:
    taken = []
    for number in range(_READS):
        begun = time.perf_counter()
        action(number)
        taken.append((time.perf_counter() - begun) * 1000)
    return f"first {taken[0]:.0f} ms, median {statistics.median(taken):.0f} ms"


def _samples(owners: Sequence[SeriesOwner], begin: datetime, minutes: int) -> list[Sample]:
    """Shares and rates that go up and down by themselves, each with noise of its own."""
    samples = []
    for owner in owners:
        chance = np.random.default_rng((owner.job_id, int(begin.timestamp())))
        keys = [SeriesKey(f"{owner.job_id * 7 + v:032x}", name) for v in range(6) for name in (*_SHARES, *_RATES)]
        level = chance.lognormal(7, 2, (48, 1)) * np.exp(chance.normal(0, 0.05, (48, minutes)).cumsum(axis=1))
        is_share = np.array([key.name in _SHARES for key in keys])[:, None]
        values = np.where(is_share, level / (level + 1000), level)
        samples += [
            Sample(owner, begin.timestamp() + 60 * at, dict(zip(keys, values[:, at].tolist(), strict=True)))
            for at in range(minutes)
        ]
    return samples
