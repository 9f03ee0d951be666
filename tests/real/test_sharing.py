"""What a team shares, in sessions of a real Flink: brought, changed, and its secrets kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import flinklab
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.definitions import How, Name, Use
from flinklab.domain.errors import CatalogError, ConflictError, SecretError, StatementError, UsageError
from flinklab.domain.variables import ANYWHERE, Variable, VariableType
from flinklab.local import LocalFlink
from flinklab.session.session import Session
from flinklab.sharing.changes import Changed
from flinklab.sharing.sharing import Sharing

ROWS = "WITH ('connector'='datagen', 'number-of-rows'='3')"
ORDERS = f"CREATE TABLE orders (id BIGINT, amount DOUBLE) {ROWS}"
SECRET = "s3cret-sentinel"
Connect = Callable[..., Session]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    lifecycle.init(url)
    with Catalog(Database(url), tmp_path / "key", team="my", environment="dev") as catalog:
        there = {environment.name for environment in catalog.variables.environments("my")}
        for name in {"dev", "prod"} - there:
            catalog.variables.add_environment("my", name, "")
        yield catalog


@pytest.fixture
def connect(embedded: LocalFlink, catalog: Catalog, tmp_path: Path) -> Iterator[Connect]:
    """A session of a person who works with the catalog."""
    opened: list[Session] = []

    def connect_(notices: list[str] | None = None) -> Session:
        opened.append(
            flinklab.connect(
                embedded.gateway_url,
                jobmanager_url=embedded.jobmanager_url,
                settings=flinklab.Settings(state_dir=tmp_path / "state"),
                catalog=catalog,
                notice=(notices if notices is not None else []).append,
            )
        )
        return opened[-1]

    yield connect_
    for session in opened:
        session.close()


@pytest.fixture
def session(connect: Connect) -> Session:
    return connect()


def record(session: Session, text: str, **options: object) -> list[Changed]:
    assert isinstance(session.supply, Sharing)
    return session.supply.record(session, text, **options)  # type: ignore[arg-type]


def said(session: Session, sql: str, **options: object) -> list[str]:
    return [line for row in session.sql(sql, **options).rows for line in str(row[0]).splitlines()]


def count(session: Session, table: str, **options: object) -> int:
    [(number,)] = session.sql(f"SELECT COUNT(*) FROM {table}", batch=True, **options).wait().rows
    return int(number)


def set_variable(catalog: Catalog, name: str, secret: bool = False, **values: str) -> None:
    catalog.variables.save(Variable("my", name, VariableType.STRING, secret, values=values), expected=None)


def test_views_functions_and_tables_of_a_team_are_read(session: Session, catalog: Catalog) -> None:
    record(
        session,
        f"{ORDERS};"
        "CREATE VIEW priced AS SELECT id, amount FROM orders WHERE amount IS NOT NULL;"
        "CREATE VIEW wider AS SELECT p.*, o.id AS other FROM priced p JOIN my.orders o ON p.id = o.id OR TRUE;"
        "CREATE TABLE `of us` LIKE orders",
    )
    assert [column.name for column in catalog.definitions.get(Name("my", "wider")).facts.columns] == [
        "id",
        "amount",
        "other",
    ]
    assert [column.name for column in catalog.definitions.get(Name("my", "of us")).facts.columns] == [
        "id",
        "amount",
    ]
    assert count(session, "wider") == 9
    assert count(session, "my.`of us`") == 3
    session.sql("USE my")
    assert count(session, "orders") == 3
    assert {row[0] for row in session.sql("SHOW TABLES").rows} >= {"orders", "of us"}


def test_what_changed_is_read_as_it_is_now_by_other_sessions(session: Session, connect: Connect) -> None:
    other = connect()
    record(session, f"{ORDERS}; CREATE VIEW v AS SELECT * FROM orders")
    assert len(other.sql("DESCRIBE v").rows) == 2
    assert said(session, "ALTER TABLE orders ADD (note STRING)")[0] == "my.orders: version 1 → 2"
    assert len(other.sql("DESCRIBE v").rows) == 3
    assert said(session, "DROP VIEW my.v")[0].startswith("dropped my.v (version 2")
    with pytest.raises(StatementError, match=r"v.* doesn't exist"):
        other.sql("DESCRIBE v")


def test_a_change_that_breaks_its_users_is_refused_with_their_names(session: Session, catalog: Catalog) -> None:
    record(session, f"{ORDERS}; CREATE VIEW v AS SELECT amount FROM orders; CREATE VIEW w AS SELECT * FROM v")
    for change in ("ALTER TABLE orders DROP amount", "DROP TABLE orders", "DROP TABLE IF EXISTS my.orders"):
        with pytest.raises(CatalogError, match=r"my\.orders was not changed: definition my\.[vw] reads") as error:
            session.sql(change)
        assert len(str(error.value.details).splitlines()) == 2  # the view, and the view of the view
    assert catalog.definitions.get(Name("my", "orders")).version == 1
    lines = said(session, "ALTER TABLE orders DROP amount", force=True)
    assert lines[0] == "my.orders: version 1 → 2"
    assert lines[1] == "used by 2 definitions; 2 would break"


def test_what_was_broken_before_holds_up_no_change(session: Session) -> None:
    record(session, f"{ORDERS}; CREATE VIEW v AS SELECT amount FROM orders")
    said(session, "ALTER TABLE orders DROP amount", force=True)
    assert said(session, "ALTER TABLE orders ADD (note STRING)")[1] == "used by 1 definition"


def test_queries_of_notebooks_are_judged_too(session: Session, catalog: Catalog) -> None:
    record(session, ORDERS)
    catalog.usage.record([Use("notebook", "a.ipynb", "definition", "my", "orders", How.READS)])
    assert said(session, "ALTER TABLE orders ADD (note STRING)")[2] == "notebook a.ipynb reads my.orders"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("ALTER TABLE orders ADD (note STRING COMMENT 'a ${note}')", "'a ${note}'"),
        ("ALTER TABLE my.orders SET ('fields.id.min' = '${low}')", "'fields.id.min' = '${low}'"),
        ("ALTER TABLE orders RENAME amount TO price", "`price`"),
        ("ALTER TABLE default_catalog.my.orders ADD PRIMARY KEY (id) NOT ENFORCED", "PRIMARY KEY (`id`)"),
        ("ALTER TABLE IF EXISTS orders RESET ('fields.id.max')", "'fields.id.min'"),
    ],
)
def test_an_alter_keeps_variables_and_comments(
    session: Session, catalog: Catalog, change: str, expected: str
) -> None:
    for name in ("low", "high", "note"):
        set_variable(catalog, name, **{ANYWHERE: "1"})
    record(
        session,
        "CREATE TEMPORARY TABLE orders (id BIGINT NOT NULL COMMENT 'its ''id''', amount DOUBLE) COMMENT 'of today' "
        "WITH ('connector'='datagen', 'number-of-rows'='${high}', 'fields.id.min'='0', 'fields.id.max'='9')",
    )
    said(session, change)
    now = catalog.definitions.get(Name("my", "orders"))
    assert now.version == 2
    assert expected in now.ddl
    assert "'number-of-rows' = '${high}'" in now.ddl
    assert "COMMENT 'of today'" in now.ddl
    assert "COMMENT 'its ''id'''" in now.ddl
    assert catalog.definitions.versions(now.name)[0].note == change
    assert count(session, "orders") == 1


def test_an_alter_of_a_view_keeps_working_in_other_sessions(session: Session, connect: Connect) -> None:
    record(session, f"{ORDERS}; CREATE VIEW v AS SELECT id FROM orders")
    said(session, "ALTER VIEW v AS SELECT amount, id FROM orders")
    assert [row[0] for row in connect().sql("DESCRIBE my.v").rows] == ["amount", "id"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("ALTER TABLE orders RENAME TO others", "keeps its name"),
        ("DROP VIEW orders", "my.orders is a table"),
        ("ALTER VIEW my.orders AS SELECT 1", "my.orders is a table"),
        ("ALTER TABLE orders ADD (id INT)", "id"),
        ("ALTER TABLE orders SET ('password' = 'clear')", "secret in clear"),
    ],
)
def test_what_cannot_be_changed_changes_nothing(
    session: Session, catalog: Catalog, change: str, message: str
) -> None:
    record(session, ORDERS)
    with pytest.raises((UsageError, StatementError, CatalogError), match=message):
        session.sql(change)
    assert catalog.definitions.get(Name("my", "orders")).version == 1


def test_own_and_temporary_tables_are_not_the_catalogs_affair(session: Session, catalog: Catalog) -> None:
    record(session, ORDERS)
    session.sql(f"CREATE TABLE orders (mine INT) {ROWS}")
    session.sql("ALTER TABLE orders ADD (more INT)")
    assert [row[0] for row in session.sql("DESCRIBE orders").rows] == ["mine", "more"]
    session.sql("DROP TABLE orders")
    session.sql("DROP TABLE IF EXISTS nobodys")
    session.sql(f"CREATE TEMPORARY TABLE orders (mine INT) {ROWS}")
    session.sql("DROP TEMPORARY TABLE orders")
    assert catalog.definitions.get(Name("my", "orders")).version == 1
    assert count(session, "orders") == 3
    session.sql("DROP TEMPORARY TABLE orders")  # what was brought: it comes back when it is named
    assert count(session, "orders") == 3


def test_two_people_change_one_table_at_the_same_moment(connect: Connect, catalog: Catalog) -> None:
    ann, bob = connect(), connect()
    record(ann, ORDERS)
    record(bob, ORDERS)
    wider, other = ORDERS.replace("id BIGINT", "id BIGINT, a INT"), ORDERS.replace("id BIGINT", "id BIGINT, b INT")
    assert record(ann, wider)[0].definition.version == 2
    with pytest.raises(ConflictError, match=r"at version 2, by .* which you have not seen") as error:
        record(bob, other)
    assert "-CREATE TABLE orders (id BIGINT, a INT" in str(error.value.details)
    assert "+CREATE TABLE orders (id BIGINT, b INT" in str(error.value.details)
    assert record(bob, other)[0].definition.version == 3
    assert record(ann, other)[0].definition.version == 3  # the same text is no change, seen or not


def test_of_several_definitions_all_are_recorded_or_none(session: Session, catalog: Catalog) -> None:
    for broken in (
        "CREATE VIEW v AS SELECT nix FROM orders",
        "SELECT 1",
        "CREATE TABLE t AS SELECT 1 AS a",
        "CREATE TABLE a.b.c (id INT)",
        "CREATE TABLE orders (id INT)",
        "CREATE TABLE t (id INT) WITH ('connector'='jdbc', 'url'='jdbc:x://h/?password=clear')",
    ):
        with pytest.raises((StatementError, UsageError, SecretError)):
            record(session, f"{ORDERS}; {broken}")
        assert catalog.definitions.page("my") == []


def test_what_if_not_exists_or_replace_mean_for_what_is_shared(session: Session, catalog: Catalog) -> None:
    record(session, ORDERS)
    other = ORDERS.replace("id BIGINT", "id BIGINT, more INT")
    [kept] = record(session, other.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"))
    assert kept.lines() == ["my.orders is unchanged: version 1"]
    [replaced] = record(session, other.replace("CREATE TABLE", "CREATE OR REPLACE TABLE"))
    assert replaced.definition.version == 2
    [temporary] = record(session, f"CREATE TEMPORARY TABLE IF NOT EXISTS t (id INT) {ROWS}")
    assert count(session, temporary.definition.name.name) == 3


def test_environments_of_one_table(session: Session, catalog: Catalog) -> None:
    set_variable(catalog, "number", dev="2", prod="5")
    record(session, ORDERS.replace("'3'", "'${number}'"))
    assert [count(session, "orders", environment=name) for name in ("dev", "prod", "dev")] == [2, 5, 2]
    users = catalog.usage.users_of(Name("my", "number"), target_kind="variable")
    assert [use.user for use in users if use.user_kind == "definition"] == ["my.orders"]


def test_values_of_several_lines_and_with_quotes_keep_places(session: Session, catalog: Catalog) -> None:
    set_variable(catalog, "text", **{ANYWHERE: "it's\n-- no comment\n'quoted'"})
    assert session.sql("SELECT '${text}'").wait().rows == [("it's\n-- no comment\n'quoted'",)]
    with pytest.raises(StatementError) as error:
        session.sql("SELECT '${text}',\n  nix")
    assert error.value.position is not None
    assert (error.value.position.line, error.value.position.column) == (2, 3)


def test_a_secret_is_nowhere_to_be_read(
    connect: Connect, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PW", SECRET)
    set_variable(catalog, "pw", secret=True, dev="env:PW")
    notices: list[str] = []
    session = connect(notices)
    table = "CREATE TABLE t (id INT) WITH ('connector'='filesystem', 'path'='/nix', 'format'='csv', '{}'='${{pw}}')"
    changed = record(session, table.format("csv.null-literal"))
    told: list[object] = [each.lines() for each in changed] + [repr(changed)]
    for sql in (
        "SHOW CREATE TABLE t",
        "EXPLAIN SELECT * FROM t",
        "EXPLAIN JSON_EXECUTION_PLAN SELECT * FROM t",
        "DESCRIBE t",
        "SET 'some.key' = '${pw}'",
        "SET",
        "SELECT * FROM t /*+ OPTIONS('csv.nonsense'='${pw}') */",
        "CREATE TABLE own (id INT) WITH ('connector'='${pw}')",
        "SELECT * FROM own",
        "SELECT '${pw}'",
        "SELECT nix FROM t",
    ):
        try:
            result = session.sql(sql, timeout=30)
            result.wait()
            told += [result.rows, repr(result), result.message]
        except (StatementError, CatalogError) as error:
            told += [error.report(), str(error), repr(error), error.details, error.hint]
    told += [session.configuration(), notices]
    session.close()
    entries = catalog.history.search(limit=100)
    assert len(entries) >= 10
    told += [repr(entry) for entry in entries]
    told += [repr(each) for each in catalog.definitions.versions(Name("my", "t"))]
    assert SECRET not in json.dumps(told, default=repr)
    assert "******" in json.dumps(told, default=repr)


def test_a_session_that_the_gateway_forgot_has_its_tables_again(connect: Connect) -> None:
    notices: list[str] = []
    session = connect(notices)
    record(session, f"{ORDERS}; CREATE VIEW v AS SELECT * FROM orders")
    assert count(session, "v") == 3
    session.gateway.close_session(session._connection.handle())
    assert count(session, "v") == 3
    assert [line for line in notices if "made again" in line]


def test_changes_are_in_the_history(connect: Connect, catalog: Catalog) -> None:
    session = connect()
    record(session, ORDERS)
    said(session, "ALTER TABLE orders ADD (note STRING)")
    with pytest.raises(UsageError):
        session.sql("DROP VIEW orders")
    session.close()
    found = {entry.source: entry.outcome for entry in catalog.history.search(limit=10)}
    assert found["ALTER TABLE orders ADD (note STRING)"] == "finished"
    assert found["DROP VIEW orders"] == "failed"
