"""Which processes are ours, and how they end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import psutil

from flinklab.local.plan import marker
from flinklab.local.state import ProcessId, State

KEEPER_MODULE = "flinklab.local.keeper"

# Linux computes a start time from the wall clock's boot time, which moves when the clock is set right.
_CLOCK_SLACK = 2.0
_POLL = 0.05
_KILLED_WITHIN = 10.0  # s; a busy machine needs some for it


def identify(pid: int) -> ProcessId:
    return ProcessId(pid, psutil.Process(pid).create_time())


def find_process(process: ProcessId) -> psutil.Process | None:
    """The running process of that id; None when it ended, or when its pid is someone else's by now."""
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.created) <= _CLOCK_SLACK
        return found if same and found.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def belongs(command: Sequence[str], state_dir: Path) -> bool:
    """Whether a command line is the keeper or one of the Java processes of the state folder."""
    if not command:
        return False
    is_java = Path(command[0]).name == "java" and marker(state_dir) in command
    return is_java or list(command[-3:]) == ["-m", KEEPER_MODULE, str(state_dir)]


def processes_of(state_dir: Path, state: State | None) -> list[psutil.Process]:
    """All living processes of the state folder: those of the state file, and those that it lost sight of."""
    recorded = [state.keeper, *(member.id for member in state.members.values())] if state else []
    found = {process.pid: process for entry in recorded if (process := find_process(entry)) is not None}
    for process in psutil.process_iter(["cmdline", "status"]):
        command = process.info["cmdline"] or ()
        if process.info["status"] != psutil.STATUS_ZOMBIE and belongs(command, state_dir):
            found.setdefault(process.pid, process)
    return list(found.values())


def end(processes: Iterable[psutil.Process], grace: float) -> list[int]:
    """End processes and their descendants: asked first, killed after `grace` seconds. The pids that ended.

    psutil looks at a process's start time again before it sends a signal, so none hits a reused pid.
    """
    doomed: dict[int, psutil.Process] = {}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            doomed.update({child.pid: child for child in process.children(recursive=True)})
            doomed[process.pid] = process
    for process in doomed.values():
        _signal(process.terminate)
    alive = await_end(doomed.values(), grace)
    for process in alive:
        _signal(process.kill)
    left = {process.pid for process in await_end(alive, max(grace, _KILLED_WITHIN))}
    return sorted(pid for pid in doomed if pid not in left)


def await_end(processes: Iterable[psutil.Process], timeout: float) -> list[psutil.Process]:
    """Wait for processes to end, at most `timeout` seconds; those that have not.

    A zombie has ended: where process 1 of a container is no init, it is never taken off the list of processes.
    """
    deadline = time.monotonic() + timeout
    alive = list(processes)
    while alive:
        left = deadline - time.monotonic()
        _, alive = psutil.wait_procs(alive, timeout=max(0.0, min(_POLL, left)))
        alive = [process for process in alive if lives(process)]
        if left <= 0:
            break
    return alive


def lives(process: psutil.Process) -> bool:
    """Whether it has not ended, and its pid is nobody else's by now."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal(send: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        send()
