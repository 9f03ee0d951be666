"""What a person with a PostgreSQL login and a Python prompt can reach, past every class of ours: their own teams.

Every attack is made over a plain connection, as a second login role; each test's transaction is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql
from sqlalchemy import create_engine

from flinklab.catalog import audit_triggers, audited, isolation, lifecycle, schema
from flinklab.domain.errors import NotPermittedError
from postgres import Login, PostgresServer

Rows = list[tuple[Any, ...]]
_MARK = "of-bobs-team"
_TEAM_TABLES = sorted(set(schema.METADATA.tables) - {"person", "supervisor"})
_SEEN = {  # by supervisors, who alone write it
    *("attempt", "checkpoint", "cluster_lease", "cluster_status", "event"),
    *("job_failure", "job_graph", "series_chunk", "series_sample", "series_subject"),
}
_WRITTEN = sorted(set(_TEAM_TABLES) - {"team", "member", "audit"} - _SEEN)
_BY_VIEWERS = {"usage", "history"}
_THINGS = ("gateway", "storage", "cluster", "yarn", "pool", "snippet", "session", "environment")


class Prompt:
    """A person's plain connection."""

    def __init__(self, server: PostgresServer, database: str, login: Login) -> None:
        self.name = login.name
        self.connection = psycopg.connect(
            host=server.host,
            port=server.port,
            user=login.name,
            password=login.password,
            dbname=database,
            options="-c lock_timeout=10s",
        )

    def __call__(self, statement: str, *values: Any) -> Rows:
        cursor = self.connection.execute(sql.SQL(statement), values or None)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []

    def count(self, statement: str, *values: Any) -> int:
        """How many rows an UPDATE or a DELETE reached."""
        return self.connection.execute(sql.SQL(statement), values or None).rowcount  # type: ignore[arg-type]

    def refused(self, statement: str, *values: Any) -> str:
        """The message of the refusal; the transaction goes on."""
        with pytest.raises(psycopg.Error) as caught, self.connection.transaction():
            self(statement, *values)
        return str(caught.value.diag.message_primary)


class Place:
    """A catalog with team `a` of ann (admin), dev (developer) and vic (viewer), and team `b` of bob."""

    def __init__(self, server: PostgresServer, owner: Login) -> None:
        self.server, self.owner = server, owner
        self.database = server.create_database(owner)
        self.url = server.url(self.database, owner)
        lifecycle.init(self.url)
        self.logins = {name: server.create_login(name) for name in ("ann", "dev", "vic", "bob", "sue", "new")}
        for name, login in self.logins.items():
            role = isolation.SUPERVISORS if name == "sue" else isolation.USERS
            server.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(login.name)))
        with self.open("owner").connection as connection:
            for login in self.logins.values():
                connection.execute("INSERT INTO person (name) VALUES (%s)", (login.name,))
            for team, people in {"a": {"ann": 3, "dev": 2, "vic": 1}, "b": {"bob": 3}}.items():
                number = connection.execute(
                    "INSERT INTO team (name, description) VALUES (%s, %s) RETURNING id", (team, _MARK)
                ).fetchone()
                assert number is not None
                for name, role in people.items():
                    connection.execute(
                        "INSERT INTO member VALUES (%s, %s, %s)", (number[0], self.logins[name].name, role)
                    )
                fill(connection, number[0], self.logins[next(iter(people))].name)

    def open(self, name: str) -> Prompt:
        return Prompt(self.server, self.database, self.owner if name == "owner" else self.logins[name])


def fill(connection: psycopg.Connection[Any], team: int, person: str) -> None:
    """A row in every table that a team has rows in."""
    name = f"{_MARK}-{team}"
    stamp = {"changed_by": person, "changed_at": "2026-01-01Z"}

    def add(table: str, **values: Any) -> Any:
        columns = sql.SQL(", ").join(map(sql.Identifier, values))
        marks = sql.SQL(", ").join(sql.Placeholder() * len(values))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *")
        row = connection.execute(
            statement.format(sql.Identifier(table), columns, marks), list(values.values())
        ).fetchone()
        assert row is not None
        return row[0]

    definition = add("definition", team_id=team, name=name, kind="table", ddl=_MARK, connector=name, **stamp)
    add("definition_version", definition_id=definition, version=1, team_id=team, kind="table", ddl=_MARK, **stamp)
    add(
        "usage",
        team_id=team,
        user_kind="notebook",
        user_name=name,
        target_kind="definition",
        target_team=name,
        target=name,
        how="reads",
        seen_at="2026-01-01Z",
        seen_by=person,
    )
    add("environment", team_id=team, name=name)
    secret = add("variable", team_id=team, name=name, type="string", secret=True, **stamp)
    add("variable_value", variable_id=secret, environment="*", team_id=team, value="env:" + _MARK)
    add("variable_value", variable_id=secret, environment="prod", team_id=team, cipher=_MARK.encode())
    plain = add("variable", team_id=team, name="plain", type="string", secret=False, **stamp)
    add("variable_value", variable_id=plain, environment="*", team_id=team, value=_MARK)
    add("gateway", team_id=team, name=name, url=_MARK, **stamp)
    add("storage", team_id=team, name=name, uri=_MARK, **stamp)
    add("cluster", team_id=team, name=name, kind="yarn", yarn=name, **stamp)
    add("yarn", team_id=team, name=name, urls=f'["{_MARK}"]', **stamp)
    add("pool", team_id=team, name=name, labels=f'["{_MARK}"]', **stamp)
    add("cluster_address", team_id=team, cluster=name, url=_MARK)
    add("snippet", team_id=team, name=name, text=_MARK, **stamp)
    add("session", team_id=team, name=name, **stamp)
    add(
        "history",
        id=name,
        team_id=team,
        person=person,
        started_at="2026-01-01Z",
        sql=_MARK,
        source=_MARK,
        kind="query",
        outcome="finished",
    )
    fill_jobs(add, team, name, person)


