"""Clusters as a session needs them: a JobManager, wherever it is, and what sends statements there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

from flinklab.api.session_choice import Found, over
from flinklab.domain.errors import (
    ClusterEndedError,
    ConnectionFailedError,
    FlinklabError,
    NoApplicationError,
    UnreachableError,
    UnsupportedGatewayError,
)
from flinklab.domain.flink_versions import fit, line_of
from flinklab.domain.records import ClusterAddress, RegisteredCluster, RegisteredYarn
from flinklab.session.target import Target

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.flink.access import Access
    from flinklab.flink.following import Following
    from flinklab.flink.jobmanager import RestJobManager

_QUEUE_TIMEOUT = 3.0  # s
_LOOK_UP_EVERY = 5.0  # s: as all who ask a ResourceManager where a JobManager is


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster as a session needs it. `target`: None where the gateway's own configuration leads there."""

    name: str
    jobs: RestJobManager
    version: str
    target: Target | None
    homes: Mapping[str, str]


def on_yarn(cluster: RegisteredCluster, catalog: Catalog) -> Place:
    """A registered session, wherever its JobManager is. No ResourceManager is asked while it answers.

    Raises as `Locator.find` does.
    """
    from flinklab.api.following import following
    from flinklab.api.locating import locator

    yarn = catalog.registry.yarn(cluster.team, cluster.yarn or "")
    where = locator(catalog)
    transport = following(where, cluster)
    return _followed(cluster, yarn, transport, lambda: where.find(cluster).application)


def on_found(found: Found) -> Place:
    """A session that is nobody's registered cluster: this application, and no other that may take its place."""
    from flinklab.flink.access import Access
    from flinklab.flink.following import Following
    from flinklab.flink.transport import HttpTransport

    application, yarn = found.application, found.yarn
    cluster = RegisteredCluster(yarn.team, application.name, "yarn", yarn=yarn.name, application=application.id)
    address = ClusterAddress(yarn.team, cluster.name, application.jobmanager_url or "", application.id)
    again = _Again(yarn, address)
    transport = Following(address, lambda url: HttpTransport(Access(url)), again)
    return _followed(cluster, yarn, transport, lambda: application.id)


def on_address(name: str, access: Access, target: Mapping[str, str] | None) -> Place:
    """A cluster whose JobManager has one address for good."""
    from flinklab.flink.jobmanager import RestJobManager

    jobs = RestJobManager(access)
    aim = Target(name, lambda: target) if target is not None else Target(name)
    return Place(name, jobs, _version(jobs), aim, {})


class Aim:
    """The configuration of statements for the cluster at the end of a transport; fulfils `Target.config`.

    Each time it is made sure that the cluster's own JobManager answers: a statement for one that does not would
    hold up its gateway session for a minute.
    """

    def __init__(self, cluster: RegisteredCluster, transport: Following, version: str) -> None:
        self._cluster = cluster
        self._transport = transport
        self._version = version
        self._url = transport.url

    def __call__(self) -> dict[str, str]:
        from flinklab.api.reaching import target
        from flinklab.flink.access import Access

        url = self._proven()
        if url != self._url:
            self._check(url)
        return target(Access(url), self._cluster)

    def _proven(self) -> str:
        before = self._transport.url
        try:
            return self._transport.prove()
        except ClusterEndedError:
            raise
        except ConnectionFailedError:
            if self._transport.url == before:
                raise
        return self._transport.prove()  # it moved, and was found

    def _check(self, url: str) -> None:
        """What took the session's place may be another Flink."""
        from flinklab.flink.access import Access
        from flinklab.flink.jobmanager import RestJobManager

        jobs = RestJobManager(Access(url), transport=self._transport)
        version = jobs.overview().flink_version
        if not fit(self._version, version):
            raise UnsupportedGatewayError(
                f"session {self._cluster.name} is Flink {line_of(version)} now, and was {line_of(self._version)}",
                url=url,
                hint=f"`%flink connect {self._cluster.name}` takes a gateway that fits",
            )
        self._url = url


class _Again:
    """Asks the ResourceManager for an application that failed at its address, as seldom as `Locator`."""

    def __init__(
        self, yarn: RegisteredYarn, found: ClusterAddress, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._yarn = yarn
        self._found = found
        self._clock = clock
        self._lock = Lock()
        self._asked = float("-inf")
        self._failure: FlinklabError | None = None

    def __call__(self, failed_url: str) -> ClusterAddress:
        with self._lock:
            if self._clock() - self._asked >= _LOOK_UP_EVERY:
                self._failure = None
                try:
                    self._found = self._look_up()
                except FlinklabError as error:
                    self._failure = error
                self._asked = self._clock()
            if self._failure is not None:
                raise self._failure
            return self._found

    def _look_up(self) -> ClusterAddress:
        from flinklab.api.yarn_places import asking

        known = self._found.application
        with asking(self._yarn) as manager:
            application = manager.application(known)
        if application is None:
            raise NoApplicationError(f"the ResourceManager does not know {known} (any more)")
        if application.is_over:
            raise ClusterEndedError(f"session {application.name} ended: {over(application)}", application=known)
        if application.jobmanager_url is None:
            raise UnreachableError(f"{known} has no JobManager now, it is {application.state.value}")
        return replace(self._found, url=application.jobmanager_url)


def _followed(
    cluster: RegisteredCluster, yarn: RegisteredYarn, transport: Following, application: Callable[[], str]
) -> Place:
    from flinklab.flink.access import Access
    from flinklab.flink.jobmanager import RestJobManager

    jobs = RestJobManager(Access(transport.url), transport=transport)
    with ExitStack() as on_failure:
        on_failure.callback(jobs.close)
        version = _version(jobs)
        on_failure.pop_all()
    aim = Aim(cluster, transport, version)
    target = Target(cluster.name, aim, lambda: _queue_of(yarn, application))
    return Place(cluster.name, jobs, version, target, yarn.flink_homes)


def _version(jobs: RestJobManager) -> str:
    """Asked once more where the first answer came from nobody: its address may be found again by then."""
    before = jobs.url
    try:
        return jobs.overview().flink_version
    except ConnectionFailedError:
        if jobs.url == before:
            raise
    return jobs.overview().flink_version


def _queue_of(yarn: RegisteredYarn, application: Callable[[], str]) -> str:
    """`queue etl uses 4 GiB of at most 4 GiB, 2 applications wait`; asks the ResourceManager twice."""
    from flinklab.api.yarn import resource_manager
    from flinklab.yarn.queue_words import find_queue, in_numbers

    try:
        with closing(resource_manager(yarn, timeout=_QUEUE_TIMEOUT)) as manager:
            found = manager.application(application())
            queue = find_queue(manager.queues(), found.queue) if found is not None else None
    except FlinklabError as error:
        return f"its queue could not be asked for: {error.message}"
    return in_numbers(queue) if queue is not None else ""
