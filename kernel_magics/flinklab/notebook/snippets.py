"""Snippets of a cell: kept under a name, and put before the SQL of another cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flinklab.domain.errors import UsageError
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


def with_snippets(catalog: Catalog, names: Sequence[str], text: str, first_line: int) -> tuple[str, int]:
    """The snippets, then the text; and which line its first one is, so that places in the text stay true.

    A place in a snippet then counts backwards from the first line of the cell, and its excerpt shows what it is.
    """
    parts = [finding.snippet(catalog, name).text.rstrip() for name in names]
    before = "".join((part if part.endswith(";") else part + ";") + "\n" for part in parts)
    return before + text, first_line - before.count("\n")
