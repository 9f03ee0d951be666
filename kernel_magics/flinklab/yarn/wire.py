"""The ResourceManager's JSON as structs, and what of it becomes ours.

Shapes: "ResourceManager REST API's" of Hadoop 2.7 to 3.4. Fields that a version lacks have a default; a state that
a later one may add becomes the nearest that proves nothing.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import msgspec

from flinklab.domain.yarn import Application, ApplicationAttempt, ApplicationState, FinalStatus, YarnInfo

_ANY_HOST = "*"  # the resource name of a request that counts all containers wanted


class ContainerRequest(msgspec.Struct, rename="camel"):
    num_containers: int = 0
    resource_name: str = ""


class App(msgspec.Struct, rename="camel"):
    id: str
    state: str
    name: str = ""
    final_status: str = "UNDEFINED"
    application_type: str = ""
    user: str = ""
    queue: str = ""
    application_tags: str = ""
    am_rpc_address: str = msgspec.field(name="amRPCAddress", default="")
    tracking_url: str | None = None
    allocated_mb: int = msgspec.field(name="allocatedMB", default=0)
    allocated_v_cores: int = 0
    running_containers: int = 0
    queue_usage_percentage: float | None = None
    cluster_usage_percentage: float | None = None
    priority: int = 0
    diagnostics: str | None = None
    started_time: int = 0
    finished_time: int = 0
    resource_requests: list[ContainerRequest] = []

    def to_domain(self) -> Application:
        state = _state(self.state)
        runs = state is ApplicationState.RUNNING
        return Application(
            id=self.id,
            name=self.name,
            state=state,
            final_status=_final(self.final_status),
            type=self.application_type,
            user=self.user,
            queue=self.queue,
            tags=tuple(tag for tag in map(str.strip, self.application_tags.split(",")) if tag),
            jobmanager_url=jobmanager_url(self.am_rpc_address) if runs else None,
            tracking_url=self.tracking_url or "",
            # -1 when it holds nothing any more
            memory=max(0, self.allocated_mb),
            vcores=max(0, self.allocated_v_cores),
            containers=max(0, self.running_containers),
            pending=sum(each.num_containers for each in self.resource_requests if each.resource_name == _ANY_HOST),
            queue_share=share(self.queue_usage_percentage),
            cluster_share=share(self.cluster_usage_percentage),
            priority=max(0, self.priority),  # -1 before it is known
            diagnostics=(self.diagnostics or "").strip(),
            started_at=moment(self.started_time),
            ended_at=moment(self.finished_time),
        )


class Apps(msgspec.Struct):
    """`app` is lacking, and in older versions `apps` null, when there are none."""

    app: list[App] | None = None


class AppsReply(msgspec.Struct):
    apps: Apps | None

    def to_domain(self) -> list[Application]:
        return [each.to_domain() for each in (self.apps.app if self.apps is not None else None) or ()]


class AppReply(msgspec.Struct):
    app: App


class Attempt(msgspec.Struct, rename="camel"):
    id: int
    app_attempt_id: str = ""
    container_id: str = ""
    node_id: str = ""
    node_http_address: str = ""
    start_time: int = 0

    def to_domain(self, application_id: str) -> ApplicationAttempt:
        name = self.app_attempt_id or f"{application_id.replace('application', 'appattempt', 1)}_{self.id:06d}"
        node = (self.node_id or self.node_http_address).partition(":")[0]
        return ApplicationAttempt(name, self.id, self.container_id, node, moment(self.start_time))


class Attempts(msgspec.Struct, rename="camel"):
    app_attempt: list[Attempt] | None = None


class AttemptsReply(msgspec.Struct, rename="camel"):
    app_attempts: Attempts | None


class ClusterInfo(msgspec.Struct, rename="camel"):
    hadoop_version: str = ""
    started_on: int = 0
    ha_state: str = ""


class InfoReply(msgspec.Struct, rename="camel"):
    cluster_info: ClusterInfo


class Metrics(msgspec.Struct, rename="camel"):
    active_nodes: int = 0
    total_mb: int = msgspec.field(name="totalMB", default=0)
    available_mb: int = msgspec.field(name="availableMB", default=0)
    total_virtual_cores: int = 0
    available_virtual_cores: int = 0
    apps_running: int = 0
    apps_pending: int = 0


class MetricsReply(msgspec.Struct, rename="camel"):
    cluster_metrics: Metrics


class Refusal(msgspec.Struct):
    message: str = ""
    exception: str = ""


class RefusalReply(msgspec.Struct):
    refusal: Refusal = msgspec.field(name="RemoteException")


class Priority(msgspec.Struct):
    priority: int


class SchedulerInfo(msgspec.Struct):
    info: dict[str, Any] = msgspec.field(name="schedulerInfo")


class SchedulerReply(msgspec.Struct):
    scheduler: SchedulerInfo


def info(cluster: ClusterInfo, metrics: Metrics) -> YarnInfo:
    return YarnInfo(
        hadoop_version=cluster.hadoop_version,
        started_at=moment(cluster.started_on),
        ha_state=cluster.ha_state,
        nodes=metrics.active_nodes,
        memory=metrics.total_mb,
        memory_available=metrics.available_mb,
        vcores=metrics.total_virtual_cores,
        vcores_available=metrics.available_virtual_cores,
        running=metrics.apps_running,
        waiting=metrics.apps_pending,
    )


def jobmanager_url(address: str) -> str | None:
    """Flink registers its REST API's address as the ApplicationMaster's; `N/A` and a port of -1 are none."""
    host, _, port = address.rpartition(":")
    return f"http://{address}" if host and host != "N/A" and port.isdecimal() and int(port) > 0 else None


def moment(milliseconds: int) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc) if milliseconds > 0 else None


def share(percent: float | None) -> float | None:
    """0..1 of what is told in percent."""
    return None if percent is None else max(0.0, percent / 100)


def _state(text: str) -> ApplicationState:
    try:
        return ApplicationState(text)
    except ValueError:
        return ApplicationState.SUBMITTED  # neither running nor over, so that nothing follows from it


def _final(text: str) -> FinalStatus:
    try:
        return FinalStatus(text)
    except ValueError:
        return FinalStatus.UNDEFINED
