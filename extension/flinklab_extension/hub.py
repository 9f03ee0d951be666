"""One reader of a catalog for all who listen to its events: what changed is read once, and sent to each."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flinklab.api.cluster_lines import cluster_lines
from flinklab.api.job_lines import job_lines, lines_mark
from flinklab.domain.errors import FlinklabError
from flinklab.domain.job_lines import JobLine
from flinklab.domain.jobs import JobKey

from . import wire
from .places import Place
from .workers import BusyError, LateError, Workers

_log = logging.getLogger(__name__)

HEARTBEAT = b": \n\n"
_PAUSE = 1.0  # s between two looks
_ANEW = 30.0  # s until everything is read, also where the mark is the same
_SLOWER = 2.0  # s between two looks at the clusters and at the status
_BEAT = 15.0  # s without a message until a heartbeat
_LIMIT = 15.0  # s that a look may take
_LATEST = 15.0  # s between two looks at a catalog that does not answer
_BEHIND = 64  # messages that a client may be behind


def message(event: str, value: Any) -> bytes:
    """An event as `text/event-stream` has it. JSON has no line end in it."""
    return b"event: %s\ndata: %s\n\n" % (event.encode(), wire.dumps(value))


Status = Callable[["Sequence[JobLine] | None"], wire.Json]
"""How the workbench stands, told of these jobs, or of those that it reads itself. It never raises."""


class Listener:
    """What one client is still to be sent. None: it is over, for it was too far behind, or the server ends."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(_BEHIND)

    async def next(self) -> bytes | None:
        return await self._queue.get()

    def put(self, data: bytes) -> bool:
        """False: it is too far behind, and is let go."""
        try:
            self._queue.put_nowait(data)
        except asyncio.QueueFull:
            self.end()
            return False
        return True

    def end(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One look. `lines`: None where nothing changed; `clusters`, `status`: None where it was not their turn."""

    mark: tuple[Any, ...] | None = None
    lines: list[JobLine] | None = None
    clusters: list[wire.Json] | None = None
    status: wire.Json | None = None


class Hub:
    """Reads only while somebody listens. For the loop's own thread.

    Each who comes is first sent all that is known, then what changes. A catalog that does not answer is asked with
    growing pauses; `status` says why.
    """

    def __init__(
        self,
        place: Place,
        workers: Workers,
        uis: wire.Uis,
        status: Status,
        *,
        pause: float = _PAUSE,
    ) -> None:
        self._place = place
        self._workers = workers
        self._uis = uis
        self._status = status
        self._pause = pause
        self._listeners: set[Listener] = set()
        self._reading: asyncio.Task[None] | None = None
        self._closed = False
        self._forget()

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def listen(self) -> Listener:
        """Give it back to `leave`."""
        listener = Listener()
        if self._closed:
            listener.end()
            return listener
        for data in self._known():
            listener.put(data)
        self._listeners.add(listener)
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._run())
        return listener

    def leave(self, listener: Listener) -> None:
        """The reading ends with the last one, and what is known is forgotten: it would be old for the next."""
        self._listeners.discard(listener)
        if not self._listeners and self._reading is not None:
            self._reading.cancel()
            self._reading = None
            self._forget()

    async def close(self) -> None:
        self._closed = True
        reading = self._reading
        for listener in [*self._listeners]:
            listener.end()
            self.leave(listener)
        if reading is not None:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading

    def _forget(self) -> None:
        self._mark: tuple[Any, ...] | None = None
        self._lines: dict[JobKey, JobLine] | None = None
        self._clusters: list[wire.Json] | None = None
        self._standing: wire.Json | None = None
        self._all: bytes | None = None
        self._read_at = self._slower_at = self._told_at = float("-inf")

    def _known(self) -> Iterable[bytes]:
        if self._standing is not None:
            yield message("status", self._standing)
        if self._lines is not None:
            yield self._all_lines(self._lines)
        if self._clusters is not None:
            yield message("clusters", self._clusters)

    async def _run(self) -> None:
        pause = self._pause
        while True:
            began = time.monotonic()
            try:
                self._take(await self._workers.run(self._look, _LIMIT))
                pause = self._pause
            except (FlinklabError, LateError, BusyError):
                pause = min(pause * 2, _LATEST)
                await self._tell_status()
            except Exception:  # whoever listens would wait without end
                _log.exception("the jobs could not be read")
                pause = _LATEST
            if time.monotonic() - self._told_at >= _BEAT:
                self._send(HEARTBEAT)
            await asyncio.sleep(max(0.0, pause - (time.monotonic() - began)))

    def _look(self) -> _Seen:
        """In a thread: what it reads of `self` changes only between two looks."""
        catalog = self._place.catalog()
        now = time.monotonic()
        mark = lines_mark(catalog)
        lines = job_lines(catalog) if mark != self._mark or now - self._read_at >= _ANEW else None
        if now - self._slower_at < _SLOWER:
            return _Seen(mark, lines)
        known = lines if lines is not None else [*(self._lines or {}).values()]
        clusters = [wire.cluster_row(each, self._uis) for each in cluster_lines(catalog, known)]
        return _Seen(mark, lines, clusters, self._status(known))

    def _take(self, seen: _Seen) -> None:
        now = time.monotonic()
        self._mark = seen.mark
        if seen.lines is not None:
            self._read_at = now
            self._tell_lines({line.key: line for line in seen.lines})
        if seen.clusters is not None:
            self._slower_at = now
            if seen.clusters != self._clusters:
                self._clusters = seen.clusters
                self._send(message("clusters", seen.clusters))
        self._take_status(seen.status)

    def _tell_lines(self, lines: dict[JobKey, JobLine]) -> None:
        before, self._lines = self._lines, lines
        if before is None:
            self._send(self._all_lines(lines))
            return
        changed = [line for key, line in lines.items() if before.get(key) != line]
        gone = [wire.key(key) for key in before.keys() - lines.keys()]
        if changed or gone:
            self._all = None
            self._send(message("jobs", {"all": False, "rows": wire.rows(changed), "gone": gone}))

    def _all_lines(self, lines: dict[JobKey, JobLine]) -> bytes:
        """Made once for all who come before something changes."""
        if self._all is None:
            self._all = message("jobs", {"all": True, "rows": wire.rows([*lines.values()]), "gone": []})
        return self._all

    async def _tell_status(self) -> None:
        with contextlib.suppress(LateError, BusyError):
            self._take_status(await self._workers.run(lambda: self._status(None), _LIMIT))

    def _take_status(self, status: wire.Json | None) -> None:
        if status is not None and status != self._standing:
            self._standing = status
            self._send(message("status", status))

    def _send(self, data: bytes) -> None:
        self._told_at = time.monotonic()
        for listener in [*self._listeners]:
            if not listener.put(data):
                self._listeners.discard(listener)
