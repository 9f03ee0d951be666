"""Every Flink SQL type, and every way a result changes, from a real gateway to Arrow and pandas."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd
import polars
import pyarrow as pa
import pytest
from wcwidth import wcswidth

import flinklab
from flinklab.domain.errors import StatementError, UsageError
from flinklab.local import LocalFlink
from flinklab.session.result import Result
from flinklab.session.session import Session

ZONE = "America/New_York"
NEW_YORK = ZoneInfo(ZONE)


@pytest.fixture(scope="module")
def session(embedded: LocalFlink) -> Iterator[Session]:
    """A session in a time zone that is not this machine's."""
    with flinklab.connect(
        embedded.gateway_url, jobmanager_url=embedded.jobmanager_url, zone=ZONE, settings=flinklab.Settings()
    ) as session:
        yield session


# Types


class Case(NamedTuple):
    """A type, an expression of it, and what it must become."""

    type: str
    sql: str
    arrow: pa.DataType
    value: Any


def ltz(text: str) -> str:
    return f"CAST(TIMESTAMP '{text}' AS TIMESTAMP_LTZ"


NANOS = pd.Timestamp("2020-07-01 00:00:00.123456789")
CASES = [
    Case("BOOLEAN", "TRUE", pa.bool_(), True),
    Case("TINYINT", "CAST(-128 AS TINYINT)", pa.int8(), -128),
    Case("SMALLINT", "CAST(32767 AS SMALLINT)", pa.int16(), 32767),
    Case("INT", "CAST(-2147483648 AS INT)", pa.int32(), -(2**31)),
    Case("BIGINT", "9223372036854775807", pa.int64(), 2**63 - 1),
    Case("FLOAT", "CAST(1.5 AS FLOAT)", pa.float32(), 1.5),
    Case("DOUBLE", "CAST(1.7976931348623157E308 AS DOUBLE)", pa.float64(), 1.7976931348623157e308),
    Case(
        "DECIMAL(38, 18)",
        "CAST('-12345678901234567890.123456789012345678' AS DECIMAL(38, 18))",
        pa.decimal128(38, 18),
        Decimal("-12345678901234567890.123456789012345678"),
    ),
    Case("DECIMAL(20, 10)", "CAST('0.0000000001' AS DECIMAL(20, 10))", pa.decimal128(20, 10), Decimal("1E-10")),
    Case("CHAR(5)", "CAST('ab' AS CHAR(5))", pa.string(), "ab   "),
    Case("VARCHAR(9)", "CAST('' AS VARCHAR(9))", pa.string(), ""),
    Case("STRING", "CAST('it''s \"ä😀\"\n\\n' AS STRING)", pa.string(), 'it\'s "ä😀"\n\\n'),
    Case("BINARY(3)", "CAST(X'00FF' AS BINARY(3))", pa.binary(), b"\x00\xff\x00"),
    Case("BYTES", "CAST(X'00FF10' AS BYTES)", pa.binary(), b"\x00\xff\x10"),
    Case("DATE", "DATE '0001-01-01'", pa.date32(), date(1, 1, 1)),
    Case("TIME(0)", "CAST('23:59:59' AS TIME(0))", pa.time32("ms"), time(23, 59, 59)),
    Case("TIME(3)", "CAST('01:02:03.456' AS TIME(3))", pa.time32("ms"), time(1, 2, 3, 456_000)),
    Case("TIMESTAMP(0)", "TIMESTAMP '2020-07-01 00:00:00'", pa.timestamp("s"), datetime(2020, 7, 1)),
    Case(
        "TIMESTAMP(3)",
        "TIMESTAMP '2020-07-01 00:00:00.120'",
        pa.timestamp("ms"),
        datetime(2020, 7, 1, microsecond=120_000),
    ),
    Case(
        "TIMESTAMP(6)",
        "TIMESTAMP '2020-07-01 00:00:00.123456'",
        pa.timestamp("us"),
        datetime(2020, 7, 1, microsecond=123_456),
    ),
    Case("TIMESTAMP(9)", "TIMESTAMP '2020-07-01 00:00:00.123456789'", pa.timestamp("ns"), NANOS),
    Case(
        "TIMESTAMP_LTZ(0)",
        ltz("2020-07-01 00:00:00") + "(0))",
        pa.timestamp("s", ZONE),
        datetime(2020, 7, 1, tzinfo=NEW_YORK),
    ),
    Case(
        "TIMESTAMP_LTZ(3)",
        "TO_TIMESTAMP_LTZ(1577836800123, 3)",
        pa.timestamp("ms", ZONE),
        datetime(2020, 1, 1, microsecond=123_000, tzinfo=timezone.utc),
    ),
    Case(
        "TIMESTAMP_LTZ(9)",
        ltz("2020-07-01 00:00:00.123456789") + "(9))",
        pa.timestamp("ns", ZONE),
        NANOS.tz_localize(ZONE),
    ),
    Case(
        "INTERVAL DAY TO SECOND",
        "INTERVAL '-1 02:03:04.567' DAY TO SECOND(3)",
        pa.duration("ms"),
        -timedelta(days=1, hours=2, minutes=3, seconds=4.567),
    ),
    Case("INTERVAL YEAR TO MONTH", "INTERVAL '1-2' YEAR TO MONTH", pa.int32(), 14),
    Case("ARRAY<INT>", "ARRAY[1, CAST(NULL AS INT)]", pa.list_(pa.int32()), [1, None]),
    Case("ARRAY<ARRAY<BIGINT>>", "ARRAY[ARRAY[9007199254740993]]", pa.list_(pa.list_(pa.int64())), [[2**53 + 1]]),
]
# The gateway can write these as JSON; as SQL's text their strings could not be told from what stands around them.
IN_JSON = [
    Case(
        "MAP<STRING, DECIMAL(3, 2)>",
        "CAST(MAP['k', 1.10, 'none', NULL] AS MAP<STRING, DECIMAL(3, 2)>)",
        pa.map_(pa.string(), pa.decimal128(3, 2)),
        {"k": Decimal("1.10"), "none": None},
    ),
    Case(
        "ROW<a INT, b STRING, c ROW<d DATE, e BYTES>>",
        "CAST(ROW(1, 'x, y', ROW(DATE '2020-02-29', X'01')) AS ROW<a INT, b STRING, c ROW<d DATE, e BYTES>>)",
        pa.struct(
            [("a", pa.int32()), ("b", pa.string()), ("c", pa.struct([("d", pa.date32()), ("e", pa.binary())]))]
        ),
        {"a": 1, "b": "x, y", "c": {"d": date(2020, 2, 29), "e": b"\x01"}},
    ),
    Case(
        "ARRAY<ROW<t TIMESTAMP_LTZ(3), d DOUBLE>>",
        "CAST(ARRAY[ROW(TO_TIMESTAMP_LTZ(0, 3), 0.5)] AS ARRAY<ROW<t TIMESTAMP_LTZ(3), d DOUBLE>>)",
        pa.list_(pa.struct([("t", pa.timestamp("ms", ZONE)), ("d", pa.float64())])),
        [{"t": datetime(1970, 1, 1, tzinfo=timezone.utc), "d": 0.5}],
    ),
]
AS_TEXT = [
    Case("MAP<INT, INT>", "MAP[1, 10, 2, CAST(NULL AS INT)]", pa.map_(pa.int32(), pa.int32()), {1: 10, 2: None}),
    Case("MAP<DATE, INT>", "MAP[DATE '2020-02-29', 1]", pa.map_(pa.date32(), pa.int32()), {date(2020, 2, 29): 1}),
    Case("MAP<INT, STRING>", "MAP[1, 'a, b']", pa.string(), "{1=a, b}"),
]


