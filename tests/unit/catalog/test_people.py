"""Teams, people and roles, on both databases; on PostgreSQL as an ordinary person, and as the owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from sqlalchemy import delete, insert, select, text

from flinklab.catalog import schema
from flinklab.catalog.database import Database
from flinklab.catalog.people import People
from flinklab.domain.errors import ConflictError, FlinklabError, NotFoundError, NotPermittedError, UsageError
from flinklab.domain.people import Member, Role, Team
from postgres import Login, PostgresServer

Open = Callable[[str], Database]
_THEN = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture
def owner(
    postgres_server: PostgresServer, catalog_owner: Login, postgres_database: str, open_catalog: Open
) -> People:
    """The owner of the PostgreSQL catalog, who lets people in."""
    return People(open_catalog(postgres_server.url(postgres_database, catalog_owner)))


@pytest.fixture
def operator(request: pytest.FixtureRequest, database: Database) -> People:
    """Who lets people into the catalog that `database` is."""
    return request.getfixturevalue("owner") if database.is_shared else People(database)


@pytest.fixture
def names(postgres_server: PostgresServer) -> Iterator[Callable[[str], str]]:
    """`names("bob")`: a name that no login of the server has, whose login is dropped with the test."""
    made: list[str] = []

    def fresh(name: str) -> str:
        made.append(f"{name} {len(made)} o'x\"y")
        return made[-1]

    yield fresh
    for name in made:
        quoted = name.replace('"', '""')
        postgres_server.execute(f'DROP ROLE IF EXISTS "{quoted}"')


def test_a_catalog_begins_with_a_team_and_its_admin(people: People, database: Database) -> None:
    assert people.teams() == [Team("my")]
    assert people.members("my") == [Member("my", database.person, Role.ADMIN)]
    assert people.role("my") is Role.ADMIN
    assert people.roles() == {"my": Role.ADMIN}
    assert people.isolates == database.is_shared


@pytest.mark.parametrize(
    "name", ["orders", "o'brien", 'a"b', "x'); DROP TABLE team; --", "订单", "100%", ":name", "x" * 255]
)
def test_who_makes_a_team_is_its_admin(people: People, database: Database, name: str) -> None:
    assert people.create_team(name, "orders; and 'more'") == Team(name, "orders; and 'more'")
    assert Team(name, "orders; and 'more'") in people.teams()
    assert people.members(name) == [Member(name, database.person, Role.ADMIN)]
    people.drop_team(name)
    assert people.teams() == [Team("my")]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=25,
    deadline=None,
)
@given(name=st.text(max_size=300))
def test_any_text_makes_a_team_or_is_refused_by_a_clear_line(people: People, name: str) -> None:
    before = people.teams()
    try:
        people.create_team(name)
    except UsageError as error:
        assert error.message.isprintable()
    else:
        assert name in [team.name for team in people.teams()]
        people.drop_team(name)
    assert people.teams() == before


def test_a_name_is_taken_once(people: People) -> None:
    with pytest.raises(ConflictError, match="there is a team my already"):
        people.create_team("my")
    assert people.teams() == [Team("my")]


def test_a_team_with_something_in_it_is_kept(people: People, database: Database) -> None:
    with database.writing() as connection:
        number = connection.execute(select(schema.team.c.id)).scalar_one()
        variables = [{"name": name, "type": "string", "secret": False} for name in ("host", "port")]
        who = {"team_id": number, "changed_by": database.person, "changed_at": _THEN}
        connection.execute(insert(schema.variable), [{**each, **who} for each in variables])
        add_definition(connection, number, dropped=False)
    with pytest.raises(ConflictError, match=r"team my has 1 definition, 2 variables"):
        people.drop_team("my")
    assert people.teams() == [Team("my")]


def test_what_was_dropped_and_run_before_does_not_keep_a_team(people: People, database: Database) -> None:
    with database.writing() as connection:
        number = connection.execute(select(schema.team.c.id)).scalar_one()
        add_definition(connection, number, dropped=True)
        connection.execute(
            insert(schema.history).values(
                id="1",
                team_id=number,
                person=database.person,
                started_at=_THEN,
                sql="",
                source="",
                kind="query",
                outcome="finished",
            )
        )
    people.drop_team("my")
    assert people.teams() == []


def add_definition(connection: Any, team: int, *, dropped: bool) -> None:
    stamp = {"changed_by": "x", "changed_at": _THEN}
    made = connection.execute(
        insert(schema.definition)
        .values(team_id=team, name="t", kind="table", ddl="", dropped=dropped, **stamp)
        .returning(schema.definition.c.id)
    ).scalar_one()
    connection.execute(
        insert(schema.definition_version).values(
            definition_id=made, version=1, team_id=team, kind="table", ddl="", dropped=dropped, **stamp
        )
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda people: people.members("mye"),
        lambda people: people.drop_team("mye"),
        lambda people: people.grant("mye", "x", Role.VIEWER),
        lambda people: people.revoke("mye", "x"),
        lambda people: people.require("mye", Role.VIEWER),
    ],
)
def test_an_unknown_team_is_said_with_the_one_that_was_meant(
    people: People, call: Callable[[People], object]
) -> None:
    with pytest.raises(NotFoundError) as caught:
        call(people)
    assert str(caught.value) == "there is no team called 'mye' (did you mean my?)"


def test_people_are_let_in_granted_changed_and_revoked(
    people: People, operator: People, database: Database, names: Callable[[str], str]
) -> None:
    bob = names("bob")
    assert operator.add_person(bob) == database.is_shared
    assert bob in people.people()
    assert people.grant("my", bob, Role.VIEWER) == Member("my", bob, Role.VIEWER)
    people.grant("my", bob, Role.DEVELOPER)
    assert people.members("my") == [Member("my", database.person, Role.ADMIN), Member("my", bob, Role.DEVELOPER)]
    people.revoke("my", bob)
    assert people.members("my") == [Member("my", database.person, Role.ADMIN)]
    people.grant("my", bob, Role.VIEWER)
    operator.remove_person(bob)
    assert bob not in people.people()
    assert people.members("my") == [Member("my", database.person, Role.ADMIN)]


def test_unknown_people_are_said_with_the_one_that_was_meant(
    people: People, operator: People, database: Database, names: Callable[[str], str]
) -> None:
    wrong = database.person + "x"
    for call in (
        lambda: people.grant("my", wrong, Role.VIEWER),
        lambda: people.revoke("my", wrong),
        lambda: operator.remove_person(wrong),
    ):
        with pytest.raises(NotFoundError) as caught:
            call()
        assert str(caught.value).endswith(f"called '{wrong}' (did you mean {database.person}?)")


def test_a_person_is_let_in_once(operator: People, database: Database) -> None:
    with pytest.raises(ConflictError, match=f"{database.person} is in the catalog already"):
        operator.add_person(database.person)


def test_a_team_keeps_an_admin(people: People, operator: People, database: Database) -> None:
    me = database.person
    for call in (
        lambda: people.grant("my", me, Role.DEVELOPER),
        lambda: people.revoke("my", me),
        lambda: operator.remove_person(me),
    ):
        with pytest.raises(ConflictError) as caught:
            call()
        assert str(caught.value) == f"{me} is the only admin of team my (make somebody else one: flinklab grant)"
    assert people.members("my") == [Member("my", me, Role.ADMIN)]


def test_an_admin_can_leave_to_another(
    people: People, operator: People, database: Database, names: Callable[[str], str]
) -> None:
    bob = names("bob")
    operator.add_person(bob)
    people.grant("my", bob, Role.ADMIN)
    people.revoke("my", database.person)
    assert people.role("my") is None


def test_on_sqlite_every_role_will_do(sqlite_url: str, open_catalog: Open) -> None:
    database = open_catalog(sqlite_url)
    people = People(database)
    with database.writing() as connection:
        connection.execute(delete(schema.member))
    assert people.role("my") is None
    people.require("my", Role.ADMIN)
    with pytest.raises(UsageError, match="SQLite has no logins"):
        people.add_person("bob", password="x")
    assert people.people() == [database.person]


class Shared:
    """The PostgreSQL catalog as several people."""

    def __init__(self, server: PostgresServer, database: str, owner: People, open_catalog: Open) -> None:
        self.server, self.database, self.owner, self._open = server, database, owner, open_catalog

    def person(self, role: Role | None, team: str = "my") -> People:
        login = self.server.create_login("person")
        self.owner.add_person(login.name)
        if role is not None:
            self.owner.grant(team, login.name, role)
        return People(self._open(self.server.url(self.database, login)))


@pytest.fixture
def shared(postgres_server: PostgresServer, postgres_database: str, owner: People, open_catalog: Open) -> Shared:
    return Shared(postgres_server, postgres_database, owner, open_catalog)


@pytest.mark.parametrize("own", list(Role))
def test_a_role_includes_the_ones_before_it(shared: Shared, catalog_person: Login, own: Role) -> None:
    people = shared.person(own)
    admins = sorted({catalog_person.name} | ({people._database.person} if own is Role.ADMIN else set()))
    assert people.role("my") is own
    for needed in Role:
        if own >= needed:
            people.require("my", needed)
            continue
        with pytest.raises(NotPermittedError) as caught:
            people.require("my", needed)
        assert f"{needed.name.lower()} of team my; you are a {own.name.lower()}" in caught.value.message
        assert caught.value.hint == f"who can grant it: {', '.join(admins)}"


def test_a_team_of_others_is_as_good_as_none(shared: Shared) -> None:
    people = shared.person(None)
    assert people.teams() == [] and people.roles() == {}
    with pytest.raises(NotFoundError, match="there is no team called 'my'"):
        people.members("my")
    with pytest.raises(ConflictError, match="there is a team my already"):
        people.create_team("my")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
def test_members_are_changed_by_admins(shared: Shared, role: Role) -> None:
    people = shared.person(role)
    before = people.members("my")
    for call in (
        lambda: people.grant("my", before[-1].person, Role.ADMIN),
        lambda: people.revoke("my", before[0].person),
        lambda: people.drop_team("my"),
    ):
        with pytest.raises(NotPermittedError, match="an admin of team my"):
            call()
    assert people.members("my") == before


def test_people_are_let_in_and_out_by_the_owner(shared: Shared, postgresql_url: str, open_catalog: Open) -> None:
    admin = People(open_catalog(postgresql_url))
    with pytest.raises(NotPermittedError, match="let in and out by the catalog's owner"):
        admin.add_person("mallory")
    with pytest.raises(NotPermittedError, match="let in and out by the catalog's owner"):
        admin.remove_person(shared.person(None)._database.person)


def test_the_owner_and_supervisors_are_admins_of_all_teams(shared: Shared, open_catalog: Open) -> None:
    login = shared.server.create_login("supervisor")
    shared.server.execute(f"GRANT flinklab_supervisor TO {login.name}")
    supervisor = People(open_catalog(shared.server.url(shared.database, login)))
    for people in (shared.owner, supervisor):
        assert people.role("my") is Role.ADMIN
        people.require("my", Role.ADMIN)
        assert people.role("none") is None


def test_a_login_is_made_with_its_password(shared: Shared, names: Callable[[str], str]) -> None:
    bob, password = names("bob"), "se'cret\"; DROP TABLE team; --"
    assert shared.owner.add_person(bob, password=password)
    with connect(shared, bob, password) as connection:
        assert connection.execute("SELECT session_user, count(*) FROM team").fetchone() == (bob, 0)
    with pytest.raises(ConflictError, match="keeps its password"):
        shared.owner.remove_person(bob)
        shared.owner.add_person(bob, password="another")
    assert bob not in shared.owner.people()
    assert not shared.owner.add_person(bob)  # the login is still there, and is let in again


def connect(shared: Shared, name: str, password: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host=shared.server.host, port=shared.server.port, user=name, password=password, dbname=shared.database
    )


def test_who_was_let_out_gets_nothing(shared: Shared, names: Callable[[str], str]) -> None:
    bob = names("bob")
    shared.owner.add_person(bob, password="x")
    shared.owner.grant("my", bob, Role.DEVELOPER)
    shared.owner.remove_person(bob)
    with connect(shared, bob, "x") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM team")


def test_a_password_is_in_no_statement_and_no_error(
    shared: Shared, names: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    shared.server.execute("ALTER SYSTEM SET log_statement = 'all'")
    shared.server.execute("SELECT pg_reload_conf()")
    try:
        shared.owner.add_person(names("bob"), password="hunter2hunter2")
        with pytest.raises(FlinklabError) as caught:
            shared.owner.add_person("pg_reserved", password="hunter2hunter2")
    finally:
        shared.server.execute("ALTER SYSTEM RESET log_statement")
        shared.server.execute("SELECT pg_reload_conf()")
    assert caught.value.message.startswith("the server refused the login 'pg_reserved'")
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "hunter2" not in repr(chain) and "SCRAM" not in str(chain)
        chain = chain.__cause__
    assert "hunter2" not in caplog.text and "SCRAM" not in caplog.text
    logged = shared.server.execute("SELECT pg_read_file('../log')")[0][0]
    assert "CREATE ROLE" in logged and "hunter2" not in logged
    assert "pg_reserved" not in shared.owner.people()


def test_a_login_whose_name_would_be_cut_is_refused(owner: People) -> None:
    with pytest.raises(UsageError, match=r"at most 63 bytes: .* has 66"):
        owner.add_person("é" * 33)


def test_an_owner_who_may_not_make_logins_is_told_what_to_run(
    shared: Shared, catalog_owner: Login, names: Callable[[str], str]
) -> None:
    bob = names("bob")
    quoted = bob.replace('"', '""')
    shared.server.execute(f"ALTER ROLE {catalog_owner.name} NOCREATEROLE")
    try:
        with pytest.raises(NotPermittedError) as caught:
            shared.owner.add_person(bob)
    finally:
        shared.server.execute(f"ALTER ROLE {catalog_owner.name} CREATEROLE")
    assert caught.value.hint == f'let its administrator run: CREATE ROLE "{quoted}" LOGIN;'
    assert bob not in shared.owner.people()


def test_nothing_is_half_made_when_the_catalog_refuses(shared: Shared, names: Callable[[str], str]) -> None:
    bob = names("bob")
    with shared.owner._database.writing() as connection:
        connection.execute(text("ALTER TABLE person ADD CONSTRAINT nobody CHECK (false) NOT VALID"))
    with pytest.raises(FlinklabError):
        shared.owner.add_person(bob, password="x")
    count = shared.server.execute(
        sql.SQL("SELECT count(*) FROM pg_roles WHERE rolname = {}").format(sql.Literal(bob))
    )
    assert count == [(0,)]
