"""Reaching registered clusters: addresses and credentials, and what a supervisor works with."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flinklab.api.applications import (
    APPLICATION,
    measured_applications,
    reach_applications,
    version_of,
    yarn_of,
)
from flinklab.api.locating import YARN, locator
from flinklab.api.supervising import EMBEDDED, FIXED_SLOTS
from flinklab.domain.errors import UnreachableError, UsageError
from flinklab.domain.records import RegisteredCluster, RegisteredGateway
from flinklab.settings import Settings

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.jobs import ClusterKey
    from flinklab.flink.access import Access
    from flinklab.flink.jobmanager import RestJobManager
    from flinklab.flink.transport import Transport
    from flinklab.jobs.hiding import Hide
    from flinklab.jobs.launching import Launcher
    from flinklab.ports import SqlGateway
    from flinklab.ports.jobs import Storage
    from flinklab.supervisor.sampler import Sight
    from flinklab.supervisor.worker import Reached

_ACCESS = ("ca", "headers", "user", "password", "token")  # of what is kept of a gateway, who may reach it
_LOOK_TIMEOUT = 10.0  # s: nothing depends on what is recorded

log = logging.getLogger("flinklab.supervisor")


def look(catalog: Catalog, settings: Settings, key: ClusterKey, count: Callable[[], None]) -> Sight:
    """Connect to a registered cluster's JobManager, to look at it. Raises as `reach` does."""
    from flinklab.flink.monitoring import RestMonitoring
    from flinklab.supervisor.sampler import Sight

    cluster = catalog.registry.cluster(key.team, key.name)
    if cluster.kind == APPLICATION:
        return Sight(measured_applications(catalog, cluster, count, _LOOK_TIMEOUT), hiding(catalog))
    transport = jobmanager_transport(catalog, settings, cluster, timeout=_LOOK_TIMEOUT, count=count)
    return Sight(RestMonitoring(transport), hiding(catalog))


def reach(catalog: Catalog, settings: Settings, key: ClusterKey, count: Callable[[], None]) -> Reached:
    """Connect to a registered cluster; `count` is called before each request to its JobManager.

    Raises `ConnectionFailedError`, `CatalogError`, `UsageError`.
    """
    cluster = catalog.registry.cluster(key.team, key.name)
    if cluster.kind == YARN:
        return _reach_session(catalog, settings, cluster, count)
    if cluster.kind == APPLICATION:
        return reach_applications(catalog, settings, cluster, count)

    from flinklab.flink.counted import CountedTransport
    from flinklab.flink.gateway import RestGateway
    from flinklab.flink.jobcontrol import RestJobControl
    from flinklab.local.storage import FileStorage
    from flinklab.supervisor.worker import Reached

    gateway_access, jobmanager_access, storage_uri = addresses(catalog, settings, cluster)
    control = RestJobControl(jobmanager_access, transport=CountedTransport(jobmanager_access, count, often=True))
    gateway = RestGateway(gateway_access)
    storage = FileStorage(storage_uri)
    its_target = target(jobmanager_access, cluster)
    version = (lambda: control.overview().flink_version) if its_target else str
    launcher = _launcher(catalog, settings, cluster, gateway, storage, its_target, version)

    def close() -> None:
        control.close()
        gateway.close()

    return Reached(
        control,
        launcher,
        storage,
        close,
        hiding(catalog),
        cluster.kind in FIXED_SLOTS,
        **_about_slots(catalog, settings, cluster),
    )


def _reach_session(
    catalog: Catalog, settings: Settings, cluster: RegisteredCluster, count: Callable[[], None]
) -> Reached:
    """A session on YARN, wherever its JobManager is. A gateway is looked for when something is submitted."""
    from flinklab.api.following import FollowingSender, Submitting, following
    from flinklab.flink.access import Access
    from flinklab.flink.gateway import RestGateway
    from flinklab.flink.jobcontrol import RestJobControl
    from flinklab.local.storage import FileStorage
    from flinklab.supervisor.worker import Reached

    storage = FileStorage(storage_of(catalog, cluster))
    transport = following(locator(catalog), cluster, often=True, count=count)
    control = RestJobControl(Access(transport.url), transport=transport)

    def submitting(url: str) -> Submitting:
        version = control.overview().flink_version
        gateway = RestGateway(gateway_of_session(catalog, settings, cluster, version))
        launcher = _launcher(catalog, settings, cluster, gateway, storage, target(Access(url), cluster))
        return Submitting(launcher, gateway.close)

    sender = FollowingSender(transport, submitting)

    def close() -> None:
        control.close()
        sender.let_go()

    return Reached(control, sender, storage, close, hiding(catalog), **_about_slots(catalog, settings, cluster))


