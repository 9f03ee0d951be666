from __future__ import annotations

import subprocess
import sys

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.ddl_texts import texts
from flinklab.domain.definitions import TableColumn
from flinklab.domain.errors import UsageError
from flinklab.sharing.dataframes import ddl_from_frame
from flinklab.sql.ddl import read_ddl

UNITS = [("s", 0), ("ms", 3), ("us", 6), ("ns", 9)]
TYPES = [
    (pa.bool_(), "BOOLEAN"),
    (pa.int8(), "TINYINT"),
    (pa.int16(), "SMALLINT"),
    (pa.int32(), "INT"),
    (pa.int64(), "BIGINT"),
    (pa.uint8(), "SMALLINT"),
    (pa.uint16(), "INT"),
    (pa.uint32(), "BIGINT"),
    (pa.uint64(), "DECIMAL(20, 0)"),
    (pa.float16(), "FLOAT"),
    (pa.float32(), "FLOAT"),
    (pa.float64(), "DOUBLE"),
    (pa.decimal128(10, 2), "DECIMAL(10, 2)"),
    (pa.decimal256(38, 38), "DECIMAL(38, 38)"),
    (pa.string(), "STRING"),
    (pa.large_string(), "STRING"),
    (pa.binary(), "BYTES"),
    (pa.large_binary(), "BYTES"),
    (pa.binary(16), "BINARY(16)"),
    (pa.date32(), "DATE"),
    (pa.date64(), "DATE"),
    (pa.time32("s"), "TIME(0)"),
    (pa.time32("ms"), "TIME(3)"),
    (pa.time64("us"), "TIME(6)"),
    (pa.time64("ns"), "TIME(9)"),
    *((pa.timestamp(unit), f"TIMESTAMP({digits})") for unit, digits in UNITS),
    *((pa.timestamp(unit, "Asia/Tokyo"), f"TIMESTAMP_LTZ({digits})") for unit, digits in UNITS),
    (pa.dictionary(pa.int8(), pa.string()), "STRING"),
    (pa.list_(pa.int32()), "ARRAY<INT>"),
    (pa.large_list(pa.field("item", pa.int32(), nullable=False)), "ARRAY<INT NOT NULL>"),
    (pa.list_(pa.int8(), 3), "ARRAY<TINYINT>"),
    (pa.map_(pa.string(), pa.list_(pa.date32())), "MAP<STRING, ARRAY<DATE>>"),
    (
        pa.struct([pa.field("a b", pa.int32(), nullable=False), ("c", pa.struct([("d", pa.string())]))]),
        "ROW<`a b` INT NOT NULL, `c` ROW<`d` STRING>>",
    ),
]


@pytest.mark.parametrize(("arrow", "flink"), TYPES, ids=str)
def test_a_type_and_whether_it_is_null(arrow: pa.DataType, flink: str) -> None:
    schema = pa.schema([pa.field("x", arrow), pa.field("y", arrow, nullable=False)])
    columns = read_ddl(ddl_from_frame(schema, "t", {})).facts.columns
    assert columns == (TableColumn("x", flink), TableColumn("y", f"{flink} NOT NULL"))


@pytest.mark.parametrize(
    ("arrow", "message"),
    [
        (pa.null(), "x: only nulls, which have no type"),
        (pa.duration("ns"), r"x: Flink has no type for duration\[ns\]"),
        (pa.decimal256(39, 2), r"x: Flink has no decimal256\(39, 2\)"),
        (pa.decimal128(5, -2), r"x: Flink has no decimal128\(5, -2\)"),
        (pa.struct([("a", pa.list_(pa.duration("s")))]), r"x\.a: Flink has no type for duration"),
        (pa.struct([]), "x: Flink has no type for struct<>"),
    ],
)
def test_what_no_flink_type_holds_is_refused_by_name(arrow: pa.DataType, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ddl_from_frame(pa.schema([("x", arrow)]), "t", {})


@given(st.lists(texts.filter(bool), min_size=1, unique=True), texts.filter(bool), st.dictionaries(texts, texts))
def test_names_and_options_are_data(columns: list[str], name: str, options: dict[str, str]) -> None:
    ddl = read_ddl(ddl_from_frame(pa.schema([(column, pa.int32()) for column in columns]), ["dw", name], options))
    assert ddl.path == ("dw", name)
    assert [column.name for column in ddl.facts.columns] == columns
    assert ddl.facts.options == options


def test_the_text() -> None:
    frame = pa.table({"id": [1], "name": ["a"]})
    assert ddl_from_frame(frame, "t", {"connector": "kafka", "topic": "it's"}) == (
        "CREATE TABLE `t` (\n  `id` BIGINT,\n  `name` STRING\n) "
        "WITH (\n  'connector' = 'kafka',\n  'topic' = 'it''s'\n)"
    )


def test_a_pandas_frame() -> None:
    frame = pd.DataFrame(
        {
            "i": pd.Series([1, 2], dtype="int32"),
            "n": pd.Series([1, None], dtype="Int64"),
            "s": ["a", None],
            "c": pd.Categorical(["x", "y"]),
            "t": pd.to_datetime(["2024-01-01", None]),
            "z": pd.to_datetime(["2024-01-01", None], utc=True),
            "l": [[1], [2]],
            7: [1.5, 2.5],
        }
    ).set_axis([10, 20])
    types = {column.name: column.type for column in read_ddl(ddl_from_frame(frame, "t", {})).facts.columns}
    assert types == {
        "i": "INT",
        "n": "BIGINT",
        "s": "STRING",
        "c": "STRING",
        "t": "TIMESTAMP(9)",
        "z": "TIMESTAMP_LTZ(9)",
        "l": "ARRAY<BIGINT>",
        "7": "DOUBLE",
    }


def test_a_polars_frame() -> None:
    frame = pl.DataFrame({"a": [1], "s": ["x"], "d": [[{"b": True}]], "e": pl.Series(["q"], dtype=pl.Categorical)})
    types = [column.type for column in read_ddl(ddl_from_frame(frame, "t", {})).facts.columns]
    assert types == ["BIGINT", "STRING", "ARRAY<ROW<`b` BOOLEAN>>", "STRING"]


def test_whatever_speaks_arrow() -> None:
    class Foreign:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return pa.table({"a": [1]}).__arrow_c_stream__(requested_schema)

    assert "`a` BIGINT" in ddl_from_frame(Foreign(), "t", {})


def test_frames_that_make_no_table_are_refused() -> None:
    with pytest.raises(UsageError, match="without columns"):
        ddl_from_frame(pd.DataFrame(), "t", {})
    with pytest.raises(UsageError, match=r"two columns .* are called 'a'"):
        ddl_from_frame(pa.schema([("a", pa.int8()), ("a", pa.int8())]), "t", {})
    with pytest.raises(UsageError, match="a list is no DataFrame"):
        ddl_from_frame([1], "t", {})
    with pytest.raises(UsageError, match="a Series is no DataFrame"):
        ddl_from_frame(pd.Series([1]), "t", {})
    with pytest.raises(UsageError, match="a LazyFrame is no DataFrame"):
        ddl_from_frame(pl.LazyFrame({"a": [1]}), "t", {})
    with pytest.raises(UsageError, match="no one type for each column"):
        ddl_from_frame(pd.DataFrame({"a": [1, "x"]}), "t", {})


def test_pandas_and_polars_are_not_imported_for_it() -> None:
    code = "import sys, flinklab.sharing.dataframes; print('pandas' in sys.modules, 'polars' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False False\n"
