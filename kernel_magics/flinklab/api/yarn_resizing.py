"""Changing a session on YARN: what can change while it runs, and what takes a new one in its place."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from flinklab.api.jobs import opened
from flinklab.api.yarn_places import asking, cluster_named, living
from flinklab.api.yarn_starting import Progress, configured, create_session, silent
from flinklab.api.yarn_stopping import stop_session
from flinklab.domain.errors import FlinklabError, UsageError, YarnError
from flinklab.domain.flink_versions import line_of
from flinklab.domain.memory import memory
from flinklab.domain.records import RegisteredCluster, RegisteredYarn
from flinklab.domain.yarn import Application, SessionSpec

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.yarn.client import Program
    from flinklab.yarn.resourcemanager import RestResourceManager


@dataclass(frozen=True, slots=True)
class Change:
    """What a resize comes to. `lines`: for a person, before it is done."""

    queue: str | None
    priority: int | None
    spec: SessionSpec | None  # of the session in its place, when it cannot go on as it is

    @property
    def lines(self) -> list[str]:
        told = []
        if self.spec is None and self.queue is not None:
            told.append(f"moves to queue {self.queue}; its jobs go on")
        if self.priority is not None and self.spec is None:
            told.append(f"gets priority {self.priority}; its jobs go on")
        if self.spec is not None:
            size = f"{self.spec.slots or 1} slots"
            if self.spec.taskmanager_memory:
                size += f" and {memory(self.spec.taskmanager_memory)}"
            told.append(
                "slots and memory cannot change while it runs: its managed jobs are stopped with savepoints, a new "
                f"session with TaskManagers of {size} takes its place, and they start again there"
            )
        return told


def resize_session(
    cluster: str,
    *,
    queue: str | None = None,
    priority: int | None = None,
    slots: int | None = None,
    taskmanager_memory: int | None = None,
    catalog: Catalog | None = None,
    with_jobs: bool = False,
    force: bool = False,
    timeout: float = 300.0,
    progress: Progress = silent,
    program: Program | None = None,
) -> RegisteredCluster:
    """Change a session: its queue and priority while it runs, its slots and memory (MiB) by a new one in its place.

    For a new one the managed jobs that run are stopped with savepoints, the session is ended, made again under the
    same registered cluster, and the jobs are started there. `with_jobs` and `force`: as for `stop_session`. What
    will be done is told to `progress` before. Raises what `stop_session` and `create_session` raise.
    """
    shared = opened(catalog)
    registered, place = cluster_named(cluster, shared)
    change = _change(registered, queue, priority, slots, taskmanager_memory)
    for line in change.lines:
        progress(f"{registered.name}: {line}")
    if change.spec is None:
        with asking(place) as manager:
            application = _living(registered, place, manager)
            if queue is not None:
                manager.move(application.id, queue)
            if priority is not None:
                manager.set_priority(application.id, priority)
        sizing = {**registered.sizing, **({"queue": queue} if queue is not None else {})}
        return shared.registry.save_cluster(replace(registered, sizing=sizing), expected=registered.version)
    with asking(place) as manager:
        configured(place, change.spec, manager, anyway=False, replaces=registered.name)
    stopped = stop_session(
        cluster, catalog=shared, with_jobs=with_jobs, force=force, timeout=timeout, progress=progress
    )
    try:
        made = create_session(
            f"{place.team}.{place.name}",
            change.spec,
            catalog=shared,
            flink_version=line_of(registered.flink_version),
            labels=registered.labels,
            timeout=timeout,
            progress=progress,
            program=program,
        )
        if priority is not None:
            with asking(place) as manager:
                manager.set_priority(_living(made, place, manager).id, priority)
    except FlinklabError as error:
        if stopped.jobs:
            names = ", ".join(job.key.name for job in stopped.jobs)
            error.hint = (
                f"{error.hint or 'try again'}; {names} stopped with savepoints and start again when asked to"
            )
        raise
    for job in stopped.jobs:
        job.start(why=f"session {registered.name} has another size")
        progress(f"{job.key.name} starts again")
    return made


def _change(
    cluster: RegisteredCluster,
    queue: str | None,
    priority: int | None,
    slots: int | None,
    taskmanager_memory: int | None,
) -> Change:
    if queue is None and priority is None and slots is None and taskmanager_memory is None:
        raise UsageError("what is to change?", hint="a queue, a priority, slots, or the memory of TaskManagers")
    known = spec_of(cluster)
    wanted = replace(
        known,
        queue=queue if queue is not None else known.queue,
        slots=slots if slots is not None else known.slots,
        taskmanager_memory=taskmanager_memory if taskmanager_memory is not None else known.taskmanager_memory,
    )
    same = (wanted.slots, wanted.taskmanager_memory) == (known.slots, known.taskmanager_memory)
    return Change(queue, priority, None if same else wanted)


def spec_of(cluster: RegisteredCluster) -> SessionSpec:
    """What a registered session was created with."""
    names = {each.name for each in fields(SessionSpec)}
    sizing = {name: value for name, value in cluster.sizing.items() if name in names}
    return SessionSpec(**{**sizing, "name": cluster.name, "tags": tuple(sizing.get("tags", ()))})


def _living(cluster: RegisteredCluster, place: RegisteredYarn, manager: RestResourceManager) -> Application:
    found = living(cluster, place, manager)
    if found is None:
        raise YarnError(f"session {cluster.name} does not run", hint="`%flink cluster create` starts it again")
    return found