@pytest.fixture(scope="module")
def as_json(session: Session) -> Result:
    return fetch(session, [*CASES, *IN_JSON])


@pytest.fixture(scope="module")
def as_text(session: Session) -> Result:
    """The MAP with keys that are no strings makes the gateway write all of the result as text."""
    return fetch(session, [*CASES, *AS_TEXT])


def fetch(session: Session, cases: list[Case]) -> Result:
    """The cases as columns of one query: a row of their values, and a row of NULLs."""
    values = ", ".join(f"{case.sql} AS `{case.type}`" for case in cases)
    nulls = ", ".join(f"CAST(NULL AS {case.type})" for case in cases)
    rows = f"SELECT 1 AS n, {values} UNION ALL SELECT 2, {nulls}"
    return session.sql(rows, batch=True).wait(60)


def check(result: Result, case: Case) -> None:
    order = {row[0]: at for at, row in enumerate(result.rows)}
    index = [column.name for column in result.columns].index(case.type)
    assert result.arrow.schema.field(index).type == case.arrow
    values = [row[index] for row in result.rows]
    assert values[order[1]] == case.value
    assert type(values[order[1]]) is type(case.value)
    assert values[order[2]] is None
    in_frame = result.df[case.type].iloc[order[1]]
    assert in_frame == case.value
    assert pd.isna(result.df[case.type].iloc[order[2]])
    if pa.types.is_integer(case.arrow):
        assert isinstance(result.df[case.type].dtype, pd.api.extensions.ExtensionDtype), (
            "NULL leaves integers alone"
        )


