"""The schema from each revision to the newest, on both databases, with rows in it."""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, insert, inspect, select, text

from flinklab.catalog import lifecycle, revisions
from flinklab.catalog.database import Database
from flinklab.catalog.migrating import alembic_config, migrate
from flinklab.catalog.revisions import known_revisions, newest_revision, revision_of
from flinklab.catalog.schema import METADATA
from flinklab.domain.errors import CatalogError, SchemaVersionError
from postgres import Login, PostgresServer

pytestmark = pytest.mark.usefixtures("catalogs_made_in_full")

Open = Callable[[str], Database]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    postgres_server: PostgresServer,
    catalog_owner: Login,
    open_catalog: Open,
) -> Iterator[Database]:
    """A database in which nothing is, as its owner."""
    if request.param == "sqlite":
        yield open_catalog(f"sqlite:///{tmp_path}/catalog.db")
    else:
        name = postgres_server.create_database(catalog_owner)
        yield open_catalog(postgres_server.url(name, catalog_owner))
        postgres_server.drop_database(name)


SEARCHES = ("definition_search", "history_search")


def fill(connection: Connection) -> dict[str, dict[str, Any]]:
    """One row in each table, whatever the tables are; the rows."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: not name.startswith((*SEARCHES, "alembic")))
    rows: dict[str, dict[str, Any]] = {}
    for table in found.sorted_tables:
        if table.name == "audit":
            continue  # what is written to the others writes here
        values = {
            column.name: _value(column, rows)
            for column in table.columns
            if column.name != "id" or not _counts(table)
        }
        made = connection.execute(insert(table).values(values).returning(*table.columns))
        rows[table.name] = dict(made.mappings().one())
    return rows


def _counts(table: Table) -> bool:
    return table.columns["id"].type.python_type is int


def _value(column: Any, rows: dict[str, dict[str, Any]]) -> Any:
    for key in column.foreign_keys:
        return rows[key.column.table.name][key.column.name]
    python_type = column.type.python_type
    if python_type is datetime:
        moment = datetime(2026, 1, 31, 23, 59, tzinfo=timezone.utc)
        return moment if getattr(column.type, "timezone", False) else moment.replace(tzinfo=None)
    return {int: 1, float: 1.5, bool: False, dict: {"a": 1}, object: {"a": 1}, bytes: b"x", str: "x"}[python_type]


def is_the_schemas(_object: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
    # The indexes of the search are not tables of ours, and no part of the schema.
    return not (reflected and kind in ("table", "index") and any(each in str(name) for each in SEARCHES))


def _made_by(connection: Connection, table: str) -> str:
    made = text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    return str(connection.execute(made, {"table": table}).scalar_one())


def shape(connection: Connection) -> dict[str, Any]:
    """All that a database says of its tables."""
    inspector = inspect(connection)
    is_sqlite = connection.dialect.name == "sqlite"
    return {
        table: {
            "uses a number once": is_sqlite and "AUTOINCREMENT" in _made_by(connection, table),
            "columns": [{**column, "type": str(column["type"])} for column in inspector.get_columns(table)],
            "key": inspector.get_pk_constraint(table),
            "foreign keys": sorted(inspector.get_foreign_keys(table), key=str),
            "unique": sorted(inspector.get_unique_constraints(table), key=str),
            "indexes": sorted(
                (
                    {**index, "dialect_options": {k: str(v) for k, v in index.get("dialect_options", {}).items()}}
                    for index in inspector.get_indexes(table)
                    if not any(each in str(index["name"]) for each in SEARCHES)
                ),
                key=str,
            ),
        }
        for table in METADATA.tables
    }


def test_the_newest_revision_is_what_the_schema_says(empty: Database) -> None:
    how_to = "schema.py has changed: python tests/migration.py MESSAGE"
    with empty.migrating() as connection:
        METADATA.create_all(connection)
        wanted = shape(connection)
        METADATA.drop_all(connection)
    with empty.migrating() as connection:
        migrate(connection)
        options = {"compare_type": True, "include_object": is_the_schemas}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), METADATA) == [], how_to
        assert shape(connection) == wanted, how_to


def test_revisions_are_numbered_one_after_the_other(empty: Database) -> None:
    with empty.migrating() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
        assert [script.revision for script in scripts.walk_revisions()][::-1] == list(known_revisions())
    assert known_revisions() == tuple(f"{number:04}" for number in range(1, len(known_revisions()) + 1))


@pytest.mark.parametrize("released", known_revisions())
def test_rows_survive_from_every_revision(empty: Database, released: str) -> None:
    with empty.migrating() as connection:
        migrate(connection, released)
        rows = fill(connection)
    lifecycle.upgrade(empty)
    with empty.reading() as connection:
        assert revision_of(connection) == newest_revision()
        for name, row in rows.items():
            now = connection.execute(select(METADATA.tables[name])).mappings().one()
            kept = {key for key in row.keys() & now.keys() if not isinstance(row[key], datetime)}
            assert {key: now[key] for key in kept} == {key: row[key] for key in kept}


def test_jobs_and_clusters_from_before_yarn_are_in_no_pool_and_on_no_yarn(empty: Database) -> None:
    with empty.migrating() as connection:
        migrate(connection, "0003")
        before = fill(connection)
    lifecycle.upgrade(empty)
    with empty.reading() as connection:
        cluster = connection.execute(select(METADATA.tables["cluster"])).one()
        job = connection.execute(select(METADATA.tables["job"])).one()
        changes = connection.execute(select(METADATA.tables["audit"]).where(text("action <> 'insert'"))).all()
    assert (cluster.yarn, cluster.application, cluster.sizing, cluster.labels) == (None, "", {}, [])
    assert (job.pool, job.name) == ("", before["job"]["name"])
    assert changes == []  # nobody changed anything


NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{before}"


def upgrade() -> None:
    with op.batch_alter_table("snippet") as snippet:
        snippet.add_column(sa.Column("language", sa.String(8), nullable=False, server_default="sql"))
        snippet.alter_column("description", new_column_name="about")
    for table, column in (("team", "description"), ("definition", "comment"), ("history", "notebook")):
        with op.batch_alter_table(table) as altered:
            altered.alter_column(column, type_=sa.String(500))
    {failing}
"""


