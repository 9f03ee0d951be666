"""The objects of one gateway session: what is there under which full name, and temporary ones made and dropped."""

from __future__ import annotations

from typing import NamedTuple

from flinklab.domain.definitions import DefinitionKind
from flinklab.domain.errors import StatementError
from flinklab.session.supply import Run
from flinklab.sql.identifiers import quote
from flinklab.sql.names import Path

BUILT_IN = "default_catalog"
"""The session's own catalog, in memory: a database that is made in it is seen by nobody else."""

_LISTS = {
    DefinitionKind.TABLE: "TABLES",
    DefinitionKind.FUNCTION: "USER FUNCTIONS",
    DefinitionKind.MODEL: "MODELS",
}


class Key(NamedTuple):
    """What a name means in the session: tables and views share their names. `path` is in full."""

    kind: DefinitionKind
    path: Path


class Objects:
    """Asks the gateway once, and again after what may have changed the answer (`changed`, `moved`)."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._catalog: str | None = None
        self._database: str | None = None
        self._listed: dict[tuple[DefinitionKind, Path], set[str]] = {}
        self._databases: set[Path] = set()

    @property
    def catalog(self) -> str:
        """The current one."""
        if self._catalog is None:
            self._catalog = str(self._run("SHOW CURRENT CATALOG")[0][0])
        return self._catalog

    @property
    def database(self) -> str:
        """The current one."""
        if self._database is None:
            self._database = str(self._run("SHOW CURRENT DATABASE")[0][0])
        return self._database

    def key(self, path: Path, kind: DefinitionKind) -> Key:
        """Function names fold to lower case, as in Flink; what stands before them does not."""
        if kind is DefinitionKind.CATALOG:
            return Key(kind, path[-1:])
        place = path[:-1] or (self.database,)
        name = path[-1].lower() if kind is DefinitionKind.FUNCTION else path[-1]
        full = (*(place if len(place) == 2 else (self.catalog, *place)), name)
        return Key(DefinitionKind.TABLE if kind is DefinitionKind.VIEW else kind, full)

    def has(self, key: Key) -> bool:
        """Whether anything of that name is there."""
        *place, name = key.path
        listed = (key.kind, tuple(place))
        if listed not in self._listed:
            show = f"SHOW {_LISTS[key.kind]} FROM {quote(place)}" if place else "SHOW CATALOGS"
            self._listed[listed] = self._names(show)
        return name in self._listed[listed]

    def create(self, key: Key, text: str) -> None:
        """Run the CREATE statement `text` of what is called `key`."""
        if len(key.path) == 3:
            self.make_database(key.path[:2])
        self._run(text)

    def drop(self, key: Key, kind: DefinitionKind) -> None:
        temporary = "" if kind is DefinitionKind.CATALOG else "TEMPORARY "
        self._run(f"DROP {temporary}{kind.name} IF EXISTS {quote(key.path)}")
        self._listed.get((key.kind, key.path[:-1]), set()).discard(key.path[-1])

    def make_database(self, place: Path) -> bool:
        """Make the database of `place` in the built-in catalog; False when it was made before, or is not there.

        Temporary objects need no database, and one that lasts is nothing to make. With it USE and SHOW TABLES
        work, and Flink's errors name what is missing.
        """
        if place in self._databases or place[0] != BUILT_IN:
            return False
        if place != (self._catalog, self._database):
            self._run(f"CREATE DATABASE IF NOT EXISTS {quote(place)}")
        self._databases.add(place)
        return True

    def changed(self) -> None:
        """The person may have made or dropped something."""
        self._listed.clear()
        self._databases.clear()

    def moved(self) -> None:
        """The person may have made another catalog or database the current one."""
        self._catalog = self._database = None

    def _names(self, show: str) -> set[str]:
        try:
            return {str(row[0]) for row in self._run(show)}
        except StatementError:  # the database is not there: nothing of the person's can be in it
            return set()