def name(case: Case) -> str:
    return case.type


@pytest.mark.parametrize("case", [*CASES, *IN_JSON], ids=name)
def test_a_type_written_as_json(as_json: Result, case: Case) -> None:
    check(as_json, case)


@pytest.mark.parametrize("case", [*CASES, *AS_TEXT], ids=name)
def test_a_type_written_as_text(as_text: Result, case: Case) -> None:
    check(as_text, case)


def test_polars_reads_what_there_is(as_json: Result) -> None:
    frame = polars.DataFrame(as_json)
    assert frame.height == 2
    assert frame["BIGINT"].dtype == polars.Int64
    assert frame["BIGINT"].to_list().count(2**63 - 1) == 1


def test_variants(session: Session) -> None:
    texts = ['{"a":[1,2.5,null,"x"]}', "null", '"text"', "[]"]
    rows = ", ".join(f"({n}, '{text}')" for n, text in enumerate(texts))
    sql = f"SELECT n, PARSE_JSON(t) AS v FROM (VALUES {rows}, (9, CAST(NULL AS STRING))) AS j (n, t)"
    result = session.sql(sql, batch=True).wait(60)
    assert str(result.columns[1].type) == "VARIANT"
    assert sorted(result.rows) == [*enumerate(texts), (9, None)]


def test_doubles_that_are_no_numbers(session: Session) -> None:
    """In a query of their own: Flink's planner fails when it works out such a constant itself."""
    session.sql(
        "CREATE TEMPORARY TABLE a_row (n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '1',"
        " 'fields.n.min' = '1', 'fields.n.max' = '1')"
    )
    casts = ", ".join(
        f"CAST(SUBSTRING('{text}', n) AS {kind})"
        for kind in ("FLOAT", "DOUBLE")
        for text in ("Infinity", "-Infinity")
    )
    result = session.sql(f"SELECT {casts}, CAST(SUBSTRING('NaN', n) AS DOUBLE) FROM a_row").wait(60)
    assert result.rows[0][:4] == (math.inf, -math.inf, math.inf, -math.inf)
    assert math.isnan(result.rows[0][4])


def test_years_that_nanoseconds_do_not_reach(session: Session) -> None:
    sql = "SELECT TIMESTAMP '0001-01-01 00:00:00.123456789' AS a, TIMESTAMP '9999-12-31 23:59:59.123456789' AS b"
    [row] = session.sql(sql).wait(60).rows
    assert row == (datetime(1, 1, 1, microsecond=123_456), datetime(9999, 12, 31, 23, 59, 59, 123_456))


def test_the_zone_of_the_session_is_the_zone_of_its_moments(session: Session) -> None:
    epoch = "TO_TIMESTAMP_LTZ(0, 3)"
    sql = f"SELECT TO_TIMESTAMP_LTZ(1577836800, 0) AS t, ARRAY[{epoch}] AS a, MAP[1, {epoch}] AS m"
    try:
        for zone in ("Asia/Kolkata", "GMT+08:00", "UTC"):
            session.sql(f"SET 'table.local-time-zone' = '{zone}'")
            result = session.sql(sql).wait(60)
            [(moment, [in_array], in_map)] = result.rows
            assert moment == datetime(2020, 1, 1, tzinfo=timezone.utc)
            assert in_array == in_map[1] == datetime(1970, 1, 1, tzinfo=timezone.utc)
            assert result.arrow.schema.field("t").type.tz == zone.removeprefix("GMT")
    finally:
        session.sql(f"SET 'table.local-time-zone' = '{ZONE}'")


