from __future__ import annotations

from sqlalchemy import select

from flinklab.catalog import schema
from flinklab.catalog.database import Database
from flinklab.domain.people import Role


def test_a_fresh_catalog_has_its_person_as_admin_of_my(database: Database) -> None:
    with database.reading() as connection:
        rows = connection.execute(
            select(schema.team.c.name, schema.member.c.person, schema.member.c.role).join(schema.member)
        ).all()
    assert rows == [("my", database.person, Role.ADMIN)]
