import json

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fakes.pages import (
    BIGINT,
    BOUNDARY,
    DOUBLE,
    INT,
    NULL,
    STRING,
    TIMESTAMP,
    TIMESTAMP_LTZ,
    Result,
    Value,
    columns,
    comparable,
    expected,
    flat_types,
    inserts,
    page_of,
    plain_strings,
    results,
    string,
)
from flinklab.domain.columns import Column, LogicalType
from flinklab.results.fastpath import FastPath
from flinklab.results.rows import rows_of
from flinklab.results.times import BeyondNanosecondsError
from flinklab.results.types import arrow_schema

ZONE = "+05:30"
ONE_STRING = columns(STRING)


def fast_path(of: tuple[Column, ...]) -> FastPath:
    return FastPath(tuple(c.type for c in of), arrow_schema(of, ZONE))


def read(of: tuple[Column, ...], rows: bytes) -> pa.Table | None:
    return fast_path(of).read(rows)


@given(results(flat_types, plain_strings))
def test_pages_without_escapes_are_read_and_read_right(result: Result) -> None:
    of, rows = result
    table = read(of, inserts(*rows).rows)
    assert table is not None
    assert table.schema == arrow_schema(of, ZONE)
    assert comparable(rows_of(table)) == comparable(expected(*rows))


@given(results(flat_types))
@example((ONE_STRING, [(string(""),), (NULL,), (string("null"),)]))
@example((ONE_STRING, [(string(BOUNDARY),), (string('"' + BOUNDARY + '"'),)]))
@example((ONE_STRING, [(string("\\n\\\n\\\\\n"),), (string('\\"'),)]))
@example((columns(STRING, STRING), [(string('a","b'), string("\r\n\n"))]))
def test_pages_with_escapes_are_read_right_or_left_alone(result: Result) -> None:
    of, rows = result
    page = inserts(*rows).rows
    table = read(of, page)
    if table is None:
        assert b"\\u" in page
    else:
        assert comparable(rows_of(table)) == comparable(expected(*rows))


@given(st.lists(st.none() | plain_strings, min_size=1))
def test_a_single_column_keeps_its_empty_strings_and_nulls(texts: list[str | None]) -> None:
    table = read(ONE_STRING, inserts(*([NULL if t is None else string(t)] for t in texts)).rows)
    assert table is not None
    assert table.column(0).to_pylist() == texts


@given(results(flat_types), st.randoms())
def test_rows_that_take_back_are_never_read_as_inserts(result: Result, random: object) -> None:
    of, rows = result
    kinds = [random.choice(["+I", "-U", "+U", "-D"]) for _ in rows[1:]] + ["-D"]  # type: ignore[attr-defined]
    written = [f"{k} [{','.join(v.json for v in row)}]" for k, row in zip(kinds, rows, strict=True)]
    assert read(of, page_of(*written).rows) is None


@given(results(flat_types), st.sampled_from([(", ", ": "), (",", ": "), (", ", ":")]))
def test_json_in_another_style_is_left_alone_or_read_right(result: Result, style: tuple[str, str]) -> None:
    of, rows = result
    spaced = json.dumps(
        [
            {"kind": "INSERT", "fields": [v.python if isinstance(v.python, str) else None for v in row]}
            for row in rows
        ],
        separators=style,
    )
    assert read(of, spaced.encode()) is None


@pytest.mark.parametrize(
    "rows",
    [
        b"",
        b"[]",
        b'[{"kind":"INSERT","fields":["a"]}',
        b'[{"kind":"INSERT","fields":["a","b"]}]',
        b'[{"kind":"INSERT","fields":[ "a"]}]',
        b'[{"kind":"INSERT","fields":["a"]},{"kind":"INSERT","fields":["a"]} ,{"kind":"INSERT","fields":["a"]}]',
        b'[{"kind":"INSERT","fields":["\\u0022"]}]',
        b'[{"kind":"INSERT","fields":["\\/"]}]',
        b'[{"kind":"INSERT","fields":["\\n\0"]}]',
        b'[{"kind":"INSERT","fields":["\xff"]}]',
        b'[{"kind":"INSERT","fields":[{"a":"b"}]}]',
    ],
)
def test_anything_odd_is_left_alone(rows: bytes) -> None:
    assert read(ONE_STRING, rows) is None


@pytest.mark.parametrize(
    ("type", "json"),
    [
        (LogicalType("TINYINT"), "128"),
        (INT, "1.0"),
        (INT, '"x"'),
        (LogicalType("BOOLEAN"), "1"),
        (LogicalType("DECIMAL", precision=4, scale=2), "1.234"),
        (LogicalType(TIMESTAMP, precision=0), '"2020-01-01T00:00:00.5"'),
        (LogicalType(TIMESTAMP, precision=3), '"+10000-01-01T00:00:00"'),
        (LogicalType(TIMESTAMP_LTZ, precision=3), '"2020-01-01T00:00:00"'),
    ],
)
def test_a_value_that_does_not_fit_is_left_alone(type: LogicalType, json: str) -> None:
    assert read(columns(type), inserts([Value(json, None, None)]).rows) is None


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59.999999999", "0001-01-01T00:00:00"])
def test_nanoseconds_never_wrap_around(text: str) -> None:
    with pytest.raises(BeyondNanosecondsError):
        read(columns(LogicalType(TIMESTAMP, precision=9)), inserts([Value(f'"{text}"', None, None)]).rows)


@pytest.mark.parametrize(
    "text",
    [
        "1.7976931348623157E308",
        "-1.7976931348623157E308",
        "4.9E-324",
        "2.2250738585072014E-308",
        "-0.0",
        "0.1",
        "9007199254740993.0",
        "1.0E23",
        "123456.789",
        '"Infinity"',
        '"-Infinity"',
        '"NaN"',
    ],
)
def test_doubles_are_exact_to_the_bit(text: str) -> None:
    table = read(columns(DOUBLE), inserts([Value(text, None, None)]).rows)
    assert table is not None
    assert repr(table.column(0)[0].as_py()) == repr(float(text.strip('"')))


def test_very_long_strings() -> None:
    long = "x" * 5_000_000 + "é"
    table = read(
        columns(BIGINT, STRING), inserts([Value("1", None, 1), string(long)], [NULL, string(long + '"\n')]).rows
    )
    assert table is not None
    assert table.column(1).to_pylist() == [long, long + '"\n']


def test_only_flat_types_suit() -> None:
    assert FastPath.suits((INT, STRING))
    assert not FastPath.suits((INT, LogicalType("ARRAY", element=INT)))
    assert not FastPath.suits((LogicalType("VARIANT"),))
    assert not FastPath.suits(())
