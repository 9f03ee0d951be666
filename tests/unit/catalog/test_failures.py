"""Each state as PostgreSQL itself raises it; what SQLite says is in `test_database`, by real files."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError

from flinklab.catalog import schema
from flinklab.catalog.database import Database
from flinklab.catalog.failures import in_words
from flinklab.catalog.urls import parse_url
from flinklab.domain.errors import (
    CatalogError,
    CatalogUnavailableError,
    ConflictError,
    NotPermittedError,
    SchemaVersionError,
)
from postgres import PostgresServer

Open = Callable[[str], Database]


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ("42501", NotPermittedError, "you may not do that in the catalog: it failed"),
        ("23505", ConflictError, "somebody else wrote the same name"),
        ("23503", ConflictError, "other rows of the catalog stand in the way"),
        ("40001", ConflictError, "changed it at the same moment"),
        ("40P01", ConflictError, "changed it at the same moment"),
        ("42P01", SchemaVersionError, "no (whole) catalog is in"),
        ("42703", SchemaVersionError, "no (whole) catalog is in"),
        ("42883", SchemaVersionError, "no (whole) catalog is in"),
        ("57014", CatalogUnavailableError, "took too long"),
        ("55P03", CatalogUnavailableError, "somebody else holds"),
        ("25006", CatalogUnavailableError, "can only be read"),
        ("53100", CatalogUnavailableError, "is full"),
        ("53300", CatalogUnavailableError, "takes no more connections"),
        ("57P01", CatalogUnavailableError, "was lost"),
        ("08006", CatalogUnavailableError, "was lost"),
        ("28P01", CatalogUnavailableError, "refused the password"),
        ("3D000", CatalogUnavailableError, "there is no database"),
        ("XX000", CatalogError, "the catalog's database refused it: it failed"),
    ],
)
def test_every_state_has_its_words(
    postgresql_url: str, open_catalog: Open, state: str, kind: type[CatalogError], words: str
) -> None:
    raising = f"DO $$ BEGIN RAISE 'it failed' USING ERRCODE = '{state}', DETAIL = 'Key (value)=(a value)'; END $$"
    with pytest.raises(CatalogError) as caught, open_catalog(postgresql_url).reading() as connection:
        connection.execute(text(raising))
    assert type(caught.value) is kind
    assert words in caught.value.message
    assert "a value" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_that_is_taken(database: Database) -> None:
    with pytest.raises(ConflictError, match="somebody else wrote the same name"), database.writing() as connection:
        team_id = connection.execute(text("SELECT id FROM team")).scalar_one()
        for _ in range(2):
            connection.execute(insert(schema.environment).values(team_id=team_id, name="dev"))


def test_a_row_that_others_refer_to(
    postgres_server: PostgresServer, postgres_database: str, sqlite_url: str, open_catalog: Open
) -> None:
    for url in (sqlite_url, postgres_server.url(postgres_database)):
        with pytest.raises(ConflictError, match="stand in the way"), open_catalog(url).writing() as connection:
            connection.execute(text("DELETE FROM team"))


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("disk I/O error", CatalogUnavailableError, "is damaged"),
        ("database table is locked", CatalogUnavailableError, "is locked by another process"),
        ("near 'x': syntax error", CatalogError, "refused it"),
        ("", CatalogError, "refused it: OperationalError"),
    ],
)
def test_what_sqlite_says_seldom(said: str, kind: type[CatalogError], words: str) -> None:
    failure = OperationalError("SELECT 1", {}, sqlite3.OperationalError(said))
    error = in_words(failure, parse_url("sqlite:////nowhere/catalog.db"))
    assert type(error) is kind
    assert words in error.message
