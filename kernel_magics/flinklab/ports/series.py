"""Where series are kept, and what else is recorded for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.jobs import Checkpoint, Event
from flinklab.domain.monitoring import Failure, JobGraph
from flinklab.domain.series import Frame, Retention, Sample, SeriesKey, SeriesOwner


class RecordedGraph(NamedTuple):
    """A job's graph from a moment on. `version`: of the job that ran."""

    job_id: int
    attempt: AttemptId | None
    at: datetime
    graph: JobGraph
    version: int = 0


class RecordedFailure(NamedTuple):
    job_id: int
    attempt: AttemptId | None
    flink_id: JobId
    failure: Failure


class SeriesWriter(Protocol):
    """How a supervisor writes, under its lease. Every method may raise `LeaseLostError` and a `CatalogError`."""

    def append(self, samples: Sequence[Sample]) -> None:
        """In one transaction."""
        ...

    def graph(self, graph: RecordedGraph) -> None:
        """Kept when it differs from the newest one of the job."""
        ...

    def failures(self, failures: Sequence[RecordedFailure]) -> None:
        """Each once, however often it is told."""
        ...

    def tidy(self, retention: Retention) -> bool:
        """Pack the hours that are over, roll them up, and delete what is older than is kept: one portion of it, in
        a short transaction. True: there is more to do."""
        ...


class SeriesReader(Protocol):
    """For people. Moments are aware. Every method may raise a `CatalogError`."""

    def keys(self, owner: SeriesOwner, since: datetime, until: datetime) -> Sequence[SeriesKey]: ...

    def frame(
        self,
        owner: SeriesOwner,
        since: datetime,
        until: datetime,
        *,
        names: Sequence[str] | None = None,
        points: int = 1500,
    ) -> Frame:
        """The series of these names (all without), in the finest tier that is kept for the time and gives about
        `points` values a series. An empty frame where nothing was recorded."""
        ...

    def newest(self, owners: Sequence[SeriesOwner], names: Sequence[str]) -> dict[SeriesOwner, Sample]:
        """The newest sample of each, if it has one of the last ten minutes: for hundreds of jobs at once."""
        ...

    def graphs(self, job_id: int, since: datetime, until: datetime) -> Sequence[RecordedGraph]:
        """Those that held in that time, the oldest first; the one that held at `since` is among them."""
        ...

    def recorded_failures(self, job_id: int, since: datetime, until: datetime) -> Sequence[RecordedFailure]:
        """The oldest first."""
        ...

    def checkpoints(self, job_id: int, since: datetime, until: datetime) -> Sequence[Checkpoint]:
        """The oldest first, by when they were triggered; gaps, which have no such moment, where they belong."""
        ...

    def events(self, job_id: int, since: datetime, until: datetime) -> Sequence[Event]:
        """The oldest first."""
        ...
