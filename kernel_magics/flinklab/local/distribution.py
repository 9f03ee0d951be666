"""The Flink that pip installed."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from flinklab.domain.errors import NotInstalledError

INSTALL_HINT = 'pip install "flinklab[local]"'


@dataclass(frozen=True, slots=True)
class Distribution:
    """`home` is the pyflink folder, laid out like a Flink download."""

    home: Path
    version: str

    @property
    def lib(self) -> tuple[Path, ...]:
        return tuple(sorted((self.home / "lib").glob("*.jar")))

    @property
    def python_jar(self) -> Path:
        return self.home / "opt" / f"flink-python-{self.version}.jar"

    @property
    def gateway_coordinates(self) -> str:
        """pip's Flink comes without the SQL Gateway; it must be of the very same version."""
        return f"org.apache.flink:flink-sql-gateway:{self.version}"


def find_distribution() -> Distribution:
    """Find pyflink without importing it (which takes seconds). `NotInstalledError` when it is not there."""
    spec = importlib.util.find_spec("pyflink")
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise NotInstalledError("apache-flink is not installed", hint=_hint(sys.version_info[:2]))
    return read_distribution(Path(places[0]))


def read_distribution(home: Path) -> Distribution:
    dists = sorted((home / "lib").glob("flink-dist-*.jar"))
    if len(dists) != 1:
        raise NotInstalledError(
            f"{home} has {len(dists)} flink-dist jars in lib/, not one",
            hint='pip install --force-reinstall "apache-flink" "apache-flink-libraries"',
        )
    return Distribution(home, dists[0].stem.removeprefix("flink-dist-"))


def _hint(python: tuple[int, ...]) -> str:
    if python >= (3, 13):
        return (
            f"apache-flink has no wheels for Python {python[0]}.{python[1]}: "
            f"use Python 3.10 to 3.12 and {INSTALL_HINT}, or connect to a gateway that runs elsewhere"
        )
    return INSTALL_HINT
