"""Hadoop's jars, from where flinklab gets its jars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

from flinklab.local.coordinates import Coordinates
from flinklab.local.jars import resolve_jar
from flinklab.local.settings import LocalSettings

_AT_ONCE = 6
_TELL_EVERY = 25


def daemon_jars(settings: LocalSettings, progress: Callable[[str], None]) -> list[Path]:
    """Those of the ResourceManager, the NodeManager and ZooKeeper (86 MB). Raises as `resolve_jar` does."""
    return _resolve(_listed("daemon_jars.txt"), settings, progress)


def client_jars(settings: LocalSettings, progress: Callable[[str], None]) -> list[Path]:
    """Those that Flink's client and the containers need (52 MB). Raises as `resolve_jar` does."""
    return _resolve(_listed("client_jars.txt"), settings, progress)


def _listed(name: str) -> list[str]:
    lines = (files("flinklab.yarn.lab") / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _resolve(coordinates: Sequence[str], settings: LocalSettings, progress: Callable[[str], None]) -> list[Path]:
    missing = [each for each in coordinates if not _is_cached(each, settings)]
    if missing:
        progress(f"getting {len(missing)} jars of Hadoop")
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        fetching = [pool.submit(resolve_jar, each, settings) for each in missing]
        for done, each in enumerate(fetching, 1):
            each.result()
            if done % _TELL_EVERY == 0:
                progress(f"{done} of {len(missing)} jars are there")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [resolve_jar(each, settings) for each in coordinates]


def _is_cached(coordinates: str, settings: LocalSettings) -> bool:
    return (settings.cache_dir / "jars" / Coordinates.parse(coordinates).path).is_file()