def _about_slots(catalog: Catalog, settings: Settings, cluster: RegisteredCluster) -> dict[str, Any]:
    """Where else in its pool a job can go, and why it waits where it is."""
    from flinklab.api.placing import placing
    from flinklab.api.waiting import why_no_slots

    pools = placing(catalog, settings)
    why = why_no_slots(catalog, settings, cluster, pools.rooms)
    return {"refuge": pools.refuge, "elsewhere": pools.elsewhere, "why_no_slots": why}


def gateway_of_session(
    catalog: Catalog, settings: Settings, cluster: RegisteredCluster, flink_version: str
) -> Access:
    """The registered one where it fits the session's Flink, else one of this machine that does.

    Raises `ConnectionFailedError`, `LocalFlinkError`, `CatalogError`.
    """
    from flinklab.api.flink import access_to
    from flinklab.api.gateways import fitting_gateway, gateway_for
    from flinklab.flink.access import Access
    from flinklab.flink.gateway import RestGateway

    def say(line: str) -> None:
        log.info(line, extra={"action": "gateway", "cluster": cluster.name})

    yarn = catalog.registry.yarn(cluster.team, cluster.yarn) if cluster.yarn else None
    homes = yarn.flink_homes if yarn is not None else {}
    if not cluster.gateway:
        return Access(gateway_for(flink_version, settings, homes=homes, progress=say))
    registered = catalog.registry.gateway(cluster.team, cluster.gateway)
    given = access_to(registered.url, **_credentials(registered))
    with closing(RestGateway(given)) as gateway:
        version = gateway.info().version
    url = fitting_gateway(
        given.url,
        version,
        cluster=cluster.name,
        cluster_version=flink_version,
        settings=settings,
        homes=homes,
        notice=say,
    )
    return given if url == given.url else Access(url)


def _launcher(
    catalog: Catalog,
    settings: Settings,
    cluster: RegisteredCluster,
    gateway: SqlGateway,
    storage: Storage,
    its_target: dict[str, str],
    cluster_version: Callable[[], str] = str,
) -> Launcher:
    from flinklab.api.flink import with_file
    from flinklab.jobs.launching import Launcher

    return Launcher(
        gateway,
        catalog.job_versions,
        catalog.definitions,
        catalog.variables,
        storage,
        target=its_target,
        defaults=cluster.defaults,
        add_jar=lambda statement: with_file(statement, settings),
        cluster_version=cluster_version,
    )


def hiding(catalog: Catalog) -> Hide:
    """Of the secrets that are known, and of the values of settings that are secret by their names."""
    from flinklab.jobs.hiding import Hiding
    from flinklab.telemetry.masking import without_settings

    hide = Hiding(catalog.job_versions, catalog.variables)
    return lambda managed, text: without_settings(hide(managed, text))


def addresses(catalog: Catalog, settings: Settings, cluster: RegisteredCluster) -> tuple[Access, Access, str]:
    """Of the gateway, of the JobManager, and the URI of the storage that both and this process reach."""
    from flinklab.api.flink import access_to, find_local
    from flinklab.flink.access import Access

    if cluster.kind == EMBEDDED:
        running = find_local(settings)
        if running is None:
            raise UnreachableError("the embedded Flink does not run", hint="`%flink up` starts it")
        exchange = f"file://{running.state_dir / 'exchange'}"
        return Access(running.gateway_url), Access(running.jobmanager_url), exchange
    if cluster.kind == YARN:
        storage_uri = storage_of(catalog, cluster)
        with closing(jobmanager(catalog, settings, cluster)) as there:
            version = there.overview().flink_version
            here = locator(catalog).access(cluster, there.url)
        return gateway_of_session(catalog, settings, cluster, version), here, storage_uri
    gateway = catalog.registry.gateway(cluster.team, cluster.gateway) if cluster.gateway else None
    if gateway is None:
        raise _lacks(cluster, "gateway")
    storage_uri = storage_of(catalog, cluster)
    given = access_to(gateway.url, **_credentials(gateway))
    return given, jobmanager_access(catalog, settings, cluster), storage_uri


