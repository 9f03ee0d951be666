from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fakes.ddl_texts import TableText, tables, texts
from fakes.sql_texts import any_text
from flinklab.domain.definitions import DefinitionKind, TableColumn
from flinklab.domain.errors import Position, StatementParseError
from flinklab.sql.ddl import Changes, as_permanent, as_temporary, changes, read_ddl, renamed, with_options
from flinklab.sql.identifiers import quote

paths = st.lists(texts.filter(bool), min_size=1, max_size=3)
TABLE, VIEW = DefinitionKind.TABLE, DefinitionKind.VIEW


@given(tables())
def test_the_facts_of_a_table_are_read(table: TableText) -> None:
    ddl = read_ddl(table.text)
    assert ddl.facts == table.facts
    assert (ddl.kind, ddl.path) == (TABLE, table.path)
    assert (ddl.temporary, ddl.if_not_exists) == (table.temporary, table.if_not_exists)


@given(tables(), paths)
def test_a_temporary_one_differs_in_nothing_but_its_head(table: TableText, path: list[str]) -> None:
    text = as_temporary(table.text, path)
    ddl = read_ddl(text)
    assert (ddl.path, ddl.temporary, ddl.if_not_exists) == (tuple(path), True, False)
    assert ddl.facts == table.facts
    rest = table.text.index(quote(table.path)) + len(quote(table.path))
    assert text.endswith(table.text[rest:])
    assert text.count("\n") == table.text.count("\n") - quote(table.path).count("\n") + quote(path).count("\n")


@given(tables(), paths)
def test_a_permanent_one_may_be_made_twice(table: TableText, path: list[str]) -> None:
    ddl = read_ddl(as_permanent(table.text, path))
    assert (ddl.path, ddl.temporary, ddl.if_not_exists, ddl.facts) == (tuple(path), False, True, table.facts)


def test_a_system_function_becomes_one_of_a_database() -> None:
    text = "CREATE TEMPORARY SYSTEM FUNCTION f AS 'a.B'"
    assert as_permanent(text, ["dw", "f"]) == "CREATE FUNCTION IF NOT EXISTS `dw`.`f` AS 'a.B'"


@given(tables(), paths)
def test_a_renamed_one_differs_in_nothing_but_its_name(table: TableText, path: list[str]) -> None:
    assert renamed(table.text, path) == table.text.replace(quote(table.path), quote(path), 1)
    assert renamed(renamed(table.text, path), table.path) == table.text


@given(tables(), st.dictionaries(texts.filter(bool), texts, max_size=3))
def test_options_are_put_in_beside_the_others(table: TableText, options: dict[str, str]) -> None:
    ddl = read_ddl(with_options(table.text, options))
    assert ddl.facts.options == table.facts.options | options
    assert ddl.facts.columns == table.facts.columns
    assert ddl.needs.tables == () or [each.parts for each in ddl.needs.tables] == [("base",)]


@given(any_text)
def test_any_text_is_read_or_refused(text: str) -> None:
    for start in ["", "CREATE TABLE ", "CREATE VIEW v AS ", "CREATE TABLE t (", "CREATE TABLE t (a INT) ", "DROP "]:
        try:
            changes(start + text)
            read_ddl(start + text)
        except StatementParseError as error:
            assert error.position is not None
            assert "\n" not in error.message


def test_a_table_with_everything() -> None:
    ddl = read_ddl("""-- orders
        CREATE OR REPLACE TABLE IF NOT EXISTS dw.orders ( -- the bracket
          id BIGINT NOT NULL COMMENT 'the ''id''', amount DECIMAL(10,
            2), ts TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL, part INT METADATA,
          total AS dw.f(amount) + (SELECT max(x) FROM other) COMMENT 'c', primary INT,
          WATERMARK FOR ts AS ts - INTERVAL '5' SECOND,
          CONSTRAINT pk PRIMARY KEY (id, part) NOT ENFORCED
        ) COMMENT 'the orders' WITH ('connector' = 'kafka', 'topic' = '${topic}') LIKE base (INCLUDING ALL);""")
    assert ddl.or_replace and ddl.if_not_exists and not ddl.temporary
    assert ddl.facts.columns == (
        TableColumn("id", "BIGINT NOT NULL", "the 'id'"),
        TableColumn("amount", "DECIMAL(10, 2)"),
        TableColumn("ts", "TIMESTAMP(3)", metadata="timestamp"),
        TableColumn("part", "INT", metadata="part"),
        TableColumn("total", "", "c", computed="dw.f(amount) + (SELECT max(x) FROM other)"),
        TableColumn("primary", "INT"),
    )
    assert ddl.facts.connector == "kafka"
    assert ddl.facts.options["topic"] == "${topic}"
    assert [each.parts for each in ddl.needs.tables] == [("other",), ("base",)]
    assert ddl.needs.functions == (("dw", "f"),)


