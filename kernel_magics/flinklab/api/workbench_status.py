"""How the workbench stands for one person: which catalog, who, and who keeps the jobs running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flinklab.api.supervising import embedded_name
from flinklab.domain.errors import FlinklabError
from flinklab.domain.jobs import SupervisorSeen
from flinklab.settings import Settings

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog


@dataclass(frozen=True, slots=True)
class WorkbenchStatus:
    """`catalog`: its URL without what is secret in it, None when none is set that could be one. `problem`: why it
    cannot be used, in a line; empty when it can. `cluster`: where statements go that name none."""

    catalog: str | None
    problem: str = ""
    person: str = ""
    team: str = ""
    teams: tuple[str, ...] = ()
    environment: str = ""
    cluster: str = ""
    supervisors: tuple[SupervisorSeen, ...] = ()


def workbench_status(catalog: Catalog, settings: Settings) -> WorkbenchStatus:
    """Raises `CatalogError`."""
    seen: Sequence[SupervisorSeen] = catalog.jobs.supervisors()
    return WorkbenchStatus(
        catalog.database.shown_url,
        "",
        catalog.person,
        catalog.team,
        catalog.teams,
        catalog.environment,
        _place(settings.gateway_url) or embedded_name(catalog),
        tuple(seen),
    )


def status_without_catalog(error: FlinklabError, settings: Settings) -> WorkbenchStatus:
    """Of a workbench whose catalog cannot be used, and why."""
    return WorkbenchStatus(
        _shown_url(settings),
        str(error),
        team=settings.team,
        teams=(settings.team, *settings.search_path),
        environment=settings.environment,
        cluster=_place(settings.gateway_url),
    )


def _shown_url(settings: Settings) -> str | None:
    from flinklab.catalog.urls import default_url, masked, parse_url

    try:
        return masked(parse_url(settings.catalog_url or default_url()))
    except FlinklabError:
        return None


def _place(url: str | None) -> str:
    """Host and port: what a person knows it by, and no credentials."""
    if not url:
        return ""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2]
