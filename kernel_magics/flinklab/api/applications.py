"""Reaching a registered cluster on which each job gets a YARN application of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from flinklab.api.following import Submitting
from flinklab.api.locating import locator
from flinklab.domain.errors import ConnectionFailedError, FlinklabError, UsageError
from flinklab.domain.flink_versions import differences, line_of
from flinklab.domain.ids import JobId
from flinklab.domain.records import ClusterAddress, RegisteredCluster, RegisteredYarn
from flinklab.settings import Settings

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.ids import SessionHandle
    from flinklab.domain.jobs import Attempt, Job, Managed
    from flinklab.domain.yarn import Application, SessionSpec
    from flinklab.flink.following import Following
    from flinklab.jobs.sending import Sender, Sent
    from flinklab.ports.jobs import JobControl
    from flinklab.ports.monitoring import Measured
    from flinklab.ports.yarn import ResourceManager
    from flinklab.supervisor.worker import Reached
    from flinklab.yarn.application_directory import Directory
    from flinklab.yarn.application_script import Script
    from flinklab.yarn.client import FlinkClient, Program

APPLICATION = "yarn-application"
"""The kind of cluster on which each job gets an application of its own."""

_QUEUE = "yarn.application.queue"

log = logging.getLogger("flinklab.supervisor")


def reach_applications(
    catalog: Catalog,
    settings: Settings,
    cluster: RegisteredCluster,
    count: Callable[[], None],
    *,
    program: Program | None = None,
) -> Reached:
    """Connect to the cluster; `count` is called before each request to a JobManager.

    `program`: in the place of Flink's client. Raises `CatalogError`, `UsageError`.
    """
    from flinklab.api.reaching import hiding, storage_of
    from flinklab.api.yarn import resource_manager
    from flinklab.flink.access import Access
    from flinklab.flink.jobcontrol import RestJobControl
    from flinklab.flink.shutdown import shut_down
    from flinklab.jobs.deploying import plans_of
    from flinklab.local.storage import FileStorage
    from flinklab.supervisor.worker import Reached
    from flinklab.yarn.application_control import ApplicationsControl
    from flinklab.yarn.application_directory import Directory
    from flinklab.yarn.application_ending import Ending, end_application
    from flinklab.yarn.application_tags import cluster_tag

    place = yarn_of(catalog, cluster)
    storage = FileStorage(storage_of(catalog, cluster))
    manager = resource_manager(place)
    mark = cluster_tag(cluster.team, cluster.name)

    def applications() -> Sequence[Application]:
        return [each for each in locator(catalog).applications(place) if mark in each.tags]

    directory = Directory(applications, KeptInCatalog(catalog, cluster))

    def follow(flink_id: JobId, address: ClusterAddress) -> Following:
        return _following(directory, catalog, cluster, flink_id, address, count)

    def connect(flink_id: JobId, address: ClusterAddress) -> JobControl:
        transport = follow(flink_id, address)
        return RestJobControl(Access(transport.url), transport=transport)

    def end(flink_id: JobId, address: ClusterAddress) -> None:
        def gently() -> None:
            transport = follow(flink_id, address)
            shut_down(Access(transport.prove()), transport=transport)

        end_application(manager, address.application, gently, Ending())
        storage.delete(storage.place(plans_of(flink_id)))

    control = ApplicationsControl(place.urls[0], directory, connect, end)

    def deployed(flink_id: JobId, application: Application) -> None:
        directory.keep(flink_id, application.jobmanager_url or "", application.id)

    def settle(jobs: Sequence[Managed]) -> None:
        control.settle({each.attempt.flink_id for each in jobs if each.attempt is not None and _is_needed(each)})

    sender = LateSender(lambda: _submitting(catalog, settings, cluster, place, manager, deployed, program))

    def close() -> None:
        control.close()
        sender.let_go()
        manager.close()

    return Reached(control, sender, storage, close, hiding(catalog), is_apart=True, settle=settle)


def measured_applications(
    catalog: Catalog, cluster: RegisteredCluster, count: Callable[[], None], timeout: float
) -> Measured:
    """What the cluster's jobs measure; `count` is called before each request, `timeout` in seconds."""
    from flinklab.flink.counted import CountedTransport
    from flinklab.flink.monitoring import RestMonitoring
    from flinklab.yarn.application_monitoring import ApplicationsMeasured

    def connect(address: ClusterAddress) -> Measured:
        access = replace(locator(catalog).access(cluster, address.url), timeout=timeout)
        return RestMonitoring(CountedTransport(access, count, often=True))

    return ApplicationsMeasured(cluster.name, KeptInCatalog(catalog, cluster).all, connect)


def yarn_of(catalog: Catalog, cluster: RegisteredCluster) -> RegisteredYarn:
    if cluster.yarn is None:
        hint = f"`%flink clusters add {cluster.name} --yarn NAME` says which one it is on"
        raise UsageError(f"cluster {cluster.name} has no YARN", hint=hint)
    return catalog.registry.yarn(cluster.team, cluster.yarn)


def _is_needed(managed: Managed) -> bool:
    """Its application is: it runs, or what is open may ask about it."""
    return managed.attempt is not None and (managed.attempt.state.is_live or bool(managed.commands))


