"""Settings from the environment and from pyproject.toml.

`FLINKLAB_SLOTS=4` in the environment wins over `slots = 4` under `[tool.flinklab]` of the nearest pyproject.toml
(from the current folder upwards), which wins over the default.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from flinklab.domain.errors import UsageError
from flinklab.domain.flink_versions import line_of
from flinklab.references import FORMS, is_reference

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PREFIX = "FLINKLAB_"
_LONGEST_NAME = 255  # characters


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set. Times are in seconds; None leaves the choice to the part that it is for.

    Of the embedded Flink: `state_dir` (pids, logs, checkpoints, savepoints), `cache_dir` (downloaded jars),
    `maven_mirror` (URL of a Maven repository to use in place of the default one), `jars_dir` (a folder of jars that
    is asked before any download), `java_home`, `slots`, `taskmanager_memory` (MiB, the whole process),
    `start_timeout`, `flink_version` (`1.20`; None: pip's), `flink_homes` (folders of Flink by minor version, for
    gateways beside it, too).

    Where to connect without naming it: `gateway_url`, `jobmanager_url`.

    Of queries: `rows_kept` (rows of a result in memory), `limit` (rows) and `timeout` end a query,
    `wait_timeout` ends one that nobody watches and that has no other budget, `query_max_life` ends one that was
    forgotten.

    Of the shared catalog: `catalog_url` (its database: `sqlite:////path/catalog.db` or
    `postgresql://user@host/database`; None is a file in the user's data folder), `catalog_password` (a reference
    to the server's password: `env:NAME`, `file:PATH`, `keyring:SERVICE/NAME`), `catalog_key` (a reference to the
    key that secrets in the catalog are encrypted with; None is a file in the user's data folder, made when it is
    needed), `team` (where new things go), `search_path` (teams in which a name without a team is looked up
    after `team`, the first one first), `environment` (whose values variables have), `history_days` (for which
    the history of statements is kept).

    Of what supervisors record: `sample_every` (seconds between two looks at a job's metrics; None: as often as the
    number of jobs allows), `raw_days`, `minute_days`, `hour_days` (how long series are kept as they were sampled,
    by the minute, by the hour), `checkpoint_days` (checkpoints that nothing can be started from), `event_days`.
    """

    state_dir: Path | None = None
    cache_dir: Path | None = None
    maven_mirror: str | None = None
    jars_dir: Path | None = None
    java_home: Path | None = None
    slots: int | None = None
    taskmanager_memory: int | None = None
    start_timeout: float | None = None
    flink_version: str | None = None
    flink_homes: Mapping[str, Path] | None = None
    gateway_url: str | None = None
    jobmanager_url: str | None = None
    rows_kept: int = 10_000
    limit: int | None = None
    timeout: float | None = None
    wait_timeout: float = 60.0
    query_max_life: float = 24 * 3600.0
    catalog_url: str | None = field(default=None, repr=False)  # there may be a password in it
    catalog_password: str | None = None
    catalog_key: str | None = None
    team: str = "my"
    search_path: tuple[str, ...] = ()
    environment: str = "dev"
    history_days: int = 365
    sample_every: float | None = None
    raw_days: int = 1
    minute_days: int = 30
    hour_days: int = 365
    checkpoint_days: int = 90
    event_days: int = 365

    def for_local(self) -> dict[str, Any]:
        """What is set of the embedded Flink, as the arguments of `flinklab.local.LocalSettings`."""
        return {name: value for name in _LOCAL if (value := getattr(self, name)) is not None}


_LOCAL = (
    "state_dir",
    "cache_dir",
    "maven_mirror",
    "jars_dir",
    "java_home",
    "slots",
    "taskmanager_memory",
    "start_timeout",
    "flink_version",
    "flink_homes",
)


