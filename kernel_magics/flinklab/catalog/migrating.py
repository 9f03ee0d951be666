"""Runs the migrations in a transaction, and installs what belongs to the tables and is no table."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from flinklab.catalog import audit_triggers, history_index, isolation, revisions, search_index
from flinklab.catalog.revisions import revision_of
from flinklab.domain.errors import CatalogError

if TYPE_CHECKING:
    from alembic.config import Config

_ONE_THREAD = threading.Lock()  # Alembic's `op` and `context` are of the whole process


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the schema from where it is to a revision, inside of the transaction of `connection`.

    Search indexes, policies and triggers are of the newest code whatever the revision was: they are replaced as a
    whole after the tables are right.
    """
    from alembic import command

    before = revision_of(connection)
    with _ONE_THREAD:
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
            raise CatalogError(f"the upgrade would leave {len(broken)} rows without the row that they refer to")
    history_index.install(connection)


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, of which nothing is in a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(revisions.MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
