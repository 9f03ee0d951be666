"""SQL Gateways that are kept on this machine for clusters elsewhere, one for each version of Flink.

They have no cluster of their own: each statement says where to (`execution.target: remote`, `rest.address`,
`rest.port`). So one serves all clusters of its minor version, and a statement that does not say it reaches none.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flinklab.domain.errors import StartFailedError
from flinklab.domain.flink_versions import FlinkVersion, line_of, parse_version
from flinklab.local import preflight, probe
from flinklab.local.config import LOOPBACK, gateway_config, write_config
from flinklab.local.distribution import Distribution
from flinklab.local.homes import gateway_jar, home_for
from flinklab.local.java import find_java
from flinklab.local.plan import flink_environment, gateway_command
from flinklab.local.settings import LocalSettings

if TYPE_CHECKING:
    from flinklab.local.daemon import Daemon, Daemons

Progress = Callable[[str], None]

_NONE: Mapping[str, str] = {}
_ASK_TIMEOUT = 2.0
_ANSWER_WITHIN = 30.0
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class KeptGateway:
    """One that runs. `version`: Flink's whole one. `log` is its log file."""

    url: str
    version: str
    pid: int
    log: Path
    started_at: datetime


def up(
    version: str,
    settings: LocalSettings,
    progress: Progress | None = None,
    registered: Mapping[str, str] = _NONE,
) -> KeptGateway:
    """A gateway of that minor version: the one that runs, or one that is started now from its home (`home_for`).

    It serves when this returns. One that does not answer any more is replaced. Processes that ask for the same one
    at the same time get the same one. `progress` gets a line for each step, in this thread. Raises `UsageError` for
    what is no version, and a `LocalFlinkError`; nothing that was started is left running then, nor after a
    KeyboardInterrupt.
    """
    preflight.require_system()
    tell = progress or _ignore
    running = find(version, settings)
    if running is not None:
        return running
    flink = home_for(version, settings, registered, progress)
    jar = gateway_jar(flink, settings, progress)
    daemons = _daemons(settings)
    patience = 2 * settings.start_timeout + _ANSWER_WITHIN
    with daemons.locked(patience, lambda: tell("another process is starting a gateway; waiting for that")):
        kept = daemons.find(_name(flink.version))
        daemon = _attach(daemons, kept, settings) if kept is not None else None
        return _describe(daemon or _start(daemons, flink, jar, settings, tell))


def find(version: str, settings: LocalSettings) -> KeptGateway | None:
    """One that serves, of that version or, where no patch level is said, of that minor version: the newest.

    Raises `UsageError` for what is no version.
    """
    wanted = parse_version(version)
    return max(
        (each for each in kept(settings) if _is_meant(each.version, wanted)),
        key=lambda each: parse_version(each.version),
        default=None,
    )


def kept(settings: LocalSettings) -> list[KeptGateway]:
    """Those that serve now, the one that was started first at the head."""
    if not _folder(settings).is_dir():
        return []
    preflight.require_system()
    return [_describe(each) for each in _daemons(settings).all() if each.ready and _serves(each)]


def down(version: str, settings: LocalSettings, progress: Progress | None = None) -> list[str]:
    """End those of that version, or without a patch level of that minor version, and nothing else.

    Their versions; empty when none ran. Jobs that were submitted through them go on. Raises `UsageError`.
    """
    wanted = parse_version(version)
    if not _folder(settings).is_dir():
        return []
    preflight.require_system()
    tell = progress or _ignore
    daemons = _daemons(settings)
    patience = 2 * settings.start_timeout + _ANSWER_WITHIN
    with daemons.locked(patience, lambda: tell("another process is starting a gateway; waiting for that")):
        ended = [each for each in daemons.all() if _is_meant(each.facts.get("version", ""), wanted)]
        for each in ended:
            daemons.end(each.name)
            tell(f"ended the {each.title} (process {each.id.pid})")
    return [each.facts["version"] for each in ended]


def _attach(daemons: Daemons, found: Daemon, settings: LocalSettings) -> Daemon | None:
    """The one that runs, once it serves: who started it may have been killed while it waited for that."""
    try:
        within = _ANSWER_WITHIN if found.ready else settings.start_timeout
        return daemons.await_ready(found, lambda: _serves(found), within)
    except StartFailedError:
        return None


def _start(daemons: Daemons, flink: Distribution, jar: Path, settings: LocalSettings, tell: Progress) -> Daemon:
    name = _name(flink.version)
    java = find_java(settings.java_home)
    conf, log = daemons.folder / "conf" / name, daemons.folder / "log" / f"{name}.log"
    tell(f"starting a SQL Gateway of Flink {flink.version} with {java}")
    for attempt in range(1, _ATTEMPTS + 1):
        port = _free_port()
        try:
            write_config(conf, gateway_config(port))
            with contextlib.suppress(FileNotFoundError):
                log.replace(log.with_suffix(".log.previous"))
        except OSError as error:
            raise preflight.folder_error(daemons.folder, error) from error
        try:
            return daemons.start(
                name,
                gateway_command(java, flink, jar, conf, log, more=_hadoop(os.environ)),
                lambda port=port: probe.gateway_answers(port, _ASK_TIMEOUT),  # type: ignore[misc]
                settings.start_timeout,
                title=f"SQL Gateway of Flink {flink.version}",
                environment=flink_environment(flink, conf),
                log=log,
                facts={"version": flink.version, "port": str(port)},
            )
        except StartFailedError as error:
            # Between choosing a port and Flink's binding to it somebody else may take it.
            if attempt == _ATTEMPTS or "BindException" not in error.message:
                raise
            tell("the port was taken meanwhile; trying another")
    raise AssertionError("unreachable")


def _hadoop(environ: Mapping[str, str]) -> list[Path]:
    """What Flink's own scripts put on the class path of a machine with Hadoop: hdfs:// in a table's options."""
    entries = [*environ.get("HADOOP_CLASSPATH", "").split(":"), environ.get("HADOOP_CONF_DIR", "")]
    return [Path(entry) for entry in entries if entry]


def _free_port() -> int:
    with socket.socket() as probed:
        probed.bind((LOOPBACK, 0))
        return int(probed.getsockname()[1])


def _serves(daemon: Daemon) -> bool:
    return probe.gateway_answers(int(daemon.facts["port"]), _ASK_TIMEOUT)


def _describe(daemon: Daemon) -> KeptGateway:
    url = f"http://{LOOPBACK}:{daemon.facts['port']}"
    return KeptGateway(url, daemon.facts["version"], daemon.id.pid, Path(daemon.log), daemon.started_at)


def _is_meant(version: str, wanted: FlinkVersion) -> bool:
    if line_of(version) != wanted.line:
        return False
    return wanted.patch in (-1, parse_version(version).patch)


def _name(version: str) -> str:
    return f"flink-{version}"


def _folder(settings: LocalSettings) -> Path:
    return settings.state_dir / "gateways"


def _daemons(settings: LocalSettings) -> Daemons:
    from flinklab.local.daemon import Daemons  # psutil

    return Daemons(_folder(settings))


def _ignore(_line: str) -> None:
    pass
