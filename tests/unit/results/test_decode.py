import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings

from fakes.pages import (
    BIGINT,
    DOUBLE,
    INT,
    STRING,
    TIME,
    TIMESTAMP,
    TIMESTAMP_LTZ,
    Result,
    Value,
    columns,
    comparable,
    expected,
    inserts,
    json_types,
    page_of,
    results,
    text_inserts,
)
from flinklab.domain.columns import Column, LogicalType
from flinklab.domain.errors import BrokenReplyError
from flinklab.domain.pages import Page, PageKind, RowFormat
from flinklab.results.decode import Decoder
from flinklab.results.rows import rows_of

NANOSECONDS = LogicalType(TIMESTAMP, precision=9)


def decode(of: tuple[Column, ...], page: Page, zone: str = "+05:30") -> pa.Table:
    table = Decoder(of, zone).inserts(page)
    assert table is not None
    return table


@given(results(json_types))
def test_every_type_comes_out_as_it_went_in(result: Result) -> None:
    of, rows = result
    decoder = Decoder(of, "+05:30")
    table = decoder.inserts(inserts(*rows))
    assert table is not None
    assert table.schema == decoder.schema
    table.validate(full=True)
    assert comparable(rows_of(table)) == comparable(expected(*rows))


@settings(max_examples=50)
@given(results(json_types))
def test_the_style_of_the_json_makes_no_difference(result: Result) -> None:
    of, rows = result
    page = inserts(*rows)
    numbers = {"parse_float": _Number, "parse_int": _Number}
    spaced = _spaced(json.loads(page.rows, object_pairs_hook=list, **numbers))
    there = decode(of, Page(PageKind.PAYLOAD, rows=spaced.encode()))
    assert comparable(rows_of(there)) == comparable(rows_of(decode(of, page)))


class _Number(str):
    """A number with all its digits."""


