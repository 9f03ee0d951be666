"""Jars by Maven coordinates: from a folder, from the user's cache, or downloaded into it."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from flinklab.domain.errors import JarUnavailableError, NotInstalledError
from flinklab.local.coordinates import Coordinates
from flinklab.local.distribution import INSTALL_HINT
from flinklab.local.fetching import Fetched
from flinklab.local.settings import LocalSettings

_ELSEWHERE = "set maven_mirror to a repository that has it, or put the jar into the folder that jars_dir names"


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
    cached = settings.cache_dir / "jars" / wanted.path
    if cached.is_file() and is_jar(cached):
        return cached
    if progress is not None:
        progress(f"downloading {wanted}")
    _download(wanted, cached, settings)
    return cached


def is_jar(path: Path) -> bool:
    """Whether its directory of entries, which is at the end, is there: a cut file has none."""
    return zipfile.is_zipfile(path)


def _download(wanted: Coordinates, target: Path, settings: LocalSettings) -> None:
    if importlib.util.find_spec("jgo") is None:
        raise NotInstalledError("jgo, which downloads jars, is not installed", hint=INSTALL_HINT)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=target.parent) as staging:
            fetched = _fetch(wanted, Path(staging), settings)
            _verify(wanted, fetched)
            # On one file system, so that the cache never shows half a jar, whoever else downloads it now.
            Path(fetched.jar).replace(target)
    except OSError as error:
        raise JarUnavailableError(
            f"{wanted} could not be kept in {target.parent}: {error.strerror or error}",
            hint="set cache_dir",
        ) from error
    _sweep(target.parent)


def _fetch(wanted: Coordinates, staging: Path, settings: LocalSettings) -> Fetched:
    """Download in a process of its own, which can be ended: a slow server keeps a socket alive for ever."""
    command = [sys.executable, "-m", "flinklab.local.fetching", str(wanted), str(staging)]
    if settings.maven_mirror is not None:
        command.append(settings.maven_mirror)
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=settings.download_timeout,
            cwd=staging,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise JarUnavailableError(
            f"{wanted} did not arrive in {settings.download_timeout:.0f} s", hint=_ELSEWHERE
        ) from error
    try:
        fetched = msgspec.json.decode(done.stdout, type=Fetched)
    except msgspec.MsgspecError as error:
        raise JarUnavailableError(
            f"the download of {wanted} ended with exit code {done.returncode}",
            hint=_ELSEWHERE,
            details=done.stderr.decode("utf-8", "replace"),
        ) from error
    if fetched.problem:
        raise JarUnavailableError(f"{wanted} {fetched.problem}", hint=_ELSEWHERE, details=fetched.details)
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