class KeptInCatalog:
    """Fulfils `yarn.application_directory.KeptAddresses`: as addresses of `CLUSTER/FLINK JOB ID`."""

    def __init__(self, catalog: Catalog, cluster: RegisteredCluster) -> None:
        self._addresses = catalog.addresses
        self._team = cluster.team
        self._prefix = f"{cluster.name}/"

    def all(self) -> Mapping[JobId, ClusterAddress]:
        found = self._addresses.all(self._team).items()
        return {JobId(name[len(self._prefix) :]): each for name, each in found if name.startswith(self._prefix)}

    def put(self, flink_id: JobId, url: str, application: str) -> ClusterAddress:
        return self._addresses.put(ClusterAddress(self._team, f"{self._prefix}{flink_id}", url, application))

    def forget(self, flink_id: JobId) -> None:
        self._addresses.forget(self._team, f"{self._prefix}{flink_id}")


class LateSender:
    """Fulfils `Sender`. `make` is asked when something is to be sent, and again when a gateway does not answer."""

    def __init__(self, make: Callable[[], Submitting]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Submitting | None = None

    def open(self) -> SessionHandle:
        try:
            return self._sender().open()
        except ConnectionFailedError:
            self.let_go()
            raise

    def send(self, job: Job, attempt: Attempt, session: SessionHandle, shape: str | None = None) -> Sent:
        return self._sender().send(job, attempt, session, shape)

    def fence(self, attempt: Attempt, session: SessionHandle) -> bool:
        return self._sender().fence(attempt, session)

    def close(self, session: SessionHandle) -> None:
        self._sender().close(session)

    def let_go(self) -> None:
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made.close()

    def _sender(self) -> Sender:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made.sender


def _following(
    directory: Directory,
    catalog: Catalog,
    cluster: RegisteredCluster,
    flink_id: JobId,
    address: ClusterAddress,
    count: Callable[[], None],
) -> Following:
    from flinklab.flink.counted import CountedTransport
    from flinklab.flink.following import Following

    return Following(
        address,
        lambda url: CountedTransport(locator(catalog).access(cluster, url), count, often=True),
        lambda failed: directory.again(flink_id, failed),
    )


def _submitting(
    catalog: Catalog,
    settings: Settings,
    cluster: RegisteredCluster,
    place: RegisteredYarn,
    manager: ResourceManager,
    deployed: Callable[[JobId, Application], None],
    program: Program | None,
) -> Submitting:
    from flinklab.api.flink import with_file
    from flinklab.api.reaching import gateway_of_session, storage_of
    from flinklab.api.yarn_places import identity_of
    from flinklab.flink.gateway import RestGateway
    from flinklab.jobs.deploying import ApplicationLauncher
    from flinklab.local.storage import FileStorage
    from flinklab.yarn.application_deployment import Deployer

    def say(line: str) -> None:
        log.info(line, extra={"action": "application", "cluster": cluster.name})

    version = version_of(cluster, place, settings)
    spec = _spec(cluster)
    deployer = Deployer(
        manager,
        lambda script, config: _shipping(place, settings, version, script, config, say, program),
        spec,
        place.defaults,
        identity_of(place),
        deployed,
        say,
        largest_vcores=lambda: _largest_vcores(manager, spec, place),
    )
    gateway = RestGateway(gateway_of_session(catalog, settings, cluster, version))
    launcher = ApplicationLauncher(
        gateway,
        catalog.job_versions,
        catalog.definitions,
        catalog.variables,
        FileStorage(storage_of(catalog, cluster)),
        deployer,
        defaults=cluster.defaults,
        add_jar=lambda statement: with_file(statement, settings),
    )
    return Submitting(launcher, gateway.close)


def version_of(cluster: RegisteredCluster, place: RegisteredYarn, settings: Settings) -> str:
    """The one that is registered, else the YARN's only one or the one that is installed."""
    from flinklab.api.yarn_starting import default_version
    from flinklab.local.settings import LocalSettings

    return cluster.flink_version or default_version(place, LocalSettings(**settings.for_local()))


def check_version(version: str) -> None:
    """Raises `UsageError` for a Flink that has no way to run SQL in an application of its own."""
    if not differences(version).deploys_scripts:
        raise UsageError(
            f"Flink {line_of(version)} cannot run SQL in an application of its own: its SqlDriver came with 2.0",
            hint="use a session on YARN, or a Flink of 2.0 or later (--flink-version)",
        )


def _spec(cluster: RegisteredCluster) -> SessionSpec:
    from flinklab.api.yarn_resizing import spec_of
    from flinklab.yarn.application_tags import cluster_tag

    spec = spec_of(cluster)
    return replace(spec, tags=(*spec.tags, cluster_tag(cluster.team, cluster.name)))


@contextmanager
def _shipping(
    place: RegisteredYarn,
    settings: Settings,
    version: str,
    script: Script,
    config: Mapping[str, str],
    say: Callable[[str], None],
    program: Program | None,
) -> Iterator[tuple[Program, Mapping[str, str]]]:
    from flinklab.api.yarn_starting import flink_client
    from flinklab.local.homes import gateway_jar
    from flinklab.local.settings import LocalSettings
    from flinklab.yarn.application_client import shipping

    if program is not None:
        yield program, config
        return
    check_version(version)
    client: FlinkClient = flink_client(place, version, say)
    jar = gateway_jar(client.flink, LocalSettings(**settings.for_local()), say)
    with shipping(client, jar, script, config) as found:
        yield found


def _largest_vcores(manager: ResourceManager, spec: SessionSpec, place: RegisteredYarn) -> int | None:
    """Only a better guess depends on it: a queue that is not there is said when the application is submitted."""
    from flinklab.yarn.queue_words import find_queue

    wanted = spec.config.get(_QUEUE) or spec.queue or place.defaults.get(_QUEUE, "")
    try:
        queue = find_queue(manager.queues(), wanted)
    except FlinklabError:
        return None
    return queue.largest_vcores if queue is not None else None
