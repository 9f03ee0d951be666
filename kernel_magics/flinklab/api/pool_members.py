"""The clusters of a pool as they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.api.yarn_places import SESSION
from flinklab.domain.errors import FlinklabError, UsageError
from flinklab.domain.memory import parse_memory
from flinklab.domain.text import duration

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.cluster import ClusterOverview
    from flinklab.domain.records import RegisteredCluster
    from flinklab.settings import Settings

_WITHIN = 2.0  # s for the answers of all JobManagers
_AT_ONCE = 16
_SLOTS = "taskmanager.numberOfTaskSlots"
_PROCESS, _FLINK = "taskmanager.memory.process.size", "taskmanager.memory.flink.size"
_VCORES = "yarn.containers.vcores"
_DEFAULT_MEMORY = 1728  # MiB: Flink's default configuration


@dataclass(frozen=True, slots=True)
class Member:
    """A cluster as it was seen. `overview`: None when its JobManager does not answer, and `trouble` says why.

    `taskmanager`: of a session on YARN, the slots and MiB of those that it can add; `vcores`: of each.
    """

    cluster: RegisteredCluster
    overview: ClusterOverview | None = None
    trouble: str = ""
    taskmanager: tuple[int, int] = (1, _DEFAULT_MEMORY)
    vcores: int = 1


def look_at(catalog: Catalog, settings: Settings, clusters: Sequence[RegisteredCluster]) -> list[Member]:
    """The JobManagers of clusters, all asked at once, in 2 s at most."""
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="flinklab-pool")
    try:
        asked = [pool.submit(_look_at_one, catalog, settings, each) for each in clusters]
        wait(asked, _WITHIN)
        return [_answer(future, each) for future, each in zip(asked, clusters, strict=True)]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def in_words(member: Member) -> str:
    """`etl-1 has 2 of 8 slots free`."""
    name, overview = member.cluster.name, member.overview
    if overview is None:
        return f"{name} does not answer"
    return f"{name} has {overview.slots_available} of {overview.slots_total} slots free"


def _look_at_one(catalog: Catalog, settings: Settings, cluster: RegisteredCluster) -> Member:
    from flinklab.api.reaching import jobmanager_transport
    from flinklab.flink.access import Access
    from flinklab.flink.jobmanager import RestJobManager
    from flinklab.flink.monitoring import RestMonitoring

    try:
        transport = jobmanager_transport(catalog, settings, cluster, timeout=_WITHIN)
        with closing(RestJobManager(Access(transport.url), transport=transport)) as there:
            overview = there.overview()
            if cluster.kind != SESSION:
                return Member(cluster, overview)
            configuration = RestMonitoring(transport).configuration()
    except FlinklabError as error:
        return Member(cluster, trouble=error.message)
    size = _taskmanager(configuration)
    return Member(cluster, overview, taskmanager=size, vcores=_vcores(configuration, size[0]))


def _answer(future: Future[Member], cluster: RegisteredCluster) -> Member:
    return future.result() if future.done() else Member(cluster, trouble=f"no answer within {duration(_WITHIN)}")


def _taskmanager(configuration: Mapping[str, str]) -> tuple[int, int]:
    """Slots, and MiB of the whole process."""
    slots = configuration.get(_SLOTS, "1")
    try:
        memory = parse_memory(configuration.get(_PROCESS) or configuration.get(_FLINK) or str(_DEFAULT_MEMORY))
    except UsageError:
        memory = _DEFAULT_MEMORY
    return max(int(slots), 1) if slots.isdigit() else 1, memory


def _vcores(configuration: Mapping[str, str], slots: int) -> int:
    """Of the container of a TaskManager: Flink asks for one for each slot unless it is told otherwise."""
    given = configuration.get(_VCORES, "")
    return int(given) if given.isdigit() and int(given) > 0 else slots
