"""Hadoop's jars, from where flinklab gets its jars."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from flinklab.local.jars import resolve_jars
from flinklab.local.settings import LocalSettings
from flinklab.yarn.hadoop import HADOOP_JARS


def daemon_jars(settings: LocalSettings, progress: Callable[[str], None]) -> list[Path]:
    """Those of the ResourceManager, the NodeManager and ZooKeeper (86 MB). Raises as `resolve_jar` does."""
    lines = (files("flinklab.yarn.lab") / "daemon_jars.txt").read_text(encoding="utf-8").splitlines()
    return resolve_jars([line for line in lines if line and not line.startswith("#")], settings, progress)


def client_jars(settings: LocalSettings, progress: Callable[[str], None]) -> list[Path]:
    """Those that Flink's client and the containers need (52 MB), whatever Hadoop the machine has."""
    return resolve_jars(HADOOP_JARS, settings, progress)