def test_a_multiset_counts(session: Session) -> None:
    sql = "SELECT COLLECT(s) AS bag, COLLECT(n) AS numbers FROM (VALUES ('a', 1), ('b', 1), ('a', 2)) AS t (s, n)"
    [(bag, numbers)] = session.sql(sql, batch=True).wait(60).rows
    assert numbers == {1: 2, 2: 1}
    assert bag in ("{a=2, b=1}", "{b=1, a=2}"), "in a result that is written as text strings have no ends"
    only_strings = session.sql("SELECT COLLECT(s) AS bag FROM (VALUES 'a', 'b', 'a') AS t (s)", batch=True).wait(60)
    assert only_strings.rows == [({"a": 2, "b": 1},)]
    assert only_strings.arrow.schema.field("bag").type == pa.map_(pa.string(), pa.int32())


# Results that change


@pytest.fixture(scope="module")
def orders(session: Session, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, str, int]]:
    """Tables `orders` and `names` of files; each row of `orders` as number, customer and amount."""
    folder = tmp_path_factory.mktemp("orders")
    dice = random.Random(11)
    rows = [(n, f"c{dice.randrange(40)}", dice.randrange(5)) for n in range(3000)]
    (folder / "orders.csv").write_text("".join(f"{n},{customer},{amount}\n" for n, customer, amount in rows))
    (folder / "names.csv").write_text("".join(f"c{n},name {n % 7}\n" for n in range(0, 60, 2)))
    for name, columns in [
        ("orders", "n INT, customer STRING, amount INT"),
        ("names", "customer STRING, name STRING"),
    ]:
        session.sql(
            f"CREATE TEMPORARY TABLE {name} ({columns}) WITH ('connector' = 'filesystem', 'format' = 'csv',"
            f" 'path' = 'file://{folder}/{name}.csv')"
        )
    return rows


UPDATING = {
    "totals": "SELECT customer, COUNT(*), SUM(amount), AVG(amount) FROM orders GROUP BY customer",
    "one total": "SELECT COUNT(*), MAX(amount), COUNT(DISTINCT customer) FROM orders",
    "totals of totals": "SELECT c, COUNT(*) FROM (SELECT COUNT(*) AS c FROM orders GROUP BY customer) GROUP BY c",
    "duplicate rows": "SELECT c / 10 FROM (SELECT COUNT(*) AS c FROM orders GROUP BY customer)",
    "rows that come and go": (
        "SELECT customer FROM (SELECT customer, SUM(amount) AS s FROM orders GROUP BY customer) WHERE MOD(s, 2) = 0"
    ),
    "a left join": (
        "SELECT o.customer, o.c, names.name FROM"
        " (SELECT customer, COUNT(*) AS c FROM orders GROUP BY customer) AS o"
        " LEFT JOIN names ON o.customer = names.customer"
    ),
    "a full join with duplicates": (
        "SELECT names.name, o.amount FROM names FULL JOIN (SELECT * FROM orders WHERE n < 60) AS o"
        " ON o.customer = names.customer"
    ),
    "top 3": (
        "SELECT * FROM (SELECT customer, s, ROW_NUMBER() OVER (ORDER BY s DESC, customer) AS place FROM"
        " (SELECT customer, SUM(amount) AS s FROM orders GROUP BY customer)) WHERE place <= 3"
    ),
    "top 2 of each": (
        "SELECT amount, n FROM (SELECT amount, n, ROW_NUMBER() OVER (PARTITION BY amount ORDER BY n DESC) AS place"
        " FROM orders) WHERE place <= 2"
    ),
    "the last of each": (
        "SELECT customer, LAST_VALUE(amount) IS NULL, MIN(n), MAX(n) FROM orders GROUP BY customer"
    ),
}


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("sql", UPDATING.values(), ids=UPDATING.keys())
def test_an_updating_result_ends_as_the_batch_result(session: Session, sql: str) -> None:
    streamed = session.sql(sql, rows_kept=None, parallelism=2).wait(120)
    batch = session.sql(sql, batch=True).wait(120)
    assert Counter(streamed.rows) == Counter(batch.rows)
    assert streamed.rows_seen > len(streamed), "it did change in place"
    assert streamed.snapshot(5).updating
    assert not batch.snapshot(5).updating


