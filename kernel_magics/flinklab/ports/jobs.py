"""What managed jobs need from outside: a cluster that is looked after, a storage, and the database's records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from flinklab.domain.ids import JobId
from flinklab.domain.jobs import (
    Attempt,
    Cause,
    Checkpoint,
    ClusterKey,
    Command,
    Event,
    Job,
    JobVersion,
    Lease,
    Managed,
    Plan,
    Status,
)
from flinklab.ports.flink import JobManager
from flinklab.ports.series import SeriesWriter

HIGHLY_AVAILABLE = "ha:"
"""How the incarnation of a cluster begins whose jobs outlive its JobManager."""


class SavepointState(Enum):
    IN_PROGRESS = "in progress"
    COMPLETED = "completed"
    FAILED = "failed"
    FORGOTTEN = "forgotten"  # the trigger id is not known (any more): Flink keeps it for 5 minutes


@dataclass(frozen=True, slots=True)
class Savepoint:
    """What a savepoint that was asked for has come to."""

    state: SavepointState
    path: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class CheckpointHistory:
    """The newest checkpoints of a job, the newest first, and how many there were since it began (or was restored).

    `completed` and `total` count checkpoints and savepoints; of those Flink keeps only the last ones (10 by
    default). `restored_from`: the path that the job was started from. `enabled`: False for a job that takes none
    by itself, as a batch job. `oldest`: the lowest id in Flink's list, those in progress included; an older
    savepoint may be told beside it. `restored_id`: of the checkpoint that the job was started from.
    """

    checkpoints: tuple[Checkpoint, ...] = ()
    completed: int = 0
    total: int = 0
    restored_from: str = ""
    enabled: bool = True
    oldest: int = 0
    restored_id: int = 0


@dataclass(frozen=True, slots=True)
class Requirements:
    """Of a job on an adaptive scheduler: the parallelism of its vertices, lowest and highest by vertex id."""

    vertices: dict[str, tuple[int, int]] = field(default_factory=dict)


class JobControl(JobManager, Protocol):
    """A JobManager as a supervisor uses it. None where it does not know the job."""

    def incarnation(self) -> str:
        """With high availability `HIGHLY_AVAILABLE` and the HA cluster id, without it the JobManager's own start.

        An attempt of another incarnation is gone, unless the cluster still knows it.
        """
        ...

    def trigger_savepoint(
        self, job_id: JobId, trigger: str, *, directory: str = "", canonical: bool = False
    ) -> bool:
        """Ask for a savepoint; the same `trigger` again asks for nothing new. False: no such job.

        Raises `CommandFailedError` when Flink refuses it now (its tasks do not all run).
        """
        ...

    def trigger_stop(
        self, job_id: JobId, trigger: str, *, directory: str = "", drain: bool = False, canonical: bool = False
    ) -> bool: ...

    def savepoint(self, job_id: JobId, trigger: str) -> Savepoint: ...

    def checkpoints(self, job_id: JobId) -> CheckpointHistory | None: ...

    def cause(self, job_id: JobId) -> Cause | None:
        """Why it failed, or failed last: the root cause, the failing vertex and its TaskManager."""
        ...

    def requirements(self, job_id: JobId) -> Requirements | None:
        """None, too, where the scheduler is not adaptive."""
        ...

    def rescale(self, job_id: JobId, requirements: Requirements) -> None: ...


class Storage(Protocol):
    """Where a gateway, its clusters and flinklab can read and write. Every method may raise `StorageError`."""

    def place(self, name: str) -> str:
        """Where `write` puts `name`, for somebody else to write there; its folder is made."""
        ...

    def write(self, name: str, content: bytes) -> str:
        """Under the storage's own folder; the place as the gateway names it."""
        ...

    def read(self, place: str) -> bytes: ...

    def exists(self, place: str) -> bool:
        """False only when the storage answered and nothing is there."""
        ...

    def is_restore_point(self, place: str) -> bool:
        """Whether a savepoint or a retained checkpoint lies there (its `_metadata`)."""
        ...

    def checkpoints_beside(self, place: str) -> Sequence[tuple[int, str]]:
        """The whole checkpoints in the folder in which the one at `place` lies or lay: number and place, the newest
        first. Flink names them `chk-NUMBER`, and writes their `_metadata` last."""
        ...

    def delete(self, place: str) -> None:
        """A folder with all that is in it. What is not there is fine."""
        ...


class Versions(Protocol):
    """Versions and their plans. Every method may raise a `CatalogError`."""

    def version(self, team: str, name: str, number: int) -> JobVersion: ...

    def plan(self, team: str, name: str, number: int, environment: str, text_hash: str) -> Plan | None: ...

    def save_plan(self, plan: Plan) -> Plan:
        """Keep it; where there is one already, that one holds and is given back."""
        ...


Kept = Job | Status | Attempt | Command | Checkpoint | Event
"""What a supervisor writes."""


class Ledger(Protocol):
    """The records of one cluster's jobs, while a lease on it is held.

    Every write checks the lease in its own transaction and raises `LeaseLostError` when another one has it.
    """

    @property
    def lease(self) -> Lease: ...

    @property
    def series(self) -> SeriesWriter: ...

    def now(self) -> datetime:
        """By the database's clock."""
        ...

    def load(self) -> Sequence[Managed]:
        """All jobs of the cluster."""
        ...

    def read(self, job_id: int) -> Managed | None: ...

    def commands(self) -> Sequence[Command]:
        """The open ones of all jobs of the cluster, in the order in which they were asked for."""
        ...

    def keep(self, *values: Kept) -> None:
        """Write them all in one transaction, or nothing. What has an id is changed, what has none is new.

        A checkpoint is known by its Flink job and checkpoint id and kept once.
        """
        ...

    def recorded(self, flink_id: JobId) -> int:
        """Up to which id the checkpoints of a Flink job are recorded, as rows or as gaps. 0: none is."""
        ...

    def seen(self, incarnation: str, silent_since: datetime | None, remark: str) -> None:
        """How the cluster is, for people."""
        ...

    def delete(self, job_id: int) -> None:
        """The job and all that is recorded of it."""
        ...


class Leases(Protocol):
    """Who looks after which cluster."""

    def sign_in(self, name: str, host: str, pid: int) -> None: ...

    def sign_out(self, name: str) -> None: ...

    def beat(self, name: str) -> None:
        """Say that the supervisor lives."""
        ...

    def clusters(self) -> Sequence[ClusterKey]:
        """Those that have jobs."""
        ...

    def acquire(self, cluster: ClusterKey, holder: str, seconds: float) -> Lease | None:
        """Take a lease that nobody has, or renew one's own. None: another one has it."""
        ...

    def release(self, lease: Lease) -> None: ...

    def ledger(self, lease: Lease) -> Ledger: ...
