"""A supervisor's rounds over many jobs: how much it asks of clusters, and what stays in its memory.

The benchmarks measure the same with a thousand jobs and a clock on the wall; here time is moved on by hand, so that
nothing depends on how fast the machine is.
"""

from __future__ import annotations

import gc
import shutil
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.clusters import Clusters
from benchmarks.fleet import Running, fill, open_catalog, register
from faults.jobs_world import reach
from flinklab.catalog.catalog import Catalog
from flinklab.domain.jobs import ClusterKey, ManagedState
from flinklab.supervisor.worker import ClusterWorker, Reached

ROUND = 2.0  # s
ASKED_EVERY = 20.0  # s, of one job for its checkpoints
INCARNATION_EVERY = 60.0  # s


class Moved:
    """A ledger whose time goes with the rounds."""

    def __init__(self, ledger: Any, load: Load) -> None:
        self._ledger, self._load = ledger, load

    def now(self) -> datetime:
        return self._ledger.now() + self._load.ahead  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


class Load:
    """One supervisor's workers, one for each cluster, which go round in turn."""

    def __init__(
        self, catalog: Catalog, clusters: Clusters, keys: list[ClusterKey], running: list[Running]
    ) -> None:
        self.catalog, self.clusters, self.running = catalog, clusters, running
        self.ahead = timedelta()
        self._workers = [self._worker(key, url) for key, url in zip(keys, clusters.urls, strict=True)]

    def _worker(self, key: ClusterKey, url: str) -> ClusterWorker:
        lease = self.catalog.leases.acquire(key, "load", 3600)
        assert lease is not None
        ledger: Any = Moved(self.catalog.leases.ledger(lease), self)

        def connect() -> Reached:
            return reach(self.catalog, "http://127.0.0.1:9", url, "file:///nowhere")

        return ClusterWorker(connect, ledger)

    def rounds(self, count: int) -> dict[str, int]:
        """Go round all clusters so many times; what was asked of them meanwhile."""
        self.clusters.requests()
        for _ in range(count):
            for worker in self._workers:
                worker.round()
            self.ahead += timedelta(seconds=ROUND)
            self.clusters.advance(ROUND)
        return self.clusters.requests()

    def close(self) -> None:
        for worker in self._workers:
            worker.close()


@pytest.fixture
def folder(tmp_path: Path, _sqlite_template: Path) -> Path:
    shutil.copy(_sqlite_template, tmp_path / "catalog.db")
    return tmp_path


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def a_load(folder: Path, stack: ExitStack, *, clusters: int, each: int) -> Load:
    fakes = stack.enter_context(Clusters(clusters))
    catalog = stack.enter_context(open_catalog(f"sqlite:///{folder / 'catalog.db'}", folder))
    keys = register(catalog, fakes.urls, folder)
    running = fill(catalog, keys, fakes.urls, each)
    for number in range(clusters):
        fakes.add(number, [job.flink_id for job in running if job.cluster == number])
    return stack.enter_context(closing(Load(catalog, fakes, keys, running)))


@pytest.mark.parametrize(("clusters", "each"), [(4, 5), (4, 20), (2, 20)])
def test_a_round_asks_each_cluster_once_and_each_job_only_when_it_is_its_turn(
    clusters: int, each: int, folder: Path, stack: ExitStack
) -> None:
    load = a_load(folder, stack, clusters=clusters, each=each)
    load.rounds(int(ASKED_EVERY / ROUND))  # by then each has had its turn once
    rounds, seconds = 30, 30 * ROUND
    asked = load.rounds(rounds)
    assert asked.pop("jobs") == rounds * clusters
    turns = clusters * each * seconds / ASKED_EVERY
    assert 0.9 * turns <= asked.pop("checkpoints") <= 2 * turns, "the time that the rounds take comes on top"
    assert asked.pop("jobmanager config", 0) <= clusters * (1 + 2 * seconds / INCARNATION_EVERY)
    assert not asked, "something was asked that nothing depended on"


def test_one_job_that_stumbles_costs_one_question_more(folder: Path, stack: ExitStack) -> None:
    load = a_load(folder, stack, clusters=2, each=10)
    load.rounds(1)
    job = load.running[3]
    load.clusters.change(job.cluster, job.flink_id, "RESTARTING")
    asked = load.rounds(5)
    assert (asked["jobs"], asked["exceptions"]) == (5 * 2, 1)
    states = {each.job.id: each.status.state for each in load.catalog.jobs.list(["my"])}
    assert states.pop(job.job_id) is ManagedState.RESTARTING
    assert set(states.values()) == {ManagedState.RUNNING}


_OTHERS = 32 * 1024  # bytes


def test_memory_does_not_grow_with_rounds(folder: Path, stack: ExitStack) -> None:
    """Of the second half of so many rounds nothing may be left that the first half did not leave already."""
    load = a_load(folder, stack, clusters=2, each=10)
    rounds = 60
    load.rounds(rounds)  # what is kept in mind of each job is full by then
    tracemalloc.start()
    stack.callback(tracemalloc.stop)
    load.rounds(rounds)
    first = _in_use()
    load.rounds(rounds)
    grown = _in_use() - first
    checkpoints = len(load.running) * rounds * ROUND / 10
    # One that is kept takes some 500 bytes; what other tests' threads allocate meanwhile is no part of it.
    assert grown < 100 * checkpoints + _OTHERS, f"{grown / checkpoints:.0f} bytes are left of each checkpoint"


def _in_use() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