def fill_jobs(add: Callable[..., Any], team: int, name: str, person: str) -> None:
    then = "2026-01-01Z"
    add("job_version", team_id=team, name=name, number=1, fingerprint=_MARK, made_by=person, made_at=then)
    plan = {"environment": "dev", "text_hash": "", "document": _MARK, "shape": "", "made_at": then}
    add("job_plan", team_id=team, name=name, number=1, **plan)
    job = add(
        "job",
        team_id=team,
        name=name,
        environment="dev",
        cluster=name,
        number=1,
        changed_by=person,
        changed_at=then,
    )
    of_job = {"job_id": job, "team_id": team}
    add("job_status", **of_job, state="draft", since=then)
    order = {"state": "waiting", "is_open": True, "step": "new", "asked_by": person, "asked_at": then}
    add("command", **of_job, id=name, kind="start", **order)
    add(
        "attempt",
        **of_job,
        id=name,
        number=1,
        flink_id=name,
        version=1,
        state="running",
        live=True,
        cluster=name,
        planned_at=then,
    )
    add("checkpoint", **of_job, flink_id=name, checkpoint_id=1, status="completed", path=_MARK)
    add("event", **of_job, at=then, kind="state", text=_MARK)
    add("job_graph", **of_job, at=then)
    add("job_failure", **of_job, flink_id=name, at=then, digest="", message=_MARK)
    subject = add("series_subject", **of_job)
    add("series_sample", subject_id=subject, at=1, team_id=team, data=_MARK.encode())
    add("series_chunk", subject_id=subject, tier=0, start=1, team_id=team, times=1, data=_MARK.encode())
    add("cluster_lease", team_id=team, cluster=name, holder=name, epoch=1, until=then)
    add("cluster_status", team_id=team, cluster=name, remark=_MARK)


@pytest.fixture(scope="module")
def place(postgres_server: PostgresServer, catalog_owner: Login) -> Iterator[Place]:
    place = Place(postgres_server, catalog_owner)
    yield place
    postgres_server.drop_database(place.database)


@pytest.fixture
def open_as(place: Place) -> Iterator[Callable[[str], Prompt]]:
    opened: list[Prompt] = []

    def open_as(name: str) -> Prompt:
        opened.append(place.open(name))
        return opened[-1]

    yield open_as
    for prompt in opened:
        prompt.connection.rollback()
        prompt.connection.close()


@pytest.fixture
def ann(open_as: Callable[[str], Prompt]) -> Prompt:
    return open_as("ann")


@pytest.fixture
def dev(open_as: Callable[[str], Prompt]) -> Prompt:
    return open_as("dev")


@pytest.fixture
def vic(open_as: Callable[[str], Prompt]) -> Prompt:
    return open_as("vic")


@pytest.fixture
def sue(open_as: Callable[[str], Prompt]) -> Prompt:
    return open_as("sue")


@pytest.fixture
def numbers(open_as: Callable[[str], Prompt]) -> dict[str, int]:
    """The ids of the teams, as only the owner knows them both."""
    owner = open_as("owner")
    found = dict(owner("SELECT name, id FROM team"))
    owner.connection.rollback()
    return found


@pytest.mark.parametrize("table", _TEAM_TABLES)
@pytest.mark.parametrize("name", ["ann", "dev", "vic"])
def test_a_person_sees_the_rows_of_their_team_and_only_those(
    open_as: Callable[[str], Prompt], numbers: dict[str, int], table: str, name: str
) -> None:
    column = "id" if table == "team" else "team_id"
    assert open_as(name)(f"SELECT DISTINCT {column} FROM {table}") == [(numbers["a"],)]
    assert len(open_as("owner")(f"SELECT DISTINCT {column} FROM {table}")) == 2


@pytest.mark.parametrize("table", _TEAM_TABLES)
def test_who_is_in_no_team_sees_nothing(open_as: Callable[[str], Prompt], table: str) -> None:
    assert open_as("new")(f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize("table", _TEAM_TABLES)
def test_copy_gives_no_more_than_select_does(ann: Prompt, numbers: dict[str, int], table: str) -> None:
    with ann.connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        lines = b"".join(copy).decode().splitlines()
    assert len(lines) == ann(f"SELECT count(*) FROM {table}")[0][0]
    assert not any(f"{_MARK}-{numbers['b']}" in line for line in lines)


@pytest.mark.parametrize("table", _TEAM_TABLES)
def test_row_security_cannot_be_switched_off(ann: Prompt, table: str) -> None:
    ann("SET row_security = off")
    assert "would be affected by row-level security" in ann.refused(f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", _TEAM_TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE {} CASCADE",
        "DROP TABLE {} CASCADE",
        "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON {} USING (true)",
        "DROP POLICY flinklab_select ON {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "CREATE TRIGGER mine AFTER INSERT ON {} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE INDEX ON {} ((1))",
    ],
)
def test_tables_and_their_policies_are_the_owners(ann: Prompt, table: str, statement: str) -> None:
    before = ann(f"SELECT count(*) FROM {table}")
    assert ann.refused(statement.format(table))
    assert ann(f"SELECT count(*) FROM {table}") == before


@pytest.mark.parametrize("table", _TEAM_TABLES)
def test_what_one_may_is_not_passed_on(ann: Prompt, table: str) -> None:
    ann(f"GRANT ALL ON {table} TO PUBLIC")  # PostgreSQL only warns of a grant of nothing
    assert ann(
        "SELECT count(*) FROM information_schema.role_table_grants WHERE grantee = 'PUBLIC' AND table_name = %s",
        table,
    ) == [(0,)]


@pytest.mark.parametrize("table", _TEAM_TABLES)
def test_another_teams_rows_cannot_be_changed_or_removed(
    open_as: Callable[[str], Prompt], ann: Prompt, numbers: dict[str, int], table: str
) -> None:
    column = "id" if table == "team" else "team_id"
    content = (
        f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} AS t WHERE {column} = {numbers['b']}"
    )
    before = open_as("owner")(content)
    for target in (
        f"{column} = {numbers['b']}",
        f"{column} <> {numbers['a']}",
        f"'{_MARK}' <> '' AND {column} > {numbers['a']}",
    ):
        for column_to_set in (c.name for c in schema.METADATA.tables[table].columns):
            try:
                with ann.connection.transaction():
                    reached = ann.count(f'UPDATE {table} SET "{column_to_set}" = "{column_to_set}" WHERE {target}')
            except errors.InsufficientPrivilege:
                continue
            assert reached == 0
        try:
            with ann.connection.transaction():
                assert ann.count(f"DELETE FROM {table} WHERE {target}") == 0
        except errors.InsufficientPrivilege:
            pass
    ann.connection.commit()
    assert open_as("owner")(content) == before


@pytest.mark.parametrize("table", _TEAM_TABLES)
def test_no_row_moves_to_another_team(ann: Prompt, numbers: dict[str, int], table: str) -> None:
    column = "id" if table == "team" else "team_id"
    assert "permission denied" in ann.refused(f"UPDATE {table} SET {column} = {numbers['b']}")


