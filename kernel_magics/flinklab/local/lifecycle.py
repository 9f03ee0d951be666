"""`up`, `find`, `status` and `down`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flinklab.domain.errors import StartFailedError, UsageError
from flinklab.domain.flink_versions import is_meant
from flinklab.local import preflight, probe
from flinklab.local.plan import keeper_log, log_file
from flinklab.local.roles import Role
from flinklab.local.settings import LocalSettings
from flinklab.local.state import Phase, State, read_state

Progress = Callable[[str], None]

_POLL = 0.1
_ASK_TIMEOUT = 5.0
_ANSWER_WITHIN = 30.0
_END_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class LocalFlink:
    """An embedded Flink that runs. `pids` and `logs` by process name (`jobmanager`, ..., and `keeper`)."""

    gateway_url: str
    jobmanager_url: str
    flink_version: str
    state_dir: Path
    pids: Mapping[str, int]
    logs: Mapping[str, Path]
    started_at: datetime


@dataclass(frozen=True, slots=True)
class LocalStatus:
    """`flink` is there when it serves; otherwise `problem` is one line on what is wrong (None: nothing runs).

    `restarts` counts by process name how often it was started again after it died.
    """

    flink: LocalFlink | None
    problem: str | None
    restarts: Mapping[str, int]


def up(settings: LocalSettings, progress: Progress | None = None) -> LocalFlink:
    """Attach to the embedded Flink of the state folder, or start it. It serves when this returns.

    One that is half dead is ended and replaced. Processes that call this at the same time get the same Flink.
    `progress` gets a line for each step, in this thread. Raises a `LocalFlinkError`, and a `UsageError` when the
    one that runs is of another version than is wanted; nothing that was started is left running then, nor after a
    KeyboardInterrupt.
    """
    preflight.require_system()
    from flinklab.local import starting
    from flinklab.local.lock import locked

    progress = progress or _ignore
    preflight.make_folder(settings.state_dir)
    patience = settings.start_timeout + settings.download_timeout + _END_WITHIN
    patience += settings.home_timeout if settings.flink_version else 0
    with locked(settings.state_dir, patience, lambda: progress("another process is starting it; waiting for that")):
        state = _attach(settings, progress)
        if state is not None:
            _require_version(settings, state)
        else:
            if starting.end_all(settings.state_dir):
                progress("ended the remains of an embedded Flink that did not serve any more")
            state = starting.start(settings, progress)
        return _describe(settings.state_dir, state)


def find(settings: LocalSettings) -> LocalFlink | None:
    """The embedded Flink of the state folder when it serves, else None."""
    return status(settings).flink


def status(settings: LocalSettings) -> LocalStatus:
    """Look, and change nothing."""
    state = read_state(settings.state_dir)
    if state is None:
        return LocalStatus(None, None, {})
    preflight.require_system()
    problem = _problem(state)
    restarts = {role.value: member.restarts for role, member in state.members.items()}
    return LocalStatus(None if problem else _describe(settings.state_dir, state), problem, restarts)


def down(settings: LocalSettings, progress: Progress | None = None) -> bool:
    """End the embedded Flink of the state folder with its jobs, and nothing else. False when nothing ran."""
    progress = progress or _ignore
    if not settings.state_dir.is_dir():
        return False
    preflight.require_system()
    from flinklab.local import starting
    from flinklab.local.lock import locked

    patience = settings.start_timeout + _END_WITHIN
    with locked(settings.state_dir, patience, lambda: progress("another process is starting it; waiting for that")):
        ended = starting.end_all(settings.state_dir)
    if ended:
        progress(f"ended the embedded Flink (processes {', '.join(map(str, ended))})")
    return bool(ended)


def _ignore(_line: str) -> None:
    pass


def _attach(settings: LocalSettings, progress: Progress) -> State | None:
    """The running one, once it serves; None when there is none, or when it does not serve in time."""
    from flinklab.local import starting

    state = read_state(settings.state_dir)
    if state is not None and state.phase is Phase.STARTING:
        try:
            return starting.await_running(settings, progress)
        except StartFailedError:
            return None
    deadline = time.monotonic() + _ANSWER_WITHIN
    told = False
    while state is not None and starting.keeper_lives(state):
        problem = _problem(state)
        if problem is None:
            progress(f"attached to the embedded Flink {state.flink_version} of {settings.state_dir}")
            return state
        if time.monotonic() > deadline:
            return None
        if not told:
            progress(f"an embedded Flink is there, but {problem}; waiting up to {_ANSWER_WITHIN:.0f} s for it")
            told = True
        time.sleep(_POLL)
        state = read_state(settings.state_dir)
    return None


def _require_version(settings: LocalSettings, state: State) -> None:
    wanted, runs = settings.flink_version, state.flink_version
    if wanted is not None and not is_meant(runs, wanted):
        raise UsageError(
            f"the embedded Flink that runs is {runs}, not {wanted}",
            hint="end it first, with its jobs (`%flink down`), or give the other one a state_dir of its own",
        )


def _problem(state: State) -> str | None:
    """Why it does not serve, in one line; None when it does."""
    from flinklab.local.starting import keeper_lives

    if state.phase is Phase.FAILED:
        return f"its start failed: {state.cause}"
    if not keeper_lives(state):
        return "the process that looks after it is gone"
    if state.phase is Phase.STARTING:
        return "it is starting"
    for role in Role:
        member = state.members.get(role)
        if member is None or not member.ready:
            return f"the {role.title} is being started again"
    if not probe.jobmanager_answers(state.rest_port, _ASK_TIMEOUT):
        return "the JobManager does not answer"
    if not probe.gateway_answers(state.gateway_port, _ASK_TIMEOUT):
        return "the SQL Gateway does not answer"
    return None


def _describe(state_dir: Path, state: State) -> LocalFlink:
    return LocalFlink(
        gateway_url=state.gateway_url,
        jobmanager_url=state.jobmanager_url,
        flink_version=state.flink_version,
        state_dir=state_dir,
        pids={"keeper": state.keeper.pid} | {role.value: member.id.pid for role, member in state.members.items()},
        logs={"keeper": keeper_log(state_dir)} | {role.value: log_file(state_dir, role) for role in Role},
        started_at=state.started_at,
    )
