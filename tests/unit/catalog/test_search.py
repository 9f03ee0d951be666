"""Search by part of a word: what is found, in which order, and that nothing large is read whole."""

from __future__ import annotations

import os
from collections.abc import Callable

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from fakes.definitions import a_table, many_tables
from fakes.plans import plans_of
from flinklab.catalog import search_index
from flinklab.catalog.database import Database
from flinklab.catalog.definitions import Definitions
from flinklab.catalog.people import People
from flinklab.catalog.search import Search
from flinklab.catalog.search_text import fold
from flinklab.domain.definitions import DefinitionKind, Name
from flinklab.domain.errors import NotFoundError, UsageError
from postgres import Login, PostgresServer


@pytest.fixture
def search(database: Database) -> Search:
    Definitions(database).save_all(
        [
            a_table("orders", columns=("id", "amount"), comment="订单明细"),
            a_table("ods_orders", columns=("order_id", "ts"), connector="jdbc", tags=("ods", "p0")),
            a_table("payments", columns=("id", "order_id"), tags=("gold",), comment="Paid by CARD"),
            a_table("clicks", columns=("user_id", "url"), connector="paimon", comment="clicks on an order's page"),
            a_table("100%_sure", columns=("a*b", 'say "hi"'), comment="AND OR NOT NEAR( * ^ :"),
            a_table("v_orders", kind=DefinitionKind.VIEW, columns=("id",), connector=""),
        ],
        replace=False,
    )
    return Search(database)


def found(search: Search, text: str, **narrow: object) -> list[str]:
    return [hit.name.name for hit in search.search(text, **narrow)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("order", ["ods_orders", "orders", "v_orders", "payments", "clicks"]),  # names, then columns, then the rest
        ("orders", ["orders", "ods_orders", "v_orders"]),  # first what is called so
        ("ORDER_ID", ["ods_orders", "payments"]),
        ("order_i", ["ods_orders", "payments"]),
        ("r_i", ["clicks", "ods_orders", "payments"]),
        ("orders jdbc", ["ods_orders"]),
        ("jdbc kafka", []),
        ("gold", ["payments"]),
        ("paimon", ["clicks"]),
        ("card paid", ["payments"]),
        ("订单", ["orders"]),
        ("单", ["orders"]),
        ("or", ["orders", "100%_sure"]),  # two letters are the beginning of a name, or a whole word
        ("p0", ["ods_orders"]),
        ("id", ["orders", "payments", "v_orders"]),
        ("v", ["v_orders"]),
        ("zz", []),
        ("order id", ["ods_orders", "orders", "payments", "v_orders", "clicks"]),
        ("%", ["100%_sure"]),
        ("_", []),
        ("100%", ["100%_sure"]),
        ("%_s", ["100%_sure"]),
        ("a*b", ["100%_sure"]),
        ('"hi"', ["100%_sure"]),
        ("near(", ["100%_sure"]),
        ("'; DROP TABLE definition; --", []),
        ("name : order", []),
        ("\\", []),
    ],
)
def test_what_is_found_and_in_which_order(search: Search, text: str, names: list[str]) -> None:
    assert found(search, text) == names


def test_a_hit_tells_what_matched(search: Search) -> None:
    because = {
        text: {hit.name.name: hit.because for hit in search.search(text)}
        for text in ("order", "gold", "paimon", "订单", "order jdbc", "card")
    }
    assert because["order"]["orders"] == "name"
    assert because["order"]["payments"] == "column order_id"
    assert because["order"]["clicks"] == "comment"
    assert because["gold"] == {"payments": "tag gold"}
    assert because["paimon"] == {"clicks": "connector paimon"}
    assert because["订单"] == {"orders": "comment"}
    assert because["order jdbc"] == {"ods_orders": "name, connector jdbc"}
    (hit,) = search.search("ods_orders")
    assert (hit.kind, hit.connector, hit.tags, hit.columns, hit.version) == (
        DefinitionKind.TABLE,
        "jdbc",
        ("ods", "p0"),
        2,
        1,
    )


def test_narrowed_by_kind_connector_tag_and_team(search: Search, database: Database) -> None:
    assert found(search, "orders", kind=DefinitionKind.VIEW) == ["v_orders"]
    assert found(search, "", connector="jdbc") == ["ods_orders"]
    assert found(search, "", tag="p0") == ["ods_orders"]
    assert found(search, "", tag="p") == []
    assert found(search, "order", tag="gold") == ["payments"]
    assert found(search, "", kind=DefinitionKind.VIEW) == ["v_orders"]
    assert len(found(search, "", team="my")) == 6
    assert len(found(search, "", team="my", limit=2)) == 2
    People(database).create_team("o'ther")
    Definitions(database).save(a_table("orders", team="o'ther"), expected=None)
    assert [hit.name for hit in search.search("orders", team="o'ther")] == [Name("o'ther", "orders")]
    assert [str(hit.name) for hit in search.search("orders")][:2] == ["my.orders", "o'ther.orders"]


def test_mistakes_are_told(search: Search) -> None:
    with pytest.raises(UsageError, match="nothing to search for"):
        search.search("  ")
    with pytest.raises(UsageError, match="too many"):
        search.search("x" * 2_000)
    with pytest.raises(NotFoundError, match="team"):
        search.search("orders", team="nobody's")


def test_the_index_follows_changes(search: Search, database: Database) -> None:
    definitions = Definitions(database)
    definitions.save(a_table("payments", columns=("renamed_column",)), expected=1)
    assert found(search, "renamed_c") == ["payments"]
    assert found(search, "gold") == []
    definitions.drop(Name("my", "payments"), expected=2)
    assert found(search, "renamed_c") == []
    definitions.revert(Name("my", "payments"), 1, expected=3)
    assert found(search, "gold") == ["payments"]


