"""Managed jobs: found by name, and what can be asked of many of them at once."""

from __future__ import annotations

import hashlib
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flinklab.api.command_handle import CommandHandle
from flinklab.api.job_handle import JobHandle
from flinklab.domain.errors import (
    CommandFailedError,
    CommandRefusedError,
    ConflictError,
    NotFoundError,
    StillGoingOnError,
    UnreachableError,
    UsageError,
)
from flinklab.domain.jobs import CommandKind, Job, JobKey, JobScript, JobVersion, Managed, ManagedState, Status
from flinklab.domain.text import duration, one_line, suggest
from flinklab.jobs.asking import order
from flinklab.jobs.wanting import in_the_end

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.jobs.others import OtherJob
    from flinklab.session.session import Session
    from flinklab.settings import Settings

_FAILED = (ManagedState.FAILED, ManagedState.QUARANTINED)

BATCH_VERBS = ("start", "stop", "cancel", "savepoint", "restart")
"""What can be asked of many jobs at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of an order to one of many jobs: it was recorded, or `refused` says why not."""

    key: JobKey
    command: CommandHandle | None = None
    refused: str = ""


def managed_jobs(
    catalog: Catalog | None = None,
    *,
    team: str | None = None,
    environment: str | None = None,
    cluster: str | None = None,
    pool: str | None = None,
    tags: Sequence[str] = (),
    states: Sequence[ManagedState] = (),
) -> list[Managed]:
    """The jobs of a team, or of all teams of the search path; those that have all of `tags`."""
    shared = opened(catalog)
    teams = [team] if team is not None else list(shared.teams)
    found = shared.jobs.list(
        teams, environment=environment, cluster=cluster, pool=pool, tags=tuple(tags), states=tuple(states)
    )
    return list(found)


def job(
    name: str, environment: str | None = None, catalog: Catalog | None = None, settings: Settings | None = None
) -> JobHandle:
    """The job `name` along the search path, or `team.name`, in an environment (default: the catalog's).

    Without a catalog it is the settings' one. `settings`: with which clusters are asked for it (default: those of
    this process). Raises `NotFoundError`, which knows what may have been meant.
    """
    catalog = opened(catalog)
    environment = environment or catalog.environment
    for team, each in names_meant(catalog, name):
        key = JobKey(team, each, environment)
        if catalog.jobs.find(key) is not None:
            return JobHandle(catalog, key, settings)
    raise _missing(catalog, name, environment)


def new_key(catalog: Catalog, name: str, environment: str | None = None) -> JobKey:
    """The key of a job that may be new: `team.name` where there is such a team, else in the person's own."""
    team, dot, rest = name.partition(".")
    if dot and rest and team in {each.name for each in catalog.people.teams()}:
        return JobKey(team, rest, environment or catalog.environment)
    return JobKey(catalog.team, name, environment or catalog.environment)


def adopt(
    flink_id: str,
    name: str,
    *,
    cluster: str,
    environment: str | None = None,
    why: str = "",
    catalog: Catalog | None = None,
) -> CommandHandle:
    """Take over a Flink job that runs already, with its checkpoints, as the job `name`. It goes on as it is.

    A job that has no version yet gets one without a text: promote its text to upgrade it later.
    """
    shared = opened(catalog)
    key = new_key(shared, name, environment)
    shared.registry.cluster(key.team, cluster)
    managed = shared.jobs.find(key)
    if managed is None:
        newest = shared.job_versions.newest(key.team, key.name)
        draft = Managed(Job(key, cluster, newest.number if newest else 1), Status())
        order(draft, CommandKind.ADOPT, {"flink_id": flink_id})
        version = newest or _without_text(shared, key, flink_id)
        shared.jobs.add(Job(key, cluster, version.number, owner=shared.person))
    elif managed.job.cluster != cluster:
        raise CommandRefusedError(
            f"{key} is on cluster {managed.job.cluster}, not on {cluster}", hint="give another name"
        )
    return JobHandle(shared, key).ask(CommandKind.ADOPT, {"flink_id": flink_id}, why=why)


def batch(
    verb: str,
    *,
    team: str | None = None,
    cluster: str | None = None,
    tags: Sequence[str] = (),
    environment: str | None = None,
    why: str = "",
    catalog: Catalog | None = None,
) -> list[Asked]:
    """Ask the same of all jobs of a team, a cluster or with tags, the first in priority first.

    One that does not allow it is passed over, and what it said is in its `Asked`. Raises `UsageError` for a verb
    that is not for many, and when nothing says which jobs; `NotFoundError` for a cluster that no team has.
    """
    if verb not in BATCH_VERBS:
        raise UsageError(f"{one_line(verb, 40)} is not for many jobs at once", hint=f"{', '.join(BATCH_VERBS)} are")
    if team is None and cluster is None and not tags:
        raise UsageError("which jobs? Name a team, a cluster or a tag")
    shared = opened(catalog)
    found = managed_jobs(shared, team=team, cluster=cluster, tags=tags, environment=environment)
    if not found and cluster is not None:
        check_cluster(shared, cluster, [team] if team is not None else list(shared.teams))
    return [ask_one(shared, each, CommandKind(verb), {}, why) for each in by_priority(found)]


