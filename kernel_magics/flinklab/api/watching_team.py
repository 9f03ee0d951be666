"""A team's jobs as somebody watches them: hundreds, from the records alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from flinklab.api.jobs import managed_jobs
from flinklab.domain.errors import FlinklabError
from flinklab.domain.jobs import Checkpoint, Managed
from flinklab.domain.series import SeriesOwner
from flinklab.telemetry.health import vitals

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

_NAMES = (
    "backpressured_max",
    "backpressured",
    "source_lag",
    "watermark_lag",
    "restarts",
    "state_size",
)
_OLD = 180.0  # s: of numbers that are older nothing is said


@dataclass(frozen=True, slots=True)
class TeamJob:
    """`vitals`: of the last minutes, by `telemetry.health.VITALS`, as far as they are recorded."""

    managed: Managed
    vitals: Mapping[str, float] = field(default_factory=dict)

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The newest one that it can be started from."""
        return self.managed.points[0] if self.managed.points else None


@dataclass(frozen=True, slots=True)
class TeamPicture:
    """`at`: when it was read from the catalog; None when that never went well. `trouble`: why it is not newer."""

    title: str
    at: datetime | None = None
    trouble: str = ""
    jobs: tuple[TeamJob, ...] = ()


class TeamWatch:
    """Looks at the jobs of a team, or of all teams of the search path, again and again; from one thread at a
    time."""

    def __init__(
        self,
        catalog: Catalog,
        team: str | None = None,
        environment: str | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._catalog = catalog
        self._team = team
        self._environment = environment
        self._now = now
        self._last: TeamPicture | None = None
        self.news: Callable[[], None] = lambda: None

    @property
    def title(self) -> str:
        where = f" ({self._environment})" if self._environment else ""
        return ", ".join([self._team] if self._team else self._catalog.teams) + where

    def look(self) -> TeamPicture:
        """How they are now; when the catalog does not answer, how they were."""
        at = self._now()
        try:
            found = managed_jobs(self._catalog, team=self._team, environment=self._environment)
            owners = {each.job.id: _owner(each) for each in found}
            newest = self._catalog.series.newest(list(owners.values()), _NAMES)
        except FlinklabError as error:
            last = self._last or TeamPicture(self.title)
            return TeamPicture(last.title, last.at, f"the records cannot be read: {error.message}", last.jobs)
        jobs = []
        for each in found:
            sample = newest.get(owners[each.job.id])
            fresh = sample is not None and at.timestamp() - sample.at <= _OLD
            jobs.append(TeamJob(each, vitals(sample.values) if sample is not None and fresh else {}))
        self._last = TeamPicture(self.title, at, "", tuple(jobs))
        return self._last

    def close(self) -> None:
        """Nothing is held."""


def _owner(managed: Managed) -> SeriesOwner:
    return SeriesOwner(managed.job.key.team, managed.job.cluster, managed.job.id)
