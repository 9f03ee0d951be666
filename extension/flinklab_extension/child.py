"""A supervisor that lives and ends with the Jupyter server: started by setting, watched, started again."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from logging import Logger
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "flinklab.cli", "supervise", "--attached")
"""Its input is held by the server: it ends with it also when nobody could tell it to."""

_SOON, _LATEST = 1.0, 60.0  # s until one that ended is started again: twice as long each time
_LIVED = 60.0  # s after which a start counts as one that went well
_PATIENCE = 20.0  # s for one that is asked to end: a round may be under way


class SupervisorChild:
    """For the loop's own thread. `told`: what `status` says of it.

    `soon`: seconds until the first new start after one ended, which become more up to a minute when it ends again.
    """

    def __init__(
        self, folder: Callable[[], Path], log: Logger, *, command: Sequence[str] = COMMAND, soon: float = _SOON
    ) -> None:
        self._folder = folder
        self._log = log
        self._command = command
        self._soon = soon
        self._process: Process | None = None
        self._said = ""
        self._state = "stopped"
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Keep one alive from now on, in a running loop; again is no harm."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        """End it, by force when it does not within some seconds."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._state = "stopped"

    def told(self) -> dict[str, Any]:
        """`pid`; `state`: running, waiting (to be started again), stopped; `problem`: what it said last, then."""
        pid = self._process.pid if self._process is not None else None
        return {"pid": pid, "state": self._state, "problem": self._said if self._state == "waiting" else ""}

    async def _keep(self) -> None:
        pause, loop = self._soon, asyncio.get_running_loop()
        while True:
            begun = loop.time()
            code = await self._live()
            if loop.time() - begun > _LIVED:
                pause = self._soon
            self._state = "waiting"
            self._log.warning(
                "The supervisor ended with %s, and is started again in %.0f s: %s", code, pause, self._said or "-"
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LATEST)

    async def _live(self) -> int | str:
        """From its start to its end; how it ended."""
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *self._command, cwd=self._folder(), stdin=PIPE, stdout=DEVNULL, stderr=PIPE
            )
        )
        try:
            # Not given up in the middle: nobody would hold the process that it brings.
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            with contextlib.suppress(OSError):
                await self._end(await starting)
            raise
        except OSError as error:
            self._said = str(error)
            return "an error"
        self._process, self._state, self._said = process, "running", ""
        self._log.info("Started a supervisor (pid %d)", process.pid)
        try:
            await self._listen(process)
            return await process.wait()
        finally:
            if process.returncode is None:
                await self._end(process)
            self._process = None

    async def _listen(self, process: Process) -> None:
        assert process.stderr is not None
        while True:
            try:
                line = await process.stderr.readline()
            except ValueError:  # longer than anybody reads
                continue
            if not line:
                return
            if said := line.decode(errors="replace").rstrip():
                self._said = said[:500]
                self._log.info("supervisor: %s", said[:2000])

    async def _end(self, process: Process) -> None:
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        # What it still says is read, or it could not end.
        listening = asyncio.ensure_future(self._listen(process))
        try:
            await asyncio.wait_for(process.wait(), _PATIENCE)
        except asyncio.TimeoutError:
            self._log.warning("The supervisor (pid %d) does not end: killed", process.pid)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
