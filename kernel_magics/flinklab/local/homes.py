"""Homes of Flink: where its jars are, by version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from flinklab.domain.errors import JarUnavailableError, NotInstalledError
from flinklab.domain.flink_versions import FlinkVersion, line_of, parse_version
from flinklab.local.distribution import Distribution, find_distribution, read_distribution
from flinklab.local.home_download import download_home
from flinklab.local.jars import resolve_jar
from flinklab.local.lock import locked
from flinklab.local.settings import LocalSettings

Progress = Callable[[str], None]

_NONE: Mapping[str, str] = {}


def home_for(
    version: str,
    settings: LocalSettings,
    registered: Mapping[str, str] = _NONE,
    progress: Progress | None = None,
) -> Distribution:
    """A Flink of that minor version: the folder that is named for it in `registered`, then in
    `settings.flink_homes`, then pip's own, then one of the cache, then a download into it (hundreds of MB, once).

    A patch level (`1.20.3`) chooses among those of the cache and what is downloaded, for any of a minor version
    serves. Without one, the newest is downloaded. Two processes that need the same one wait for one download.

    Raises `UsageError` for what is no version, and `NotInstalledError` with what to do.
    """
    wanted = parse_version(version)
    found = _named(wanted, registered) or _named(wanted, settings.flink_homes)
    found = found or _own(wanted) or _cached(wanted, settings)
    if found is not None:
        return found
    root = _root(settings)
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotInstalledError(
            f"Flink {wanted} could not be kept in {root}: {error.strerror or error}", hint="set cache_dir"
        ) from error
    patience = settings.home_timeout + settings.download_timeout

    def waiting() -> None:
        if progress is not None:
            progress(f"another process is downloading Flink {wanted}; waiting for that")

    with locked(root, patience, waiting, what="a download of Flink"):
        return _cached(wanted, settings) or download_home(wanted, root, settings.home_timeout, progress)


def gateway_jar(flink: Distribution, settings: LocalSettings, progress: Progress | None = None) -> Path:
    """The SQL Gateway's jar: a Flink from its own site brings it, pip's does not. Raises `JarUnavailableError`."""
    own = flink.home / "opt" / f"flink-sql-gateway-{flink.version}.jar"
    if own.is_file():
        return own
    try:
        return resolve_jar(flink.gateway_coordinates, settings, progress)
    except JarUnavailableError as error:
        # pip's index and a Maven repository do not get a new patch level on the same day.
        error.hint = f"{error.hint}; another patch level of {line_of(flink.version)} may be in both: name it whole"
        raise


def _named(wanted: FlinkVersion, homes: Mapping[str, str] | Mapping[str, Path]) -> Distribution | None:
    folder = next((home for key, home in homes.items() if line_of(key) == wanted.line), None)
    if folder is None:
        return None
    home = Path(folder).expanduser().resolve()  # it stands in class paths of processes in other folders
    try:
        found = read_distribution(home)
    except NotInstalledError as error:
        raise NotInstalledError(
            f"there is no Flink in {home}, which is named as the home of Flink {wanted.line}",
            hint="name the folder in which its lib/ is",
            details=str(error),
        ) from error
    if line_of(found.version) != wanted.line:
        raise NotInstalledError(
            f"{home} is named as the home of Flink {wanted.line}, and has Flink {found.version} in it",
            hint=f"name a folder of Flink {wanted.line}",
        )
    return found


def _own(wanted: FlinkVersion) -> Distribution | None:
    try:
        found = find_distribution()
    except NotInstalledError:
        return None
    return found if line_of(found.version) == wanted.line else None


def _cached(wanted: FlinkVersion, settings: LocalSettings) -> Distribution | None:
    """The one of the patch level that is wanted, or the newest when none is."""
    found = [
        home
        for home in _homes_in(_root(settings))
        if line_of(home.version) == wanted.line and wanted.patch in (-1, parse_version(home.version).patch)
    ]
    return max(found, key=lambda home: parse_version(home.version), default=None)


def _homes_in(root: Path) -> Iterator[Distribution]:
    for folder in root.glob("[0-9]*"):
        try:
            yield read_distribution(folder)
        except NotInstalledError:  # somebody took jars out of it: as if it were not there
            continue


def _root(settings: LocalSettings) -> Path:
    return settings.cache_dir / "flink"
