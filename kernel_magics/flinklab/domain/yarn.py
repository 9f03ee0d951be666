"""YARN as far as Flink lives on it: applications, their attempts, queues, and what a new session is to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from flinklab.domain.ids import AttemptId, JobId

FLINK = "Apache Flink"
"""The type of the applications that Flink's client starts."""


class ApplicationState(Enum):
    """YARN's `YarnApplicationState`."""

    NEW = "NEW"
    NEW_SAVING = "NEW_SAVING"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"

    @property
    def is_over(self) -> bool:
        return self in (ApplicationState.FINISHED, ApplicationState.FAILED, ApplicationState.KILLED)


class FinalStatus(Enum):
    """YARN's `FinalApplicationStatus`: undefined as long as the application has not ended."""

    UNDEFINED = "UNDEFINED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    KILLED = "KILLED"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class Application:
    """An application as the ResourceManager reports it.

    `jobmanager_url`: of a Flink application, where its JobManager's REST API was when the report was written; None
    before it has registered and after it ended. `memory` in MiB and `vcores` are what it holds now, `pending`
    counts the containers that it still waits for. `queue_share` and `cluster_share` (0..1) are what it uses of its
    queue and of the whole. `attempts`: how many ApplicationMasters there have been, when that was asked for.
    """

    id: str  # application_<start of the ResourceManager, ms>_<number>
    name: str
    state: ApplicationState
    final_status: FinalStatus = FinalStatus.UNDEFINED
    type: str = FLINK
    user: str = ""
    queue: str = ""
    tags: tuple[str, ...] = ()
    jobmanager_url: str | None = None
    tracking_url: str = ""
    memory: int = 0
    vcores: int = 0
    containers: int = 0
    pending: int = 0
    queue_share: float | None = None
    cluster_share: float | None = None
    priority: int = 0
    diagnostics: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_flink(self) -> bool:
        return self.type == FLINK

    @property
    def is_over(self) -> bool:
        """It has ended for good, and with it all that ran in it: state and final status together say so."""
        return self.state.is_over and self.final_status is not FinalStatus.UNDEFINED


@dataclass(frozen=True, slots=True)
class ApplicationAttempt:
    """One ApplicationMaster (of Flink: the JobManager) of an application, counted from 1."""

    id: str
    number: int
    container: str = ""
    node: str = ""
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """A leaf queue. `path` is whole (`root.etl`), `name` its last part. Shares are 0..1 of the whole cluster, but
    `used` of the queue's own `capacity`. Memory in MiB. `pending` counts containers, where the scheduler tells.
    `vcores_max`: None where the scheduler does not count vcores, or does not tell whether it does.
    `largest_memory` and `largest_vcores`: of one container, None where the scheduler does not tell.
    """

    name: str
    path: str
    is_running: bool = True
    capacity: float | None = None
    max_capacity: float | None = None
    used: float | None = None
    memory_used: int = 0
    memory_max: int | None = None
    vcores_used: int = 0
    vcores_max: int | None = None
    running: int = 0  # applications
    waiting: int = 0  # applications
    pending: int = 0
    largest_memory: int | None = None
    largest_vcores: int | None = None


@dataclass(frozen=True, slots=True)
class YarnInfo:
    """What a ResourceManager says of itself and of its nodes. Memory in MiB."""

    hadoop_version: str
    started_at: datetime | None = None
    ha_state: str = ""
    nodes: int = 0
    memory: int = 0
    memory_available: int = 0
    vcores: int = 0
    vcores_available: int = 0
    running: int = 0  # applications
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """What a new session cluster is to be. Memory in MiB, of whole processes; None: what Flink's defaults are.

    `config`: further Flink configuration, over all the rest. `attempts`: how many JobManagers it may use up.
    """

    name: str
    queue: str = ""
    slots: int | None = None
    taskmanager_memory: int | None = None
    jobmanager_memory: int | None = None
    tags: tuple[str, ...] = ()
    attempts: int | None = None
    config: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApplicationOrder:
    """A job that is to run in an application of its own.

    `statements`: what its ApplicationMaster runs, in order, with values in place: secrets may be among them.
    `config` is the whole cluster's, over what its size and its YARN say.
    """

    name: str
    attempt: AttemptId
    flink_id: JobId
    statements: tuple[str, ...] = field(repr=False)
    config: dict[str, str] = field(default_factory=dict)
