"""Files of history entries that wait for the database: one of each process, a line of JSON for each entry."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import IO

import msgspec

from flinklab.catalog.history import storable
from flinklab.domain.records import HistoryEntry
from flinklab.domain.typed import decode

_CHUNK = 200  # entries that are in memory at once

if sys.platform == "win32":

    def _take(file: IO[bytes] | FileIO) -> bool:
        return True  # there, what another process has open cannot be removed, and written twice is once
else:
    import fcntl

    def _take(file: IO[bytes] | FileIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class SpoolFile:
    """This process's own file, made when it is first needed. It is ours while we live: the system frees the lock.

    Every method may raise `OSError`.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"history-{os.getpid()}-{uuid.uuid4().hex[:8]}.jsonl"
        self._file: FileIO | None = None
        self._torn = False  # a part of a line that could not be taken back is its last

    @property
    def size(self) -> int:
        """In bytes."""
        return 0 if self._file is None else os.fstat(self._file.fileno()).st_size

    def append(self, entries: list[HistoryEntry]) -> None:
        """All of them, or none: what was written of them before an error is taken back."""
        file = self._open()
        size = self.size
        lines = b"".join(msgspec.json.encode(storable(entry)) + b"\n" for entry in entries)
        left = memoryview(b"\n" + lines if self._torn else lines)
        try:
            while left:
                left = left[file.write(left) :]
        except OSError:
            self._torn = True
            with suppress(OSError):
                os.ftruncate(file.fileno(), size)
                self._torn = False
            raise
        self._torn = False

    def sync(self) -> None:
        """Bring it to the disk, so that it outlives the machine's fall, too."""
        if self._file is not None:
            os.fsync(self._file.fileno())

    def chunks(self) -> Iterator[tuple[list[HistoryEntry], int]]:
        """What is in it: entries, and how many lines were none."""
        if self._file is not None:
            with self.path.open("rb") as file:
                yield from _chunks(file)

    def clear(self, size: int) -> None:
        """Empty it, when it has not grown beyond the bytes that were delivered."""
        if self._file is not None and self.size == size:
            os.ftruncate(self._file.fileno(), 0)

    def close(self) -> None:
        """Let go of it: what is in it is for another process; empty it is removed."""
        if self._file is not None:
            with self._file:
                if self.size == 0:
                    self.path.unlink(missing_ok=True)
            self._file = None

    def _open(self) -> FileIO:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self.path.with_suffix(".new")
            descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            self._file = FileIO(descriptor, "r+b")
            # Ours before it has its name, by which another process would take it for one left behind.
            _take(self._file)
            draft.rename(self.path)
        return self._file


def left_behind(folder: Path) -> list[Path]:
    """The files of other processes, the oldest first."""
    with suppress(OSError):
        return sorted(folder.glob("history-*.jsonl"), key=lambda path: path.name)
    return []


@contextmanager
def adopted(path: Path) -> Iterator[Iterator[tuple[list[HistoryEntry], int]] | None]:
    """What is in the file of a process that is gone; None when it lives, or when somebody was faster."""
    try:
        file = path.open("r+b")
    except OSError:
        yield None
        return
    with file:
        yield _chunks(file) if _take(file) and path.exists() else None


def _chunks(file: IO[bytes]) -> Iterator[tuple[list[HistoryEntry], int]]:
    while lines := list(islice(file, _CHUNK)):
        entries = [_entry(line) for line in lines if line.strip()]
        good = [entry for entry in entries if entry is not None]
        yield good, len(entries) - len(good)


def _entry(line: bytes) -> HistoryEntry | None:
    try:
        return decode(line, HistoryEntry)
    except msgspec.DecodeError:
        return None
