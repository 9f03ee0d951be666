from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from flinklab.yarn.lab.containers import belongs, containers_of

LAB = Path("/s/yarn-lab")
LOGS = f"{LAB}/containers/application_1_1/container_1"


@pytest.mark.parametrize(
    ("environ", "command", "ours"),
    [
        ({"CONTAINER_ID": "c", "LOG_DIRS": LOGS}, ["java"], True),
        ({"CONTAINER_ID": "c", "LOG_DIRS": f"/elsewhere,{LOGS}"}, ["java"], True),
        ({"CONTAINER_ID": "c", "LOG_DIRS": "/s/yarn-lab-2/containers/a"}, ["java"], False),
        ({"LOG_DIRS": LOGS}, ["java"], False),
        ({"CONTAINER_ID": "c"}, ["java"], False),
        ({}, ["/bin/bash", f"{LAB}/local/usercache/u/default_container_executor.sh"], True),
        ({}, ["bash", "-c", "/elsewhere/x.sh"], False),
        ({}, ["less", f"{LAB}/local/usercache/u/launch_container.sh"], False),
        ({}, [], False),
    ],
)
def test_whose_process_it_is(environ: dict[str, str], command: list[str], ours: bool) -> None:
    assert belongs(environ, command, LAB) is ours


def test_a_container_is_found_among_all_processes(tmp_path: Path) -> None:
    environ = {**os.environ, "CONTAINER_ID": "c", "LOG_DIRS": str(tmp_path / "containers" / "a")}
    process = subprocess.Popen(["sleep", "300"], env=environ)
    try:
        assert [found.pid for found in containers_of(tmp_path)] == [process.pid]
        assert containers_of(tmp_path / "other") == []
    finally:
        process.kill()
        process.wait()
    assert containers_of(tmp_path) == []