def load_settings(folder: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings that hold in `folder` (the current one). `UsageError` names what is wrong, and where."""
    folder = Path.cwd() if folder is None else folder
    values = {**_from_pyproject(folder), **_from_environment(os.environ if environ is None else environ, folder)}
    return Settings(**values)


def _from_environment(environ: Mapping[str, str], folder: Path) -> dict[str, Any]:
    values = {}
    for key, text in environ.items():
        if key.startswith(_PREFIX) and text:
            name = key.removeprefix(_PREFIX).lower()
            if name not in _READERS:
                raise _unknown(key, name, lambda known: _PREFIX + known.upper())
            values[name] = _READERS[name].from_text(key, text, folder)
    return values


def _from_pyproject(folder: Path) -> dict[str, Any]:
    for place in (folder.absolute(), *folder.absolute().parents):
        path = place / "pyproject.toml"
        if path.is_file():
            break
    else:
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    table = document.get("tool", {}).get("flinklab", {})
    values = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in _READERS:
            raise _unknown(f"tool.flinklab.{key} in {path}", name, lambda known: f"tool.flinklab.{known}")
        values[name] = _READERS[name].from_toml(f"tool.flinklab.{key} in {path}", value, path.parent)
    return values


def _unknown(shown: str, name: str, spell: Callable[[str], str]) -> UsageError:
    close = difflib.get_close_matches(name, _READERS, n=1)
    hint = f"did you mean {spell(close[0])}?" if close else "there are " + ", ".join(map(spell, _READERS))
    return UsageError(f"unknown setting {shown}", hint=hint)


@dataclass(frozen=True, slots=True)
class _Reader:
    """How one kind of setting is read. `kinds` are the types that TOML may give; `shown`: a wrong value is."""

    convert: Callable[[Any], Any]
    kinds: tuple[type, ...]
    wanted: str
    shown: bool = True

    def from_text(self, name: str, text: str, folder: Path) -> Any:
        return self._checked(name, text, folder)

    def from_toml(self, name: str, value: object, folder: Path) -> Any:
        # bool is an int to Python, and never a number to a person.
        if not isinstance(value, self.kinds) or isinstance(value, bool):
            raise self._wrong(name, value)
        return self._checked(name, value, folder)

    def _checked(self, name: str, value: object, folder: Path) -> Any:
        try:
            converted = self.convert(value)
        except ValueError as error:
            raise self._wrong(name, value) from error
        if isinstance(converted, dict):
            return {key: folder / path for key, path in converted.items()}
        return folder / converted if isinstance(converted, Path) else converted

    def _wrong(self, name: str, value: object) -> UsageError:
        return UsageError(f"{name} must be {self.wanted}" + (f", not {value!r}" if self.shown else ""))


def _count(value: Any) -> int:
    number = int(value)
    if number < 1:
        raise ValueError(value)
    return number


def _seconds(value: Any) -> float:
    number = float(value)
    if not 0 < number < float("inf"):
        raise ValueError(value)
    return number


def _url(value: Any) -> str:
    url = str(value)
    if not url.startswith(("http://", "https://")):
        raise ValueError(value)
    return url.rstrip("/")


def _path(value: Any) -> Path:
    return Path(value).expanduser()


def _database_url(value: Any) -> str:
    url = str(value)
    if not url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:", "postgres:")):
        raise ValueError(value)
    return url


def _reference(value: Any) -> str:
    if not is_reference(str(value)):
        raise ValueError(value)
    return str(value)


def _name(value: Any) -> str:
    name = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        raise ValueError(value)
    return name


def _names(value: Any) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    return tuple(dict.fromkeys(_name(name) for name in names))


def _version(value: Any) -> str:
    if not line_of(value):
        raise ValueError(value)
    return str(value).strip()


def _homes(value: Any) -> dict[str, Path]:
    pairs = value.items() if isinstance(value, dict) else (each.split("=", 1) for each in value.split(","))
    homes = {}
    for version, path in pairs:
        line = line_of(version.strip())
        if not line or not isinstance(path, str) or not path.strip():
            raise ValueError(value)
        homes[line] = _path(path.strip())
    return homes


_COUNT = _Reader(_count, (int,), "a whole number of at least 1")
_SECONDS = _Reader(_seconds, (int, float), "a number of seconds above 0")
_URL = _Reader(_url, (str,), "a URL that begins with http:// or https://")
_PATH = _Reader(_path, (str,), "a path")
_DATABASE_URL = _Reader(
    _database_url,
    (str,),
    "a URL such as sqlite:////path/catalog.db or postgresql://user@host/catalog",
    shown=False,
)
# What stands in the place of a reference may be the secret itself.
_REFERENCE = _Reader(_reference, (str,), f"a reference to a secret ({FORMS})", shown=False)
_NAME = _Reader(_name, (str,), f"a name of 1 to {_LONGEST_NAME} characters that can be seen")
_NAMES = _Reader(_names, (str, list), "names with commas between them, or a list of names")
_HOMES = _Reader(_homes, (str, dict), "folders by Flink's minor version, as in 1.20=/opt/flink-1.20,2.3=/opt/flink")
_VERSION = _Reader(_version, (str,), 'a version of Flink as text, as in "1.20" or "1.20.3"')
_BY_NAME = {
    "flink_version": _VERSION,
    "flink_homes": _HOMES,
    "catalog_url": _DATABASE_URL,
    "catalog_password": _REFERENCE,
    "catalog_key": _REFERENCE,
    "team": _NAME,
    "search_path": _NAMES,
    "environment": _NAME,
}
_BY_TYPE = {"Path | None": _PATH, "int": _COUNT, "int | None": _COUNT, "float": _SECONDS, "float | None": _SECONDS}
_READERS = {one.name: _BY_NAME.get(one.name) or _BY_TYPE.get(str(one.type), _URL) for one in fields(Settings)}
