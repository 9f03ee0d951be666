from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.objects import FakeObjects
from flinklab.catalog.catalog import Catalog
from flinklab.domain.definitions import Definition, DefinitionKind, Name
from flinklab.domain.errors import CatalogUnavailableError, SecretError, StatementError, StatementInvalidError
from flinklab.domain.statements import Statement
from flinklab.session.connection import TRIES
from flinklab.session.supply import Prepared
from flinklab.sharing.resolving import Resolver
from flinklab.sharing.stock import SharedStock
from flinklab.sql.classify import classify
from flinklab.sql.identifiers import quote

Share = Callable[..., Definition]
ORDERS = "CREATE TABLE orders (id BIGINT) WITH ('connector'='datagen')"
USERS = "CREATE TABLE users (id BIGINT) WITH ('connector'='datagen')"


def run(stock: SharedStock, objects: FakeObjects, sql: str, environment: str | None = None) -> Prepared:
    """As a session runs it: what is missing is brought in bounded rounds."""
    prepared = stock.prepare(Statement(sql, classify(sql), environment=environment))
    for last in (*[False] * TRIES, True):
        try:
            objects.run(prepared.text)
            return prepared
        except StatementError as error:
            if last or not stock.supply(prepared, error):
                prepared.restore(error)
                raise
    raise AssertionError("unreachable")


def made(stock: SharedStock) -> set[str]:
    return {".".join(path) for path in stock.made}


HERE = "default_catalog.default_database"


def test_a_query_of_three_tables_makes_exactly_those_three(
    stock: SharedStock, objects: FakeObjects, share: Share, asked: list[str]
) -> None:
    for number in range(20):
        share(ORDERS.replace("orders", f"t{number}"))
    asked.clear()
    run(stock, objects, "SELECT * FROM t1 JOIN my.t2 ON TRUE JOIN t3 AS a ON a.id = t1.id")
    assert objects.made() == [f"{HERE}.t1", "default_catalog.my.t2", f"{HERE}.t3"]
    assert len(asked) == 1  # the find of the names; the texts of these tables name nothing


def test_the_second_run_asks_the_gateway_nothing_and_the_catalog_once(
    stock: SharedStock, objects: FakeObjects, share: Share, asked: list[str]
) -> None:
    share(ORDERS)
    share(USERS)
    sql = "SELECT DATE_FORMAT(id, 'x') FROM orders JOIN my.users ON TRUE"
    run(stock, objects, sql)
    objects.ran.clear()
    asked.clear()
    run(stock, objects, sql)
    assert objects.ran == [sql]
    assert len(asked) == 1


def test_what_names_nothing_asks_nobody(stock: SharedStock, objects: FakeObjects, asked: list[str]) -> None:
    for sql in ("SET 'a' = 'b'", "SHOW TABLES", "SELECT 1", "USE default_database"):
        run(stock, objects, sql)
    assert [sql for sql in objects.ran if sql.startswith("SHOW CURRENT")] == []
    assert len(asked) == 1  # of the catalog that USE may mean


def test_a_changed_definition_is_made_again_and_only_that_one(
    stock: SharedStock, objects: FakeObjects, share: Share
) -> None:
    share(ORDERS)
    share(USERS)
    sql = "SELECT * FROM orders, users"
    run(stock, objects, sql)
    share(ORDERS.replace("id BIGINT", "id BIGINT, more INT"))
    objects.ran.clear()
    run(stock, objects, sql)
    assert objects.ran == [
        f"DROP TEMPORARY TABLE IF EXISTS {quote((*HERE.split('.'), 'orders'))}",
        f"CREATE TEMPORARY TABLE {quote((*HERE.split('.'), 'orders'))} (id BIGINT, more INT) "
        "WITH ('connector'='datagen')",
        sql,
    ]


def test_what_was_dropped_from_the_catalog_is_gone_here_too(
    stock: SharedStock, objects: FakeObjects, share: Share, catalog: Catalog
) -> None:
    share(ORDERS)
    run(stock, objects, "SELECT * FROM orders")
    catalog.definitions.drop(Name("my", "orders"), expected=1)
    with pytest.raises(StatementInvalidError, match="Object 'orders' not found"):
        run(stock, objects, "SELECT * FROM orders")
    assert stock.made == {}


