"""What a session is made of: the statements that shaped it, in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from flinklab.domain.statements import Statement, StatementKind

_ALWAYS = frozenset({StatementKind.SET, StatementKind.USE, StatementKind.JAR})


@dataclass(slots=True)
class Journal:
    """The statements that a new gateway session must see again to be the same session.

    Only what lives in the gateway's memory belongs here: a DROP in a catalog that lasts must never be replayed.
    """

    statements: list[Statement] = field(default_factory=list)

    def record(self, statement: Statement, *, lasting: bool, started_job: bool) -> None:
        """Note a statement that succeeded.

        `lasting`: it changed a catalog that outlives the session. `started_job`: replaying it would start the
        job again (CREATE TABLE AS SELECT).
        """
        if statement.kind in _ALWAYS or (statement.kind is StatementKind.DDL and not lasting and not started_job):
            self.statements.append(statement)

    def __len__(self) -> int:
        return len(self.statements)
