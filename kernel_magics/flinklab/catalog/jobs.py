"""A team's managed jobs as people see them, and what is recorded of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Table, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from flinklab.catalog import clock, job_reading
from flinklab.catalog.checks import check_configuration
from flinklab.catalog.database import Database
from flinklab.catalog.job_reading import IS_POINT, STATE
from flinklab.catalog.job_rows import fetch, fetch_one, to_job, to_row, to_value
from flinklab.catalog.names import check_name, not_found, require_team
from flinklab.catalog.schema import attempt as attempts
from flinklab.catalog.schema import checkpoint as checkpoints
from flinklab.catalog.schema import cluster_lease as leases
from flinklab.catalog.schema import cluster_status as clusters
from flinklab.catalog.schema import event as events
from flinklab.catalog.schema import job as table
from flinklab.catalog.schema import job_status as statuses
from flinklab.catalog.schema import supervisor as supervisors_table
from flinklab.catalog.schema import team as teams
from flinklab.domain.errors import ConflictError, NotFoundError
from flinklab.domain.jobs import (
    Attempt,
    Checkpoint,
    ClusterKey,
    ClusterSeen,
    Event,
    Job,
    JobKey,
    Managed,
    ManagedState,
    SupervisorSeen,
)

ALIVE_WITHIN = 15.0
"""s since it was heard of that a supervisor counts as alive."""

_Value = TypeVar("_Value")


class Jobs:
    """Every method may raise a `CatalogError`. What is recorded of a job is given the newest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job: Job) -> Job:
        """A new job, which is not to run until a command says so.

        Raises `ConflictError` when there is one of the key, `NotFoundError` for a team, `UsageError` for a name
        that cannot be one, `SecretError` for a secret that is written out, `NotPermittedError`.
        """
        check_name(job.key.name, "job")
        check_name(job.key.environment, "environment")
        check_configuration(job.deployment.config)
        person = self._database.person
        dialect = postgresql if self._database.is_shared else sqlite
        with self._database.writing() as connection:
            now = clock.now(connection)
            team = require_team(connection, job.key.team)
            key = {"team_id": team, "name": job.key.name, "environment": job.key.environment}
            stamp = {"version": 1, "changed_by": person, "changed_at": now}
            row = {name: value for name, value in to_row(job, table).items() if name != "id"}
            added = dialect.insert(table).values(row | key | stamp | {"wanted": False})
            kept = fetch_one(connection, added.on_conflict_do_nothing().returning(*table.c))
            if kept is None:
                raise ConflictError(
                    f"there is a job {job.key} already", hint="take another name, or change that one"
                )
            draft = {"job_id": kept["id"], "team_id": team, "state": ManagedState.DRAFT.value, "since": now}
            connection.execute(insert(statuses).values(draft))
        return to_job({**kept, "team": job.key.team})

    def get(self, key: JobKey) -> Managed:
        """Raises `NotFoundError`, which names the job that was probably meant, or the environments it is in."""
        found = self.find(key)
        if found is not None:
            return found
        with self._database.reading() as connection:
            number = require_team(connection, key.team)
            there = connection.execute(select(table.c.name, table.c.environment).where(table.c.team_id == number))
            named: dict[str, list[str]] = defaultdict(list)
            for name, environment in there:
                named[name].append(environment)
        if key.name in named:
            raise NotFoundError(f"there is no job {key}", hint=f"it is in {', '.join(sorted(named[key.name]))}")
        raise not_found(f"job in team {key.team}", key.name, named)

    def find(self, key: JobKey) -> Managed | None:
        where = (
            teams.c.name == key.team,
            table.c.name == key.name,
            table.c.environment == key.environment,
        )
        with self._database.reading() as connection:
            found = job_reading.managed(connection, *where)
        return found[0] if found else None

    def list(
        self,
        of: Sequence[str],
        *,
        environment: str | None = None,
        cluster: str | None = None,
        pool: str | None = None,
        tags: Collection[str] = (),
        states: Collection[ManagedState] = (),
    ) -> Sequence[Managed]:
        """Jobs of teams, by team, name and environment; of the restore points of each only the newest.

        Those that have all of `tags`, and are in one of `states`.
        """
        where: list[ColumnElement[bool]] = [teams.c.name.in_(of)]
        if environment is not None:
            where.append(table.c.environment == environment)
        if cluster is not None:
            where.append(table.c.cluster == cluster)
        if pool is not None:
            where.append(table.c.pool == pool)
        if states:
            where.append(STATE.in_([state.value for state in states]))
        with self._database.reading() as connection:
            return job_reading.managed(connection, *where, tags=tags, points=1)

    def attempts(self, job_id: int, limit: int = 50) -> Sequence[Attempt]:
        return self._newest(Attempt, attempts, job_id, limit, attempts.c.number)

    def checkpoints(self, job_id: int, *, limit: int = 50, only_points: bool = False) -> Sequence[Checkpoint]:
        """`only_points`: those that a job can be started from, as far as is known."""
        where = (IS_POINT,) if only_points else ()
        return self._newest(
            Checkpoint, checkpoints, job_id, limit, checkpoints.c.triggered_at, checkpoints.c.id, where=where
        )

    def events(self, job_id: int, limit: int = 50) -> Sequence[Event]:
        return self._newest(Event, events, job_id, limit, events.c.at, events.c.id)

    def supervisors(self) -> Sequence[SupervisorSeen]:
        """All that signed in, by name, with those clusters of one's teams whose lease they hold now."""
        with self._database.reading() as connection:
            alive = supervisors_table.c.seen_at > clock.now(connection, ahead=-ALIVE_WITHIN)
            seen = select(supervisors_table, alive.label("alive")).order_by(supervisors_table.c.name)
            held = (
                select(leases.c.holder, teams.c.name, leases.c.cluster)
                .join_from(leases, teams)
                .where(leases.c.until > clock.now(connection))
                .order_by(teams.c.name, leases.c.cluster)
            )
            of: dict[str, list[ClusterKey]] = defaultdict(list)
            for holder, team, cluster in connection.execute(held):
                of[holder].append(ClusterKey(team, cluster))
            return [SupervisorSeen(**row, clusters=tuple(of[row["name"]])) for row in fetch(connection, seen)]

    def remarks(self, of: Sequence[str]) -> Sequence[ClusterSeen]:
        """What supervisors last saw of the clusters of teams."""
        statement = select(clusters, teams.c.name.label("team")).join_from(clusters, teams)
        ordered = statement.where(teams.c.name.in_(of)).order_by(teams.c.name, clusters.c.cluster)
        with self._database.reading() as connection:
            rows = fetch(connection, ordered)
        return [to_value(ClusterSeen, row, cluster=ClusterKey(row["team"], row["cluster"])) for row in rows]

    def _newest(
        self,
        of: type[_Value],
        records: Table,
        job_id: int,
        limit: int,
        *order: ColumnElement[Any],
        where: Sequence[ColumnElement[bool]] = (),
    ) -> Sequence[_Value]:
        statement: Select[Any] = select(records).where(records.c.job_id == job_id, *where)
        newest = statement.order_by(*(column.desc() for column in order)).limit(limit)
        with self._database.reading() as connection:
            return [to_value(of, row) for row in fetch(connection, newest)]
