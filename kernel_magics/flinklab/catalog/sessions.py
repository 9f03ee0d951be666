"""Named sessions: journals that a team keeps, for each kernel to make a gateway session of its own from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flinklab.catalog.database import Database
from flinklab.catalog.named_rows import NamedRows
from flinklab.catalog.schema import session
from flinklab.domain.records import NamedSession


class NamedSessions:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = NamedRows(session, NamedSession, "session", database)

    def get(self, team: str, name: str) -> NamedSession:
        """Raises `NotFoundError`."""
        with self._database.reading() as connection:
            return self._rows.get(connection, team, name)

    def list(self, teams: Sequence[str]) -> Sequence[NamedSession]:
        """Those of some teams, by name."""
        with self._database.reading() as connection:
            return self._rows.list(connection, teams)

    def save(self, value: NamedSession, *, expected: int | None) -> NamedSession:
        """`expected`: the version that was changed, None for a new one. Raises `ConflictError`."""
        with self._database.writing() as connection:
            return self._rows.save(connection, value, expected)

    def append(self, team: str, name: str, statements: Sequence[str], *, expected: int) -> NamedSession:
        """Put statements behind the others. Raises `ConflictError`, `NotFoundError`."""
        with self._database.writing() as connection:
            known = self._rows.get(connection, team, name)
            longer = replace(known, statements=(*known.statements, *statements))
            return self._rows.save(connection, longer, expected)

    def delete(self, team: str, name: str, *, expected: int) -> None:
        """Raises `ConflictError`, `NotFoundError`."""
        with self._database.writing() as connection:
            self._rows.delete(connection, team, name, expected)
