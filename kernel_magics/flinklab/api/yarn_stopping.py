"""Ending a session on YARN, with what runs on it stopped safely before."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.api.command_handle import CommandHandle, in_words
from flinklab.api.job_handle import JobHandle
from flinklab.api.jobs import managed_jobs, opened
from flinklab.api.yarn_places import asking, cluster_named, living
from flinklab.domain.cluster import JobSummary
from flinklab.domain.errors import (
    CommandFailedError,
    CommandRefusedError,
    ConnectionFailedError,
    FlinklabError,
    StillGoingOnError,
    YarnError,
)
from flinklab.domain.jobs import Managed
from flinklab.domain.records import RegisteredCluster
from flinklab.domain.text import count, one_line
from flinklab.domain.yarn import Application
from flinklab.jobs.wanting import in_the_end, runs

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.yarn.resourcemanager import RestResourceManager

Progress = Callable[[str], None]

_NAMED = 6  # jobs that are named in a line
_POLL = 0.5
_BY_ITSELF = 45.0  # s in which a session ends that was asked to
_BY_YARN = 45.0


@dataclass(frozen=True, slots=True)
class Stopped:
    """A session that ended. `jobs`: the managed ones that were stopped with savepoints for it.

    `application`: None when none ran. `lost`: managed jobs that could not be stopped, and with `force` went down
    with the session.
    """

    cluster: RegisteredCluster
    application: Application | None
    jobs: tuple[JobHandle, ...] = ()
    lost: tuple[str, ...] = ()


def stop_session(
    cluster: str,
    *,
    catalog: Catalog | None = None,
    with_jobs: bool = False,
    force: bool = False,
    forget: bool = False,
    timeout: float = 300.0,
    progress: Progress = lambda line: None,
) -> Stopped:
    """End a registered session: its managed jobs with savepoints first, then the session, as YARN confirms.

    Flink jobs in it that nobody manages keep it from ending, unless `with_jobs` says that they may go. A managed
    job that cannot be stopped does too, unless `force` says that it may be lost (it starts again from its newest
    restore point when asked to); `force` is also for jobs that nobody manages. `timeout`: seconds for each job.
    The cluster stays registered, unless `forget`.

    Raises `CommandRefusedError` (nothing was done), `CommandFailedError` with the jobs that did not stop (the
    session goes on), `YarnError` when it does not end, `ConnectionFailedError`.
    """
    shared = opened(catalog)
    registered, place = cluster_named(cluster, shared)
    with asking(place) as manager:
        application = living(registered, place, manager)
        managed = managed_jobs(shared, team=registered.team, cluster=registered.name)
        if application is not None:
            _check_others(shared, application, managed, with_jobs=with_jobs, force=force)
        jobs, lost = _stop_jobs(shared, managed, registered, timeout, progress, force=force)
        if application is not None:
            _end(application, manager, progress)
    if forget:
        shared.addresses.forget(registered.team, registered.name)
        shared.registry.delete_cluster(registered.team, registered.name, expected=registered.version)
    return Stopped(registered, application, jobs, lost)


def _check_others(
    catalog: Catalog, application: Application, managed: Sequence[Managed], *, with_jobs: bool, force: bool
) -> None:
    """Raises `CommandRefusedError` for Flink jobs in it that are not the given managed ones."""
    if with_jobs or force:
        return
    ours = {str(each.attempt.flink_id) for each in managed if each.attempt is not None}
    try:
        found = [job for job in _flink_jobs(application) if str(job.id) not in ours]
    except ConnectionFailedError as error:
        raise CommandRefusedError(
            f"what runs on {application.name} cannot be seen: {error.message}",
            hint="--force ends it all the same, with all that runs there",
        ) from None
    if found:
        names = ", ".join(one_line(job.name, 40) for job in found[:_NAMED])
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise CommandRefusedError(
            f"{count(len(found), 'other job')} {'runs' if len(found) == 1 else 'run'} on {application.name}, which "
            f"no managed job of the team is: {names}{more}",
            hint="end them, `%flink adopt` them, or say that they may go: --with-jobs",
        )


def _flink_jobs(application: Application) -> list[JobSummary]:
    from flinklab.flink.access import Access
    from flinklab.flink.jobmanager import RestJobManager

    if not application.jobmanager_url:  # none has begun
        return []
    jobmanager = RestJobManager(Access(application.jobmanager_url, timeout=10.0))
    try:
        return [job for job in jobmanager.jobs() if not job.state.is_terminal]
    finally:
        jobmanager.close()


def _stop_jobs(
    catalog: Catalog,
    managed: Sequence[Managed],
    cluster: RegisteredCluster,
    timeout: float,
    progress: Progress,
    *,
    force: bool,
) -> tuple[tuple[JobHandle, ...], tuple[str, ...]]:
    from flinklab.api import supervising
    from flinklab.settings import load_settings

    running = sorted((each for each in managed if runs(each)), key=lambda each: -each.job.priority)
    if not running:
        return (), ()
    supervising.ensure(load_settings(), catalog, progress)
    progress(f"stopping {count(len(running), 'managed job')} with savepoints")
    asked: list[tuple[JobHandle, CommandHandle]] = []
    stuck: dict[str, str] = {}
    for each in running:
        job = JobHandle(catalog, each.job.key)
        try:
            command = _ending(job, each) or job.stop(why=f"session {cluster.name} is stopped")
        except FlinklabError as error:
            stuck[each.job.key.name] = error.message
        else:
            asked.append((job, command))
    stopped = []
    for job, command in asked:
        try:
            done = command.wait(timeout)
        except (CommandFailedError, StillGoingOnError) as error:
            stuck[job.key.name] = error.message
        else:
            stopped.append(job)
            progress(f"{job.key.name}: {in_words(done)}")
    if stuck and not force:
        told = "; ".join(f"{name}: {why}" for name, why in stuck.items())
        raise CommandFailedError(
            f"session {cluster.name} goes on: {count(len(stuck), 'job')} did not stop: {told}",
            hint="--force ends the session all the same; their newest restore points stay",
        )
    for name, why in stuck.items():
        progress(f"{name} is lost with the session: {why}")
    return tuple(stopped), tuple(stuck)


def _ending(job: JobHandle, managed: Managed) -> CommandHandle | None:
    """The order to end that was given already, when nothing else was asked after it."""
    if in_the_end(managed).wanted or not managed.commands:
        return None
    return next((each for each in job.commands() if each.id == managed.commands[-1].id), None)


def _end(application: Application, manager: RestResourceManager, progress: Progress) -> None:
    """By its JobManager, which cleans up behind it; else by YARN."""
    from flinklab.flink.access import Access
    from flinklab.flink.shutdown import shut_down

    progress(f"ending {application.name} ({application.id})")
    if application.jobmanager_url:
        try:
            shut_down(Access(application.jobmanager_url, timeout=10.0))
            if _await_end(application, manager, _BY_ITSELF):
                return
        except ConnectionFailedError as error:
            progress(f"its JobManager does not answer ({error.message}): YARN ends it")
    manager.kill(application.id)
    if not _await_end(application, manager, _BY_YARN):
        raise YarnError(
            f"{application.id} has not ended", hint=f"`yarn application -kill {application.id}` asks again"
        )


def _await_end(application: Application, manager: RestResourceManager, within: float) -> bool:
    deadline = time.monotonic() + within
    while True:
        found = manager.application(application.id)
        if found is None or found.state.is_over:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
