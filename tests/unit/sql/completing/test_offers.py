"""What is offered where the caret is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.carets import WORLD, after, at, texts
from fakes.sql_texts import any_text
from flinklab.domain.completion import CompletionType
from flinklab.sql.completing.offers import LIMIT, offers
from flinklab.sql.completing.place import place_at

COLUMN, TABLE, KEYWORD = CompletionType.COLUMN, CompletionType.TABLE, CompletionType.KEYWORD
FUNCTION, OPTION, VALUE, TYPE = (
    CompletionType.FUNCTION,
    CompletionType.OPTION,
    CompletionType.VALUE,
    CompletionType.TYPE,
)
ORDERS = ["id", "amount", "`order`", "buyer"]


@pytest.mark.parametrize(
    ("marked", "columns"),
    [
        ("SELECT a.| FROM orders AS a", ORDERS),
        ("SELECT a.| FROM orders a", ORDERS),
        ("SELECT orders.| FROM orders", ORDERS),
        ("SELECT a.am| FROM orders AS a", ["amount"]),
        ("SELECT a.AM| FROM orders AS a", ["amount"]),
        ("SELECT | FROM orders", ORDERS),
        ("SELECT id, | FROM orders", ORDERS),
        ("SELECT SUM(|) FROM orders", ORDERS),
        ("SELECT * FROM orders WHERE |", ORDERS),
        ("SELECT * FROM orders WHERE id = 1 AND |", ORDERS),
        ("SELECT * FROM orders GROUP BY |", ORDERS),
        ("SELECT * FROM orders ORDER BY id DESC, |", ORDERS),
        ("SELECT * FROM orders HAVING COUNT(|", ORDERS),
        ("SELECT CASE WHEN | THEN 1 END FROM users", ["id", "email"]),
        ("SELECT * FROM orders o JOIN users u ON o.id = u.|", ["id", "email"]),
        ("SELECT u.| FROM orders o LEFT JOIN users AS u ON o.id = u.id WHERE 1 = 1", ["id", "email"]),
        ("SELECT | FROM users u, orders", ["id", "email", "amount", "`order`", "buyer"]),
        ("SELECT * FROM dw.facts WHERE |", ["`day`", "total"]),
        ("SELECT f.| FROM `dw`.`facts` f", ["`day`", "total"]),
        ("SELECT buyer.| FROM orders", ["name", "age"]),
        ("SELECT o.buyer.| FROM orders o", ["name", "age"]),
        ("SELECT | FROM (SELECT id AS key, amount FROM orders) AS t", ["key", "amount"]),
        ("SELECT t.| FROM (SELECT *, COUNT(*) AS n FROM users) t", ["id", "email", "n"]),
        ("WITH c AS (SELECT id AS k FROM orders) SELECT c.| FROM c", ["k"]),
        ("WITH c (a, b) AS (SELECT id, email FROM users) SELECT | FROM c", ["a", "b"]),
        ("WITH c AS (SELECT | FROM users) SELECT * FROM c", ["id", "email"]),
        ("SELECT * FROM orders WHERE id IN (SELECT | FROM users)", ["id", "email"]),
        ("SELECT * FROM orders o WHERE EXISTS (SELECT 1 FROM users WHERE o.|)", ORDERS),
        ("SELECT id FROM orders UNION ALL SELECT | FROM users", ["id", "email"]),
        ("SELECT w.| FROM TABLE(TUMBLE(TABLE users, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) AS w",
         ["id", "email", "window_start", "window_end", "window_time"]),
        ("SELECT ROW_NUMBER() OVER (PARTITION BY |) FROM users", ["id", "email"]),
        ("INSERT INTO users SELECT | FROM orders", ORDERS),
        ("INSERT INTO users (|", ["id", "email"]),
        ("UPDATE users SET |", ["id", "email"]),
        ("EXPLAIN SELECT | FROM users", ["id", "email"]),
        ("EXECUTE STATEMENT SET BEGIN INSERT INTO x SELECT 1; INSERT INTO y SELECT | FROM users;", ["id", "email"]),
        ("SELECT 1 FROM orders; SELECT | FROM users; SELECT 2 FROM orders", ["id", "email"]),
        ("SELECT /* orders. */ | FROM users -- FROM orders", ["id", "email"]),
        ("SELECT u.| FROM users FOR SYSTEM_TIME AS OF PROCTIME() AS u", ["id", "email"]),
        ("SELECT t.| FROM orders CROSS JOIN UNNEST(xs) AS t (a, b)", ["a", "b"]),
        ("CREATE VIEW v AS SELECT | FROM users", ["id", "email"]),
        ("CREATE TABLE t (a INT, b INT, PRIMARY KEY (|) NOT ENFORCED)", ["a", "b"]),
        ("CREATE TABLE t (a INT, ts TIMESTAMP(3), WATERMARK FOR |", ["a", "ts"]),
        ("CREATE TABLE t (a INT, b AS |, c STRING)", ["a", "b", "c"]),
    ],
)  # fmt: skip
def test_columns_of_the_tables_in_the_query(marked: str, columns: list[str]) -> None:
    assert texts(marked, COLUMN) == columns


@pytest.mark.parametrize(
    ("marked", "offered"),
    [
        ("SELECT * FROM |", ["orders", "users", "`my table`", "dw", "hive"]),
        ("SELECT * FROM o|", ["orders"]),
        ("SELECT * FROM users JOIN |", ["orders", "users", "`my table`", "dw", "hive"]),
        ("SELECT * FROM users, or|", ["orders"]),
        ("SELECT * FROM dw.|", ["facts"]),
        ("WITH recent AS (SELECT 1) SELECT * FROM re|", ["recent"]),
        ("INSERT INTO us|", ["users"]),
        ("DESCRIBE us|", ["users"]),
        ("SHOW CREATE TABLE us|", ["users"]),
        ("DROP TABLE IF EXISTS us|", ["users"]),
        ("ALTER TABLE us|", ["users"]),
        ("SELECT * FROM TABLE(TUMBLE(TABLE us|", ["users"]),
        ("CREATE TABLE t LIKE us|", ["users"]),
        ("USE CATALOG |", ["hive"]),
        ("USE d|", ["dw"]),
        ("SELECT * FROM `my|", ["my table`"]),
        ("SELECT * FROM `my|`", ["my table"]),
    ],
)
def test_tables_where_tables_stand(marked: str, offered: list[str]) -> None:
    assert texts(marked, TABLE) == offered


@pytest.mark.parametrize(
    ("marked", "keyword"),
    [
        ("|", "SELECT"),
        ("SEL|", "SELECT"),
        ("sel|", "select"),
        ("SELECT 1; cre|", "create table"),
        ("CREATE T|", "TABLE"),
        ("SELECT id F|", "FROM"),
        ("SELECT * FROM t W|", "WHERE"),
        ("SELECT * FROM t LEFT |", "JOIN"),
        ("SELECT * FROM a JOIN b |", "ON"),
        ("SELECT * FROM t WHERE a |", "AND"),
        ("SELECT * FROM t WHERE a IS |", "NOT NULL"),
        ("SELECT * FROM t GROUP |", "BY"),
        ("SELECT * FROM t GROUP BY a |", "HAVING"),
        ("SELECT 1 UNION |", "ALL"),
        ("SELECT RANK() OVER (|", "PARTITION BY"),
        ("SELECT CASE WHEN a THEN 1 |", "END"),
        ("SHOW |", "TABLES"),
        ("INSERT |", "INTO"),
        ("INSERT INTO t |", "SELECT"),
        ("CREATE TABLE t (a INT) |", "WITH ("),
        ("CREATE TABLE t (a INT |", "NOT NULL"),
        ("CREATE TABLE t (a INT, |", "PRIMARY KEY ("),
        ("CREATE TABLE t (PRIMARY KEY (a) |", "NOT ENFORCED"),
        ("SELECT * FROM t /*+ |", "OPTIONS("),
        ("SELECT * FROM TABLE(|", "TUMBLE("),
        ("EXECUTE STATEMENT SET BEGIN |", "INSERT INTO"),
        ("EXPLAIN |", "SELECT"),
    ],
)
def test_keywords_by_what_stands_before(marked: str, keyword: str) -> None:
    assert keyword in texts(marked, KEYWORD)


@pytest.mark.parametrize(
    "marked",
    [
        "SELECT 1 -- FR|",
        "SELECT /* FR|",
        "SELECT 'FR|'",
        "SELECT id AS |",
        "CREATE TABLE IF NOT EXISTS |",
        "SELECT 1 LIMIT |",
    ],
)
def test_nothing_where_only_a_person_knows(marked: str) -> None:
    assert at(marked) == []


@pytest.mark.parametrize("marked", ["CREATE TABLE t (a |", "CREATE TABLE t (a ROW<b |", "SELECT CAST(a AS |"])
def test_types(marked: str) -> None:
    assert {"STRING", "BIGINT", "TIMESTAMP(3)"} <= set(texts(marked, TYPE))


def test_columns_come_before_functions_and_those_before_keywords() -> None:
    order = [each.type for each in at("SELECT | FROM orders")]
    firsts = [order.index(type_) for type_ in (COLUMN, TABLE, FUNCTION, KEYWORD)]
    assert firsts == sorted(firsts)


def test_functions_of_flink_and_of_people() -> None:
    assert {"my_function", "MOD", "MAX"} <= set(texts("SELECT M| FROM orders", FUNCTION))
    assert "mod" in texts("SELECT m| FROM orders", FUNCTION)


WITH = "CREATE TABLE t (id INT, name STRING) WITH ("


def test_without_a_connector_the_connector_comes_first() -> None:
    assert texts(f"{WITH}|") == ["'connector' = '"]
    assert texts(f"{WITH}'|") == ["connector' = '"]
    assert texts(f"{WITH}'|'") == ["connector"]
    assert "kafka" in texts(f"{WITH}'connector' = '|'", VALUE)
    assert texts(f"{WITH}'connector' = 'up|", VALUE) == ["upsert-kafka'"]
    assert "'kafka'" in texts(f"{WITH}'connector' = |", VALUE)


def test_the_required_options_come_first_and_those_that_are_there_not_at_all() -> None:
    found = at(f"{WITH}'connector' = 'kafka', 'topic' = 'x', '|', 'format' = 'json')")
    assert [each.text for each in found[:2]] == ["properties.bootstrap.servers", "topic-pattern"]
    assert found[0].detail == "required, string"
    assert found[0].comment
    keys = [each.text for each in found]
    assert {"scan.startup.mode", "json.ignore-parse-errors"} <= set(keys)
    assert not {"topic", "connector", "format"} & set(keys)


@pytest.mark.parametrize(
    ("options", "key", "value"),
    [
        ("'connector' = 'kafka'", "scan.startup.mode", "latest-offset"),
        ("'connector' = 'kafka', 'value.format' = 'json'", "value.json.fail-on-missing-field", "true"),
        ("'connector' = 'kafka', 'key.format' = 'csv'", "key.csv.allow-comments", "false"),
        ("'connector' = 'kafka'", "format", "avro-confluent"),
        ("'connector' = 'datagen'", "fields.name.kind", "sequence"),
        ("'connector' = 'jdbc'", "lookup.cache", "PARTIAL"),
    ],
)
def test_an_option_is_offered_and_then_its_values(options: str, key: str, value: str) -> None:
    assert f"'{key}' = '" in texts(f"{WITH}{options}, |", OPTION)
    assert value in texts(f"{WITH}{options}, '{key}' = '|')", VALUE)


def test_a_key_that_has_a_value_is_replaced_alone() -> None:
    marked = f"{WITH}'connector' = 'kafka', 'scan.st|' = 'x')"
    assert after(marked, "scan.startup.mode") == f"{WITH}'connector' = 'kafka', 'scan.startup.mode' = 'x')"


def test_a_hint_has_the_options_of_its_table_without_those_that_it_needs_anyway() -> None:
    keys = texts("SELECT * FROM orders /*+ OPTIONS('|') */", OPTION)
    assert "scan.startup.mode" in keys
    assert not {"topic", "connector", "properties.bootstrap.servers"} & set(keys)
    assert "earliest-offset" in texts("SELECT * FROM orders /*+ OPTIONS('scan.startup.mode' = '|') */", VALUE)


def test_options_of_a_catalog() -> None:
    assert "jdbc" in texts("CREATE CATALOG c WITH ('type' = '|')", VALUE)
    assert texts("CREATE CATALOG c WITH ('type' = 'jdbc', '|')", OPTION)[0] == "base-url"


def test_settings() -> None:
    assert "table.exec.state.ttl" in texts("SET '|'")
    assert texts("SET 'no such|'") == []
    assert texts("SET 'ttl|'") == ["table.exec.state.ttl"]


@pytest.mark.parametrize(
    ("marked", "done"),
    [
        ("SELECT ${bu|", "SELECT ${bucket}"),
        ("SELECT '${bu|}'", "SELECT '${bucket}'"),
        ("SELECT * FROM `${bu|", "SELECT * FROM `${bucket}"),
    ],
)
def test_variables(marked: str, done: str) -> None:
    [text] = texts(marked, CompletionType.VARIABLE)
    assert after(marked, text) == done


def test_an_escaped_variable_is_none() -> None:
    assert texts("SELECT $${bu|", CompletionType.VARIABLE) == []


def test_names_of_python_in_braces() -> None:
    assert texts("SELECT {{ fr|") == ["frame"]
    assert texts("SELECT {{ frame }} FR|", KEYWORD) == ["FROM"]
    assert texts("SELECT '{{ fr|'") == []


@pytest.mark.parametrize(
    ("marked", "chosen", "done"),
    [
        ("SELECT a.or| FROM orders a", "`order`", "SELECT a.`order` FROM orders a"),
        ("SELECT a.`or|` FROM orders a", "order", "SELECT a.`order` FROM orders a"),
        ("SELECT a.`or| FROM orders a", "order`", "SELECT a.`order` FROM orders a"),
        ("SELECT * FROM or|;\nSELECT 1", "orders", "SELECT * FROM orders;\nSELECT 1"),
        ("SEL|", "SELECT", "SELECT"),
    ],
)
def test_what_is_replaced_ends_at_the_caret(marked: str, chosen: str, done: str) -> None:
    assert after(marked, chosen) == done


@given(any_text, st.data())
def test_any_text_and_any_caret(text: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(text)))
    found = offers(place_at(text, position), WORLD)
    assert len(found) <= LIMIT
    assert len({each.text for each in found}) == len(found)
    for each in found:
        assert each.end == position
        assert 0 <= each.begin <= position
        written = text[each.begin : position].replace("``", "`").replace("''", "'").casefold()
        assert written in each.text.replace("``", "`").replace("''", "'").casefold()


SOUP = """
    SELECT FROM WHERE WITH AS ( ) , . ; orders a `x` 'k' = CREATE TABLE INT ROW < > INSERT INTO /*+ */ OPTIONS SET
    TUMBLE( JOIN ON UNION BY GROUP ORDER OVER CASE ${v} {{ }} -- PRIMARY KEY WATERMARK FOR LATERAL
"""
WORDS = st.sampled_from([*SOUP.split(), "\n"])


@given(st.lists(WORDS, max_size=25), st.data())
def test_any_words_in_any_order(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    position = data.draw(st.integers(0, len(text)))
    assert all(each.end == position for each in offers(place_at(text, position), WORLD))


@pytest.mark.parametrize(
    "text", ["(" * 3_000, "SELECT " + "(SELECT " * 1_000, "WITH a AS (" * 500, "CASE " * 3_000]
)
def test_deep_nesting(text: str) -> None:
    assert place_at(text, len(text)).caret.end == len(text)


@pytest.mark.parametrize("pad", range(0, 40, 3))
def test_a_huge_cell_is_read_from_the_begin_of_a_line(pad: int) -> None:
    """Wherever that is: what is read of the cell does not begin in quotes."""
    statement = "INSERT INTO users SELECT id, 'it''s one' FROM orders;\n"
    marked = f"{statement * 900}{'-' * pad}\nSELECT orders.| FROM orders;\n{statement * 900}"
    assert texts(marked) == ORDERS


@pytest.mark.parametrize("star", ["*", "DISTINCT *", "o.*", "id, *", "ALL *"])
def test_after_the_star_of_all_columns_comes_from(star: str) -> None:
    assert texts(f"SELECT {star} F| orders o") == ["FROM"]
    assert texts(f"SELECT {star} | orders o") == ["FROM"]


def test_after_the_star_of_a_product_comes_a_value() -> None:
    assert texts("SELECT amount * | FROM orders")[: len(ORDERS)] == ORDERS