@pytest.mark.parametrize("table", sorted(_SEEN))
@pytest.mark.parametrize("name", ["ann", "dev", "vic"])
def test_what_supervisors_see_only_they_write(
    open_as: Callable[[str], Prompt], numbers: dict[str, int], name: str, table: str
) -> None:
    prompt = open_as(name)
    columns = [c.name for c in schema.METADATA.tables[table].columns if c.autoincrement is not True]
    names = ", ".join(f'"{name}"' for name in columns)
    for statement in (
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {table}",
        *(f'UPDATE {table} SET "{column}" = "{column}"' for column in columns),
        f"DELETE FROM {table}",
        f"SELECT * FROM {table} FOR UPDATE",
    ):
        assert "permission denied" in prompt.refused(statement)


@pytest.mark.parametrize("table", [*_WRITTEN, "member"])
def test_no_row_is_put_into_another_team(ann: Prompt, numbers: dict[str, int], table: str) -> None:
    columns = [c.name for c in schema.METADATA.tables[table].columns if c.autoincrement is not True]
    chosen = ", ".join(str(numbers["b"]) if name == "team_id" else f'"{name}"' for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    said = ann.refused(f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {table}")
    assert said == f'new row violates row-level security policy for table "{table}"'


def test_a_team_that_is_not_there_and_one_of_others_are_refused_alike(ann: Prompt, numbers: dict[str, int]) -> None:
    def attempt(team: int) -> str:
        return ann.refused("INSERT INTO environment (team_id, name) VALUES (%s, 'x')", team)

    assert attempt(numbers["b"]) == attempt(987_654)


def test_another_teams_definition_is_no_parent(
    open_as: Callable[[str], Prompt], dev: Prompt, numbers: dict[str, int]
) -> None:
    owner = open_as("owner")
    theirs = owner("SELECT id FROM definition WHERE team_id = %s", numbers["b"])[0][0]
    variable = owner("SELECT id FROM variable WHERE team_id = %s", numbers["b"])[0][0]

    def version(definition: int, number: int) -> str:
        return dev.refused(
            "INSERT INTO definition_version (definition_id, version, team_id, kind, ddl, changed_by, changed_at)"
            " VALUES (%s, %s, %s, 'table', '', '', now())",
            definition,
            number,
            numbers["a"],
        )

    def value(variable: int) -> str:
        return dev.refused(
            "INSERT INTO variable_value (variable_id, environment, team_id) VALUES (%s, 'x', %s)",
            variable,
            numbers["a"],
        )

    # The same words whether the parent, and the row itself, is there or not.
    assert {version(theirs, 1), version(theirs, 2), version(987_654, 1)} == {
        'new row violates row-level security policy for table "definition_version"'
    }
    assert (
        value(variable) == value(987_654) == 'new row violates row-level security policy for table "variable_value"'
    )


@pytest.mark.parametrize(
    "condition",
    [
        "1 / (CASE WHEN ddl = '{mark}' AND team_id <> {a} THEN 0 ELSE 1 END) = 1",
        "CASE WHEN team_id <> {a} THEN CAST(name AS integer) > 0 ELSE true END",
        "pg_temp.tell(name)",
    ],
)
def test_a_condition_is_never_worked_out_on_a_row_of_others(
    ann: Prompt, numbers: dict[str, int], condition: str
) -> None:
    ann(
        "CREATE FUNCTION pg_temp.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS"
        " $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$"
    )
    told: list[str] = []
    ann.connection.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
    where = condition.format(mark=_MARK, a=numbers["a"])
    ann(f"SELECT 1 FROM definition WHERE team_id <> {numbers['a']} AND {where}")
    ann(f"SELECT 1 FROM definition, (VALUES (1)) AS v WHERE {where}")
    assert not any(str(numbers["b"]) in line.removeprefix(_MARK) for line in told)
    assert bool(told) == ("tell" in condition)


def test_a_leakproof_function_is_only_a_superusers(ann: Prompt) -> None:
    assert "only superuser" in ann.refused(
        "CREATE FUNCTION pg_temp.tell(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true'"
    )


@pytest.mark.parametrize("view", ["pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"])
def test_statistics_of_columns_are_not_shown(open_as: Callable[[str], Prompt], ann: Prompt, view: str) -> None:
    open_as("owner").connection.execute("ANALYZE")
    where = "WHERE schemaname = 'public' AND tablename <> 'person'"
    assert ann(f"SELECT count(*) FROM {view} {where}") == [(0,)]
    assert "permission denied" in ann.refused("SELECT * FROM pg_statistic")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.definition2 (a int)",
        "CREATE FUNCTION public.flinklab_teams(smallint) RETURNS bigint[] LANGUAGE sql AS 'SELECT NULL::bigint[]'",
        "CREATE VIEW public.v AS SELECT 1",
        "CREATE OPERATOR public.= (LEFTARG = bigint, RIGHTARG = text, FUNCTION = int8eq)",
        "CREATE SCHEMA mine",
        "ALTER FUNCTION flinklab_teams(integer) SECURITY INVOKER",
        "CREATE OR REPLACE FUNCTION flinklab_teams(least_role integer) RETURNS bigint[]"
        " LANGUAGE sql AS 'SELECT ARRAY[1::bigint]'",
        "CREATE EXTENSION pg_trgm",
        "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()",
    ],
)
def test_nothing_is_made_beside_the_owners_objects(ann: Prompt, statement: str) -> None:
    assert ann.refused(statement)


def test_objects_of_a_temporary_schema_do_not_get_in_the_way(ann: Prompt, numbers: dict[str, int]) -> None:
    ann("CREATE TEMP TABLE member (team_id bigint, person text, role int)")
    ann("CREATE TEMP TABLE team AS SELECT 1::bigint AS id")
    ann("INSERT INTO member VALUES (%s, session_user, 3)", numbers["b"])
    ann("CREATE FUNCTION pg_temp.pg_has_role(name, name, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'")
    ann("CREATE FUNCTION pg_temp.int8eq(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'")
    ann("CREATE OPERATOR pg_temp.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = pg_temp.int8eq)")
    ann("SET search_path = pg_temp, public, pg_catalog")
    assert ann("SELECT public.flinklab_teams(1)") == [([numbers["a"]],)]
    assert ann("SELECT DISTINCT team_id FROM public.definition") == [(numbers["a"],)]


