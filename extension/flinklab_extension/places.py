"""The workbenches of the people who ask: whose settings hold, and which catalog is theirs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from flinklab.api.catalog import open_catalog
from flinklab.domain.errors import FlinklabError
from flinklab.settings import Settings

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

_AGAIN = 2.0  # s until a catalog that could not be opened is tried again
_CONNECTIONS = 4  # that stay open


class Place:
    """One person's settings and catalog, opened when they are first needed. Safe to use from several threads.

    `person`: whose name is recorded, as far as the catalog lets one say it; empty: the server's own user.
    """

    def __init__(self, settings: Callable[[], Settings], person: str = "") -> None:
        self._read = settings
        self._person = person
        self._lock = threading.Lock()
        self._catalog: Catalog | None = None
        self._failure: FlinklabError | None = None
        self._until = 0.0
        self._closed = False

    def settings(self) -> Settings:
        """As they are now. Raises `UsageError`."""
        return self._read()

    def catalog(self) -> Catalog:
        """Raises what opening it raised, for some seconds without a new try."""
        with self._lock:
            if self._catalog is not None:
                return self._catalog
            if self._failure is not None and time.monotonic() < self._until:
                raise self._failure
            try:
                catalog = open_catalog(self._read(), connections=_CONNECTIONS)
            except FlinklabError as error:
                self._failure, self._until = error, time.monotonic() + _AGAIN
                raise
            if self._person:
                catalog.database.act_for(self._person)
            if self._closed:  # while it was being opened: nobody will close it
                catalog.database.close()
            self._catalog, self._failure = catalog, None
            return catalog

    def close(self) -> None:
        """Without waiting for who opens it now."""
        self._closed = True
        catalog, self._catalog = self._catalog, None
        if catalog is not None:
            catalog.database.close()


class Places:
    """A `Place` for each person, kept. Safe to use from several threads.

    `settings_of` says whose settings hold for the person: the same ones for everybody on a server of one's own.
    """

    def __init__(self, settings_of: Callable[[str], Settings]) -> None:
        self._settings_of = settings_of
        self._places: dict[str, Place] = {}

    def of(self, person: str) -> Place:
        found = self._places.get(person)
        return found or self._places.setdefault(person, Place(lambda: self._settings_of(person), person))

    def close(self) -> None:
        for place in list(self._places.values()):
            place.close()
