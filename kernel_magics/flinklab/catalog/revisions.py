"""Which schema a database has, and which one this flinklab needs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from flinklab.catalog.schema import METADATA
from flinklab.domain.errors import SchemaVersionError

MIGRATIONS = Path(__file__).parent / "migrations"
_FILE = re.compile(r"r(\d{4})_\w+\.py")


@cache
def known_revisions() -> tuple[str, ...]:
    """All that this flinklab knows, oldest first. They are numbered: `0001`, `0002`, ..."""
    # By the files' names: Alembic itself takes longer to import than a kernel has time for.
    found = (_FILE.fullmatch(path.name) for path in (MIGRATIONS / "versions").iterdir())
    return tuple(sorted(match[1] for match in found if match))


def newest_revision() -> str:
    return known_revisions()[-1]


def revision_of(connection: Connection) -> str | None:
    """The database's revision; None where no catalog is. Raises `SchemaVersionError` for half a catalog."""
    there = set(inspect(connection).get_table_names())
    if "alembic_version" in there:
        revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if revision is not None:
            return revision
    if half := sorted(there & METADATA.tables.keys()):
        raise SchemaVersionError(
            f"the database has tables of a catalog ({', '.join(half[:3])}, ...), but no revision",
            hint="put a backup back, or make the catalog in another database: flinklab db init --url URL",
        )
    return None


def advice(revision: str | None) -> str | None:
    """What is to be done about a revision; None: nothing."""
    if revision is None:
        return "make the catalog with: flinklab db init"
    if revision in known_revisions():
        return None if revision == newest_revision() else "flinklab db upgrade"
    return 'pip install --upgrade "flinklab"'


def check_revision(connection: Connection, place: str) -> None:
    """One cheap question. Raises `SchemaVersionError` unless the schema is the one that this flinklab needs."""
    # SQL that fails where there is no such table: `Database` has the words for it.
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision != newest_revision():
        raise wrong_revision(revision, place)


def wrong_revision(revision: str | None, place: str) -> SchemaVersionError:
    newest = newest_revision()
    if revision is None:
        words = f"there is no catalog in {place}"
    elif revision in known_revisions():
        words = f"the catalog in {place} has schema {revision}; this flinklab needs {newest}"
    else:
        words = f"the catalog in {place} has schema {revision}, of a newer flinklab; this one knows up to {newest}"
    return SchemaVersionError(words, hint=advice(revision))
