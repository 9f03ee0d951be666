import subprocess
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings

from fakes.pages import Result, comparable, expected, inserts, json_types, results
from flinklab.results.decode import Decoder
from flinklab.results.frames import to_pandas


def frame(**columns: pa.Array) -> pd.DataFrame:
    return to_pandas(pa.table(columns))


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_integers_with_nulls_stay_integers(bits: int) -> None:
    highest = 2 ** (bits - 1) - 1
    column = frame(a=pa.array([highest, None, -highest - 1], getattr(pa, f"int{bits}")()))["a"]
    assert str(column.dtype) == f"Int{bits}"
    assert column[0] == highest
    assert column[1] is pd.NA
    assert column[2] == -highest - 1


def test_the_dtype_does_not_depend_on_the_rows() -> None:
    for rows in ([], [1], [None]):
        assert str(frame(a=pa.array(rows, pa.int64()))["a"].dtype) == "Int64"


def test_booleans_with_nulls_stay_booleans() -> None:
    column = frame(a=pa.array([True, None]))["a"]
    assert str(column.dtype) == "boolean"
    assert column[0] and column[1] is pd.NA


@pytest.mark.parametrize(
    ("type", "value"),
    [
        (pa.decimal128(38, 18), Decimal("12345678901234567890.123456789012345678")),
        (pa.date32(), date(1, 1, 1)),
        (pa.date32(), date(9999, 12, 31)),
        (pa.time32("ms"), time(1, 2, 3, 4000)),
        (pa.binary(), b"\x00\xff"),
        (pa.list_(pa.int32()), [1, None]),
        (pa.map_(pa.string(), pa.int32()), {"a": 1}),
        (pa.struct([("a", pa.list_(pa.int32()))]), {"a": [1]}),
    ],
)
def test_what_pandas_has_no_type_for_are_python_objects(type: pa.DataType, value: object) -> None:
    given = [*value.items()] if pa.types.is_map(type) and isinstance(value, dict) else value
    column = frame(a=pa.array([given, None], type))["a"]
    assert column.dtype == object
    assert column[0] == value
    assert column[1] is None


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps_keep_their_unit_and_zone(unit: str) -> None:
    epoch = pa.array([0, None])
    table = frame(plain=epoch.view(pa.timestamp(unit)), zoned=epoch.view(pa.timestamp(unit, "Asia/Shanghai")))
    assert str(table["plain"].dtype) == f"datetime64[{unit}]"
    assert str(table["zoned"].dtype) == f"datetime64[{unit}, Asia/Shanghai]"
    assert table["zoned"][0] == pd.Timestamp("1970-01-01T08:00+08:00")
    assert table["plain"][1] is pd.NaT


def test_the_whole_calendar_fits() -> None:
    ends = [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)]
    table = frame(a=pa.array(ends, pa.timestamp("us")))
    assert str(table["a"].dtype) == "datetime64[us]"
    assert "9999-12-31" in str(table)


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York", "+08:00"])
@pytest.mark.parametrize(
    "seconds", [253_402_300_800 + 10, -62_135_596_800 - 10, 253_402_300_800 - 10, -62_135_596_800]
)
def test_years_outside_of_the_calendar_never_raise(zone: str | None, seconds: int) -> None:
    table = frame(a=pa.array([seconds, 0, None]).view(pa.timestamp("s", zone)))
    assert len(str(table).splitlines()) == 4


def test_dates_outside_of_the_calendar_never_raise() -> None:
    column = frame(a=pa.array([2_932_897, 0], pa.int32()).view(pa.date32()))["a"]
    assert isinstance(column[0], str)
    assert column[1] == date(1970, 1, 1)


def test_durations() -> None:
    column = frame(a=pa.array([93_784_567, None]).view(pa.duration("ms")))["a"]
    assert str(column.dtype) == "timedelta64[ms]"
    assert column[0] == timedelta(milliseconds=93_784_567)


def test_columns_of_one_name_stay_two() -> None:
    table = to_pandas(pa.Table.from_arrays([pa.array([1]), pa.array(["b"])], names=["a", "a"]))
    assert list(table.columns) == ["a", "a"]
    assert table.iloc[0].tolist() == [1, "b"]


def test_several_chunks() -> None:
    one = pa.table({"a": pa.array([1]), "b": pa.array([[1]]), "c": pa.array([0]).view(pa.timestamp("ms", "UTC"))})
    table = to_pandas(pa.concat_tables([one, one]))
    assert table["b"].tolist() == [[1], [1]]
    assert list(table.index) == [0, 1]


def test_no_rows() -> None:
    table = frame(a=pa.array([], pa.timestamp("ms", "UTC")), b=pa.array([], pa.list_(pa.int32())))
    assert table.shape == (0, 2)
    assert str(table["a"].dtype) == "datetime64[ms, UTC]"


@settings(max_examples=50)
@given(results(json_types))
def test_every_result_becomes_a_frame_that_can_be_shown(result: Result) -> None:
    of, rows = result
    table = Decoder(of, "+05:30").inserts(inserts(*rows))
    assert table is not None
    there = to_pandas(table)
    assert there.shape == (len(rows), len(of))
    assert repr(there)
    for index, column in enumerate(of):
        if column.type.root in ("ARRAY", "ROW", "MAP", "MULTISET", "DECIMAL", "VARBINARY"):
            assert comparable(there.iloc[:, index].tolist()) == comparable([row[index] for row in expected(*rows)])


def test_pandas_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, flinklab.results.frames, flinklab.results.table; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0