@pytest.mark.parametrize("role", [isolation.SUPERVISORS, "postgres", "catalog_owner", "pg_read_all_data", "bob"])
def test_no_role_is_taken_or_given(place: Place, ann: Prompt, role: str) -> None:
    role = {"bob": place.logins["bob"].name, "catalog_owner": place.owner.name}.get(role, role)
    for statement in (
        f"SET ROLE {role}",
        f"SET SESSION AUTHORIZATION {role}",
        f"GRANT {role} TO {ann.name}",
        f"ALTER ROLE {ann.name} SUPERUSER",
        f"ALTER ROLE {ann.name} BYPASSRLS",
        f"GRANT {isolation.SUPERVISORS} TO {ann.name}",
        "CREATE ROLE another",
    ):
        assert ann.refused(statement)


def test_taking_the_group_role_changes_nothing(ann: Prompt, numbers: dict[str, int]) -> None:
    ann(f"SET ROLE {isolation.USERS}")
    assert ann("SELECT DISTINCT team_id FROM snippet") == [(numbers["a"],)]
    ann(
        "INSERT INTO snippet (team_id, name, text, changed_by, changed_at) VALUES (%s, 'x', '', '', now())",
        numbers["a"],
    )
    assert ann("SELECT changed_by FROM snippet WHERE name = 'x'") == [(ann.name,)]


@pytest.mark.parametrize("table", sorted(set(_WRITTEN) - _BY_VIEWERS))
def test_viewers_write_nothing_of_the_team(vic: Prompt, numbers: dict[str, int], table: str) -> None:
    columns = [c.name for c in schema.METADATA.tables[table].columns if c.autoincrement is not True]
    names = ", ".join(f'"{name}"' for name in columns)
    assert "row-level security" in vic.refused(f"INSERT INTO {table} ({names}) SELECT {names} FROM {table}")
    written = next(name for name in ("ddl", "name", "value", "state", "url") if name in columns)
    for statement in (f"UPDATE {table} SET {written} = {written}", f"DELETE FROM {table}"):
        try:
            with vic.connection.transaction():
                assert vic.count(statement) == 0
        except errors.InsufficientPrivilege:
            pass
    assert vic("SELECT flinklab_teams(1), flinklab_teams(2)") == [([numbers["a"]], [])]


def test_developers_write_what_is_the_teams(dev: Prompt, numbers: dict[str, int]) -> None:
    for table in ("definition", "variable", *_THINGS):
        assert dev.count(f"UPDATE {table} SET name = name || '2'") > 0
    assert dev.count("UPDATE variable_value SET value = ''") == 3
    for table in ("variable", *_THINGS):
        assert dev.count(f"DELETE FROM {table}") > 0
    assert dev("SELECT count(*) FROM variable_value") == [(0,)]


def test_versions_of_a_definition_are_only_added_to(
    open_as: Callable[[str], Prompt], dev: Prompt, sue: Prompt
) -> None:
    for prompt in (dev, sue):
        assert "permission denied" in prompt.refused("UPDATE definition_version SET ddl = ''")
        assert "permission denied" in prompt.refused("DELETE FROM definition_version")
        assert "permission denied" in prompt.refused("DELETE FROM definition")
    assert "only added to" in open_as("owner").refused("UPDATE definition_version SET ddl = ''")


@pytest.mark.parametrize("table", ["job_version", "job_plan"])
def test_versions_and_plans_of_jobs_are_only_added_to(
    open_as: Callable[[str], Prompt], dev: Prompt, sue: Prompt, table: str
) -> None:
    for prompt in (dev, sue):
        prompt(
            "INSERT INTO job_version (team_id, name, number, fingerprint, made_by, made_at)"
            " SELECT team_id, name, 2, '', 'bob', '1999-01-01Z' FROM job_version"
        )
        assert prompt("SELECT DISTINCT made_by, made_at = now() FROM job_version WHERE number = 2") == [
            (prompt.name, True)
        ]
        prompt.connection.rollback()
        assert "permission denied" in prompt.refused(f"UPDATE {table} SET flink_version = ''")
        assert "permission denied" in prompt.refused(f"DELETE FROM {table}")
    assert "only added to" in open_as("owner").refused(f"UPDATE {table} SET flink_version = ''")


_NEW_JOB = (
    "INSERT INTO job (team_id, name, environment, cluster, number, wanted, changed_by, changed_at)"
    " SELECT team_id, 'new', environment, cluster, number, %s, 'bob', '1999-01-01Z' FROM job WHERE team_id = %s"
)


def test_developers_add_jobs_that_do_not_run_and_change_none(
    dev: Prompt, vic: Prompt, sue: Prompt, numbers: dict[str, int]
) -> None:
    dev(_NEW_JOB, False, numbers["a"])
    assert dev("SELECT changed_by, changed_at = now() FROM job WHERE name = 'new'") == [(dev.name, True)]
    assert "row-level security" in dev.refused(_NEW_JOB.replace("'new'", "'run'"), True, numbers["a"])
    assert "row-level security" in vic.refused(_NEW_JOB, False, numbers["a"])
    sue(_NEW_JOB.replace("'new'", "'run'"), True, numbers["a"])
    for prompt in (dev, vic):
        for column in ("wanted", "number", "cluster", "deployment", "policies", "restore", "changed_by"):
            assert "permission denied" in prompt.refused(f"UPDATE job SET {column} = {column}")
        assert "permission denied" in prompt.refused("DELETE FROM job")


def test_developers_say_of_a_job_no_more_than_that_it_is_new(
    dev: Prompt, sue: Prompt, numbers: dict[str, int]
) -> None:
    dev(_NEW_JOB, False, numbers["a"])
    state = "INSERT INTO job_status (job_id, team_id, state, since) SELECT id, team_id, %s, now() FROM job"
    assert "row-level security" in dev.refused(f"{state} WHERE name = 'new'", "running")
    dev(f"{state} WHERE name = 'new'", "draft")
    for statement in ("UPDATE job_status SET state = 'running'", "DELETE FROM job_status"):
        assert "permission denied" in dev.refused(statement)
    assert sue.count("UPDATE job_status SET state = 'running'") == 2


_ORDER = (
    "INSERT INTO command (id, job_id, team_id, kind, state, is_open, step, asked_by, asked_at)"
    " SELECT 'x', id, team_id, 'stop', 'waiting', true, 'new', 'bob', '1999-01-01Z' FROM job WHERE team_id = %s"
)


