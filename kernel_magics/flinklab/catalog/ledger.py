"""A supervisor's records of one cluster's jobs: every write proves, where it is made, that the lease is held."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, select

from flinklab.catalog import clock, job_reading
from flinklab.catalog.database import Database
from flinklab.catalog.job_rows import fetch, to_value
from flinklab.catalog.job_writes import Writer
from flinklab.catalog.names import team_id
from flinklab.catalog.schema import checkpoint, cluster_lease
from flinklab.catalog.schema import command as commands
from flinklab.catalog.schema import job as jobs
from flinklab.catalog.schema import team as teams
from flinklab.domain.errors import LeaseLostError, NotFoundError
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import ClusterKey, ClusterSeen, Command, Lease, Managed
from flinklab.ports.jobs import Kept
from flinklab.ports.series import SeriesWriter

_TOLD_IS_GOOD_FOR = 10.0  # s


@dataclass(frozen=True, slots=True)
class Held:
    """A transaction in which the lease is held. `team_id`: of the cluster; `now`: by the database's clock."""

    connection: Connection
    team_id: int
    now: datetime


_JOBS_HERE = select(jobs.c.id).where(
    jobs.c.id.in_(bindparam("ids", expanding=True)),
    jobs.c.team_id == bindparam("team"),
    jobs.c.cluster == bindparam("cluster"),
)


def _locked(cluster: ClusterKey, now: ColumnElement[datetime]) -> Select[Any]:
    """The lease's row, `holds` whether it has not run out, and `now`; nobody else can change it meanwhile."""
    return (
        select(cluster_lease, (cluster_lease.c.until > now).label("holds"), now.label("now"))
        .join(teams, teams.c.id == cluster_lease.c.team_id)
        .where(teams.c.name == cluster.team, cluster_lease.c.cluster == cluster.name)
        .with_for_update(of=cluster_lease)
    )


class ClusterLedger:
    """Fulfils `ports.jobs.Ledger`. Safe to use from several threads; every method may raise a `CatalogError`.

    While a transaction is under way nobody else can take the lease: it locks the lease's row. A job that was moved
    to another cluster is not written any more: `NotFoundError`.
    """

    def __init__(self, database: Database, lease: Lease) -> None:
        self._database = database
        self._lease = lease
        # Made once: each is carried out in every round, and to make one takes longer.
        now = clock.now(database.engine)
        self._now = select(now)
        self._told: tuple[datetime, float] | None = None  # what time it was, and when by this machine's counter
        self._locked = _locked(lease.cluster, now)
        joined = job_reading.open_commands().join(jobs, jobs.c.id == commands.c.job_id)
        self._commands = joined.where(self._is_here())

    @property
    def lease(self) -> Lease:
        return self._lease

    def now(self) -> datetime:
        """Counted on from when the database last told it, which every write does anyway."""
        told = self._told
        if told is None or time.monotonic() - told[1] > _TOLD_IS_GOOD_FOR:
            with self._database.reading() as connection:
                told = self._told = connection.execute(self._now).scalar_one(), time.monotonic()
        return told[0] + timedelta(seconds=time.monotonic() - told[1])

    def load(self) -> Sequence[Managed]:
        with self._database.reading() as connection:
            return job_reading.managed(connection, self._is_here())

    def read(self, job_id: int) -> Managed | None:
        with self._database.reading() as connection:
            found = job_reading.managed(connection, self._is_here(), jobs.c.id == job_id)
        return found[0] if found else None

    def commands(self) -> Sequence[Command]:
        with self._database.reading() as connection:
            return [to_value(Command, row) for row in fetch(connection, self._commands)]

    def recorded(self, flink_id: JobId) -> int:
        # The newest row reaches furthest: what is recorded of one job has no holes, and does not overlap.
        reaches = (
            select(checkpoint.c.checkpoint_id + checkpoint.c.span - 1)
            .where(checkpoint.c.flink_id == flink_id)
            .order_by(checkpoint.c.checkpoint_id.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            return connection.execute(reaches).scalar() or 0

    def keep(self, *values: Kept) -> None:
        """Raises `LeaseLostError`; `ConflictError` for a second live attempt of a job; nothing is written then."""
        if not values:
            return
        person = self._database.person
        with self._holding() as held:
            writer = Writer(held.connection, held.team_id, person, held.now)
            self._require(held, writer.job_ids(values))
            writer.write(values)

    def seen(self, incarnation: str, silent_since: datetime | None, remark: str) -> None:
        person = self._database.person
        with self._holding() as held:
            seen = ClusterSeen(self._lease.cluster, incarnation, silent_since, held.now, remark)
            Writer(held.connection, held.team_id, person, held.now).write_cluster(seen)

    def delete(self, job_id: int) -> None:
        with self._holding() as held:
            self._require(held, {job_id})
            held.connection.execute(delete(jobs).where(jobs.c.id == job_id))

    @cached_property
    def series(self) -> SeriesWriter:
        """What is measured, under the same lease."""
        # It needs numpy, which nobody else here does.
        from flinklab.catalog.series_writes import SeriesLedger

        return SeriesLedger(self._lease.cluster.name, self._holding)

    def _is_here(self) -> ColumnElement[bool]:
        cluster = self._lease.cluster
        return and_(jobs.c.team_id == team_id(cluster.team), jobs.c.cluster == cluster.name)

    @contextmanager
    def _holding(self) -> Iterator[Held]:
        """Raises `LeaseLostError` when another one has the lease, or it ran out."""
        lease = self._lease
        with self._database.writing() as connection:
            row = connection.execute(self._locked).one_or_none()
            if row is not None:
                self._told = row.now, time.monotonic()
            if row is None or row.holder != lease.holder:
                who = row.holder if row is not None else "nobody"
                raise LeaseLostError(f"cluster {lease.cluster} is looked after by {who} now")
            if row.epoch != lease.epoch or not row.holds:
                raise LeaseLostError(f"the lease of {lease.holder} on cluster {lease.cluster} ran out")
            yield Held(connection, row.team_id, row.now)

    def _require(self, held: Held, job_ids: set[int]) -> None:
        """Asked after the lease is locked: before that another thread may move a job."""
        asked = {"ids": list(job_ids), "team": held.team_id, "cluster": self._lease.cluster.name}
        missing = job_ids - set(held.connection.execute(_JOBS_HERE, asked).scalars())
        if missing:
            numbers = ", ".join(map(str, sorted(missing)))
            raise NotFoundError(f"there is no job {numbers} on cluster {self._lease.cluster} (any more)")