def test_a_changelog_is_the_changes_themselves(session: Session, orders: list[tuple[int, str, int]]) -> None:
    sql = "SELECT c, COUNT(*) AS n FROM (SELECT COUNT(*) AS c FROM orders GROUP BY customer) GROUP BY c"
    result = session.sql(sql, mode="changelog", rows_kept=None).wait(120)
    now: Counter[tuple[int, int]] = Counter()
    for op, c, n in result.rows:
        now[c, n] += 1 if op in ("+I", "+U") else -1
        assert now[c, n] >= 0
    assert {op for op, *_ in result.rows} == {"+I", "-U", "+U", "-D"}
    customers = Counter(Counter(customer for _, customer, _ in orders).values())
    assert +now == Counter(customers.items())
    assert len(result.rows) == result.rows_seen


@pytest.mark.usefixtures("orders")
def test_single_keeps_the_newest_row_and_append_refuses_to_forget(session: Session) -> None:
    result = session.sql("SELECT COUNT(*) FROM orders", mode="single", parallelism=1).wait(120)
    assert result.rows == [(3000,)]
    with pytest.raises(UsageError):
        session.sql("SELECT COUNT(*) FROM orders", mode="append").wait(120)
    appended = session.sql("SELECT n FROM orders", mode="append", rows_kept=None).wait(120)
    assert sorted(appended.rows) == [(n,) for n in range(3000)]


@pytest.mark.usefixtures("orders")
def test_budgets_on_a_real_stream(session: Session) -> None:
    limited = session.sql("SELECT n FROM orders", limit=17, parallelism=1).wait(120)
    assert limited.rows == [(n,) for n in range(17)]
    assert "limit of 17 rows reached" in (limited.message or "")
    windowed = session.sql("SELECT n FROM orders", rows_kept=5, parallelism=1).wait(120)
    assert windowed.rows_seen == 3000
    assert windowed.kept.column(0).to_pylist() == list(range(2995, 3000))


# Statements of other kinds


def test_a_statement_set_is_one_job(session: Session, orders: list[tuple[int, str, int]], tmp_path: Path) -> None:
    inserts = ""
    for name in ("even", "odd"):
        session.sql(
            f"CREATE TEMPORARY TABLE {name} (n INT) WITH ('connector' = 'filesystem', 'format' = 'csv',"
            f" 'path' = 'file://{tmp_path}/{name}')"
        )
        inserts += f"INSERT INTO {name} SELECT n FROM orders WHERE MOD(n, 2) = {int(name == 'odd')};\n"
    for sql in (f"EXECUTE STATEMENT SET BEGIN\n{inserts}END;", f"BEGIN STATEMENT SET;\n{inserts}END;"):
        result = session.sql(sql, batch=True).wait(120)
        assert "FINISHED" in (result.message or "")
    written = [
        sorted(int(line) for file in (tmp_path / name).iterdir() for line in file.read_text().split())
        for name in ("even", "odd")
    ]
    assert written == [sorted([n for n, *_ in orders if n % 2 == odd] * 2) for odd in (0, 1)]


def test_what_is_set_stays_and_what_is_given_does_not(session: Session) -> None:
    before = session.configuration()
    session.sql("VALUES 1", config={"parallelism.default": "3"}, batch=True, name="x", parallelism=2).wait(60)
    assert session.configuration() == before
    session.sql("SET 'parallelism.default' = '2'")
    assert session.configuration()["parallelism.default"] == "2"
    session.sql("RESET 'parallelism.default'")
    assert session.configuration() == before