def test_a_command_is_its_askers_and_never_changed_by_people(
    dev: Prompt, vic: Prompt, numbers: dict[str, int]
) -> None:
    dev(_ORDER, numbers["a"])
    assert dev("SELECT asked_by, asked_at > now() - interval '1 min' FROM command WHERE id = 'x'") == [
        (dev.name, True)
    ]
    assert "row-level security" in vic.refused(_ORDER, numbers["a"])
    for prompt in (dev, vic):
        for column in ("state", "is_open", "arguments", "asked_by", "kind", "outcome", "job_id"):
            assert "permission denied" in prompt.refused(f"UPDATE command SET {column} = {column}")
        assert "permission denied" in prompt.refused("DELETE FROM command")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", "'running'"),
        ("is_open", "false"),
        ("step", "'starting'"),
        ("trigger", "'t'"),
        ("before", """'{"number": 1}'"""),
        ("savepoint", "'s3://evil'"),
        ("outcome", "'all is well'"),
        ("attempt", "'a'"),
        *((column, "now()") for column in ("begun_at", "step_at", "ended_at")),
    ],
)
def test_a_command_is_not_asked_for_as_if_it_had_begun(
    dev: Prompt, numbers: dict[str, int], column: str, value: str
) -> None:
    usual = {"state": "'waiting'", "is_open": "true", "step": "'new'"}
    values = {**usual, column: value}
    statement = (
        f"INSERT INTO command (id, job_id, team_id, kind, asked_by, asked_at, {', '.join(values)})"
        f" SELECT 'x', id, team_id, 'stop', '', now(), {', '.join(values.values())} FROM job"
    )
    assert "row-level security" in dev.refused(statement)


def test_who_asked_for_a_command_is_not_changed_by_supervisors(sue: Prompt, numbers: dict[str, int]) -> None:
    before = sue("SELECT asked_by, asked_at FROM command ORDER BY id")
    sue("UPDATE command SET asked_by = 'bob', asked_at = now(), state = 'running'")
    assert sue("SELECT asked_by, asked_at FROM command ORDER BY id") == before
    sue(_ORDER.replace("'bob'", "'the clock'"), numbers["b"])
    assert sue("SELECT asked_by FROM command WHERE id = 'x'") == [("the clock",)]


def test_supervisors_write_what_they_see_of_every_team(sue: Prompt) -> None:
    for table in (*_SEEN, "job", "job_status", "command"):
        columns = [c.name for c in schema.METADATA.tables[table].columns]
        told = ("state", "status", "text", "holder", "remark", "cluster", "document", "message", "data")
        column = next(name for name in told if name in columns)
        assert sue.count(f"UPDATE {table} SET {column} = {column}") == 2
        for fixed in {"id", "team_id", "job_id", "subject_id", "tier"} & set(columns):
            assert "permission denied" in sue.refused(f"UPDATE {table} SET {fixed} = {fixed}")
    for table in sorted(_SEEN):  # samples and chunks go before their subject, and not with it
        assert sue.count(f"DELETE FROM {table}") == 2
    assert sue.count("DELETE FROM job") == 2
    assert sue("SELECT count(*) FROM command") == [(0,)]


def test_another_teams_job_is_no_parent(
    open_as: Callable[[str], Prompt], dev: Prompt, sue: Prompt, numbers: dict[str, int]
) -> None:
    theirs = open_as("owner")("SELECT id FROM job WHERE team_id = %s", numbers["b"])[0][0]

    def refused(prompt: Prompt, table: str, columns: str, values: str, job: int) -> str:
        return prompt.refused(
            f"INSERT INTO {table} (job_id, team_id, {columns}) VALUES (%s, %s, {values})", job, numbers["a"]
        )

    order = ("id, kind, state, is_open, step, asked_by, asked_at", "'x', 'stop', 'waiting', true, 'new', '', now()")
    said = {refused(dev, "command", *order, job) for job in (theirs, 987_654)}
    assert said == {'new row violates row-level security policy for table "command"'}
    assert "row-level security" in refused(sue, "command", *order, theirs)
    assert "row-level security" in refused(dev, "job_status", "state, since", "'draft', now()", theirs)
    event = ("at, kind, text", "now(), 'state', ''")
    assert "row-level security" in refused(sue, "event", *event, theirs)
    assert "row-level security" in refused(sue, "series_subject", "cluster", "''", theirs)


def test_another_teams_subject_is_no_parent(sue: Prompt, numbers: dict[str, int]) -> None:
    theirs = sue("SELECT id FROM series_subject WHERE team_id = %s", numbers["b"])[0][0]
    for table, columns, values in (("series_sample", "at", "7"), ("series_chunk", "tier, start, times", "0, 7, 1")):
        adding = f"INSERT INTO {table} (subject_id, team_id, {columns}, data) VALUES (%s, %s, {values}, '')"
        assert "row-level security" in sue.refused(adding, theirs, numbers["a"])
        assert sue.count(adding, theirs, numbers["b"]) == 1


def test_supervisors_are_seen_by_everybody_and_sign_in_themselves(ann: Prompt, sue: Prompt) -> None:
    sign_in = "INSERT INTO supervisor VALUES ('s', 'host', 1, now(), now())"
    for statement in (sign_in, "DELETE FROM supervisor", "UPDATE supervisor SET seen_at = now()"):
        assert "permission denied" in ann.refused(statement)
    assert ann("SELECT name FROM supervisor") == []
    sue(sign_in)
    assert sue.count("UPDATE supervisor SET seen_at = now()") == sue.count("DELETE FROM supervisor") == 1


def test_the_audit_is_written_by_triggers_alone(open_as: Callable[[str], Prompt], ann: Prompt, sue: Prompt) -> None:
    for prompt in (ann, sue):
        for statement in (
            "INSERT INTO audit (at, person, action, table_name, key) VALUES (now(), 'bob', 'insert', 'team', 'x')",
            "UPDATE audit SET person = 'bob'",
            "DELETE FROM audit",
            "SELECT flinklab_audit_snippet()",
        ):
            assert "permission denied" in prompt.refused(statement)
    for statement in ("UPDATE audit SET person = 'bob'", "DELETE FROM audit", "TRUNCATE audit"):
        assert "only added to" in open_as("owner").refused(statement)


