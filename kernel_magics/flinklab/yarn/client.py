"""Flink's own client for YARN, as a process."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil

from flinklab.domain.errors import StartFailedError
from flinklab.local.config import render_log4j, render_yaml
from flinklab.local.distribution import Distribution
from flinklab.local.plan import OPENS
from flinklab.local.processes import end
from flinklab.yarn.identity import SIMPLE, Identity

SESSION = "org.apache.flink.yarn.cli.FlinkYarnSessionCli"

_LINES_KEPT = 2000
_HEAP = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_CLIENT_LOG = """\
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1} - %m%n
"""
# The client prints every option as it reads it, with passwords in it.
_OPTION = "GlobalConfiguration - Loading configuration property: "
_SET = "Dynamic Property set: "


class Program(Protocol):
    """What is started: `conf` is the folder with its configuration."""

    def command(self, conf: Path) -> Sequence[str]: ...

    def environment(self, conf: Path) -> Mapping[str, str]:
        """The whole environment of the process."""
        ...


@dataclass(frozen=True, slots=True)
class FlinkClient:
    """Java with a Flink and Hadoop's classes. `hadoop_classpath`: as `HADOOP_CLASSPATH` has it.

    `identity`: who submits. With Kerberos it is who has the ticket, or the keytab in Flink's configuration.
    """

    java: Path
    flink: Distribution
    hadoop_classpath: str
    hadoop_conf: Path
    identity: Identity = field(default_factory=Identity)
    main: str = SESSION
    arguments: tuple[str, ...] = ("-d",)

    def command(self, conf: Path) -> Sequence[str]:
        krb5 = os.environ.get("KRB5_CONFIG")  # which Java does not read
        return [
            str(self.java),
            *_HEAP,
            *OPENS,
            *((f"-Djava.security.krb5.conf={krb5}",) if krb5 else ()),
            f"-Dlog4j.configurationFile={(conf / 'log4j-cli.properties').as_uri()}",
            "-cp",
            os.pathsep.join((*map(str, self.flink.lib), self.hadoop_classpath, str(self.hadoop_conf))),
            self.main,
            *self.arguments,
        ]

    def environment(self, conf: Path) -> Mapping[str, str]:
        inherited = {name: text for name, text in os.environ.items() if name not in _OF_USERS or text}
        if self.identity.auth == SIMPLE:
            inherited["HADOOP_USER_NAME"] = self.identity.user
        if self.identity.proxy_user:
            inherited["HADOOP_PROXY_USER"] = self.identity.proxy_user
        home = self.flink.home
        return inherited | {
            "FLINK_HOME": str(home),
            "FLINK_CONF_DIR": str(conf),
            "FLINK_LIB_DIR": str(home / "lib"),
            "FLINK_OPT_DIR": str(home / "opt"),
            "FLINK_PLUGINS_DIR": str(home / "plugins"),
            "HADOOP_CONF_DIR": str(self.hadoop_conf),
        }


# Hadoop takes an empty one for a user without a name.
_OF_USERS = ("HADOOP_PROXY_USER", "HADOOP_USER_NAME")


@contextlib.contextmanager
def configured(config: Mapping[str, str]) -> Iterator[Path]:
    """A folder for `FLINK_CONF_DIR` while the client runs. Nobody else may read it: there may be secrets in it."""
    with tempfile.TemporaryDirectory(prefix="flinklab-client-") as name:
        folder = Path(name)
        # Else the client writes which application was the last one where everybody's `flink run` looks for it.
        kept = {"yarn.properties-file.location": str(folder), **config}
        (folder / "config.yaml").write_text(render_yaml(kept), encoding="utf-8")
        (folder / "log4j.properties").write_text(render_log4j(), encoding="utf-8")  # of the containers
        (folder / "log4j-cli.properties").write_text(_CLIENT_LOG, encoding="utf-8")
        yield folder


class Client:
    """A program that runs. It is in a session of its own: Ctrl-C in a terminal does not reach it."""

    def __init__(self, program: Program, conf: Path) -> None:
        """Raises `StartFailedError`."""
        self.lines: deque[str] = deque(maxlen=_LINES_KEPT)
        try:
            self._process = subprocess.Popen(
                program.command(conf),
                env=dict(program.environment(conf)),
                cwd=conf,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise StartFailedError(f"Flink's client could not be started: {error}") from error
        self._printed: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="flinklab-yarn-client", daemon=True)
        self._reader.start()

    def news(self, timeout: float) -> list[str]:
        """What it printed since the last time; waits at most `timeout` seconds for a line."""
        lines = []
        with contextlib.suppress(queue.Empty):
            lines.append(self._printed.get(timeout=timeout))
            while True:
                lines.append(self._printed.get_nowait())
        self.lines.extend(lines)
        return lines

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs or has printed what was not read yet."""
        if self._reader.is_alive() or not self._printed.empty():
            return None
        return self._process.wait()

    def let_end(self, patience: float) -> None:
        """Wait until it has ended by itself; after `patience` seconds kill it, so that it cleans up nothing.

        Then all that it printed is there to be read.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        self._process.kill()
        self._process.wait()
        self._reader.join(patience)

    def end(self, grace: float) -> None:
        """Ask it to end, which lets it clean up, and kill it after `grace` seconds."""
        with contextlib.suppress(psutil.NoSuchProcess):
            end([psutil.Process(self._process.pid)], grace)
        self._process.wait()
        self._reader.join(grace)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as printed:
            for line in printed:
                if _OPTION not in line and _SET not in line:
                    self._printed.put(line.rstrip("\n"))
