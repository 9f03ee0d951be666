"""A Flink cluster as it is looked at: metrics, graphs, failures, logs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flinklab.domain.cluster import JobSummary
from flinklab.domain.ids import JobId
from flinklab.domain.monitoring import (
    CheckpointSettings,
    CheckpointTask,
    Failure,
    Flame,
    FlameKind,
    JobLook,
    LogFile,
    Machine,
    Spread,
    Subtask,
    ThreadStack,
)
from flinklab.ports.jobs import CheckpointHistory


@dataclass(frozen=True, slots=True)
class Scraped:
    """By job and vertex, and by process; names as in the rest of `Monitoring`."""

    vertices: Mapping[tuple[JobId, str], Mapping[str, Spread]] = field(default_factory=dict)
    jobs: Mapping[JobId, Mapping[str, float]] = field(default_factory=dict)
    processes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


JOBMANAGER = "jobmanager"
"""The JobManager among a cluster's processes; the others are TaskManagers' ids."""


class Measured(Protocol):
    """What is recorded of a cluster is read here. Every method may raise a `ConnectionFailedError`; what names a
    job or a vertex that the cluster does not know (any more) gives None or nothing. Metrics that are not numbers,
    or are not there, are left out.
    """

    def refresh(self) -> None:
        """Let the JobManager collect metrics from its TaskManagers, as it does only when it is asked.

        What it then tells for ten seconds (`metrics.fetcher.update-interval`) is of this moment; without this the
        first answer after a pause is as old as the pause.
        """
        ...

    def look(self, job_id: JobId) -> JobLook | None: ...

    def vertex(self, job_id: JobId, vertex: str, names: Collection[str]) -> Mapping[str, Spread]:
        """Metrics of a vertex's sub-tasks, such as `busyTimeMsPerSecond` or `Source__t[1].pendingRecords`."""
        ...

    def metric_names(self, job_id: JobId, vertex: str) -> frozenset[str]:
        """Of a vertex: those of its tasks and of its operators (`OPERATOR.METRIC`)."""
        ...

    def job(self, job_id: JobId, names: Collection[str]) -> Mapping[str, float]:
        """Metrics of a whole job, such as `numRestarts`."""
        ...

    def machines(self) -> Sequence[Machine]: ...

    def process(self, process: str, names: Collection[str] = ()) -> Mapping[str, float]:
        """Metrics of the JobManager or a TaskManager, such as `Status.JVM.Memory.Heap.Used`; all without names."""
        ...

    def scrape(self, names: Collection[str] = ()) -> Scraped | None:
        """Metrics of all jobs and processes at once, from Flink's Prometheus reporters, where the cluster has them
        on and they can be reached. None: it has not.

        `names`: only those, an operator's without the operator (`pendingRecords`); to read all takes long."""
        ...

    def checkpoint_tasks(self, job_id: JobId, checkpoint_id: int) -> Sequence[CheckpointTask]:
        """The slowest sub-task of each vertex in a checkpoint. Nothing once Flink has forgotten it."""
        ...

    def failures(self, job_id: JobId, most: int = 20) -> Sequence[Failure]:
        """The newest first; Flink keeps 16 (`web.exception-history-size`)."""
        ...

    def close(self) -> None: ...


class Monitoring(Measured, Protocol):
    """All that is looked at of one cluster, and nothing is changed by that. Raises as `Measured` does."""

    @property
    def url(self) -> str: ...

    def jobs(self) -> Sequence[JobSummary]:
        """All that the cluster knows of, those that are over as well."""
        ...

    def subtasks(self, job_id: JobId, vertex: str) -> Sequence[Subtask]: ...

    def subtask_metrics(self, job_id: JobId, vertex: str, names: Collection[str]) -> Mapping[str, dict[int, float]]:
        """Metrics by name and then by sub-task."""
        ...

    def checkpoints(self, job_id: JobId) -> CheckpointHistory | None:
        """Its newest ones, as `ports.jobs.JobControl.checkpoints` tells them."""
        ...

    def checkpoint_settings(self, job_id: JobId) -> CheckpointSettings | None: ...

    def flame(
        self, job_id: JobId, vertex: str, kind: FlameKind = FlameKind.FULL, subtask: int | None = None
    ) -> Flame | None:
        """None while Flink still takes samples (some five seconds): ask again. Raises `UsageError` where it is
        switched off (`rest.flamegraph.enabled`)."""
        ...

    def configuration(self) -> Mapping[str, str]:
        """The JobManager's."""
        ...

    def logs(self, process: str) -> Sequence[LogFile]: ...

    def log(self, process: str, name: str = "", *, most: int = 4_000_000) -> str:
        """The end of a log, at most `most` bytes of it; without a name the process's main one. Flink sends all."""
        ...

    def threads(self, process: str) -> Sequence[ThreadStack]: ...