def test_use_views_and_functions(session: Session, tmp_path: Path) -> None:
    (tmp_path / "arithmetic.py").write_text(
        "from pyflink.table.udf import udf\n\n\n@udf(result_type='BIGINT')\ndef plus_one(n):\n    return n + 1\n"
    )
    session.sql(
        "CREATE DATABASE shop; USE shop;"
        "CREATE VIEW numbers AS SELECT * FROM (VALUES (1), (2), (3)) AS t (n);"
        f"SET 'python.files' = '{tmp_path}/arithmetic.py';"
        "CREATE TEMPORARY FUNCTION plus_one AS 'arithmetic.plus_one' LANGUAGE PYTHON"
    )
    try:
        assert session.sql("SHOW CURRENT DATABASE").rows == [("shop",)]
        assert session.sql("SHOW VIEWS").rows == [("numbers",)]
        assert ("plus_one",) in session.sql("SHOW USER FUNCTIONS").rows
        result = session.sql("SELECT n, plus_one(CAST(n AS BIGINT)) FROM numbers", batch=True).wait(120)
        assert sorted(result.rows) == [(1, 2), (2, 3), (3, 4)]
    finally:
        session.sql("RESET 'python.files'; USE `default_database`; DROP DATABASE shop CASCADE")


def test_explain_is_one_text(session: Session) -> None:
    [(plan,)] = session.sql("EXPLAIN CHANGELOG_MODE SELECT COUNT(*) FROM (VALUES 1, 2) AS t (n)").rows
    assert "== Optimized Physical Plan ==" in str(plan)
    assert "changelogMode=[I,UA]" in str(plan)


# Mistakes


CELLS = {
    "a column": "SELECT >>nope<< FROM t",
    "a table": "SELECT 1 FROM >>nix<<",
    "a qualified table": "SELECT 1 FROM >>`default_catalog`.`nix`.t<<",
    "in the second statement": "SHOW TABLES;\n\nSELECT id,\n  >>nope<<\nFROM t;\nSHOW VIEWS",
    "after tabs": "SHOW TABLES;\n\t\tSELECT id,\t>>nope<<\n\tFROM t",
    "after characters of two units": "SELECT '😀😀', >>nope<<, '😀' FROM t",
    "after wide characters": "/* 表 */ SELECT '日本', >>nope<< FROM t",
    "with Windows line ends": "-- é\r\nSHOW TABLES;\r\n  SELECT id,\r\n    >>nope<<\r\nFROM t\r\n",
    "after a comment": "/* nope */ SELECT id, -- nope\n 'nope', >>nope<< FROM t",
    "a sink": "INSERT INTO >>nosink<< SELECT 1",
    "in a set": (
        "EXECUTE STATEMENT SET BEGIN\nINSERT INTO sink SELECT id FROM t;\n"
        "INSERT INTO sink SELECT >>nope<< FROM t;\nEND"
    ),
    "a keyword in a wrong place": "SELECT id, >>FROM<< t",
    "in a view": "CREATE TEMPORARY VIEW v AS\nSELECT >>nope<< FROM t",
}


@pytest.fixture(scope="module")
def tables(session: Session) -> None:
    session.sql(
        "CREATE TEMPORARY TABLE t (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1');"
        "CREATE TEMPORARY TABLE sink (id BIGINT) WITH ('connector' = 'blackhole')"
    )


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("marked", CELLS.values(), ids=CELLS.keys())
@pytest.mark.parametrize("how", ["run", "check"])
def test_a_mistake_is_pointed_at(session: Session, how: str, marked: str) -> None:
    before, _, rest = marked.partition(">>")
    word, _, after = rest.partition("<<")
    error = mistake(session, how, before + word + after)
    assert error.position is not None
    assert error.position.line == before.count("\n") + 2, "the magic is line 1"
    ahead = before.rpartition("\n")[2]
    assert error.position.column == len(ahead.encode("utf-16-le")) // 2 + 1, "as Flink counts"
    assert error.excerpt is not None
    shown, carets = error.excerpt.splitlines()
    width = wcswidth(carets[: carets.index("^")])
    pointed_at = next(shown[at:] for at in range(len(shown)) if wcswidth(shown[:at]) == width)
    assert pointed_at.startswith(word)


def mistake(session: Session, how: str, cell: str) -> StatementError:
    """The error of a cell that is run or judged, its first line being the second one of the cell."""
    if how == "check":
        [error] = [verdict.error for verdict in session.check(cell, first_line=2) if verdict.error is not None]
        return error
    with pytest.raises(StatementError) as caught:
        list(session.run(cell, first_line=2))
    return caught.value
