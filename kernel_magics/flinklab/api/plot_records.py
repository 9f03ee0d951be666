"""What is recorded of a job or a cluster, for plots: series, names of parts, what happened, why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from flinklab.api.jobs import opened
from flinklab.api.looking import Subject
from flinklab.domain.errors import UsageError
from flinklab.domain.jobs import Attempt, Checkpoint, Command, Managed
from flinklab.domain.series import Frame, SeriesOwner
from flinklab.plots.marks import Mark
from flinklab.plots.timeline import Life, attempt_marks
from flinklab.plots.vertices import Parts, parts_of
from flinklab.ports.series import RecordedGraph
from flinklab.telemetry.joining import worst_of
from flinklab.telemetry.measures import MEASURES
from flinklab.telemetry.span import Span

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

Named: TypeAlias = tuple[Frame, Parts]
"""Series, and what their parts are called."""

_ATTEMPTS = 1000
_MOST_JOBS = 50  # of a cluster

_LONG = timedelta(days=30)


class Records:
    """Of a subject that has an owner. Raises `CatalogError`."""

    def __init__(self, subject: Subject, catalog: Catalog | None) -> None:
        assert subject.reader is not None and subject.owner is not None
        self._subject = subject
        self._reader, self._owner = subject.reader, subject.owner
        self._catalog = opened(catalog)
        self.attempts: Sequence[Attempt] = ()
        if subject.managed is not None:
            self.attempts = self._catalog.jobs.attempts(self._job_id, limit=_ATTEMPTS)

    def series(self, chosen: Span, names: Sequence[str]) -> Named:
        """Of a cluster those of its processes, or the worst of each job, see `left_out`. Raises `UsageError` for
        both at once."""
        if self._subject.managed is not None:
            return self._frame(self._owner, chosen, names), self.parts(chosen)
        if not self._are_of_jobs(names):
            return self._frame(self._owner, chosen, names), Parts()
        frames = {
            _called(each, self._jobs): self._frame(self._owner._replace(job_id=each.job.id), chosen, names)
            for each in self._jobs[:_MOST_JOBS]
        }
        return worst_of(frames, names), Parts()

    def left_out(self, names: Sequence[str]) -> str:
        """Of a cluster with many jobs, in words, that only some of them are in `series`."""
        if self._subject.managed is not None or not self._are_of_jobs(names) or len(self._jobs) <= _MOST_JOBS:
            return ""
        return f"{_MOST_JOBS} of its {len(self._jobs):,} jobs, those that run first: `%flink watch` shows all"

    def known(self) -> list[str]:
        """The measures of which there is a series, of the last 30 days."""
        now = datetime.now(timezone.utc)
        names = {key.name for key in self._reader.keys(self._owner, now - _LONG, now)}
        return [name for name in MEASURES if name in names]

    def graphs(self, chosen: Span) -> Sequence[RecordedGraph]:
        return self._reader.graphs(self._job_id, chosen.since, chosen.until)

    def newest_graph(self) -> RecordedGraph | None:
        now = datetime.now(timezone.utc)
        found = self._reader.graphs(self._job_id, now, now)
        return found[-1] if found else None

    def checkpoints(self, chosen: Span) -> Sequence[Checkpoint]:
        return self._reader.checkpoints(self._job_id, chosen.since, chosen.until)

    def parts(self, chosen: Span) -> Parts:
        return parts_of(self.graphs(chosen))

    def marks(self, chosen: Span) -> list[Mark]:
        """What happened to a job in that time; nothing for a cluster."""
        if self._subject.managed is None:
            return []
        failures = self._reader.recorded_failures(self._job_id, chosen.since, chosen.until)
        found = attempt_marks(self.attempts, failures)
        return [mark for mark in found if chosen.since <= mark.at <= chosen.until]

    def life(self, chosen: Span, commands: Sequence[Command]) -> Life:
        managed = self._managed
        return Life(
            managed.status,
            [each for each in self.attempts if _meets(each, chosen)],
            self._reader.events(managed.job.id, chosen.since, chosen.until),
            self._reader.recorded_failures(managed.job.id, chosen.since, chosen.until),
            self.checkpoints(chosen),
            [each for each in commands if each.asked_at is not None and each.asked_at <= chosen.until],
        )

    def commands(self) -> Sequence[Command]:
        return self._catalog.commands.list(self._job_id, limit=_ATTEMPTS)[::-1]

    def began_empty(self) -> datetime | None:
        """When the job last started without state."""
        starts = [each.running_at for each in self.attempts if each.running_at and not each.restored_from]
        return max(starts, default=None)

    def why_nothing(self, missing: str, names: Sequence[str] = ()) -> tuple[str, str]:
        """Why there is nothing to draw (of these measures), and what to do."""
        managed = self._subject.managed
        known = self.known() if names else []
        if known and not set(known) & set(names):
            what = ", ".join(MEASURES[name].meaning for name in names if name in MEASURES)
            return f"it has nothing to tell of {what}", f"recorded of it are {', '.join(known)}"
        if managed is None:
            return missing, "`flinklab supervise` records while jobs run there"
        if managed.attempt is None:
            return "it never ran", f"`%flink start {managed.job.key.name}` starts it"
        if managed.attempt.state.is_live:
            return missing, "`flinklab supervise` records while it runs: the first values come within two minutes"
        return f"{missing}, and it is {managed.status.state.value} now", "`--since 30d` looks further back"

    def _are_of_jobs(self, names: Sequence[str]) -> bool:
        of_jobs = {MEASURES[name].of in ("vertex", "job") for name in names if name in MEASURES}
        if of_jobs == {True, False}:
            raise UsageError("measures of a cluster's jobs and of its processes are drawn apart")
        return of_jobs == {True}

    @cached_property
    def _jobs(self) -> Sequence[Managed]:
        """Of the cluster, those that run first."""
        found = self._catalog.jobs.list([self._owner.team], cluster=self._owner.cluster)
        return sorted(found, key=lambda each: each.attempt is None or not each.attempt.state.is_live)

    @property
    def _managed(self) -> Managed:
        assert self._subject.managed is not None
        return self._subject.managed

    @property
    def _job_id(self) -> int:
        return self._managed.job.id

    def _frame(self, owner: SeriesOwner, chosen: Span, names: Sequence[str]) -> Frame:
        return self._reader.frame(owner, chosen.since, chosen.until, names=list(names))


def _called(managed: Managed, among: Sequence[Managed]) -> str:
    """Its name, with its environment where another job has the same one."""
    key = managed.job.key
    alike = sum(each.job.key.name == key.name for each in among)
    return f"{key.name} ({key.environment})" if alike > 1 else key.name


def _meets(attempt: Attempt, chosen: Span) -> bool:
    begun, ended = attempt.planned_at, attempt.ended_at
    return begun is not None and begun <= chosen.until and (ended is None or ended >= chosen.since)
