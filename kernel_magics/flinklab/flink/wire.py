"""The gateway's JSON as structs, and what of it becomes ours.

Shapes: `flink-sql-gateway`'s `FetchResultsResponseBodyImpl`, `ResultInfo` and `LogicalTypeJsonSerializer`
(Flink 1.17 to 2.3).
"""

from __future__ import annotations

from typing import Any

import msgspec

from flinklab.domain.columns import Column, LogicalType
from flinklab.domain.pages import PageKind, RowFormat


class ApiVersions(msgspec.Struct):
    versions: list[str]


class Info(msgspec.Struct, rename="camel"):
    product_name: str
    version: str


class Opened(msgspec.Struct, rename="camel"):
    session_handle: str


class Properties(msgspec.Struct):
    properties: dict[str, str]


class Submitted(msgspec.Struct, rename="camel"):
    operation_handle: str


class Candidates(msgspec.Struct):
    candidates: list[str] = []


class Errors(msgspec.Struct):
    errors: list[str] = []


class ColumnInfo(msgspec.Struct, rename="camel"):
    name: str
    logical_type: dict[str, Any]
    comment: str | None = None


class ResultInfo(msgspec.Struct, rename="camel"):
    """`data` stays bytes: decoding rows is not this room's."""

    columns: list[ColumnInfo]
    row_format: RowFormat = RowFormat.JSON
    data: msgspec.Raw = msgspec.Raw(b"[]")


class ResultPage(msgspec.Struct):
    result_type: PageKind = msgspec.field(name="resultType")
    is_query: bool = msgspec.field(name="isQueryResult", default=False)
    job_id: str | None = msgspec.field(name="jobID", default=None)
    results: ResultInfo | None = None


def column_of(info: ColumnInfo) -> Column:
    return Column(info.name, logical_type(info.logical_type), info.comment)


def logical_type(data: dict[str, Any]) -> LogicalType:
    """A type of any Flink version: parameters that are not known are left out."""
    nested = {
        name: logical_type(data[key])
        for name, key in (("element", "elementType"), ("key", "keyType"), ("value", "valueType"))
        if isinstance(data.get(key), dict)
    }
    fields = tuple(
        Column(str(field["name"]), logical_type(field["fieldType"]), field.get("description"))
        for field in data.get("fields") or ()
    )
    return LogicalType(
        root=str(data["type"]),
        nullable=bool(data.get("nullable", True)),
        length=data.get("length"),
        precision=data.get("precision"),
        scale=data.get("scale"),
        fractional_precision=data.get("fractionalPrecision"),
        resolution=data.get("resolution"),
        fields=fields,
        **nested,
    )
