"""The catalog's database, fresh for each test, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from flinklab.catalog import lifecycle, schema
from flinklab.catalog.database import Database
from flinklab.catalog.urls import sqlite_path
from flinklab.domain.people import Role
from flinklab.domain.variables import USUAL
from postgres import Login, PostgresServer, running_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server of our own. It can make login roles and databases."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def catalog_owner(postgres_server: PostgresServer) -> Login:
    """Who owns the catalogs and their tables, and makes people's logins: no superuser."""
    owner = postgres_server.create_login("catalog_owner")
    postgres_server.execute(f"ALTER ROLE {owner.name} CREATEROLE")
    return owner


@pytest.fixture(scope="session")
def catalog_person(postgres_server: PostgresServer) -> Login:
    """A person like any other, who is the admin of team `my`: what the database keeps apart is kept from them."""
    return postgres_server.create_login("ann")


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: PostgresServer, catalog_owner: Login, catalog_person: Login) -> str:
    name = postgres_server.create_database(catalog_owner)
    url = postgres_server.url(name, catalog_owner)
    lifecycle.init(url)
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text(f"GRANT flinklab_user TO {catalog_person.name}"))
        connection.execute(insert(schema.person).values(name=catalog_person.name))
        made = connection.execute(insert(schema.team).values(name="my").returning(schema.team.c.id))
        number = made.scalar_one()
        connection.execute(
            insert(schema.member).values(team_id=number, person=catalog_person.name, role=Role.ADMIN)
        )
        connection.execute(insert(schema.environment), [{"team_id": number, "name": name} for name in USUAL])
    database.close()
    return name


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "catalog.db"
    lifecycle.init(f"sqlite:///{path}")
    return path


_MAKE = lifecycle._make


@pytest.fixture(scope="session", autouse=True)
def _catalogs_are_copied(_sqlite_template: Path) -> Iterator[None]:
    """What makes a file's tables copies those of one that was made in full: half a second less for each of a
    thousand tests."""
    person = Database(f"sqlite:///{_sqlite_template}").person

    def make(database: Database) -> bool:
        path = sqlite_path(database.url)
        if path is None or path.stat().st_size > 0 or database.person != person:
            return _MAKE(database)
        shutil.copyfile(_sqlite_template, path)
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifecycle, "_make", make)
        yield


@pytest.fixture
def catalogs_made_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of how catalogs are made."""
    monkeypatch.setattr(lifecycle, "_make", _MAKE)


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """A catalog in a file of its own: team `my`, and in it the person of this machine as admin."""
    path = tmp_path / "catalog.db"
    shutil.copy(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_database(
    postgres_server: PostgresServer, catalog_owner: Login, _postgres_template: str
) -> Iterator[str]:
    """The name of a fresh database on the server with a catalog in it: team `my` with its admin."""
    name = postgres_server.create_database(catalog_owner, template=_postgres_template)
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def postgresql_url(postgres_server: PostgresServer, catalog_person: Login, postgres_database: str) -> str:
    """The same catalog as its admin of team `my` connects to it."""
    return postgres_server.url(postgres_database, catalog_person)


@pytest.fixture
def open_catalog() -> Iterator[Callable[[str], Database]]:
    """`open_catalog(url)`: a `Database` that is closed with the test."""
    opened: list[Database] = []

    def open_(url: str) -> Database:
        opened.append(Database(url))
        return opened[-1]

    yield open_
    for database in opened:
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, open_catalog: Callable[[str], Database]) -> Database:
    """A fresh catalog with team `my`, whose admin is `database.person`; on both databases."""
    return open_catalog(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="session")
def catalog_supervisor(postgres_server: PostgresServer) -> Login:
    """A supervisor's login: it serves the teams of every catalog."""
    login = postgres_server.create_login("supervisor")
    postgres_server.execute(f"GRANT flinklab_supervisor TO {login.name}")
    return login


@pytest.fixture
def supervisor_database(
    request: pytest.FixtureRequest, database: Database, open_catalog: Callable[[str], Database]
) -> Database:
    """The catalog of `database` as a supervisor connects to it."""
    if not database.is_shared:
        return open_catalog(request.getfixturevalue("sqlite_url"))
    server: PostgresServer = request.getfixturevalue("postgres_server")
    login: Login = request.getfixturevalue("catalog_supervisor")
    return open_catalog(server.url(request.getfixturevalue("postgres_database"), login))
