"""What a session has of the team's catalog, put together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from flinklab.domain.definitions import Use
from flinklab.domain.errors import CatalogError, NotPermittedError
from flinklab.jobs.sources import sources_of_job
from flinklab.settings import Settings
from flinklab.sharing.reach import Reach, ReachedDefinitions, ReachedUses, ReachedVariables
from flinklab.sharing.recorder import HistoryRecorder, Where
from flinklab.sharing.sharing import Belonging, Sharing
from flinklab.sql.identifiers import quote

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.records import HistoryEntry

_RECENT = 20
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Shared:
    """For a session: what supplies it, who records it, and what to call when it is closed."""

    supply: Sharing
    recorder: HistoryRecorder
    close: Callable[[], None]


def shared(
    settings: Settings,
    given: Catalog | None,
    *,
    user: str,
    cluster: str,
    where: Callable[[], Where],
    notice: Callable[[str], None],
    add_jar: Callable[[str], str],
) -> Shared:
    """The catalog `given`, or the settings' one. When that cannot be had the session works, and it is said."""
    from flinklab.api.catalog import open_catalog
    from flinklab.catalog.spool import HistoryWriter

    opened: list[Catalog] = [given] if given is not None else []

    def catalog() -> Catalog:
        if not opened:
            opened.append(open_catalog(settings))
        return opened[0]

    reach = Reach(catalog)
    try:
        belonging = reach.ask(lambda _: _belonging(catalog()))
    except CatalogError as error:
        notice(f"{error}; statements go on without the shared catalog")
        belonging = Belonging(user, settings.team, settings.search_path, settings.environment)
    supply = Sharing(
        ReachedDefinitions(reach),
        ReachedUses(reach),
        ReachedVariables(reach),
        lambda use: _sources(catalog(), use),
        belonging,
        notice=notice,
        add_jar=add_jar,
    )
    writer = HistoryWriter(lambda: catalog().history, _folder(settings, given), notice)

    def write(entry: HistoryEntry, uses: Sequence[Use]) -> None:
        writer.add(replace(entry, person=belonging.person))
        if uses:
            writer.do(lambda: supply.uses.record(uses))

    def forget_old() -> None:
        with suppress(NotPermittedError):  # an admin's kernel does it
            catalog().history.prune(timedelta(days=settings.history_days))

    writer.do(forget_old)

    def close() -> None:
        writer.close(_PATIENCE)
        if given is None:
            for each in opened:
                each.close()

    return Shared(supply, HistoryRecorder(write, belonging, cluster, where), close)


def _folder(settings: Settings, given: Catalog | None) -> Path:
    """Where entries of the history wait for this catalog."""
    from flinklab.catalog.urls import default_url, masked

    url = masked(given.database.url) if given is not None else settings.catalog_url or default_url()
    state = settings.state_dir or platformdirs.user_state_path("flinklab")
    return state / "history" / hashlib.sha256(url.encode()).hexdigest()[:16]


def _belonging(catalog: Catalog) -> Belonging:
    return Belonging(catalog.person, catalog.team, catalog.teams, catalog.environment)


def _sources(catalog: Catalog, use: Use) -> Sequence[str]:
    """The statements by which something uses a definition, as it was last saved or run."""
    if use.user_kind == "definition":
        return [f"DESCRIBE {quote(tuple(use.user.split('.', 1)))}"]
    if use.user_kind == "job":
        return sources_of_job(use, catalog.job_versions.newest)
    if use.user_kind != "notebook":
        return []
    with suppress(CatalogError):
        entries = catalog.history.search(notebook=use.user, text=use.target, limit=_RECENT)
        good = [
            entry.source for entry in entries if entry.outcome != "failed" and entry.kind in ("query", "insert")
        ]
        return list(dict.fromkeys(good))
    return []
