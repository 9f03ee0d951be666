"""A team of 500 jobs that is watched: from the question to the first picture, and what an update costs.

The numbers of all jobs are new with each update, as when a supervisor has just sampled all its clusters.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import orjson

from benchmarks.fleet import TEAM, open_catalog
from benchmarks.jobs import Site, on_postgresql, on_sqlite
from fakes.managed import running
from fakes.watched import sample_of
from flinklab.api.watching_team import TeamWatch
from flinklab.catalog.catalog import Catalog
from flinklab.domain.jobs import ClusterKey, Job, JobKey, JobScript, JobVersion, Managed, ManagedState, Status
from flinklab.domain.records import RegisteredCluster
from flinklab.notebook.watch_moment import Moment, difference
from flinklab.notebook.watch_team import team_moment
from flinklab.notebook.watching import still
from flinklab.ports.jobs import Ledger

JOBS = 500
_CLUSTER = "main"
_FAILED = 10
_ROUNDS = 11


def measured(folder: Path) -> Iterator[tuple[str, str]]:
    """In SQLite and in PostgreSQL, as lines of a table."""
    own = folder / "watching"
    own.mkdir()
    for opened in (on_sqlite(own), on_postgresql()):
        with opened as site:
            yield from _lines(site, own)


def _lines(site: Site, folder: Path) -> Iterator[tuple[str, str]]:
    catalog, supervisor = open_catalog(site.owner, folder), open_catalog(site.supervisor, folder)
    try:
        ledger, jobs = _fill(catalog, supervisor)
        random = Random(7)
        _sample(ledger, jobs, random)
        begun, used = time.perf_counter(), time.process_time()
        watch = TeamWatch(catalog, TEAM)
        moment = team_moment(watch.look())
        whole = orjson.dumps(moment.whole(0))
        first, cpu = time.perf_counter() - begun, time.process_time() - used
        assert len(moment.rows) == JOBS
        took, sizes = [], []
        for _ in range(_ROUNDS):
            _sample(ledger, jobs, random)
            begun = time.perf_counter()
            now = team_moment(watch.look())
            change = _change(moment, now)
            took.append(time.perf_counter() - begun)
            sizes.append(len(change))
            moment = now
        begun = time.perf_counter()
        kept = still(watch.look())
        kept_in = time.perf_counter() - begun
    finally:
        catalog.close()
        supervisor.close()
    name = f"{JOBS} jobs' team view, {site.name}: to the first picture"
    yield (
        name,
        f"{first * 1000:.0f} ms ({cpu * 1000:.0f} ms of CPU), {len(whole) / 1024:.0f} KiB",
    )
    yield (
        "the same, an update in which every job's numbers are new",
        (f"{statistics.median(took) * 1000:.0f} ms, {statistics.median(sizes) / 1024:.0f} KiB"),
    )
    html = len(kept["text/html"]) / 1024
    yield "the same, the picture that stays in the notebook", f"{kept_in * 1000:.0f} ms, {html:.0f} KiB"


def _change(before: Moment, now: Moment) -> bytes:
    return orjson.dumps(difference(before, now, 1))


def _fill(catalog: Catalog, supervisor: Catalog) -> tuple[Ledger, list[Managed]]:
    catalog.registry.save_cluster(
        RegisteredCluster(TEAM, _CLUSTER, "standalone", "http://127.0.0.1:9"), expected=None
    )
    script = JobScript("INSERT INTO b SELECT * FROM a")
    for number in range(JOBS):
        name = f"job_{number:03}"
        catalog.job_versions.save(JobVersion(TEAM, name, 0, script, fingerprint=name))
        catalog.jobs.add(Job(JobKey(TEAM, name, "prod"), _CLUSTER, 1))
    lease = supervisor.leases.acquire(ClusterKey(TEAM, _CLUSTER), "who filled it", 3600)
    assert lease is not None
    ledger = supervisor.leases.ledger(lease)
    now = ledger.now()
    for managed in ledger.load():
        job, attempt, point, status = running(managed)
        point = replace(point, triggered_at=now - timedelta(seconds=managed.job.id % 60))
        ledger.keep(job, attempt, point, status)
        if managed.job.id % (JOBS // _FAILED) == 0:
            ledger.keep(Status(managed.job.id, ManagedState.FAILED, now, "no slots are free"))
    return ledger, list(ledger.load())


def _sample(ledger: Ledger, jobs: list[Managed], random: Random) -> None:
    at = ledger.now().timestamp()
    samples = [
        sample_of(each.job, at, backpressured=random.random(), lag=random.uniform(0.1, 9.0)) for each in jobs
    ]
    ledger.series.append(samples)
