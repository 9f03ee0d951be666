"""What the statements around the caret define: tables that no session has seen yet."""

from __future__ import annotations

import re
from functools import lru_cache

from flinklab.domain.definitions import DefinitionKind, Facts
from flinklab.domain.errors import StatementParseError
from flinklab.sql.completing.scope import Path
from flinklab.sql.ddl import read_ddl
from flinklab.sql.split import split

_CREATE = re.compile(r"(?i)create\b")
_LONGEST = 200_000  # characters of a text


def defined_beside(text: str, position: int) -> dict[Path, Facts]:
    """The tables and views of `text`, but of the statement that `position` is in. Never raises."""
    found: dict[Path, Facts] = {}
    if len(text) > _LONGEST:
        return found
    for statement in split(text):
        is_here = statement.offset <= position <= statement.offset + len(statement.text)
        if is_here or not _CREATE.match(statement.text):
            continue
        defined = _defined(statement.text)
        if defined is not None:
            found[defined[0]] = defined[1]
    return found


@lru_cache(maxsize=256)
def _defined(text: str) -> tuple[Path, Facts] | None:
    try:
        ddl = read_ddl(text)
    except StatementParseError:
        return None
    is_table = ddl.kind in (DefinitionKind.TABLE, DefinitionKind.VIEW)
    return (ddl.path, ddl.facts) if is_table else None
