"""Hadoop's configuration for a lab: everything on loopback, quick to notice what fails, nothing forgotten.

Keys are those of https://hadoop.apache.org/docs/r3.4.1/hadoop-yarn/hadoop-yarn-common/yarn-default.xml.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from flinklab.local.config import LOOPBACK
from flinklab.yarn.lab.options import LabOptions

_RM = "yarn.resourcemanager"
_NM = "yarn.nodemanager"
_STATE_STORES = "org.apache.hadoop.yarn.server.resourcemanager.recovery"
_RM_PORTS = ("address", "scheduler.address", "resource-tracker.address", "admin.address", "webapp.address")
_NM_PORTS = ("address", "localizer.address", "webapp.address")
_LARGEST_CONTAINER = 4096  # MiB


def port_names(options: LabOptions) -> list[str]:
    """Every port that a lab listens on; of a ResourceManager `rm1.webapp.address`, of the node `nm.address`."""
    managers = [f"{rm}.{port}" for rm in manager_ids(options) for port in _RM_PORTS]
    return [*managers, *(f"nm.{port}" for port in _NM_PORTS), *(["zookeeper"] if options.has_zookeeper else [])]


def manager_ids(options: LabOptions) -> tuple[str, ...]:
    return ("rm1", "rm2") if options.ha else ("rm1",)


def core_site(folder: Path, options: LabOptions, ports: Mapping[str, int]) -> dict[str, str]:
    site = {"fs.defaultFS": "file:///", "hadoop.tmp.dir": str(folder / "tmp")}
    if options.ha:
        # Of a node that is gone the other one hears after the session's end.
        site |= {"hadoop.zk.address": f"localhost:{ports['zookeeper']}", "hadoop.zk.timeout-ms": "4000"}
    return site


def yarn_site(
    folder: Path, options: LabOptions, ports: Mapping[str, int], client_jars: Sequence[Path]
) -> dict[str, str]:
    node = {f"{_NM}.{port}": f"localhost:{ports[f'nm.{port}']}" for port in _NM_PORTS}
    return {
        **_managers(folder, options, ports),
        f"{_RM}.recovery.enabled": "true",
        f"{_RM}.work-preserving-recovery.scheduling-wait-ms": "1000",
        f"{_RM}.nodemanagers.heartbeat-interval-ms": "200",
        f"{_RM}.connect.retry-interval.ms": "1000",
        f"{_RM}.connect.max-wait.ms": "20000",
        "yarn.scheduler.minimum-allocation-mb": "256",
        "yarn.scheduler.maximum-allocation-mb": str(min(options.memory, _LARGEST_CONTAINER)),
        f"{_NM}.hostname": "localhost",
        f"{_NM}.bind-host": LOOPBACK,
        **node,
        f"{_NM}.local-dirs": str(folder / "local"),
        f"{_NM}.log-dirs": str(folder / "containers"),
        f"{_NM}.resource.memory-mb": str(options.memory),
        f"{_NM}.resource.cpu-vcores": str(options.vcores),
        f"{_NM}.vmem-check-enabled": "false",
        f"{_NM}.pmem-check-enabled": "false",
        f"{_NM}.disk-health-checker.max-disk-utilization-per-disk-percentage": "99.9",
        f"{_NM}.resourcemanager.connect.retry-interval.ms": "1000",
        # Containers outlive their NodeManager, and it finds them again when it is back.
        f"{_NM}.recovery.enabled": "true",
        f"{_NM}.recovery.supervised": "true",
        f"{_NM}.recovery.dir": str(folder / "node-state"),
        "yarn.application.classpath": ",".join(map(str, (folder / "conf", *client_jars))),
    }


def _managers(folder: Path, options: LabOptions, ports: Mapping[str, int]) -> dict[str, str]:
    ids = manager_ids(options)
    if len(ids) == 1:
        return {
            f"{_RM}.hostname": "localhost",
            f"{_RM}.bind-host": LOOPBACK,
            **{f"{_RM}.{port}": f"localhost:{ports[f'{ids[0]}.{port}']}" for port in _RM_PORTS},
            f"{_RM}.store.class": f"{_STATE_STORES}.FileSystemRMStateStore",
            f"{_RM}.fs.state-store.uri": f"file://{folder / 'manager-state'}",
        }
    each = {f"{_RM}.{port}.{rm}": f"localhost:{ports[f'{rm}.{port}']}" for rm in ids for port in _RM_PORTS}
    return {
        f"{_RM}.ha.enabled": "true",
        f"{_RM}.ha.rm-ids": ",".join(ids),
        f"{_RM}.cluster-id": "lab",
        f"{_RM}.bind-host": LOOPBACK,
        **{f"{_RM}.hostname.{rm}": "localhost" for rm in ids},
        **each,
        f"{_RM}.store.class": f"{_STATE_STORES}.ZKRMStateStore",
        f"{_RM}.ha.automatic-failover.embedded": "true",
        "yarn.client.failover-sleep-base-ms": "300",
    }


def capacity_scheduler(options: LabOptions) -> dict[str, str]:
    root = "yarn.scheduler.capacity.root"
    site = {
        f"{root}.queues": ",".join(queue.name for queue in options.queues),
        "yarn.scheduler.capacity.maximum-am-resource-percent": "0.9",
    }
    for queue in options.queues:
        site[f"{root}.{queue.name}.capacity"] = f"{queue.capacity:g}"
        site[f"{root}.{queue.name}.maximum-capacity"] = f"{queue.most:g}"
        # By default one user gets no more than the queue's own share, however much is free.
        site[f"{root}.{queue.name}.user-limit-factor"] = "100"
    return site


def flink_defaults(folder: Path, zookeeper: str | None = None) -> dict[str, str]:
    """Flink's configuration for small sessions that come up quickly and listen on loopback only.

    Where there is a ZooKeeper (`host:port`), a session adds only `high-availability.type=zookeeper` to use it.
    """
    highly_available = {
        "high-availability.zookeeper.quorum": zookeeper or "",
        "high-availability.storageDir": f"file://{folder / 'high-availability'}",
    }
    return {
        "jobmanager.memory.process.size": "768m",
        "taskmanager.memory.process.size": "1024m",
        "taskmanager.numberOfTaskSlots": "4",
        "yarn.containers.vcores": "1",
        "yarn.appmaster.vcores": "1",
        "yarn.heartbeat.container-request-interval": "200 ms",
        # Not the home folder, where Flink puts 290 MB for each application by default.
        "yarn.staging-directory": f"file://{folder / 'staging'}",
        "jobmanager.bind-host": LOOPBACK,
        "rest.bind-address": LOOPBACK,
        "taskmanager.bind-host": LOOPBACK,
        "cluster.registration.error-delay": "500 ms",
        "web.refresh-interval": "1 s",
        # Flink's own; what waits for a TaskManager is not to fail because the machine is busy starting it.
        "slot.request.timeout": "5 min",
        "execution.checkpointing.dir": f"file://{folder / 'checkpoints'}",
        "execution.checkpointing.savepoint-dir": f"file://{folder / 'savepoints'}",
        "execution.checkpointing.interval": "10 s",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        **(highly_available if zookeeper else {}),
    }


def zookeeper_config(folder: Path, port: int) -> str:
    # One line per property; a backslash begins an escape there.
    data = str(folder / "zookeeper").replace("\\", "\\\\")
    lines = ("tickTime=500", f"dataDir={data}", f"clientPort={port}", f"clientPortAddress={LOOPBACK}")
    return "\n".join((*lines, "admin.enableServer=false", "maxClientCnxns=0", ""))


def render_site(site: Mapping[str, str]) -> str:
    properties = "".join(
        f"  <property><name>{escape(name)}</name><value>{escape(value)}</value></property>\n"
        for name, value in site.items()
    )
    return f"<configuration>\n{properties}</configuration>\n"


# Requests to a ResourceManager go to a file of their own: how often it is asked can be counted there.
LOG4J = """\
log4j.rootLogger=INFO,F
log4j.appender.F=org.apache.log4j.RollingFileAppender
log4j.appender.F.File=${yarn.log.dir}/${yarn.log.file}
log4j.appender.F.MaxFileSize=10MB
log4j.appender.F.MaxBackupIndex=2
log4j.appender.F.layout=org.apache.log4j.PatternLayout
log4j.appender.F.layout.ConversionPattern=%d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %c - %m%n
log4j.logger.http.requests.resourcemanager=INFO,R
log4j.additivity.http.requests.resourcemanager=false
log4j.appender.R=org.apache.log4j.RollingFileAppender
log4j.appender.R.File=${yarn.log.dir}/${yarn.requests.file}
log4j.appender.R.MaxFileSize=20MB
log4j.appender.R.MaxBackupIndex=2
log4j.appender.R.layout=org.apache.log4j.PatternLayout
log4j.appender.R.layout.ConversionPattern=%m%n
"""


def write_config(folder: Path, options: LabOptions, ports: Mapping[str, int], client_jars: Sequence[Path]) -> None:
    """Into `folder/conf`, which is also the HADOOP_CONF_DIR of clients."""
    conf = folder / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    sites = {
        "core-site.xml": core_site(folder, options, ports),
        "yarn-site.xml": yarn_site(folder, options, ports, client_jars),
        "capacity-scheduler.xml": capacity_scheduler(options),
    }
    for name, site in sites.items():
        (conf / name).write_text(render_site(site), encoding="utf-8")
    (conf / "log4j.properties").write_text(LOG4J, encoding="utf-8")
    if options.has_zookeeper:
        (conf / "zoo.cfg").write_text(zookeeper_config(folder, ports["zookeeper"]), encoding="utf-8")
