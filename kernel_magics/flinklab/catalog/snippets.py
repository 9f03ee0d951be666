"""Snippets: pieces of SQL that a team keeps under a name."""

from __future__ import annotations

from collections.abc import Sequence

from flinklab.catalog.database import Database
from flinklab.catalog.named_rows import NamedRows
from flinklab.catalog.schema import snippet
from flinklab.domain.records import Snippet


class Snippets:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = NamedRows(snippet, Snippet, "snippet", database)

    def get(self, team: str, name: str) -> Snippet:
        """Raises `NotFoundError`."""
        with self._database.reading() as connection:
            return self._rows.get(connection, team, name)

    def list(self, teams: Sequence[str], text: str | None = None) -> Sequence[Snippet]:
        """Those of some teams, by name; with `text` in its name, description or text, in any letter case."""
        with self._database.reading() as connection:
            found = self._rows.list(connection, teams)
        wanted = (text or "").casefold()
        return [each for each in found if wanted in "\n".join((each.name, each.description, each.text)).casefold()]

    def save(self, value: Snippet, *, expected: int | None) -> Snippet:
        """`expected`: the version that was changed, None for a new one. Raises `ConflictError`."""
        with self._database.writing() as connection:
            return self._rows.save(connection, value, expected)

    def delete(self, team: str, name: str, *, expected: int) -> None:
        """Raises `ConflictError`, `NotFoundError`."""
        with self._database.writing() as connection:
            self._rows.delete(connection, team, name, expected)
