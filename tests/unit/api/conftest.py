"""Catalogs for properties: a fresh one for each example."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database

Fresh = Callable[[], AbstractContextManager[Catalog]]


@pytest.fixture(scope="session")
def fresh(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """`with fresh() as catalog`: an empty one of team `my`, gone at the end."""
    folder = tmp_path_factory.mktemp("fresh")

    @contextmanager
    def opened() -> Iterator[Catalog]:
        path = folder / "catalog.db"
        shutil.copyfile(_sqlite_template, path)
        database = Database(f"sqlite:///{path}")
        try:
            yield Catalog(database, folder / "key", team="my", environment="dev")
        finally:
            database.close()
            for each in folder.glob("catalog.db*"):
                each.unlink()

    return opened


@pytest.fixture
def catalog(database: Database, tmp_path: Path) -> Catalog:
    """Of team `my`, as its admin has it; on both databases."""
    return Catalog(database, tmp_path / "key", team="my", environment="dev")


@pytest.fixture
def own(sqlite_url: str, tmp_path: Path) -> Iterator[Catalog]:
    """Of one person, who may do what a supervisor does."""
    database = Database(sqlite_url)
    yield Catalog(database, tmp_path / "key", team="my", environment="dev")
    database.close()