def other_jobs(session: Session, catalog: Catalog | None = None) -> list[OtherJob]:
    """What runs on the session's cluster and is not of this catalog, the oldest first. Nobody touches it.

    Raises `UnreachableError` where no JobManager is known.
    """
    from flinklab.jobs import others

    if session.jobs is None:
        raise UnreachableError("no JobManager is known", hint="`%flink connect URL --jobmanager URL` names it")
    shared = opened(catalog)
    teams = [each.name for each in shared.people.teams()]
    attempts = (managed.attempt for managed in shared.jobs.list(teams))
    return others.other_jobs(session.jobs, {attempt.flink_id for attempt in attempts if attempt is not None})


def recover(
    cluster: str, *, on: str, team: str | None = None, why: str = "", catalog: Catalog | None = None
) -> list[Asked]:
    """A cluster is lost: everything that ran there goes on elsewhere, each from its newest restore point.

    It is asked for in the order of priority; a supervisor submits a limited number at a time. Say it only of a
    cluster that is gone: what still runs there would run twice. Raises `NotFoundError` for an unknown cluster.
    """
    shared = opened(catalog)
    owner = team or shared.team
    shared.registry.cluster(owner, cluster)
    shared.registry.cluster(owner, on)
    if cluster == on:
        raise UsageError("a lost cluster's jobs cannot go on where they were", hint="name another cluster")
    found = [each for each in managed_jobs(shared, team=owner, cluster=cluster) if in_the_end(each).wanted]
    arguments = {"cluster": on, "lost": True}
    why = why or f"cluster {cluster} is lost"
    return [ask_one(shared, each, CommandKind.MOVE, arguments, why) for each in by_priority(found)]


def wait_for_state(
    handle: JobHandle,
    states: Sequence[ManagedState],
    timeout: float | None = None,
    *,
    progress: Callable[[Managed], None] = lambda managed: None,
) -> Managed:
    """The job once it is in one of `states`.

    Raises `StillGoingOnError` after `timeout` seconds, and `CommandFailedError` at once when it failed and nothing
    was asked for that could change it.
    """
    began = time.monotonic()
    while (managed := handle.managed).status.state not in states:
        progress(managed)
        if managed.status.state in _FAILED and not managed.commands:
            raise CommandFailedError(f"{handle.key} is {managed.status.state.value}: {managed.status.reason}")
        left = float("inf") if timeout is None else began + timeout - time.monotonic()
        if left <= 0:
            wanted = " or ".join(state.value for state in states)
            raise StillGoingOnError(
                f"{handle.key} is not {wanted} after {duration(timeout or 0)}: it is {managed.status.state.value}",
                hint=managed.status.reason or None,
            )
        time.sleep(min(0.5, left))
    return managed


def names_meant(catalog: Catalog, text: str) -> Iterator[tuple[str, str]]:
    """Team and name that `text` may mean, the likeliest first: a name may hold dots itself."""
    for team in catalog.teams:
        yield team, text
    for at, character in enumerate(text):
        if character == "." and text[:at] and text[at + 1 :]:
            yield text[:at], text[at + 1 :]


def _missing(catalog: Catalog, name: str, environment: str) -> NotFoundError:
    known = catalog.jobs.list(list(catalog.teams))
    meant = set(names_meant(catalog, name))
    elsewhere = sorted({each.job.key.environment for each in known if each.job.key[:2] in meant})
    message = f"there is no job called {one_line(name, 60)!r} in {environment}"
    if elsewhere:
        return NotFoundError(message, hint=f"it is in {', '.join(elsewhere)}: say which environment")
    here = [each.job.key for each in known if each.job.key.environment == environment]
    spellings = [text for key in here for text in (key.name, f"{key.team}.{key.name}")]
    close = suggest(name, spellings)
    return NotFoundError(
        message, hint=f"did you mean {close}?" if close else "`%flink jobs` and `flinklab job list` show all"
    )


def ask_one(shared: Catalog, managed: Managed, kind: CommandKind, arguments: dict[str, Any], why: str) -> Asked:
    """Record an order to one of many; what a job refuses is told."""
    key = managed.job.key
    try:
        return Asked(key, JobHandle(shared, key).ask(kind, arguments, why=why))
    except (CommandRefusedError, ConflictError) as error:
        return Asked(key, refused=str(error))


def check_cluster(shared: Catalog, name: str, teams: Sequence[str]) -> None:
    """Raises `NotFoundError` when none of the teams has it."""
    known = {each.name for each in shared.registry.clusters(list(teams))}
    if name not in known:
        close = suggest(name, known)
        hint = f"did you mean {close}?" if close else "`%flink clusters` lists them"
        raise NotFoundError(f"there is no cluster {one_line(name, 60)!r}", hint=hint)


def by_priority(found: Sequence[Managed]) -> list[Managed]:
    """The first in priority first."""
    return sorted(found, key=lambda managed: (-managed.job.priority, managed.job.key))


def _without_text(shared: Catalog, key: JobKey, flink_id: str) -> JobVersion:
    fingerprint = hashlib.sha256(f"adopted {flink_id}".encode()).hexdigest()
    version = JobVersion(
        key.team, key.name, 0, JobScript(""), note=f"adopted: Flink job {flink_id}", fingerprint=fingerprint
    )
    return shared.job_versions.save(version)[0]


def opened(given: Catalog | None) -> Catalog:
    """The given catalog, or the settings' one, which is closed when the last handle that uses it is gone."""
    if given is not None:
        return given
    from flinklab.api.catalog import open_catalog

    catalog = open_catalog()
    weakref.finalize(catalog, catalog.database.close)
    return catalog