def test_who_changed_a_row_and_when_is_not_believed(dev: Prompt, numbers: dict[str, int]) -> None:
    dev("UPDATE snippet SET changed_by = 'bob', changed_at = '1999-01-01Z'")
    assert dev("SELECT changed_by, changed_at = now() FROM snippet") == [(dev.name, True)]
    dev(
        "INSERT INTO usage (team_id, user_kind, user_name, target_kind, target_team, target, how, seen_at, seen_by)"
        " VALUES (%s, 'job', 'j', 'variable', 'a', 'v', 'uses', '1999-01-01Z', 'bob')",
        numbers["a"],
    )
    assert dev("SELECT seen_by, seen_at = now() FROM usage WHERE user_name = 'j'") == [(dev.name, True)]
    dev(
        "INSERT INTO definition_version (definition_id, version, team_id, kind, ddl, changed_by, changed_at)"
        " SELECT id, 2, team_id, kind, ddl, 'bob', '1999-01-01Z' FROM definition"
    )
    assert dev("SELECT changed_by, changed_at = now() FROM definition_version WHERE version = 2") == [
        (dev.name, True)
    ]


def test_secrets_are_developers(open_as: Callable[[str], Prompt], vic: Prompt, dev: Prompt) -> None:
    assert vic("SELECT environment, value, cipher FROM variable_value") == [("*", _MARK, None)]
    assert len(dev("SELECT * FROM variable_value")) == 3
    assert vic("SELECT 1 FROM variable_value WHERE cipher IS NOT NULL OR value LIKE 'env:%%'") == []
    assert dev.count("UPDATE variable SET secret = true") == 2
    assert "row-level security" not in str(dev("SELECT count(*) FROM variable_value"))


def test_a_value_becomes_unseen_with_its_variable(
    open_as: Callable[[str], Prompt], dev: Prompt, vic: Prompt
) -> None:
    dev("UPDATE variable SET secret = true WHERE name = 'plain'")
    dev.connection.commit()
    try:
        assert vic("SELECT * FROM variable_value") == []
    finally:
        dev("UPDATE variable SET secret = false WHERE name = 'plain'")
        dev.connection.commit()


def test_what_is_encrypted_is_developers_whatever_its_variable_says(dev: Prompt, vic: Prompt) -> None:
    where = "WHERE environment = '*' AND value = %s"
    dev(f"UPDATE variable_value SET cipher = 'x' {where}", _MARK)
    dev.connection.commit()
    try:
        assert vic("SELECT * FROM variable_value") == []
    finally:
        dev(f"UPDATE variable_value SET cipher = NULL {where}", _MARK)
        dev.connection.commit()


def test_a_row_is_of_the_team_of_its_parent_for_those_in_both(sue: Prompt, numbers: dict[str, int]) -> None:
    parents = "FROM {} WHERE team_id = %s"
    for table, statement in {
        "variable_value": "INSERT INTO variable_value (variable_id, environment, team_id) SELECT id, 'x', %s "
        + parents.format("variable"),
        "definition_version": "INSERT INTO definition_version"
        " (definition_id, version, team_id, kind, ddl, changed_by, changed_at) SELECT id, 9, %s, '', '', '', now() "
        + parents.format("definition"),
    }.items():
        said = sue.refused(statement, numbers["a"], numbers["b"])
        assert said == f'new row violates row-level security policy for table "{table}"'
        sue(statement, numbers["b"], numbers["b"])


def test_history_is_written_as_oneself(vic: Prompt, dev: Prompt, ann: Prompt, numbers: dict[str, int]) -> None:
    def add(person: str, number: str) -> tuple[str, tuple[Any, ...]]:
        return (
            "INSERT INTO history (id, team_id, person, started_at, sql, source, kind, outcome)"
            " VALUES (%s, %s, %s, now(), '', '', 'query', 'running')",
            (number, numbers["a"], person),
        )

    statement, values = add(vic.name, "1")
    vic(statement, *values)
    assert vic.count("UPDATE history SET outcome = 'finished'") == 1  # not ann's
    statement, values = add("bob", "2")
    assert "row-level security" in vic.refused(statement, *values)
    assert "permission denied" in vic.refused("UPDATE history SET person = 'bob'")
    assert vic.count("DELETE FROM history") == 0
    assert dev.count("UPDATE history SET error = 'x'") == 0
    assert ann.count("DELETE FROM history") == 1


def test_an_address_is_noted_by_developers_and_supervisors(
    dev: Prompt, vic: Prompt, sue: Prompt, numbers: dict[str, int]
) -> None:
    """A viewer could send the team's supervisors to a JobManager that is none."""
    assert vic.count("UPDATE cluster_address SET url = 'x'") == 0
    adding = "INSERT INTO cluster_address (team_id, cluster, url) VALUES (%s, 'new', 'x')"
    assert "row-level security" in vic.refused(adding, numbers["a"])
    vic.connection.rollback()
    assert dev.count("UPDATE cluster_address SET url = 'x', application = 'y', found_at = now()") == 1
    assert "permission denied" in dev.refused("UPDATE cluster_address SET cluster = 'x'")
    dev.connection.rollback()
    assert dev.count(adding, numbers["a"]) == 1
    assert "row-level security" in dev.refused(adding, numbers["b"])
    dev.connection.rollback()
    assert dev.count("DELETE FROM cluster_address") == 1
    dev.connection.rollback()
    assert sue.count("UPDATE cluster_address SET url = 'x'") == 2
    assert [sue.count(adding, numbers[team]) for team in ("a", "b")] == [1, 1]


def test_usage_is_noted_by_viewers_and_cleared_by_developers(vic: Prompt, dev: Prompt) -> None:
    assert vic.count("UPDATE usage SET seen_at = now()") == 1
    assert "permission denied" in vic.refused("UPDATE usage SET target = 'x'")
    vic.connection.rollback()
    assert vic.count("DELETE FROM usage") == 0
    assert dev.count("DELETE FROM usage") == 1


@pytest.mark.parametrize("name", ["dev", "vic"])
def test_only_admins_say_who_is_in_the_team(
    open_as: Callable[[str], Prompt], numbers: dict[str, int], name: str
) -> None:
    prompt = open_as(name)
    assert prompt.count("UPDATE member SET role = 3") == 0
    assert prompt.count("DELETE FROM member") == 0
    assert prompt.count("UPDATE team SET description = ''") == 0
    new = open_as("new").name
    assert "row-level security" in prompt.refused("INSERT INTO member VALUES (%s, %s, 1)", numbers["a"], new)


