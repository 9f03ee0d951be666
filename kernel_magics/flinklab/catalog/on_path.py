"""A thing by its name on a search path of teams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Connection, and_, or_, select

from flinklab.catalog.named_rows import Named, NamedRows
from flinklab.catalog.names import not_found
from flinklab.catalog.schema import team as teams

_Value = TypeVar("_Value", bound=Named)


def find_on_path(connection: Connection, rows: NamedRows[_Value], name: str, search_path: Sequence[str]) -> _Value:
    """The one of that name in the first team of the path that has one, or `team.name` of any team.

    Raises `NotFoundError`.
    """
    dots = [at for at, character in enumerate(name) if character == "."]
    candidates = [*((team, name) for team in search_path), *((name[:at], name[at + 1 :]) for at in dots)]
    table = rows.table
    wanted = [and_(teams.c.name == team, table.c.name == each) for team, each in candidates]
    statement = select(teams.c.name, table.c.name).join_from(teams, table)
    found = {(team, each) for team, each in connection.execute(statement.where(or_(False, *wanted)))}
    place = next((candidate for candidate in candidates if candidate in found), None)
    if place is None:
        known = rows.list(connection, search_path)
        spellings = [spelling for each in known for spelling in (each.name, f"{each.team}.{each.name}")]
        raise not_found(f"{rows.noun} on the search path " + ", ".join(search_path), name, spellings)
    return rows.get(connection, *place)