def judging_places(
    catalog: Catalog, settings: Settings, cluster: RegisteredCluster
) -> tuple[Access, str, dict[str, str]]:
    """Where a job for the cluster is judged: a gateway, the URI of the storage, and what sends statements there."""
    if cluster.kind == APPLICATION:
        version = version_of(cluster, yarn_of(catalog, cluster), settings)
        return gateway_of_session(catalog, settings, cluster, version), storage_of(catalog, cluster), {}
    gateway, there, storage_uri = addresses(catalog, settings, cluster)
    return gateway, storage_uri, target(there, cluster)


def storage_of(catalog: Catalog, cluster: RegisteredCluster) -> str:
    if cluster.storage is None:
        raise _lacks(cluster, "storage")
    return catalog.registry.storage(cluster.team, cluster.storage).uri


def _lacks(cluster: RegisteredCluster, what: str) -> UsageError:
    address = "URI" if what == "storage" else "URL"
    hint = f"`%flink clusters add {cluster.name} --{what} {address}` says which one it has"
    return UsageError(f"cluster {cluster.name} has no {what}", hint=hint)


def jobmanager(catalog: Catalog, settings: Settings, cluster: RegisteredCluster) -> RestJobManager:
    """A registered cluster's. Raises as `jobmanager_access` does."""
    from flinklab.flink.access import Access
    from flinklab.flink.jobmanager import RestJobManager

    transport = jobmanager_transport(catalog, settings, cluster)
    return RestJobManager(Access(transport.url), transport=transport)


def jobmanager_transport(
    catalog: Catalog,
    settings: Settings,
    cluster: RegisteredCluster,
    *,
    timeout: float | None = None,
    count: Callable[[], None] | None = None,
) -> Transport:
    """To a registered cluster's JobManager, for who asks often; on YARN it is followed to where it moves.

    `timeout` in seconds; `count` is called before each request. Raises as `jobmanager_access` does.
    """
    from flinklab.api.following import following
    from flinklab.flink.counted import CountedTransport
    from flinklab.flink.transport import HttpTransport

    if cluster.kind == YARN:
        return following(locator(catalog), cluster, often=True, timeout=timeout, count=count)
    access = jobmanager_access(catalog, settings, cluster)
    access = access if timeout is None else replace(access, timeout=timeout)
    return HttpTransport(access, often=True) if count is None else CountedTransport(access, count, often=True)


def jobmanager_access(catalog: Catalog, settings: Settings, cluster: RegisteredCluster) -> Access:
    """Of a registered cluster, with the credentials of its gateway; on YARN where it was found last.

    Raises `UnreachableError`, `UsageError`; on YARN as `Locator.find` does.
    """
    from flinklab.api.flink import access_to, find_local
    from flinklab.flink.access import Access

    if cluster.kind == EMBEDDED:
        running = find_local(settings)
        if running is None:
            raise UnreachableError("the embedded Flink does not run", hint="`%flink up` starts it")
        return Access(running.jobmanager_url)
    if cluster.kind == YARN:
        return locator(catalog).address(cluster)
    if cluster.kind == APPLICATION:
        raise UsageError(
            f"on cluster {cluster.name} each job has a JobManager of its own", hint="queries need a session"
        )
    gateway = catalog.registry.gateway(cluster.team, cluster.gateway) if cluster.gateway else None
    url = cluster.jobmanager_url or (gateway.access.get("jobmanager_url") if gateway is not None else None)
    if url is None:
        raise UsageError(
            f"cluster {cluster.name} has no JobManager",
            hint=f"`%flink clusters add {cluster.name} --jobmanager URL` names it",
        )
    return access_to(gateway.url, **_credentials(gateway)).at(url) if gateway is not None else access_to(url)


def _credentials(gateway: RegisteredGateway) -> dict[str, Any]:
    return {key: gateway.access[key] for key in _ACCESS if key in gateway.access}


def target(jobmanager: Access, cluster: RegisteredCluster) -> dict[str, str]:
    """What sends a gateway's statements to this cluster: one gateway can serve many."""
    if cluster.kind == EMBEDDED:
        return {}
    parts = urlsplit(jobmanager.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {"execution.target": "remote", "rest.address": parts.hostname or "", "rest.port": str(port)}