def test_admins_say_who_is_in_the_team(
    open_as: Callable[[str], Prompt], ann: Prompt, numbers: dict[str, int]
) -> None:
    ann("INSERT INTO member VALUES (%s, %s, 1)", numbers["a"], open_as("new").name)
    assert ann.count("UPDATE member SET role = 2 WHERE person = %s", open_as("new").name) == 1
    assert ann.count("DELETE FROM member WHERE person = %s", open_as("new").name) == 1
    assert "permission denied" in ann.refused("UPDATE member SET person = 'bob'")


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM member WHERE person = session_user", "UPDATE member SET role = 2", "DELETE FROM member"],
)
def test_a_team_is_never_without_an_admin(ann: Prompt, statement: str) -> None:
    ann(statement)
    with pytest.raises(errors.InsufficientPrivilege, match="without an admin"):
        ann.connection.commit()


def test_one_admin_can_make_way_for_another(ann: Prompt, dev: Prompt) -> None:
    ann("UPDATE member SET role = 5 - role WHERE role > 1")  # ann a developer, dev an admin
    ann("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_of_two_admins_who_leave_together_one_stays(
    open_as: Callable[[str], Prompt], numbers: dict[str, int], level: str
) -> None:
    owner, people = open_as("owner"), [open_as("bob"), open_as("new")]
    owner("INSERT INTO member VALUES (%s, %s, 3)", numbers["b"], people[1].name)
    owner.connection.commit()
    for prompt in people:
        prompt(f"SET TRANSACTION ISOLATION LEVEL {level}")
        assert prompt.count("UPDATE member SET role = 1 WHERE person = session_user") == 1

    def commit(prompt: Prompt) -> bool:
        try:
            prompt.connection.commit()
        except (errors.InsufficientPrivilege, errors.SerializationFailure):
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(commit, people))
    admins = owner("SELECT count(*) FROM member WHERE team_id = %s AND role = 3", numbers["b"])
    owner("UPDATE member SET role = 3 WHERE person = %s", people[0].name)
    owner("DELETE FROM member WHERE person = %s", people[1].name)
    owner.connection.commit()
    assert sorted(outcomes) == [False, True]
    assert admins == [(1,)]


def test_supervisors_serve_all_teams(sue: Prompt, numbers: dict[str, int]) -> None:
    for table in (*_WRITTEN, *_SEEN):
        assert len(sue(f"SELECT DISTINCT team_id FROM {table}")) == 2
    assert sue.count("UPDATE snippet SET text = 'x'") == 2
    assert sue.count("DELETE FROM gateway") == 2
    sue("INSERT INTO environment (team_id, name) VALUES (%s, 'x')", numbers["b"])
    assert sorted(sue("SELECT unnest(flinklab_teams(3))")) == sorted((number,) for number in numbers.values())


def test_a_person_makes_a_team_and_is_its_admin(open_as: Callable[[str], Prompt]) -> None:
    new = open_as("new")
    assert "permission denied" in new.refused("INSERT INTO team (name) VALUES ('mine')")
    number = new("SELECT flinklab_create_team('it''s mine', 'ours')")[0][0]
    assert new("SELECT id, name, description FROM team") == [(number, "it's mine", "ours")]
    assert new("SELECT * FROM member") == [(number, new.name, 3)]
    assert "unique" in new.refused("SELECT flinklab_create_team('it''s mine')")
    new("SELECT flinklab_drop_team('it''s mine')")
    new("SET CONSTRAINTS ALL IMMEDIATE")
    assert new("SELECT * FROM team") == []


@pytest.mark.parametrize("name", ["", " a", "a ", "a\nb", "a\x1bb", "x" * 256, None])
def test_what_cannot_be_a_teams_name_is_refused_by_the_server_too(ann: Prompt, name: str | None) -> None:
    assert ann.refused("SELECT flinklab_create_team(%s)", name)


@pytest.mark.parametrize(("name", "team"), [("ann", "b"), ("dev", "a"), ("vic", "a"), ("ann", "nobodys")])
def test_a_team_is_dropped_by_its_admins(open_as: Callable[[str], Prompt], name: str, team: str) -> None:
    assert open_as(name).refused("SELECT flinklab_drop_team(%s)", team) == "only an admin of a team can drop it"


def test_a_team_with_things_in_it_is_not_dropped(ann: Prompt) -> None:
    assert "foreign key" in ann.refused("SELECT flinklab_drop_team('a')")


def test_names_of_people_are_seen_and_not_written(ann: Prompt, sue: Prompt) -> None:
    assert (ann.name,) in ann("SELECT name FROM person")
    for statement in (
        "INSERT INTO person (name) VALUES ('x')",
        "DELETE FROM person",
        "UPDATE person SET name = 'x'",
    ):
        assert "permission denied" in ann.refused(statement)
    sue("INSERT INTO person (name) VALUES ('x')")


@pytest.mark.parametrize("function", ["flinklab_teams(3)", "flinklab_create_team('x')", "flinklab_drop_team('a')"])
def test_who_has_not_the_group_role_gets_nowhere(place: Place, function: str) -> None:
    stranger = Prompt(place.server, place.database, place.server.create_login("stranger"))
    try:
        assert "permission denied" in stranger.refused(f"SELECT {function}")
        for table in schema.METADATA.tables:
            assert "permission denied" in stranger.refused(f"SELECT * FROM {table}")
    finally:
        stranger.connection.close()


def test_server_side_files_programs_and_others_large_objects_are_out_of_reach(
    open_as: Callable[[str], Prompt], ann: Prompt
) -> None:
    bob = open_as("bob")
    number = bob("SELECT lo_from_bytea(0, 'x')")[0][0]
    bob.connection.commit()
    for statement in (
        f"SELECT lo_get({number})",
        "SELECT lo_import('/etc/passwd')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY snippet FROM '/etc/passwd'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'; SELECT 1/0",
        "SET session_replication_role = replica",
        "ALTER SYSTEM SET row_security = off",
    ):
        assert ann.refused(statement)
    bob("SELECT lo_unlink(%s)", number)
    bob.connection.commit()


def test_what_others_run_is_not_shown(open_as: Callable[[str], Prompt], ann: Prompt) -> None:
    bob = open_as("bob")
    bob(f"SELECT '{_MARK}'")
    shown = ann("SELECT query FROM pg_stat_activity WHERE pid = %s", bob.connection.info.backend_pid)
    assert shown == [("<insufficient privilege>",)]


