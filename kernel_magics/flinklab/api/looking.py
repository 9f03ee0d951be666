"""What a person looks at: a managed job, a Flink job, a cluster; with its records and a way to its cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from flinklab.api.jobs import job, opened
from flinklab.api.reaching import jobmanager_transport
from flinklab.domain.errors import NotFoundError, UnreachableError, UsageError
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import ClusterKey, Managed
from flinklab.domain.series import SeriesOwner
from flinklab.domain.text import one_line, suggest
from flinklab.jobs.hiding import Hiding
from flinklab.settings import Settings, load_settings
from flinklab.telemetry.masking import without_settings

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.ports import JobManager
    from flinklab.ports.monitoring import Monitoring
    from flinklab.ports.series import SeriesReader
    from flinklab.session.result import Result
    from flinklab.session.session import Session


@dataclass
class Subject:
    """`managed`: a job with records; `flink_id`: what runs of it now, or ran last; neither: the cluster itself.

    `sql`: its statement, if it is known. Close it, or use it in a `with`.
    """

    title: str
    open_monitoring: Callable[[], Monitoring]
    cluster: ClusterKey | None = None
    managed: Managed | None = None
    flink_id: JobId | None = None
    sql: str = ""
    reader: SeriesReader | None = None
    config: dict[str, str] = field(default_factory=dict)
    """What was set for it: the version's, then the job's own."""
    hide: Callable[[str], str] = str
    """What its failures say, as people of its team may see it: without secrets. The values of rows stay, as whoever
    sees the job may read its tables; `flinklab.report`, which is handed on, hides those too. Of a managed job it
    raises a `CatalogUnavailableError`."""

    @cached_property
    def monitoring(self) -> Monitoring:
        """The cluster as it is now. Raises `ConnectionFailedError`, `UsageError`."""
        return self.open_monitoring()

    @property
    def owner(self) -> SeriesOwner | None:
        """Under which its series are recorded; None for what no supervisor looks after."""
        if self.cluster is None or (self.flink_id is not None and self.managed is None):
            return None
        job_id = self.managed.job.id if self.managed is not None else 0
        return SeriesOwner(self.cluster.team, self.cluster.name, job_id)

    def close(self) -> None:
        if "monitoring" in self.__dict__:
            self.monitoring.close()

    def __enter__(self) -> Subject:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def subject_of_job(
    name: str, environment: str | None = None, catalog: Catalog | None = None, settings: Settings | None = None
) -> Subject:
    """A managed job. Raises `NotFoundError`, which knows what may have been meant."""
    shared, settings = opened(catalog), settings or load_settings()
    handle = job(name, environment, shared)
    managed = handle.managed
    version = shared.job_versions.version(handle.key.team, handle.key.name, managed.job.number)
    cluster = ClusterKey(handle.key.team, managed.job.cluster)
    return Subject(
        str(handle.key),
        lambda: open_monitoring(shared, settings, cluster),
        cluster,
        managed,
        managed.attempt.flink_id if managed.attempt is not None else None,
        version.script.statement,
        shared.series,
        {**version.script.config, **managed.job.deployment.config},
        _hiding(shared, managed),
    )


def subject_of_cluster(name: str, catalog: Catalog | None = None, settings: Settings | None = None) -> Subject:
    """A registered cluster, by its name on the search path or `team.name`. Raises `NotFoundError`."""
    shared, settings = opened(catalog), settings or load_settings()
    cluster, _, _ = shared.registry.cluster_on_path(name, shared.teams)
    key = ClusterKey(cluster.team, cluster.name)
    return Subject(str(key), lambda: open_monitoring(shared, settings, key), key, reader=shared.series)


def subject_of_result(result: Result) -> Subject:
    """A query or an INSERT of any session that is open. Raises `NotFoundError` for what has no job."""
    if result.job_id is None:
        raise NotFoundError("this result has no Flink job", hint="it was answered by the gateway itself")
    return Subject(
        result.job_name or f"job {result.job_id[:8]}",
        lambda: _monitoring_of(result.jobmanager),
        flink_id=result.job_id,
        sql=result.statement.text,
        config=dict(result.config),
        hide=lambda text: without_settings(result.hide(text)),
    )


def _hiding(catalog: Catalog, managed: Managed) -> Callable[[str], str]:
    """What a supervisor hides where it writes failures down."""
    hide = Hiding(catalog.job_versions, catalog.variables).of(managed)
    return lambda text: without_settings(hide(text))


def subject_of_session(session: Session) -> Subject:
    """The cluster that a session's queries run on, of which nothing is recorded under this name."""
    title = session.jobs.url if session.jobs is not None else "the session's cluster"
    return Subject(title, lambda: _monitoring_of(session.jobs))


def subject_of(
    target: str | Result | None = None,
    environment: str | None = None,
    catalog: Catalog | None = None,
    session: Session | None = None,
) -> Subject:
    """The job or the cluster of a name, the first that there is, or a result; without a target the cluster of
    `session`.

    Raises `NotFoundError`, which knows what may have been meant, and `UsageError` where there is neither.
    """
    if isinstance(target, str):
        return _named(target, environment, catalog)
    if target is not None:
        return subject_of_result(target)
    if session is None:
        raise UsageError("which one? Give the name of a job or a cluster, a result, or a session")
    return subject_of_session(session)


def _named(name: str, environment: str | None, catalog: Catalog | None) -> Subject:
    shared = opened(catalog)
    try:
        return subject_of_job(name, environment, shared)
    except NotFoundError as error:
        no_job = error
    try:
        return subject_of_cluster(name, shared)
    except NotFoundError:
        if no_job.hint and "is in" in no_job.hint:
            raise no_job from None
    teams = [each.name for each in shared.people.teams()]
    names = [each.name for each in shared.registry.clusters(teams)]
    close = suggest(name, [*(each.job.key.name for each in shared.jobs.list(list(shared.teams))), *names])
    raise NotFoundError(
        f"there is no job and no cluster called {one_line(name, 60)!r}",
        hint=f"did you mean {close}?" if close else "`%flink jobs` and `%flink clusters` list them",
    )


def _monitoring_of(jobmanager: JobManager | None) -> Monitoring:
    """Of the cluster that a session's queries run on. Raises `UnreachableError` where no JobManager is known."""
    from flinklab.flink.jobmanager import RestJobManager
    from flinklab.flink.monitoring import RestMonitoring

    if not isinstance(jobmanager, RestJobManager):
        raise UnreachableError("no JobManager is known", hint="connect with --jobmanager URL")
    return RestMonitoring(jobmanager.transport, shared=True)


def open_monitoring(catalog: Catalog, settings: Settings, cluster: ClusterKey) -> Monitoring:
    """Of a registered cluster. Raises `ConnectionFailedError`, `NotFoundError`, `UsageError`."""
    from flinklab.flink.monitoring import RestMonitoring

    registered = catalog.registry.cluster(cluster.team, cluster.name)
    return RestMonitoring(jobmanager_transport(catalog, settings, registered))
