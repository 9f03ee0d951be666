"""A job outlives the kernel that promoted it: another kernel finds it, and goes on with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from flinklab import api
from flinklab.local import LocalFlink, LocalSettings
from flinklab.settings import Settings
from real.kernels import Kernel, write_spec

pytestmark = pytest.mark.filterwarnings("default")  # of the notebook libraries, which are not ours

TABLES = """CREATE TABLE ticks (x BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5');
CREATE TABLE away (x BIGINT) WITH ('connector' = 'blackhole')"""
JOB = "SET 'execution.checkpointing.interval' = '1 s'; INSERT INTO away SELECT MAX(x) FROM ticks"


@pytest.fixture
def kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedded: LocalFlink, embedded_settings: LocalSettings
) -> Iterator[list[Kernel]]:
    """Two kernels of one person, with a catalog of their own. The supervisor that they start ends with the test."""
    write_spec(tmp_path / "data")
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "catalog"))
    found = {"FLINKLAB_STATE_DIR": str(embedded.state_dir), "FLINKLAB_CACHE_DIR": str(embedded_settings.cache_dir)}
    both = [Kernel(tmp_path, **found), Kernel(tmp_path, **found)]
    try:
        yield both
    finally:
        for kernel in both:
            kernel.close()
        with api.open_catalog(Settings()) as catalog:
            pids = [each.pid for each in catalog.jobs.supervisors() if each.alive]
        left = [psutil.Process(pid) for pid in pids]
        for process in left:
            process.terminate()
        assert not psutil.wait_procs(left, timeout=60)[1]


def test_a_job_goes_on_when_the_kernel_that_started_it_is_killed(kernels: list[Kernel]) -> None:
    first, second = kernels
    first.ok(f"%%flinksql --catalog shared\n{TABLES}")
    assert "no-state-ttl" in first.ok(f"%%flinksql --job lasting\n{JOB}").text
    started = first.ok("%flink start lasting")
    assert "started a supervisor" in started.printed
    assert "version 1 runs" in started.text
    first.kill()

    assert "running" in second.ok("%flink jobs").text
    assert "savepoint file:" in second.ok("%flink savepoint lasting").text
    assert "version 1 runs" in second.ok("%flink scale lasting 2").text
    assert re.search(r"parallelism +2", second.ok("%flink jobs lasting").text)
    assert "stopped with savepoint" in second.ok("%flink stop lasting").text
    assert "deleted" in second.ok("%flink delete lasting --points delete").text
    assert "no managed jobs" in second.ok("%flink jobs").printed
