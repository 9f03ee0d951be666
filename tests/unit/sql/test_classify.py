"""Kinds by first words: one line for every statement of Flink's grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.sql_texts import any_text, gaps
from flinklab.domain.statements import Statement, StatementKind
from flinklab.sql.classify import classify, starts_job

CASES = {
    StatementKind.QUERY: [
        "SELECT 1",
        "with a as (select 1) select * from a",
        "VALUES (1)",
        "TABLE orders",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "( ((VALUES (1))))",
        "EXECUTE SELECT 1",
        "EXECUTE (SELECT 1)",
    ],
    StatementKind.INSERT: [
        "INSERT INTO a SELECT 1",
        "insert overwrite a select 1",
        "EXECUTE INSERT INTO a SELECT 1",
        "UPDATE a SET b = 1",
        "DELETE FROM a",
        "TRUNCATE TABLE a",
        "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END",
        "EXECUTE PLAN '/p.json'",
        "COMPILE AND EXECUTE PLAN '/p.json' FOR INSERT INTO a SELECT 1",
    ],
    StatementKind.DDL: [
        "CREATE TABLE a (b INT)",
        "CREATE TABLE a AS SELECT 1",
        "CREATE OR REPLACE TABLE a AS SELECT 1",
        "REPLACE TABLE a AS SELECT 1",
        "CREATE TEMPORARY VIEW a AS SELECT 1",
        "CREATE CATALOG a WITH ('type'='jdbc')",
        "CREATE FUNCTION a AS 'b'",
        "ALTER TABLE a RENAME TO b",
        "ALTER MATERIALIZED TABLE a SUSPEND",
        "DROP MODEL a",
        "ANALYZE TABLE a COMPUTE STATISTICS",
        "COMPILE PLAN '/p.json' FOR INSERT INTO a SELECT 1",
    ],
    StatementKind.SHOW: ["SHOW TABLES", "show create table a", "DESCRIBE a", "desc a", "DESCRIBE JOB 'x'", "HELP"],
    StatementKind.EXPLAIN: [
        "EXPLAIN SELECT 1",
        "EXPLAIN CHANGELOG_MODE SELECT 1",
        "EXPLAIN STATEMENT SET BEGIN a; END",
    ],
    StatementKind.SET: ["SET", "SET 'a' = 'b'", "RESET", "RESET 'a'"],
    StatementKind.USE: ["USE a", "USE CATALOG a", "USE MODULES a, b", "LOAD MODULE hive", "UNLOAD MODULE hive"],
    StatementKind.JAR: ["ADD JAR '/a.jar'", "REMOVE JAR '/a.jar'"],
    StatementKind.BEGIN_SET: ["BEGIN STATEMENT SET"],
    StatementKind.END_SET: ["END"],
    StatementKind.JOB: ["STOP JOB 'a' WITH SAVEPOINT"],
    StatementKind.CALL: ["CALL sys.compact('a')"],
    StatementKind.OTHER: [
        "",
        "QUIT",
        "BEGIN",
        "ADD PARTITION",
        "STOP",
        "EXECUTE",
        "EXECUTE IMMEDIATE",
        "`SELECT` 1",
        "'SELECT'",
        "[SELECT 1]",
        "SELECTED",
        "/* SELECT",
    ],
}
_ALL = [(kind, text) for kind, texts in CASES.items() for text in texts]


def test_every_kind_has_a_case() -> None:
    assert set(CASES) == set(StatementKind)


@pytest.mark.parametrize(("kind", "text"), _ALL)
def test_kinds(kind: StatementKind, text: str) -> None:
    assert classify(text) is kind


@given(st.sampled_from([case for case in _ALL if case[1] and "/* " not in case[1]]), gaps, gaps, st.booleans())
def test_comments_spaces_and_case_make_no_difference(
    case: tuple[StatementKind, str], before: str, between: str, lower: bool
) -> None:
    kind, text = case
    text = text.lower() if lower else text
    assert classify(before + text.replace(" ", " " + between + " ")) is kind


@given(any_text)
def test_any_text_has_a_kind(text: str) -> None:
    assert isinstance(classify(text), StatementKind)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT INTO a SELECT 1", True),
        ("EXECUTE PLAN 'a'", True),
        ("CREATE TABLE a AS SELECT 1", True),
        ("CREATE TABLE a WITH ('b'='c') AS SELECT 1", True),
        (
            "CREATE /* c */ TABLE IF NOT EXISTS a (b AS c * 2) AS WITH e AS (SELECT 1) TABLE e",
            True,
        ),
        ("create or replace table a as select 1", True),
        ("CREATE TEMPORARY TABLE a AS SELECT 1", True),
        ("REPLACE TABLE a AS SELECT 1", True),
        ("CREATE TABLE a (b AS c * 2, WATERMARK FOR d AS d - INTERVAL '1' SECOND) WITH ('e'=' AS ')", False),
        ("CREATE TABLE `as` LIKE b", False),
        ("CREATE VIEW a AS SELECT 1", False),
        ("CREATE MATERIALIZED TABLE a AS SELECT 1", False),
        ("CREATE FUNCTION a AS 'b'", False),
        ("ALTER TABLE a ADD b AS c", False),
        ("COMPILE PLAN 'a' FOR INSERT INTO b SELECT 1", False),
        ("SELECT 1 AS a", False),
        ("CREATE TABLE", False),
    ],
)
def test_what_starts_a_job(text: str, expected: bool) -> None:
    assert starts_job(Statement(text, classify(text))) is expected
