"""Starting the keeper, waiting for it, ending it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from flinklab.domain.errors import StartFailedError
from flinklab.local import preflight
from flinklab.local.config import flink_config, write_config
from flinklab.local.distribution import find_distribution
from flinklab.local.homes import gateway_jar, home_for
from flinklab.local.java import find_java
from flinklab.local.logs import tail
from flinklab.local.plan import keeper_log, log_file, make_plan
from flinklab.local.processes import KEEPER_MODULE, await_end, end, find_process, lives, processes_of
from flinklab.local.roles import Role
from flinklab.local.settings import LocalSettings
from flinklab.local.state import Phase, State, forget_state, read_state

Progress = Callable[[str], None]

_POLL = 0.05
_SPAWN_WITHIN = 60.0
_KEEPER_GRACE = 20.0
_GRACE = 5.0
_ATTEMPTS = 3


def keeper_lives(state: State) -> bool:
    return find_process(state.keeper) is not None


def start(settings: LocalSettings, progress: Progress) -> State:
    """Start all, and wait until it serves. On any failure nothing is left running."""
    wanted = settings.flink_version
    flink = home_for(wanted, settings, progress=progress) if wanted else find_distribution()
    java = find_java(settings.java_home)
    progress(str(java))
    jar = gateway_jar(flink, settings, progress)
    preflight.check_room(settings.state_dir)
    preflight.check_ports(settings.flink_config)
    progress(f"starting Flink {flink.version} in {settings.state_dir}")
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            config = flink_config(settings, preflight.choose_ports(settings.flink_config))
            _prepare_folder(settings.state_dir)
            write_config(settings.state_dir / "conf", config)
            make_plan(settings, java, flink, jar, config).write(settings.state_dir)
        except OSError as error:
            raise preflight.folder_error(settings.state_dir, error) from error
        try:
            _spawn_keeper(settings.state_dir)
            return await_running(settings, progress)
        except StartFailedError as error:
            end_all(settings.state_dir)
            # Between choosing a port and Flink's binding to it somebody else may take it.
            if attempt == _ATTEMPTS or "BindException" not in error.message:
                raise
            progress("a port was taken meanwhile; trying others")
        except BaseException:
            end_all(settings.state_dir)
            raise
    raise AssertionError("unreachable")


def await_running(settings: LocalSettings, progress: Progress) -> State:
    """Wait for the keeper to say that all serve, with a line for each. `StartFailedError` when they do not."""
    state_dir = settings.state_dir
    began = time.monotonic()
    told: set[Role] = set()
    while True:
        # Read first, then look at the clock: on a machine that sleeps meanwhile the news count, not the time.
        state = read_state(state_dir)
        if state is None:
            raise _died(state_dir)
        for role, member in state.members.items():
            if member.ready and role not in told:
                told.add(role)
                progress(f"{len(told)}/{len(Role)} {role.title} is up ({time.monotonic() - began:.1f} s)")
        if state.phase is Phase.RUNNING:
            return state
        if state.phase is Phase.FAILED:
            raise _failed(state_dir, state)
        if not keeper_lives(state):
            raise _died(state_dir)
        if time.monotonic() - began > settings.start_timeout + _KEEPER_GRACE:
            raise StartFailedError(
                f"it did not start in {settings.start_timeout:.0f} s", hint=f"see {state_dir / 'log'}"
            )
        time.sleep(_POLL)


def end_all(state_dir: Path) -> list[int]:
    """End the keeper, which ends its children; then what is left of them. The pids that ended."""
    state = read_state(state_dir)
    ours = processes_of(state_dir, state)
    keeper = find_process(state.keeper) if state else None
    if keeper is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            keeper.terminate()
        await_end(ours, _KEEPER_GRACE)
    ended = {process.pid for process in ours if not lives(process)}
    # Again by a look at all: the keeper may have started one more while it was asked to end.
    ended.update(end(processes_of(state_dir, state), _GRACE))
    forget_state(state_dir)
    return sorted(ended)


def _prepare_folder(state_dir: Path) -> None:
    """Checkpoints and savepoints stay; the logs of the last run are kept beside the new ones."""
    previous = state_dir / "log.previous"
    shutil.rmtree(previous, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        (state_dir / "log").rename(previous)
    shutil.rmtree(state_dir / "tmp", ignore_errors=True)
    for name in ("tmp", "log", "checkpoints", "savepoints"):
        (state_dir / name).mkdir(exist_ok=True)
    forget_state(state_dir)


def _spawn_keeper(state_dir: Path) -> None:
    """Returns when the keeper has written its state. It is not our child: it goes on without us."""
    try:
        with keeper_log(state_dir).open("wb") as log:
            # A session of its own: a Ctrl-C in this terminal, or the terminal's end, does not reach it.
            spawned = subprocess.run(
                [sys.executable, "-m", KEEPER_MODULE, str(state_dir)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=state_dir,
                env={key: value for key, value in os.environ.items() if not key.startswith("FLINK_")},
                timeout=_SPAWN_WITHIN,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise StartFailedError(f"the keeper process did not start in {_SPAWN_WITHIN:.0f} s") from error
    except OSError as error:
        raise preflight.folder_error(state_dir, error) from error
    if spawned.returncode != 0:
        raise _died(state_dir)


def _failed(state_dir: Path, state: State) -> StartFailedError:
    log = log_file(state_dir, state.culprit) if state.culprit else keeper_log(state_dir)
    lines = tail(log) or tail(log.with_suffix(".out"))
    return StartFailedError(state.cause or "it did not start", hint=f"the log is {log}", details="\n".join(lines))


def _died(state_dir: Path) -> StartFailedError:
    log = keeper_log(state_dir)
    return StartFailedError(
        "the process that looks after the embedded Flink ended", hint=f"see {log}", details="\n".join(tail(log))
    )
