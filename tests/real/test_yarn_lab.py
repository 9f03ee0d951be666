"""The lab, real: what it starts, what it ends, and what outlives what."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from flinklab.domain.errors import UsageError
from flinklab.domain.yarn import ApplicationState
from flinklab.local import LocalSettings
from flinklab.yarn import lab
from flinklab.yarn.lab.containers import containers_of
from flinklab.yarn.resourcemanager import RestResourceManager
from real.yarn_support import (
    YarnSession,
    end_application,
    lab_ended_with_us,
    manager_of,
    pids_of,
    requests_to,
    until,
    without,
)

CLI = [sys.executable, "-m", "flinklab.cli", "yarn-lab"]


@pytest.fixture(scope="module")
def own_settings(tmp_path_factory: pytest.TempPathFactory, local_jars: dict[str, Any]) -> Iterator[LocalSettings]:
    """Of a lab of this module's own, which may be broken."""
    settings = LocalSettings(state_dir=tmp_path_factory.mktemp("yarn of ä"), **local_jars)
    with lab_ended_with_us(settings.state_dir):
        yield settings


def submit(found: lab.YarnLab, command: str, to: int = 0) -> str:
    """An application without an ApplicationMaster worth the name; its id. `to`: which of the ResourceManagers."""

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{found.urls[to]}/ws/v1/cluster/apps{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            text = reply.read()
        return json.loads(text) if text else {}

    application = str(post("/new-application", {})["application-id"])
    post(
        "",
        {
            "application-id": application,
            "application-name": "sleeper",
            "application-type": "Apache Flink",
            "max-app-attempts": 1,
            "resource": {"memory": 256, "vCores": 1},
            "am-container-spec": {"commands": {"command": command}},
        },
    )
    return application


def processes_under(folder: Path) -> list[str]:
    """The command lines of all processes that name the folder."""
    found = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    return [line for line in found if str(folder) in line and "sys.stdin.read" not in line]


def test_everything_listens_on_loopback_only(yarn_lab: lab.YarnLab) -> None:
    found = [
        connection.laddr
        for pid in pids_of(yarn_lab).values()
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {address.ip.removeprefix("::ffff:") for address in found} == {"127.0.0.1"}
    assert int(yarn_lab.urls[0].rsplit(":", 1)[1]) in {address.port for address in found}


def test_the_queues_are_those_that_were_asked_for(
    yarn_lab: lab.YarnLab, resource_manager: RestResourceManager
) -> None:
    seen = {queue.name: queue.capacity for queue in resource_manager.queues()}
    assert seen == pytest.approx({queue.name: queue.capacity / 100 for queue in yarn_lab.options.queues}, abs=1e-4)
    assert resource_manager.info().memory == yarn_lab.options.memory


def test_a_session_of_flink_runs_and_outlives_a_resourcemanager(
    yarn_lab: lab.YarnLab, yarn_session: Callable[..., YarnSession], resource_manager: RestResourceManager
) -> None:
    session = yarn_session("one")
    assert session.jobmanager_url.startswith("http://localhost:")
    with (
        without(yarn_lab, "resourcemanager"),
        urllib.request.urlopen(session.jobmanager_url + "/overview") as reply,
    ):
        assert json.load(reply)["flink-version"]

    def runs() -> bool:
        # ACCEPTED until its ApplicationMaster has found the new ResourceManager.
        found = resource_manager.application(session.application)
        assert found is not None
        assert not found.is_over
        return found.state is ApplicationState.RUNNING

    until(runs)


def test_the_requests_to_the_resourcemanager_can_be_counted(
    yarn_lab: lab.YarnLab, resource_manager: RestResourceManager
) -> None:
    resource_manager.attempts("application_1_0999")
    line = until(lambda: [line for line in requests_to(yarn_lab) if "application_1_0999" in line])
    assert len(line) == 1


def test_a_whole_life(own_settings: LocalSettings) -> None:
    """Up, attached by another process, half dead and replaced, down: with an application that clings to life."""
    assert lab.find(own_settings) is None
    lines: list[str] = []
    first = lab.up(own_settings, lab.LabOptions(memory=2048), lines.append)
    assert any(line.startswith("2/2 NodeManager is up") for line in lines)

    def cli(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "FLINKLAB_STATE_DIR": str(own_settings.state_dir),
            "FLINKLAB_CACHE_DIR": str(own_settings.cache_dir),
            "XDG_DATA_HOME": str(own_settings.state_dir / "data"),
        }
        return subprocess.run(
            [*CLI, *arguments], capture_output=True, text=True, timeout=300, env={**os.environ, **environment}
        )

    attached = cli("up", "--no-register")
    assert "attached" in attached.stderr
    assert first.urls[0] in attached.stdout
    with pytest.raises(UsageError, match="a lab with other options runs"):
        lab.up(own_settings, lab.LabOptions(memory=4096))
    seen = cli("status")
    assert seen.returncode == 0
    assert str(first.pids["nodemanager"]) in seen.stdout

    application = submit(first, "trap '' TERM; sleep 600")
    until(lambda: containers_of(first.folder))
    psutil.Process(first.pids["nodemanager"]).kill()
    until(lambda: lab.find(own_settings) is None)
    assert containers_of(first.folder), "the container outlives its NodeManager"
    second = lab.up(own_settings, progress=lines.append)
    assert "ended the remains of a lab that did not serve any more" in lines
    assert set(second.pids.values()).isdisjoint(first.pids.values())
    assert second.urls == first.urls, "a registered address still holds"
    assert containers_of(first.folder) == []
    manager = manager_of(second)
    assert manager.application(application) is None
    manager.close()

    submit(second, "trap '' TERM; sleep 600")
    until(lambda: containers_of(second.folder))
    assert lab.down(own_settings, lines.append)
    assert processes_under(own_settings.state_dir) == []
    assert containers_of(second.folder) == []
    assert not lab.down(own_settings)
    assert cli("status").returncode == 1


def test_with_two_resourcemanagers_the_other_one_takes_over(own_settings: LocalSettings) -> None:
    found = lab.up(own_settings, lab.LabOptions(memory=2048, ha=True))
    try:
        assert len(found.urls) == 2
        manager = manager_of(found)
        one, other = (0, 1) if _is_active(found.urls[0]) else (1, 0)
        application = submit(found, "sleep 600", one)
        until(lambda: (seen := manager.application(application)) and seen.state is ApplicationState.ACCEPTED)
        lab.stop_part(found, f"resourcemanager-{one + 1}")
        until(lambda: _is_active(found.urls[other]))
        seen = manager.application(application)
        assert seen is not None
        assert seen.id == application
        assert end_application(manager, application).state is ApplicationState.KILLED
        manager.close()
    finally:
        lab.down(own_settings)


def _is_active(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/ws/v1/cluster/info", timeout=10) as reply:
            return json.load(reply)["clusterInfo"]["haState"] == "ACTIVE"
    except OSError:
        return False
