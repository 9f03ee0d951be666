"""Series, graphs and failures as people read them."""

from __future__ import annotations

from flinklab.catalog.database import Database
from flinklab.ports.series import SeriesReader


class Series(SeriesReader):
    """Safe to use from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