def test_a_primary_key_in_a_column() -> None:
    assert read_ddl("CREATE TABLE t (id INT PRIMARY KEY NOT ENFORCED, b INT)").facts.primary_key == ("id",)
    ddl = read_ddl("CREATE TABLE t (id INT CONSTRAINT pk PRIMARY KEY NOT ENFORCED)")
    assert (ddl.facts.primary_key, ddl.facts.columns) == (("id",), (TableColumn("id", "INT"),))


def test_a_view() -> None:
    ddl = read_ddl(
        "CREATE TEMPORARY VIEW v (a COMMENT 'x', b) COMMENT 'y' AS\nWITH q AS (SELECT 1) SELECT * FROM q, z ; -- c"
    )
    assert (ddl.kind, ddl.body) == (VIEW, "WITH q AS (SELECT 1) SELECT * FROM q, z")
    assert ddl.facts.columns == (TableColumn("a", comment="x"), TableColumn("b"))
    assert ddl.facts.comment == "y"
    assert [each.parts for each in ddl.needs.tables] == [("z",)]


def test_a_function() -> None:
    text = "CREATE TEMPORARY SYSTEM FUNCTION IF NOT EXISTS f AS 'a.B' LANGUAGE JAVA USING JAR '/a.jar', JAR '${b}'"
    ddl = read_ddl(text)
    assert (ddl.kind, ddl.path, ddl.body, ddl.resources) == (
        DefinitionKind.FUNCTION, ("f",), "a.B", ("/a.jar", "${b}"),
    )  # fmt: skip
    assert as_temporary(text, ["dw", "f"]) == (
        "CREATE TEMPORARY FUNCTION `dw`.`f` AS 'a.B' LANGUAGE JAVA USING JAR '/a.jar', JAR '${b}'"
    )


def test_a_model() -> None:
    text = "CREATE MODEL dw.m INPUT (a STRING, b INT COMMENT 'x') OUTPUT (c ROW<d INT>) WITH ('provider'='openai')"
    ddl = read_ddl(text)
    assert ddl.facts.columns == (
        TableColumn("a", "STRING"), TableColumn("b", "INT", "x"), TableColumn("c", "ROW<d INT>"),
    )  # fmt: skip
    assert ddl.facts.connector == "openai"
    assert as_temporary(text, ["m"]).startswith("CREATE TEMPORARY MODEL `m` INPUT (a STRING")


def test_a_catalog() -> None:
    text = "CREATE CATALOG c COMMENT 'x' WITH ('type'='jdbc')"
    ddl = read_ddl(text)
    assert (ddl.kind, ddl.path, ddl.facts.connector, ddl.facts.comment) == (
        DefinitionKind.CATALOG, ("c",), "jdbc", "x",
    )  # fmt: skip
    expected = "CREATE CATALOG IF NOT EXISTS `d` COMMENT 'x' WITH ('type'='jdbc')"
    assert as_temporary(text, ["d"]) == expected
    assert as_temporary(expected, ["d"]) == expected


def test_a_table_from_a_query() -> None:
    ddl = read_ddl("CREATE TABLE t WITH ('a'='b') AS SELECT * FROM s")
    assert (ddl.body, ddl.facts.options) == ("SELECT * FROM s", {"a": "b"})
    assert with_options("REPLACE TABLE t AS SELECT 1", {"a": "b"}) == "REPLACE TABLE t WITH ('a' = 'b') AS SELECT 1"
    assert read_ddl("REPLACE TABLE t AS SELECT 1").or_replace


def test_words_between_the_head_stay() -> None:
    text = "/* a */ CREATE OR /* b */ REPLACE -- c\n TABLE IF NOT EXISTS /* d */ x.y /* e */ (a INT)"
    expected = "/* a */ CREATE TEMPORARY /* b */ -- c\n TABLE /* d */ `z` /* e */ (a INT)"
    assert as_temporary(text, ["z"]) == expected


