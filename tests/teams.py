"""Teams for the tests of stores."""

from __future__ import annotations

from sqlalchemy import insert, text

from flinklab.catalog import schema
from flinklab.catalog.database import Database


def make_team(database: Database, name: str) -> None:
    """A team with the connected person as its admin."""
    with database.writing() as connection:
        if database.is_shared:
            connection.execute(text("SELECT flinklab_create_team(:name, '')"), {"name": name})
        else:
            connection.execute(insert(schema.team).values(name=name))
