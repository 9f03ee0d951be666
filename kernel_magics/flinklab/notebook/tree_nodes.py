"""What a tree of the catalog shows under each of its nodes: asked for when one is opened, a page at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.domain.definitions import DefinitionKind, Name, TableColumn
from flinklab.domain.errors import StatementError
from flinklab.sql.identifiers import quote

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.session.session import Session

PAGE = 200
SHARED, SESSION = "shared", "session"
_PATIENCE = 30.0  # seconds for a SHOW
_COUNTED = 1.0  # seconds for which counts are taken as true

Path = tuple[str, ...]
"""From the root: `("shared", team, kind, name)`, `("session", catalog, database, "tables", name)`."""


@dataclass(frozen=True, slots=True)
class Node:
    """A line of the tree. `detail` stands behind the label, `note` is its title; `opens`: it has children."""

    path: Path
    label: str
    icon: str
    detail: str = ""
    note: str = ""
    opens: bool = True

    @property
    def describes(self) -> bool:
        """Whether there is more to say about it than its line does."""
        return (self.path[0] == SHARED and len(self.path) == 4) or (self.path[0] == SESSION and len(self.path) == 5)


@dataclass(frozen=True, slots=True)
class Nodes:
    """A page. `after`: what the next page comes after, None for the last one."""

    nodes: tuple[Node, ...]
    after: str | None = None


class Browser:
    """Answers for one tree. Safe to use from several threads. Every method may raise a `FlinklabError`."""

    def __init__(self, catalog: Callable[[], Catalog], session: Callable[[], Session]) -> None:
        self._catalog = catalog
        self._session = session
        self._counted: dict[tuple[str, DefinitionKind], int] = {}
        self._until = 0.0

    def children(self, path: Path, after: str = "") -> Nodes:
        """The nodes under `path`, those that follow the name `after`."""
        match path:
            case ():
                return Nodes((Node((SHARED,), "Shared", "shared"), Node((SESSION,), "Session", "session")))
            case ("shared",):
                return self._teams()
            case ("shared", team):
                return self._kinds(team)
            case ("shared", team, kind):
                return self._definitions(team, DefinitionKind(kind), after)
            case ("shared", team, _, name):
                found = self._catalog().definitions.get(Name(team, name))
                return Nodes(tuple(_column(path, column) for column in found.facts.columns))
            case ("session",):
                names = self._column("SHOW CATALOGS")
                return _page(names, after, lambda name: Node((*path, name), name, "catalog"))
            case ("session", catalog):
                names = self._column(f"SHOW DATABASES FROM {quote(catalog)}")
                return _page(names, after, lambda name: Node((*path, name), name, "database"))
            case ("session", _, _):
                return Nodes(
                    (
                        Node((*path, "tables"), "Tables and views", "table"),
                        Node((*path, "functions"), "Functions", "function"),
                    )
                )
            case ("session", catalog, database, "functions"):
                names = self._column(f"SHOW USER FUNCTIONS FROM {quote((catalog, database))}")
                return _page(names, after, lambda name: Node((*path, name), name, "function", opens=False))
            case ("session", catalog, database, _):
                return self._tables(path, catalog, database, after)
            case ("session", catalog, database, _, name):
                rows = self._look(f"DESCRIBE {quote((catalog, database, name))}")
                return Nodes(tuple(_column(path, TableColumn(str(row[0]), str(row[1]))) for row in rows))
        return Nodes(())

    def search(self, text: str) -> Nodes:
        """What is shared that has the words of `text` in it, the best first; `note` says why."""
        hits = self._catalog().search.search(text, limit=PAGE)
        return Nodes(
            tuple(
                Node(
                    (SHARED, hit.name.team, hit.kind.value, hit.name.name),
                    str(hit.name),
                    hit.kind.value,
                    hit.because,
                    hit.comment,
                    opens=hit.columns > 0,
                )
                for hit in hits
            )
        )

    def _teams(self) -> Nodes:
        catalog = self._catalog()
        counts: dict[str, int] = {}
        for (team, _), number in self._counts().items():
            counts[team] = counts.get(team, 0) + number
        names = [team.name for team in catalog.people.teams()]
        first = [name for name in catalog.teams if name in names]
        ordered = [*first, *(name for name in names if name not in first)]
        return Nodes(
            tuple(
                Node((SHARED, name), name, "team", f"{counts.get(name, 0):,}", opens=name in counts)
                for name in ordered
            )
        )

    def _kinds(self, team: str) -> Nodes:
        counts = self._counts()
        return Nodes(
            tuple(
                Node((SHARED, team, kind.value), f"{kind.value.capitalize()}s", kind.value, f"{number:,}")
                for kind in DefinitionKind
                if (number := counts.get((team, kind), 0))
            )
        )

    def _counts(self) -> dict[tuple[str, DefinitionKind], int]:
        """Counting goes over all definitions: a tree that opens does it once for all of its first nodes."""
        if time.monotonic() >= self._until:
            self._counted = self._catalog().definitions.counts()
            self._until = time.monotonic() + _COUNTED
        return self._counted

    def _definitions(self, team: str, kind: DefinitionKind, after: str) -> Nodes:
        entries = self._catalog().definitions.entries(team, kind=kind, after=after, limit=PAGE + 1)
        has_columns = kind in (DefinitionKind.TABLE, DefinitionKind.VIEW, DefinitionKind.MODEL)
        nodes = tuple(
            Node(
                (SHARED, team, kind.value, each.name.name),
                each.name.name,
                kind.value,
                each.connector,
                each.comment,
                opens=has_columns,
            )
            for each in entries[:PAGE]
        )
        if len(entries) <= PAGE:
            return Nodes(nodes)
        return Nodes(nodes, nodes[-1].label)

    def _tables(self, path: Path, catalog: str, database: str, after: str) -> Nodes:
        place = quote((catalog, database))
        names = self._column(f"SHOW TABLES FROM {place}")
        views: set[str] = set()
        with suppress(StatementError):  # Flink 1.20 shows views of the current database only
            views = set(self._column(f"SHOW VIEWS FROM {place}"))
        return _page(names, after, lambda name: Node((*path, name), name, "view" if name in views else "table"))

    def _column(self, sql: str) -> list[str]:
        return sorted(str(row[0]) for row in self._look(sql))

    def _look(self, sql: str) -> list[tuple[object, ...]]:
        return self._session().look(sql, timeout=_PATIENCE)


def _page(names: Sequence[str], after: str, node: Callable[[str], Node]) -> Nodes:
    """Of sorted names those after one, `PAGE` at a time."""
    rest = [name for name in names if name > after]
    if len(rest) <= PAGE:
        return Nodes(tuple(map(node, rest)))
    return Nodes(tuple(map(node, rest[:PAGE])), rest[PAGE - 1])


def _column(path: Path, column: TableColumn) -> Node:
    computed = f"AS {column.computed}" if column.computed else ""
    return Node((*path, column.name), column.name, "column", column.type or computed, column.comment, opens=False)
