"""Versions of jobs and their compiled plans: added, and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select
from sqlalchemy.dialects import postgresql, sqlite

from flinklab.catalog import clock
from flinklab.catalog.database import Database
from flinklab.catalog.job_rows import fetch, fetch_one, to_row, to_value
from flinklab.catalog.names import check_name, not_found, require_team, team_id
from flinklab.catalog.schema import job_plan as plans
from flinklab.catalog.schema import job_version as table
from flinklab.catalog.schema import team as teams
from flinklab.domain.errors import ConflictError, NotFoundError
from flinklab.domain.jobs import JobVersion, Plan

_TRIES = 100  # each that fails is a version that somebody else made in this moment


class JobVersions:
    """Fulfils `ports.jobs.Versions`. Every method may raise a `CatalogError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, version: JobVersion) -> tuple[JobVersion, bool]:
        """Add it under the next number; whether that was needed.

        When the newest version has its `fingerprint`, nothing is written and that one is given back. Raises
        `UsageError` for a name that cannot be one, `NotFoundError` for a team, `NotPermittedError`.
        """
        check_name(version.name, "job")
        person = self._database.person
        with self._database.writing() as connection:
            team = require_team(connection, version.team)
            for _ in range(_TRIES):
                newest = self._newest(connection, version.team, version.name)
                if newest is not None and newest.fingerprint == version.fingerprint:
                    return newest, False
                number = newest.number + 1 if newest is not None else 1
                row = to_row(version, table) | {"team_id": team, "number": number, "made_by": person}
                kept = _add(connection, table, row | {"made_at": clock.now(connection)})
                if kept is not None:
                    return to_value(JobVersion, kept, team=version.team), True
        raise ConflictError(f"others make versions of job {version.name} all the time", hint="try again")

    def version(self, team: str, name: str, number: int) -> JobVersion:
        """Raises `NotFoundError`, which says which there are."""
        with self._database.reading() as connection:
            found = fetch_one(connection, _versions(team, name).where(table.c.number == number))
            if found is not None:
                return to_value(JobVersion, found)
            require_team(connection, team)
            last = connection.execute(select(func.max(table.c.number)).where(*_of(team, name))).scalar()
            names = connection.execute(_names([team])).scalars().all()
        if last is None:
            raise not_found(f"job with a version in team {team}", name, names)
        shown = f"there are 1 to {last}" if last > 1 else "there is 1"
        raise NotFoundError(f"job {name} of team {team} has no version {number}", hint=shown)

    def newest(self, team: str, name: str) -> JobVersion | None:
        with self._database.reading() as connection:
            return self._newest(connection, team, name)

    def list(self, team: str, name: str) -> Sequence[JobVersion]:
        """The newest first."""
        with self._database.reading() as connection:
            return [to_value(JobVersion, row) for row in fetch(connection, _versions(team, name))]

    def names(self, teams: Sequence[str]) -> Sequence[str]:
        """Of all jobs that have versions, in alphabetical order."""
        with self._database.reading() as connection:
            return connection.execute(_names(teams)).scalars().all()

    def plan(self, team: str, name: str, number: int, environment: str, text_hash: str) -> Plan | None:
        with self._database.reading() as connection:
            found = fetch_one(connection, _plan(team, name, number, environment, text_hash))
        return to_value(Plan, found) if found is not None else None

    def newest_plan(self, team: str, name: str, number: int, environment: str) -> Plan | None:
        """The one that was compiled last, whatever values the variables had."""
        newest = _plans(team, name, number, environment).order_by(plans.c.id.desc()).limit(1)
        with self._database.reading() as connection:
            found = fetch_one(connection, newest)
        return to_value(Plan, found) if found is not None else None

    def save_plan(self, plan: Plan) -> Plan:
        """Keep it; where there is one already, that one holds and is given back. Raises `NotPermittedError`."""
        with self._database.writing() as connection:
            row = to_row(plan, plans) | {"team_id": require_team(connection, plan.team)}
            _add(connection, plans, row | {"made_at": clock.now(connection)})
            kept = fetch_one(connection, _plan(plan.team, plan.name, plan.number, plan.environment, plan.text_hash))
        if kept is None:
            raise NotFoundError(f"the plan of job {plan.name} of team {plan.team} went with its team")
        return to_value(Plan, kept)

    def _newest(self, connection: Connection, team: str, name: str) -> JobVersion | None:
        found = fetch_one(connection, _versions(team, name).limit(1))
        return to_value(JobVersion, found) if found is not None else None


def _add(connection: Connection, to: Any, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The row as it is kept; None when there is one of its key."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    added = dialect.insert(to).values(row).on_conflict_do_nothing().returning(*to.c)
    return fetch_one(connection, added)


def _of(team: str, name: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.team_id == team_id(team), table.c.name == name


def _versions(team: str, name: str) -> Select[Any]:
    named = select(table, teams.c.name.label("team")).join_from(table, teams)
    return named.where(*_of(team, name)).order_by(table.c.number.desc())


def _names(of: Sequence[str]) -> Select[Any]:
    return (
        select(table.c.name).join_from(table, teams).where(teams.c.name.in_(of)).distinct().order_by(table.c.name)
    )


def _plans(team: str, name: str, number: int, environment: str) -> Select[Any]:
    named = select(plans, teams.c.name.label("team")).join_from(plans, teams)
    return named.where(
        plans.c.team_id == team_id(team),
        plans.c.name == name,
        plans.c.number == number,
        plans.c.environment == environment,
    )


def _plan(team: str, name: str, number: int, environment: str, text_hash: str) -> Select[Any]:
    return _plans(team, name, number, environment).where(plans.c.text_hash == text_hash)