def _spaced(value: object) -> str:
    """JSON with a blank at every place where one is allowed. Objects are lists of pairs."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(v, tuple) for v in value):
        return "{ " + " , ".join(f"{json.dumps(k)} : {_spaced(v)}" for k, v in value) + " }"
    if isinstance(value, list):
        return "[ " + " , ".join(map(_spaced, value)) + " ]"
    return json.dumps(value)


# Pages of Flink 2.3.0, session zone Europe/Berlin.
FLAT: list[tuple[LogicalType, str, str, object]] = [
    (LogicalType("TINYINT"), "1", "1", 1),
    (INT, "null", "NULL", None),
    (LogicalType("DECIMAL", precision=10, scale=2), "1E+3", "1000.00", Decimal("1000.00")),
    (LogicalType("DECIMAL", precision=38, scale=0), "1E+13", "10000000000000", Decimal("10000000000000")),
    (LogicalType("DECIMAL", precision=10, scale=7), "1E-7", "0.0000001", Decimal("1E-7")),
    (LogicalType("DECIMAL", precision=10, scale=3), "0", "0.000", Decimal("0.000")),
    (
        LogicalType("DECIMAL", precision=38, scale=0),
        "12345678901234567890123456789012345678",
        "12345678901234567890123456789012345678",
        Decimal("12345678901234567890123456789012345678"),
    ),
    (LogicalType("BOOLEAN"), "true", "TRUE", True),
    (DOUBLE, '"Infinity"', "Infinity", float("inf")),
    (DOUBLE, "1.0E10", "1.0E10", 1e10),
    (DOUBLE, "4.9E-324", "4.9E-324", 5e-324),
    (LogicalType("CHAR", length=5), '"ab   "', "ab   ", "ab   "),
    (STRING, '"x\\"y\\\\z"', 'x"y\\z', 'x"y\\z'),
    (STRING, '"a\\u0001b"', "a\x01b", "a\x01b"),
    (LogicalType("BINARY", length=2), '"AP8="', "x'00ff'", b"\x00\xff"),
    (LogicalType("DATE"), '"9999-12-31"', "9999-12-31", date(9999, 12, 31)),
    (LogicalType(TIME, precision=1), '"01:02:03.4"', "01:02:03.4", time(1, 2, 3, 400000)),
    (LogicalType(TIME, precision=3), '"01:02:03"', "01:02:03.0", time(1, 2, 3)),
    (
        LogicalType(TIMESTAMP, precision=6),
        '"9999-12-31T23:59:59.999999"',
        "9999-12-31 23:59:59.999999",
        datetime(9999, 12, 31, 23, 59, 59, 999999),
    ),
    (
        LogicalType(TIMESTAMP, precision=3),
        '"2020-01-01T00:00:00.12"',
        "2020-01-01 00:00:00.120",
        datetime(2020, 1, 1, 0, 0, 0, 120000),
    ),
    (
        LogicalType(TIMESTAMP_LTZ, precision=3),  # TO_TIMESTAMP_LTZ(1577836800123, 3)
        '"2020-01-01T01:00:00.123Z"',
        "2020-01-01 01:00:00.123",
        datetime(2020, 1, 1, 0, 0, 0, 123000, timezone.utc),
    ),
    (
        LogicalType(TIMESTAMP_LTZ, precision=3),  # TO_TIMESTAMP_LTZ(-62135596800123, 3)
        '"0001-01-01T00:53:27.877Z"',
        "0001-01-01 00:53:27.877",
        "0001-01-01 00:53:27.877",  # in UTC it is the year 0
    ),
    (LogicalType("INTERVAL_YEAR_MONTH"), "-14", "-1-02", -14),
    (LogicalType("INTERVAL_DAY_TIME"), "-93784567", "-1 02:03:04.567", -timedelta(milliseconds=93784567)),
    (LogicalType("ARRAY", element=LogicalType("ARRAY", element=INT)), "[[1],null]", "[[1], NULL]", [[1], None]),
    (
        LogicalType("ARRAY", element=LogicalType(TIMESTAMP_LTZ, precision=3)),
        '["2020-10-25T03:00:00Z"]',
        "[2020-10-25 03:00:00.000]",
        [datetime(2020, 10, 25, 2, tzinfo=timezone.utc)],
    ),
    (
        LogicalType(
            "ROW", fields=columns(LogicalType("ARRAY", element=LogicalType(TIMESTAMP_LTZ, precision=3)), names="a")
        ),
        '{"a":["2020-10-25T02:00:00Z"]}',
        "([2020-10-25 03:00:00.000])",
        {"a": [datetime(2020, 10, 25, 2, tzinfo=timezone.utc)]},
    ),
    (
        LogicalType("ROW", fields=columns(INT, LogicalType("DECIMAL", precision=5, scale=2), names="xy")),
        '{"x":1,"y":2.5}',
        "(1, 2.50)",
        {"x": 1, "y": Decimal("2.50")},
    ),
]


@pytest.mark.parametrize(("type", "json", "text", "value"), FLAT)
def test_what_flink_writes(type: LogicalType, json: str, text: str, value: object) -> None:
    row = [Value(json, text, value)]
    for page in (inserts(row, row), text_inserts(row, row)):
        if text == "NULL" and page.row_format is RowFormat.PLAIN_TEXT:
            page = page_of("+I [null]", "+I [null]", row_format=RowFormat.PLAIN_TEXT)
        table = decode(columns(type), page, "Europe/Berlin")
        assert comparable(table.num_rows and [v for (v,) in rows_of(table)]) == comparable([value, value])


def test_a_whole_row_of_them() -> None:
    row = [Value(json, text, value) for _, json, text, value in FLAT]
    of = columns(*(type for type, *_ in FLAT))
    assert comparable(rows_of(decode(of, inserts(row), "Europe/Berlin"))) == comparable(expected(row))


def test_a_result_that_json_cannot_carry() -> None:
    of = columns(
        LogicalType("MAP", key=INT, value=DOUBLE),
        LogicalType("MULTISET", element=BIGINT),
        LogicalType("VARIANT"),
        LogicalType("ARRAY", element=STRING),
        LogicalType("ARRAY", element=INT),
    )
    page = page_of(
        '+I ["{1=1.0E10, 2=NULL}","{7=2}","{\\"a\\":[1,2.5,\\"x\\"]}","[a, b]","[1, NULL]"]',
        "+I [null,null,null,null,null]",
        row_format=RowFormat.PLAIN_TEXT,
    )
    assert rows_of(decode(of, page)) == [
        ({1: 1e10, 2: None}, {7: 2}, '{"a":[1,2.5,"x"]}', "[a, b]", [1, None]),
        (None, None, None, None, None),
    ]


def test_a_type_that_nobody_knows_is_text() -> None:
    of = columns(LogicalType("SOMETHING_NEW"), INT)
    assert rows_of(decode(of, page_of('+I ["a",1]', '+I [{"b":[1,2.5]},2]', "+I [5,3]", "+I [null,4]"))) == [
        ("a", 1),
        ('{"b":[1,2.5]}', 2),
        ("5", 3),
        (None, 4),
    ]


@pytest.mark.parametrize("row_format", RowFormat)
@pytest.mark.parametrize("kind", ["-U", "+U", "-D"])
def test_a_page_that_takes_rows_back_is_not_decoded_as_inserts(kind: str, row_format: RowFormat) -> None:
    for of in (columns(STRING), columns(LogicalType("DECIMAL", precision=3, scale=0))):
        assert Decoder(of).inserts(page_of('+I ["1"]', f'{kind} ["1"]', row_format=row_format)) is None


def wide(nested: Callable[[LogicalType], LogicalType], value: str) -> pa.Table:
    decoder = Decoder(columns(nested(NANOSECONDS), LogicalType(TIMESTAMP, precision=3)))
    first = decoder.inserts(page_of(f"+I [{value % '2020-01-01T00:00:00.123456789'},null]"))
    assert first is not None
    assert "ns" in str(first.schema.types[0])
    wider = decoder.inserts(page_of(f'+I [{value % "9999-12-31T23:59:59.999999999"},"2020-01-01T00:00:00"]'))
    assert wider is not None
    assert wider.schema == decoder.schema
    assert decoder.schema.types[1] == pa.timestamp("ms")
    assert "ns" not in str(decoder.schema.types[0])
    return wider


def test_a_year_beyond_nanoseconds_makes_them_microseconds() -> None:
    table = wide(lambda type: type, '"%s"')
    assert table.column(0).to_pylist() == [datetime(9999, 12, 31, 23, 59, 59, 999999)]


def test_also_inside_of_other_types() -> None:
    table = wide(lambda type: LogicalType("ARRAY", element=type), '["%s",null]')
    assert table.column(0).to_pylist() == [[datetime(9999, 12, 31, 23, 59, 59, 999999), None]]


@pytest.mark.parametrize(
    "rows",
    [
        b"",
        b"{}",
        b"[1]",
        b'[{"kind":"INSERT"}]',
        b'[{"kind":"INSERT","fields":[1]}]',
        b'[{"kind":"INSERT","fields":[1,"a",2]}]',
        b'[{"kind":"INSERT","fields":["x","a"]}]',
        b'[{"kind":"INSERT","fields":[1.5,"a"]}]',
        b'[{"kind":"INSERT","fields":[99999999999,"a"]}]',
        b'[{"kind":"INSERT","fields":[1,"a"]},{"kind":"INS',
    ],
)
@pytest.mark.parametrize("row_format", RowFormat)
def test_rows_that_the_columns_do_not_explain(rows: bytes, row_format: RowFormat) -> None:
    page = Page(PageKind.PAYLOAD, rows=rows, row_format=row_format)
    for of in (columns(INT, STRING), columns(INT, STRING)):
        with pytest.raises(BrokenReplyError, match="cannot be read"):
            Decoder(of).inserts(page)


def test_text_with_two_meanings_is_refused_where_json_was_possible() -> None:
    page = page_of('+I ["[a, b]"]', row_format=RowFormat.PLAIN_TEXT)
    with pytest.raises(BrokenReplyError) as caught:
        Decoder(columns(LogicalType("ARRAY", element=STRING))).inserts(page)
    assert "CAST it to STRING" in str(caught.value.details)


def test_a_zone_that_nobody_knows_leaves_the_wall_clock() -> None:
    of = columns(LogicalType(TIMESTAMP_LTZ, precision=0))
    table = decode(of, page_of('+I ["2020-01-01T01:00:00Z"]'), "Mars/Base")
    assert table.schema.types == [pa.timestamp("s")]
    assert rows_of(table) == [(datetime(2020, 1, 1, 1),)]


def test_no_rows() -> None:
    for type in (INT, LogicalType("ARRAY", element=STRING), LogicalType("MAP", key=STRING, value=INT)):
        assert decode(columns(type), Page(PageKind.PAYLOAD)).num_rows == 0
