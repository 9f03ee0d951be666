"""Flink's configuration for the embedded cluster.

Keys are those of https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/deployment/config/.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flinklab.local.settings import LocalSettings

LOOPBACK = "127.0.0.1"

_FRAMEWORK_HEAP = 128
_FRAMEWORK_OFF_HEAP = 128
_METASPACE = 384
_OVERHEAD = 192


@dataclass(frozen=True, slots=True)
class Ports:
    """`rpc` and `rest` are the JobManager's, `gateway` is the SQL Gateway's REST port."""

    rpc: int
    rest: int
    gateway: int


@dataclass(frozen=True, slots=True)
class TaskManagerMemory:
    """How a TaskManager's memory is divided, in MiB.

    The parts are those that Flink's start scripts compute and that `TaskManagerRunner` wants to see spelled
    out when it is started without them.
    """

    task_heap: int
    network: int
    managed: int

    @classmethod
    def divide(cls, total: int) -> TaskManagerMemory:
        """The fixed parts off; of the rest a sixth for network buffers, a quarter managed, the rest heap."""
        rest = total - _FRAMEWORK_HEAP - _FRAMEWORK_OFF_HEAP - _METASPACE - _OVERHEAD
        network = min(max(64, rest // 6), 1024)
        managed = rest // 4
        return cls(task_heap=rest - network - managed, network=network, managed=managed)

    def config(self) -> dict[str, str]:
        return {
            "taskmanager.memory.framework.heap.size": f"{_FRAMEWORK_HEAP}m",
            "taskmanager.memory.framework.off-heap.size": f"{_FRAMEWORK_OFF_HEAP}m",
            "taskmanager.memory.task.heap.size": f"{self.task_heap}m",
            "taskmanager.memory.task.off-heap.size": "0m",
            "taskmanager.memory.network.min": f"{self.network}m",
            "taskmanager.memory.network.max": f"{self.network}m",
            "taskmanager.memory.managed.size": f"{self.managed}m",
            "taskmanager.memory.jvm-metaspace.size": f"{_METASPACE}m",
            "taskmanager.memory.jvm-overhead.min": f"{_OVERHEAD}m",
            "taskmanager.memory.jvm-overhead.max": f"{_OVERHEAD}m",
        }

    def java_options(self) -> list[str]:
        return [
            f"-Xmx{_FRAMEWORK_HEAP + self.task_heap}m",
            f"-XX:MaxDirectMemorySize={_FRAMEWORK_OFF_HEAP + self.network}m",
            f"-XX:MaxMetaspaceSize={_METASPACE}m",
        ]


def flink_config(settings: LocalSettings, ports: Ports) -> dict[str, str]:
    """The whole configuration; `settings.flink_config` has the last word."""
    state = settings.state_dir
    return {
        "jobmanager.rpc.address": LOOPBACK,
        "jobmanager.rpc.port": str(ports.rpc),
        "jobmanager.bind-host": LOOPBACK,
        "rest.address": LOOPBACK,
        "rest.bind-address": LOOPBACK,
        # Never rest.bind-port: the gateway reads this file too and would bind to it before its own.
        "rest.port": str(ports.rest),
        "rest.flamegraph.enabled": "true",
        "web.submit.enable": "false",
        # How old may be what the JobManager says of a job's tasks; who stops a query that starts waits for it.
        "web.refresh-interval": "1 s",
        "web.tmpdir": str(state / "tmp"),
        "io.tmp.dirs": str(state / "tmp"),
        "taskmanager.host": LOOPBACK,
        "taskmanager.bind-host": LOOPBACK,
        "taskmanager.numberOfTaskSlots": str(settings.slots),
        "taskmanager.cpu.cores": str(float(os.cpu_count() or 1)),
        # What jobs print goes to the rolled log: a printing job must not fill the disk.
        "taskmanager.system-out.mode": "LOG",
        **TaskManagerMemory.divide(settings.taskmanager_memory).config(),
        # A TaskManager that is up before the JobManager would wait 10 s until it registers.
        "cluster.registration.error-delay": "500 ms",
        # A dead TaskManager is noticed after two lost heartbeats; a suspended laptop still has the whole timeout.
        "heartbeat.interval": "2 s",
        # A job that finds no slot says so after this time and not after five minutes.
        "slot.request.timeout": "1 min",
        "execution.checkpointing.interval": "10 s",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        # Flink takes the text after file:// literally, so Path.as_uri() with its percent signs would be wrong.
        "execution.checkpointing.dir": f"file://{state / 'checkpoints'}",
        "execution.checkpointing.savepoint-dir": f"file://{state / 'savepoints'}",
        **gateway_config(ports.gateway),
        **settings.flink_config,
    }


def gateway_config(port: int) -> dict[str, str]:
    """What is the SQL Gateway's of it: all that one needs which has no cluster of its own."""
    return {
        "sql-gateway.endpoint.rest.address": LOOPBACK,
        "sql-gateway.endpoint.rest.bind-address": LOOPBACK,
        "sql-gateway.endpoint.rest.port": str(port),
        "sql-gateway.endpoint.rest.bind-port": str(port),
        # The session of a dead kernel, and with it its SELECTs, ends after this time without a heartbeat.
        "sql-gateway.session.idle-timeout": "2 min",
        "sql-gateway.session.check-interval": "10 s",
        "python.executable": sys.executable,
        "python.client.executable": sys.executable,
    }


def render_yaml(config: Mapping[str, str]) -> str:
    """Flat keys and double-quoted values: a JSON string is a YAML string."""
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in config.items())


def render_log4j(level: str = "INFO") -> str:
    """Everything into the file of the system property `log.file`: at most 3 of 10 MB, a new one each start."""
    return f"""\
rootLogger.level = {level}
rootLogger.appenderRef.file.ref = File
logger.netty.name = org.jboss.netty.channel.DefaultChannelPipeline
logger.netty.level = OFF
appender.file.name = File
appender.file.type = RollingFile
appender.file.append = true
appender.file.fileName = ${{sys:log.file}}
appender.file.filePattern = ${{sys:log.file}}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{yyyy-MM-dd HH:mm:ss,SSS}} %-5p %c %x - %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.policies.startup.type = OnStartupTriggeringPolicy
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
"""


def write_config(folder: Path, config: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(render_yaml(config), encoding="utf-8")
    (folder / "log4j.properties").write_text(render_log4j(), encoding="utf-8")