@pytest.fixture
def add_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`add_revision(failing=...)`: from then on a newer flinklab runs, which has one revision more."""

    def add(failing: str = "pass") -> None:
        folder = tmp_path / "migrations of 100% more"
        newest = newest_revision()
        shutil.copytree(revisions.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "versions" / "r9001_next.py").write_text(NEXT.format(before=newest, failing=failing))
        monkeypatch.setattr(revisions, "MIGRATIONS", folder)
        known_revisions.cache_clear()

    yield add
    monkeypatch.undo()
    known_revisions.cache_clear()


@pytest.fixture
def filled(empty: Database) -> Database:
    with empty.migrating() as connection:
        migrate(connection)
        fill(connection)
    return empty


def columns(database: Database, table: str) -> set[str]:
    with database.reading() as connection:
        return {column["name"] for column in inspect(connection).get_columns(table)}


def belongings(database: Database) -> list[str]:
    """What belongs to the tables and is no table: triggers, policies, indexes."""
    of_sqlite = "SELECT type || ' ' || name FROM sqlite_master WHERE type <> 'table'"
    of_postgresql = """
        SELECT 'trigger ' || tgname || ' of ' || tgrelid::regclass FROM pg_trigger
        UNION ALL SELECT 'policy ' || policyname || ' of ' || tablename FROM pg_policies
        UNION ALL SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = current_schema()
    """
    with database.reading() as connection:
        found = connection.execute(text(of_postgresql if database.is_shared else of_sqlite)).scalars()
        return sorted(name for name in found if "ConstraintTrigger" not in name)


def contents(database: Database) -> dict[str, list[Any]]:
    with database.reading() as connection:
        names = [name for name in inspect(connection).get_table_names() if "search" not in name]
        return {name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')))) for name in names}


def test_a_next_revision_keeps_the_rows_and_copies_a_file_before(
    filled: Database, add_revision: Callable[..., None]
) -> None:
    before, belonging = contents(filled), belongings(filled)
    add_revision()
    done = lifecycle.upgrade(filled)
    assert (done.before, done.after) == (revisions.known_revisions()[-2], "9001")
    assert {"language", "about"} < columns(filled, "snippet")
    assert belongings(filled) == belonging
    after = contents(filled)
    changed = {"snippet", "team", "alembic_version", "audit"}
    assert {name: rows for name, rows in after.items() if name not in changed} == {
        name: rows for name, rows in before.items() if name not in changed
    }
    assert len(after["snippet"]) == len(after["team"]) == 1
    if filled.is_shared:
        assert done.copy is None
    else:
        assert done.copy is not None
        copy = Database(f"sqlite:///{done.copy}")
        assert contents(copy) == before
        copy.close()
        assert done.copy.stat().st_mode & 0o777 == 0o600
    assert lifecycle.upgrade(filled) == lifecycle.Upgrade("9001", "9001")


@pytest.mark.parametrize(
    "failing",
    [
        "raise ZeroDivisionError",
        "op.execute('INSERT INTO no_such_table VALUES (1)')",
        "op.execute('DELETE FROM team')",
    ],
)
def test_a_revision_that_fails_in_the_middle_leaves_everything_as_it_was(
    filled: Database, add_revision: Callable[..., None], failing: str
) -> None:
    before = contents(filled)
    add_revision(failing)
    with pytest.raises((CatalogError, ZeroDivisionError)):
        lifecycle.upgrade(filled)
    assert contents(filled) == before
    assert "language" not in columns(filled, "snippet")
    with pytest.raises(SchemaVersionError) as caught:
        lifecycle.open_database(filled.url.render_as_string(hide_password=False))
    assert caught.value.hint == "flinklab db upgrade"


def test_of_two_that_upgrade_at_once_one_waits_for_the_other(
    filled: Database, add_revision: Callable[..., None]
) -> None:
    add_revision("import time; time.sleep(0.3)")
    url = filled.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_upgrade, args=(url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert "language" in columns(filled, "snippet")


def _upgrade(url: str) -> None:
    database = Database(url)
    assert lifecycle.upgrade(database).after == "9001"
    database.close()


def test_code_that_is_older_than_the_schema_refuses_it(filled: Database, add_revision: Callable[..., None]) -> None:
    with filled.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9001'"))
    url = filled.url.render_as_string(hide_password=False)
    for use in (
        lambda: lifecycle.open_database(url),
        lambda: lifecycle.upgrade(filled),
        lambda: lifecycle.init(url),
    ):
        with pytest.raises(
            SchemaVersionError, match="has schema 9001, of a newer flinklab; this one knows"
        ) as caught:
            use()
        assert caught.value.hint == 'pip install --upgrade "flinklab"'
    add_revision()
    lifecycle.open_database(url).close()


def test_code_that_is_newer_than_the_schema_asks_for_an_upgrade(
    filled: Database, add_revision: Callable[..., None]
) -> None:
    add_revision()
    url = filled.url.render_as_string(hide_password=False)
    for use in (lambda: lifecycle.open_database(url), lambda: lifecycle.init(url)):
        with pytest.raises(SchemaVersionError, match="this flinklab needs 9001") as caught:
            use()
        assert caught.value.hint == "flinklab db upgrade"
    lifecycle.upgrade(filled)
    lifecycle.open_database(url).close()
