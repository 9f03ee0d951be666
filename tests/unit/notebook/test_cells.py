"""Values as short texts: SQL's spelling, NULL apart, and never more work than is shown."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.columns import Column, LogicalType
from flinklab.notebook.cells import column_texts, cut, visible

MOMENT = 1577836800123456789  # 2020-01-01 00:00:00.123456789 UTC, in ns
PAIR = pa.struct([("a", pa.int32()), ("b", pa.string())])


@pytest.mark.parametrize(
    ("value", "kind", "sql", "text"),
    [
        (True, pa.bool_(), None, "TRUE"),
        (-5, pa.int8(), None, "-5"),
        (0.1, pa.float32(), None, "0.1"),
        (1e-10, pa.float64(), None, "1e-10"),
        (1.8e308, pa.float64(), None, "Infinity"),
        (-float("inf"), pa.float64(), None, "-Infinity"),
        (float("nan"), pa.float64(), None, "NaN"),
        (Decimal("1E-10"), pa.decimal128(20, 18), None, "0.000000000100000000"),
        ("", pa.string(), None, ""),
        ("NULL", pa.large_string(), None, "NULL"),
        (b"\x00\xff", pa.binary(), None, "x'00ff'"),
        (b"", pa.large_binary(), None, "x''"),
        (b"ab", pa.binary(2), None, "x'6162'"),
        (datetime.date(2020, 1, 2), pa.date32(), None, "2020-01-02"),
        (3723400, pa.time32("ms"), LogicalType("TIME_WITHOUT_TIME_ZONE", precision=1), "01:02:03.4"),
        (3723400, pa.time32("ms"), LogicalType("TIME_WITHOUT_TIME_ZONE", precision=0), "01:02:03"),
        (MOMENT, pa.timestamp("ns"), None, "2020-01-01 00:00:00.123456789"),
        (
            MOMENT,
            pa.timestamp("ns"),
            LogicalType("TIMESTAMP_WITHOUT_TIME_ZONE", precision=7),
            "2020-01-01 00:00:00.1234567",
        ),
        (MOMENT // 10**6, pa.timestamp("ms", "UTC"), None, "2020-01-01 00:00:00.123Z"),
        (MOMENT // 10**6, pa.timestamp("ms", "Asia/Shanghai"), None, "2020-01-01 08:00:00.123+08:00"),
        (MOMENT // 10**6, pa.timestamp("ms", "America/New_York"), None, "2019-12-31 19:00:00.123-05:00"),
        (MOMENT // 10**6, pa.timestamp("ms", "-03:30"), None, "2019-12-31 20:30:00.123-03:30"),
        (MOMENT // 10**6, pa.timestamp("ms", "No/Where"), None, "2020-01-01 00:00:00.123Z"),
        (93784567, pa.duration("ms"), None, "+1 02:03:04.567"),
        (-1, pa.duration("s"), None, "-0 00:00:01"),
        (14, pa.int64(), LogicalType("INTERVAL_YEAR_MONTH"), "+1-02"),
        (-14, pa.int32(), LogicalType("INTERVAL_YEAR_MONTH"), "-1-02"),
        (pa.MonthDayNano([25, 0, 0]), pa.month_day_nano_interval(), None, "+2-01"),
        (["a", None, "NULL"], pa.list_(pa.string()), None, '["a", NULL, "NULL"]'),
        ([[1], []], pa.list_(pa.list_(pa.int8())), None, "[[1], []]"),
        ([(1, "x"), (2, None)], pa.map_(pa.int32(), pa.string()), None, '{1: "x", 2: NULL}'),
        ({"a": 1, "b": "x"}, PAIR, None, '{a: 1, b: "x"}'),
        ({"a": None, "b": None}, PAIR, None, "{a: NULL, b: NULL}"),
        ([{"a": 1, "b": "x"}], pa.list_(PAIR), None, '[{a: 1, b: "x"}]'),
    ],
)
def test_a_value_is_written_as_sql_writes_it(value: Any, kind: Any, sql: LogicalType | None, text: str) -> None:
    assert column_texts(pa.array([None, value, None], kind), sql, 100) == [None, text, None]


def test_types_inside_nested_values_are_used() -> None:
    months = LogicalType("INTERVAL_YEAR_MONTH")
    row = LogicalType("ROW", fields=(Column("a", months), Column("b", LogicalType("ARRAY", element=months))))
    kind = pa.struct([("a", pa.int64()), ("b", pa.list_(pa.int64()))])
    assert column_texts(pa.array([{"a": 1, "b": [13]}], kind), row, 100) == ["{a: +0-01, b: [+1-01]}"]


def test_a_row_may_have_two_fields_of_one_name() -> None:
    array = pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    assert column_texts(array, None, 100) == ["{a: 1, a: 2}"]


def test_slices_chunks_and_dictionaries_keep_their_values() -> None:
    structs = pa.array([{"a": i, "b": str(i)} for i in range(4)], PAIR)
    assert column_texts(structs.slice(2), None, 100) == ['{a: 2, b: "2"}', '{a: 3, b: "3"}']
    assert column_texts(pa.chunked_array([["a"], [], ["b"]]), None, 100) == ["a", "b"]
    assert column_texts(pa.array(["x", None, "x"]).dictionary_encode(), None, 100) == ["x", None, "x"]


@pytest.mark.parametrize(
    "array",
    [
        pa.array(["é" * 5_000_000]),
        pa.array([b"\xff" * 5_000_000]),
        pa.array([list(range(1_000_000))]),
        pa.array([[["deep" * 100] * 100] * 100]),
        pa.array([[("k" * 100, 1)] * 10_000], pa.map_(pa.string(), pa.int8())),
    ],
    ids=["string", "binary", "list", "nested", "map"],
)
def test_of_a_huge_value_only_the_beginning_is_read(array: Any) -> None:
    (text,) = column_texts(array, None, 50)
    assert text is not None
    assert 50 < len(text) < 250


SCALARS = st.sampled_from(
    [
        pa.int64(),
        pa.string(),
        pa.bool_(),
        pa.float64(),
        pa.binary(),
        pa.date32(),
        pa.decimal128(10, 2),
        pa.timestamp("ns"),
    ]
)
TYPES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        inner.map(pa.list_),
        inner.map(lambda value: pa.map_(pa.string(), value)),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda kinds: pa.struct([(f"f{i}", kind) for i, kind in enumerate(kinds)])
        ),
    ),
    max_leaves=4,
)


def values(kind: Any) -> st.SearchStrategy[Any]:
    if pa.types.is_map(kind):
        inner = st.lists(st.tuples(st.text(max_size=3), values(kind.item_type)), max_size=3)
    elif pa.types.is_list(kind):
        inner = st.lists(values(kind.value_type), max_size=3)
    elif pa.types.is_struct(kind):
        inner = st.fixed_dictionaries(
            {kind.field(i).name: values(kind.field(i).type) for i in range(kind.num_fields)}
        )
    else:
        inner = {
            pa.int64(): st.integers(-(2**63), 2**63 - 1),
            pa.string(): st.text(max_size=8),
            pa.bool_(): st.booleans(),
            pa.float64(): st.floats(),
            pa.binary(): st.binary(max_size=5),
            pa.date32(): st.dates(),
            pa.decimal128(10, 2): st.decimals(-(10**6), 10**6, places=2),
            pa.timestamp("ns"): st.integers(-(2**62), 2**62),
        }[kind]
    return st.none() | inner


@given(st.data())
def test_every_value_has_a_text_and_only_null_has_none(data: st.DataObject) -> None:
    kind = data.draw(TYPES)
    rows = data.draw(st.lists(values(kind), max_size=4))
    texts = column_texts(pa.array(rows, kind), None, 40)
    assert [text is None for text in texts] == [row is None for row in rows]


@given(st.text())
def test_visible_text_has_nothing_that_moves_a_cursor_or_turns_the_line(text: str) -> None:
    shown = visible(text)
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in shown)
    assert not set(shown) & set(
        "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
    )


def test_visible_text_keeps_what_can_be_seen() -> None:
    assert visible("a b  ü 王 👩‍💻") == "a b  ü 王 👩‍💻"
    assert visible("a\nb\tc\x1b[31m\0") == "a↵b⇥c␛[31m␀"
    assert visible("\u202eevil") == "\\u202eevil"


@pytest.mark.parametrize(("text", "length", "expected"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("ab", 1, "…")])
def test_cut(text: str, length: int, expected: str) -> None:
    assert cut(text, length) == expected
