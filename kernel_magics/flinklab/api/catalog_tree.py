"""The shared catalog as a tree of teams, kinds, names and columns: what is under a node, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.domain.definitions import DefinitionKind, Name, TableColumn
from flinklab.domain.errors import UsageError
from flinklab.domain.text import one_line, suggest

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

_WITH_COLUMNS = (DefinitionKind.TABLE, DefinitionKind.VIEW, DefinitionKind.MODEL)

Path = tuple[str, ...]
"""From the root: `(team, kind, name, column)`."""


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A line of the tree. `icon`: `team`, `column` or a definition's kind; `detail` stands behind the label;
    `note`: a comment, or why a search found it; `opens`: it has children."""

    path: Path
    label: str
    icon: str
    detail: str = ""
    note: str = ""
    opens: bool = True


@dataclass(frozen=True, slots=True)
class TreePage:
    """`after`: what the next page comes after, None for the last one."""

    nodes: tuple[TreeNode, ...]
    after: str | None = None


def tree_children(catalog: Catalog, path: Path = (), after: str = "", limit: int = 200) -> TreePage:
    """The nodes under `path`, those that follow the name `after`. One's own teams come first.

    Raises `NotFoundError`, `UsageError` for a path that none can be at, `CatalogError`.
    """
    match path:
        case ():
            return _teams(catalog)
        case (team,):
            return _kinds(catalog, team)
        case (team, kind):
            return _definitions(catalog, team, _kind(kind), after, limit)
        case (team, kind, name):
            _kind(kind)
            found = catalog.definitions.get(Name(team, name))
            return TreePage(tuple(_column(path, column) for column in found.facts.columns))
    raise UsageError("a path in the catalog is a team, a kind and a name", hint="open the tree from its root")


def tree_search(catalog: Catalog, text: str, limit: int = 200) -> TreePage:
    """What has the words of `text` in it, the best first. Raises `UsageError`, `CatalogError`."""
    if not text.strip():
        return TreePage(())
    return TreePage(
        tuple(
            TreeNode(
                (hit.name.team, hit.kind.value, hit.name.name),
                str(hit.name),
                hit.kind.value,
                hit.connector,
                " · ".join(filter(None, (hit.because, hit.comment))),
                hit.columns > 0,
            )
            for hit in catalog.search.search(text, limit=limit)
        )
    )


def _teams(catalog: Catalog) -> TreePage:
    counts: dict[str, int] = {}
    for (team, _), number in catalog.definitions.counts().items():
        counts[team] = counts.get(team, 0) + number
    names = [each.name for each in catalog.people.teams()]
    first = [name for name in catalog.teams if name in names]
    ordered = [*first, *(name for name in names if name not in first)]
    return TreePage(
        tuple(TreeNode((name,), name, "team", f"{counts.get(name, 0):,}", opens=name in counts) for name in ordered)
    )


def _kinds(catalog: Catalog, team: str) -> TreePage:
    counts = catalog.definitions.counts()
    return TreePage(
        tuple(
            TreeNode((team, kind.value), f"{kind.value.capitalize()}s", kind.value, f"{number:,}")
            for kind in DefinitionKind
            if (number := counts.get((team, kind), 0))
        )
    )


def _definitions(catalog: Catalog, team: str, kind: DefinitionKind, after: str, limit: int) -> TreePage:
    entries = catalog.definitions.entries(team, kind=kind, after=after, limit=limit + 1)
    shown: Sequence[TreeNode] = [
        TreeNode(
            (team, kind.value, each.name.name),
            each.name.name,
            kind.value,
            each.connector,
            each.comment,
            kind in _WITH_COLUMNS,
        )
        for each in entries[:limit]
    ]
    return TreePage(tuple(shown), shown[-1].label if len(entries) > limit else None)


def _column(path: Path, column: TableColumn) -> TreeNode:
    computed = f"AS {column.computed}" if column.computed else ""
    return TreeNode((*path, column.name), column.name, "column", column.type or computed, column.comment, False)


def _kind(text: str) -> DefinitionKind:
    known = [kind.value for kind in DefinitionKind]
    if text in known:
        return DefinitionKind(text)
    close = suggest(text, known)
    raise UsageError(
        f"{one_line(text, 40)!r} is no kind of definition",
        hint=f"did you mean {close}?" if close else f"there are {', '.join(known)}",
    )
