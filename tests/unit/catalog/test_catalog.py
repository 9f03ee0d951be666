"""A catalog as a person opens it: which team is theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flinklab.api import open_catalog as open_by_settings
from flinklab.catalog.database import Database
from flinklab.catalog.people import People
from flinklab.domain.definitions import Definition, DefinitionKind, Name
from flinklab.domain.errors import NotPermittedError
from flinklab.domain.people import Role
from flinklab.settings import Settings
from postgres import Login, PostgresServer


@pytest.fixture
def newcomer_url(
    postgres_server: PostgresServer,
    catalog_owner: Login,
    postgres_database: str,
    open_catalog: Callable[[str], Database],
) -> str:
    """Of somebody who is viewer of `audit`, developer of `dw` and `ods`."""
    login = postgres_server.create_login("newcomer")
    people = People(open_catalog(postgres_server.url(postgres_database, catalog_owner)))
    people.add_person(login.name)
    for team, role in {"audit": Role.VIEWER, "ods": Role.DEVELOPER, "dw": Role.DEVELOPER}.items():
        people.create_team(team)
        people.grant(team, login.name, role)
    return postgres_server.url(postgres_database, login)


def test_without_a_team_in_the_settings_it_is_the_one_where_one_may_do_most(newcomer_url: str) -> None:
    with open_by_settings(Settings(catalog_url=newcomer_url)) as catalog:
        assert (catalog.team, catalog.teams) == ("dw", ("dw",))


def test_the_team_of_the_settings_stays_also_when_one_is_not_in_it(newcomer_url: str) -> None:
    with open_by_settings(Settings(catalog_url=newcomer_url, team="ods", search_path=("audit",))) as catalog:
        assert (catalog.team, catalog.teams) == ("ods", ("ods", "audit"))
    with open_by_settings(Settings(catalog_url=newcomer_url, team="sales")) as catalog:
        assert catalog.team == "sales"


def test_a_file_has_the_team_that_it_begins_with(sqlite_url: str) -> None:
    with open_by_settings(Settings(catalog_url=sqlite_url)) as catalog:
        assert catalog.team == "my"
        assert catalog.person == catalog.database.person


def test_a_viewer_who_writes_is_told_in_words(newcomer_url: str) -> None:
    table = Definition(Name("audit", "t"), DefinitionKind.TABLE, "CREATE TABLE t (a INT)")
    with open_by_settings(Settings(catalog_url=newcomer_url)) as catalog:
        with pytest.raises(NotPermittedError, match="your role in the team does not let you write definition rows"):
            catalog.definitions.save(table, expected=None)
        assert catalog.definitions.find([table.name]) == {}
