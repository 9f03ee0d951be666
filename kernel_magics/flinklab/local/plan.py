"""What the keeper is told to start."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from flinklab.domain.typed import decode
from flinklab.local.config import TaskManagerMemory
from flinklab.local.distribution import Distribution
from flinklab.local.java import Java
from flinklab.local.roles import Role
from flinklab.local.settings import LocalSettings

# Flink's own list (`env.java.opts.all` of its config.yaml) without the exports of jdk.compiler, a module that
# a Java runtime without a compiler does not have and would warn about.
OPENS = (
    "--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED",
    "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    *(
        f"--add-opens=java.base/{package}=ALL-UNNAMED"
        for package in (
            "java.lang",
            "java.net",
            "java.io",
            "java.nio",
            "sun.nio.ch",
            "java.lang.reflect",
            "java.text",
            "java.time",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.atomic",
            "java.util.concurrent.locks",
        )
    ),
)
# The optimizing compiler took a third of the CPU of a start, for methods that are never hot again. Methods
# that are called more often than this, and loops, are compiled by it as ever: after a second under load.
_LATE_C2 = (
    "-XX:Tier4InvocationThreshold=50000",
    "-XX:Tier4MinInvocationThreshold=10000",
    "-XX:Tier4CompileThreshold=100000",
)
_MAIN = {
    Role.JOBMANAGER: "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
    Role.TASKMANAGER: "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
    Role.GATEWAY: "org.apache.flink.table.gateway.SqlGateway",
}
_PLAN_FILE = "plan.json"


class Plan(msgspec.Struct, frozen=True):
    """`commands` by role; `environment` is laid over the keeper's own; `start_timeout` in seconds."""

    flink_version: str
    rest_port: int
    gateway_port: int
    start_timeout: float
    commands: dict[Role, list[str]]
    environment: dict[str, str]

    def write(self, state_dir: Path) -> None:
        (state_dir / _PLAN_FILE).write_bytes(msgspec.json.encode(self))


def read_plan(state_dir: Path) -> Plan:
    return decode((state_dir / _PLAN_FILE).read_bytes(), Plan)


def make_plan(
    settings: LocalSettings, java: Java, flink: Distribution, gateway_jar: Path, config: Mapping[str, str]
) -> Plan:
    """`config` is the one that `flink_config` made; the ports are read from it."""
    memory = TaskManagerMemory.divide(settings.taskmanager_memory)
    options = {
        Role.JOBMANAGER: ["-Xmx512m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1"],
        Role.TASKMANAGER: [*memory.java_options(), "-XX:+UseG1GC", *_LATE_C2],
    }
    conf = settings.state_dir / "conf"
    mark = marker(settings.state_dir)
    commands = {
        role: _command(
            java,
            [*options[role], *OPENS, mark],
            flink.lib,
            [_MAIN[role], "-c", str(conf)],
            conf,
            log_file(settings.state_dir, role),
        )
        for role in options
    }
    gateway_log = log_file(settings.state_dir, Role.GATEWAY)
    commands[Role.GATEWAY] = gateway_command(java, flink, gateway_jar, conf, gateway_log, [mark])
    return Plan(
        flink_version=flink.version,
        rest_port=int(config["rest.port"]),
        gateway_port=int(config["sql-gateway.endpoint.rest.port"]),
        start_timeout=settings.start_timeout,
        commands=commands,
        environment=flink_environment(flink, conf),
    )


def gateway_command(
    java: Java,
    flink: Distribution,
    gateway_jar: Path,
    conf: Path,
    log: Path,
    options: Sequence[str] = (),
    more: Sequence[Path] = (),
) -> list[str]:
    """The command of a SQL Gateway with the configuration in the folder `conf`.

    `options`: further ones of Java; `more`: behind Flink's jars on the class path.
    """
    # Idle after a few jobs it takes 350 MB; it gets more only when results or plans are large.
    sized = ["-Xmx1024m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", *_LATE_C2]
    jars = [*flink.lib, gateway_jar, flink.python_jar, *more]
    return _command(java, [*sized, *OPENS, *options], jars, [_MAIN[Role.GATEWAY]], conf, log)


def _command(
    java: Java, options: Sequence[str], jars: Sequence[Path], main: Sequence[str], conf: Path, log: Path
) -> list[str]:
    return [
        str(java.executable),
        *options,
        f"-Dlog.file={log}",
        f"-Dlog4j.configurationFile={(conf / 'log4j.properties').as_uri()}",
        "-cp",
        ":".join(map(str, jars)),
        *main,
    ]


def flink_environment(flink: Distribution, conf: Path) -> dict[str, str]:
    """What Flink's own scripts would set, to be laid over the environment."""
    return {
        "FLINK_HOME": str(flink.home),
        "FLINK_CONF_DIR": str(conf),
        "FLINK_LIB_DIR": str(flink.home / "lib"),
        "FLINK_OPT_DIR": str(flink.home / "opt"),
        "FLINK_PLUGINS_DIR": str(flink.home / "plugins"),
        **utf8_locale(os.environ),
    }


def utf8_locale(environ: Mapping[str, str]) -> dict[str, str]:
    """What to add to an environment in which Java would read paths as ASCII: it takes their encoding from it."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "C")
    return {"LC_ALL": "C.UTF-8"} if locale in ("C", "POSIX") else {}


def marker(state_dir: Path) -> str:
    """The argument by which a process is known to belong to the state folder, whatever became of its pid file."""
    return f"-Dflinklab.state={state_dir}"


def log_file(state_dir: Path, role: Role) -> Path:
    """log4j's file. What the JVM itself writes is in the file of the same name that ends in `.out`."""
    return state_dir / "log" / f"{role.value}.log"


def keeper_log(state_dir: Path) -> Path:
    return state_dir / "log" / "keeper.log"
