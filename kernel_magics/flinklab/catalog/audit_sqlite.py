"""SQLite's triggers that write the audit."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.types import JSON, Boolean

from flinklab.catalog.audited import AUDITED, ONLY_ADDED, Audited, Tables, recordable
from flinklab.domain.variables import MASK

_THE_PERSON = "(SELECT CASE count(*) WHEN 1 THEN min(name) ELSE '' END FROM person)"
_NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"  # as schema.Moment keeps it


def statements(tables: Tables) -> Iterator[str]:
    """The DDL for those of `tables` that are audited."""
    for table, actions in ONLY_ADDED.items():
        for action in actions if table in tables else ():
            yield f"DROP TRIGGER IF EXISTS {table}_no_{action.lower()}"
            yield (
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
            )
    for table, audited in AUDITED.items():
        for action in ("INSERT", "UPDATE", "DELETE") if table in tables else ():
            yield f"DROP TRIGGER IF EXISTS audit_{table}_{action.lower()}"
            yield _trigger(table, tables[table], audited, action)


def _trigger(table: str, columns: list[ReflectedColumn], audited: Audited, action: str) -> str:
    row = "OLD" if action == "DELETE" else "NEW"
    names = [column["name"] for column in columns]
    key = f"{row}.{audited.key}"
    if audited.parent:
        key = f"(SELECT name FROM {audited.parent} WHERE id = {key})"
    person = "NEW.changed_by" if "changed_by" in names and action != "DELETE" else _THE_PERSON
    when = f"{key} IS NOT NULL"
    if action == "UPDATE":
        told = (name for name in names if name not in audited.no_news)
        when += f" AND ({' OR '.join(f'OLD.{name} IS NOT NEW.{name}' for name in told)})"
    before = "NULL" if action == "INSERT" else _document(columns, audited, "OLD", action)
    after = "NULL" if action == "DELETE" else _document(columns, audited, "NEW", action)
    return f"""
        CREATE TRIGGER audit_{table}_{action.lower()} AFTER {action} ON {table} WHEN {when}
        BEGIN
            INSERT INTO audit (team_id, at, person, action, table_name, "key", before, after)
            VALUES (
                {row}.{audited.team}, {_NOW}, {person}, '{action.lower()}', '{table}', {key}, {before}, {after});
        END"""


def _document(columns: list[ReflectedColumn], audited: Audited, side: str, action: str) -> str:
    """The row as a JSON object; of an update the columns that changed."""
    shown = [column for column in columns if column["name"] not in audited.unrecorded]
    pairs = ", ".join(f"'{column['name']}', {_value(column, audited, side)}" for column in shown)
    if action != "UPDATE":
        return f"json_object({pairs})"
    unchanged = ", ".join(
        f"CASE WHEN OLD.{name} IS NEW.{name} THEN '$.{name}' ELSE '$.none' END"
        for name in (column["name"] for column in shown)
        if name != audited.always
    )
    return f"json_remove(json_object({pairs}){unchanged and ', ' + unchanged})"


def _value(column: ReflectedColumn, audited: Audited, side: str) -> str:
    value = f"{side}.{column['name']}"
    if column["name"] in audited.masked:
        return _masked(audited.masked[column["name"]], value)
    if isinstance(column["type"], JSON):
        return f"json({value})"
    if isinstance(column["type"], Boolean):
        return f"json(CASE WHEN {value} THEN 'true' ELSE 'false' END)"
    return value


def _masked(sensitive: tuple[str, ...], document: str) -> str:
    is_open = recordable(sensitive, "f.key", "f.value", "f.type = 'text'", "f.type IN ('object', 'array')")
    boolean = "f.type IN ('true', 'false')"  # json_each gives their values as 1 and 0
    return f"""CASE json_type({document}) WHEN 'object' THEN (
        SELECT json_group_object(f.key, json(
            CASE WHEN {boolean} THEN f.type WHEN {is_open} THEN json_quote(f.value) ELSE '"{MASK}"' END))
        FROM json_each({document}) AS f) END"""