def test_own_tables_of_the_session_win_and_are_not_asked_for_again(
    stock: SharedStock, objects: FakeObjects, share: Share
) -> None:
    share(ORDERS)
    run(stock, objects, "CREATE TABLE orders (mine INT) WITH ('connector'='print')")
    run(stock, objects, "SELECT * FROM orders")
    assert stock.made == {}
    objects.ran.clear()
    prepared = run(stock, objects, "SELECT * FROM orders")
    assert objects.ran == ["SELECT * FROM orders"]
    assert prepared.uses == ()


def test_own_temporary_tables_in_a_database_that_is_not_there_win_too(
    stock: SharedStock, objects: FakeObjects, share: Share
) -> None:
    """Flink makes them, and lists them nowhere."""
    share(ORDERS)
    run(stock, objects, "CREATE CATALOG lasting WITH ('type'='jdbc')")
    run(stock, objects, "USE CATALOG lasting")
    run(stock, objects, "CREATE TEMPORARY TABLE my.orders (mine INT) WITH ('connector'='print')")
    run(stock, objects, "SELECT * FROM my.orders")
    assert stock.made == {}


@pytest.mark.parametrize("temporary", ["", "TEMPORARY "])
def test_what_the_person_makes_takes_the_place_of_what_was_brought(
    stock: SharedStock, objects: FakeObjects, share: Share, temporary: str
) -> None:
    share(ORDERS)
    run(stock, objects, "SELECT * FROM orders")
    own = f"CREATE {temporary}TABLE orders (mine INT) WITH ('connector'='print')"
    run(stock, objects, own)
    run(stock, objects, "SELECT * FROM orders")
    assert stock.made == {}
    assert [*objects.temporary.values(), *objects.lasting.values()] == [own]


def test_a_brought_table_that_the_person_drops_comes_back_when_it_is_named(
    stock: SharedStock, objects: FakeObjects, share: Share
) -> None:
    share(ORDERS)
    run(stock, objects, "SELECT * FROM orders")
    run(stock, objects, "DROP TEMPORARY TABLE orders")
    assert stock.made == {}
    run(stock, objects, "SELECT * FROM orders")
    assert made(stock) == {f"{HERE}.orders"}


def test_what_flink_lost_behind_our_back_is_made_again(
    stock: SharedStock, objects: FakeObjects, share: Share
) -> None:
    share(ORDERS)
    run(stock, objects, "SELECT * FROM orders")
    objects.temporary.clear()
    run(stock, objects, "SELECT * FROM orders")
    assert len(objects.made()) == 2


def test_names_that_a_with_defines_and_aliases_make_nothing(
    stock: SharedStock, objects: FakeObjects, share: Share
) -> None:
    for name in ("orders", "users", "a", "t"):
        share(ORDERS.replace("orders", name))
    run(stock, objects, "WITH a AS (SELECT * FROM orders), users AS (SELECT 1) SELECT t.id FROM a AS t, users")
    assert made(stock) == {f"{HERE}.orders"}


def test_teams_and_the_search_path(stock: SharedStock, objects: FakeObjects, share: Share) -> None:
    mine, base = share(ORDERS), share(ORDERS.replace("BIGINT", "STRING"), team="base")
    share(USERS, team="base")
    run(stock, objects, "SELECT * FROM orders, base.orders, my.orders, users")
    by_path = {".".join(path[1:]): each.name for path, each in stock.made.items()}
    assert by_path == {
        "default_database.orders": mine.name,
        "base.orders": base.name,
        "my.orders": mine.name,
        "default_database.users": Name("base", "users"),
    }


def test_after_use_of_a_team_its_tables_come_first(stock: SharedStock, objects: FakeObjects, share: Share) -> None:
    share(ORDERS)
    base = share(ORDERS.replace("BIGINT", "STRING"), team="base")
    run(stock, objects, "USE base")  # its database is made when Flink misses it
    run(stock, objects, "SELECT * FROM orders")
    run(stock, objects, "SELECT * FROM base.orders")
    assert {path: each.name for path, each in stock.made.items()} == {
        ("default_catalog", "base", "orders"): base.name
    }
    assert len(objects.made()) == 1  # by either name it is the same object


def test_in_another_catalog_nothing_is_taken_for_its_own_tables(
    stock: SharedStock, objects: FakeObjects, share: Share
) -> None:
    share(ORDERS)
    run(stock, objects, "SELECT * FROM my.orders")
    run(stock, objects, "CREATE CATALOG hive WITH ('type'='hive')")
    with pytest.raises(StatementInvalidError, match="not found"):
        run(stock, objects, "SELECT * FROM hive.my.orders")
    run(stock, objects, "USE CATALOG hive")
    run(stock, objects, "SELECT * FROM my.orders")
    assert made(stock) == {"default_catalog.my.orders", "hive.my.orders"}
    assert objects.catalogs["hive"] == {"default"}  # no database is made in a catalog that lasts
    run(stock, objects, "SELECT * FROM default_catalog.my.orders")
    assert len(objects.made()) == 2


