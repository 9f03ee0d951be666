"""Real managed jobs on one embedded Flink, all started and stopped by recorded commands."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

import flinklab
from benchmarks.jobs import supervising
from flinklab.api.catalog import open_catalog
from flinklab.api.command_handle import CommandHandle
from flinklab.api.job_handle import JobHandle
from flinklab.api.supervising import embedded_cluster
from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.domain.jobs import CommandState, Job, JobKey, JobScript, JobVersion, ManagedState
from flinklab.local import LocalFlink

_MEMORY = 6144  # MiB, of the TaskManager
_IDLE = 60.0  # s for which nothing is asked for
_PATIENCE = 1800.0  # s
_SCRIPT = JobScript(
    "INSERT INTO sums SELECT k, SUM(v) FROM orders GROUP BY k",
    setup=(
        "CREATE TEMPORARY TABLE orders (k INT, v INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')",
        "CREATE TEMPORARY TABLE sums (k INT, v INT) WITH ('connector' = 'blackhole')",
    ),
    config={"execution.checkpointing.interval": "30 s", "parallelism.default": "1"},
)


@dataclass(frozen=True)
class Site:
    """Jobs of a catalog, which are not started yet, and the Flink that they will run on."""

    catalog: Catalog
    jobs: list[JobHandle]
    flink: LocalFlink
    url: str
    environment: dict[str, str]


def measured(folder: Path, count: int) -> Iterator[tuple[str, str]]:
    """Lines of the table: what was measured, and the figure."""
    with on_embedded(folder, count) as site, supervising(site.url, folder, "real", site.environment) as process:
        yield from _lives(site.catalog, site.jobs, process)


@contextmanager
def on_embedded(folder: Path, count: int) -> Iterator[Site]:
    url = f"sqlite:///{folder / 'catalog.db'}"
    lifecycle.init(url)
    settings = replace(
        flinklab.load_settings(),
        state_dir=folder / "state",
        catalog_url=url,
        slots=count + count // 15,
        taskmanager_memory=_MEMORY,
    )
    flink = flinklab.up(settings, lambda line: print(line, file=sys.stderr))
    try:
        with open_catalog(settings) as catalog:
            jobs = [_job(catalog, f"job_{number:03}") for number in range(count)]
            yield Site(catalog, jobs, flink, url, {"FLINKLAB_STATE_DIR": str(settings.state_dir)})
    finally:
        flinklab.down(settings)


def _job(catalog: Catalog, name: str) -> JobHandle:
    team, cluster = catalog.team, embedded_cluster(catalog).name
    catalog.job_versions.save(JobVersion(team, name, 0, _SCRIPT, fingerprint=name))
    key = JobKey(team, name, catalog.environment)
    catalog.jobs.add(Job(key, cluster, 1))
    return JobHandle(catalog, key)


def _lives(catalog: Catalog, jobs: Sequence[JobHandle], process: psutil.Popen) -> Iterator[tuple[str, str]]:
    what = f"{len(jobs)} real jobs on one embedded Flink"
    started = carried_out(catalog, jobs, JobHandle.start, ManagedState.RUNNING, process)
    yield f"{what}: from the first order until all run; CPU of the supervisor", started
    used, begun = sum(process.cpu_times()[:2]), time.monotonic()
    time.sleep(_IDLE)
    share = (sum(process.cpu_times()[:2]) - used) / (time.monotonic() - begun)
    yield f"{what}: CPU of the supervisor while they run, of one core", f"{share:.1%}"
    stopped = carried_out(catalog, jobs, JobHandle.stop, ManagedState.STOPPED, process)
    yield f"{what}: until all are stopped, each with a savepoint; CPU of the supervisor", stopped


def carried_out(
    catalog: Catalog,
    jobs: Sequence[JobHandle],
    ask: Callable[[JobHandle], CommandHandle],
    wanted: ManagedState,
    process: psutil.Popen,
) -> str:
    begun, used = time.monotonic(), sum(process.cpu_times()[:2])
    commands = [ask(job) for job in jobs]
    while any(each.status.state is not wanted for each in catalog.jobs.list([catalog.team])):
        assert time.monotonic() - begun < _PATIENCE, f"not all jobs are {wanted.value}"
        time.sleep(0.5)
    seconds, cpu = time.monotonic() - begun, sum(process.cpu_times()[:2]) - used
    outcomes = {command.look().state for command in commands}
    assert outcomes == {CommandState.DONE}, outcomes
    return f"{seconds:.0f} s; {cpu:.1f} s ({cpu / seconds:.0%} of one core)"
