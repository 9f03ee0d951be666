"""What a lab was started with, kept in its folder: the next process attaches by it and starts a part again."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from flinklab.domain.typed import decode
from flinklab.local.daemon import Daemon
from flinklab.local.java import Java
from flinklab.local.plan import utf8_locale
from flinklab.yarn.lab.config import flink_defaults, manager_ids
from flinklab.yarn.lab.options import LabOptions

ZOOKEEPER = "zookeeper"
NODEMANAGER = "nodemanager"
_MANAGER = "resourcemanager"

_FILE = "lab.json"
_MAIN = {
    ZOOKEEPER: "org.apache.zookeeper.server.quorum.QuorumPeerMain",
    _MANAGER: "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager",
    NODEMANAGER: "org.apache.hadoop.yarn.server.nodemanager.NodeManager",
}
_JVM = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.net.preferIPv4Stack=true",
)
_OPENS = ("--add-opens=java.base/java.lang=ALL-UNNAMED", "--add-opens=java.base/java.util=ALL-UNNAMED")
_HEAP = {ZOOKEEPER: 128, _MANAGER: 256, NODEMANAGER: 256}  # MiB


class Part(msgspec.Struct, frozen=True):
    """A daemon of the lab: how it is started, and its log."""

    name: str
    title: str
    command: tuple[str, ...]
    environment: dict[str, str]
    log: str


class Plan(msgspec.Struct, frozen=True):
    """`parts` in the order in which they are started; `ports` by the names of `config.port_names`."""

    options: LabOptions
    ports: dict[str, int]
    parts: tuple[Part, ...]
    client_jars: tuple[str, ...]
    started_at: datetime

    @property
    def manager_ports(self) -> list[int]:
        """Of the REST APIs of the ResourceManagers."""
        return [self.ports[f"{rm}.webapp.address"] for rm in manager_ids(self.options)]

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)


@dataclass(frozen=True, slots=True)
class YarnLab:
    """A YARN that serves. `urls` of its ResourceManagers; `conf_dir` is what HADOOP_CONF_DIR has to be.

    `hadoop_classpath`: Hadoop's classes for Flink's client; `zookeeper`: its `host:port`, when there is one; `pids`
    and `logs` by the name of the daemon (`resourcemanager`, `nodemanager`, ...); `requests`: where each
    ResourceManager logs the requests that it gets, a line each; `flink_defaults`: Flink's configuration of sessions
    that suit it.
    """

    urls: tuple[str, ...]
    conf_dir: Path
    hadoop_classpath: str
    zookeeper: str | None
    folder: Path
    options: LabOptions
    pids: Mapping[str, int]
    logs: Mapping[str, Path]
    requests: Mapping[str, Path]
    started_at: datetime
    flink_defaults: Mapping[str, str] = field(default_factory=dict)


def manager_names(options: LabOptions) -> list[str]:
    """`resourcemanager`; with two of them `resourcemanager-1` and `resourcemanager-2`."""
    ids = manager_ids(options)
    return [_MANAGER] if len(ids) == 1 else [f"{_MANAGER}-{number}" for number, _ in enumerate(ids, 1)]


def make_parts(folder: Path, options: LabOptions, java: Java, daemon_jars: Sequence[Path]) -> tuple[Part, ...]:
    home = java.executable.resolve().parent.parent
    conf = folder / "conf"
    environment = {
        # JAVA_HOME and HADOOP_CONF_DIR are what the containers get, too.
        "JAVA_HOME": str(home),
        "HADOOP_CONF_DIR": str(conf),
        "YARN_CONF_DIR": str(conf),
        **utf8_locale(os.environ),
    }
    classpath = ":".join(map(str, (conf, *daemon_jars)))

    def part(kind: str, name: str, title: str, *arguments: str) -> Part:
        log = log_folder(folder) / f"{name}.log"
        command = (
            str(java.executable),
            f"-Xmx{_HEAP[kind]}m",
            *_JVM,
            *_OPENS,
            f"-Dyarn.log.dir={log.parent}",
            f"-Dyarn.log.file={log.name}",
            f"-Dyarn.requests.file={requests_file(folder, name).name}",
            "-cp",
            classpath,
            _MAIN[kind],
            *arguments,
        )
        return Part(name, title, command, environment, str(log))

    parts = []
    if options.has_zookeeper:
        parts.append(part(ZOOKEEPER, ZOOKEEPER, "ZooKeeper", str(conf / "zoo.cfg")))
    for name, rm in zip(manager_names(options), manager_ids(options), strict=True):
        which = (f"-Dyarn.resourcemanager.ha.id={rm}",) if options.ha else ()
        title = f"ResourceManager {rm}" if options.ha else "ResourceManager"
        parts.append(part(_MANAGER, name, title, *which))
    parts.append(part(NODEMANAGER, NODEMANAGER, "NodeManager"))
    return tuple(parts)


def run_folder(folder: Path) -> Path:
    """Where the state files of the daemons are."""
    return folder / "run"


def log_folder(folder: Path) -> Path:
    return run_folder(folder) / "log"


def requests_file(folder: Path, name: str) -> Path:
    return log_folder(folder) / f"{name}-requests.log"


def read_plan(folder: Path) -> Plan | None:
    """None when there is none, or when another version wrote it."""
    try:
        return decode((folder / _FILE).read_bytes(), Plan)
    except (FileNotFoundError, NotADirectoryError, msgspec.MsgspecError):
        return None


def write_plan(folder: Path, plan: Plan) -> None:
    draft = folder / f"{_FILE}.{os.getpid()}"
    draft.write_bytes(msgspec.json.encode(plan))
    draft.replace(folder / _FILE)


def describe(folder: Path, plan: Plan, daemons: Sequence[Daemon]) -> YarnLab:
    zookeeper = f"localhost:{plan.ports['zookeeper']}" if plan.options.has_zookeeper else None
    return YarnLab(
        urls=tuple(f"http://localhost:{port}" for port in plan.manager_ports),
        conf_dir=folder / "conf",
        hadoop_classpath=":".join(plan.client_jars),
        zookeeper=zookeeper,
        folder=folder,
        options=plan.options,
        pids={daemon.name: daemon.id.pid for daemon in daemons},
        logs={daemon.name: Path(daemon.log) for daemon in daemons},
        requests={name: requests_file(folder, name) for name in manager_names(plan.options)},
        started_at=plan.started_at,
        flink_defaults=flink_defaults(folder, zookeeper),
    )
