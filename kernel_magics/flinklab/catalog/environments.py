"""The environments of a team: dev, test, prod, ..."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from flinklab.catalog.database import Database
from flinklab.catalog.names import check_name, not_found, require_team, team_id
from flinklab.catalog.schema import environment as environments
from flinklab.catalog.schema import variable as variables
from flinklab.catalog.schema import variable_value as variable_values
from flinklab.domain.errors import ConflictError, NotFoundError, UsageError
from flinklab.domain.text import count, suggest
from flinklab.domain.variables import ANYWHERE, Environment


class Environments:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, team: str) -> Sequence[Environment]:
        statement = select(environments.c.name, environments.c.description)
        with self._database.reading() as connection:
            number = require_team(connection, team)
            rows = connection.execute(statement.where(environments.c.team_id == number)).all()
        return sorted((Environment(team, *row) for row in rows), key=lambda each: each.name)

    def add(self, team: str, name: str, description: str) -> Environment:
        check_name(name, "environment")
        if name == ANYWHERE:
            raise UsageError(f"{ANYWHERE} stands for all environments, and cannot be the name of one")
        with self._database.writing() as connection:
            row = {"team_id": require_team(connection, team), "name": name, "description": description}
            try:
                connection.execute(insert(environments).values(row))
            except IntegrityError:
                raise ConflictError(f"team {team} already has an environment {name}") from None
        return Environment(team, name, description)

    def remove(self, team: str, name: str) -> None:
        values = variable_values.c
        with self._database.writing() as connection:
            number = require_team(connection, team)
            row = environments.c.team_id == number, environments.c.name == name
            if connection.execute(delete(environments).where(*row)).rowcount != 1:
                raise missing_environment(name, team, names(connection, [team]))
            users = connection.execute(
                select(variables.c.name)
                .join_from(variables, variable_values, values.variable_id == variables.c.id)
                .where(variables.c.team_id == number, values.environment == name)
                .order_by(variables.c.name)
            )
            using = list(users.scalars())
            if using:
                some = ", ".join(using[:5]) + (", ..." if len(using) > 5 else "")
                raise ConflictError(
                    f"{count(len(using), 'variable')} of team {team} have a value in {name}: {some}",
                    hint="take those away first",
                    details="\n".join(using),
                )

    def require(self, connection: Connection, team: str, wanted: Collection[str]) -> None:
        """Raises `NotFoundError` when the team lacks one of them; `*` is there always."""
        known = names(connection, [team])
        for name in wanted:
            if name != ANYWHERE and name not in known:
                require_team(connection, team)
                raise missing_environment(name, team, known)


def names(connection: Connection, teams: Sequence[str]) -> Sequence[str]:
    """Of all of some teams, each once."""
    mine = environments.c.team_id.in_([team_id(team) for team in teams])
    return sorted(set(connection.execute(select(environments.c.name).where(mine)).scalars()))


def missing_environment(name: str, teams: str, known: Sequence[str]) -> NotFoundError:
    error = not_found(f"environment in team {teams}", name)
    close = suggest(name, known)
    hint = "there are " + ", ".join(known) if known else "the team has none yet: add one first"
    return NotFoundError(error.message, hint=f"did you mean {close}? {hint}" if close else hint)
