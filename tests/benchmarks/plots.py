"""How long a plot of a day takes, from the catalog to what a notebook is sent: `python -m benchmarks.plots`."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial

import numpy as np
import orjson

import flinklab
from fakes.managed import ledger
from fakes.recorded import checkpoint
from fakes.watched import CLUSTER, Watched, watched
from flinklab.domain.series import Retention, Sample, SeriesKey, SeriesOwner
from flinklab.plots.plot import Plot

NAMES = ("busy", "records_out", "records_in", "bytes_out", "idle", "skew", "watermark_lag", "source_lag")
VERTICES, HOURS = 6, 24
RUNS = 15


def main() -> None:
    for every in (60.0, 12.0):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["XDG_DATA_HOME"] = folder
            with watched(quiet=0, minutes=0) as world:
                record(world, every)
                plots = flinklab.job("orders", catalog=world.catalog).plot
                kinds: dict[str, Callable[[], Plot]] = {
                    "48 series": partial(plots.metrics, *NAMES, since="24h"),
                    "1,440 checkpoints": partial(plots.checkpoints, since="24h"),
                    "timeline": partial(plots.timeline, since="24h"),
                    "back-pressure": partial(plots.backpressure, since="24h"),
                }
                for what, draw in kinds.items():
                    measure(f"a day, a value every {every:.0f} s, {what}", draw)


def measure(what: str, draw: Callable[[], Plot]) -> None:
    """`draw` reads the catalog, makes the figure and its data."""
    draw()
    figures, bundles, work, size = [], [], [], 0
    for _ in range(RUNS):
        begun, worked = time.perf_counter(), time.process_time()
        plot = draw()
        figures.append(time.perf_counter() - begun)
        bundle = plot._repr_mimebundle_()
        bundles.append(time.perf_counter() - begun)
        work.append(time.process_time() - worked)
        size = len(orjson.dumps(bundle))
    print(
        f"{what}: read and drawn {min(figures) * 1000:.0f} ms,"
        f" with all for the notebook {min(bundles) * 1000:.0f} ms (CPU {min(work) * 1000:.0f} ms),"
        f" {size / 1024:,.0f} KiB"
    )


def record(world: Watched, every: float) -> None:
    its = ledger(world.catalog, CLUSTER)
    job = world.catalog.jobs.list([world.catalog.team], cluster=CLUSTER)
    orders = next(each for each in job if each.job.key.name == "orders")
    assert orders.attempt is not None
    owner = SeriesOwner(orders.job.key.team, CLUSTER, orders.job.id)
    hour = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)
    for ago in range(HOURS, -1, -1):
        its.series.append(list(samples(owner, hour - timedelta(hours=ago), every)))
        while its.series.tidy(Retention()):
            pass
    for number in range(HOURS * 60):
        at = hour - timedelta(minutes=HOURS * 60 - number)
        point = checkpoint(number + 100, 0, full_size=int(1e8 + 1e5 * number))
        its.keep(
            replace(
                point,
                flink_id=world.orders,
                triggered_at=at,
                job_id=orders.job.id,
                attempt=orders.attempt.id,
                path=f"file:///chk-{number}",
            )
        )


def samples(owner: SeriesOwner, begin: datetime, every: float) -> Iterator[Sample]:
    count = int(3600 / every)
    chance = np.random.default_rng(int(begin.timestamp()))
    keys = [SeriesKey(f"{vertex:032x}", name) for vertex in range(VERTICES) for name in NAMES]
    values = chance.random((count, len(keys))).tolist()
    for index, each in enumerate(values):
        at = begin.timestamp() + every * index
        if at < time.time():
            yield Sample(owner, at, dict(zip(keys, each, strict=True)))


if __name__ == "__main__":
    main()
