from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text, update

from flinklab.catalog import schema
from flinklab.catalog.backup import backup, backup_name
from flinklab.catalog.database import Database
from flinklab.domain.errors import CatalogUnavailableError, UsageError
from postgres import Login, PostgresServer

Open = Callable[[str], Database]


@pytest.fixture
def catalog(request: pytest.FixtureRequest, database: Database, open_catalog: Open) -> Database:
    """As its owner, who alone can copy all of it."""
    if not database.is_shared:
        return database
    server: PostgresServer = request.getfixturevalue("postgres_server")
    owner: Login = request.getfixturevalue("catalog_owner")
    return open_catalog(server.url(str(database.url.database), owner))


def describe(database: Database, words: str) -> None:
    with database.writing() as connection:
        connection.execute(update(schema.team).values(description=words))


def test_a_copy_is_whole_and_its_owners_alone(
    catalog: Database, tmp_path: Path, request: pytest.FixtureRequest, open_catalog: Open
) -> None:
    describe(catalog, "as it was")
    with catalog.writing() as connection:  # it is in use meanwhile
        connection.execute(update(schema.team).values(description="not yet"))
        to = backup(catalog, tmp_path / backup_name(catalog))
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    if catalog.is_shared:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        name = server.create_database(server.superuser)
        subprocess.run(["pg_restore", "--dbname", server.url(name).replace("+psycopg", ""), str(to)], check=True)
        copy = open_catalog(server.url(name))
    else:
        copy = open_catalog(f"sqlite:///{to}")
    with copy.reading() as connection:
        assert connection.execute(text("SELECT description FROM team")).scalar() == "as it was"


def test_nothing_is_overwritten_unless_it_is_asked_for(catalog: Database, tmp_path: Path) -> None:
    to = tmp_path / "mine"
    to.write_text("my work")
    with pytest.raises(UsageError, match="is there already") as caught:
        backup(catalog, to)
    assert "--force" in str(caught.value.hint)
    assert to.read_text() == "my work"
    assert backup(catalog, to, force=True) == to
    assert to.stat().st_size > 10_000


def test_a_folder_that_is_not_there(catalog: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no copy can be written"):
        backup(catalog, tmp_path / "none" / "copy")


def test_a_file_that_is_no_database_is_not_copied(tmp_path: Path, open_catalog: Open) -> None:
    (tmp_path / "notes.txt").write_text("words\n" * 1000)
    with pytest.raises(CatalogUnavailableError, match="could not be copied: file is not a database"):
        backup(open_catalog(f"sqlite:///{tmp_path}/notes.txt"), tmp_path / "copy")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_copy_made_beside_a_writer_is_of_one_moment(sqlite_url: str, open_catalog: Open, tmp_path: Path) -> None:
    database = open_catalog(sqlite_url)
    describe(database, "one")
    copy = backup(database, tmp_path / "copy.db")
    describe(database, "two")
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT description FROM team").fetchone() == ("one",)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


class TestPostgresql:
    def test_who_does_not_own_the_tables_is_told_so(
        self, postgresql_url: str, open_catalog: Open, tmp_path: Path
    ) -> None:
        with pytest.raises(CatalogUnavailableError, match="could not be copied") as caught:
            backup(open_catalog(postgresql_url), tmp_path / "copy.dump")
        assert "only the owner" in str(caught.value.hint)
        assert not (tmp_path / "copy.dump").exists()

    def test_without_pg_dump(
        self, postgresql_url: str, open_catalog: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(CatalogUnavailableError, match="pg_dump is not installed"):
            backup(open_catalog(postgresql_url), tmp_path / "copy.dump")

    def test_the_password_is_no_argument(
        self, catalog_person: Login, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen = tmp_path / "seen"
        program = tmp_path / "pg_dump"
        program.write_text(f'#!/bin/sh\necho "$@" > {seen}\necho "$PGPASSWORD" > {seen}.password\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("DB_PASSWORD", catalog_person.password)
        bare = Database(postgresql_url.replace(catalog_person.password, ""), password="env:DB_PASSWORD")
        backup(bare, tmp_path / "copy.dump")
        bare.close()
        assert catalog_person.password not in seen.read_text()
        assert (tmp_path / "seen.password").read_text() == f"{catalog_person.password}\n"
