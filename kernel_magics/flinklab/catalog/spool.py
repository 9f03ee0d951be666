"""Writes the history behind the session's back: nobody waits for the database, and what it misses is not lost."""

from __future__ import annotations

import atexit
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeAlias

from flinklab.catalog.spool_file import SpoolFile, adopted, left_behind
from flinklab.domain.errors import (
    CatalogUnavailableError,
    ConflictError,
    FlinklabError,
    NotFoundError,
    NotPermittedError,
)
from flinklab.domain.records import HistoryEntry
from flinklab.domain.text import count

_QUEUE = 10_000  # entries and actions
_IN_MEMORY = 10_000  # entries for which there is neither a database nor a file
_BATCH = 200
_LONGEST_PAUSE = 60.0  # s between two tries of a database that does not answer
_AT_EXIT = 3.0  # s

Action: TypeAlias = Callable[[], object]


class Writes(Protocol):
    def write(self, entries: Sequence[HistoryEntry]) -> None: ...


class HistoryWriter:
    """Takes entries from a session and writes them in a thread of its own.

    Each entry goes to a file first, in `folder` (of this catalog alone), and is taken out when the database has
    it: after a fall it is written by the next process that uses the folder. Written twice is once, by its id.
    `history` gives the store, and may raise. `notice` hears, from the thread, of what is lost, once of each kind.
    `pause`: seconds until the first new try of a database that does not answer; each is twice the one before.
    """

    def __init__(
        self,
        history: Callable[[], Writes],
        folder: Path,
        notice: Callable[[str], None],
        *,
        pause: float = 1.0,
    ) -> None:
        self._history = history
        self._folder = folder
        self._notice = notice
        self._first_pause = pause
        self._queue: queue.Queue[HistoryEntry | Action | None] = queue.Queue(_QUEUE)
        self._file = SpoolFile(folder)
        self._file_lock = threading.Lock()  # held for work on the file alone, never for the database
        self._unsaved: deque[HistoryEntry] = deque()  # no file could be had for them
        self._actions: deque[Action] = deque(maxlen=_QUEUE)
        self._why_no_file = ""
        self._said: set[str] = set()
        self._refused_files: set[Path] = set()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False

    def add(self, entry: HistoryEntry) -> None:
        """Hand an entry over; an entry with the same id follows up on it. Never waits, never raises."""
        self._put(entry)

    def do(self, action: Action) -> None:
        """Have something else written to the database, after what was handed over before. Never waits.

        It is tried again while the database does not answer, and is lost with this process.
        """
        self._put(action)

    def close(self, timeout: float = 5.0) -> None:
        """Write what is there, for at most `timeout` seconds. The rest waits in the folder for another process."""
        with self._starting:
            if self._closed:
                return
            self._closed = True
        atexit.unregister(self._at_exit)
        if self._thread is None:
            return
        deadline = time.monotonic() + timeout
        with suppress(queue.Full):
            self._queue.put(None, timeout=timeout)
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            entries, _ = self._taken(None)
            self._save(entries)
            with suppress(queue.Full):
                self._queue.put_nowait(None)

    def _put(self, item: HistoryEntry | Action) -> None:
        if self._closed:
            if isinstance(item, HistoryEntry):
                self._save([item])
            return
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            self._say("full", f"more than {_QUEUE:,} statements wait for the catalog: some are lost to the history")
        self._start()

    def _start(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None and not self._closed:
                    atexit.register(self._at_exit)
                    self._thread = threading.Thread(target=self._run, name="flinklab-history", daemon=True)
                    self._thread.start()

    def _at_exit(self) -> None:
        self.close(_AT_EXIT)

    # What follows runs in the thread.

    def _run(self) -> None:
        pause, next_try, backlog, adopt = self._first_pause, 0.0, False, True
        stopping = False
        while not stopping:
            wait = max(0.0, next_try - time.monotonic()) if backlog or self._unsaved or self._actions else None
            entries, stopping = self._taken(wait, block=True)
            saved = self._save(entries)
            if next_try > time.monotonic() and not stopping:
                continue
            try:
                self._deliver(entries if saved and not backlog else None)
                if adopt:
                    self._adopt()
                pause, next_try, backlog, adopt = self._first_pause, 0.0, False, False
            except Exception as error:
                # Whatever it is, a later try may do. What does not pass by itself is said.
                if not isinstance(error, CatalogUnavailableError):
                    shown = str(error) if isinstance(error, FlinklabError) else repr(error)
                    self._say("fault", f"the history is not written until it can be: {shown}")
                backlog = adopt = True
                self._sync()
                self._say_if_unsafe(error)
                next_try = time.monotonic() + pause
                pause = min(2 * pause, _LONGEST_PAUSE)
        if self._unsaved:
            self._say("lost", f"{count(len(self._unsaved), 'statement')} lost to the history")
        with self._file_lock:
            try:
                self._file.close()
            except OSError as error:
                self._say("file", f"{self._file.path} could not be closed: {error.strerror}")

    def _taken(self, wait: float | None, *, block: bool = False) -> tuple[list[HistoryEntry], bool]:
        """What was handed over, up to a batch, and whether it was the last."""
        entries: list[HistoryEntry] = []
        while len(entries) < _BATCH or not block:
            try:
                item = self._queue.get(block=block and not entries, timeout=wait)
            except queue.Empty:
                break
            if item is None:
                return entries, True
            if isinstance(item, HistoryEntry):
                entries.append(item)
            else:
                self._actions.append(item)
                if block and not entries:
                    wait = 0.0
        return entries, False

    def _save(self, entries: list[HistoryEntry]) -> bool:
        """Put them into the file, or keep them in memory."""
        if not entries:
            return True
        with self._file_lock:
            try:
                self._file.append(entries)
            except OSError as error:
                self._why_no_file = error.strerror or repr(error)
                self._unsaved.extend(entries)
        over = len(self._unsaved) - _IN_MEMORY
        for _ in range(over):
            self._unsaved.popleft()
        if over > 0:
            self._say(
                "lost", f"more than {_IN_MEMORY:,} statements wait for the catalog: some are lost to the history"
            )
        return not self._unsaved

    def _deliver(self, latest: list[HistoryEntry] | None) -> None:
        """Write what is in the file, which is `latest` if that is given, and in memory; then what else is to do."""
        history = self._history() if latest or latest is None or self._unsaved else None
        if history is not None:
            with self._file_lock:
                size = self._file.size
            for entries, broken in [(latest, 0)] if latest is not None else self._file.chunks():
                self._say_refused(_write(history, entries))
                self._say_broken(broken)
            with self._file_lock:
                self._file.clear(size)
            while self._unsaved:
                some = [self._unsaved[at] for at in range(min(_BATCH, len(self._unsaved)))]
                self._say_refused(_write(history, some))
                for _ in some:
                    self._unsaved.popleft()
        while self._actions:
            try:
                self._actions[0]()
            except (NotFoundError, NotPermittedError, ConflictError) as error:
                self._say("refused", f"the catalog refused what was to be recorded: {error}")
            self._actions.popleft()

    def _adopt(self) -> None:
        """Write what processes left behind that are gone."""
        for path in left_behind(self._folder):
            if path == self._file.path or path in self._refused_files:
                continue
            with adopted(path) as chunks:
                if chunks is None:
                    continue
                history, refused = self._history(), False
                for entries, broken in chunks:
                    refused = bool(_write(history, entries)) or refused
                    self._say_broken(broken)
                try:
                    if not refused:  # else another person of this machine may be allowed to
                        path.unlink(missing_ok=True)
                        continue
                except OSError:
                    pass  # written again is once
                self._refused_files.add(path)

    def _sync(self) -> None:
        with self._file_lock:
            try:
                self._file.sync()
            except OSError as error:
                self._why_no_file = error.strerror or repr(error)

    def _say_if_unsafe(self, error: Exception) -> None:
        if self._unsaved:
            self._say(
                "unsafe",
                f"what you run is lost to the history if this kernel ends before the catalog answers ({error}): it"
                f" cannot be kept in {self._folder}: {self._why_no_file}",
            )

    def _say_refused(self, refused: list[FlinklabError]) -> None:
        if refused:
            self._say("refused", f"{count(len(refused), 'statement')} lost to the history: {refused[0]}")

    def _say_broken(self, lines: int) -> None:
        if lines:
            lost = count(lines, "statement")
            self._say("broken", f"{lost} lost to the history: a process ended while it wrote")

    def _say(self, kind: str, line: str) -> None:
        if kind not in self._said:
            self._said.add(kind)
            with suppress(Exception):  # what listens may be gone; the entries are not to go with it
                self._notice(line)


def _write(history: Writes, entries: list[HistoryEntry]) -> list[FlinklabError]:
    """Write entries; why some were refused: one that may not be written keeps no other out."""
    if not entries:
        return []
    try:
        history.write(entries)
    except (NotFoundError, NotPermittedError, ConflictError) as error:
        if len(entries) == 1:
            return [error]
        half = len(entries) // 2
        return _write(history, entries[:half]) + _write(history, entries[half:])
    return []
