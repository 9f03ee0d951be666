"""From a place in a statement to a place in the cell that a person looks at."""

from __future__ import annotations

from dataclasses import replace

from flinklab.domain.errors import Position, StatementError
from flinklab.domain.statements import Statement
from flinklab.sql.excerpt import excerpt


def place(error: StatementError, statement: Statement, text: str, first_line: int) -> None:
    """Turn `error.position`, counted in the statement, into the place in the cell, with an excerpt."""
    if error.position is None:
        return
    position = statement.locate(error.position)
    error.excerpt = excerpt(text, position, first_line=first_line)
    error.position = _down(position, first_line - 1)


def _down(position: Position, lines: int) -> Position:
    end = position.end_line + lines if position.end_line is not None else None
    return replace(position, line=position.line + lines, end_line=end)
