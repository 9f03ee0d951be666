from __future__ import annotations

import pytest
from hypothesis import given

from fakes.named_texts import Query, queries
from fakes.sql_texts import any_text
from flinklab.domain.definitions import How
from flinklab.sql.identifiers import quote
from flinklab.sql.names import named

READS, WRITES = How.READS, How.WRITES


def tables(text: str) -> list[str]:
    return [".".join(table.parts) for table in named(text).tables]


@given(any_text)
def test_any_text_is_read(text: str) -> None:
    for table in named(text).tables:
        assert 1 <= len(table.parts) <= 3
        assert 0 <= table.offset < table.offset + table.length <= len(text)


@given(queries())
def test_exactly_the_tables_and_functions_of_a_query_are_found(query: Query) -> None:
    found = named(query.text)
    assert {table.parts for table in found.tables} == query.tables
    assert {path for path in found.functions if path != ("TUMBLE",)} == query.functions
    assert set(found.catalogs) == {path[0] for path in query.tables | query.functions if len(path) == 3}
    for table in found.tables:
        assert query.text[table.offset : table.offset + table.length] == quote(table.parts)


@given(queries(), queries())
def test_a_statement_set_names_what_its_statements_name(one: Query, other: Query) -> None:
    text = f"EXECUTE STATEMENT SET BEGIN INSERT INTO a (x) {one.text}; INSERT INTO b.c {other.text}; END"
    found = named(text)
    written = {table.parts for table in found.tables if table.how is WRITES}
    assert written == {("a",), ("b", "c")}
    assert {table.parts for table in found.tables if table.how is READS} == one.tables | other.tables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM a, b AS c, d e, LATERAL TABLE(f(x)) AS t(y), g", "a b d g"),
        ("SELECT * FROM (x CROSS JOIN y AS b), q", "x y q"),
        ("SELECT * FROM a JOIN LATERAL (SELECT * FROM w) ON TRUE, s", "a w s"),
        ("SELECT * FROM a JOIN b USING (id), c", "a b c"),
        ("SELECT * FROM (VALUES (1, 2), (3, 4)) AS t(a, b), u", "u"),
        ("SELECT * FROM o MATCH_RECOGNIZE (PARTITION BY a, b PATTERN (A B+) DEFINE A AS A.x > 1) AS t, p", "o p"),
        ("SELECT * FROM f(TABLE dw.o PARTITION BY a, 1), g", "dw.o g"),
        ("SELECT * FROM f(input => TABLE o, other => TABLE dw.p)", "o dw.p"),
        ("(SELECT * FROM a) UNION ALL (TABLE b)", "a b"),
        ("TABLE dw.x", "dw.x"),
        ("SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u) AND b = (SELECT max(c) FROM v)", "t u v"),
        ("SELECT a IS NOT DISTINCT FROM b, OVERLAY(a PLACING b FROM 1 FOR 2), POSITION(a IN b) FROM t", "t"),
        ("SELECT model, update FROM t", "t"),
        ("SELECT TRIM(LEADING FROM (SELECT x FROM u)) FROM t", "u t"),
        ("DESC `x`.y", "x.y"),
        ("DESCRIBE EXTENDED dw.t", "dw.t"),
        ("DESCRIBE TABLE dw.t", "dw.t"),
        ("SHOW CREATE TABLE a.b", "a.b"),
        ("SHOW CREATE VIEW b", "b"),
        ("SHOW CREATE MATERIALIZED TABLE b", "b"),
        ("SHOW COLUMNS IN a", "a"),
        ("SHOW PARTITIONS a.b", "a.b"),
        ("SHOW TABLES FROM c.d LIKE 'x'", ""),
        ("ANALYZE TABLE x PARTITION (a) COMPUTE STATISTICS", "x"),
        ("EXPLAIN ESTIMATED_COST, CHANGELOG_MODE SELECT * FROM b", "b"),
        ("EXPLAIN PLAN FOR SELECT * FROM b", "b"),
        ("EXPLAIN CREATE TABLE x AS SELECT * FROM y", "y"),
        ("COMPILE PLAN 'p' FOR SELECT * FROM b", "b"),
        ("CREATE TABLE t (a INT METADATA FROM 'k', w AS f(a)) LIKE dw.x (INCLUDING ALL)", "dw.x"),
        ("CREATE TABLE t LIKE x", "x"),
        ("CREATE VIEW v (a, b) AS SELECT x LIKE y FROM z", "z"),
        ("CREATE OR ALTER MATERIALIZED TABLE m FRESHNESS = INTERVAL '1' MINUTE AS SELECT * FROM y", "y"),
        ("ALTER VIEW a.b AS SELECT * FROM z", "z"),
        ("CREATE FUNCTION f AS 'x.Y' USING JAR '/a.jar'", ""),
        ("DROP TABLE IF EXISTS a", ""),
        ("SELECT 'FROM x' -- FROM y\n FROM z", "z"),
        ("SELECT * FROM ${db}.x", ""),
    ],
)
def test_tables_are_found_where_tables_stand(text: str, expected: str) -> None:
    assert tables(text) == expected.split()
    assert all(table.how is READS for table in named(text).tables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT INTO a.b.c (x, y) SELECT 1, 2", "a.b.c"),
        ("INSERT OVERWRITE t PARTITION (a='b') SELECT 1", "t"),
        ("INSERT INTO TABLE t SELECT 1", "t"),
        ("UPDATE t SET a = 1", "t"),
        ("DELETE FROM t WHERE a = 1", "t"),
        ("TRUNCATE TABLE x", "x"),
    ],
)
def test_tables_that_are_written(text: str, expected: str) -> None:
    assert [(".".join(table.parts), table.how) for table in named(text).tables] == [(expected, WRITES)]


