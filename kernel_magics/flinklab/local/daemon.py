"""Processes of a person's that outlive who started them: a SQL Gateway, a ResourceManager.

All that belong together have a folder; in it each has a state file (`NAME.json`) and the log of what it writes
(`log/NAME.out`). The next process finds them there, and nothing but the process that was started counts as it: not
another one that has its pid by now.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timezone
from pathlib import Path

import msgspec
import psutil

from flinklab.domain.errors import StartFailedError
from flinklab.domain.typed import decode
from flinklab.local import preflight
from flinklab.local.lock import locked
from flinklab.local.logs import cause_in, tail
from flinklab.local.processes import end, find_process, identify
from flinklab.local.state import ProcessId

_POLL = 0.05
_GRACE = 10.0
_SPAWN_WITHIN = 30.0

# In the environment of each, and of its children: by it those are found whose state file was never written. No
# name of a setting, which begin with FLINKLAB_.
_MARKER = "_FLINKLAB_DAEMON"

# The shell ends at once: what it started is nobody's child, and no zombie of a starter that lives on.
_DETACH = 'out=$1; shift; "$@" </dev/null >>"$out" 2>&1 & echo $!'


class Daemon(msgspec.Struct, frozen=True):
    """One that was started. `facts`: what the next process must know of it (its URL, its version).

    `log` is what the program writes as its log, `out` what it prints; they may be one. `ready`: it served once.
    """

    name: str
    title: str
    id: ProcessId
    log: str
    out: str
    started_at: datetime
    facts: dict[str, str] = {}
    ready: bool = False

    @property
    def is_alive(self) -> bool:
        return find_process(self.id) is not None

    def tail(self, lines: int = 40) -> list[str]:
        """The last lines of its log, or of what it printed when it came to no log."""
        return tail(Path(self.log), lines) or tail(Path(self.out), lines)


class Daemons:
    """Those of one folder. Every change is to be made under `locked`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()

    def locked(self, timeout: float, on_wait: Callable[[], None] = lambda: None) -> AbstractContextManager[None]:
        """Hold the folder, which is made where it is not, for at most `timeout` seconds of waiting for another."""
        preflight.make_folder(self.folder)
        return locked(self.folder, timeout, on_wait, what=f"what runs in {self.folder}")

    def find(self, name: str) -> Daemon | None:
        """The one of that name when its process lives, ready or not."""
        daemon = self._read(name)
        return daemon if daemon is not None and daemon.is_alive else None

    def all(self) -> list[Daemon]:
        """Those whose process lives, in the order in which they were started."""
        names = sorted(path.stem for path in self.folder.glob("*.json"))
        return sorted((found for name in names if (found := self.find(name))), key=lambda each: each.started_at)

    def start(
        self,
        name: str,
        command: Sequence[str],
        ready: Callable[[], bool],
        timeout: float,
        *,
        title: str = "",
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
        facts: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Daemon:
        """Start it and wait at most `timeout` seconds until `ready()` is true. See `spawn`.

        Raises `StartFailedError` with the last lines of its log; then nothing of it runs, nor after a
        KeyboardInterrupt.
        """
        try:
            daemon = self.spawn(name, command, title=title, environment=environment, log=log, facts=facts, cwd=cwd)
            return self.await_ready(daemon, ready, timeout)
        except BaseException:
            self.end(name)
            raise

    def spawn(
        self,
        name: str,
        command: Sequence[str],
        *,
        title: str = "",
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
        facts: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Daemon:
        """Start it in a session of its own, in the place of one of the same name, and do not wait.

        `environment` is laid over this process's own, of which FLINK_* is left out. Who is interrupted between this
        and `await_ready` has to end it.
        """
        self.end(name)
        out = self.folder / "log" / f"{name}.out"
        try:
            out.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(FileNotFoundError):
                out.replace(out.with_suffix(".out.previous"))
            pid = self._detach(name, command, environment or {}, out, cwd or self.folder)
        except OSError as error:
            raise preflight.folder_error(self.folder, error) from error
        try:
            process = identify(pid)
        except psutil.NoSuchProcess:
            process = ProcessId(pid, 0.0)  # it ended already: why, `await_ready` reads in its log
        daemon = Daemon(
            name=name,
            title=title or name,
            id=process,
            log=str(log or out),
            out=str(out),
            started_at=datetime.now(timezone.utc),
            facts=dict(facts or {}),
        )
        self._write(daemon)
        return daemon

    def await_ready(self, daemon: Daemon, ready: Callable[[], bool], timeout: float) -> Daemon:
        """Wait until it serves, and note that it does. `StartFailedError`: it ended, or did not come to it."""
        deadline = time.monotonic() + timeout
        while True:
            alive, late = daemon.is_alive, time.monotonic() > deadline
            if alive and ready():
                daemon = msgspec.structs.replace(daemon, ready=True)
                self._write(daemon)
                return daemon
            if not alive or late:
                lines = daemon.tail()
                how = "ended while it was starting" if not alive else f"did not serve in {timeout:.0f} s"
                cause = cause_in(lines)
                raise StartFailedError(
                    f"the {daemon.title} {how}" + (f": {cause}" if cause else ""),
                    hint=f"the log is {daemon.log}",
                    details="\n".join(lines),
                )
            time.sleep(_POLL)

    def end(self, name: str, grace: float = _GRACE) -> list[int]:
        """End it with its children: asked first, killed after `grace` seconds. The pids that ended."""
        daemon = self.find(name)
        ours = {process.pid: process for its, process in self._marked() if its == name}
        if daemon is not None and (process := find_process(daemon.id)) is not None:
            ours[process.pid] = process
        ended = end(ours.values(), grace)
        self._file(name).unlink(missing_ok=True)
        return ended

    def end_all(self, grace: float = _GRACE) -> list[int]:
        """End all, the one that was started last first."""
        names = [daemon.name for daemon in reversed(self.all())]
        noted = (path.stem for path in self.folder.glob("*.json"))
        names = list(dict.fromkeys([*names, *sorted(noted), *sorted({name for name, _ in self._marked()})]))
        return sorted(pid for name in names for pid in self.end(name, grace))

    def _detach(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], out: Path, cwd: Path
    ) -> int:
        own = {key: value for key, value in os.environ.items() if not key.startswith("FLINK_")}
        try:
            shell = subprocess.run(
                ["/bin/sh", "-c", _DETACH, "sh", str(out), *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={**own, **environment, _MARKER: self._marker(name)},
                cwd=cwd,
                timeout=_SPAWN_WITHIN,
                check=True,
            )
        except (subprocess.SubprocessError, ValueError) as error:
            raise StartFailedError(f"{name} could not be started: {error}", hint=f"see {out}") from error
        return int(shell.stdout)

    def _marked(self) -> Iterator[tuple[str, psutil.Process]]:
        """The processes of this folder by their mark, each with the name of its daemon."""
        for process in psutil.process_iter(["environ", "status"]):
            seen = process.info
            marked = Path((seen["environ"] or {}).get(_MARKER) or "/")
            if seen["status"] != psutil.STATUS_ZOMBIE and marked.parent == self.folder:
                yield marked.name, process

    def _marker(self, name: str) -> str:
        return str(self.folder / name)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _read(self, name: str) -> Daemon | None:
        try:
            return decode(self._file(name).read_bytes(), Daemon)
        except (FileNotFoundError, NotADirectoryError, msgspec.MsgspecError):
            return None

    def _write(self, daemon: Daemon) -> None:
        """All or nothing: readers see the old file or the new one."""
        draft = self.folder / f"{daemon.name}.json.{os.getpid()}"
        try:
            draft.write_bytes(msgspec.json.encode(daemon))
            draft.replace(self._file(daemon.name))
        except OSError as error:
            raise preflight.folder_error(self.folder, error) from error
