"""Values of managed jobs as rows, and rows as values.

Fields are named like the columns. A document in a row may have been written by another flinklab: keys that this
one does not know are passed over, keys that are missing take the value's defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeAlias, TypeVar

import msgspec
from sqlalchemy import JSON, Connection, Executable, Table

from flinklab.domain.errors import CatalogError
from flinklab.domain.jobs import Job, JobKey, Status
from flinklab.domain.text import storable
from flinklab.domain.typed import convert

Fields: TypeAlias = Mapping[str, Any]
"""A row: values by the names of its columns."""

_Value = TypeVar("_Value")

_STATUS = ("state", "since", "reason", "restarts", "not_before", "savepoint_at")


def fetch(
    connection: Connection, statement: Executable, parameters: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The rows of a statement."""
    found = connection.execute(statement, parameters)
    names = list(map(str, found.keys()))  # SQLAlchemy's are a kind of text that msgspec does not take
    return [dict(zip(names, row, strict=True)) for row in found]


def fetch_one(connection: Connection, statement: Executable) -> dict[str, Any] | None:
    """The only row, if there is one."""
    rows = fetch(connection, statement)
    return rows[0] if rows else None


def to_row(value: Any, table: Table) -> dict[str, Any]:
    """The value's fields that the table has columns for."""
    return {
        name: _plain(getattr(value, name), is_document=is_document)
        for name, is_document in _columns(value.__class__, table)
    }


def as_told(row: Fields) -> dict[str, Any]:
    """A row of what a cluster says, which may have anything in it, as a database can hold it."""
    return {name: _storable(value) for name, value in row.items()}


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {key: _storable(each) for key, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list) else value


@cache
def _columns(of: type[Any], table: Table) -> tuple[tuple[str, bool], ...]:
    """The names of those columns, and whether there is a document in them."""
    return tuple((str(each.name), isinstance(each.type, JSON)) for each in table.columns if hasattr(of, each.name))


def to_value(of: type[_Value], row: Fields, **more: Any) -> _Value:
    """A value of the dataclass `of`. Raises `CatalogError` for what this flinklab cannot read."""
    try:
        return convert({**row, **more}, of)
    except msgspec.ValidationError as error:
        which = f"{of.__name__.lower()} {row['id']}" if "id" in row else of.__name__.lower()
        raise CatalogError(
            f"the catalog's {which} cannot be read: {error}",
            hint='it may be of a newer flinklab: pip install --upgrade "flinklab"',
        ) from error


def to_job(row: Fields) -> Job:
    """From a row of `job` with its `team`'s name."""
    return to_value(Job, row, key=JobKey(row["team"], row["name"], row["environment"]))


def to_status(row: Fields) -> Status:
    """From a row of `job` with what `job_status` has of it, if anything."""
    if row["state"] is None:
        return Status(row["id"])
    return to_value(Status, {name: row[name] for name in _STATUS}, job_id=row["id"])


def _plain(value: Any, *, is_document: bool) -> Any:
    if is_document:
        return msgspec.to_builtins(value)
    return value.value if isinstance(value, Enum) else value
