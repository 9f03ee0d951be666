"""The sessions of YARN clusters, as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flinklab.api.jobs import opened
from flinklab.api.yarn_places import LIVING, asking, registered_for, yarns_meant
from flinklab.domain.errors import FlinklabError
from flinklab.domain.records import RegisteredYarn
from flinklab.domain.yarn import Application, Queue

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

_AT_ONCE = 16
_SILENCE = 2.0  # s without a byte
_ALL_WITHIN = 4.0  # s for the answers of all JobManagers


@dataclass(frozen=True, slots=True)
class SeenSession:
    """A Flink application on YARN. What was not told is None; `trouble` says in a line why its JobManager did not.

    `yarn`: its name, or the address when it is not registered; `cluster`: the registered cluster that it is, as
    `team.name`. `queue`: with its numbers, when the ResourceManager told them.
    """

    yarn: str
    application: Application
    cluster: str = ""
    queue: Queue | None = None
    flink_version: str = ""
    jobs_running: int | None = None
    jobs: int | None = None
    slots_free: int | None = None
    slots: int | None = None
    taskmanagers: int | None = None
    trouble: str = ""


def sessions(
    yarn: str | RegisteredYarn | Sequence[str | RegisteredYarn],
    catalog: Catalog | None = None,
    *,
    over: bool = False,
) -> list[SeenSession]:
    """The Flink applications of YARN clusters: registered names, or addresses of ResourceManagers.

    A string may be `NAME`, `NAME,NAME`, `URL`, or `URL,URL` for the ResourceManagers of one YARN. Each
    ResourceManager is asked twice (applications, queues), and each JobManager at most 2 s, all at the same time.
    `over`: also those that ended. `catalog`: for names without one it is the settings' one. Raises
    `ConnectionFailedError`, `NotFoundError`, `UsageError`.

    >>> [(each.application.name, each.slots_free) for each in sessions("http://rm:8088")]
    """
    places = [yarn] if isinstance(yarn, str | RegisteredYarn) else list(yarn)
    catalog = _knowing(places, catalog)
    found: list[SeenSession] = []
    for place in places:
        for each in [place] if isinstance(place, RegisteredYarn) else yarns_meant(place, catalog):
            found += _listed(each, catalog, over)
    return _with_jobmanagers(found)


def queues(yarn: str | RegisteredYarn, catalog: Catalog | None = None) -> list[Queue]:
    """The leaf queues of one YARN. Raises as `sessions` does."""
    place = yarn if isinstance(yarn, RegisteredYarn) else yarns_meant(yarn, _knowing([yarn], catalog))[0]
    with asking(place) as manager:
        return list(manager.queues())


def _knowing(places: Sequence[str | RegisteredYarn], catalog: Catalog | None) -> Catalog | None:
    """Addresses need no catalog: without one they are asked as they are."""
    has_name = any(isinstance(place, str) and ":" not in place for place in places)
    return opened(catalog) if has_name else catalog


def _listed(yarn: RegisteredYarn, catalog: Catalog | None, over: bool) -> list[SeenSession]:
    clusters = catalog.registry.clusters(catalog.teams) if catalog is not None else ()
    with asking(yarn) as manager:
        applications = manager.applications(states=() if over else LIVING)
        try:
            known = {queue.path: queue for queue in manager.queues()}
        except FlinklabError:  # a list without numbers of queues is worth having
            known = {}
    found = []
    for application in applications:
        cluster = registered_for(application, yarn, clusters)
        name = f"{cluster.team}.{cluster.name}" if cluster is not None else ""
        found.append(SeenSession(yarn.name, application, name, known.get(application.queue)))
    return sorted(
        found, key=lambda each: (each.application.state.is_over, each.application.name, each.application.id)
    )


def _with_jobmanagers(found: Sequence[SeenSession]) -> list[SeenSession]:
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="flinklab-sessions")
    try:
        asked: list[Future[SeenSession] | SeenSession] = [
            pool.submit(_asked, each) if each.application.jobmanager_url else each for each in found
        ]
        wait([each for each in asked if isinstance(each, Future)], _ALL_WITHIN)
        return [_answer(each, seen) for each, seen in zip(asked, found, strict=True)]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _answer(asked: Future[SeenSession] | SeenSession, seen: SeenSession) -> SeenSession:
    if isinstance(asked, SeenSession):
        return seen
    if not asked.done():
        return replace(seen, trouble="its JobManager does not answer in time")
    return asked.result()


def _asked(seen: SeenSession) -> SeenSession:
    from flinklab.flink.access import Access
    from flinklab.flink.jobmanager import RestJobManager

    jobmanager = RestJobManager(Access(seen.application.jobmanager_url or "", timeout=_SILENCE))
    try:
        overview, jobs = jobmanager.overview(), jobmanager.jobs()
    except FlinklabError as error:
        return replace(seen, trouble=f"its JobManager does not answer: {error.message}")
    finally:
        jobmanager.close()
    return replace(
        seen,
        flink_version=overview.flink_version,
        jobs_running=sum(not job.state.is_terminal for job in jobs),
        jobs=len(jobs),
        slots_free=overview.slots_available,
        slots=overview.slots_total,
        taskmanagers=overview.taskmanagers,
    )
