"""A statement of a cell, with its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from flinklab.domain.errors import Position


class StatementKind(Enum):
    """What a statement is for, by its first words. Decides how it is run and shown, never whether it is valid."""

    QUERY = "query"  # SELECT, WITH, VALUES, TABLE: rows for a person
    INSERT = "insert"  # INSERT, UPDATE, DELETE, TRUNCATE, EXECUTE STATEMENT SET | PLAN: starts a job
    DDL = "ddl"  # CREATE, ALTER, DROP, ANALYZE, COMPILE PLAN, ...
    SHOW = "show"  # SHOW, DESCRIBE, HELP: a small table
    EXPLAIN = "explain"
    SET = "set"  # SET 'key' = 'value', RESET
    USE = "use"  # USE, USE CATALOG, USE MODULES, LOAD MODULE, UNLOAD MODULE
    JAR = "jar"  # ADD JAR, REMOVE JAR
    BEGIN_SET = "begin statement set"
    END_SET = "end"
    JOB = "job"  # STOP JOB
    CALL = "call"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    `text` begins at its first token and has no `;` at its end; comments before it are left out, hints and
    comments inside stay. `offset` (characters), `line` and `column` (1-based) say where `text` begins in the
    text that was split.
    """

    text: str
    kind: StatementKind
    offset: int = 0
    line: int = 1
    column: int = 1
    environment: str | None = None

    def locate(self, position: Position) -> Position:
        """A place in `text` as the place in the text that was split."""

        def move(line: int, column: int) -> tuple[int, int]:
            return line + self.line - 1, column + self.column - 1 if line == 1 else column

        line, column = move(position.line, position.column)
        if position.end_line is None or position.end_column is None:
            return Position(line, column)
        return Position(line, column, *move(position.end_line, position.end_column))
