"""From a place in a statement to a place in the cell that a person looks at."""

from __future__ import annotations

import re
from dataclasses import replace

from flinklab.domain.errors import Position, StatementError
from flinklab.domain.statements import Statement
from flinklab.sql.excerpt import excerpt, find_identifier

_QUOTED = re.compile(r"'`?(?:[^'`]+`\.`)*([^'`]+)`?'")


def place(error: StatementError, statement: Statement, text: str, first_line: int) -> None:
    """Turn `error.position`, counted in the statement, into the place in the cell, with an excerpt.

    When the server named no place but an object, the first mention of the object is the place.
    """
    within = error.position or _mentioned(error.message, statement.text)
    if within is None:
        return
    position = statement.locate(within)
    error.excerpt = excerpt(text, position, first_line=first_line)
    error.position = _down(position, first_line - 1)


def _mentioned(message: str, sql: str) -> Position | None:
    for name in _QUOTED.findall(message):
        found = find_identifier(sql, name)
        if found is not None:
            return found
    return None


def _down(position: Position, lines: int) -> Position:
    end = position.end_line + lines if position.end_line is not None else None
    return replace(position, line=position.line + lines, end_line=end)