def test_views_bring_what_they_read_first_and_by_their_own_teams_names(
    stock: SharedStock, objects: FakeObjects, share: Share
) -> None:
    share(ORDERS)
    share(ORDERS, team="base")
    share("CREATE FUNCTION clean AS 'x.Clean'", team="base")
    share("CREATE VIEW big AS SELECT clean(id) FROM orders", team="base")
    share("CREATE VIEW bigger AS SELECT * FROM base.big JOIN orders ON TRUE")
    run(stock, objects, "SELECT * FROM bigger")
    assert objects.made() == [
        "default_catalog.base.clean",
        "default_catalog.base.orders",
        "default_catalog.base.big",
        "default_catalog.my.orders",
        f"{HERE}.bigger",
    ]
    assert stock.made[("default_catalog", "base", "big")].text.endswith(
        "AS SELECT `base`.`clean`(id) FROM `base`.`orders`"
    )


def test_a_view_is_made_again_with_what_it_reads(stock: SharedStock, objects: FakeObjects, share: Share) -> None:
    """`SELECT *` has the columns that were there when the view was made."""
    share(ORDERS)
    share("CREATE VIEW v AS SELECT * FROM orders")
    share("CREATE VIEW w AS SELECT * FROM v")
    run(stock, objects, "SELECT * FROM w")
    share(ORDERS.replace("id BIGINT", "id BIGINT, more INT"))
    run(stock, objects, "SELECT * FROM w")
    assert objects.made()[3:] == objects.made()[:3]
    objects.ran.clear()
    run(stock, objects, "SELECT * FROM w")
    assert objects.made() == []


def test_a_view_of_its_own_name_reads_the_one_farther_along_the_path(
    stock: SharedStock, objects: FakeObjects, share: Share
) -> None:
    share(ORDERS, team="base")
    share("CREATE VIEW orders AS SELECT * FROM orders WHERE id > 0")
    run(stock, objects, "SELECT * FROM orders")
    assert objects.made() == ["default_catalog.base.orders", f"{HERE}.orders"]


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_circle_of_views_is_shown(stock: SharedStock, objects: FakeObjects, share: Share, length: int) -> None:
    for number in range(length):
        share(f"CREATE VIEW v{number} AS SELECT * FROM my.v{(number + 1) % length}")
    with pytest.raises(StatementInvalidError) as error:
        run(stock, objects, "SELECT * FROM v0")
    circle = [f"my.v{number % length}" for number in range(length + 1)]
    assert error.value.message == f"my.v0 needs itself: {' → '.join(circle)}"
    assert objects.made() == []


def test_functions_fold_their_case_and_own_ones_win(stock: SharedStock, objects: FakeObjects, share: Share) -> None:
    share("CREATE FUNCTION clean AS 'x.Clean'")
    share("CREATE FUNCTION own AS 'x.Shared'")
    run(stock, objects, "CREATE FUNCTION own AS 'x.Own'")
    run(stock, objects, "SELECT my.Clean(1), clean(2), Own(3)")
    run(stock, objects, "SELECT my.clean(1)")
    assert objects.made() == ["default_catalog.my.clean", f"{HERE}.clean"]


def test_a_table_and_a_function_of_one_name_are_two_things(
    stock: SharedStock, objects: FakeObjects, share: Share
) -> None:
    share(ORDERS)
    share("CREATE FUNCTION orders AS 'x.Orders'", team="base")
    run(stock, objects, "SELECT base.orders(id) FROM orders")
    run(stock, objects, "SELECT base.orders(id) FROM my.orders")
    assert objects.made() == ["default_catalog.base.orders", f"{HERE}.orders", "default_catalog.my.orders"]


