"""The parent of the three processes: `python -m flinklab.local.keeper STATE_DIR`.

It outlives the kernel that started it, starts again what died, writes what it sees into the state file, and ends
its children, and nothing else, when it is asked to (SIGTERM). Until all three were ready once, a death ends
everything: that is a failed start, which `up` reports.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType

import msgspec

from flinklab.local import probe
from flinklab.local.backoff import Backoff
from flinklab.local.logs import cause_in, tail
from flinklab.local.plan import Plan, log_file, read_plan
from flinklab.local.processes import end, identify
from flinklab.local.roles import Role
from flinklab.local.state import Member, Phase, State, read_state, write_state

_TICK = 0.1
_ASK_TIMEOUT = 2.0
_GRACE = 5.0


class Child:
    """One of the three, over all its lives."""

    def __init__(self, role: Role, plan: Plan, state_dir: Path) -> None:
        self.role = role
        self.ready = False
        self.starts = 0
        self._plan = plan
        self._log = log_file(state_dir, role)
        self._backoff = Backoff()
        self._started = 0.0
        self._due = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._member: Member | None = None

    @property
    def resource_id(self) -> str:
        """The TaskManager's name at the JobManager, another one for each life: the dead one lingers there."""
        return f"taskmanager-{self.starts}"

    @property
    def is_up(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        command = self._plan.commands[self.role]
        self.starts += 1
        if self.role is Role.TASKMANAGER:
            command = [*command, f"-Dtaskmanager.resource-id={self.resource_id}"]
        with self._log.with_suffix(".out").open("wb") as out:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._plan.environment},
                cwd=self._log.parent,
            )
        self.ready = False
        self._started = time.monotonic()
        self._member = Member(identify(self._process.pid), restarts=self.starts - 1)

    def exit_code(self) -> int | None:
        return self._process.poll() if self._process else None

    def revive(self) -> bool:
        """Start it again when it died and its wait is over; whether its state changed."""
        if self._process is None:
            if time.monotonic() < self._due:
                return False
            try:
                self.start()
            except OSError:  # no memory for a process, no Java any more: as a death
                self._due = time.monotonic() + self._backoff.after(0)
                return False
            return True
        if self._process.poll() is None:
            return False
        self._process = None
        self.ready = False
        self._due = time.monotonic() + self._backoff.after(time.monotonic() - self._started)
        return True

    def become_ready(self) -> bool:
        """Ask whether it serves; whether that is news."""
        if self.ready or self._process is None:
            return False
        if self.role is Role.GATEWAY:
            self.ready = probe.gateway_answers(self._plan.gateway_port, _ASK_TIMEOUT)
        elif self.role is Role.JOBMANAGER:
            self.ready = probe.jobmanager_answers(self._plan.rest_port, _ASK_TIMEOUT)
        else:
            self.ready = self.resource_id in probe.registered_taskmanagers(self._plan.rest_port, _ASK_TIMEOUT)
        return self.ready

    def member(self) -> Member | None:
        return msgspec.structs.replace(self._member, ready=self.ready) if self._member else None

    def describe_death(self, code: int) -> str:
        """One line: how it ended and why, as its log has it."""
        ended = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        cause = cause_in(tail(self._log)) or cause_in(tail(self._log.with_suffix(".out")))
        return f"the {self.role.title} {ended}" + (f": {cause}" if cause else "")

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            import psutil

            with suppress(psutil.NoSuchProcess):
                end([psutil.Process(self._process.pid)], _GRACE)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE)


class Keeper:
    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._plan = read_plan(state_dir)
        self._children = {role: Child(role, self._plan, state_dir) for role in Role}
        self._state = State(
            phase=Phase.STARTING,
            keeper=identify(os.getpid()),
            members={},
            rest_port=self._plan.rest_port,
            gateway_port=self._plan.gateway_port,
            flink_version=self._plan.flink_version,
            started_at=datetime.now(timezone.utc),
        )
        self._stop = False

    def announce(self) -> None:
        """Write the first state: from now on this keeper can be found."""
        write_state(self._state_dir, self._state)

    def run(self) -> int:
        """Until SIGTERM (0), or until the start failed (1)."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            failure = self._start()
            if failure is not None:
                return 1
            while not self._stop and self._is_wanted():
                self._watch()
                time.sleep(_TICK)
            return 0
        finally:
            for role in reversed(Role):
                self._children[role].end()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop = True

    def _start(self) -> State | None:
        """Start all three and wait until they serve. The failed state when they do not."""
        for child in self._children.values():
            try:
                child.start()
            except OSError as error:
                return self._fail(f"the {child.role.title} could not be started: {error}", child.role)
            self._write()
        deadline = time.monotonic() + self._plan.start_timeout
        while not self._stop:
            for child in self._children.values():
                code = child.exit_code()
                if code is not None:
                    return self._fail(child.describe_death(code), child.role)
            if self._ask():
                self._write()
            missing = [child for child in self._children.values() if not child.ready]
            if not missing:
                self._write(Phase.RUNNING)
                return None
            if time.monotonic() > deadline:
                late = missing[0]
                limit = f"{self._plan.start_timeout:.0f} s"
                return self._fail(f"the {late.role.title} did not serve in {limit}", late.role)
            time.sleep(_TICK)
        return None

    def _fail(self, cause: str, culprit: Role) -> State:
        self._state = msgspec.structs.replace(self._state, cause=cause, culprit=culprit)
        self._write(Phase.FAILED)
        return self._state

    def _watch(self) -> None:
        changed = False
        for child in self._children.values():
            if child.revive():
                changed = True
                if child.role is Role.JOBMANAGER and not child.is_up:
                    # Its jobs are gone, and the TaskManager would look for it for the whole heartbeat timeout.
                    self._children[Role.TASKMANAGER].end()
        if self._ask() or changed:
            self._write()

    def _ask(self) -> bool:
        news = [child.become_ready() for child in self._children.values()]
        return any(news)

    def _is_wanted(self) -> bool:
        """Whether the state file is still this keeper's: a removed folder must not leave Flink behind."""
        try:
            state = read_state(self._state_dir)
        except OSError:
            return True
        return state is not None and state.keeper == self._state.keeper

    def _write(self, phase: Phase | None = None) -> None:
        members = {role: member for role, child in self._children.items() if (member := child.member()) is not None}
        self._state = msgspec.structs.replace(self._state, members=members, phase=phase or self._state.phase)
        with suppress(OSError):  # a full disk must not end what runs
            write_state(self._state_dir, self._state)


def main(state_dir: Path) -> int:
    """Go on as a process that is nobody's child, and return to the caller once the state file is written.

    A child of the kernel would stay behind as a zombie when it ends before the kernel does.
    """
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        return 0 if os.read(reader, 1) else 1
    os.close(reader)
    keeper = Keeper(state_dir)
    keeper.announce()
    os.write(writer, b"1")
    os.close(writer)
    return keeper.run()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