def test_a_word_that_all_have_gives_the_limit(database: Database) -> None:
    Definitions(database).save_all(many_tables(5 * search_index.CANDIDATES), replace=False)
    search = Search(database)
    assert len(search.search("event_time", limit=50)) == 50
    assert found(search, "ods_000100") == ["ods_000100"], "the one that is called so is never left out"
    assert found(search, "special_001001") == ["dwd_001001"]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=60,
    deadline=None,
)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_text_is_plain_text(search: Search, text: str) -> None:
    if fold(text):
        words = fold(text).split()
        for hit in search.search(text):
            table = Definitions(search._database).get(hit.name)
            everything = " ".join(
                fold(part)
                for part in (
                    table.name.name,
                    *(column.name for column in table.facts.columns),
                    *table.tags,
                    table.facts.connector,
                    table.facts.comment,
                )
            )
            assert all(word in everything for word in words)


def test_folding_leaves_letters_and_digits_and_keeps_parts() -> None:
    assert fold("Order_ID  订") == "orderZid Q8ba2"
    assert fold("ＯＲＤＥＲ") == "order"
    assert fold("a\tb\nc\0") == "a b cQ0"


def test_sqlite_reads_the_index_and_no_table_whole(
    sqlite_url: str, open_catalog: Callable[[str], Database]
) -> None:
    database = open_catalog(sqlite_url)
    Definitions(database).save_all(many_tables(2_000), replace=False)
    with database.writing() as connection:
        connection.execute(text("ANALYZE"))
    for words in ("special_000777", "event_time", "od", "tag_000777"):
        plan = plans_of(database, lambda words=words: Search(database).search(words))  # type: ignore[misc]
        assert "definition_search_name VIRTUAL TABLE INDEX" in plan and "SCAN definition\n" not in plan + "\n", plan


def test_a_restricted_person_searches_by_the_index(
    postgres_server: PostgresServer,
    postgres_database: str,
    catalog_person: Login,
    postgresql_url: str,
    open_catalog: Callable[[str], Database],
) -> None:
    database = open_catalog(postgresql_url)
    Definitions(database).save_all(many_tables(2_000), replace=False)
    postgres_server.execute("VACUUM ANALYZE", postgres_database)
    superuser = postgres_server.url(postgres_database).replace("+psycopg", "")
    for words in ("special_000777", "event_time", "od", "tag_000777"):
        plan = plans_of(database, lambda words=words: Search(database).search(words))  # type: ignore[misc]
        assert "Function Scan flinklab_search" in plan and "Seq Scan definition" not in plan, plan
        inner = _plans_inside(superuser, catalog_person.name, words)
        assert "Bitmap Index Scan on ix_definition_search" in inner, inner
        assert "Scan on definition " in inner and "Seq Scan on definition" not in inner, inner


def _plans_inside(url: str, person: str, word: str) -> str:
    """The plans inside of the function when `person` calls it; only a superuser may have them told."""
    told: list[str] = []
    with psycopg.connect(url) as connection:
        connection.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
        for setting in ("log_min_duration = 0", "log_nested_statements = on", "log_level = notice"):
            connection.execute("LOAD 'auto_explain'")
            connection.execute(f"SET auto_explain.{setting}")  # type: ignore[arg-type]
        connection.execute(f'SET SESSION AUTHORIZATION "{person}"')  # type: ignore[arg-type]
        folded = fold(word)
        heads, anywhere = ([f"{folded}%"], [f"% {folded} %"]) if len(folded) < 3 else ([f"%{folded}%"],) * 2
        connection.execute(
            "SELECT id FROM flinklab_search(%s, %s, %s, '{}', NULL, NULL, NULL, NULL, 50)",
            (folded, heads, anywhere),
        ).fetchall()
    return os.linesep.join(told)


def test_a_person_outside_of_a_team_finds_nothing_of_it(
    postgres_server: PostgresServer,
    postgres_database: str,
    search_of_team: Search,
    open_catalog: Callable[[str], Database],
) -> None:
    stranger = postgres_server.create_login("stranger")
    postgres_server.execute(f"GRANT flinklab_user TO {stranger.name}")
    database = open_catalog(postgres_server.url(postgres_database, stranger))
    assert len(search_of_team.search("orders")) == 1
    assert Search(database).search("orders") == []
    with database.reading() as connection:
        called = "SELECT id FROM flinklab_search('orders', '{%}', '{%}', '{}', NULL, NULL, NULL, NULL, 1000)"
        assert connection.execute(text(called)).all() == []


@pytest.fixture
def search_of_team(postgresql_url: str, open_catalog: Callable[[str], Database]) -> Search:
    database = open_catalog(postgresql_url)
    Definitions(database).save(a_table("orders"), expected=None)
    return Search(database)


def test_installing_again_is_no_harm_and_indexes_what_is_there(
    sqlite_url: str, open_catalog: Callable[[str], Database]
) -> None:
    database = open_catalog(sqlite_url)
    Definitions(database).save(a_table("orders"), expected=None)
    with database.writing() as connection:
        search_index.install(connection)
        for event in ("insert", "update", "delete"):
            connection.execute(text(f"DROP TRIGGER definition_search_{event}"))
        connection.execute(text("DROP TABLE definition_search"))
        connection.execute(text("DROP TABLE definition_search_name"))
        search_index.install(connection)
    Definitions(database).save(a_table("orders", columns=("other",)), expected=1)
    assert found(Search(database), "other") == ["orders"]
    assert found(Search(database), "order_id") == []
