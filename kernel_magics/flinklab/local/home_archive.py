"""What pip's `apache-flink-libraries` has in it: a Flink without its scripts and without its SQL Gateway."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from flinklab.domain.errors import NotInstalledError
from flinklab.local.jars import is_jar

# Up to 1.20 a source distribution, with all under deps/; since 2.0 a wheel, with all in the package.
_ABOVE = ("deps", "pyflink")
_WANTED = ("lib", "opt", "plugins")
_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError)


def unpack_home(archive: Path, home: Path) -> None:
    """Its lib/, opt/ and plugins/ into the new folder `home`. `NotInstalledError`: it is damaged."""
    try:
        members = _in_wheel(archive) if archive.suffix == ".whl" else _in_sdist(archive)
        for name, content in members:
            target = home.joinpath(*name.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                shutil.copyfileobj(content, file, 1024 * 1024)
    except _DAMAGED as error:
        raise NotInstalledError(f"{archive.name} could not be unpacked: {error}", hint="try again") from error
    jars = (path for path in sorted(home.rglob("*.jar")) if path.is_file())
    broken = next((jar for jar in jars if not is_jar(jar)), None)
    if broken is not None:
        raise NotInstalledError(f"{broken.name} in {archive.name} is no whole jar", hint="try again")


def _in_sdist(archive: Path) -> Iterator[tuple[PurePosixPath, IO[bytes]]]:
    with tarfile.open(archive, "r|*") as entries:
        for entry in entries:
            name = _place(PurePosixPath(*PurePosixPath(entry.name).parts[1:]))
            content = entries.extractfile(entry) if name is not None and entry.isreg() else None
            if name is not None and content is not None:
                yield name, content


def _in_wheel(archive: Path) -> Iterator[tuple[PurePosixPath, IO[bytes]]]:
    with zipfile.ZipFile(archive) as entries:
        for entry in entries.infolist():
            name = _place(PurePosixPath(entry.filename))
            if name is not None and not entry.is_dir():
                with entries.open(entry) as content:
                    yield name, content


def _place(name: PurePosixPath) -> PurePosixPath | None:
    """Where it goes in the home; None when it is not wanted. No name leads out of the home."""
    parts = name.parts
    if len(parts) < 3 or parts[0] not in _ABOVE or parts[1] not in _WANTED or ".." in parts:
        return None
    return PurePosixPath(*parts[1:])
