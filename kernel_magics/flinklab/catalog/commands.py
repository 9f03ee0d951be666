"""What people ask of jobs: recorded first, carried out by whichever supervisor looks after the cluster."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from flinklab.catalog import clock
from flinklab.catalog.checks import check_configuration
from flinklab.catalog.database import Database
from flinklab.catalog.job_rows import fetch, fetch_one, to_row, to_value
from flinklab.catalog.schema import command as table
from flinklab.catalog.schema import job as jobs
from flinklab.domain.errors import ConflictError, NotFoundError
from flinklab.domain.ids import CommandId
from flinklab.domain.jobs import Command


class Commands:
    """Every method may raise a `CatalogError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, command: Command) -> Command:
        """Record it, as asked for by the connected person now. Under the same id a second time it is the first one.

        Raises `NotFoundError` for a job that is not there, `NotPermittedError`, `ConflictError` for an id that
        something else was asked for with, `SecretError` for a secret that is written out in its configuration.
        """
        check_configuration(command.arguments.get("deployment", {}).get("config", {}))
        person = self._database.person
        new = Command(command.id, command.job_id, command.kind, command.arguments, why=command.why)
        with self._database.writing() as connection:
            team = connection.execute(select(jobs.c.team_id).where(jobs.c.id == new.job_id)).scalar_one_or_none()
            if team is None:
                raise NotFoundError("the job is not there (any more), or you may not see it")
            dialect = postgresql if self._database.is_shared else sqlite
            row = to_row(new, table) | {"team_id": team, "is_open": True}
            stamp = {"asked_by": person, "asked_at": clock.now(connection)}
            connection.execute(dialect.insert(table).values(row | stamp).on_conflict_do_nothing())
            kept = _find(connection, new.id)
        if kept is None or (kept.job_id, kept.kind) != (new.job_id, new.kind):
            raise ConflictError("something else was asked for under the same id", hint="ask again, with a new one")
        return kept

    def get(self, command: CommandId) -> Command | None:
        with self._database.reading() as connection:
            return _find(connection, command)

    def list(self, job_id: int, limit: int = 50) -> Sequence[Command]:
        """The newest first, open or not."""
        statement = select(table).where(table.c.job_id == job_id)
        newest = statement.order_by(table.c.asked_at.desc(), table.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [to_value(Command, row) for row in fetch(connection, newest)]


def _find(connection: Connection, command: CommandId) -> Command | None:
    row = fetch_one(connection, select(table).where(table.c.id == command))
    return to_value(Command, row) if row is not None else None
