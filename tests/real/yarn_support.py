"""A real YARN for the whole run, and Flink sessions on it that the tests share: each costs some twenty seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from flinklab.domain.errors import FlinklabError
from flinklab.domain.yarn import Application, ApplicationState
from flinklab.flink.access import Access
from flinklab.local import LocalSettings
from flinklab.local.config import render_log4j, render_yaml
from flinklab.local.distribution import find_distribution
from flinklab.local.java import find_java
from flinklab.local.plan import OPENS
from flinklab.yarn import lab
from flinklab.yarn.lab.options import QueueShare
from flinklab.yarn.resourcemanager import RestResourceManager

# Enough for six sessions with a TaskManager each; nothing of it is reserved on the machine.
OPTIONS = lab.LabOptions(
    memory=max(12288, 2048 * int(os.environ.get("YARN_SESSIONS", "3"))),
    vcores=64,
    queues=(QueueShare("default", 60), QueueShare("etl", 39), QueueShare("full", 1, 1)),
    zookeeper=True,
)
WITHIN = 180.0
_END_WHEN_THE_TESTS_DO = """
import sys
from pathlib import Path
from flinklab.local import LocalSettings
from flinklab.yarn.lab import down
sys.stdin.read()
down(LocalSettings(state_dir=Path(sys.argv[1])))
"""


def until(condition: Callable[[], Any], within: float = WITHIN) -> Any:
    """What `condition` gives once it is true."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.1)
    return found


@contextmanager
def lab_ended_with_us(state_dir: Path) -> Iterator[None]:
    """The lab of the state folder ends with this block, or with this process, however it ends."""
    watcher = subprocess.Popen(
        [sys.executable, "-c", _END_WHEN_THE_TESTS_DO, str(state_dir)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    assert watcher.stdin is not None
    try:
        yield
    finally:
        watcher.stdin.close()
        watcher.wait(120)


@pytest.fixture(scope="session")
def yarn_lab(tmp_path_factory: pytest.TempPathFactory, local_jars: dict[str, Any]) -> Iterator[lab.YarnLab]:
    """A ResourceManager, a node and a ZooKeeper; `OPTIONS` says which queues. Shared: leave it as it was."""
    settings = LocalSettings(state_dir=tmp_path_factory.mktemp("yarn"), **local_jars)
    with lab_ended_with_us(settings.state_dir):
        try:
            found = lab.up(settings, OPTIONS)
        except FlinklabError as error:
            pytest.fail(f"the tests need a YARN: {error}\n{error.details or ''}", pytrace=False)
        yield found


@pytest.fixture
def resource_manager(yarn_lab: lab.YarnLab) -> Iterator[RestResourceManager]:
    """A client of the lab's ResourceManager."""
    manager = manager_of(yarn_lab)
    yield manager
    manager.close()


def manager_of(yarn_lab: lab.YarnLab) -> RestResourceManager:
    return RestResourceManager([Access(url) for url in yarn_lab.urls])


@dataclass(frozen=True)
class YarnSession:
    """A Flink session cluster on the lab. `jobmanager_url`: of its JobManager when it came up."""

    name: str
    application: str
    jobmanager_url: str


@pytest.fixture(scope="session")
def yarn_session(yarn_lab: lab.YarnLab) -> Callable[..., YarnSession]:
    """`yarn_session("one", **{"yarn.application.queue": "etl"})`: the session of that name.

    The one that runs already when a test before started it; all end with the lab. Keys are Flink's; who wants a
    session that is not like others gives it a name of its own.
    """
    return lambda name, **config: running_session(yarn_lab, name) or start_session(yarn_lab, name, config)


def running_session(yarn_lab: lab.YarnLab, name: str) -> YarnSession | None:
    """Once it is known: a ResourceManager that has just come back has its applications not running for a moment."""
    manager = manager_of(yarn_lab)

    def look() -> list[YarnSession | None]:
        going = [each for each in manager.applications() if each.name == name and not each.is_over]
        running = [_session(each) for each in going if each.state is ApplicationState.RUNNING]
        return [each for each in running if each is not None] if going else [None]

    try:
        found: list[YarnSession | None] = until(look)
    finally:
        manager.close()
    return found[0]


def start_session(yarn_lab: lab.YarnLab, name: str, config: dict[str, str]) -> YarnSession:
    """By Flink's own client, without what flinklab has around it."""
    flink, java = find_distribution(), find_java()
    conf = yarn_lab.folder / "clients" / name
    (conf / "plugins").mkdir(parents=True, exist_ok=True)
    (conf / "config.yaml").write_text(render_yaml({**yarn_lab.flink_defaults, **config}))
    (conf / "log4j.properties").write_text(render_log4j())
    classpath = ":".join((*map(str, flink.lib), yarn_lab.hadoop_classpath, str(yarn_lab.conf_dir)))
    command = [str(java.executable), "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *OPENS]
    log4j = f"-Dlog4j.configurationFile={(conf / 'log4j.properties').as_uri()}"
    with (conf / "out").open("wb") as out:
        subprocess.run(
            [*command, log4j, f"-Dlog.file={conf / 'client.log'}", "-cp", classpath, _CLIENT, "-d", "-nm", name],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            timeout=WITHIN,
            check=True,
            env={
                **os.environ,
                "FLINK_CONF_DIR": str(conf),
                "FLINK_LIB_DIR": str(flink.home / "lib"),
                "FLINK_PLUGINS_DIR": str(conf / "plugins"),
                "HADOOP_CONF_DIR": str(yarn_lab.conf_dir),
            },
        )
    return until(lambda: running_session(yarn_lab, name))


_CLIENT = "org.apache.flink.yarn.cli.FlinkYarnSessionCli"


def end_application(manager: RestResourceManager, application: str) -> Application:
    """Kill it and wait for its end."""
    manager.kill(application)
    return until(lambda: (found := manager.application(application)) and found.is_over and found)


def jobmanager_of(application: str) -> psutil.Process:
    """The process of its JobManager on this machine, without the shells around it."""
    for each in psutil.process_iter(["cmdline"]):
        words = each.info["cmdline"] or [""]
        is_jobmanager = any(word.endswith("YarnSessionClusterEntrypoint") for word in words)
        if words[0].endswith("/java") and is_jobmanager and any(application in word for word in words):
            return each
    raise AssertionError(f"no JobManager of {application} runs here")


@contextmanager
def without(yarn_lab: lab.YarnLab, part: str) -> Iterator[None]:
    """A lab on which one daemon (`resourcemanager`, `nodemanager`) is down for a while."""
    lab.stop_part(yarn_lab, part)
    try:
        yield
    finally:
        lab.start_part(yarn_lab, part)


def pids_of(yarn_lab: lab.YarnLab) -> Mapping[str, int]:
    """Of its daemons as they are now: some may have been started again."""
    found: lab.YarnLab = until(lambda: lab.find(LocalSettings(state_dir=yarn_lab.folder.parent)))
    return found.pids


def requests_to(yarn_lab: lab.YarnLab) -> list[str]:
    """The requests to the ResourceManager until now, a line each, as its log has them."""
    (path,) = yarn_lab.requests.values()
    return path.read_text().splitlines() if path.exists() else []


def _session(application: Application) -> YarnSession | None:
    url = application.jobmanager_url
    if url is None:
        return None
    try:
        with urllib.request.urlopen(f"{url}/overview", timeout=10) as reply:
            json.load(reply)
    except OSError:
        return None
    return YarnSession(application.name, application.id, url)
