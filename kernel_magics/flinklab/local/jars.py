"""Jars by Maven coordinates: from a folder, from the user's cache, or downloaded into it."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import msgspec

from flinklab.domain.errors import JarUnavailableError, NotInstalledError
from flinklab.domain.typed import decode
from flinklab.local.coordinates import Coordinates
from flinklab.local.distribution import INSTALL_HINT
from flinklab.local.fetching import Fetched
from flinklab.local.settings import LocalSettings

_ELSEWHERE = "set maven_mirror to a repository that has it, or put the jar into the folder that jars_dir names"

_TELL_EVERY = 25


def resolve_jar(coordinates: str, settings: LocalSettings, progress: Callable[[str], None] | None = None) -> Path:
    """The jar of `group:artifact:version`, without its dependencies.

    It is looked for in `settings.jars_dir`, then in the cache, then downloaded (at most
    `settings.download_timeout` seconds). A download appears in the cache whole or not at all. Raises `UsageError`
    for malformed coordinates and `JarUnavailableError` with what to do.
    """
    wanted = Coordinates.parse(coordinates)
    if settings.jars_dir is not None:
        for place in (settings.jars_dir / wanted.filename, settings.jars_dir / wanted.path):
            if place.is_file():
                if not is_jar(place):
                    raise JarUnavailableError(f"{place} is not a whole jar", hint="put it there again")
                return place
    cached = _cached(wanted, settings)
    if is_jar(cached):
        return cached
    if progress is not None:
        progress(f"downloading {wanted}")
    for _ in _download([wanted], settings):
        pass
    return cached


def resolve_jars(
    coordinates: Sequence[str], settings: LocalSettings, progress: Callable[[str], None] | None = None
) -> list[Path]:
    """As `resolve_jar` for each, but all that are missing are downloaded by one process, several at a time.

    `settings.download_timeout` is the longest wait for the next one of them.
    """
    wanted = [Coordinates.parse(each) for each in coordinates]
    missing = [each for each in dict.fromkeys(wanted) if not _is_there(each, settings)]
    if missing:
        tell = progress or _ignore
        tell(f"downloading {len(missing)} jars")
        for number, _ in enumerate(_download(missing, settings), 1):
            if number % _TELL_EVERY == 0:
                tell(f"{number} of {len(missing)} jars are there")
    return [resolve_jar(str(each), settings) for each in wanted]


def _ignore(_line: str) -> None:
    pass


def _is_there(wanted: Coordinates, settings: LocalSettings) -> bool:
    folder = settings.jars_dir
    given = folder is not None and any((folder / place).is_file() for place in (wanted.filename, wanted.path))
    return given or is_jar(_cached(wanted, settings))


def _cached(wanted: Coordinates, settings: LocalSettings) -> Path:
    return settings.cache_dir / "jars" / wanted.path


def is_jar(path: Path) -> bool:
    """Whether its directory of entries, which is at the end, is there: a cut file has none."""
    return zipfile.is_zipfile(path)


def _download(wanted: Sequence[Coordinates], settings: LocalSettings) -> Iterator[Path]:
    """Each as it arrives, in its place in the cache."""
    if importlib.util.find_spec("jgo") is None:
        raise NotInstalledError("jgo, which downloads jars, is not installed", hint=INSTALL_HINT)
    beside = _cached(wanted[0], settings).parent
    pending = {str(each): each for each in wanted}
    try:
        beside.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(prefix=".download-", dir=beside) as staging,
            closing(_fetch(pending, Path(staging), settings)) as arriving,
        ):
            for fetched in arriving:
                one = pending.pop(fetched.coordinates)
                _verify(one, fetched)
                target = _cached(one, settings)
                target.parent.mkdir(parents=True, exist_ok=True)
                # On one file system, so that the cache never shows half a jar, whoever else downloads it now.
                Path(fetched.jar).replace(target)
                yield target
    except OSError as error:
        raise JarUnavailableError(
            f"{', '.join(pending) or wanted[-1]} could not be kept in {beside}: {error.strerror or error}",
            hint="set cache_dir",
        ) from error
    _sweep(beside)


def _fetch(
    pending: Mapping[str, Coordinates], staging: Path, settings: LocalSettings
) -> Generator[Fetched, None, None]:
    """Download in a process of its own, which can be ended: a slow server keeps a socket alive for ever.

    `pending` gets smaller while the caller takes what arrived.
    """
    command = [sys.executable, "-m", "flinklab.local.fetching", ",".join(pending), str(staging)]
    if settings.maven_mirror is not None:
        command.append(settings.maven_mirror)
    with (
        (staging / "errors").open("w+b") as errors,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, cwd=staging
        ) as process,
    ):
        try:
            while pending:
                yield _next(process, errors, next(iter(pending)), settings.download_timeout)
        finally:
            process.kill()


def _next(process: subprocess.Popen[bytes], errors: BinaryIO, wanted: str, timeout: float) -> Fetched:
    """What the process tells next; `wanted` is what is said to be missing when it tells nothing."""
    assert process.stdout is not None
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    watch = threading.Timer(timeout, end)
    watch.start()
    try:
        line = process.stdout.readline()
    finally:
        watch.cancel()
    if late.is_set():
        raise JarUnavailableError(f"{wanted} did not arrive in {timeout:.0f} s", hint=_ELSEWHERE)
    try:
        fetched = decode(line, Fetched)
    except msgspec.MsgspecError as error:
        code = process.wait()
        errors.seek(0)
        raise JarUnavailableError(
            f"the download of {wanted} ended with exit code {code}",
            hint=_ELSEWHERE,
            details=errors.read().decode("utf-8", "replace"),
        ) from error
    if fetched.problem:
        raise JarUnavailableError(
            f"{fetched.coordinates} {fetched.problem}", hint=_ELSEWHERE, details=fetched.details
        )
    return fetched


def _verify(wanted: Coordinates, fetched: Fetched) -> None:
    jar = Path(fetched.jar)
    broken = None
    if fetched.sha1 and hashlib.sha1(jar.read_bytes(), usedforsecurity=False).hexdigest() != fetched.sha1:
        broken = "does not have the checksum that its repository states"
    elif not is_jar(jar):
        broken = "arrived broken: it is not a jar"
    else:
        with zipfile.ZipFile(jar) as entries:
            bad = entries.testzip()
        broken = f"arrived broken: {bad} in it is damaged" if bad else None
    if broken:
        raise JarUnavailableError(f"{wanted} {broken}", hint=f"try again, or {_ELSEWHERE}")


def _sweep(folder: Path) -> None:
    """Remove what killed downloads left behind. A neighbour's download of this moment is of another age."""
    for staging in folder.glob(".download-*"):
        try:
            old = time.time() - staging.stat().st_mtime > 3600
        except OSError:
            continue
        if old:
            shutil.rmtree(staging, ignore_errors=True)
