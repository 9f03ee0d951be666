"""Which database a command means: `--url`, or the settings' one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.catalog.database import Database


def add_url(parser: argparse.ArgumentParser) -> None:
    """Declare `--url` for a command that uses `opened`, `connected` or `catalog_of`."""
    parser.add_argument(
        "--url",
        metavar="URL",
        help="sqlite:////path/catalog.db or postgresql://user@host/database"
        " (default: the setting catalog_url, else a file in your data folder)",
    )


def asked(options: argparse.Namespace) -> tuple[str | None, str | None]:
    """The URL, None for the file in the user's data folder, and the reference to its password."""
    from flinklab.settings import load_settings

    settings = load_settings()
    return options.url or settings.catalog_url, settings.catalog_password


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[Database]:
    """The catalog, whose schema is the one that this flinklab needs. Raises what `open_database` does."""
    from flinklab.catalog.lifecycle import open_database

    url, password = asked(options)
    database = open_database(url, password=password)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def catalog_of(options: argparse.Namespace) -> Iterator[Catalog]:
    """What a team shares, as the settings' person sees it. Raises what `open_catalog` does."""
    from flinklab.api import open_catalog
    from flinklab.settings import load_settings

    settings = load_settings()
    if options.url:
        settings = replace(settings, catalog_url=options.url)
    with open_catalog(settings) as catalog:
        yield catalog


@contextmanager
def connected(options: argparse.Namespace) -> Iterator[Database]:
    """The database, whatever its schema is. Raises what `connect` does."""
    from flinklab.catalog.lifecycle import connect
    from flinklab.catalog.urls import default_url

    url, password = asked(options)
    database = connect(url or default_url(), password=password)
    try:
        yield database
    finally:
        database.close()
