"""A Flink from the index that pip uses, without touching what is installed.

The distribution `apache-flink-libraries` holds all of Flink's jars but the SQL Gateway's. Up to 1.20 it is there as
source only; pip runs its setup script for the metadata, nothing is built.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from flinklab.domain.errors import NotInstalledError
from flinklab.domain.flink_versions import FlinkVersion, line_of
from flinklab.domain.text import size
from flinklab.local.distribution import Distribution, read_distribution
from flinklab.local.home_archive import unpack_home
from flinklab.local.processes import end

MIB = 1024 * 1024

NEEDED_DISK = 1200 * MIB
"""The archive (330 MB) twice, as pip copies it, and what is in it."""

_NAME = "apache-flink-libraries"
_POLL = 0.1
_TELL_EVERY = 10.0
_GRACE = 5.0
_OFFERED = re.compile(r"\(from versions: (?P<versions>[^)]*)\)")
_UNREACHABLE = "after connection broken by"
_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")


def download_home(
    wanted: FlinkVersion, root: Path, timeout: float, progress: Callable[[str], None] | None = None
) -> Distribution:
    """That Flink as a folder in `root`, named by its version: whole, or not at all.

    `timeout` in seconds. Only for who holds `root`: what killed downloads left behind is removed. Raises
    `NotInstalledError`.
    """
    tell = progress or _ignore
    if importlib.util.find_spec("pip") is None:
        raise NotInstalledError(
            f"Flink {wanted} could not be downloaded: there is no pip beside {sys.executable}",
            hint=f"`python -m ensurepip` brings it, or {_elsewhere(wanted)}",
        )
    try:
        for remains in root.glob(".download-*"):
            shutil.rmtree(remains, ignore_errors=True)
        free = shutil.disk_usage(root).free
        if free < NEEDED_DISK:
            raise NotInstalledError(
                f"{size(free)} are free on the disk of {root}, {size(NEEDED_DISK)} are needed for Flink {wanted}",
                hint="free some space, or set cache_dir to a folder on another disk",
            )
        with tempfile.TemporaryDirectory(prefix=".download-", dir=root) as staging:
            return _download(wanted, Path(staging), root, timeout, tell)
    except OSError as error:
        raise NotInstalledError(
            f"Flink {wanted} could not be kept in {root}: {error.strerror or error}", hint="set cache_dir"
        ) from error


def _download(
    wanted: FlinkVersion, staging: Path, root: Path, timeout: float, tell: Callable[[str], None]
) -> Distribution:
    tell(f"downloading Flink {wanted} (some 300 MB, once)")
    began = time.monotonic()
    archive = _fetch(wanted, staging, timeout, tell)
    home = staging / "home"
    tell(f"unpacking {archive.name}")
    unpack_home(archive, home)
    found = read_distribution(home)
    if line_of(found.version) != wanted.line:
        raise NotInstalledError(f"{archive.name} has Flink {found.version} in it", hint=_elsewhere(wanted))
    kept = root / found.version
    shutil.rmtree(kept, ignore_errors=True)  # a damaged one
    home.replace(kept)
    tell(f"Flink {found.version} is in {kept} ({time.monotonic() - began:.0f} s)")
    return Distribution(kept, found.version)


def _fetch(wanted: FlinkVersion, staging: Path, timeout: float, tell: Callable[[str], None]) -> Path:
    """pip in a process of its own, which can be ended: a slow server keeps a socket alive for ever."""
    exact = wanted.line + (f".{wanted.patch}" if wanted.patch >= 0 else ".*")
    folder, temporary, log = staging / "dist", staging / "tmp", staging / "pip.log"
    temporary.mkdir()
    command = [sys.executable, "-m", "pip", "download", f"{_NAME}=={exact}", "--dest", str(folder)]
    # Python is not what these jars are for; a broken connection is told once more, not for minutes.
    command += ["--no-deps", "--ignore-requires-python", "--no-cache-dir", "--retries", "1", "--timeout", "20"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    with log.open("wb") as out:
        code = _run(command, out.fileno(), temporary, timeout, _Progress(staging, tell))
    said = _CREDENTIALS.sub("***@", log.read_text("utf-8", "replace"))
    if code is None:
        raise NotInstalledError(f"Flink {wanted} did not arrive in {timeout:.0f} s", hint=_elsewhere(wanted))
    if code != 0:
        raise _refused(wanted, said)
    return next(folder.iterdir())


def _run(command: list[str], out: int, temporary: Path, timeout: float, look: Callable[[], None]) -> int | None:
    """Its exit code; None when it was ended for taking longer. Nothing of it is left, whatever happens."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT,
        cwd=temporary,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    deadline = time.monotonic() + timeout
    try:
        while process.poll() is None and time.monotonic() < deadline:
            look()
            time.sleep(_POLL)
        return process.poll()
    finally:
        if process.poll() is None:
            end([psutil.Process(process.pid)], _GRACE)
        process.wait(_GRACE)


class _Progress:
    """Says now and then how much of the download lies in its folder."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._tell = tell
        self._began = self._told = time.monotonic()

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self._told < _TELL_EVERY:
            return
        self._told = now
        self._tell(f"{size(_largest_in(self._folder))} of it after {now - self._began:.0f} s")


def _largest_in(folder: Path) -> int:
    """Bytes of the largest file: the archive, as long as it arrives."""
    largest = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # pip moved it meanwhile
            largest = max(largest, path.stat().st_size if path.is_file() else 0)
    return largest


def _refused(wanted: FlinkVersion, said: str) -> NotInstalledError:
    offered = _OFFERED.search(said)
    versions = offered["versions"].replace("none", "").split(", ") if offered else []
    if offered and any(versions):
        newest = ", ".join(reversed(versions[-8:]))
        return NotInstalledError(
            f"pip's index has no Flink {wanted}, but {newest}, ...", hint=_elsewhere(wanted), details=said
        )
    if offered or _UNREACHABLE in said:
        return NotInstalledError(
            f"Flink {wanted} could not be downloaded: the index that pip uses "
            + ("cannot be reached" if _UNREACHABLE in said else f"has no {_NAME}"),
            hint=f"{_elsewhere(wanted)}, or give pip an index that has it (PIP_INDEX_URL)",
            details=said,
        )
    error = next((line for line in reversed(said.splitlines()) if line.startswith("ERROR: ")), "ERROR: pip failed")
    return NotInstalledError(
        f"Flink {wanted} could not be downloaded: {error.removeprefix('ERROR: ')}",
        hint=_elsewhere(wanted),
        details=said,
    )


def _elsewhere(wanted: FlinkVersion) -> str:
    return f"name a folder of Flink {wanted.line}: FLINKLAB_FLINK_HOMES={wanted.line}=/path/to/flink"


def _ignore(_line: str) -> None:
    pass
