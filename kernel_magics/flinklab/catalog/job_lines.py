"""The list of all jobs for who looks at it every second, and a mark that tells whether to look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import Any, cast

from sqlalchemy import FromClause, Select, and_, bindparam, func, literal_column, select, true

from flinklab.catalog.database import Database
from flinklab.catalog.job_reading import STATE, open_commands
from flinklab.catalog.job_rows import fetch, to_value
from flinklab.catalog.schema import attempt as attempts
from flinklab.catalog.schema import cluster_status as clusters
from flinklab.catalog.schema import command as commands
from flinklab.catalog.schema import event as events
from flinklab.catalog.schema import job as jobs
from flinklab.catalog.schema import job_failure as failures
from flinklab.catalog.schema import job_status as statuses
from flinklab.catalog.schema import job_version as versions
from flinklab.catalog.schema import team as teams
from flinklab.domain.job_lines import JobLine, SeenFailure
from flinklab.domain.jobs import Command, JobKey, ManagedState


class JobLines:
    """Every method may raise a `CatalogError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self) -> tuple[Any, ...]:
        """Another one as soon as something that the lines show is different: one row, whatever there is.

        Every change of a job's state has its event in the same transaction; what has none (an order that was
        given, a step of it, what is wanted, a reason) is counted up. It can be missed that two such changes
        cancel each other out in the same moment: who keeps lines reads them anew from time to time.
        """
        with self._database.reading() as connection:
            return tuple(connection.execute(_MARK).one())

    def failures(self, of: Sequence[str], since: datetime, limit: int = 200) -> list[SeenFailure]:
        """What Flink told of the jobs of teams since then, the newest first."""
        with self._database.reading() as connection:
            found = connection.execute(_FAILURES, {"teams": list(of), "since": since, "most": limit})
            return [
                SeenFailure(JobKey(row.team, row.name, row.environment), row.cluster, row.at, row.message, row.task)
                for row in found
            ]

    def list(self, of: Sequence[str]) -> list[JobLine]:
        """The jobs of teams, by team, name and environment."""
        chosen = {"teams": list(of)}
        orders: dict[int, list[Command]] = defaultdict(list)
        with self._database.reading() as connection:
            for row in fetch(connection, _OPEN, chosen):
                orders[row["job_id"]].append(to_value(Command, row))
            return [_line(tuple(row), orders) for row in connection.execute(_LINES, chosen)]


def _line(row: tuple[Any, ...], orders: Mapping[int, list[Command]]) -> JobLine:
    # Taken apart at once: to ask a row for each column by its name costs more than the query.
    (team, number, name, environment, version, wanted, cluster, pool, tags, owner, *seen) = row
    state, since, reason, running, origin = seen
    return JobLine(
        JobKey(team, name, environment),
        ManagedState(state),
        since,
        reason or "",
        version,
        running,
        wanted,
        cluster,
        pool,
        tuple(tags),
        owner,
        str(origin.get("notebook", "")) if origin else "",
        str(origin.get("cell", "")) if origin else "",
        tuple(orders.get(number, ())),
    )


_CHOSEN = teams.c.name.in_(bindparam("teams", expanding=True))
# As the partial index has it: the planners look for the very words.
_IS_LIVE: Any = literal_column("attempt.live")


def _lines() -> Select[Any]:
    version = and_(
        versions.c.team_id == jobs.c.team_id,
        versions.c.name == jobs.c.name,
        versions.c.number == jobs.c.number,
    )
    columns = ("id", "name", "environment", "number", "wanted", "cluster", "pool", "tags", "owner")
    return (
        select(
            teams.c.name.label("team"),
            *(jobs.c[name] for name in columns),
            STATE.label("state"),
            statuses.c.since,
            statuses.c.reason,
            attempts.c.version.label("running"),
            versions.c.origin,
        )
        .join_from(jobs, teams)
        .outerjoin(statuses, statuses.c.job_id == jobs.c.id)
        .outerjoin(attempts, and_(attempts.c.job_id == jobs.c.id, _IS_LIVE))
        .outerjoin(versions, version)
        .where(_CHOSEN)
        .order_by(teams.c.name, jobs.c.name, jobs.c.environment)
    )


def _open() -> Select[Any]:
    return open_commands(commands.c.team_id.in_(select(teams.c.id).where(_CHOSEN)))


def _mark() -> Select[Any]:
    newest = select(func.max(events.c.id)).scalar_subquery()
    wanted = select(func.count(), func.sum(jobs.c.version)).select_from(jobs).subquery()
    told = select(func.max(statuses.c.since), func.sum(func.length(statuses.c.reason))).subquery()
    attempted = select(func.count(), func.sum(attempts.c.number)).where(_IS_LIVE).subquery()
    asked = (
        select(func.count(), func.max(commands.c.asked_at), func.max(commands.c.step_at))
        .where(literal_column("command.is_open"))
        .subquery()
    )
    seen = select(
        func.count(), func.max(clusters.c.silent_since), func.sum(func.length(clusters.c.remark))
    ).subquery()
    parts = (told, attempted, asked, seen)
    row = reduce(lambda all_of, part: all_of.join(part, true()), parts, cast(FromClause, wanted))
    return select(newest, *row.c).select_from(row)


def _failures() -> Select[Any]:
    return (
        select(
            teams.c.name.label("team"),
            jobs.c.name,
            jobs.c.environment,
            jobs.c.cluster,
            failures.c.at,
            failures.c.message,
            failures.c.task,
        )
        .join_from(failures, jobs, jobs.c.id == failures.c.job_id)
        .join(teams, teams.c.id == jobs.c.team_id)
        .where(_CHOSEN, failures.c.at >= bindparam("since"))
        .order_by(failures.c.at.desc(), failures.c.id.desc())
        .limit(bindparam("most"))
    )


# Made once: to make them takes longer than to carry them out.
_LINES, _OPEN, _MARK, _FAILURES = _lines(), _open(), _mark(), _failures()