def test_options_of_a_table_without_any() -> None:
    assert (
        with_options("CREATE TABLE t (a INT) ;", {"a": "it's"}) == "CREATE TABLE t (a INT) WITH ('a' = 'it''s') ;"
    )
    assert with_options("CREATE TABLE t LIKE u", {"a": "b"}) == "CREATE TABLE t WITH ('a' = 'b') LIKE u"
    assert with_options("CREATE TABLE t (a INT) WITH ()", {"a": "b"}) == "CREATE TABLE t (a INT) WITH ('a' = 'b')"
    with pytest.raises(StatementParseError, match="a view has no options"):
        with_options("CREATE VIEW v AS SELECT 1", {"a": "b"})


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("", "expected CREATE TABLE, VIEW, FUNCTION, MODEL or CATALOG", 1),
        (" SELECT 1", "expected CREATE TABLE", 2),
        ("CREATE DATABASE x", "expected CREATE TABLE", 1),
        ("CREATE MATERIALIZED TABLE x AS SELECT 1", "expected CREATE TABLE", 1),
        ("DROP TABLE x", "expected CREATE TABLE", 1),
        ("CREATE TABLE", "the name of a table", 13),
        ("CREATE TABLE (a INT)", "the name of a table, .* at \\(", 14),
        ("CREATE TABLE ${x} (a INT)", "the name of a table, .* at \\$", 14),
        ("CREATE VIEW a.b.c.d AS SELECT 1", "one to three parts", 13),
        ("CREATE TABLE t (a INT, b ROW<c INT>", "this bracket is never closed", 16),
        ("CREATE TABLE t (a INT, 1 2)", "a column's name", 24),
        ("CREATE VIEW v", "a view needs AS and a query", 14),
        ("CREATE FUNCTION f AS x", "a function needs AS and its class", 23),
        ("CREATE TABLE t (a INT); SELECT 1", "here begins another, at SELECT", 25),
        ("CREATE VIEW t AS SELECT 1; SELECT 1", "here begins another, at SELECT", 28),
    ],
)
def test_what_is_no_definition_is_refused_at_its_place(text: str, message: str, column: int) -> None:
    with pytest.raises(StatementParseError, match=message) as caught:
        read_ddl(text)
    assert isinstance(caught.value.position, Position)
    assert caught.value.position.column == column


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALTER TABLE a RENAME TO b.c", Changes("ALTER", TABLE, ("a",), new_path=("b", "c"))),
        ("ALTER TABLE IF EXISTS x.y ADD z INT", Changes("ALTER", TABLE, ("x", "y"), if_exists=True)),
        ("ALTER VIEW v AS SELECT 1", Changes("ALTER", VIEW, ("v",))),
        ("DROP TEMPORARY VIEW IF EXISTS x.y", Changes("DROP", VIEW, ("x", "y"), temporary=True, if_exists=True)),
        ("DROP MODEL m", Changes("DROP", DefinitionKind.MODEL, ("m",))),
        ("DROP CATALOG c", Changes("DROP", DefinitionKind.CATALOG, ("c",))),
        ("ALTER TEMPORARY FUNCTION f AS 'x'", Changes("ALTER", DefinitionKind.FUNCTION, ("f",), temporary=True)),
        ("CREATE OR REPLACE TABLE t (a INT)", Changes("REPLACE", TABLE, ("t",))),
        ("REPLACE TABLE `t` AS SELECT 1", Changes("REPLACE", TABLE, ("t",))),
        ("CREATE TABLE t (a INT)", None),
        ("DROP DATABASE x", None),
        ("DROP MATERIALIZED TABLE z", None),
        ("SELECT 1", None),
        ("", None),
    ],
)
def test_changes(text: str, expected: Changes | None) -> None:
    assert changes(text) == expected


@given(tables())
def test_a_create_changes_nothing(table: TableText) -> None:
    assert changes(table.text) is None
    assume(len(table.path) == 1)
    found = changes(table.text.replace("CREATE", "CREATE OR REPLACE", 1))
    assert found is not None
    assert (found.verb, found.path) == ("REPLACE", table.path)
