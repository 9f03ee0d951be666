"""`flinklab supervise` as a process: it says that it lives, looks after clusters, and ends cleanly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from flinklab.catalog import lifecycle
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.jobs import Job, JobKey, SupervisorSeen
from flinklab.domain.records import RegisteredCluster

_PATIENCE = 60.0


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    url = f"sqlite:///{tmp_path}/catalog.db"
    lifecycle.init(url)
    with Catalog(Database(url), tmp_path / "key", team="my", environment="dev") as catalog:
        yield catalog


@pytest.fixture
def job(catalog: Catalog) -> Job:
    """Of a cluster where nobody answers."""
    catalog.registry.save_cluster(RegisteredCluster("my", "etl", "standalone"), expected=None)
    return catalog.jobs.add(Job(JobKey("my", "orders", "dev"), "etl", 1))


@contextmanager
def supervising(catalog: Catalog, *arguments: str, stdin: int | None = None) -> Iterator[subprocess.Popen[str]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLINKLAB_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "flinklab.cli", "supervise", *arguments],
        env={**kept, "FLINKLAB_CATALOG_URL": f"sqlite:///{catalog.database.url.database}"},
        stdin=stdin,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate(timeout=_PATIENCE)
        for stream in (process.stdin, process.stderr):
            if stream is not None:
                stream.close()


def eventually(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)
    return found


def ended(process: subprocess.Popen[str]) -> str:
    """What it said until it ended, which it did well."""
    _, said = process.communicate(timeout=_PATIENCE)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    return said


def alive(catalog: Catalog) -> list[SupervisorSeen]:
    return [each for each in catalog.jobs.supervisors() if each.alive]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_looks_after_clusters_until_it_is_told_to_end(
    catalog: Catalog, job: Job, number: signal.Signals
) -> None:
    with supervising(catalog, "--name", "one") as process:
        seen = eventually(lambda: next((each for each in alive(catalog) if each.clusters), None))
        assert (seen.name, seen.pid) == ("one", process.pid)
        assert [str(cluster) for cluster in seen.clusters] == ["my.etl"]
        process.send_signal(number)
        said = ended(process)
    assert "action=lease looks after my.etl epoch=1" in said
    assert "action=end signed out" in said
    assert catalog.jobs.supervisors() == []
    assert catalog.leases.acquire(seen.clusters[0], "another", 60) is not None  # it was given back


def test_one_that_crashes_says_where(catalog: Catalog, job: Job) -> None:
    with supervising(catalog) as process:
        eventually(lambda: alive(catalog))
        process.send_signal(signal.SIGSEGV)
        _, said = process.communicate(timeout=_PATIENCE)
    assert process.returncode == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in said
    assert "(most recent call first):\n  File" in said


def test_what_is_wrong_with_a_cluster_is_told_and_does_not_end_it(catalog: Catalog, job: Job) -> None:
    with supervising(catalog) as process:
        told = eventually(lambda: next((each for each in catalog.jobs.remarks(["my"]) if each.remark), None))
        assert told.remark.startswith("cluster etl has no gateway (")
        assert process.poll() is None


def test_one_of_ones_own_ends_when_nothing_is_left_to_look_after(catalog: Catalog) -> None:
    with supervising(catalog, "--idle-exit", "0.1") as process:
        ended(process)
    assert catalog.jobs.supervisors() == []


def test_it_logs_into_a_file(catalog: Catalog, job: Job, tmp_path: Path) -> None:
    log = tmp_path / "supervisor.log"
    with supervising(catalog, "--log", str(log)) as process:
        eventually(lambda: log.exists() and "looks after my.etl" in log.read_text())
        process.terminate()
        assert ended(process) == ""


def test_two_have_a_cluster_once(catalog: Catalog, job: Job) -> None:
    with supervising(catalog, "--name", "one"), supervising(catalog, "--name", "two"):
        both = eventually(lambda: found if len(found := alive(catalog)) == 2 else None)
        assert sum(len(each.clusters) for each in eventually(lambda: both)) <= 1
        eventually(lambda: sum(len(each.clusters) for each in alive(catalog)) == 1)


def test_prometheus_is_told_where_it_was_asked_for(catalog: Catalog, job: Job) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.listen()
        with supervising(catalog, "--metrics-port", str(port)) as process:
            said = process.communicate(timeout=_PATIENCE)[1]
            assert process.returncode != 0 and "Traceback" not in said
            assert f"metrics cannot be served at 127.0.0.1:{port}" in said
    with supervising(catalog, "--metrics-port", str(port)) as process:

        def told() -> str:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
                return str(reply.read().decode())
            return ""

        eventually(lambda: 'flinklab_jobs{cluster="etl",environment="dev",state="draft",team="my"} 1.0' in told())
        process.terminate()
        ended(process)


def test_a_host_for_metrics_without_a_port_is_a_mistake(catalog: Catalog) -> None:
    with supervising(catalog, "--metrics-host", "127.0.0.1") as process:
        said = process.communicate(timeout=_PATIENCE)[1]
        assert process.returncode != 0 and "--metrics-host needs --metrics-port" in said


def test_one_that_is_attached_ends_with_its_input(catalog: Catalog) -> None:
    with supervising(catalog, "--attached", stdin=subprocess.PIPE) as process:
        eventually(catalog.jobs.supervisors)
        process.communicate(timeout=_PATIENCE)  # closes its input
        assert process.returncode == 0


def test_one_cannot_be_attached_and_in_the_background(catalog: Catalog) -> None:
    with supervising(catalog, "--attached", "--background") as process:
        assert "leave one of them out" in process.communicate(timeout=_PATIENCE)[1]
        assert process.returncode == 2
