"""The statements that change definitions: a row is what is now, and each change leaves a copy of it behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, bindparam, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from flinklab.catalog.names import require_team
from flinklab.catalog.schema import definition as table
from flinklab.catalog.schema import definition_version as version_table
from flinklab.domain.definitions import Name

AT_ONCE = 1_000  # names or rows in one statement: few round trips, and far from what a driver can bind

_T = TypeVar("_T")

_SEEN = [
    table.c[name]
    for name in ("id", "name", "version", "kind", "ddl", "owner", "tags", "dropped", "changed_by", "changed_at")
]
_TOLD = (
    version_table.c.definition_id,
    version_table.c.version,
    version_table.c.changed_by,
    version_table.c.changed_at,
)
_COPIED = [column.name for column in version_table.c if column.name not in ("definition_id", "note")]


@dataclass(frozen=True)
class Place:
    """Where a definition of some name is or would be.

    `row` is what the name means now, a dropped one too, without what is read from its text.
    """

    team_id: int
    row: Row[Any] | None


def chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


def places(connection: Connection, names: Sequence[Name]) -> dict[Name, Place]:
    """Raises `NotFoundError` for a team."""
    by_team: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_team[name.team].append(name.name)
    found: dict[Name, Place] = {}
    for team, wanted in by_team.items():
        team_id = require_team(connection, team)
        rows: dict[str, Row[Any]] = {}
        for some in chunks(wanted):
            there = select(*_SEEN).where(table.c.team_id == team_id, table.c.name.in_(some))
            rows.update((row.name, row) for row in connection.execute(there))
        found.update((Name(team, name), Place(team_id, rows.get(name))) for name in wanted)
    return found


def add(connection: Connection, values: dict[str, Any]) -> Row[Any] | None:
    """The new row; None when somebody else made one of that name first."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(values).on_conflict_do_nothing().returning(table)
    return connection.execute(statement).one_or_none()


def add_all(connection: Connection, values: Sequence[dict[str, Any]]) -> dict[tuple[int, str], int]:
    """The ids of the new rows by team and name.

    Raises SQLAlchemy's `IntegrityError` when there is one of such a name.
    """
    # Returning without an order: in SQLite, too, many rows are one statement, at whose end the search's index
    # writes what it collected.
    statement = insert(table).returning(table.c.id, table.c.team_id, table.c.name)
    return {(row.team_id, row.name): row.id for row in connection.execute(statement, values)}


def change(connection: Connection, seen: Row[Any], values: dict[str, Any]) -> Row[Any] | None:
    """The row after the change; None when it is not any more what was seen, or may not be changed."""
    statement = (
        update(table)
        .where(table.c.id == seen.id, table.c.version == seen.version)
        .values({**values, "version": seen.version + 1})
        .returning(table)
    )
    return connection.execute(statement).one_or_none()


def change_all(connection: Connection, changes: Sequence[tuple[Row[Any], dict[str, Any]]]) -> bool:
    """Whether every row was what was seen, and is changed."""
    columns = changes[0][1].keys()
    statement = (
        update(table)
        .where(table.c.id == bindparam("seen_id"), table.c.version == bindparam("seen_version"))
        .values({name: bindparam(f"new_{name}") for name in columns} | {"version": table.c.version + 1})
    )
    done = connection.execute(
        statement,
        [
            {"seen_id": seen.id, "seen_version": seen.version, **{f"new_{key}": values[key] for key in columns}}
            for seen, values in changes
        ],
    )
    return done.rowcount == len(changes)


def keep_versions(connection: Connection, ids: Sequence[int], note: str) -> dict[int, Row[Any]]:
    """Copy rows, as the database has them now, to where they are never changed: `changed_by` and the like by id."""
    kept: dict[int, Row[Any]] = {}
    for some in chunks(ids):
        copied = select(table.c.id, literal(note), *(table.c[name] for name in _COPIED)).where(table.c.id.in_(some))
        added = insert(version_table).from_select(["definition_id", "note", *_COPIED], copied)
        kept.update((row.definition_id, row) for row in connection.execute(added.returning(*_TOLD)))
    return kept
