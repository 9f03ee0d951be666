"""What is watched, found by its name: a job, a query's result, a cluster, a team."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Protocol, TypeAlias

from flinklab.api.jobs import job, opened
from flinklab.api.looking import (
    Subject,
    subject_of_cluster,
    subject_of_job,
    subject_of_result,
    subject_of_session,
)
from flinklab.api.watching_cluster import ClusterPicture, ClusterWatch
from flinklab.api.watching_job import JobPicture, JobWatch
from flinklab.api.watching_team import TeamPicture, TeamWatch
from flinklab.domain.errors import NotFoundError, UnreachableError
from flinklab.domain.text import one_line, suggest
from flinklab.jobs.others import whose_job
from flinklab.settings import Settings, load_settings

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.ids import JobId
    from flinklab.session.result import Result
    from flinklab.session.session import Session

Picture: TypeAlias = JobPicture | ClusterPicture | TeamPicture


class Watch(Protocol):
    """Something that is looked at again and again, from one thread at a time."""

    news: Callable[[], None]
    """Called from another thread when a look would show something else."""

    @property
    def title(self) -> str: ...

    def look(self) -> Picture:
        """How it is now, as far as is known. It waits for the catalog, and never for a cluster."""
        ...

    def close(self) -> None: ...


def watch(
    name: str, environment: str | None = None, catalog: Catalog | None = None, settings: Settings | None = None
) -> Watch:
    """The job, the cluster or the team of that name, the first that there is.

    `look()` gives a picture, at once: of what is recorded, and of what its cluster told last, which is read beside.
    Close it when done; `%flink watch` draws it.

    Raises `NotFoundError`, which knows what may have been meant.
    """
    shared = opened(catalog)
    try:
        return watch_job(name, environment, shared, settings)
    except NotFoundError as error:
        no_job = error
    try:
        return watch_cluster(name, shared, settings)
    except NotFoundError:
        pass
    if name in (teams := [each.name for each in shared.people.teams()]):
        return watch_team(name, environment, shared)
    if no_job.hint and "is in" in no_job.hint:
        raise no_job
    clusters = [each.name for each in shared.registry.clusters(teams)]
    jobs = [each.job.key.name for each in shared.jobs.list(list(shared.teams))]
    close = suggest(name, [*jobs, *clusters, *teams])
    raise NotFoundError(
        f"there is no job, no cluster and no team called {one_line(name, 60)!r}",
        hint=f"did you mean {close}?" if close else "`%flink jobs` and `%flink clusters` list them",
    )


def watch_job(
    name: str, environment: str | None = None, catalog: Catalog | None = None, settings: Settings | None = None
) -> JobWatch:
    """A managed job. Raises `NotFoundError`."""
    shared = opened(catalog)
    key = job(name, environment, shared).key

    def reopen() -> Subject:
        return subject_of_job(f"{key.team}.{key.name}", key.environment, shared, settings)

    return JobWatch(reopen(), shared, reopen)


def watch_result(result: Result) -> JobWatch:
    """A query or an INSERT of a session: what its cluster tells. Raises `NotFoundError` for what has no job."""
    return JobWatch(subject_of_result(result))


def watch_cluster(name: str, catalog: Catalog | None = None, settings: Settings | None = None) -> ClusterWatch:
    """A registered cluster. Raises `NotFoundError`."""
    shared, settings = opened(catalog), settings or load_settings()
    subject = subject_of_cluster(name, shared, settings)
    key = subject.cluster
    assert key is not None

    def owners(job_ids: Sequence[JobId]) -> dict[JobId, str]:
        from flinklab.api.reaching import jobmanager

        with closing(jobmanager(shared, settings, shared.registry.cluster(key.team, key.name))) as there:
            return {each: whose_job(there.job_parameters(each)) for each in job_ids}

    return ClusterWatch(subject, owners, shared)


def watch_session(session: Session, catalog: Catalog | None = None) -> ClusterWatch:
    """The cluster on which a session's queries run; nothing is recorded of it under this name.

    Raises `UnreachableError` where no JobManager is known.
    """
    jobmanager = session.jobs
    if jobmanager is None:
        raise UnreachableError("no JobManager is known", hint="`%flink connect URL --jobmanager URL` names it")

    def owners(job_ids: Sequence[JobId]) -> dict[JobId, str]:
        return {each: whose_job(jobmanager.job_parameters(each)) for each in job_ids}

    return ClusterWatch(subject_of_session(session), owners, catalog)


def watch_team(
    team: str | None = None, environment: str | None = None, catalog: Catalog | None = None
) -> TeamWatch:
    """The jobs of a team, or of all teams of the search path. Raises `NotFoundError`."""
    shared = opened(catalog)
    known = [each.name for each in shared.people.teams()]
    if team is not None and team not in known:
        close = suggest(team, known)
        raise NotFoundError(
            f"there is no team {one_line(team, 60)!r}", hint=f"did you mean {close}?" if close else None
        )
    return TeamWatch(shared, team, environment)
