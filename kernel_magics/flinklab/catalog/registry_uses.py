"""What of the registry is used by what, and so may not be deleted, or is to be forgotten with it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from flinklab.catalog.names import team_id
from flinklab.catalog.schema import cluster as clusters
from flinklab.catalog.schema import cluster_address as addresses
from flinklab.catalog.schema import job as jobs
from flinklab.domain.errors import ConflictError
from flinklab.domain.records import RegisteredCluster

_SHOWN = 5


def refuse_while_on(connection: Connection, column: str, what: str, team: str, name: str) -> None:
    """Raises `ConflictError` while a cluster names it in that column."""
    used = clusters.c[column] == name
    found = select(clusters.c.name).where(clusters.c.team_id == team_id(team), used).order_by(clusters.c.name)
    users = connection.execute(found).scalars().all()
    if users:
        raise ConflictError(
            f"{what} {name} of team {team} is used by cluster {_listed(users)}",
            hint="change or delete what uses it first",
        )


def refuse_while_jobs_in(connection: Connection, team: str, pool: str) -> None:
    """Raises `ConflictError` while a job is in the pool."""
    found = (
        select(jobs.c.name, jobs.c.environment)
        .where(jobs.c.team_id == team_id(team), jobs.c.pool == pool)
        .order_by(jobs.c.name, jobs.c.environment)
    )
    users = [f"{job} ({environment})" for job, environment in connection.execute(found)]
    if users:
        raise ConflictError(
            f"pool {pool} of team {team} is used by job {_listed(users)}",
            hint="take them out of it, or delete them, first",
        )


def forget_address(connection: Connection, team: str, cluster: str, *, unless: str | None = None) -> None:
    """Where its JobManager was found, unless that is in the application of that id."""
    here = delete(addresses).where(addresses.c.team_id == team_id(team), addresses.c.cluster == cluster)
    connection.execute(here if unless is None else here.where(addresses.c.application != unless))


def forget_when_elsewhere(connection: Connection, before: RegisteredCluster | None, now: RegisteredCluster) -> None:
    """What was found for a cluster says nothing of the one that is meant by its name now."""
    if before is None or (before.kind, before.yarn) != (now.kind, now.yarn):
        forget_address(connection, now.team, now.name)
    elif now.application:
        forget_address(connection, now.team, now.name, unless=now.application)


def _listed(users: Sequence[str]) -> str:
    more = len(users) - _SHOWN
    return ", ".join(users[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
