"""From a name to the first row: on a warm session of a real YARN, against the embedded Flink."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import flinklab
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.records import RegisteredYarn
from flinklab.local import LocalFlink, LocalSettings
from flinklab.yarn import lab
from real.yarn_support import OPTIONS, start_session

NAME = "bench"
QUERY = "SELECT id FROM (VALUES (1), (2), (3)) AS t (id) WHERE id > 1"


def seconds_to_first_row(connect: Callable[[], flinklab.Session]) -> float:
    """With the connecting."""
    begun = time.perf_counter()
    with connect() as session:
        result = session.sql(QUERY)
        while result.rows_seen == 0 and not result.status.is_final:
            time.sleep(0.001)
        took = time.perf_counter() - begun
        assert result.wait().rows == [(2,), (3,)]
    return took


def rounds(flink: LocalFlink, folder: Path, pairs: int) -> Iterator[tuple[float, float]]:
    """Seconds on YARN and on the embedded Flink, in turn: A B, B A, A B, ... Both go through the same gateway."""
    settings = replace(flinklab.load_settings(), state_dir=folder / "state")
    database = f"sqlite:///{folder / 'catalog.db'}"
    lifecycle.init(database)
    local = LocalSettings(**{**settings.for_local(), "state_dir": folder / "yarn"})
    yarn = lab.up(local, OPTIONS)
    try:
        start_session(yarn, NAME, {})
        with Catalog(Database(database), folder / "key", team="my", environment="dev") as catalog:
            catalog.registry.save_yarn(RegisteredYarn("my", "lab", tuple(yarn.urls)), expected=None)

            def on_yarn() -> flinklab.Session:
                return flinklab.connect_to(NAME, catalog, settings=settings)

            def embedded() -> flinklab.Session:
                given = {"settings": settings, "catalog": catalog}
                return flinklab.connect(flink.gateway_url, jobmanager_url=flink.jobmanager_url, **given)  # type: ignore[arg-type]

            for warm in (on_yarn, embedded, on_yarn, embedded):
                seconds_to_first_row(warm)
            for pair in range(pairs):
                sides = (on_yarn, embedded)[:: 1 if pair % 2 else -1]
                took = {side: seconds_to_first_row(side) for side in sides}
                yield took[on_yarn], took[embedded]
    finally:
        lab.down(local)
