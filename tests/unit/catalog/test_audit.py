"""The audit, written by triggers whatever client makes the change; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from flinklab.catalog import audited, schema
from flinklab.catalog.audit import Audit
from flinklab.catalog.commands import Commands
from flinklab.catalog.database import Database
from flinklab.catalog.people import People
from flinklab.domain.errors import CatalogError, NotFoundError, UsageError
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import CommandKind, CommandState, Step
from flinklab.domain.people import Change, Role
from flinklab.domain.variables import MASK, USUAL
from job_records import Site, a_job, an_order
from postgres import Login, PostgresServer

_THEN = datetime(2026, 1, 1, tzinfo=timezone.utc)
_SECRET = "hunter2"


@pytest.fixture
def audit(database: Database) -> Audit:
    return Audit(database)


def my(connection: Connection) -> int:
    return int(connection.execute(select(schema.team.c.id).where(schema.team.c.name == "my")).scalar_one())


def add(database: Database, table: Any, **values: Any) -> Any:
    """Insert a row of team `my` as its stores do; its key."""
    with database.writing() as connection:
        if "changed_by" in table.c:
            values |= {"changed_by": database.person, "changed_at": _THEN}
        row = insert(table).values(team_id=my(connection), **values).returning(*table.primary_key.columns)
        return connection.execute(row).one()[-1 if "name" in table.primary_key.columns else 0]


def change(database: Database, table: Any, **values: Any) -> None:
    with database.writing() as connection:
        connection.execute(update(table).values(**values))


def shown(change: Change) -> tuple[Any, ...]:
    return change.action, change.table, change.key, change.before, change.after


_ROWS: dict[str, dict[str, Any]] = {
    "definition": {"name": "t", "kind": "table", "ddl": "CREATE TABLE t", "connector": "kafka", "tags": ["ods"]},
    "environment": {"name": "live", "description": "it's live"},
    "variable": {"name": "v", "type": "string", "secret": True},
    "gateway": {"name": "g", "url": "http://g"},
    "storage": {"name": "s", "uri": "s3://b/x"},
    "cluster": {"name": "c", "kind": "yarn", "labels": ["etl"]},
    "yarn": {"name": "y", "urls": ["http://rm1", "http://rm2"], "flink_homes": {"2.3": "/opt/flink"}},
    "pool": {"name": "p", "labels": ["etl"]},
    "snippet": {"name": "n", "text": "SELECT 'a\"b';\n"},
    "session": {"name": "n", "statements": ["SET 'a' = 'b'", "USE x"]},
}


@pytest.mark.parametrize("name", sorted(_ROWS))
def test_what_is_added_changed_and_removed_is_recorded(database: Database, audit: Audit, name: str) -> None:
    table, row = schema.METADATA.tables[name], _ROWS[name]
    with database.writing() as connection:
        connection.execute(delete(schema.environment))  # those that a team begins with
    start = len(audit.changes("my"))
    add(database, table, **row)
    column = {"definition": "comment", "storage": "uri", "snippet": "text", "session": "statements"}.get(
        name, "description"
    )
    new: Any = ["RESET"] if name == "session" else 'another\'s "one"'
    change(database, table, **{column: new})
    removed = name != "definition" or not database.is_shared  # there it is only marked as dropped
    if removed:
        with database.writing() as connection:
            connection.execute(delete(table))
    changes = audit.changes("my")[: len(audit.changes("my")) - start]
    assert [one.action for one in changes] == (["delete"] if removed else []) + ["update", "insert"]
    inserted, updated = changes[-1], changes[-2]
    assert (inserted.team, inserted.table, inserted.key) == ("my", name, row["name"])
    assert inserted.person == updated.person == database.person
    assert inserted.before is None and inserted.after is not None
    for key, value in row.items():
        if key != "ddl":
            assert inserted.after[key] == value
    assert updated.before == {column: row.get(column, "")}
    assert updated.after == {column: new}
    if removed:
        assert changes[0].after is None and changes[0].before is not None
        assert changes[0].before[column] == new


def test_every_table_of_the_team_is_audited_but_records_themselves(database: Database) -> None:
    of_teams = {name for name, table in schema.METADATA.tables.items() if "team_id" in table.c}
    what_was_seen = {"attempt", "checkpoint", "cluster_lease", "cluster_status", "event", "job_status"}
    what_was_seen |= {"cluster_address"}
    what_was_seen |= {"job_failure", "job_graph", "series_chunk", "series_sample", "series_subject"}
    only_added = {"audit", "definition_version", "job_plan", "job_version"}
    assert of_teams - set(audited.AUDITED) == {"history", "usage", *only_added, *what_was_seen}
    assert set(audited.AUDITED) - of_teams == {"team"}


def test_the_moment_is_the_changes(database: Database, audit: Audit) -> None:
    before = datetime.now(timezone.utc) - timedelta(seconds=5)
    add(database, schema.environment, name="lab")
    at = audit.changes(key="lab")[0].at
    assert before < at < datetime.now(timezone.utc) + timedelta(seconds=5)
    assert audit.changes(since=at)[0].key == "lab"
    assert audit.changes(since=at + timedelta(seconds=1)) == []


def test_a_change_that_is_rolled_back_leaves_no_line(database: Database, audit: Audit) -> None:
    before = audit.changes()
    with pytest.raises(RuntimeError), database.writing() as connection:
        connection.execute(insert(schema.environment).values(team_id=my(connection), name="x"))
        raise RuntimeError
    assert audit.changes() == before


def test_a_change_of_nothing_leaves_no_line(database: Database, audit: Audit) -> None:
    add(database, schema.snippet, name="n", text="x")
    before = audit.changes()
    change(database, schema.snippet, text="x", changed_at=_THEN + timedelta(days=1))
    assert audit.changes() == before


def test_values_of_variables_are_in_no_line(database: Database, audit: Audit) -> None:
    variable = add(database, schema.variable, name="password", type="string", secret=True)
    add(database, schema.variable_value, variable_id=variable, environment="prod", value=_SECRET)
    add(database, schema.variable_value, variable_id=variable, environment="dev", cipher=_SECRET.encode())
    change(database, schema.variable_value, value=_SECRET * 2, cipher=None)
    lines = audit.changes(table="variable_value", key="password")
    prod, dev = {"environment": "prod"}, {"environment": "dev"}
    assert sorted(map(shown, lines), key=str) == sorted(
        [
            ("insert", "variable_value", "password", None, prod),
            ("insert", "variable_value", "password", None, dev),
            ("update", "variable_value", "password", prod, prod),
            ("update", "variable_value", "password", dev, dev),
        ],
        key=str,
    )
    assert _SECRET not in repr(audit.changes()) and _SECRET.encode().hex() not in repr(audit.changes())
    with database.writing() as connection:
        connection.execute(delete(schema.variable_value).where(schema.variable_value.c.environment == "dev"))
        connection.execute(delete(schema.variable))
    # The values that go with their variable need no line of their own.
    assert [(one.action, one.table) for one in audit.changes(limit=2)] == [
        ("delete", "variable"),
        ("delete", "variable_value"),
    ]


_ACCESS = {
    "token": _SECRET,
    "password": "env:PASSWORD",
    "other": _SECRET,
    "headers": {"X-Key": _SECRET},
    "basic": ["ann", _SECRET],
    "file": "file:/run/secret",
    "ring": "keyring:a/b",
    "timeout": 2.5,
    "trust_env": True,
    "nothing": None,
}
_MASKED = {
    **_ACCESS,
    **dict.fromkeys(("token", "other", "headers", "basic"), "******"),
}


def test_of_what_may_hold_credentials_only_references_are_recorded(database: Database, audit: Audit) -> None:
    add(database, schema.gateway, name="g", url="http://g", access=_ACCESS)
    line = audit.changes(table="gateway")[0]
    assert line.after is not None
    assert line.after["access"] == _MASKED
    assert line.after["url"] == "http://g"
    change(database, schema.gateway, access={**_ACCESS, "token": _SECRET + "3"})
    line = audit.changes(table="gateway")[0]
    assert (line.before, line.after) == ({"access": _MASKED}, {"access": _MASKED})
    assert _SECRET not in repr(audit.changes())


@pytest.mark.parametrize("odd", [[_SECRET], _SECRET, 7, None])
def test_what_is_no_object_is_not_recorded(database: Database, audit: Audit, odd: Any) -> None:
    add(database, schema.gateway, name="g", url="", access=odd)
    after = audit.changes(table="gateway")[0].after
    assert after is not None and after.get("access") is None


def test_settings_of_a_cluster_are_recorded_but_for_sensitive_ones(database: Database, audit: Audit) -> None:
    defaults = {"parallelism.default": "4", "s3.Secret-key": _SECRET, "security.token": "env:T", "a'b\"c": "it's"}
    add(database, schema.cluster, name="c", kind="yarn", defaults=defaults)
    after = audit.changes(table="cluster")[0].after
    assert after is not None and after["defaults"] == {**defaults, "s3.Secret-key": "******"}


def test_what_a_session_is_made_with_is_recorded_but_for_its_configuration(
    database: Database, audit: Audit
) -> None:
    sizing = {"slots": 8, "queue": "etl", "config": {"s3.secret-key": _SECRET}, "token": _SECRET}
    add(database, schema.cluster, name="c", kind="yarn", sizing=sizing)
    after = audit.changes(table="cluster")[0].after
    assert after is not None and after["sizing"] == {**sizing, "config": MASK, "token": MASK}


def test_of_a_yarn_neither_access_nor_sensitive_settings_are_recorded(database: Database, audit: Audit) -> None:
    defaults = {"taskmanager.numberOfTaskSlots": "4", "s3.secret-key": _SECRET}
    add(database, schema.yarn, name="y", access=_ACCESS, defaults=defaults)
    after = audit.changes(table="yarn")[0].after
    assert after is not None and after["access"] == _MASKED
    assert after["defaults"] == {**defaults, "s3.secret-key": MASK}


def test_teams_and_members_are_recorded(database: Database, audit: Audit) -> None:
    people = People(database)
    people.create_team("orders", "ours")
    *environments, member, team = [shown(line) for line in audit.changes("orders")]
    assert {key for _, table, key, _, _ in environments if table == "environment"} == set(USUAL)
    assert [member, team] == [
        ("insert", "member", database.person, None, {"person": database.person, "role": int(Role.ADMIN)}),
        ("insert", "team", "orders", None, {"name": "orders", "description": "ours"}),
    ]


def test_the_record_of_a_team_outlives_it(
    request: pytest.FixtureRequest, database: Database, audit: Audit, open_catalog: Callable[[str], Database]
) -> None:
    people = People(database)
    people.create_team("gone")
    people.drop_team("gone")
    reader = audit
    if database.is_shared:
        with pytest.raises(NotFoundError):  # its people are no more
            audit.changes("gone")
        server: PostgresServer = request.getfixturevalue("postgres_server")
        owner: Login = request.getfixturevalue("catalog_owner")
        reader = Audit(open_catalog(server.url(request.getfixturevalue("postgres_database"), owner)))
    lines = reader.changes("gone")
    assert {line.team for line in lines} == {"gone"}
    of_people = [(line.action, line.table, line.team) for line in lines if line.table != "environment"]
    assert of_people == [
        ("delete", "team", "gone"),
        ("delete", "member", "gone"),
        ("insert", "member", "gone"),
        ("insert", "team", "gone"),
    ]


def test_lines_are_found_by_what_was_changed_and_by_whom(database: Database, audit: Audit) -> None:
    for name in ("a", "b", "c"):
        add(database, schema.snippet, name=name, text="x")
    add(database, schema.environment, name="a")
    assert [line.key for line in audit.changes(table="snippet")] == ["c", "b", "a"]
    assert [line.key for line in audit.changes("my", table="snippet", limit=2)] == ["c", "b"]
    assert {line.table for line in audit.changes(key="a")} == {"snippet", "environment"}
    assert len(audit.changes(person=database.person, table="snippet")) == 3
    assert audit.changes(person="nobody; DROP TABLE audit") == []


def test_an_unknown_team_and_table_are_said(audit: Audit) -> None:
    with pytest.raises(NotFoundError, match=r"no team called 'mye'"):
        audit.changes("mye")
    with pytest.raises(UsageError) as caught:
        audit.changes(table="definitions")
    assert str(caught.value) == "changes of 'definitions' are not recorded (did you mean definition?)"


def test_the_audit_and_versions_are_only_added_to(database: Database, audit: Audit) -> None:
    definition = add(database, schema.definition, name="t", kind="table", ddl="")
    add(database, schema.definition_version, definition_id=definition, version=1, kind="table", ddl="x")
    before = audit.changes()
    for statement in (
        "UPDATE audit SET person = 'x'",
        "DELETE FROM audit",
        "UPDATE definition_version SET ddl = ''",
    ):
        refusal = pytest.raises(CatalogError, match=r"is only added to|permission denied")
        with refusal, database.writing() as connection:
            connection.execute(text(statement))
    assert audit.changes() == before


def test_in_sqlite_the_change_is_the_rows_own_changers(
    sqlite_url: str, open_catalog: Callable[[str], Database]
) -> None:
    database = open_catalog(sqlite_url)
    audit = Audit(database)
    add(database, schema.snippet, name="n", text="x")
    change(database, schema.snippet, text="y", changed_by="bob")
    assert audit.changes()[0].person == "bob"
    add(database, schema.environment, name="lab")
    assert audit.changes()[0].person == database.person  # the only one in the catalog
    People(database).add_person("bob")
    add(database, schema.environment, name="live")
    assert audit.changes()[0].person == ""  # one of two: it is not known who


def test_a_command_is_recorded_when_it_is_asked_for_and_when_it_is_over(site: Site, audit: Audit) -> None:
    job = site.jobs.add(a_job(deployment=Deployment(2, {"a": _SECRET})))
    order = Commands(site.database).ask(
        an_order(job, CommandKind.CONFIGURE, priority=3, deployment={"config": {"a": _SECRET}})
    )
    ledger = site.take()
    for step in (Step.SAVING, Step.STOPPING):
        ledger.keep(replace(order, step=step, step_at=_THEN, savepoint="s3://s"))
    ledger.keep(replace(order, state=CommandState.DONE, outcome="taken over", ended_at=_THEN))
    over, asked, made = audit.changes("my")[:3]
    assert (over.action, over.table, over.key) == ("update", "command", "orders")
    assert over.before == {"kind": "configure", "state": "waiting", "outcome": ""}
    assert over.after == {"kind": "configure", "state": "done", "outcome": "taken over"}
    assert (asked.action, asked.person, asked.key) == ("insert", site.database.person, "orders")
    assert asked.after is not None
    assert asked.after["arguments"] == {"priority": 3, "deployment": MASK}
    assert (made.action, made.table, made.key) == ("insert", "job", "orders")
    assert made.after is not None
    assert made.after["deployment"] == {"parallelism": 2, "config": MASK, "backend": ""}
    assert _SECRET not in str(audit.changes("my"))


def test_of_a_job_that_is_deleted_one_line_is_recorded(site: Site, audit: Audit) -> None:
    job = site.jobs.add(a_job())
    Commands(site.database).ask(an_order(job, CommandKind.DELETE, points="keep"))
    before = len(audit.changes("my"))
    site.take().delete(job.id)
    gone, *_ = audit.changes("my")
    assert (gone.action, gone.table, gone.key, gone.after) == ("delete", "job", "orders", None)
    assert len(audit.changes("my")) == before + 1
