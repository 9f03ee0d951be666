"""The words about a result."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.snapshots import snapshot_of
from flinklab.domain.statements import Statement, StatementKind
from flinklab.notebook import caption
from flinklab.session.snapshot import ResultStatus

BASE = snapshot_of({})


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 ms"),
        (0, "0 ms"),
        (0.0421, "42 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (12.34, "12.3 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (125.2, "2 min 05 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 00 min"),
        (7384, "2 h 03 min"),
        (86400, "1 d 00 h"),
        (273600, "3 d 04 h"),
    ],
)
def test_a_duration_has_its_units(seconds: float, words: str) -> None:
    assert caption.duration(seconds) == words


@given(st.floats(1, 10**7))
def test_a_duration_carries_over(seconds: float) -> None:
    words = caption.duration(seconds)
    assert not any(part in words for part in ("60.0 s", " 60 s", "60 min", " 60 min", " 24 h"))


@pytest.mark.parametrize(
    ("change", "shown", "words"),
    [
        ({"status": ResultStatus.RUNNING}, 0, "no rows yet"),
        ({}, 0, "no rows"),
        ({"rows_seen": 1, "size": 1}, 1, "1 row"),
        ({"rows_seen": 1234567, "size": 10000}, 50, "1,234,567 rows, the newest 50 shown"),
        ({"rows_seen": 45678, "size": 12, "updating": True}, 12, "12 rows from 45,678 changes"),
        ({"rows_seen": 8, "size": 8, "updating": True}, 8, "8 rows"),
        ({"rows_seen": 99, "size": 80, "updating": True}, 50, "80 rows from 99 changes, the newest 50 shown"),
        (
            {"rows_seen": 2, "size": 0, "updating": True, "status": ResultStatus.RUNNING},
            0,
            "no rows from 2 changes",
        ),
    ],
)
def test_rows_are_counted_and_what_is_not_drawn_is_said(change: dict[str, object], shown: int, words: str) -> None:
    assert caption.rows(replace(BASE, **change), shown) == words  # type: ignore[arg-type]


def test_truncation_names_the_flag_that_keeps_more() -> None:
    assert caption.truncation(replace(BASE, rows_seen=5, size=5)) is None
    told = caption.truncation(replace(BASE, rows_seen=20_000, size=10_000, truncated=True))
    assert told == "the newest 10,000 are in memory: --rows-kept keeps more"
    unknown = caption.truncation(replace(BASE, rows_seen=20_000, size=20_000, truncated=True))
    assert unknown is not None
    assert "--rows-kept" in unknown


def test_notes_are_the_message_and_the_truncation() -> None:
    snapshot = replace(BASE, rows_seen=20, size=10, truncated=True, message="stopped")
    assert caption.notes(snapshot) == ["stopped", "the newest 10 are in memory: --rows-kept keeps more"]
    assert caption.notes(BASE) == []


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("CREATE TABLE orders (id BIGINT)\nWITH ('password' = 'x')", StatementKind.DDL, "CREATE TABLE orders"),
        ("CREATE CATALOG c WITH ('type' = 'jdbc')", StatementKind.DDL, "CREATE CATALOG c"),
        ("CREATE FUNCTION f AS 'com.x.F'", StatementKind.DDL, "CREATE FUNCTION f"),
        ("CREATE VIEW v AS\n  SELECT 1", StatementKind.DDL, "CREATE VIEW v"),
        ("CREATE TABLE t WITH ('a' = 'b') AS SELECT 1", StatementKind.DDL, "CREATE TABLE t"),
        ("USE CATALOG as", StatementKind.USE, "USE CATALOG as"),
        ("SET 's3.secret-key' = 'abc'", StatementKind.SET, "SET 's3.secret-key'"),
        ("RESET 'a.b'", StatementKind.SET, "RESET 'a.b'"),
        ("ADD JAR '/jars/x.jar'", StatementKind.JAR, "ADD JAR '/jars/x.jar'"),
        ("USE CATALOG " + "c" * 100, StatementKind.USE, "USE CATALOG " + "c" * 57 + "…"),
    ],
)
def test_a_headline_stops_before_values(text: str, kind: StatementKind, words: str) -> None:
    assert caption.headline(Statement(text, kind)) == words
