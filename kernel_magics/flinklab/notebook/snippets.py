"""Snippets of a cell: kept under a name, and put before the SQL of another cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from flinklab.domain.errors import StatementError, UsageError
from flinklab.domain.records import Snippet
from flinklab.notebook import finding

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog


def save_snippet(catalog: Catalog, name: str, text: str) -> str:
    """Keep a text as the team's snippet, over the one of that name; one line that says so."""
    if not text.strip():
        raise UsageError("there is nothing to keep: the cell is empty")
    team, name = finding.place_for(catalog, name)

    def save(before: Snippet | None) -> Snippet:
        new = replace(before, text=text.strip()) if before is not None else Snippet(team, name, text.strip())
        if before == new:
            return new
        return catalog.snippets.save(new, expected=before.version if before is not None else None)

    saved = finding.put(lambda: catalog.snippets.get(team, name), save)
    return f"snippet {saved.team}.{saved.name}: version {saved.version}"


def with_snippets(catalog: Catalog, names: Sequence[str], text: str) -> tuple[str, int]:
    """The snippets, then the text; and how many lines the snippets have."""
    before = "".join(f"{finding.snippet(catalog, name).text.rstrip()}\n;\n" for name in names)
    return before + text, before.count("\n")


@contextmanager
def told_apart(lines: int, first_line: int) -> Iterator[None]:
    """Make a place in the first `lines` lines of a text one in the snippets, and no line of the cell.

    Places come counted so that the text's line after them is `first_line`.
    """
    try:
        yield
    except StatementError as error:
        place = error.position
        if place is not None and place.line < first_line:
            error.position = error.excerpt = None
            error.message = f"in line {place.line + lines - first_line + 1} of the snippets: {error.message}"
            error.args = (error.message,)
        raise
