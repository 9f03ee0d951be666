"""How long a plot of a day takes, from its data to what a notebook is sent: `python -m benchmarks.plots`."""

from __future__ import annotations

import time
from collections.abc import Callable

import orjson

from fakes.recorded import SPAN, day_of, growing, job_graph, recorded
from flinklab.plots import checkpoints, metrics
from flinklab.plots.plot import Plot
from flinklab.plots.vertices import parts_of

NAMES = ("busy", "records_out", "records_in", "bytes_out", "idle", "skew", "watermark_lag", "source_lag")
RUNS = 7


def main() -> None:
    frame, parts = day_of(*NAMES, vertices=6), parts_of([recorded(job_graph())])
    points = growing(1440)
    measure("a day, 48 series", lambda: metrics.plot(frame, SPAN, NAMES, title="t", parts=parts))
    measure("a day, 1,440 checkpoints", lambda: checkpoints.plot(points, SPAN, title="t", parts=parts))


def measure(what: str, draw: Callable[[], Plot]) -> None:
    draw()
    figures, bundles, size = [], [], 0
    for _ in range(RUNS):
        begun = time.perf_counter()
        plot = draw()
        figures.append(time.perf_counter() - begun)
        size = len(orjson.dumps(plot._repr_mimebundle_()))
        bundles.append(time.perf_counter() - begun)
    print(f"{what}: figure {min(figures) * 1000:.0f} ms, with all for the notebook {min(bundles) * 1000:.0f} ms")
    print(f"  {size / 1024:,.0f} KiB")


if __name__ == "__main__":
    main()
