from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from flinklab.local.processes import KEEPER_MODULE, await_end, belongs, end, find_process, identify
from flinklab.local.state import ProcessId

SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", SLEEP])
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        (["/x/bin/java", "-Xmx1m", "-Dflinklab.state=/s", "Main"], True),
        (["java", "-Dflinklab.state=/s", "Main"], True),
        (["java", "-Dflinklab.state=/s/inner", "Main"], False),
        (["java", "-Dflinklab.state=/", "Main"], False),
        (["grep", "-Dflinklab.state=/s"], False),
        (["/usr/bin/python3", "-m", KEEPER_MODULE, "/s"], True),
        (["/usr/bin/python3", "-I", "-m", KEEPER_MODULE, "/s"], True),
        (["/usr/bin/python3", "-m", KEEPER_MODULE, "/other"], False),
        (["vim", KEEPER_MODULE, "/s"], False),
        ([], False),
    ],
)
def test_whose_process_it_is(command: list[str], ours: bool) -> None:
    assert belongs(command, Path("/s")) is ours


def test_a_pid_of_another_age_is_another_process() -> None:
    me = identify(os.getpid())
    assert find_process(me) is not None
    assert find_process(ProcessId(me.pid, me.created - 100)) is None


def test_a_process_that_ended_is_not_found(sleeper: subprocess.Popen[bytes]) -> None:
    known = identify(sleeper.pid)
    sleeper.kill()
    psutil.wait_procs([psutil.Process(sleeper.pid)], timeout=60)
    assert find_process(known) is None


def test_a_zombie_is_not_found(sleeper: subprocess.Popen[bytes]) -> None:
    known = identify(sleeper.pid)
    process = psutil.Process(sleeper.pid)
    sleeper.kill()
    while process.status() != psutil.STATUS_ZOMBIE:
        pass
    assert find_process(known) is None


def test_end_takes_descendants_along() -> None:
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).wait()"
    parent = subprocess.Popen([sys.executable, "-c", code])
    process = psutil.Process(parent.pid)
    while not process.children():
        pass
    (child,) = process.children()
    known = identify(child.pid)
    assert end([process], grace=30) == sorted([parent.pid, child.pid])
    assert find_process(known) is None
    parent.wait()


def test_end_kills_who_does_not_hear() -> None:
    code = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); {SLEEP}"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as deaf:
        assert deaf.stdout is not None
        deaf.stdout.read(1)
        assert end([psutil.Process(deaf.pid)], grace=0.2) == [deaf.pid]


def test_end_of_nothing_is_nothing(sleeper: subprocess.Popen[bytes]) -> None:
    gone = psutil.Process(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert end([gone], grace=1) == []
    assert end([], grace=1) == []


def test_a_zombie_has_ended_and_is_not_waited_for() -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"  # and never asks how it ended
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as careless:
        assert careless.stdout is not None
        child = psutil.Process(int(careless.stdout.readline()))
        child.kill()
        assert await_end([child], timeout=60) == []
        assert child.status() == psutil.STATUS_ZOMBIE
        careless.kill()