def test_jars_come_before_what_needs_them_and_once(
    stock: SharedStock, objects: FakeObjects, share: Share, set_variable: Callable[..., None]
) -> None:
    set_variable("jars", "/opt")
    share("ADD JAR '${jars}/a.jar';\nCREATE FUNCTION one AS 'x.One'")
    share("ADD JAR '/opt/a.jar';\nADD JAR '/opt/b.jar';\nCREATE FUNCTION two AS 'x.Two'")
    run(stock, objects, "SELECT one(1), two(2)")
    jars = [sql for sql in objects.ran if sql.startswith("ADD JAR")]
    assert jars == ["ADD JAR '/opt/a.jar'", "ADD JAR '/opt/b.jar'"]
    assert objects.ran.index(jars[0]) < next(i for i, sql in enumerate(objects.ran) if "'x.One'" in sql)


def test_catalogs_are_made_when_they_are_named(stock: SharedStock, objects: FakeObjects, share: Share) -> None:
    share("CREATE CATALOG hive WITH ('type'='hive')")
    objects.lasting[(DefinitionKind.TABLE, ("hive", "dw", "t"))] = "CREATE TABLE t (id INT)"
    run(stock, objects, "SELECT * FROM hive.dw.t")
    run(stock, objects, "USE CATALOG hive")
    assert [sql for sql in objects.ran if sql.startswith("CREATE")] == [
        "CREATE CATALOG IF NOT EXISTS `hive` WITH ('type'='hive')"
    ]


def test_a_dropped_catalog_that_is_the_current_one_stays_until_the_session_ends(
    stock: SharedStock, objects: FakeObjects, share: Share, catalog: Catalog
) -> None:
    share("CREATE CATALOG mem WITH ('type'='generic_in_memory')")
    run(stock, objects, "USE CATALOG mem")
    objects.lasting[(DefinitionKind.TABLE, ("mem", "default", "t"))] = "CREATE TABLE t (id INT)"
    catalog.definitions.drop(Name("my", "mem"), expected=1)
    run(stock, objects, "SELECT * FROM mem.default.t")
    assert stock.made == {}
    run(stock, objects, "USE CATALOG default_catalog")
    run(stock, objects, "SELECT * FROM mem.default.t")


def test_like_and_insert_bring_their_tables(stock: SharedStock, objects: FakeObjects, share: Share) -> None:
    share(ORDERS)
    share(USERS)
    share("CREATE TABLE wider LIKE orders")
    run(stock, objects, "CREATE TABLE mine LIKE my.wider")
    prepared = run(stock, objects, "INSERT INTO users SELECT * FROM orders")
    assert {(use.target, use.how.value) for use in prepared.uses} == {("users", "writes"), ("orders", "reads")}
    assert made(stock) == {
        "default_catalog.my.orders",
        "default_catalog.my.wider",
        f"{HERE}.users",
        f"{HERE}.orders",
    }


NAME = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=30)
@given(name=NAME)
def test_any_name_can_be_shared_and_named(catalog: Catalog, name: str) -> None:
    objects = FakeObjects()
    stock = SharedStock(
        objects.run, catalog.definitions, Resolver(catalog.variables, ("my",)), ("my",), "dev", notice=print
    )
    catalog.definitions.save_all(
        [Definition(Name("my", name), DefinitionKind.TABLE, f"CREATE TABLE {quote(name)} (id INT)")], replace=True
    )
    run(stock, objects, f"SELECT * FROM {quote(name)}, my.{quote(name)}")
    assert set(stock.made) == {
        ("default_catalog", "default_database", name),
        ("default_catalog", "my", name),
    }


@pytest.mark.parametrize("other", ["Orders", "ORDERS"])
def test_the_case_of_tables_counts(stock: SharedStock, objects: FakeObjects, share: Share, other: str) -> None:
    share(ORDERS)
    with pytest.raises(StatementInvalidError, match=f"Object '{other}' not found"):
        run(stock, objects, f"SELECT * FROM {other}")


def test_what_flink_says_against_a_definition_names_it_and_no_place_in_the_cell(
    stock: SharedStock, objects: FakeObjects, share: Share
) -> None:
    share(ORDERS)
    share("CREATE VIEW v AS SELECT * FROM orders")
    objects.refuse["CREATE TEMPORARY TABLE"] = "Unknown type BIGINT"
    with pytest.raises(StatementInvalidError) as error:
        run(stock, objects, "SELECT * FROM v")
    assert error.value.message == "my.orders (version 1) cannot be made: Unknown type BIGINT"
    assert "describe my.orders" in str(error.value.hint)
    assert error.value.position is None


