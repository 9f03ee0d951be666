"""Every handler with the path that it answers to, below the server's base URL."""

from __future__ import annotations

from .handlers import catalog, cells, clusters, events, jobs, pages, plots, records, status, tour, ui, ui_yarn
from .handlers.base import FlinklabHandler

PREFIX = "/flinklab"

_MODULES = (status, clusters, jobs, pages, plots, catalog, records, cells, events, tour, ui, ui_yarn)


def routes() -> list[tuple[str, type[FlinklabHandler]]]:
    """As tornado takes them."""
    return [(f"{PREFIX}/{path}", handler) for module in _MODULES for path, handler in module.ROUTES]
