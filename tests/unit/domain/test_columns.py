"""Logical types are written as in Flink SQL."""

from __future__ import annotations

import pytest

from flinklab.domain.columns import Column, LogicalType

INT = LogicalType("INTEGER")
STRING = LogicalType("VARCHAR", length=2147483647)


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        (INT, "INT"),
        (LogicalType("INTEGER", nullable=False), "INT NOT NULL"),
        (LogicalType("BIGINT"), "BIGINT"),
        (LogicalType("BOOLEAN"), "BOOLEAN"),
        (LogicalType("DOUBLE"), "DOUBLE"),
        (LogicalType("DATE"), "DATE"),
        (LogicalType("VARIANT"), "VARIANT"),
        (STRING, "STRING"),
        (LogicalType("VARCHAR", length=10), "VARCHAR(10)"),
        (LogicalType("CHAR", length=5), "CHAR(5)"),
        (LogicalType("VARBINARY", length=2147483647), "BYTES"),
        (LogicalType("VARBINARY", length=3), "VARBINARY(3)"),
        (LogicalType("BINARY", length=3), "BINARY(3)"),
        (LogicalType("DECIMAL", precision=10, scale=2), "DECIMAL(10, 2)"),
        (LogicalType("TIMESTAMP_WITHOUT_TIME_ZONE", precision=3), "TIMESTAMP(3)"),
        (LogicalType("TIMESTAMP_WITH_LOCAL_TIME_ZONE", precision=0), "TIMESTAMP_LTZ(0)"),
        (LogicalType("TIME_WITHOUT_TIME_ZONE", precision=0), "TIME(0)"),
        (LogicalType("TIME_WITHOUT_TIME_ZONE"), "TIME"),
        (LogicalType("INTERVAL_DAY_TIME", precision=2, resolution="SECOND"), "INTERVAL DAY TO SECOND"),
        (LogicalType("INTERVAL_YEAR_MONTH"), "INTERVAL YEAR TO MONTH"),
        (LogicalType("ARRAY", element=INT), "ARRAY<INT>"),
        (LogicalType("MULTISET", element=STRING, nullable=False), "MULTISET<STRING> NOT NULL"),
        (LogicalType("MAP", key=STRING, value=LogicalType("ARRAY", element=INT)), "MAP<STRING, ARRAY<INT>>"),
        (
            LogicalType(
                "ROW", fields=(Column("a", INT), Column("b", LogicalType("CHAR", length=1, nullable=False)))
            ),
            "ROW<a INT, b CHAR(1) NOT NULL>",
        ),
    ],
)
def test_a_type_is_written_as_in_flink_sql(type_: LogicalType, expected: str) -> None:
    assert str(type_) == expected


def test_types_are_values() -> None:
    assert LogicalType("ARRAY", element=LogicalType("INTEGER")) == LogicalType("ARRAY", element=INT)
    assert len({LogicalType("INTEGER"), INT, STRING}) == 2
    assert Column("a", INT) != Column("a", INT, comment="b")