@pytest.mark.parametrize("broken", ["", ";", "SELECT 1", "CREATE TABLE", "CREATE VIEW 'x' AS", "DROP TABLE orders"])
def test_a_text_that_is_no_definition_any_more_gives_a_clear_line(
    stock: SharedStock, objects: FakeObjects, catalog: Catalog, broken: str
) -> None:
    catalog.definitions.save(Definition(Name("my", "orders"), DefinitionKind.TABLE, broken or " "), expected=None)
    with pytest.raises(StatementInvalidError, match=r"my\.orders \(version 1\) cannot be made: ") as error:
        run(stock, objects, "SELECT * FROM orders")
    assert error.value.position is None


def test_rounds_are_bounded(stock: SharedStock, objects: FakeObjects, share: Share) -> None:
    """A gateway that misses the same table for ever is believed after some tries."""
    share(ORDERS)

    def lose(sql: str) -> None:
        if sql.startswith("SELECT"):
            objects.temporary.clear()

    objects.before = lose
    with pytest.raises(StatementInvalidError, match="Object 'orders' not found"):
        run(stock, objects, "SELECT * FROM orders")
    assert len([sql for sql in objects.ran if sql.startswith("SELECT")]) == TRIES + 1


def test_an_error_about_something_else_asks_nobody(
    stock: SharedStock, objects: FakeObjects, share: Share, asked: list[str]
) -> None:
    share(ORDERS)
    prepared = run(stock, objects, "SELECT * FROM orders")
    objects.ran.clear()
    asked.clear()
    assert not stock.supply(prepared, StatementInvalidError("Column 'x' not found in any table"))
    assert objects.ran == asked == []


# Variables


def test_environments_side_by_side(
    stock: SharedStock, objects: FakeObjects, share: Share, set_variable: Callable[..., None]
) -> None:
    set_variable("topic", dev="d", prod="p")
    share("CREATE TABLE t (id INT) WITH ('connector'='kafka', 'topic'='${topic}')")
    for environment, value in (("dev", "d"), ("prod", "p"), ("dev", "d")):
        objects.ran.clear()
        run(stock, objects, "SELECT * FROM t", environment)
        assert [f"'topic'='{value}'" in sql for sql in objects.ran if sql.startswith("CREATE")] == [True]
        objects.ran.clear()
        run(stock, objects, "SELECT * FROM t", environment)
        assert objects.ran == ["SELECT * FROM t"]


def test_what_is_brought_later_is_of_the_statements_environment(
    stock: SharedStock, objects: FakeObjects, share: Share, set_variable: Callable[..., None]
) -> None:
    set_variable("topic", dev="d", prod="p")
    share("CREATE TABLE t (id INT) WITH ('connector'='kafka', 'topic'='${topic}')")
    prepared = stock.prepare(Statement("SELECT 1", classify("SELECT 1"), environment="prod"))
    assert stock.supply(prepared, StatementInvalidError("Object 't' not found"))
    assert "'topic'='p'" in stock.made[("default_catalog", "default_database", "t")].text


def test_a_definitions_own_team_gives_its_values(
    stock: SharedStock, objects: FakeObjects, share: Share, set_variable: Callable[..., None]
) -> None:
    set_variable("topic", "mine")
    set_variable("topic", "theirs", team="base")
    share("CREATE TABLE t (id INT) WITH ('topic'='${topic}')", team="base")
    prepared = run(stock, objects, "SELECT '${topic}' FROM t")
    assert prepared.text == "SELECT 'mine' FROM t"
    assert [each.text[-18:] for each in stock.made.values()] == ["('topic'='theirs')"]


def test_a_variable_of_a_definition_without_a_value_is_told_of_the_definition(
    stock: SharedStock, objects: FakeObjects, share: Share
) -> None:
    share("CREATE TABLE t (id INT) WITH ('topic'='${topic}')")
    with pytest.raises(StatementInvalidError) as error:
        run(stock, objects, "SELECT * FROM t")
    assert error.value.message.startswith(
        "my.t (version 1) cannot be made: ${topic} has no value in environment dev"
    )
    assert error.value.position is None
    assert objects.made() == []


SECRET = "s3cr'et\"\\ü"


