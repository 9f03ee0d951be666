"""Runs the migrations in a transaction, and installs what belongs to the tables and is no table."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from flinklab.catalog import audit_triggers, history_index, isolation, revisions, search_index
from flinklab.catalog.revisions import newest_revision, revision_of
from flinklab.domain.errors import CatalogError

if TYPE_CHECKING:
    from alembic.config import Config

_ONE_THREAD = threading.Lock()  # Alembic's `op` and `context` are of the whole process


def migrate(connection: Connection, to: str | None = None) -> None:
    """Bring the schema from where it is to a revision (the newest), inside of the transaction of `connection`.

    Search indexes, policies and triggers are of the newest code whatever the revision is: they are made anew after
    the tables are right.
    """
    from alembic import command

    to = to or newest_revision()
    if revision_of(connection) == to:
        return
    if connection.dialect.name == "sqlite":
        _drop_what_is_derived(connection)
    with _ONE_THREAD:
        command.upgrade(alembic_config(connection), to)
    audit_triggers.install(connection)
    if connection.dialect.name == "postgresql":
        isolation.install(connection)
    search_index.install(connection)
    history_index.install(connection)
    if connection.dialect.name == "sqlite":
        _check_references(connection)


def _drop_what_is_derived(connection: Connection) -> None:
    """Triggers would go with a table that is copied to alter it, and an index of its own would not notice."""
    for kind, found in (
        ("TRIGGER", "type = 'trigger'"),
        ("TABLE", "type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE %'"),
    ):
        for name in connection.execute(text(f"SELECT name FROM sqlite_master WHERE {found}")).scalars().all():
            connection.exec_driver_sql(f"DROP {kind} {name}")


def _check_references(connection: Connection) -> None:
    """What SQLite leaves unchecked while tables are altered."""
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        raise CatalogError(f"the upgrade would leave {len(broken)} rows without the row that they refer to")


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, of which nothing is in a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(revisions.MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
