"""What recording costs: CPU with it minus CPU without it, in one run, of the supervisor and of the JobManager."""

from __future__ import annotations

import socket
import statistics
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.clusters import Clusters
from benchmarks.fleet import fill, open_catalog, register
from benchmarks.jobs import supervising
from benchmarks.real_jobs import carried_out, on_embedded
from flinklab.api.job_handle import JobHandle
from flinklab.catalog import lifecycle
from flinklab.domain.jobs import ManagedState

_PAIRS = 3  # off on, on off, off on
_WARM = 70.0  # s: until metrics of each vertex were listed, and read once
_MEASURED = 120.0  # s: two bursts at least
_CLUSTERS, _EACH = 20, 50
_OFF = ("--no-recording",)


@dataclass(frozen=True)
class _Cost:
    """Shares of one core, and a second."""

    supervisor: float
    jobmanager: float
    taskmanager: float
    requests: float
    samples: float


def of_real(folder: Path, count: int) -> Iterator[tuple[str, str]]:
    """Lines of the table: what was measured, and the figure."""
    with on_embedded(folder, count) as site:
        with supervising(site.url, folder, "starts", site.environment, _OFF) as process:
            carried_out(site.catalog, site.jobs, JobHandle.start, ManagedState.RUNNING, process)
        flink = [psutil.Process(site.flink.pids[name]) for name in ("jobmanager", "taskmanager")]

        def cost(name: str, arguments: Sequence[str]) -> _Cost:
            return _cost(site.url, folder, name, arguments, flink, site.environment)

        yield from _figures(f"{count} real jobs on one embedded Flink", *_alternately(cost))


def of_fakes(folder: Path) -> Iterator[tuple[str, str]]:
    url = f"sqlite:///{folder / 'recording.db'}"
    lifecycle.init(url)
    with Clusters(_CLUSTERS) as clusters, open_catalog(url, folder) as catalog:
        running = fill(catalog, register(catalog, clusters.urls, folder), clusters.urls, _EACH)
        for number in range(_CLUSTERS):
            clusters.add(number, [each.flink_id for each in running if each.cluster == number])

        def cost(name: str, arguments: Sequence[str]) -> _Cost:
            return _cost(url, folder, name, arguments, [], {})

        yield from _figures(f"{_CLUSTERS * _EACH:,} jobs on {_CLUSTERS} fake clusters", *_alternately(cost))


def _alternately(cost: Callable[[str, Sequence[str]], _Cost]) -> tuple[list[_Cost], list[_Cost]]:
    """Without recording, and with it."""
    off: list[_Cost] = []
    on: list[_Cost] = []
    for pair in range(_PAIRS):
        for name, kept, arguments in ((f"off {pair}", off, _OFF), (f"on {pair}", on, ()))[:: -1 if pair % 2 else 1]:
            kept.append(cost(name, arguments))
            print(name, kept[-1], file=sys.stderr)
    return off, on


def _cost(
    url: str,
    folder: Path,
    name: str,
    arguments: Sequence[str],
    flink: Sequence[psutil.Process],
    environment: dict[str, str],
) -> _Cost:
    port = _free_port()
    with supervising(url, folder, name, environment, [*arguments, "--metrics-port", str(port)]) as process:
        time.sleep(_WARM)
        watched = [process, *flink]
        before, counted, begun = [_cpu(each) for each in watched], _counted(port), time.monotonic()
        time.sleep(_MEASURED)
        seconds, now = time.monotonic() - begun, _counted(port)
        shares = [(_cpu(each) - used) / seconds for each, used in zip(watched, before, strict=True)]
    rates = [(now[what] - counted[what]) / seconds for what in ("requests", "samples")]
    return _Cost(*[*shares, 0.0, 0.0][:3], *rates)


def _figures(what: str, off: list[_Cost], on: list[_Cost]) -> Iterator[tuple[str, str]]:
    for process in ("supervisor", "jobmanager", "taskmanager"):
        without, with_it = ([getattr(each, process) for each in side] for side in (off, on))
        if any(without):
            more = [b - a for a, b in zip(without, with_it, strict=True)]
            figure = f"{statistics.median(more):.1%} ({min(more):.1%} to {max(more):.1%}, {_PAIRS} pairs); "
            figure += f"{statistics.median(with_it):.1%} and {statistics.median(without):.1%} of one core"
            yield f"{what}: recording costs the {process}; its CPU with and without", figure
    requests = [statistics.median(each.requests for each in side) for side in (on, off)]
    yield f"{what}: requests a second with and without", f"{requests[0]:.1f}; {requests[1]:.1f}"
    yield f"{what}: samples a second", f"{statistics.median(each.samples for each in on):.1f}"


def _cpu(process: psutil.Process) -> float:
    """Seconds."""
    used = process.cpu_times()
    return float(used.user + used.system)


def _counted(port: int) -> dict[str, float]:
    """Of all clusters, as the supervisor tells Prometheus."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        text = reply.read().decode()
    families = {each.name: each.samples for each in text_string_to_metric_families(text)}
    return {
        what: sum(
            sample.value for sample in families[f"flinklab_supervisor_{what}"] if sample.name.endswith("_total")
        )
        for what in ("requests", "samples")
    }


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
