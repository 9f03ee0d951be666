import pyarrow as pa
import pytest
from hypothesis import given

from fakes.pages import BIGINT, INT, STRING, TIME, TIMESTAMP, TIMESTAMP_LTZ, columns, json_types, sure_text_types
from flinklab.domain.columns import Column, LogicalType
from flinklab.results.types import arrow_schema, arrow_type, effective_types, needs_text, reads_back

VARIANT = LogicalType("VARIANT")
INT_MAP = LogicalType("MAP", key=INT, value=INT)
STRINGS = LogicalType("ARRAY", element=STRING)


def row(*types: LogicalType) -> LogicalType:
    return LogicalType("ROW", fields=columns(*types))


@pytest.mark.parametrize(
    ("flink", "arrow"),
    [
        (LogicalType("BOOLEAN"), pa.bool_()),
        (LogicalType("TINYINT"), pa.int8()),
        (LogicalType("SMALLINT"), pa.int16()),
        (INT, pa.int32()),
        (BIGINT, pa.int64()),
        (LogicalType("FLOAT"), pa.float32()),
        (LogicalType("DOUBLE"), pa.float64()),
        (LogicalType("DECIMAL", precision=38, scale=18), pa.decimal128(38, 18)),
        (LogicalType("CHAR", length=5), pa.string()),
        (STRING, pa.string()),
        (LogicalType("BINARY", length=2), pa.binary()),
        (LogicalType("VARBINARY"), pa.binary()),
        (LogicalType("DATE"), pa.date32()),
        (LogicalType(TIME, precision=0), pa.time32("ms")),
        (LogicalType(TIME, precision=3), pa.time32("ms")),
        (LogicalType(TIME, precision=4), pa.time64("us")),
        (LogicalType(TIME, precision=9), pa.time64("ns")),
        (LogicalType(TIMESTAMP, precision=0), pa.timestamp("s")),
        (LogicalType(TIMESTAMP, precision=3), pa.timestamp("ms")),
        (LogicalType(TIMESTAMP), pa.timestamp("us")),
        (LogicalType(TIMESTAMP, precision=9), pa.timestamp("ns")),
        (LogicalType(TIMESTAMP_LTZ, precision=3), pa.timestamp("ms", "Asia/Shanghai")),
        (LogicalType("INTERVAL_DAY_TIME"), pa.duration("ms")),
        (LogicalType("INTERVAL_YEAR_MONTH"), pa.int32()),
        (STRINGS, pa.list_(pa.string())),
        (INT_MAP, pa.map_(pa.int32(), pa.int32())),
        (LogicalType("MULTISET", element=STRING), pa.map_(pa.string(), pa.int32())),
        (row(INT, STRING), pa.struct([("c0", pa.int32()), ("c1", pa.string())])),
        (VARIANT, pa.string()),
        (LogicalType("SOMETHING_NEW"), pa.string()),
    ],
)
def test_every_flink_type_has_an_arrow_type(flink: LogicalType, arrow: pa.DataType) -> None:
    assert arrow_type(flink, "Asia/Shanghai") == arrow


def test_nanoseconds_can_be_asked_not_to_be_used_at_any_depth() -> None:
    nanoseconds = LogicalType(TIMESTAMP, precision=9)
    nested = row(LogicalType("ARRAY", element=nanoseconds), LogicalType(TIMESTAMP, precision=3))
    assert arrow_type(nested, "UTC", "us") == pa.struct(
        [("c0", pa.list_(pa.timestamp("us"))), ("c1", pa.timestamp("ms"))]
    )


def test_the_schema_says_the_flink_type_in_sql() -> None:
    schema = arrow_schema(
        columns(LogicalType("INTERVAL_YEAR_MONTH"), LogicalType("DECIMAL", precision=10, scale=2)), "UTC"
    )
    assert [field.metadata[b"flink.type"] for field in schema] == [b"INTERVAL YEAR TO MONTH", b"DECIMAL(10, 2)"]


def test_columns_of_the_same_name_stay_two() -> None:
    schema = arrow_schema((Column("a", INT), Column("a", STRING)), "UTC")
    assert schema.names == ["a", "a"]
    assert schema.types == [pa.int32(), pa.string()]


@pytest.mark.parametrize(
    ("type", "text"),
    [
        (VARIANT, True),
        (INT_MAP, True),
        (LogicalType("MULTISET", element=INT), True),
        (LogicalType("ARRAY", element=row(INT, VARIANT)), True),
        (LogicalType("MAP", key=STRING, value=INT_MAP), True),
        (LogicalType("MAP", key=LogicalType("CHAR", length=2), value=INT), False),
        (LogicalType("MULTISET", element=STRING), False),
        (STRINGS, False),
        (INT, False),
    ],
)
def test_which_types_the_gateway_cannot_write_as_json(type: LogicalType, text: bool) -> None:
    assert needs_text(columns(INT, type)) is text


@given(json_types)
def test_types_of_json_need_no_text(type: LogicalType) -> None:
    assert not needs_text(columns(type))
    assert effective_types(columns(type)) == (type,)


@given(sure_text_types)
def test_sure_types_keep_their_type_in_a_text_result(type: LogicalType) -> None:
    assert reads_back(type)
    assert effective_types(columns(VARIANT, type))[1] == type


def test_nested_types_with_strings_are_text_in_a_text_result_and_only_there() -> None:
    assert arrow_schema(columns(STRINGS, INT_MAP), "UTC").types == [pa.string(), pa.map_(pa.int32(), pa.int32())]
    assert arrow_schema(columns(STRINGS), "UTC").types == [pa.list_(pa.string())]
