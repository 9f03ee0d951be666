"""A catalog's database from its making on: made, brought up to date, opened."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy import Connection, insert, inspect

from flinklab.catalog import schema
from flinklab.catalog.backup import backup
from flinklab.catalog.database import Database
from flinklab.catalog.migrating import migrate
from flinklab.catalog.revisions import (
    check_revision,
    known_revisions,
    newest_revision,
    revision_of,
    wrong_revision,
)
from flinklab.catalog.urls import default_path, default_url, place, sqlite_path
from flinklab.domain.errors import CatalogUnavailableError, SchemaVersionError
from flinklab.domain.people import Role
from flinklab.domain.variables import USUAL

OWN_TEAM = "my"
"""The team that one person's catalog begins with."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What `upgrade` did: from which revision to which, and where the copy from before is (SQLite)."""

    before: str
    after: str
    copy: Path | None = None


def open_database(url: str | None = None, *, password: str | None = None, connections: int = 1) -> Database:
    """The catalog at `url`, which must have the schema that this flinklab needs; it is never upgraded by itself.

    Without a URL it is the file in the user's data folder, made when it is not there. `password`: a reference.
    `connections`: how many stay open. Raises `SchemaVersionError`, which says what to do,
    `CatalogUnavailableError`, `UsageError`.
    """
    if url is None and not default_path().exists():
        init(default_url())
    database = connect(url or default_url(), password=password, connections=connections)
    try:
        with database.reading() as connection:
            check_revision(connection, place(database.url))
    except BaseException:
        database.close()
        raise
    return database


def connect(url: str, *, password: str | None = None, connections: int = 1) -> Database:
    """The database at `url`, whatever its schema. Raises `SchemaVersionError` for a file that is not there."""
    database = Database(url, password=password, connections=connections)
    path = sqlite_path(database.url)
    if path is not None and not path.exists():  # SQLite would make an empty one
        raise wrong_revision(None, str(path))
    return database


def init(url: str, *, password: str | None = None) -> bool:
    """Make the catalog in a new file, or on a server in a database that is there; False when it is there already.

    On SQLite, team `my` is made with the person of this machine as its admin. Of several processes one makes it,
    and none ever sees a part of it. Raises `SchemaVersionError` for a database of another version or of something
    else, `CatalogUnavailableError`, `NotPermittedError`.
    """
    database = Database(url, password=password)
    path = sqlite_path(database.url)
    try:
        if path is not None and not path.exists():
            return _make_file(path)
        return _make(database)
    finally:
        database.close()


def upgrade(database: Database) -> Upgrade:
    """Bring the schema up to date, all or nothing; a copy of an SQLite file is made before.

    Raises `SchemaVersionError` for no catalog and for a newer one, and what the database says.
    """
    with database.reading() as connection:
        before = _known_revision(connection, database)
    if before == newest_revision():
        return Upgrade(before, before)
    path = sqlite_path(database.url)
    copy = None
    if path is not None:
        now = datetime.now(timezone.utc)
        copy = backup(database, path.with_name(f"{path.name}.{before}-{now:%Y%m%dT%H%M%S.%fZ}"))
    with database.migrating() as connection:
        before = _known_revision(connection, database)  # another process may have been faster
        migrate(connection)
    return Upgrade(before, newest_revision(), copy)


def _known_revision(connection: Connection, database: Database) -> str:
    revision = revision_of(connection)
    if revision is None or revision not in known_revisions():
        raise wrong_revision(revision, place(database.url))
    return revision


def _make_file(path: Path) -> bool:
    """Made aside and put in its place as a whole: another process sees no file, or a catalog."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            database = Database(f"sqlite:///{draft}")
            try:
                _make(database)
            finally:
                database.close()
            with suppress(FileExistsError):
                os.link(draft, path)
                return True
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise CatalogUnavailableError(f"no catalog can be made in {path}: {error.strerror}") from error
    return False


def _make(database: Database) -> bool:
    with database.migrating() as connection:
        revision = revision_of(connection)
        if revision == newest_revision():
            return False
        if revision is not None:
            raise wrong_revision(revision, place(database.url))
        if not database.is_shared and (others := inspect(connection).get_table_names()):
            raise SchemaVersionError(
                f"{place(database.url)} is a database of something else: it has a table {others[0]}",
                hint="name a file of its own: flinklab db init --url sqlite:////path/to/catalog.db",
            )
        migrate(connection)
        if not database.is_shared:
            _make_own_team(connection, database.person)
    return True


def _make_own_team(connection: Connection, person: str) -> None:
    connection.execute(insert(schema.person).values(name=person))
    made = connection.execute(insert(schema.team).values(name=OWN_TEAM).returning(schema.team.c.id))
    number = made.scalar_one()
    connection.execute(insert(schema.member).values(team_id=number, person=person, role=Role.ADMIN))
    connection.execute(insert(schema.environment), [{"team_id": number, "name": name} for name in USUAL])
