from datetime import datetime
from decimal import Decimal

import pyarrow as pa
from hypothesis import given, settings

from fakes.pages import Result, comparable, expected, inserts, json_types, results
from flinklab.results.decode import Decoder
from flinklab.results.rows import rows_of, values_of


@settings(max_examples=50)
@given(results(json_types))
def test_slices_and_chunks_make_no_difference(result: Result) -> None:
    of, rows = result
    table = Decoder(of, "+05:30").inserts(inserts(*rows))
    assert table is not None
    twice = pa.concat_tables([table, table])
    cut = twice.slice(1, twice.num_rows - 2)
    assert comparable(rows_of(cut)) == comparable((expected(*rows) * 2)[1:-1])


def test_rows_are_tuples_also_with_columns_of_one_name() -> None:
    table = pa.Table.from_arrays([pa.array([1, 2]), pa.array(["a", None])], names=["x", "x"])
    assert rows_of(table) == [(1, "a"), (2, None)]


def test_no_rows() -> None:
    assert rows_of(pa.table({"a": pa.array([], pa.map_(pa.string(), pa.int32()))})) == []


def test_keys_that_are_nested_can_be_keys() -> None:
    type = pa.map_(pa.struct([("a", pa.int32()), ("b", pa.list_(pa.int32()))]), pa.decimal128(3, 1))
    assert values_of(pa.array([[({"a": 1, "b": [2]}, Decimal("1.5"))], None], type)) == [
        {(("a", 1), ("b", (2,))): Decimal("1.5")},
        None,
    ]


def test_years_that_python_has_not_are_text() -> None:
    after_the_last = 253_402_300_800  # seconds to the year 10000
    values = values_of(pa.array([0, after_the_last, None]).view(pa.timestamp("s")))
    assert values[0] == datetime(1970, 1, 1)
    assert isinstance(values[1], str)
    assert values[2] is None


def test_the_wall_clock_of_a_zone_is_shown_where_utc_leaves_the_calendar() -> None:
    before_the_first = pa.array([-62_135_596_800 - 3_600])  # year 0, 23:00 in UTC
    for zone, shown in (("+02:00", "0001-01-01 01:00:00"), ("Etc/GMT-2", "0001-01-01 01:00:00")):
        assert str(values_of(before_the_first.view(pa.timestamp("s", zone)))[0])[:19] == shown
