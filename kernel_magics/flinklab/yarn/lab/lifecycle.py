"""`up`, `find` and `down` of a lab."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from flinklab.domain.errors import StartFailedError, UsageError
from flinklab.domain.text import count
from flinklab.local import preflight
from flinklab.local.daemon import Daemon, Daemons
from flinklab.local.java import find_java
from flinklab.local.processes import end
from flinklab.local.settings import LocalSettings
from flinklab.yarn.lab import asking
from flinklab.yarn.lab.config import port_names, write_config
from flinklab.yarn.lab.containers import containers_of
from flinklab.yarn.lab.jars import client_jars, daemon_jars
from flinklab.yarn.lab.options import LabOptions
from flinklab.yarn.lab.plan import (
    NODEMANAGER,
    ZOOKEEPER,
    Plan,
    YarnLab,
    describe,
    make_parts,
    read_plan,
    run_folder,
    write_plan,
)
from flinklab.yarn.lab.ports import choose_ports

Progress = Callable[[str], None]

_POLL = 0.1
_ATTEMPTS = 3
_ANSWER_WITHIN = 60.0
_END_WITHIN = 60.0
_CONTAINERS_END_WITHIN = 20.0
_GRACE = 5.0
_NEEDED_DISK = 1024  # MiB: Flink is copied for each application, and once more for its containers
# What one life leaves behind that the next one must not find. Checkpoints and savepoints stay.
_OF_ONE_LIFE = (
    "conf",
    "containers",
    "high-availability",
    "local",
    "manager-state",
    "node-state",
    "staging",
    "tmp",
    "zookeeper",
)


def lab_folder(settings: LocalSettings) -> Path:
    return settings.state_dir / "yarn-lab"


def up(settings: LocalSettings, options: LabOptions | None = None, progress: Progress | None = None) -> YarnLab:
    """Attach to the lab of the state folder, or start one. It has a node that runs when this returns.

    `options` None takes the lab that is there, whatever it is. One that is half dead is ended with all that it ran,
    and replaced. `progress` gets a line for each step, in this thread. Raises a `LocalFlinkError`, or `UsageError`
    when another one than was asked for runs; nothing that was started is left running then, nor after a
    KeyboardInterrupt.
    """
    preflight.require_system()
    progress = progress or _ignore
    folder = lab_folder(settings)
    daemons = Daemons(run_folder(folder))
    patience = settings.start_timeout + settings.download_timeout + _END_WITHIN
    with daemons.locked(patience, lambda: progress("another process is starting it; waiting for that")):
        found = _attach(settings, progress)
        if found is not None:
            if options is not None and options != found.options:
                raise UsageError("a lab with other options runs", hint="end it first: flinklab yarn-lab down")
            progress(f"attached to the lab of {folder}")
            return found
        if _end(folder, daemons, progress):
            progress("ended the remains of a lab that did not serve any more")
        return _start(settings, options or LabOptions(), folder, daemons, progress)


def find(settings: LocalSettings) -> YarnLab | None:
    """The lab of the state folder when every part of it lives and a node runs, else None."""
    there = _there(lab_folder(settings))
    return there.lab if there is not None and there.serves else None


def down(settings: LocalSettings, progress: Progress | None = None) -> bool:
    """End the applications of the lab, then the lab, and nothing else. False when nothing ran."""
    progress = progress or _ignore
    folder = lab_folder(settings)
    if not folder.is_dir():
        return False
    preflight.require_system()
    daemons = Daemons(run_folder(folder))
    patience = settings.start_timeout + _END_WITHIN
    with daemons.locked(patience, lambda: progress("another process is starting it; waiting for that")):
        ended = _end(folder, daemons, progress)
        _clear(folder)
    if ended:
        progress(f"ended the lab (processes {', '.join(map(str, ended))})")
    return bool(ended)


def stop_part(lab: YarnLab, name: str) -> None:
    """End one daemon (`resourcemanager`, `nodemanager`, `zookeeper`); what it ran goes on."""
    daemons = Daemons(run_folder(lab.folder))
    with daemons.locked(_END_WITHIN):
        daemons.end(name)


def start_part(lab: YarnLab, name: str, timeout: float = 120.0) -> YarnLab:
    """Start one daemon again, at its old address. Raises `StartFailedError`; `UsageError` for one that is not."""
    plan = read_plan(lab.folder)
    names = [part.name for part in plan.parts] if plan is not None else []
    if plan is None or name not in names:
        raise UsageError(f"the lab has no {name}", hint=f"there is {', '.join(names) or 'no lab any more'}")
    daemons = Daemons(run_folder(lab.folder))
    with daemons.locked(_END_WITHIN):
        daemon = _spawn(plan, name, daemons)
        try:
            daemons.await_ready(daemon, partial(_part_serves, plan, daemon), timeout)
        except BaseException:
            daemons.end(name)
            raise
        return describe(lab.folder, plan, daemons.all())


@dataclass(frozen=True)
class _There:
    """A lab all of whose daemons live."""

    folder: Path
    plan: Plan
    daemons: list[Daemon]

    @property
    def serves(self) -> bool:
        return all(_part_serves(self.plan, daemon) for daemon in self.daemons)

    @property
    def lab(self) -> YarnLab:
        return describe(self.folder, self.plan, self.daemons)


def _there(folder: Path) -> _There | None:
    plan = read_plan(folder)
    alive = Daemons(run_folder(folder)).all() if plan is not None else []
    if plan is None or {daemon.name for daemon in alive if daemon.ready} != {part.name for part in plan.parts}:
        return None
    return _There(folder, plan, alive)


def _attach(settings: LocalSettings, progress: Progress) -> YarnLab | None:
    """The one that is there, once it serves: what runs on it is not to end because a machine is slow."""
    folder, told = lab_folder(settings), False
    deadline = time.monotonic() + _ANSWER_WITHIN
    while (there := _there(folder)) is not None:
        late = time.monotonic() > deadline
        if there.serves:
            return there.lab
        if late:
            return None
        if not told:
            progress(f"a lab is there, but it does not answer; waiting up to {_ANSWER_WITHIN:.0f} s for it")
            told = True
        time.sleep(_POLL)
    return None


def _start(
    settings: LocalSettings, options: LabOptions, folder: Path, daemons: Daemons, progress: Progress
) -> YarnLab:
    java = find_java(settings.java_home)
    jars, of_clients = daemon_jars(settings, progress), client_jars(settings, progress)
    for attempt in range(1, _ATTEMPTS + 1):
        before = read_plan(folder)
        try:
            ports = choose_ports(port_names(options), before.ports if before is not None and attempt == 1 else {})
            _clear(folder)
            _require_disk(folder)
            write_config(folder, options, ports, of_clients)
            plan = Plan(
                options=options,
                ports=ports,
                parts=make_parts(folder, options, java, jars),
                client_jars=tuple(map(str, of_clients)),
                started_at=datetime.now(timezone.utc),
            )
            write_plan(folder, plan)
        except OSError as error:
            raise preflight.folder_error(folder, error) from error
        progress(f"starting {', '.join(part.title for part in plan.parts)} in {folder}")
        try:
            return describe(folder, plan, _start_parts(plan, daemons, settings.start_timeout, progress))
        except StartFailedError as error:
            _end(folder, daemons, progress)
            # Between choosing a port and binding to it somebody else may take it.
            if attempt == _ATTEMPTS or "BindException" not in str(error.details):
                raise
            progress("a port was taken meanwhile; trying others")
        except BaseException:
            _end(folder, daemons, progress)
            raise
    raise AssertionError("unreachable")


def _start_parts(plan: Plan, daemons: Daemons, timeout: float, progress: Progress) -> list[Daemon]:
    """All at once: a NodeManager waits for its ResourceManager by itself, and that for its ZooKeeper."""
    began = time.monotonic()
    spawned = [_spawn(plan, part.name, daemons) for part in plan.parts]
    ready = []
    for number, daemon in enumerate(spawned, 1):
        left = max(1.0, timeout - (time.monotonic() - began))
        ready.append(daemons.await_ready(daemon, partial(_part_serves, plan, daemon), left))
        progress(f"{number}/{len(spawned)} {daemon.title} is up ({time.monotonic() - began:.1f} s)")
    return ready


def _spawn(plan: Plan, name: str, daemons: Daemons) -> Daemon:
    part = plan.part(name)
    return daemons.spawn(name, part.command, title=part.title, environment=part.environment, log=Path(part.log))


def _part_serves(plan: Plan, daemon: Daemon) -> bool:
    if daemon.name == ZOOKEEPER:
        return asking.listens(plan.ports["zookeeper"])
    if daemon.name == NODEMANAGER:
        return asking.node_runs(plan.manager_ports, daemon.started_at.timestamp())
    return asking.active_port(plan.manager_ports) is not None


def _end(folder: Path, daemons: Daemons, progress: Progress) -> list[int]:
    """The applications, the daemons, and what is left of the containers. The pids that ended."""
    plan = read_plan(folder)
    running = containers_of(folder)
    if running and plan is not None and (asked := asking.kill_applications(plan.manager_ports)):
        progress(f"ending {count(len(asked), 'application')}")
        deadline = time.monotonic() + _CONTAINERS_END_WITHIN
        # It is the NodeManager that ends them.
        while containers_of(folder) and daemons.find(NODEMANAGER) and time.monotonic() < deadline:
            time.sleep(_POLL)
    ended = daemons.end_all(_GRACE)
    left = containers_of(folder)
    gone = {process.pid for process in running} - {process.pid for process in left}
    return sorted({*ended, *gone, *end(left, _GRACE)})


def _clear(folder: Path) -> None:
    for name in _OF_ONE_LIFE:
        shutil.rmtree(folder / name, ignore_errors=True)


def _require_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free // preflight.MIB
    if free < _NEEDED_DISK:
        raise StartFailedError(
            f"{free} MiB are free on the disk of {folder}, {_NEEDED_DISK} MiB are needed",
            hint="free some space, or set state_dir to a folder on another disk",
        )


def _ignore(_line: str) -> None:
    pass
