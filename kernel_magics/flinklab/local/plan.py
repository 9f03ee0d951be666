"""What the keeper is told to start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from flinklab.local.config import TaskManagerMemory
from flinklab.local.distribution import Distribution
from flinklab.local.java import Java
from flinklab.local.roles import Role
from flinklab.local.settings import LocalSettings

# Flink's own list (`env.java.opts.all` of its config.yaml) without the exports of jdk.compiler, a module that
# a Java runtime without a compiler does not have and would warn about.
_OPENS = (
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
    return msgspec.json.decode((state_dir / _PLAN_FILE).read_bytes(), type=Plan)


def make_plan(
    settings: LocalSettings, java: Java, flink: Distribution, gateway_jar: Path, config: Mapping[str, str]
) -> Plan:
    """`config` is the one that `flink_config` made; the ports are read from it."""
    memory = TaskManagerMemory.divide(settings.taskmanager_memory)
    options = {
        Role.JOBMANAGER: ["-Xmx512m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1"],
        Role.TASKMANAGER: [*memory.java_options(), "-XX:+UseG1GC", *_LATE_C2],
        Role.GATEWAY: ["-Xmx1024m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", *_LATE_C2],
    }
    conf = settings.state_dir / "conf"
    classpath = ":".join(map(str, flink.lib))
    classpaths = {
        Role.JOBMANAGER: classpath,
        Role.TASKMANAGER: classpath,
        Role.GATEWAY: ":".join((classpath, str(gateway_jar), str(flink.python_jar))),
    }
    arguments = {Role.JOBMANAGER: ["-c", str(conf)], Role.TASKMANAGER: ["-c", str(conf)], Role.GATEWAY: []}
    return Plan(
        flink_version=flink.version,
        rest_port=int(config["rest.port"]),
        gateway_port=int(config["sql-gateway.endpoint.rest.port"]),
        start_timeout=settings.start_timeout,
        commands={
            role: [
                str(java.executable),
                *options[role],
                *_OPENS,
                marker(settings.state_dir),
                f"-Dlog.file={log_file(settings.state_dir, role)}",
                f"-Dlog4j.configurationFile={(conf / 'log4j.properties').as_uri()}",
                "-cp",
                classpaths[role],
                _MAIN[role],
                *arguments[role],
            ]
            for role in Role
        },
        environment={
            "FLINK_HOME": str(flink.home),
            "FLINK_CONF_DIR": str(conf),
            "FLINK_LIB_DIR": str(flink.home / "lib"),
            "FLINK_OPT_DIR": str(flink.home / "opt"),
            "FLINK_PLUGINS_DIR": str(flink.home / "plugins"),
            **utf8_locale(os.environ),
        },
    )


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
