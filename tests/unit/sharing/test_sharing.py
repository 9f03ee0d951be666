"""ALTER and DROP of what is shared, and what is recorded, without Flink; `tests/real/test_sharing.py` has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from fakes.objects import FakeObjects
from flinklab.catalog.catalog import Catalog
from flinklab.domain.definitions import Definition, DefinitionKind, How, Name, Use
from flinklab.domain.errors import CatalogError, CatalogUnavailableError, ConflictError, SecretError, UsageError
from flinklab.domain.statements import Statement
from flinklab.session.session import Session
from flinklab.session.supply import Rows, Supply
from flinklab.sharing.sharing import Belonging, Sharing
from flinklab.sql.classify import classify

Share = Callable[..., Definition]
ORDERS = "CREATE TABLE orders (id BIGINT) WITH ('connector'='datagen')"


class Scratch:
    """A gateway session in which nothing is but what a supply brings."""

    def __init__(self, supply: Supply) -> None:
        self.objects = FakeObjects()
        self._stock = supply.stock(self.objects.run)

    def handle(self) -> None:
        """It is always open."""

    def ask(self, sql: str) -> Rows:
        return self.objects.run(self._stock.prepare(Statement(sql, classify(sql))).text)


class Person:
    """As much of a session as sharing asks for."""

    def __init__(self, catalog: Catalog, sources: Callable[[Use], list[str]] = lambda use: []) -> None:
        who = Belonging(catalog.person, catalog.team, catalog.teams)
        self.sharing = Sharing(catalog.definitions, catalog.usage, catalog.variables, sources, who)
        self.own: set[str] = set()
        self.scratches = 0

    @contextmanager
    def scratch(self, supply: Supply) -> Iterator[Scratch]:
        self.scratches += 1
        yield Scratch(supply)

    def has_own(self, path: tuple[str, ...], kind: DefinitionKind) -> bool:
        return ".".join(path) in self.own

    def instead(self, sql: str, **options: bool) -> list[str] | None:
        return self.sharing.instead(Statement(sql, classify(sql)), cast(Session, self), **options)

    def record(self, sql: str, **options: Any) -> list[str]:
        done = self.sharing.record(cast(Session, self), sql, **options)
        return [line for each in done for line in each.lines()]


@pytest.fixture
def person(catalog: Catalog) -> Person:
    return Person(catalog, lambda use: [f"DESCRIBE {use.user}"] if use.user_kind == "definition" else [])


def test_where_a_person_belongs_comes_first_and_once() -> None:
    assert Belonging("ann", "my", ("base", "my", "base")).teams == ("my", "base")


def test_a_drop_is_refused_while_it_breaks_others(person: Person, catalog: Catalog) -> None:
    person.record(f"{ORDERS}; CREATE VIEW v AS SELECT id FROM orders; CREATE VIEW w AS SELECT id FROM my.v")
    with pytest.raises(CatalogError, match=r"^my\.orders was not changed: definition my\.[vw] reads") as error:
        person.instead("DROP TABLE orders")
    assert len(str(error.value.details).splitlines()) == 2
    lines = person.instead("DROP TABLE my.orders", force=True)
    assert lines is not None
    assert lines[:2] == [
        "dropped my.orders (version 2; reverting brings it back)",
        "used by 2 definitions; 2 would break",
    ]
    assert catalog.definitions.find([Name("my", "orders")]) == {}
    assert person.instead("DROP TABLE orders") is None


def test_what_was_dropped_itself_is_nobody_to_ask(person: Person) -> None:
    person.record(f"{ORDERS}; CREATE VIEW v AS SELECT id FROM orders")
    assert person.instead("DROP VIEW v") is not None
    assert person.instead("DROP TABLE orders") == ["dropped my.orders (version 2; reverting brings it back)"]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE nobodys",
        "DROP TABLE IF EXISTS nobodys",
        "DROP TEMPORARY TABLE orders",
        "ALTER TABLE own.orders ADD (a INT)",
        "DROP TABLE hive.my.orders",
        "DROP FUNCTION orders",
        "DROP DATABASE my",
        "DROP TABLE",
        "CREATE OR REPLACE TABLE orders (a INT)",
        "SELECT * FROM orders",
        "TRUNCATE TABLE orders",
    ],
)
def test_what_is_the_sessions_is_left_to_it(person: Person, share: Share, sql: str) -> None:
    share(ORDERS)
    person.own = {"own.orders"}
    assert person.instead(sql) is None
    assert not person.sharing.is_about_catalog(Statement(sql, classify(sql)), cast(Session, person))


def test_own_objects_are_dropped_by_flink(person: Person, share: Share) -> None:
    share(ORDERS)
    person.own = {"orders"}
    assert person.instead("DROP TABLE orders") is None
    assert person.sharing.is_about_catalog(
        Statement("DROP TABLE my.orders", classify("DROP")), cast(Session, person)
    )


@pytest.mark.parametrize(
    ("ddl", "sql", "message"),
    [
        (ORDERS, "DROP VIEW orders", "my.orders is a table"),
        (ORDERS, "ALTER TABLE orders RENAME TO others", "my.orders keeps its name"),
        ("CREATE FUNCTION f AS 'x.F'", "ALTER FUNCTION f AS 'x.G'", "a shared function cannot be altered"),
    ],
)
def test_what_cannot_be_done_is_told(person: Person, share: Share, ddl: str, sql: str, message: str) -> None:
    share(ddl)
    with pytest.raises(UsageError, match=message) as error:
        person.instead(sql)
    assert error.value.hint


def test_without_a_catalog_drops_are_the_sessions(person: Person, share: Share) -> None:
    share(ORDERS)

    class Down:
        def find(self, names: object) -> object:
            raise CatalogUnavailableError("down")

    person.sharing.definitions = cast(Any, Down())
    assert person.instead("DROP TABLE orders") is None


def test_two_people_see_each_others_changes(catalog: Catalog) -> None:
    ann, bob = Person(catalog), Person(catalog)
    assert ann.record(ORDERS) == ["my.orders is shared now: version 1"]
    assert bob.record(ORDERS) == ["my.orders is unchanged: version 1"]
    wider, other = ORDERS.replace("BIGINT", "INT"), ORDERS.replace("BIGINT", "STRING")
    assert ann.record(wider) == ["my.orders: version 1 → 2"]
    with pytest.raises(ConflictError, match="which you have not seen") as error:
        bob.record(other)
    assert f"-{wider}" in str(error.value.details)
    assert f"+{other}" in str(error.value.details)
    assert bob.record(other) == ["my.orders: version 2 → 3"]
    with pytest.raises(ConflictError):
        ann.record(wider)


def test_a_change_between_looking_and_saving_is_seen(
    person: Person, catalog: Catalog, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    share(ORDERS)
    person.record(ORDERS)
    find = catalog.definitions.find
    monkeypatch.setattr(
        catalog.definitions,
        "find",
        lambda names: (
            (found := find(names), monkeypatch.undo(), share(ORDERS.replace("BIGINT", "INT")))[0] and found
        ),
    )
    with pytest.raises(ConflictError):
        person.record(ORDERS.replace("BIGINT", "STRING"))
    assert "INT" in catalog.definitions.get(Name("my", "orders")).ddl


def test_all_is_tried_in_one_session_before_anything_is_recorded(person: Person, catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match="secret in clear"):
        person.record(f"{ORDERS}; CREATE TABLE t (a INT) WITH ('connector'='jdbc', 'password'='abc')")
    for broken, message in {
        "SELECT 1": "expected CREATE",
        "CREATE TABLE t AS SELECT 1 AS a": "is made by a query",
        "CREATE TABLE a.b.c (a INT)": "has a catalog in its name",
        ORDERS.replace("BIGINT", "INT"): "defined twice, again on line 2",
        "CREATE VIEW v AS SELECT * FROM nix": r"^my\.v cannot be made: Object 'nix' not found",
    }.items():
        with pytest.raises(Exception, match=message):
            person.record(f"{ORDERS};\n{broken}")
    assert catalog.definitions.page("my") == []
    person.scratches = 0
    person.record(f"CREATE VIEW v AS SELECT id FROM orders; {ORDERS}")
    assert person.scratches == 1
    with pytest.raises(UsageError, match="no CREATE statement"):
        person.record("ADD JAR 'x.jar'")


def test_what_is_recorded_has_its_jars_tags_owner_and_uses(
    person: Person, catalog: Catalog, set_variable: Callable[..., None]
) -> None:
    set_variable("class", "x.F", team="base")
    person.record("ADD JAR 'a.jar'; CREATE FUNCTION f AS '${class}'", tags=["udf"], note="new")
    person.record(f"{ORDERS}; CREATE VIEW base.v AS SELECT my.f(id) FROM my.orders", team="my")
    function = catalog.definitions.get(Name("my", "f"))
    assert function.ddl == "ADD JAR 'a.jar';\nCREATE FUNCTION f AS '${class}'"
    assert (function.tags, function.owner) == (("udf",), catalog.person)
    assert catalog.definitions.versions(function.name)[0].note == "new"
    [use] = catalog.usage.users_of(Name("base", "class"), target_kind="variable")  # whose variable it is
    assert (use.user_kind, use.user) == ("definition", "my.f")
    assert {(use.user, use.how) for use in catalog.usage.users_of(function.name)} == {("base.v", How.USES)}
    assert [column.name for column in catalog.definitions.get(Name("base", "v")).facts.columns] == ["id"]
    person.record("CREATE FUNCTION f AS 'x.G'")
    assert catalog.definitions.get(Name("my", "f")).tags == ("udf",)
    assert catalog.usage.users_of(Name("base", "class"), target_kind="variable") == []


def test_if_not_exists_leaves_what_is_there(person: Person, catalog: Catalog) -> None:
    person.record(ORDERS)
    other = "CREATE TABLE IF NOT EXISTS orders (id INT); CREATE TABLE IF NOT EXISTS users (id INT)"
    assert person.record(other) == ["my.orders is unchanged: version 1", "my.users is shared now: version 1"]
    assert catalog.definitions.get(Name("my", "orders")).ddl == ORDERS


def test_a_secret_may_not_be_in_clear_even_by_force(person: Person) -> None:
    with pytest.raises(SecretError, match="'password'"):
        person.record("CREATE TABLE t (a INT) WITH ('connector'='jdbc', 'password'='abc')", force=True)
