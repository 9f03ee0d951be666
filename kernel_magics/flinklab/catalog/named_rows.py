"""Rows that have a name in a team and a version: the one way in which they are read and changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from sqlalchemy import Connection, RowMapping, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from flinklab.catalog.database import Database
from flinklab.catalog.names import check_name, not_found, require_team, team_id
from flinklab.catalog.schema import team as teams_table
from flinklab.domain.errors import CatalogError, ConflictError, NotPermittedError


class Named(Protocol):
    """A value of the domain that a row of the table holds: its fields are named like the columns."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def team(self) -> str: ...

    @property
    def name(self) -> str: ...


_Value = TypeVar("_Value", bound=Named)


@dataclass(frozen=True, slots=True)
class NamedRows(Generic[_Value]):
    """The rows of a `table` as values of a dataclass `of`, which people call a `noun`.

    All methods run in the transaction of the connection that they are given.
    """

    table: Table
    of: type[_Value]
    noun: str
    database: Database

    def find(self, connection: Connection, team: str, name: str) -> _Value | None:
        row = self._row(connection, team, name)
        return None if row is None else self._value(row)

    def get(self, connection: Connection, team: str, name: str) -> _Value:
        """Raises `NotFoundError`."""
        found = self.find(connection, team, name)
        if found is None:
            require_team(connection, team)
            raise not_found(f"{self.noun} in team {team}", name, self._names(connection, team))
        return found

    def list(self, connection: Connection, teams: Sequence[str]) -> Sequence[_Value]:
        """All of some teams, in the order of `teams`, then of names. Raises `NotFoundError` for an unknown team."""
        statement = self._select().where(teams_table.c.name.in_(teams))
        values = [self._value(row) for row in connection.execute(statement).mappings()]
        for team in set(teams) - {value.team for value in values}:
            require_team(connection, team)
        return sorted(values, key=lambda value: (teams.index(value.team), value.name))

    def save(self, connection: Connection, value: _Value, expected: int | None) -> _Value:
        """Raises `ConflictError`, `NotFoundError`, `NotPermittedError`; `expected` None: it must be new."""
        check_name(value.name, self.noun)
        columns = {
            **self._columns(value),
            "changed_by": self.database.person,
            "changed_at": datetime.now(timezone.utc),
        }
        if expected is None:
            key = {"team_id": require_team(connection, value.team), "name": value.name}
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            insert = dialect.insert(self.table).values(**key, **columns, version=1)
            done = connection.execute(
                insert.on_conflict_do_nothing(), execution_options={"preserve_rowcount": True}
            )
        else:
            change = update(self.table).where(*self._at(value.team, value.name, expected))
            done = connection.execute(change.values(**columns, version=expected + 1))
        row = self._row(connection, value.team, value.name)
        if done.rowcount != 1 or row is None:
            raise self._moved_on(connection, value.team, value.name, row, expected, self._columns(value))
        return self._value(row)

    def delete(self, connection: Connection, team: str, name: str, expected: int) -> None:
        """Raises `ConflictError`, `NotFoundError`, `NotPermittedError`."""
        if connection.execute(delete(self.table).where(*self._at(team, name, expected))).rowcount != 1:
            row = self._row(connection, team, name)
            if row is None:
                self.get(connection, team, name)
            raise self._moved_on(connection, team, name, row, expected, {})

    def _select(self) -> Any:
        return select(teams_table.c.name.label("team"), self.table).join_from(teams_table, self.table)

    def _row(self, connection: Connection, team: str, name: str) -> RowMapping | None:
        statement = self._select().where(teams_table.c.name == team, self.table.c.name == name)
        row: RowMapping | None = connection.execute(statement).mappings().one_or_none()
        return row

    def _names(self, connection: Connection, team: str) -> Iterable[str]:
        return connection.execute(select(self.table.c.name).where(self.table.c.team_id == team_id(team))).scalars()

    def _at(self, team: str, name: str, version: int) -> tuple[Any, ...]:
        columns = self.table.c
        return columns.team_id == team_id(team), columns.name == name, columns.version == version

    def _columns(self, value: _Value) -> dict[str, Any]:
        kept = {"team", "name", "version", "changed_by", "changed_at"}
        return {field.name: getattr(value, field.name) for field in fields(self.of) if field.name not in kept}

    def _value(self, row: RowMapping) -> _Value:
        given = {field.name: row[field.name] for field in fields(self.of)}
        return self.of(
            **{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
        )

    def _moved_on(
        self,
        connection: Connection,
        team: str,
        name: str,
        row: RowMapping | None,
        expected: int | None,
        wanted: Mapping[str, Any],
    ) -> CatalogError:
        if row is None:
            require_team(connection, team)
        return moved_on(f"{self.noun} {name} of team {team}", row, expected, wanted)


def moved_on(what: str, row: RowMapping | None, expected: int | None, wanted: Mapping[str, Any]) -> CatalogError:
    """Why a change was not made. `row`: what is there now, None for nothing; `wanted`: what columns were to be."""
    if row is None:
        if expected is None:
            return NotPermittedError(f"your role does not allow you to make {what}")
        return ConflictError(f"{what} was deleted in the meantime", hint="save it as a new one to have it back")
    if row["version"] == expected:
        return NotPermittedError(f"your role does not allow you to change {what}")
    who, now, when = row["changed_by"], row["version"], f"{row['changed_at']:%Y-%m-%d %H:%M} UTC"
    difference = "\n".join(_difference(row, wanted)) or None
    if expected is None:
        message = f"there is already a {what}, by {who}, {when}"
        return ConflictError(
            message, hint="look at it before you change it, or take another name", details=difference
        )
    return ConflictError(
        f"{who} changed {what} in the meantime ({when}); you saw version {expected} of {now}",
        hint="look at the change, then make yours again",
        details=difference,
    )


def _difference(row: RowMapping, wanted: Mapping[str, Any]) -> Iterable[str]:
    for name, yours in wanted.items():
        theirs = list(yours) if isinstance(yours, tuple) else yours
        if row[name] != theirs:
            yield f"{name}:"
            yield from list(
                difflib.unified_diff(_lines(row[name]), _lines(theirs), "there now", "yours", lineterm="")
            )


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{key} = {item}" for key, item in value.items()]
    if isinstance(value, list):
        return [line for item in value for line in str(item).splitlines()]
    return str("" if value is None else value).splitlines()