@pytest.fixture
def with_secret(
    stock: SharedStock, share: Share, set_variable: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> SharedStock:
    monkeypatch.setenv("PW", SECRET)
    set_variable("pw", secret=True, dev="env:PW")
    share("CREATE TABLE t (id INT) WITH ('connector'='jdbc', 'password'='${pw}')")
    return stock


def test_secrets_reach_flink_and_nobody_else(with_secret: SharedStock, objects: FakeObjects) -> None:
    import json

    stock = with_secret
    prepared = run(stock, objects, "SELECT * FROM t /*+ OPTIONS('password'='${pw}') */")
    assert SECRET.replace("'", "''") in prepared.text
    shown = stock.made[("default_catalog", "default_database", "t")].text
    pages = [json.dumps([{"fields": [shown]}], ensure_ascii=ascii).encode() for ascii in (True, False)]
    error = StatementInvalidError(f"wrong: {SECRET}", hint=f"not {SECRET}", details=f"at {shown}")
    prepared.restore(error)
    told = [prepared.shown, *(prepared.hide(page).decode() for page in pages), stock.hide(shown)]
    told += [str(error), repr(error), str(error.args), *error.report(), str(error.details), repr(prepared)]
    for text in told:
        assert "s3cr" not in text
        assert json.dumps(SECRET)[1:-1] not in text
    for page in pages:
        json.loads(prepared.hide(page))


def test_flinks_words_against_a_table_hide_its_secret(with_secret: SharedStock, objects: FakeObjects) -> None:
    objects.refuse["CREATE TEMPORARY TABLE"] = f"cannot log in with {SECRET}"
    with pytest.raises(StatementInvalidError) as error:
        run(with_secret, objects, "SELECT * FROM t")
    assert error.value.message.endswith("cannot log in with ******")


@pytest.mark.parametrize(
    "sql", ["SELECT '${pw}' FROM t", "EXPLAIN SELECT '${pw}'", "INSERT INTO t VALUES ('${pw}')"]
)
def test_a_secret_in_rows_or_a_plan_is_refused_before_anything_runs(
    with_secret: SharedStock, objects: FakeObjects, sql: str
) -> None:
    with pytest.raises(SecretError, match="is a secret"):
        run(with_secret, objects, sql)
    assert objects.ran == []


# Without the catalog


class Unreachable:
    """Definitions that are there, then not, then there again."""

    def __init__(self, definitions: object) -> None:
        self.definitions = definitions
        self.is_down = False

    def find(self, names: Sequence[Name]) -> Mapping[Name, Definition]:
        if self.is_down:
            raise CatalogUnavailableError("the catalog does not answer")
        found: Mapping[Name, Definition] = self.definitions.find(names)  # type: ignore[attr-defined]
        return found

    def __getattr__(self, name: str) -> object:
        return getattr(self.definitions, name)


def test_a_database_that_goes_away_is_told_of_once_each_time(
    catalog: Catalog, objects: FakeObjects, share: Share, notices: list[str]
) -> None:
    definitions = Unreachable(catalog.definitions)
    stock = SharedStock(
        objects.run,
        definitions,  # type: ignore[arg-type]
        Resolver(catalog.variables, catalog.teams),
        catalog.teams,
        "dev",
        notice=notices.append,
    )
    share(ORDERS)
    for outage in (1, 2):
        definitions.is_down = False
        run(stock, objects, "SELECT * FROM orders")
        definitions.is_down = True
        for _ in range(3):
            run(stock, objects, "SELECT * FROM orders")  # what was brought stays
        assert notices == ["the catalog does not answer; statements go on without the shared catalog"] * outage
    assert len(objects.made()) == 1


def test_overrides_take_the_place_of_what_the_catalog_has(
    catalog: Catalog, objects: FakeObjects, share: Share
) -> None:
    share(ORDERS)
    users = share(USERS)
    stock = SharedStock(
        objects.run,
        catalog.definitions,
        Resolver(catalog.variables, catalog.teams),
        catalog.teams,
        "dev",
        notice=print,
        overrides={Name("my", "orders"): None, Name("my", "new"): users},
    )
    run(stock, objects, "SELECT * FROM new")
    with pytest.raises(StatementInvalidError, match="Object 'orders' not found"):
        run(stock, objects, "SELECT * FROM orders")


@pytest.mark.parametrize("name", ["ordres", "my.ordres", "my.orders_x"])
def test_a_name_that_is_almost_a_shared_one_gets_a_suggestion(
    stock: SharedStock, objects: FakeObjects, share: Share, name: str
) -> None:
    share("CREATE TABLE orders (id INT) WITH ('connector'='datagen')")
    with pytest.raises(StatementInvalidError) as error:
        run(stock, objects, f"SELECT * FROM {name}")
    assert error.value.hint == "did you mean orders? team my shares it"
    with pytest.raises(StatementInvalidError) as error:
        run(stock, objects, "SELECT * FROM something_else")
    assert "team my" not in str(error.value.hint)
    assert stock.made == {}
