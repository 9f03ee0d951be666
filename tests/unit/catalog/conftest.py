"""The catalog's database, fresh for each test, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import getpass
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from flinklab.catalog import schema
from flinklab.catalog.database import Database
from flinklab.domain.people import Role
from postgres import Login, PostgresServer, running_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server of our own. It can make login roles and databases."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def catalog_owner(postgres_server: PostgresServer) -> Login:
    """Who owns the catalog's database and its tables: no superuser."""
    return postgres_server.create_login("catalog_owner")


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: PostgresServer, catalog_owner: Login) -> str:
    name = postgres_server.create_database(catalog_owner)
    _make(postgres_server.url(name, catalog_owner), catalog_owner.name)
    return name


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "catalog.db"
    _make(f"sqlite:///{path}", getpass.getuser())
    return path


def _make(url: str, person: str) -> None:
    database = Database(url)
    try:
        with database.writing() as connection:
            schema.METADATA.create_all(connection)
            connection.execute(insert(schema.person).values(name=person))
            team_id = connection.execute(insert(schema.team).values(name="my")).inserted_primary_key[0]
            connection.execute(insert(schema.member).values(team_id=team_id, person=person, role=Role.ADMIN))
    finally:
        database.close()


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
def postgresql_url(postgres_server: PostgresServer, catalog_owner: Login, postgres_database: str) -> str:
    """The same catalog as its admin of team `my` connects to it."""
    return postgres_server.url(postgres_database, catalog_owner)


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
