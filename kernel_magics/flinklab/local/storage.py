"""A folder that a gateway, its clusters and flinklab all reach: on this machine, on HDFS, on S3."""

from __future__ import annotations

import posixpath
import re
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlsplit

import pyarrow as pa
from pyarrow import fs

from flinklab.domain.errors import StorageError

T = TypeVar("T")

TIMEOUT = 30.0
"""Seconds after which a storage is said not to answer."""

_AT_ONCE = 8
_METADATA = "_metadata"
_CHECKPOINT = re.compile(r"chk-(\d+)")
_SAME = {"s3a": "s3", "s3n": "s3", "s3p": "s3"}  # Flink's and Hadoop's names of S3


class _Place(NamedTuple):
    files: Any
    path: str


class FileStorage:
    """Fulfils `ports.jobs.Storage` on the folder `root`: an absolute path, or a URI (`file`, `hdfs`, `s3`).

    Places may lie outside of `root`, on any of these. Each call ends after `timeout` seconds with a `StorageError`,
    and so does every failure: only a storage that answered can say that something is not there.
    """

    def __init__(self, root: str, *, timeout: float = TIMEOUT) -> None:
        self._root = root.rstrip("/")
        self._timeout = timeout
        self._room = threading.BoundedSemaphore(_AT_ONCE)

    def place(self, name: str) -> str:
        place = f"{self._root}/{name}"
        self._within(place, lambda to: to.files.create_dir(posixpath.dirname(to.path), recursive=True))
        return place

    def write(self, name: str, content: bytes) -> str:
        place = f"{self._root}/{name}"

        def write(to: _Place) -> None:
            to.files.create_dir(posixpath.dirname(to.path), recursive=True)
            draft = f"{to.path}.{uuid.uuid4().hex}"
            with to.files.open_output_stream(draft) as stream:
                stream.write(content)
            to.files.move(draft, to.path)

        self._within(place, write)
        return place

    def read(self, place: str) -> bytes:
        def read(at: _Place) -> bytes:
            with at.files.open_input_stream(at.path) as stream:
                return bytes(stream.read())

        return self._within(place, read)

    def exists(self, place: str) -> bool:
        return self._within(place, lambda at: _is_there(at, at.path))

    def is_restore_point(self, place: str) -> bool:
        def look(at: _Place) -> bool:
            folder = at.path.removesuffix(f"/{_METADATA}")
            return _is_there(at, folder) and bool(
                at.files.get_file_info(f"{folder}/{_METADATA}").type is fs.FileType.File
            )

        return self._within(place, look)

    def checkpoints_beside(self, place: str) -> list[tuple[int, str]]:
        def look(at: _Place) -> list[int]:
            above = posixpath.dirname(at.path)
            if not _is_there(at, above):
                return []
            named = (
                _CHECKPOINT.fullmatch(info.base_name) for info in at.files.get_file_info(fs.FileSelector(above))
            )
            numbers = sorted((int(match[1]) for match in named if match), reverse=True)
            whole = at.files.get_file_info([f"{above}/chk-{number}/{_METADATA}" for number in numbers])
            return [n for n, info in zip(numbers, whole, strict=True) if info.type is fs.FileType.File]

        above = place.rstrip("/").rpartition("/")[0]
        return [(number, f"{above}/chk-{number}") for number in self._within(place, look)]

    def delete(self, place: str) -> None:
        def delete(at: _Place) -> None:
            if "/" not in at.path.strip("/"):
                raise StorageError(f"{place} is too near to the root to be deleted")
            if not _is_there(at, at.path):
                return
            if at.files.get_file_info(at.path).type is fs.FileType.Directory:
                at.files.delete_dir(at.path)
            else:
                at.files.delete_file(at.path)

        self._within(place, delete)

    def _within(self, place: str, work: Callable[[_Place], T]) -> T:
        """Do `work` on a thread of its own: file systems wait without end, and cannot be interrupted."""
        if not self._room.acquire(timeout=self._timeout):
            raise self._silent(place)
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(work(_find(place)))
            except BaseException as error:
                done.set_exception(error)
            finally:
                self._room.release()

        threading.Thread(target=run, name="flinklab-storage", daemon=True).start()
        try:
            return done.result(self._timeout)
        except Late:
            raise self._silent(place) from None
        except (OSError, pa.ArrowException) as error:
            raise StorageError(f"{place} cannot be reached or read: {_line(error)}", details=str(error)) from error

    def _silent(self, place: str) -> StorageError:
        return StorageError(f"the storage of {place} did not answer within {self._timeout:g} s")


def _find(place: str) -> _Place:
    if place.startswith("/"):
        return _Place(fs.LocalFileSystem(), posixpath.normpath(place))
    parts = urlsplit(place)
    if parts.scheme == "file":
        # Flink takes what follows `file:` literally: percent signs mean nothing in it.
        path = place.removeprefix("file:")
        path = "/" + path[2:].partition("/")[2] if path.startswith("//") else path
        return _Place(fs.LocalFileSystem(), posixpath.normpath(path))
    scheme = _SAME.get(parts.scheme, parts.scheme)
    if scheme not in ("hdfs", "viewfs", "s3"):
        raise StorageError(
            f"{place} is on no storage that can be reached", hint="use an absolute path, file://, hdfs:// or s3://"
        )
    behind = place.partition("://")[2].partition("/")[2]
    host = parts.netloc or "default"
    files, path = fs.FileSystem.from_uri(f"{scheme}://{host}/{quote(behind)}")
    return _Place(files, path)


def _is_there(at: _Place, path: str) -> bool:
    """On this machine, where nothing of the folders around it is there either, it is rather the storage that is
    missing: a volume that is not mounted. Raises `StorageError` then."""
    if at.files.get_file_info(path).type is not fs.FileType.NotFound:
        return True
    if isinstance(at.files, fs.LocalFileSystem):
        above = posixpath.dirname(path)
        around = [above, posixpath.dirname(above)]
        if all(info.type is fs.FileType.NotFound for info in at.files.get_file_info(around)):
            raise StorageError(f"there is neither {path} nor the folders around it", hint="is the volume mounted?")
    return False


def _line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
