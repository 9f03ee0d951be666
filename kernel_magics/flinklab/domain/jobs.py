"""Managed jobs: the promise that a Flink job runs, and the record of what was done to keep it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from flinklab.domain.ids import AttemptId, CommandId, JobId, SessionHandle
from flinklab.domain.job_policies import Deployment, Policies
from flinklab.domain.monitoring import CheckpointTask


class JobKey(NamedTuple):
    """What a job is known by. The same name in two environments is two jobs with one list of versions."""

    team: str
    name: str
    environment: str

    def __str__(self) -> str:
        return f"{self.team}.{self.name} ({self.environment})"


class ManagedState(Enum):
    """A job's state as people see it."""

    DRAFT = "draft"  # promoted, never started
    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"  # it failed and will be, or is being, started again
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"
    UNREACHABLE = "unreachable"  # it cannot be seen; nothing is concluded
    QUARANTINED = "quarantined"  # a person must look: the restart budget is spent, or no state can be found


class AttemptState(Enum):
    """How far one submission is. The last four are terminal."""

    PLANNED = "planned"  # the Flink job id is minted, nothing was sent
    SUBMITTING = "submitting"
    UNKNOWN = "unknown"  # a reply was lost: only looking tells
    RUNNING = "running"
    STOPPING = "stopping"
    FINISHED = "finished"
    CANCELED = "canceled"
    FAILED = "failed"
    GONE = "gone"  # its cluster's incarnation ended, or the cluster forgot it: how it ended is not known

    @property
    def is_live(self) -> bool:
        return self in LIVE


LIVE = frozenset(
    {
        AttemptState.PLANNED,
        AttemptState.SUBMITTING,
        AttemptState.UNKNOWN,
        AttemptState.RUNNING,
        AttemptState.STOPPING,
    }
)


class CommandKind(Enum):
    """What can be asked of a job."""

    START = "start"
    STOP = "stop"  # with a savepoint
    CANCEL = "cancel"
    SAVEPOINT = "savepoint"
    RESTART = "restart"
    SCALE = "scale"
    UPGRADE = "upgrade"
    ROLLBACK = "rollback"
    SWITCH_BACKEND = "switch-backend"
    MOVE = "move"  # to another cluster
    CONFIGURE = "configure"  # policies and the like, which need no restart
    ADOPT = "adopt"  # a Flink job that runs already
    DELETE = "delete"

    @property
    def redeploys(self) -> bool:
        """Stop with a savepoint, change, start from it, look whether it is healthy, else go back."""
        return self in _REDEPLOYS


_REDEPLOYS = frozenset(
    {
        CommandKind.RESTART,
        CommandKind.SCALE,
        CommandKind.UPGRADE,
        CommandKind.ROLLBACK,
        CommandKind.SWITCH_BACKEND,
        CommandKind.MOVE,
    }
)


