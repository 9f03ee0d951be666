from __future__ import annotations

import multiprocessing
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, text

from flinklab.catalog import lifecycle, schema
from flinklab.catalog.database import Database
from flinklab.catalog.lifecycle import init, open_database
from flinklab.catalog.revisions import newest_revision
from flinklab.catalog.status import status
from flinklab.catalog.urls import default_path
from flinklab.domain.errors import CatalogUnavailableError, NotPermittedError, SchemaVersionError
from flinklab.domain.people import Role
from postgres import Login, PostgresServer

pytestmark = pytest.mark.usefixtures("catalogs_made_in_full")

Open = Callable[[str], Database]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "flinklab"


def test_the_default_is_made_on_first_use_and_is_the_persons_alone(data_folder: Path) -> None:
    database = open_database()
    assert default_path() == data_folder / "catalog.db"
    with database.reading() as connection:
        made = connection.execute(
            select(schema.team.c.name, schema.member.c.person, schema.member.c.role).join(schema.member)
        ).all()
    assert made == [("my", database.person, Role.ADMIN)]
    assert (mode(data_folder), mode(default_path())) == (0o700, 0o600)
    database.close()
    assert [path.name for path in data_folder.iterdir()] == ["catalog.db"]
    open_database().close()


def test_a_named_file_that_is_not_there_is_not_made_by_opening(tmp_path: Path) -> None:
    with pytest.raises(SchemaVersionError, match="there is no catalog in") as caught:
        open_database(f"sqlite:///{tmp_path}/typo.db")
    assert caught.value.hint == "make the catalog with: flinklab db init"
    assert list(tmp_path.iterdir()) == []


def test_a_catalog_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    assert init(url)
    content = (tmp_path / "catalog.db").read_bytes()
    assert not init(url)
    assert (tmp_path / "catalog.db").read_bytes() == content


def test_an_empty_file_becomes_a_catalog(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").touch()
    assert init(f"sqlite:///{tmp_path}/catalog.db")
    open_database(f"sqlite:///{tmp_path}/catalog.db").close()


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE photo (id INTEGER)")
    connection.close()
    with pytest.raises(SchemaVersionError, match="a database of something else: it has a table photo"):
        init(f"sqlite:///{path}")
    path.with_suffix(".txt").write_text("words\n" * 1000)
    with pytest.raises(CatalogUnavailableError, match="a file of something else"):
        init(f"sqlite:///{path.with_suffix('.txt')}")


def test_half_a_catalog_is_refused_by_everything(
    database: Database, request: pytest.FixtureRequest, open_catalog: Open
) -> None:
    if database.is_shared:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        server.execute("DELETE FROM alembic_version", database=str(database.url.database))
        url = server.url(str(database.url.database))
    else:
        url = url_of(database)
        with database.writing() as connection:
            connection.execute(text("DELETE FROM alembic_version"))
    another = open_catalog(url)
    for use in (init, lambda _: status(another), lambda _: lifecycle.upgrade(another)):
        with pytest.raises(SchemaVersionError, match=r"tables of a catalog .* but no revision") as caught:
            use(url)
        assert "put a backup back" in str(caught.value.hint)
    with pytest.raises(SchemaVersionError):
        open_database(url)


def test_a_place_where_no_file_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CatalogUnavailableError, match="no catalog can be made in"):
        init(f"sqlite:///{tmp_path}/file/catalog.db")


def test_a_making_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(lifecycle, "_make_own_team", fail)
    with pytest.raises(ZeroDivisionError):
        init(f"sqlite:///{tmp_path}/catalog.db")
    assert list(tmp_path.iterdir()) == []


def _init(url: str, answers: multiprocessing.Queue[tuple[bool, str]]) -> None:
    made = init(url)
    database = open_database(url)
    with database.reading() as connection:
        answers.put((made, str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())))
    database.close()


@pytest.mark.parametrize("kind", ["new file", "empty file", "postgresql"])
def test_of_several_that_make_it_at_once_one_does(
    kind: str, tmp_path: Path, postgres_server: PostgresServer, catalog_owner: Login
) -> None:
    if kind == "postgresql":
        url = postgres_server.url(postgres_server.create_database(catalog_owner), catalog_owner)
    else:
        url = f"sqlite:///{tmp_path}/catalog.db"
        if kind == "empty file":
            (tmp_path / "catalog.db").touch()
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[tuple[bool, str]] = context.Queue()
    processes = [context.Process(target=_init, args=(url, answers)) for _ in range(4)]
    for process in processes:
        process.start()
    seen = [answers.get(timeout=120) for _ in processes]
    for process in processes:
        process.join(120)
    assert sorted(made for made, _ in seen) == [False, False, False, True]
    assert {revision for _, revision in seen} == {newest_revision()}


def test_only_who_may_make_tables_makes_a_catalog(
    postgres_server: PostgresServer, catalog_owner: Login, open_catalog: Open
) -> None:
    name = postgres_server.create_database(catalog_owner)
    somebody = postgres_server.create_login()
    with pytest.raises(NotPermittedError, match="permission denied for schema public"):
        init(postgres_server.url(name, somebody))
    owner = open_catalog(postgres_server.url(name, catalog_owner))
    with owner.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar() == 0


def test_opening_asks_one_question(database: Database) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    url = url_of(database)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        open_database(url).close()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    # Beside what SQLAlchemy asks of a server on its first connection.
    ours = [statement for statement in asked if not statement.startswith(("PRAGMA", "BEGIN", "select", "show"))]
    assert ours == ["SELECT version_num FROM alembic_version"]


def test_opening_imports_no_alembic(sqlite_url: str) -> None:
    code = (
        "import sys\nfrom flinklab.catalog.lifecycle import open_database\n"
        "open_database(sys.argv[1]).close()\nassert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, sqlite_url], check=True)


class TestStatus:
    def test_of_a_catalog(self, database: Database) -> None:
        seen = status(database)
        assert seen.person == database.person
        assert seen.revision == seen.newest == newest_revision()
        assert seen.to_do is None
        assert (seen.rows["team"], seen.rows["member"], seen.rows["definition"]) == (1, 1, 0)
        if database.is_shared:
            assert seen.not_isolated is None
            assert ":***@" in seen.url
        else:
            assert "SQLite is one person's" in str(seen.not_isolated)

    def test_who_is_not_bound_is_told_so(
        self, postgres_server: PostgresServer, catalog_owner: Login, postgres_database: str, open_catalog: Open
    ) -> None:
        owner = status(open_catalog(postgres_server.url(postgres_database, catalog_owner)))
        assert owner.not_isolated == f"{catalog_owner.name} owns the tables"
        assert (
            status(open_catalog(postgres_server.url(postgres_database))).not_isolated == "postgres is a superuser"
        )

    def test_of_a_database_without_a_catalog(
        self, postgres_server: PostgresServer, catalog_owner: Login, open_catalog: Open
    ) -> None:
        name = postgres_server.create_database(catalog_owner)
        seen = status(open_catalog(postgres_server.url(name, catalog_owner)))
        assert (seen.revision, seen.not_isolated, seen.rows) == (None, None, {})
        assert seen.to_do == "make the catalog with: flinklab db init"