def test_a_name_of_a_with_means_its_query_only_where_it_is_defined() -> None:
    assert tables("WITH a AS (SELECT * FROM a), b AS (SELECT * FROM a) SELECT * FROM a, b, c") == ["a", "c"]
    assert tables("SELECT * FROM (WITH k AS (SELECT 1) SELECT * FROM k) JOIN k ON TRUE") == ["k"]
    assert tables("WITH RECURSIVE r AS (SELECT * FROM r) SELECT * FROM r") == []
    assert tables("EXECUTE STATEMENT SET BEGIN INSERT INTO s WITH q AS (SELECT 1) SELECT * FROM q; "
                  "INSERT INTO t SELECT * FROM q; END") == ["s", "t", "q"]  # fmt: skip
    assert tables("WITH a AS (SELECT 1) SELECT * FROM dw.a") == ["dw.a"]


def test_functions_are_called_names_that_are_no_words_of_sql() -> None:
    text = "SELECT dw.g(1), COUNT(*), `count`(x), CAST(a AS DECIMAL(3)), my(b) FROM t, UNNEST(x) AS u(y), "
    text += "LATERAL TABLE(c.d.h(1))"
    assert named(text).functions == (("dw", "g"), ("count",), ("my",), ("c", "d", "h"))
    assert named("DESCRIBE FUNCTION dw.f").functions == (("dw", "f"),)


def test_models_and_catalogs() -> None:
    found = named("SELECT * FROM ML_PREDICT(TABLE t, MODEL c.dw.m, DESCRIPTOR(a, b)), d.e.f")
    assert found.models == (("c", "dw", "m"),)
    assert found.catalogs == ("c", "d")
    assert named("SHOW CREATE MODEL m").models == (("m",),)
    assert named("DESCRIBE MODEL dw.m").models == (("dw", "m"),)
    for text in [
        "USE CATALOG c",
        "USE c.d",
        "CALL c.d.p(1)",
        "SHOW DATABASES IN c",
        "SHOW TABLES FROM c.d",
        "DESCRIBE CATALOG c",
        "SHOW CREATE CATALOG c",
        "CREATE TABLE c.d.t (a INT)",
        "CREATE DATABASE IF NOT EXISTS c.d",
    ]:
        assert named(text).catalogs == ("c",), text


def test_a_long_text_is_read_in_one_pass() -> None:
    text = "SELECT * FROM " + ", ".join(f"(SELECT * FROM t{number})" for number in range(5_000))
    assert len(named(text).tables) == 5_000


def test_functions_and_models_stand_where_they_are_called() -> None:
    text = "SELECT f(a), `dw`.g (b), COUNT(c) FROM LATERAL TABLE(tf(x)), ML_PREDICT(TABLE t, MODEL m, a => 1)"
    calls = {text[call.offset : call.offset + call.length]: call.parts for call in named(text).calls}
    assert calls == {
        "f": ("f",),
        "`dw`.g": ("dw", "g"),
        "tf": ("tf",),
        "ML_PREDICT": ("ML_PREDICT",),
        "m": ("m",),
    }


@given(queries())
def test_what_is_called_is_a_function_or_a_model_that_is_found(query: Query) -> None:
    found = named(query.text)
    assert {call.parts for call in found.calls} == {*found.functions, *found.models}
