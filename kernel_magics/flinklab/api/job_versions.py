"""From a text to a job's version, and two versions side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from flinklab.api.flink import connect, find_local, with_file
from flinklab.api.job_sessions import connect_for_jobs
from flinklab.api.jobs import new_key, opened
from flinklab.api.moving import check_in_pool
from flinklab.api.reaching import jobmanager_access, judging_places
from flinklab.api.supervising import EMBEDDED, FIXED_SLOTS, embedded_cluster
from flinklab.domain.errors import ConnectionFailedError, UnreachableError, UsageError
from flinklab.domain.jobs import Cell, Job, JobKey, JobVersion, Managed, Plan
from flinklab.jobs.documents import JobDocument, arguments_of
from flinklab.jobs.judging import Judgement, Proposal
from flinklab.jobs.promoting import Place, Promoter, Promotion
from flinklab.jobs.script import CellText
from flinklab.jobs.wanting import in_the_end, with_arguments
from flinklab.settings import Settings, load_settings
from flinklab.sharing.sharing import Sharing

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.records import RegisteredCluster
    from flinklab.jobs.difference import Difference
    from flinklab.session.session import Session


def promote(
    session: Session,
    source: str | Proposal,
    name: str | JobKey,
    *,
    catalog: Catalog | None = None,
    environment: str | None = None,
    cluster: str | None = None,
    pool: str | None = None,
    parallelism: int | None = None,
    tags: Sequence[str] = (),
    note: str = "",
    origin: Cell | None = None,
    settings: Settings | None = None,
) -> Promotion:
    """Make a version of a text, and the job when it is new; unchanged text makes no version. Nothing is started.

    `cluster`: a registered one of the job's team, by default the one that the job is on, or the embedded Flink.
    `pool`: of a new job, on whose cluster with most room it is placed, and within which it may be moved.
    Raises `PromotionRefusedError` with the findings, the `StatementError` that Flink says of the text, and what a
    catalog or a gateway raises; nothing is recorded then.
    """
    proposal = source if isinstance(source, Proposal) else Proposal.of(source)
    catalog = opened(catalog)
    key = name if isinstance(name, JobKey) else new_key(catalog, name, environment)
    job = _job(catalog, key, cluster, settings, parallelism, pool)
    if tags:
        job = replace(job, tags=tuple(tags))
    with _promoter(session, catalog, job, settings) as promoter:
        return promoter.promote(proposal, job, note=note, origin=origin)


def check_promotion(
    session: Session,
    source: str | Proposal,
    name: str | JobKey,
    *,
    catalog: Catalog | None = None,
    environment: str | None = None,
    cluster: str | None = None,
    pool: str | None = None,
    parallelism: int | None = None,
    settings: Settings | None = None,
) -> Judgement:
    """What stands against a text as a job. Nothing that others see is made, changed or dropped."""
    proposal = source if isinstance(source, Proposal) else Proposal.of(source)
    catalog = opened(catalog)
    key = name if isinstance(name, JobKey) else new_key(catalog, name, environment)
    job = _job(catalog, key, cluster, settings, parallelism, pool)
    with _promoter(session, catalog, job, settings) as promoter:
        return promoter.check(proposal, environment=job.key.environment, deployment=job.deployment)


def promote_document(
    document: JobDocument,
    key: JobKey,
    cluster: str,
    catalog: Catalog,
    *,
    settings: Settings | None = None,
    ignore: Collection[str] = (),
    note: str = "",
) -> Promotion:
    """`promote` for a job's file, in a session of its own on the job's cluster.

    A file that names a version has it carried into its environment.
    """
    job = _job(catalog, key, cluster, settings)
    job = with_arguments(job, arguments_of(document, job))
    registered = catalog.registry.cluster(key.team, cluster)
    session_there = _session(catalog, registered, settings)
    with session_there as session, _promoter(session, catalog, job, settings) as promoter:
        if document.version is not None:
            return promoter.carry(document.version, job, ignore=ignore)
        proposal = Proposal((CellText(document.sql or ""),), document.config or {}, ignore=frozenset(ignore))
        return promoter.promote(proposal, job, note=note)


def difference(catalog: Catalog, managed: Managed, a: int | None, b: int | None) -> Difference:
    """Two versions of a job side by side; without numbers, what is wanted now and the newest one."""
    from flinklab.jobs.difference import difference as between

    key = managed.job.key
    store = catalog.job_versions
    left = store.version(key.team, key.name, a if a is not None else in_the_end(managed).number)
    newest = store.newest(key.team, key.name) or left
    right = newest if b is None else store.version(key.team, key.name, b)
    return between(left, right, *(_plan(catalog, each, key.environment) for each in (left, right)))


def _plan(catalog: Catalog, version: JobVersion, environment: str) -> Plan | None:
    return catalog.job_versions.newest_plan(version.team, version.name, version.number, environment)


def _job(
    catalog: Catalog,
    key: JobKey,
    cluster: str | None,
    settings: Settings | None,
    parallelism: int | None = None,
    pool: str | None = None,
) -> Job:
    """As it is, or as it would be made; with another parallelism where one is given."""
    managed, sized = catalog.jobs.find(key), {} if parallelism is None else {"parallelism": parallelism}
    if managed is not None:
        return with_arguments(in_the_end(managed), sized)
    if pool is None:
        return with_arguments(_new(catalog, key, cluster, settings), sized)
    pooled = Job(key, cluster or "", 0, owner=catalog.person, pool=catalog.registry.pool(key.team, pool).name)
    return _placed(catalog, with_arguments(pooled, sized), settings)


def _placed(catalog: Catalog, job: Job, settings: Settings | None) -> Job:
    """On a cluster of its pool: the one that is named, else the one with most room."""
    from flinklab.api.placing import placing

    if job.cluster:
        check_in_pool(catalog, job.key.team, job.pool, job.cluster)
        return job
    return replace(job, cluster=placing(catalog, settings or load_settings()).place(job, anyway=True))


def _new(catalog: Catalog, key: JobKey, cluster: str | None, settings: Settings | None) -> Job:
    if cluster is not None:
        name = catalog.registry.cluster(key.team, cluster).name
    elif find_local(settings) is not None:
        name = embedded_cluster(catalog, key.team).name
    else:
        known = ", ".join(each.name for each in catalog.registry.clusters([key.team]))
        raise UsageError(
            f"on which cluster shall {key} run?",
            hint=f"name one of {known}"
            if known
            else "`%flink up` starts one here, `%flink clusters add` names one",
        )
    return Job(key, name, 0, owner=catalog.person)


@contextmanager
def _promoter(session: Session, catalog: Catalog, job: Job, settings: Settings | None) -> Iterator[Promoter]:
    if not isinstance(session.supply, Sharing):
        raise UsageError("this session works without a catalog", hint="connect without catalog=False")
    settings = settings or load_settings()
    with _place(catalog, catalog.registry.cluster(job.key.team, job.cluster), settings) as place:
        yield Promoter(session, session.supply, catalog.job_versions, catalog.jobs, place)


@contextmanager
def _place(catalog: Catalog, cluster: RegisteredCluster, settings: Settings) -> Iterator[Place]:
    """As a supervisor reaches the cluster."""
    from flinklab.flink.gateway import RestGateway
    from flinklab.flink.jobmanager import RestJobManager
    from flinklab.local.storage import FileStorage

    gateway_access, storage, its_target = judging_places(catalog, settings, cluster)
    with ExitStack() as stack:
        gateway = RestGateway(gateway_access)
        stack.callback(gateway.close)
        slots = None
        if cluster.kind in FIXED_SLOTS:
            jobmanager = RestJobManager(jobmanager_access(catalog, settings, cluster))
            stack.callback(jobmanager.close)
            with suppress(ConnectionFailedError):
                slots = jobmanager.overview().slots_total
        yield Place(
            gateway,
            FileStorage(storage),
            its_target,
            cluster.defaults,
            slots,
            lambda statement: with_file(statement, settings),
        )


@contextmanager
def _session(catalog: Catalog, cluster: RegisteredCluster, settings: Settings | None) -> Iterator[Session]:
    if cluster.kind != EMBEDDED:
        with connect_for_jobs(f"{cluster.team}.{cluster.name}", catalog) as session:
            yield session
        return
    running = find_local(settings)
    if running is None:
        raise UnreachableError("the embedded Flink does not run", hint="`flinklab up` starts it")
    with connect(
        running.gateway_url, jobmanager_url=running.jobmanager_url, settings=settings, catalog=catalog
    ) as session:
        yield session
