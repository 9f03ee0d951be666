from __future__ import annotations

import multiprocessing
import os
import secrets
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update

from flinklab.catalog import database as database_module
from flinklab.catalog import schema
from flinklab.catalog.database import Database
from flinklab.domain.errors import (
    CatalogError,
    CatalogUnavailableError,
    NotPermittedError,
    SchemaVersionError,
    SecretError,
)
from flinklab.domain.people import Role
from postgres import Login, PostgresServer, running_server

Open = Callable[[str], Database]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for others are short: the tests know that they are in vain."""
    monkeypatch.setattr(database_module, "_BUSY", 0.2)


def add_snippet(database: Database, name: str, words: str = "") -> None:
    with database.writing() as connection:
        connection.execute(
            insert(schema.snippet).values(
                team_id=select(schema.team.c.id).where(schema.team.c.name == "my").scalar_subquery(),
                name=name,
                text=words,
                changed_by=database.person,
                changed_at=text("CURRENT_TIMESTAMP"),
            )
        )


def names(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(select(schema.snippet.c.name).order_by(schema.snippet.c.name)).scalars())


def test_a_fresh_catalog_has_its_person_as_admin_of_my(database: Database) -> None:
    with database.reading() as connection:
        rows = connection.execute(
            select(schema.team.c.name, schema.member.c.person, schema.member.c.role).join(schema.member)
        ).all()
    assert rows == [("my", database.person, Role.ADMIN)]


def test_a_transaction_is_kept_or_left_as_a_whole(database: Database) -> None:
    add_snippet(database, "kept")
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        connection.execute(update(schema.snippet).values(name="changed"))
        _ = 1 / 0
    assert names(database) == ["kept"]


def test_nothing_is_written_by_reading(database: Database) -> None:
    with pytest.raises(CatalogUnavailableError, match="can only be read"), database.reading() as connection:
        connection.execute(update(schema.team).values(description="x"))
    add_snippet(database, "by writing")
    assert names(database) == ["by writing"]


def test_a_reader_waits_for_no_writer_and_sees_one_moment(database: Database) -> None:
    count = select(func.count()).select_from(schema.snippet)
    with database.reading() as reader:
        assert reader.execute(count).scalar() == 0
        add_snippet(database, "a")
        assert reader.execute(count).scalar() == 0
    with database.writing() as writer:
        writer.execute(update(schema.snippet).values(name="b"))
        assert names(database) == ["a"]
    assert names(database) == ["b"]


def test_threads_and_databases_write_in_turns_and_lose_nothing(database: Database, open_catalog: Open) -> None:
    add_snippet(database, "counter", "0")
    another = open_catalog(database.url.render_as_string(hide_password=False))
    failed: list[BaseException] = []

    def count(one: Database) -> None:
        try:
            for _ in range(10):
                with one.writing() as connection:
                    connection.execute(update(schema.snippet).values(version=schema.snippet.c.version + 1))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=count, args=(one,)) for one in (database, another) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    with database.reading() as connection:
        assert connection.execute(select(schema.snippet.c.version)).scalar() == 41


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_fork_leaves_its_parents_connections_alone(database: Database) -> None:
    add_snippet(database, "before")
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=add_snippet, args=(database, f"child {number}")) for number in range(3)]
    for child in children:
        child.start()
    add_snippet(database, "parent")
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert names(database) == ["before", "child 0", "child 1", "child 2", "parent"]


def test_values_of_a_statement_are_in_no_traceback(database: Database) -> None:
    secret = secrets.token_hex()
    with pytest.raises(CatalogError) as caught, database.reading() as connection:
        connection.execute(text("SELECT no_such_function(:secret)"), {"secret": secret})
    assert "no_such_function" in str(caught.value)
    assert secret not in "".join(traceback.format_exception(caught.value))


class TestSqlite:
    def test_the_person_is_this_machines(self, sqlite_url: str, open_catalog: Open) -> None:
        database = open_catalog(sqlite_url)
        assert not database.is_shared
        assert database.person
        assert database.shown_url == sqlite_url

    def test_a_user_without_a_name_is_a_person_too(
        self, sqlite_url: str, open_catalog: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def nameless() -> str:
            raise KeyError("getpwuid(): uid not found: 4711")

        monkeypatch.setattr("getpass.getuser", nameless)
        assert open_catalog(sqlite_url).person == f"user {os.getuid()}"

    def test_a_lock_that_lasts_names_its_holder(self, impatient: None, sqlite_url: str, open_catalog: Open) -> None:
        database = open_catalog(sqlite_url)
        assert names(database) == []
        hold = (
            "import sqlite3, sys\n"
            "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
            "connection.execute('BEGIN IMMEDIATE')\n"
            "print('locked', flush=True)\n"
            "sys.stdin.read()\n"
            "connection.close()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", hold, str(database.url.database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == b"locked\n"
            with pytest.raises(CatalogUnavailableError, match="is locked by") as caught:
                add_snippet(database, "a")
            if Path("/proc/locks").exists():
                assert f"process {other.pid} (" in caught.value.message
            assert names(database) == []
            other.communicate()
        add_snippet(database, "a")
        assert names(database) == ["a"]

    def test_a_read_only_file_is_read_and_not_written(self, sqlite_url: str, open_catalog: Open) -> None:
        path = sqlite_url.removeprefix("sqlite:///")
        database = open_catalog(f"sqlite:///file:{path}?mode=ro&uri=true")
        assert names(database) == []
        with pytest.raises(CatalogUnavailableError, match="can only be read") as caught:
            add_snippet(database, "a")
        assert "writable" in str(caught.value.hint)

    def test_a_text_file_is_no_catalog_and_stays_as_it_is(self, tmp_path: Path, open_catalog: Open) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("what I wanted to do\n" * 100)
        for use in (names, lambda database: add_snippet(database, "a")):
            with pytest.raises(CatalogUnavailableError, match=r"notes\.txt is a file of something else"):
                use(open_catalog(f"sqlite:///{path}"))
        assert path.read_text() == "what I wanted to do\n" * 100

    def test_a_folder_that_is_not_there(self, tmp_path: Path, open_catalog: Open) -> None:
        with pytest.raises(CatalogUnavailableError, match="cannot be opened"):
            names(open_catalog(f"sqlite:///{tmp_path}/none/catalog.db"))

    def test_a_full_disk_leaves_nothing_half_written(self, sqlite_url: str, open_catalog: Open) -> None:
        database = open_catalog(sqlite_url)
        with pytest.raises(CatalogUnavailableError, match="there is no room"), database.writing() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1")  # SQLite: no less than what there is
            connection.execute(update(schema.team).values(description="x"))
            connection.execute(update(schema.team).values(description="x" * 1_000_000))
        with database.reading() as connection:
            assert connection.execute(select(schema.team.c.description)).scalar() == ""

    def test_a_damaged_file_is_told_from_one_of_something_else(self, sqlite_url: str, open_catalog: Open) -> None:
        path = Path(sqlite_url.removeprefix("sqlite:///"))
        content = path.read_bytes()
        path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
        with pytest.raises(CatalogUnavailableError, match="damaged") as caught:
            names(open_catalog(sqlite_url))
        assert "backup" in str(caught.value.hint)

    def test_an_empty_file_has_no_catalog(self, tmp_path: Path, open_catalog: Open) -> None:
        (tmp_path / "empty.db").touch()
        with pytest.raises(SchemaVersionError, match="no such table") as caught:
            names(open_catalog(f"sqlite:///{tmp_path}/empty.db"))
        assert "flinklab db init" in str(caught.value.hint)


@pytest.fixture
def postgresql(postgresql_url: str, open_catalog: Open) -> Database:
    return open_catalog(postgresql_url)


class TestPostgresql:
    def test_the_person_is_who_is_connected(self, postgresql: Database, catalog_person: Login) -> None:
        assert postgresql.is_shared
        assert postgresql.person == catalog_person.name

    def test_the_password_is_not_shown(self, postgresql: Database, catalog_person: Login) -> None:
        assert catalog_person.password not in postgresql.shown_url
        assert postgresql.shown_url.startswith(f"postgresql://{catalog_person.name}:***@127.0.0.1:")

    def test_waits_have_an_end(self, postgresql: Database) -> None:
        with postgresql.reading() as connection:
            seen = {
                name: connection.execute(text(f"SHOW {name}")).scalar()
                for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
            }
        assert seen == {
            "statement_timeout": "30s",
            "lock_timeout": "10s",
            "idle_in_transaction_session_timeout": "1min",
        }

    def test_what_the_url_says_of_waits_holds(self, postgresql_url: str, open_catalog: Open) -> None:
        database = open_catalog(f"{postgresql_url}?options=-c%20statement_timeout%3D1000&application_name=mine")
        with database.reading() as connection:
            assert connection.execute(text("SHOW statement_timeout")).scalar() == "1s"
            assert connection.execute(text("SHOW lock_timeout")).scalar() == "10s"
            assert connection.execute(text("SHOW application_name")).scalar() == "mine"

    def test_a_statement_that_takes_too_long_is_stopped(self, postgresql_url: str, open_catalog: Open) -> None:
        database = open_catalog(f"{postgresql_url}?options=-c%20statement_timeout%3D50")
        with pytest.raises(CatalogUnavailableError, match="took too long"), database.reading() as connection:
            connection.execute(text("SELECT pg_sleep(60)"))

    def test_a_lock_that_lasts(self, postgresql: Database, postgresql_url: str, open_catalog: Open) -> None:
        add_snippet(postgresql, "a")
        other = open_catalog(f"{postgresql_url}?options=-c%20lock_timeout%3D50")
        with postgresql.writing() as connection:
            connection.execute(update(schema.snippet).values(text="mine"))
            with pytest.raises(CatalogUnavailableError, match="somebody else holds"), other.writing() as waiting:
                waiting.execute(update(schema.snippet).values(text="theirs"))

    @pytest.mark.parametrize("place", ["env", "file"])
    def test_a_password_by_reference_is_looked_up_each_time(
        self,
        postgresql: Database,
        catalog_person: Login,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        place: str,
    ) -> None:
        secret = tmp_path / "password"
        monkeypatch.setenv("DB_PASSWORD", "wrong")
        secret.write_text("wrong\n")
        without = postgresql.url._replace(password=None).render_as_string()
        database = Database(without, password="env:DB_PASSWORD" if place == "env" else f"file:{secret}")
        with pytest.raises(CatalogUnavailableError, match="refused the password"):
            names(database)
        monkeypatch.setenv("DB_PASSWORD", catalog_person.password)
        secret.write_text(f"{catalog_person.password}\n")
        assert names(database) == []
        database.close()

    def test_a_reference_to_nothing(self, postgresql: Database) -> None:
        without = postgresql.url._replace(password=None).render_as_string()
        with pytest.raises(SecretError, match="NOT_SET_ANYWHERE"):
            names(Database(without, password="env:NOT_SET_ANYWHERE"))

    def test_libpq_finds_passwords_by_itself(
        self, postgresql: Database, catalog_person: Login, monkeypatch: pytest.MonkeyPatch, open_catalog: Open
    ) -> None:
        without = postgresql.url._replace(password=None).render_as_string()
        with pytest.raises(CatalogUnavailableError, match="refused the password") as caught:
            names(open_catalog(without))
        assert "FLINKLAB_CATALOG_PASSWORD" in str(caught.value.hint)
        monkeypatch.setenv("PGPASSWORD", catalog_person.password)
        assert names(open_catalog(without)) == []

    def test_a_wrong_password_is_said_and_not_shown(self, postgresql: Database, open_catalog: Open) -> None:
        password = secrets.token_hex()
        url = postgresql.url.set(password=password).render_as_string(hide_password=False)
        with pytest.raises(CatalogUnavailableError, match="refused the password of ann") as caught:
            names(open_catalog(url))
        assert password not in "".join(traceback.format_exception(caught.value))

    def test_an_unknown_database(self, postgresql: Database, open_catalog: Open) -> None:
        url = postgresql.url.set(database="nowhere").render_as_string(hide_password=False)
        with pytest.raises(CatalogUnavailableError, match="there is no database nowhere"):
            names(open_catalog(url))

    def test_a_database_without_a_catalog(
        self, postgres_server: PostgresServer, catalog_owner: Login, open_catalog: Open
    ) -> None:
        name = postgres_server.create_database(catalog_owner)
        with pytest.raises(SchemaVersionError, match="does not exist") as caught:
            names(open_catalog(postgres_server.url(name, catalog_owner)))
        assert "flinklab db init" in str(caught.value.hint)

    def test_too_many_connections(
        self, postgres_server: PostgresServer, postgres_database: str, open_catalog: Open
    ) -> None:
        login = postgres_server.create_login()
        postgres_server.execute(f"ALTER ROLE {login.name} CONNECTION LIMIT 1")
        url = postgres_server.url(postgres_database, login)
        with open_catalog(url).reading(), pytest.raises(CatalogUnavailableError, match="no more connections"):
            assert open_catalog(url).person

    def test_what_is_not_granted(self, postgresql: Database) -> None:
        with pytest.raises(NotPermittedError, match="permission denied"), postgresql.writing() as connection:
            connection.execute(text("DELETE FROM audit"))

    def test_another_teams_rows_cannot_be_written(
        self, postgresql: Database, postgres_server: PostgresServer
    ) -> None:
        name = str(postgresql.url.database)
        postgres_server.execute("INSERT INTO team (name) VALUES ('theirs')", database=name)
        (team_id,) = postgres_server.execute("SELECT id FROM team WHERE name = 'theirs'", database=name)[0]
        refused = pytest.raises(NotPermittedError, match="does not let you write environment rows")
        with refused, postgresql.writing() as connection:
            connection.execute(insert(schema.environment).values(team_id=team_id, name="dev"))

    def test_a_connection_lost_in_the_middle_writes_nothing_and_the_next_one_works(
        self, postgresql: Database, postgres_server: PostgresServer
    ) -> None:
        with pytest.raises(CatalogUnavailableError, match="was lost"), postgresql.writing() as connection:
            connection.execute(text("UPDATE team SET description = 'half'"))
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            postgres_server.execute(f"SELECT pg_terminate_backend({pid}, 10000)")
            connection.execute(text("UPDATE team SET description = 'whole'"))
        with postgresql.reading() as connection:
            assert connection.execute(select(schema.team.c.description)).scalar() == ""

    def test_a_connection_lost_while_nobody_used_it_is_not_noticed(
        self, postgresql: Database, postgres_server: PostgresServer
    ) -> None:
        with postgresql.reading() as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        postgres_server.execute(f"SELECT pg_terminate_backend({pid}, 10000)")
        assert names(postgresql) == []

    def test_more_at_once_than_the_pool_has(self, impatient: None, postgresql_url: str, open_catalog: Open) -> None:
        from contextlib import ExitStack

        database = open_catalog(postgresql_url)
        with ExitStack() as stack:
            for _ in range(5):
                stack.enter_context(database.reading())
            with pytest.raises(CatalogUnavailableError, match="are in use"):
                names(database)
        assert names(database) == []

    def test_without_its_driver(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "psycopg", None)
        with pytest.raises(CatalogUnavailableError, match=r"psycopg.* is not installed") as caught:
            Database("postgresql://ann@host/flinklab")
        assert caught.value.hint == 'pip install "flinklab[postgresql]"'


def test_a_server_that_ends_and_one_that_is_not_there() -> None:
    with running_server() as server:
        database = Database(server.url("postgres"))
        assert database.person == "postgres"
    with pytest.raises(CatalogUnavailableError, match=r"does not answer.*refused") as caught:
        names(database)
    assert server.superuser.password not in "".join(traceback.format_exception(caught.value))
    database.close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Somebody who takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_server_that_says_nothing_is_not_waited_for_without_end(
    silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "_CONNECT", 2)
    with pytest.raises(CatalogUnavailableError, match="does not answer"):
        names(Database(f"postgresql://ann:hunter2@127.0.0.1:{silent_port}/flinklab"))


def test_an_unknown_host() -> None:
    with pytest.raises(CatalogUnavailableError, match=r"flinklab at nowhere\.invalid:5432 does not answer"):
        names(Database("postgresql://ann:hunter2@nowhere.invalid/flinklab"))
