"""Jobs as files: applied, so that what is wanted is what the file says, and exported."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flinklab.api.command_handle import CommandHandle
from flinklab.api.files import read_text
from flinklab.api.job_handle import JobHandle
from flinklab.api.moving import check_in_pool, left_pool
from flinklab.domain.errors import UsageError
from flinklab.domain.jobs import CommandKind, Job, JobKey, Managed
from flinklab.jobs.asking import restore_from
from flinklab.jobs.documents import (
    RUNNING,
    STOPPED,
    JobDocument,
    arguments_of,
    document_of,
    read_document,
    write_document,
)
from flinklab.jobs.wanting import in_the_end, with_arguments

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.jobs.promoting import Promotion
    from flinklab.settings import Settings

Promote = Callable[[JobDocument, JobKey, str], "Promotion"]
"""Makes a version of a document's SQL, or carries its version to where the job is, for a job on a cluster."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What an application of a file came to. No version, no job and no commands: all was so already."""

    key: JobKey
    version: int
    new_version: bool = False
    new_job: bool = False
    commands: tuple[CommandHandle, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return self.new_version or self.new_job or bool(self.commands)


def apply_job(
    source: str | Path,
    catalog: Catalog,
    *,
    environment: str | None = None,
    number: int | None = None,
    state: str | None = None,
    ignore: Collection[str] = (),
    note: str = "",
    settings: Settings | None = None,
) -> Applied:
    """Make what is wanted of a job what a file (a `Path`) or a text says. The same again changes nothing.

    `environment` and `number` win over what the file says; with a number its SQL is not looked at. `state`
    (`keep`, `drop`) is a person's word for an upgrade whose state may not fit. Raises `UsageError`,
    `PromotionRefusedError`, `CommandRefusedError`, and what connecting to the cluster's gateway raises.
    """
    document = read_document(read_text(source) if isinstance(source, Path) else source)
    if number is not None:
        document = dataclasses.replace(document, version=number, sql=None, config=None)
    document = _with_sql(document, source.parent if isinstance(source, Path) else Path())
    key = JobKey(
        document.team or catalog.team, document.name, environment or document.environment or catalog.environment
    )

    def promote(wanted: JobDocument, where: JobKey, cluster: str) -> Promotion:
        from flinklab.api.job_versions import promote_document

        return promote_document(wanted, where, cluster, catalog, settings=settings, ignore=ignore, note=note)

    return apply_document(document, key, catalog, promote, state=state)


def apply_document(
    document: JobDocument, key: JobKey, catalog: Catalog, promote: Promote, *, state: str | None = None
) -> Applied:
    """`apply_job` for a document that was read.

    `promote` is called for SQL, and for a version that is not the job's already: what it lacks in this environment
    is said before anything is recorded.
    """
    before = catalog.jobs.find(key)
    cluster = _cluster(document, before, catalog, key)
    new_version, findings = False, tuple[str, ...]()
    if document.version is not None:
        catalog.job_versions.version(key.team, key.name, document.version)
    if document.version is None or before is None or in_the_end(before).number != document.version:
        promotion = promote(document, key, cluster)
        number, new_version = promotion.version.number, promotion.is_new
        findings = tuple(map(str, promotion.findings))
    else:
        number = document.version
    managed = catalog.jobs.find(key)
    if managed is None:
        draft = Job(key, cluster, number, owner=catalog.person)
        catalog.jobs.add(with_arguments(draft, arguments_of(document, draft)))
        managed = catalog.jobs.get(key)
    commands = _commands(document, managed, number, JobHandle(catalog, key), catalog, state)
    return Applied(key, number, new_version, before is None, commands, findings)


def export_job(handle: JobHandle, catalog: Catalog) -> str:
    """What is wanted of a job, as YAML: its SQL and settings, never a variable's value."""
    job = in_the_end(handle.managed)
    version = catalog.job_versions.version(job.key.team, job.key.name, job.number)
    return write_document(document_of(job, version.script))


def _with_sql(document: JobDocument, folder: Path) -> JobDocument:
    if document.sql_file is None:
        return document
    return dataclasses.replace(document, sql=read_text(folder / document.sql_file))


def _cluster(document: JobDocument, before: Managed | None, catalog: Catalog, key: JobKey) -> str:
    team = key.team
    pool = catalog.registry.pool(team, document.pool).name if document.pool else ""
    if document.cluster is not None:
        cluster = catalog.registry.cluster(team, document.cluster).name
        if pool:
            check_in_pool(catalog, team, pool, cluster)
        return cluster
    if before is not None:
        return in_the_end(before).cluster
    if pool:
        return _placed(document, pool, catalog, key)
    if catalog.database.is_shared:
        raise UsageError("on which cluster? The job's file needs `cluster`", hint="`flinklab job list` shows some")
    from flinklab.api.supervising import embedded_cluster

    return embedded_cluster(catalog, team).name


def _placed(document: JobDocument, pool: str, catalog: Catalog, key: JobKey) -> str:
    from flinklab.api.placing import placing
    from flinklab.settings import load_settings

    job = Job(key, "", 0, pool=pool)
    return placing(catalog, load_settings()).place(with_arguments(job, arguments_of(document, job)), anyway=True)


def _commands(
    document: JobDocument, managed: Managed, number: int, handle: JobHandle, catalog: Catalog, state: str | None
) -> tuple[CommandHandle, ...]:
    """What has to be asked for, given what was asked for already."""
    job = in_the_end(managed)
    arguments = arguments_of(document, job)
    if "cluster" in arguments and document.pool is None:
        arguments |= left_pool(catalog, job, arguments["cluster"])
    if number != job.number:
        arguments = {"number": number, **arguments, **restore_from(None, empty=False, state=state)}
    if document.state == RUNNING and not job.wanted:
        return (handle.ask(CommandKind.START, arguments),)
    asked = []
    if document.state == STOPPED and job.wanted:
        asked.append(handle.ask(CommandKind.STOP))
        job = dataclasses.replace(job, wanted=False)
    if arguments:
        kind = CommandKind.CONFIGURE
        if job.wanted:
            arguments = _only_wider(arguments, job)
            kind = _kind_of(arguments)
        asked.append(handle.ask(kind, arguments))
    return tuple(asked)


def _only_wider(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """Where nothing but the parallelism is to be different, say so: that may need no restart."""
    deployment = arguments.get("deployment")
    now = dataclasses.asdict(job.deployment)
    if deployment is None or len(arguments) > 1 or {**deployment, "parallelism": now["parallelism"]} != now:
        return arguments
    return {"parallelism": deployment["parallelism"]}


def _kind_of(arguments: dict[str, Any]) -> CommandKind:
    """Of a change to a job that runs: whether it takes a restart, and what it is called."""
    if "cluster" in arguments:
        return CommandKind.MOVE
    if "number" in arguments:
        return CommandKind.UPGRADE
    if "parallelism" in arguments:
        return CommandKind.SCALE
    return CommandKind.RESTART if "deployment" in arguments else CommandKind.CONFIGURE
