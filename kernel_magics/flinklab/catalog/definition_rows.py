"""A definition as a row, and a row as a definition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from flinklab.catalog.names import LONGEST_NAME, check_name
from flinklab.catalog.search_text import search_text
from flinklab.domain.definitions import Definition, DefinitionKind, Facts, Name, TableColumn

_COLUMN = ("name", "type", "comment", "computed", "metadata")


def to_row(definition: Definition) -> dict[str, Any]:
    """What is written of a definition: all but its team, its version, and who changed it when.

    Raises `UsageError` for a name that cannot be one.
    """
    return {
        "name": check_name(definition.name.name, definition.kind.value),
        "kind": definition.kind.value,
        "ddl": definition.ddl,
        "facts": _to_document(definition.facts),
        "connector": definition.facts.connector[:LONGEST_NAME],
        "comment": definition.facts.comment,
        "owner": definition.owner,
        "tags": list(definition.tags),
        "search": search_text(definition),
        "dropped": False,
    }


def to_definition(row: Row[Any], name: Name, *, note: str = "") -> Definition:
    """From a row of `definition` or of `definition_version`."""
    return Definition(
        name=name,
        kind=DefinitionKind(row.kind),
        ddl=row.ddl,
        facts=_to_facts(row.facts),
        version=row.version,
        owner=row.owner,
        tags=tuple(row.tags),
        dropped=row.dropped,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        note=note,
    )


def as_saved(definition: Definition, row: Row[Any]) -> Definition:
    """What was given, as the database has it."""
    return replace(
        definition, version=row.version, dropped=False, changed_by=row.changed_by, changed_at=row.changed_at
    )


def described_columns(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and comments of the columns, from `facts` of a row."""
    return [(column["name"], column.get("comment", "")) for column in document.get("columns", ())]


def _to_document(facts: Facts) -> dict[str, Any]:
    document = {
        "columns": [_filled(column) for column in facts.columns],
        "primary_key": facts.primary_key,
        "partitioned_by": facts.partitioned_by,
        "watermark": facts.watermark,
        "options": facts.options,
        "comment": facts.comment,
    }
    return {key: value for key, value in document.items() if value}


def _filled(column: TableColumn) -> dict[str, str]:
    filled = {key: value for key in _COLUMN[1:] if (value := getattr(column, key))}
    return {"name": column.name, **filled}


def _to_facts(document: dict[str, Any]) -> Facts:
    return Facts(
        columns=tuple(TableColumn(**column) for column in document.get("columns", ())),
        primary_key=tuple(document.get("primary_key", ())),
        partitioned_by=tuple(document.get("partitioned_by", ())),
        watermark=document.get("watermark", ""),
        options=document.get("options", {}),
        comment=document.get("comment", ""),
    )