class CommandState(Enum):
    """How a command stands. The last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"  # another command took its place before it came to anything


class Step(Enum):
    """How far a command that is being carried out is."""

    NEW = "new"
    SAVING = "saving"  # the savepoint was asked for; the job goes on
    STOPPING = "stopping"  # the savepoint, or the cancellation, was asked for, and the job ends with it
    STARTING = "starting"
    PROVING = "proving"  # it runs: is it healthy?
    GOING_BACK = "going back"  # it is not: what came after the savepoint is ended
    BACK = "back"  # what ran before is started again


class RestoreMode(Enum):
    """Where a start gets its state from."""

    LATEST = "latest"  # the newest valid restore point; empty only when there never was any state
    POINT = "point"  # one that is named
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Restore:
    """`path` with `POINT`. `forced`: a person says so although it is not known whether the state fits the plan."""

    mode: RestoreMode = RestoreMode.LATEST
    path: str = ""
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a version's text comes from."""

    notebook: str = ""
    cell: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A definition that a version uses, as it was when the version was made."""

    team: str
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class JobScript:
    """What a version runs. `${name}` is not resolved in it.

    `setup`: what goes before in the same gateway session (temporary views, functions, ADD JAR, USE), in order.
    `statement`: one INSERT or EXECUTE STATEMENT SET. `config`: what was SET, or given with `-D`. `teams`: the
    search path in which names were found.
    """

    statement: str
    setup: tuple[str, ...] = ()
    config: dict[str, str] = field(default_factory=dict)
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobVersion:
    """Immutable; `number` counts from 1 within team and name, over all environments.

    `variables` are the names of those that are mentioned, `fingerprint` is a hash of all that a version is made of.
    """

    team: str
    name: str
    number: int
    script: JobScript
    definitions: tuple[Pinned, ...] = ()
    variables: tuple[str, ...] = ()
    flink_version: str = ""
    origin: Cell = field(default_factory=Cell)
    note: str = ""
    fingerprint: str = ""
    made_by: str = ""
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled plan (Flink's JSON) of a version in an environment, with node ids that flinklab assigned.

    `text_hash`: of the resolved text that it was compiled from, secrets left out;
    `shape`: what decides whether state fits (`flinklab.jobs.shapes`), without ids and settings.
    """

    team: str
    name: str
    number: int
    environment: str
    text_hash: str
    document: str
    shape: str
    flink_version: str
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What people want of a job. `cluster`: the name of a registered one of the team; `pool`: of the pool that it
    may be moved in, empty when it stays where it is put.

    `deployment` is how it runs (parallelism, configuration), `policies` how it is kept alive. `number`: the version
    that is wanted. `restore`: where its next start gets its state from. `priority`: recovered first when high.
    """

    key: JobKey
    cluster: str
    number: int
    wanted: bool = False  # True: it shall run
    deployment: Deployment = field(default_factory=Deployment)
    policies: Policies = field(default_factory=Policies)
    restore: Restore = field(default_factory=Restore)
    priority: int = 0
    tags: tuple[str, ...] = ()
    owner: str = ""
    description: str = ""
    pool: str = ""
    id: int = 0
    version: int = 0
    changed_by: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an attempt ended badly: the root cause in a line, the whole text, the failing vertex and its place."""

    message: str
    details: str = ""
    vertex: str = ""
    taskmanager: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One submission of a version, with a Flink job id that was minted before the request.

    `session`: the gateway session that submits it and nothing else; `sender_closed`: it was closed, so nothing can
    still arrive from it. `completed`: how many checkpoints Flink says were completed, None while that is not known.
    `restored_from`: a path, empty for a start without state. `incarnation`: of the cluster that it runs on.
    """

    id: AttemptId
    job_id: int
    number: int
    flink_id: JobId
    version: int
    state: AttemptState
    deployment: Deployment
    restored_from: str = ""
    shape: str = ""  # of the plan that it runs
    session: SessionHandle | None = None
    sender_closed: bool = False
    incarnation: str = ""
    cluster: str = ""
    completed: int | None = None
    adopted: bool = False
    forced: bool = False  # a person says that the state fits
    cause: Cause | None = None
    planned_at: datetime | None = None
    running_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What a supervisor last concluded of a job. `restarts`: when it was started again after a failure, since it
    was last stable; `not_before`: when it may be the next time. `savepoint_at`: when the clock last asked for one.
    """

    job_id: int = 0
    state: ManagedState = ManagedState.DRAFT
    since: datetime | None = None
    reason: str = ""
    restarts: tuple[datetime, ...] = ()
    not_before: datetime | None = None
    savepoint_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """An order to a job, recorded before it is carried out. `id` is also the trigger id of its savepoint.

    `arguments` of: start `restore`, `forced`; stop `drain`, `canonical`; scale `parallelism`; upgrade and rollback
    `number`, `restore`, `forced`; switch-backend `backend`; move `cluster`, `pool`, `lost`; configure `policies`,
    ...; delete `points` (`keep` or `delete`); adopt `flink_id`. `before`: how the job ran (number, deployment,
    cluster, pool), to go back to. `savepoint`: the path that its savepoint came to. `outcome`: a line for people.
    """

    id: CommandId
    job_id: int
    kind: CommandKind
    arguments: dict[str, Any] = field(default_factory=dict)
    state: CommandState = CommandState.WAITING
    step: Step = Step.NEW
    trigger: str = ""  # of the savepoint that was asked for last: the command's id, or one more after a failure
    before: dict[str, Any] = field(default_factory=dict)
    savepoint: str = ""
    attempt: AttemptId | None = None
    outcome: str = ""
    asked_by: str = ""
    why: str = ""
    asked_at: datetime | None = None
    begun_at: datetime | None = None
    step_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One checkpoint or savepoint of an attempt, as Flink told it. Sizes in bytes, `duration` in seconds.

    `status`: `completed`, `failed`, or `gap`: from `checkpoint_id` on, `span` of them were never seen.
    `full_size`: of the whole state, `size`: what this one wrote. `path`: where it can be restored from, empty when
    it was not kept. `missing_at`: its path was looked at and is not there; `deleted_at`: flinklab deleted it.
    """

    flink_id: JobId
    checkpoint_id: int
    status: str
    is_savepoint: bool = False
    triggered_at: datetime | None = None
    duration: float = 0.0
    size: int = 0
    full_size: int = 0
    processed: int = 0  # bytes of in-flight data that were processed during alignment
    persisted: int = 0  # bytes of in-flight data that were kept (unaligned)
    alignment: float | None = None  # s, the longest of all sub-tasks
    slowest: CheckpointTask | None = None  # the sub-task that took longest
    path: str = ""
    format: str = ""  # CANONICAL, NATIVE; empty for a checkpoint
    trigger: str = ""  # `periodic`, or the command that asked for it
    failure: str = ""
    span: int = 1
    job_id: int = 0
    attempt: AttemptId | None = None
    shape: str = ""  # of the plan of the attempt that made it
    id: int = 0
    verified_at: datetime | None = None
    missing_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def is_restore_point(self) -> bool:
        """Something that a job can start from, as far as is known."""
        return self.status == "completed" and bool(self.path) and not self.missing_at and not self.deleted_at


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a job, written in one transaction with the state that it changed."""

    job_id: int
    kind: str  # state, command, attempt, checkpoint, restart, cluster, finding
    text: str
    data: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    by: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Managed:
    """A job with all that is known of it now. `attempt`: the newest; `commands`: those that are open, in the order
    in which they were asked for; `points`: its restore points, the newest first."""

    job: Job
    status: Status
    attempt: Attempt | None = None
    commands: tuple[Command, ...] = ()
    points: tuple[Checkpoint, ...] = ()

    @property
    def command(self) -> Command | None:
        """The open one that comes first."""
        return self.commands[0] if self.commands else None


@dataclass(frozen=True, slots=True)
class ClusterKey:
    """A registered cluster."""

    team: str
    name: str

    def __str__(self) -> str:
        return f"{self.team}.{self.name}"


@dataclass(frozen=True, slots=True)
class ClusterSeen:
    """How a cluster is, as its supervisor saw it last. `silent_since`: nobody answers there since then."""

    cluster: ClusterKey
    incarnation: str = ""
    silent_since: datetime | None = None
    seen_at: datetime | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for a cluster. `epoch` counts up with each holder; `until` is by the database's clock."""

    cluster: ClusterKey
    holder: str
    epoch: int
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SupervisorSeen:
    """A supervisor that signed in. `alive`: it was heard of within its time, by the database's clock."""

    name: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    alive: bool
    clusters: tuple[ClusterKey, ...] = ()
