"""Runs the migrations in a transaction, and installs what belongs to the tables and is no table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from flinklab.catalog import audit_triggers, isolation, search_index
from flinklab.catalog.revisions import MIGRATIONS, revision_of

if TYPE_CHECKING:
    from alembic.config import Config


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the schema from where it is to a revision, inside of the transaction of `connection`.

    Search indexes, policies and triggers are of the newest code whatever the revision was: they are replaced as a
    whole after the tables are right.
    """
    from alembic import command

    before = revision_of(connection)
    command.upgrade(alembic_config(connection), to)
    if revision_of(connection) == before:
        return
    search_index.install(connection)
    audit_triggers.install(connection)
    if connection.dialect.name == "postgresql":
        isolation.install(connection)
    else:
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            raise RuntimeError(f"the migration left {len(broken)} rows without the row that they refer to")


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, of which nothing is in a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
