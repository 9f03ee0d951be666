"""How a database goes about a statement: what it reads whole, and which indexes it uses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, event

from flinklab.catalog.database import Database


def plans_of(database: Database, action: Callable[[], object]) -> str:
    """The plans of all that `action` reads, a step a line; as the person who is connected."""
    seen: list[tuple[str, Any]] = []

    def see(_1: Connection, _2: object, statement: str, parameters: object, _3: object, _4: bool) -> None:
        if statement.lstrip().startswith("SELECT"):
            seen.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", see)
    try:
        action()
    finally:
        event.remove(database.engine, "before_cursor_execute", see)
    assert seen, "nothing was read"
    with database.reading() as connection:
        return "\n".join(
            line for statement, parameters in seen for line in _plan(connection, statement, parameters)
        )


def _plan(connection: Connection, statement: str, parameters: Any) -> list[str]:
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [str(row.detail) for row in rows]
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    return list(_steps((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


def _steps(node: dict[str, Any]) -> Iterator[str]:
    words = (node["Node Type"], node.get("Relation Name"), node.get("Index Name"), node.get("Function Name"))
    yield " ".join(word for word in words if word)
    for child in node.get("Plans", ()):
        yield from _steps(child)