def test_copying_rows_in_is_refused(ann: Prompt, numbers: dict[str, int]) -> None:
    with (
        pytest.raises(errors.FeatureNotSupported),
        ann.connection.cursor().copy("COPY environment (team_id, name) FROM STDIN") as copy,
    ):
        copy.write_row((numbers["a"], "x"))


def test_installing_again_is_no_harm(place: Place, ann: Prompt, numbers: dict[str, int]) -> None:
    engine = create_engine(place.url)
    with engine.begin() as connection:
        isolation.install(connection)
        audit_triggers.install(connection)
    engine.dispose()
    assert ann("SELECT DISTINCT team_id FROM definition") == [(numbers["a"],)]


def test_every_table_of_the_schema_has_its_rule(open_as: Callable[[str], Prompt]) -> None:
    guarded = open_as("owner")(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace"
    )
    assert {name for (name,) in guarded} == set(_TEAM_TABLES)


def test_every_function_that_looks_past_the_policies_guards_itself(
    place: Place, open_as: Callable[[str], Prompt]
) -> None:
    owner = open_as("owner")
    functions = owner(
        "SELECT oid::regprocedure::text, proconfig, has_function_privilege('public', oid, 'EXECUTE') FROM pg_proc"
        " WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert {name.partition("(")[0] for name, _, _ in functions} >= {
        "flinklab_teams",
        "flinklab_create_team",
        "flinklab_drop_team",
        "flinklab_keep_an_admin",
        *(f"flinklab_audit_{table}" for table in audited.AUDITED),
    }
    for name, settings, anybody in functions:
        assert any(setting.startswith("search_path=pg_catalog") for setting in settings or ()), name
        assert not anybody, name


@pytest.mark.parametrize("guess", ["hidden", "no such thing"])
@pytest.mark.parametrize(
    "search",
    [
        "SELECT * FROM flinklab_search('x', ARRAY[%s], ARRAY[%s], '{{}}', NULL, NULL, NULL, NULL, 10)",
        "SELECT * FROM flinklab_search('x', NULL, NULL, ARRAY[%s], NULL, NULL, NULL, NULL, 10)",
        "SELECT * FROM flinklab_search_history(%s, 10)",
    ],
)
def test_a_pattern_that_ends_in_an_escape_does_not_tell_what_others_have(
    open_as: Callable[[str], Prompt], ann: Prompt, numbers: dict[str, int], search: str, guess: str
) -> None:
    owner = open_as("owner")
    owner("UPDATE definition SET search = 'hidden things' WHERE team_id = %s", numbers["b"])
    owner("UPDATE history SET sql = 'SELECT hidden things' WHERE team_id = %s", numbers["b"])
    owner.connection.commit()
    values = [f"%{guess}\\"] * search.count("%s")
    assert "a pattern ends with an escape" in ann.refused(search.replace("{{}}", "{}"), *values)


def test_an_owner_who_may_not_make_roles_is_told_what_to_run(postgres_server: PostgresServer) -> None:
    owner = postgres_server.create_login("owner")
    engine = create_engine(postgres_server.url(postgres_server.create_database(owner), owner))
    try:
        with pytest.MonkeyPatch.context() as patch, engine.begin() as connection:
            patch.setattr(isolation, "USERS", "flinklab_missing")
            with pytest.raises(NotPermittedError, match="role flinklab_missing is missing") as caught:
                isolation.create_roles(connection)
            connection.rollback()
    finally:
        engine.dispose()
    assert caught.value.hint is not None and "CREATE ROLE flinklab_missing" in caught.value.hint


def test_a_schema_in_which_anybody_makes_objects_is_refused(postgres_server: PostgresServer) -> None:
    owner = postgres_server.create_login("owner")
    name = postgres_server.create_database(owner)
    postgres_server.execute("ALTER SCHEMA public OWNER TO postgres", name)
    postgres_server.execute("GRANT ALL ON SCHEMA public TO PUBLIC", name)
    engine = create_engine(postgres_server.url(name, owner))
    try:
        with engine.begin() as connection:
            with pytest.raises(NotPermittedError, match="anybody may create objects in the schema public"):
                isolation.install(connection)
            connection.rollback()
    finally:
        engine.dispose()


def test_several_make_the_roles_at_the_same_moment(postgres_server: PostgresServer) -> None:
    engine = create_engine(postgres_server.url("postgres"))
    roles = {"USERS": "flinklab_race_1", "SUPERVISORS": "flinklab_race_2"}

    def make(_: int) -> None:
        with engine.begin() as connection:
            isolation.create_roles(connection)

    try:
        with pytest.MonkeyPatch.context() as patch:
            for attribute, role in roles.items():
                patch.setattr(isolation, attribute, role)
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(make, range(8)))
    finally:
        engine.dispose()
    there = postgres_server.execute("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'flinklab_race_%'")
    assert there == [(2,)]


def test_membership_is_worked_out_once_for_a_statement_and_found_in_an_index(
    postgres_server: PostgresServer, catalog_owner: Login
) -> None:
    place = Place(postgres_server, catalog_owner)
    owner, vic = place.open("owner"), place.open("vic")
    try:
        owner.connection.autocommit = True
        owner("INSERT INTO team (name) SELECT 'team ' || n FROM generate_series(1, 49) AS n")
        owner(
            "INSERT INTO definition (team_id, name, kind, ddl, changed_by, changed_at)"
            " SELECT team.id, 't' || n, 'table', '', '', now() FROM team, generate_series(1, 400) AS n"
        )
        owner("ANALYZE")
        for query in (
            "SELECT count(*) FROM definition",
            "SELECT * FROM definition WHERE name = 't7' AND team_id = (SELECT id FROM team WHERE name = 'a')",
        ):
            explained = vic(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")[0][0][0]["Plan"]
            nodes = list(walk(explained))
            assert {node["Actual Loops"] for node in nodes if node.get("Parent Relationship") == "InitPlan"} == {1}
            assert not any("flinklab_teams" in node.get("Filter", "") for node in nodes)
            assert any("team_id = ANY" in node.get("Index Cond", "") for node in nodes)
            assert not any(node.get("Relation Name") == "definition" for node in nodes if is_sequential(node))
    finally:
        owner.connection.close()
        vic.connection.close()
        postgres_server.drop_database(place.database)


def is_sequential(node: dict[str, Any]) -> bool:
    return bool(node["Node Type"] == "Seq Scan")


def walk(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from walk(child)
