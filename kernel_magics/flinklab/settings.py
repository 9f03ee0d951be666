"""Settings from the environment and from pyproject.toml.

`FLINKLAB_SLOTS=4` in the environment wins over `slots = 4` under `[tool.flinklab]` of the nearest pyproject.toml
(from the current folder upwards), which wins over the default.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from flinklab.domain.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PREFIX = "FLINKLAB_"


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set. Times are in seconds; None leaves the choice to the part that it is for.

    Of the embedded Flink: `state_dir` (pids, logs, checkpoints, savepoints), `cache_dir` (downloaded jars),
    `maven_mirror` (URL of a Maven repository to use in place of the default one), `jars_dir` (a folder of jars that
    is asked before any download), `java_home`, `slots`, `taskmanager_memory` (MiB, the whole process),
    `start_timeout`.

    Where to connect without naming it: `gateway_url`, `jobmanager_url`.

    Of queries: `rows_kept` (rows of a result in memory), `limit` (rows) and `timeout` end a query,
    `wait_timeout` ends one that nobody watches and that has no other budget, `query_max_life` ends one that was
    forgotten.
    """

    state_dir: Path | None = None
    cache_dir: Path | None = None
    maven_mirror: str | None = None
    jars_dir: Path | None = None
    java_home: Path | None = None
    slots: int | None = None
    taskmanager_memory: int | None = None
    start_timeout: float | None = None
    gateway_url: str | None = None
    jobmanager_url: str | None = None
    rows_kept: int = 10_000
    limit: int | None = None
    timeout: float | None = None
    wait_timeout: float = 60.0
    query_max_life: float = 24 * 3600.0

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
    """How one kind of setting is read. `kinds` are the types that TOML may give."""

    convert: Callable[[Any], Any]
    kinds: tuple[type, ...]
    wanted: str

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
        return folder / converted if isinstance(converted, Path) else converted

    def _wrong(self, name: str, value: object) -> UsageError:
        return UsageError(f"{name} must be {self.wanted}, not {value!r}")


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


_COUNT = _Reader(_count, (int,), "a whole number of at least 1")
_SECONDS = _Reader(_seconds, (int, float), "a number of seconds above 0")
_URL = _Reader(_url, (str,), "a URL that begins with http:// or https://")
_PATH = _Reader(_path, (str,), "a path")
_BY_TYPE = {"Path | None": _PATH, "int": _COUNT, "int | None": _COUNT, "float": _SECONDS, "float | None": _SECONDS}
_READERS = {field.name: _BY_TYPE.get(str(field.type), _URL) for field in fields(Settings)}
