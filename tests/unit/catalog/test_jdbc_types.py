from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql

from flinklab.catalog.jdbc_types import flink_type

# The connector's documented mapping, and what it was tried to do with PostgreSQL.
POSTGRESQL = [
    (types.SMALLINT(), "SMALLINT"),
    (types.INTEGER(), "INT"),
    (types.BIGINT(), "BIGINT"),
    (types.REAL(), "FLOAT"),
    (types.FLOAT(53), "DOUBLE"),
    (types.FLOAT(24), "FLOAT"),
    (postgresql.DOUBLE_PRECISION(), "DOUBLE"),
    (types.NUMERIC(10, 2), "DECIMAL(10, 2)"),
    (types.NUMERIC(5), "DECIMAL(5, 0)"),
    (types.NUMERIC(), "DECIMAL(38, 18)"),
    (types.BOOLEAN(), "BOOLEAN"),
    (types.DATE(), "DATE"),
    (postgresql.TIME(), "TIME(6)"),
    (postgresql.TIME(precision=0), "TIME(0)"),
    (postgresql.TIMESTAMP(), "TIMESTAMP(6)"),
    (postgresql.TIMESTAMP(precision=3), "TIMESTAMP(3)"),
    (postgresql.TIMESTAMP(precision=0), "TIMESTAMP(1)"),
    (postgresql.TIMESTAMP(timezone=True, precision=6), "TIMESTAMP(6)"),
    (types.CHAR(5), "STRING"),
    (types.VARCHAR(5), "STRING"),
    (types.TEXT(), "STRING"),
    (postgresql.BYTEA(), "BYTES"),
    (postgresql.ENUM("a", name="e"), "STRING"),
    (postgresql.ARRAY(types.INTEGER()), "ARRAY<INT>"),
    (postgresql.ARRAY(types.NUMERIC(5, 2), dimensions=2), "ARRAY<ARRAY<DECIMAL(5, 2)>>"),
    (postgresql.DOMAIN("d", types.INTEGER()), "INT"),
]
MYSQL = [
    (mysql.TINYINT(), "TINYINT"),
    (mysql.TINYINT(display_width=1), "BOOLEAN"),
    (mysql.TINYINT(unsigned=True), "SMALLINT"),
    (mysql.SMALLINT(), "SMALLINT"),
    (mysql.SMALLINT(unsigned=True), "INT"),
    (mysql.MEDIUMINT(), "INT"),
    (mysql.MEDIUMINT(unsigned=True), "INT"),
    (mysql.INTEGER(), "INT"),
    (mysql.INTEGER(unsigned=True), "BIGINT"),
    (mysql.BIGINT(), "BIGINT"),
    (mysql.BIGINT(unsigned=True), "DECIMAL(20, 0)"),
    (mysql.FLOAT(), "FLOAT"),
    (mysql.DOUBLE(), "DOUBLE"),
    (mysql.DECIMAL(12, 4), "DECIMAL(12, 4)"),
    (mysql.DATETIME(), "TIMESTAMP(0)"),
    (mysql.DATETIME(fsp=6), "TIMESTAMP(6)"),
    (mysql.TIMESTAMP(fsp=3), "TIMESTAMP(3)"),
    (mysql.TIME(), "TIME(0)"),
    (mysql.VARCHAR(5), "STRING"),
    (mysql.LONGTEXT(), "STRING"),
    (mysql.ENUM("a"), "STRING"),
    (mysql.JSON(), "STRING"),
    (mysql.LONGBLOB(), "BYTES"),
    (mysql.VARBINARY(5), "BYTES"),
]
LEFT_OUT = [
    ("postgresql", postgresql.UUID(), "uuid"),
    ("postgresql", postgresql.JSONB(), "jsonb"),
    ("postgresql", postgresql.INET(), "inet"),
    ("postgresql", postgresql.INTERVAL(), "interval"),
    ("postgresql", postgresql.MONEY(), "money"),
    ("postgresql", postgresql.CITEXT(), "citext"),
    ("postgresql", postgresql.TIME(timezone=True), "zone"),
    ("postgresql", types.NUMERIC(50, 2), "50 digits"),
    ("postgresql", postgresql.ARRAY(postgresql.UUID()), "uuid"),
    ("postgresql", postgresql.ARRAY(postgresql.ENUM("a", name="e")), "enumeration"),
    ("postgresql", types.NullType(), "this type"),
    ("mysql", mysql.YEAR(), "year"),
    ("mysql", mysql.DECIMAL(65, 2), "65 digits"),
]


@pytest.mark.parametrize(("type_", "expected"), POSTGRESQL, ids=str)
def test_types_of_postgresql(type_: types.TypeEngine[Any], expected: str) -> None:
    assert flink_type(type_, "postgresql").text == expected


@pytest.mark.parametrize(("type_", "expected"), MYSQL, ids=repr)
def test_types_of_mysql(type_: types.TypeEngine[Any], expected: str) -> None:
    assert flink_type(type_, "mysql").text == expected


@pytest.mark.parametrize(("dialect", "type_", "why"), LEFT_OUT)
def test_types_that_the_connector_cannot_read(dialect: str, type_: types.TypeEngine[Any], why: str) -> None:
    found = flink_type(type_, dialect)
    assert found.text == ""
    assert why in found.note


def test_what_is_not_quite_the_same_is_said() -> None:
    assert "local time" in flink_type(postgresql.TIMESTAMP(timezone=True), "postgresql").note
    assert "18 digits" in flink_type(types.NUMERIC(), "postgresql").note
    assert "read only" in flink_type(postgresql.ENUM("a", name="e"), "postgresql").note
    assert flink_type(types.INTEGER(), "postgresql").note == ""
