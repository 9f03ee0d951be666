from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.answers import columns
from fakes.answers import logical_type as spelled
from flinklab.domain.columns import LogicalType
from flinklab.flink.wire import ColumnInfo, column_of, logical_type

INT = {"type": "INTEGER", "nullable": True}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"type": "VARCHAR", "nullable": True, "length": 2147483647}, "STRING"),
        ({"type": "DECIMAL", "nullable": False, "precision": 10, "scale": 2}, "DECIMAL(10, 2) NOT NULL"),
        ({"type": "TIMESTAMP_WITHOUT_TIME_ZONE", "nullable": True, "precision": 3}, "TIMESTAMP(3)"),
        ({"type": "TIMESTAMP_WITH_LOCAL_TIME_ZONE", "nullable": True, "precision": 3}, "TIMESTAMP_LTZ(3)"),
        ({"type": "ARRAY", "nullable": True, "elementType": INT}, "ARRAY<INT>"),
        ({"type": "MULTISET", "nullable": True, "elementType": INT}, "MULTISET<INT>"),
        ({"type": "MAP", "nullable": True, "keyType": INT, "valueType": INT}, "MAP<INT, INT>"),
        ({"type": "ROW", "nullable": True, "fields": [{"name": "a", "fieldType": INT}]}, "ROW<a INT>"),
        ({"type": "VARIANT", "nullable": True}, "VARIANT"),
        ({"type": "SOMETHING_OF_FLINK_3", "nullable": True, "colour": "red"}, "SOMETHING_OF_FLINK_3"),
    ],
)
def test_types_are_read_as_flink_writes_them(data: dict[str, Any], text: str) -> None:
    assert str(logical_type(data)) == text


def test_an_interval_keeps_its_resolution() -> None:
    data = {"type": "INTERVAL_DAY_TIME", "precision": 2, "fractionalPrecision": 3, "resolution": "SECOND"}
    read = logical_type(data)
    assert (read.precision, read.fractional_precision, read.resolution) == (2, 3, "SECOND")


def _nest(inner: st.SearchStrategy[LogicalType]) -> st.SearchStrategy[LogicalType]:
    return st.builds(LogicalType, root=st.just("ARRAY"), nullable=st.booleans(), element=inner) | st.builds(
        LogicalType, root=st.just("MAP"), nullable=st.booleans(), key=inner, value=inner
    )


@given(
    st.recursive(st.builds(LogicalType, root=st.sampled_from(["BIGINT", "BOOLEAN"]), nullable=st.booleans()), _nest)
)
def test_nested_types_come_back(read: LogicalType) -> None:
    def written(one: LogicalType) -> dict[str, Any]:
        inner = {"elementType": one.element, "keyType": one.key, "valueType": one.value}
        return {"type": one.root, "nullable": one.nullable, **{k: written(v) for k, v in inner.items() if v}}

    assert logical_type(written(read)) == read


def test_a_column_keeps_its_comment() -> None:
    column = column_of(msgspec.convert({"name": "id", "logicalType": INT, "comment": 'the "id"'}, ColumnInfo))
    assert (column.name, str(column.type), column.comment) == ("id", "INT", 'the "id"')


def test_the_fakes_spell_types_as_this_room_reads_them() -> None:
    for text in (
        "BIGINT",
        "STRING NOT NULL",
        "DECIMAL(10, 2)",
        "TIMESTAMP_LTZ(3)",
        "TIMESTAMP(6)",
        "CHAR(5)",
        "BYTES",
    ):
        assert str(logical_type(spelled(text))) == text
    assert [c["name"] for c in columns("a INT, b DECIMAL(10, 2) NOT NULL, c STRING")] == ["a", "b", "c"]
