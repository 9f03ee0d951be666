from __future__ import annotations

import pytest

from flinklab.session.target import Target, reaches_cluster
from flinklab.sql.split import split


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "INSERT INTO t SELECT 1",
        "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; END",
        "CREATE TABLE t WITH ('connector'='blackhole') AS SELECT 1",
        "SHOW JOBS",
        "DESCRIBE JOB 'abc'",
        "STOP JOB 'abc' WITH SAVEPOINT",
        "CALL sys.compact('t')",
        "CREATE MATERIALIZED TABLE m AS SELECT 1",
        "ALTER MATERIALIZED TABLE m SUSPEND",
    ],
)
def test_what_needs_a_cluster(text: str) -> None:
    assert reaches_cluster(split(text)[0])


@pytest.mark.parametrize(
    "text",
    [
        "SHOW TABLES",
        "SHOW CREATE TABLE jobs",
        "DESCRIBE jobs",
        "CREATE TABLE jobs (id BIGINT)",
        "DROP TABLE jobs",
        "EXPLAIN SELECT 1",
        "SET 'a' = 'b'",
        "USE CATALOG c",
        "ADD JAR '/a.jar'",
    ],
)
def test_what_the_gateway_does_alone(text: str) -> None:
    assert not reaches_cluster(split(text)[0])


def test_without_a_target_nothing_is_said() -> None:
    assert (dict(Target().config()), Target().queue()) == ({}, "")
