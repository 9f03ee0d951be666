"""The history of what was run, a page at a time, as it may be shown to who sees the team."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flinklab.domain.records import HistoryEntry
from flinklab.sql.sensitive import without_secrets

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """`before`: the id that the next page goes on after, None on the last one."""

    entries: tuple[HistoryEntry, ...]
    before: str | None


def history_page(catalog: Catalog, text: str = "", limit: int = 100, before: str | None = None) -> HistoryPage:
    """Statements with `text` in them, the newest first, those older than the entry `before`.

    What is secret by its option's name is masked, also in what a person typed. Raises `NotFoundError`,
    `UsageError`, `CatalogError`.
    """
    last = catalog.history.get(before) if before else None
    found = catalog.history.search(text=text or None, limit=limit + 1, before=last)
    shown = tuple(
        replace(each, sql=without_secrets(each.sql), source=without_secrets(each.source)) for each in found[:limit]
    )
    return HistoryPage(shown, shown[-1].id if len(found) > limit else None)
