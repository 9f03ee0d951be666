from __future__ import annotations

import pytest

from flinklab.sharing.secret_places import may_hold_secrets


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("CREATE TABLE t (a INT) WITH ('password'='@')", True),
        ("CREATE TABLE t (a INT) WITH ('x'='1', 'url'='a@b')", True),
        ("CREATE TABLE t (a AS '@') WITH ('x'='1')", False),
        ("CREATE TABLE t (a INT COMMENT '@') WITH ('x'='1')", False),
        ("CREATE TABLE t (a INT) COMMENT '@' WITH ('x'='1')", False),
        ("CREATE TABLE t WITH ('x'='1') AS SELECT '@'", False),
        ("CREATE TABLE t (a INT) WITH (@)", False),  # a value that could end the bracket
        ("ALTER TABLE t SET ('password'='@')", True),
        ("SELECT * FROM t /*+ OPTIONS('password'='@') */ WHERE a > 1", True),
        ("SELECT '@' FROM t /*+ OPTIONS('password'='x') */", False),
        ("SELECT * FROM t /*+ OPTIONS('password'='x') */ WHERE a = '@'", False),
        ("WITH x AS (SELECT '@') SELECT * FROM x", False),
        ("WITH x (a) AS (SELECT '@') SELECT * FROM x", False),
        ("INSERT INTO t VALUES ('@')", False),
        ("UPDATE t SET a = '@'", False),
        ("SET 'password' = '@'", True),
        ("ADD JAR 's3://@/x.jar'", True),
        ("ADD JAR 'x.jar'; CREATE TABLE t (a AS '@') WITH ('x'='1')", False),
        ("ADD JAR 'x.jar';\nCREATE TABLE t (a INT) WITH ('password'='@')", True),
        ("ADD JAR '@';\nCREATE FUNCTION f AS 'x.F'", True),
        ("CREATE CATALOG c WITH ('type'='jdbc', 'password'='@')", True),
        ("CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('api-key'='@')", True),
        ("EXPLAIN SELECT '@'", False),
        ("", False),
    ],
)
def test_a_secret_may_stand_where_flink_keeps_options(text: str, allowed: bool) -> None:
    assert may_hold_secrets(text, max(0, text.find("@"))) is allowed
