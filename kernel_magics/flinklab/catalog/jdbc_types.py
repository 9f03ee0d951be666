"""Column types of a database as Flink's JDBC connector reads and writes them.

After the connector's documented mapping, and tried with 4.0 on PostgreSQL: there, what its driver has an object of
its own for (uuid, json, inet, interval, money, ...) ends the job as a STRING. A view that casts it to text helps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql

_LONGEST_DECIMAL = 38
_UNSIGNED = {"TINYINT": "SMALLINT", "SMALLINT": "INT", "INT": "BIGINT", "BIGINT": "DECIMAL(20, 0)"}
_LEAST_DIGITS = {"postgresql": 1}  # of a TIMESTAMP; the dialect refuses fewer
_MOST_DIGITS = 6
_BYTES = (types.LargeBinary, types.BINARY, types.VARBINARY, mysql.TINYBLOB, mysql.MEDIUMBLOB, mysql.LONGBLOB)
_DEFAULT_DIGITS = {"postgresql": 6}


class FlinkType(NamedTuple):
    """`text` is empty when the connector has no such type; `note` says what a person should know."""

    text: str
    note: str = ""


def flink_type(type_: types.TypeEngine[Any], dialect: str) -> FlinkType:
    """`dialect`: SQLAlchemy's name of it (`postgresql`, `mysql`, ...)."""
    if isinstance(type_, types.ARRAY):
        if isinstance(type_.item_type, types.Enum):
            return FlinkType("", "an array of an enumeration")
        item = flink_type(type_.item_type, dialect)
        depth = type_.dimensions or 1
        return item._replace(text="ARRAY<" * depth + item.text + ">" * depth) if item.text else item
    if isinstance(type_, postgresql.DOMAIN):
        return flink_type(type_.data_type, dialect)
    return _number(type_) or _time(type_, dialect) or _other(type_, dialect)


def _number(type_: types.TypeEngine[Any]) -> FlinkType | None:
    if isinstance(type_, types.Boolean):
        return FlinkType("BOOLEAN")
    if isinstance(type_, types.Integer):
        return FlinkType(_integer(type_))
    if isinstance(type_, types.Double):
        return FlinkType("DOUBLE")
    if isinstance(type_, types.Float):
        return FlinkType("DOUBLE" if (type_.precision or 0) > 24 else "FLOAT")
    if isinstance(type_, types.Numeric):
        return _decimal(type_.precision, type_.scale)
    return None


def _integer(type_: types.Integer) -> str:
    unsigned = getattr(type_, "unsigned", False)
    if isinstance(type_, mysql.TINYINT):
        if type_.display_width == 1 and not unsigned:  # how MySQL spells BOOLEAN
            return "BOOLEAN"
        text = "TINYINT"
    elif isinstance(type_, mysql.MEDIUMINT):
        return "INT"
    elif isinstance(type_, types.SmallInteger):
        text = "SMALLINT"
    else:
        text = "BIGINT" if isinstance(type_, types.BigInteger) else "INT"
    return _UNSIGNED[text] if unsigned else text


def _decimal(precision: int | None, scale: int | None) -> FlinkType:
    if precision is None:
        return FlinkType(f"DECIMAL({_LONGEST_DECIMAL}, 18)", "of any size there; fractions are cut after 18 digits")
    if precision > _LONGEST_DECIMAL:
        return FlinkType("", f"{precision} digits, and a DECIMAL of Flink has {_LONGEST_DECIMAL} at most")
    return FlinkType(f"DECIMAL({precision}, {scale or 0})")


def _time(type_: types.TypeEngine[Any], dialect: str) -> FlinkType | None:
    if isinstance(type_, types.DateTime):
        digits = max(_digits(type_, dialect), _LEAST_DIGITS.get(dialect, 0))
        zoned = "an instant, shown as the local time of the TaskManager's Java" if type_.timezone else ""
        return FlinkType(f"TIMESTAMP({digits})", zoned)
    if isinstance(type_, types.Time):
        if type_.timezone:
            return FlinkType("", "a time of day with a zone")
        return FlinkType(f"TIME({_digits(type_, dialect)})", "")
    return FlinkType("DATE") if isinstance(type_, types.Date) else None


def _digits(type_: types.TypeEngine[Any], dialect: str) -> int:
    digits = getattr(type_, "precision", None)
    if digits is None:
        digits = getattr(type_, "fsp", None)
    return min(_DEFAULT_DIGITS.get(dialect, 0) if digits is None else int(digits), _MOST_DIGITS)


def _other(type_: types.TypeEngine[Any], dialect: str) -> FlinkType:
    if isinstance(type_, _BYTES):
        return FlinkType("BYTES")
    if isinstance(type_, types.Enum):
        return FlinkType("STRING", "an enumeration, which can be read only" if dialect == "postgresql" else "")
    if isinstance(type_, types.String) and not isinstance(type_, postgresql.CITEXT):
        return FlinkType("STRING")
    if dialect == "mysql" and isinstance(type_, types.JSON):
        return FlinkType("STRING")
    return FlinkType("", f"the connector has no type for {_name(type_)}")


def _name(type_: types.TypeEngine[Any]) -> str:
    return "this type" if isinstance(type_, types.NullType) else type(type_).__name__.lower()
