"""Jobs with all that is known of them, in four questions however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, bindparam, func, literal_column, select

from flinklab.catalog.definition_writes import chunks
from flinklab.catalog.job_rows import fetch, to_job, to_status, to_value
from flinklab.catalog.schema import attempt as attempts
from flinklab.catalog.schema import checkpoint as checkpoints
from flinklab.catalog.schema import command as commands
from flinklab.catalog.schema import job as jobs
from flinklab.catalog.schema import job_status as statuses
from flinklab.catalog.schema import team as teams
from flinklab.domain.jobs import Attempt, Checkpoint, Command, Managed, ManagedState

POINTS = 50
"""Restore points that are given with a job."""

# As the partial indexes have it: the planners look for the very words.
IS_OPEN: ColumnElement[bool] = literal_column("command.is_open")
IS_POINT: ColumnElement[bool] = literal_column(
    "(checkpoint.status = 'completed' AND checkpoint.path <> ''"
    " AND checkpoint.missing_at IS NULL AND checkpoint.deleted_at IS NULL)"
)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)

STATE = func.coalesce(statuses.c.state, ManagedState.DRAFT.value)


def managed(
    connection: Connection, *where: ColumnElement[bool], tags: Collection[str] = (), points: int = POINTS
) -> list[Managed]:
    """The jobs of which `where` is true, by team, name and environment; those that have all of `tags`.

    `where` is about `job`, `job_status` and `team`. Of each job the newest attempt, the open commands as they were
    asked for, and the newest `points` restore points.
    """
    rows = [row for row in fetch(connection, _jobs(*where)) if set(tags) <= set(row["tags"])]
    ids = [row["id"] for row in rows]
    newest: dict[int, Attempt] = {}
    orders: dict[int, list[Command]] = defaultdict(list)
    found: dict[int, list[Checkpoint]] = defaultdict(list)
    for some in chunks(ids):
        of = {"ids": some}
        newest.update((each["job_id"], to_value(Attempt, each)) for each in fetch(connection, _ATTEMPTS, of))
        for each in fetch(connection, _ORDERS, of):
            orders[each["job_id"]].append(to_value(Command, each))
        for each in fetch(connection, _FOUND, {**of, "most": points}):
            found[each["job_id"]].append(to_value(Checkpoint, each))
    return [
        Managed(
            to_job(row),
            to_status(row),
            newest.get(row["id"]),
            tuple(orders.get(row["id"], ())),
            tuple(found.get(row["id"], ())),
        )
        for row in rows
    ]


def open_commands(*where: ColumnElement[bool]) -> Select[Any]:
    return select(commands).where(IS_OPEN, *where).order_by(commands.c.asked_at, commands.c.id)


def _jobs(*where: ColumnElement[bool]) -> Select[Any]:
    status = [column for column in statuses.c if column.name not in ("job_id", "team_id")]
    return (
        select(jobs, teams.c.name.label("team"), *status)
        .join_from(jobs, teams)
        .outerjoin(statuses, statuses.c.job_id == jobs.c.id)
        .where(*where)
        .order_by(teams.c.name, jobs.c.name, jobs.c.environment)
    )


def _newest() -> Select[Any]:
    last = (
        select(attempts.c.job_id, func.max(attempts.c.number).label("number"))
        .where(attempts.c.job_id.in_(_IDS))
        .group_by(attempts.c.job_id)
        .subquery()
    )
    return select(attempts).join(last, (attempts.c.job_id == last.c.job_id) & (attempts.c.number == last.c.number))


def _points() -> Select[Any]:
    newest_first = (checkpoints.c.triggered_at.desc(), checkpoints.c.id.desc())
    place = func.row_number().over(partition_by=checkpoints.c.job_id, order_by=newest_first).label("place")
    points = select(checkpoints.c.id, place).where(IS_POINT, checkpoints.c.job_id.in_(_IDS)).subquery()
    return (
        select(checkpoints)
        .join(points, points.c.id == checkpoints.c.id)
        .where(points.c.place <= bindparam("most"))
        .order_by(*newest_first)
    )


# Made once: to make them takes longer than to ask for one job's rows.
_ATTEMPTS, _ORDERS, _FOUND = _newest(), open_commands(commands.c.job_id.in_(_IDS)), _points()
