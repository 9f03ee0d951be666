"""How the catalog's database is, at a glance."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text

from flinklab.catalog.database import Database
from flinklab.catalog.revisions import advice, newest_revision, revision_of
from flinklab.catalog.schema import METADATA

_NOT_BOUND = """
    SELECT CASE
        WHEN NOT relrowsecurity THEN 'row-level security is off'
        WHEN rolsuper THEN session_user || ' is a superuser'
        WHEN rolbypassrls THEN session_user || ' has BYPASSRLS'
        WHEN pg_has_role(session_user, relowner, 'USAGE') THEN session_user || ' owns the tables'
    END
    FROM pg_class, pg_roles WHERE pg_class.oid = to_regclass('definition') AND rolname = session_user
"""


@dataclass(frozen=True, slots=True)
class Status:
    """`url`: without what is secret in it. `to_do`: None when nothing is. `rows`: per table, as far as `person`
    sees them; empty when the schema is not this flinklab's. `not_isolated`: why this person is not kept out of
    other teams' rows, None when they are kept out."""

    url: str
    person: str
    revision: str | None
    newest: str
    to_do: str | None
    not_isolated: str | None
    rows: dict[str, int]


def status(database: Database) -> Status:
    """Raises `CatalogUnavailableError`, `SchemaVersionError` for half a catalog."""
    person = database.person
    with database.reading() as connection:
        revision = revision_of(connection)
        to_do = advice(revision)
        return Status(
            url=database.shown_url,
            person=person,
            revision=revision,
            newest=newest_revision(),
            to_do=to_do,
            not_isolated=_not_isolated(connection) if revision else None,
            rows={} if to_do else _rows(connection),
        )


def _not_isolated(connection: Connection) -> str | None:
    if connection.dialect.name == "sqlite":
        return "SQLite is one person's: whoever can read the file reads all of it"
    why: str | None = connection.execute(text(_NOT_BOUND)).scalar()
    return why


def _rows(connection: Connection) -> dict[str, int]:
    tables = METADATA.sorted_tables
    counts = connection.execute(
        select(*(select(func.count()).select_from(one).scalar_subquery() for one in tables))
    )
    return dict(zip((table.name for table in tables), counts.one(), strict=True))
