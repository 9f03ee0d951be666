"""What is said when a definition is not what somebody believed: who changed it, when, and the difference."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from flinklab.catalog.definition_writes import Place, places
from flinklab.catalog.names import not_found
from flinklab.domain.definitions import Name
from flinklab.domain.errors import CatalogError, ConflictError, NotPermittedError
from flinklab.domain.text import count


def check_expected(name: Name, place: Place, expected: int | None, ddl: str) -> None:
    """Raises `ConflictError` or `NotFoundError` when what is there is not what `expected` says."""
    row = place.row
    if row is None:
        if expected is not None:
            raise not_found(f"definition in team {name.team}", name.name)
    elif expected != row.version and not (expected is None and row.dropped):
        raise conflict(name, row, expected, ddl)


def conflict(name: Name, row: Row[Any], expected: int | None, ddl: str) -> ConflictError:
    if row.dropped:
        said, hint = f"{name} was dropped in the meantime", "save it as a new one to bring it back"
    elif expected is None:
        said, hint = f"there is a {row.kind} {name} already", "to change it, start from what is there"
    else:
        said, hint = (
            f"{name} was changed in the meantime",
            f"look at the difference: yours is from version {expected}",
        )
    return ConflictError(
        f"{said}: {who_and_when(row)}",
        hint=hint,
        details=difference("" if row.dropped else row.ddl, ddl, f"{name} {who_and_when(row)}", f"{name} yours"),
    )


def overtaken(connection: Connection, name: Name, seen: Place, ddl: str) -> CatalogError:
    """Why the place could not be written: somebody was faster, or the database does not let this person."""
    now, before = places(connection, [name])[name].row, seen.row
    if now is not None and (before is None or now.version != before.version):
        return conflict(name, now, before.version if before is not None and not before.dropped else None, ddl)
    return NotPermittedError(f"you may not change {name}", hint=f"a developer of team {name.team} may")


def taken(names: Sequence[Name]) -> ConflictError:
    """That an import would replace what is there."""
    return ConflictError(
        f"{count(len(names), 'definition')} of these are there already with another text: {names[0]}"
        + (", ..." if len(names) > 1 else ""),
        hint="replace them, or leave them out",
        details="\n".join(map(str, names)),
    )


def who_and_when(row: Row[Any]) -> str:
    return f"version {row.version} by {row.changed_by}, {row.changed_at:%Y-%m-%d %H:%M:%S} UTC"


def difference(before: str, after: str, from_what: str, to_what: str) -> str:
    """A unified diff of two texts; empty when they are the same."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), from_what, to_what, lineterm="")
    return "\n".join(lines)
