"""Supervisors: what one is made of, and one of this machine's own where nobody else has any."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import platformdirs

from flinklab.domain.errors import JobError, NotFoundError, UnreachableError, UsageError
from flinklab.domain.records import RegisteredCluster, RegisteredGateway
from flinklab.settings import Settings, load_settings

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.jobs import ClusterKey, SupervisorSeen
    from flinklab.flink.access import Access
    from flinklab.jobs.hiding import Hide
    from flinklab.supervisor.loop import Supervisor
    from flinklab.supervisor.sampler import Sight
    from flinklab.supervisor.worker import Reached

EMBEDDED = "embedded"
"""The kind of cluster that `%flink up` starts, and its name in a catalog that only one machine uses."""

FIXED_SLOTS = ("standalone", EMBEDDED)
"""Kinds of clusters to which no more slots come by themselves."""

_ACCESS = ("ca", "headers", "user", "password", "token")  # of what is kept of a gateway, who may reach it
_IDLE = 1800  # s after which a supervisor of one's own ends when nothing is left to look after
_SIGNS_IN_WITHIN = 30.0
_LOOK_TIMEOUT = 10.0  # s: nothing depends on what is recorded
_HANDED_ON = (
    "catalog_url",
    "catalog_password",
    "catalog_key",
    "state_dir",
    "cache_dir",
    "maven_mirror",
    "jars_dir",
    "java_home",
)


def embedded_name(catalog: Catalog) -> str:
    """The embedded Flink's name among the clusters: in a team's catalog, that of this machine."""
    return f"{EMBEDDED}-{platform.node()}" if catalog.database.is_shared else EMBEDDED


def embedded_cluster(catalog: Catalog, team: str | None = None) -> RegisteredCluster:
    """The embedded Flink as a cluster that jobs can run on, registered when it is not yet.

    Its addresses change with each start and are looked up in its state folder, so none are written down.
    """
    team, name = team or catalog.team, embedded_name(catalog)
    try:
        return catalog.registry.cluster(team, name)
    except NotFoundError:
        described = f"the embedded Flink of {platform.node()}"
        return catalog.registry.save_cluster(
            RegisteredCluster(team, name, EMBEDDED, description=described), expected=None
        )


def supervisor(
    catalog: Catalog,
    settings: Settings | None = None,
    *,
    name: str | None = None,
    idle_exit: float | None = None,
    at_once: int = 4,
    records: bool = True,
) -> Supervisor:
    """One that looks after the catalog's clusters, as many as nobody else does; `run()` goes on until `stop()`.

    `records`: what jobs and clusters measure is recorded, too.
    """
    from flinklab.domain.series import Retention
    from flinklab.supervisor.loop import Recording, Supervisor
    from flinklab.supervisor.sampler import Sampling
    from flinklab.supervisor.tally import Tally

    settings = settings or load_settings()
    own = embedded_name(catalog)

    def serves(cluster: ClusterKey) -> bool:
        """The embedded Flink of another machine cannot be reached from here."""
        is_embedded = cluster.name == EMBEDDED or cluster.name.startswith(f"{EMBEDDED}-")
        return cluster.name == own or not is_embedded

    tallies: dict[ClusterKey, Tally] = {}

    def counting(cluster: ClusterKey) -> Callable[[], None]:
        return tallies.setdefault(cluster, Tally()).count_request

    def reach(cluster: ClusterKey) -> Reached:
        return _reach(catalog, settings, cluster, counting(cluster))

    def look(cluster: ClusterKey) -> Sight:
        return _look(catalog, settings, cluster, counting(cluster))

    retention = Retention(
        settings.raw_days, settings.minute_days, settings.hour_days, settings.checkpoint_days, settings.event_days
    )
    sampling = Sampling(settings.sample_every, retention)

    return Supervisor(
        catalog.leases,
        reach,
        name=name or f"{platform.node()}-{os.getpid()}-{uuid.uuid4().hex[:6]}",
        host=platform.node(),
        pid=os.getpid(),
        serves=serves,
        idle_exit=idle_exit,
        at_once=at_once,
        recording=Recording(look, sampling) if records else None,
        tallies=tallies,
    )


def ensure(settings: Settings, catalog: Catalog, notice: Callable[[str], None]) -> bool:
    """Whether a supervisor lives. In a catalog of one's own one is started, and it is said; a team runs its own."""
    is_own = not catalog.database.is_shared
    if any(each.alive and not (is_own and _has_died(each)) for each in catalog.jobs.supervisors()):
        return True
    if not is_own:
        notice("no supervisor lives: what is asked for waits until `flinklab supervise` runs somewhere")
        return False
    process, log = start_own(settings, catalog)
    notice(f"started a supervisor (pid {process}), which keeps jobs running after this kernel; its log: {log}")
    return True


def start_own(settings: Settings, catalog: Catalog) -> tuple[int, Path]:
    """Start a supervisor as a process that outlives this one; its pid, and its log once it has signed in.

    Raises `JobError` with the end of its log when it does not come up.
    """
    folder = settings.state_dir or platformdirs.user_state_path("flinklab")
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "supervisor.log"
    given = {f"FLINKLAB_{name.upper()}": getattr(settings, name) for name in _HANDED_ON}
    environment = os.environ | {name: str(value) for name, value in given.items() if value is not None}
    url = catalog.database.url
    plain = url.set(drivername=url.drivername.partition("+")[0])
    environment["FLINKLAB_CATALOG_URL"] = plain.render_as_string(hide_password=False)
    arguments = ["--background", "--idle-exit", str(_IDLE), "--log", str(log)]
    with log.open("ab") as told:
        started = subprocess.run(
            [sys.executable, "-m", "flinklab.cli", "supervise", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=told,
            timeout=_SIGNS_IN_WITHIN,
            check=False,
        )
    pid = int(started.stdout) if started.returncode == 0 else None
    deadline = time.monotonic() + _SIGNS_IN_WITHIN
    while pid is not None and time.monotonic() < deadline and not _has_ended(pid):
        if any(each.alive and each.pid == pid for each in catalog.jobs.supervisors()):
            return pid, log
        time.sleep(0.1)
    tail = "\n".join(log.read_text(encoding="utf-8").splitlines()[-12:]) if log.exists() else ""
    raise JobError("the supervisor did not come up", hint=f"see {log}", details=tail)


def _has_died(seen: SupervisorSeen) -> bool:
    """Its silence is noticed after some seconds; on this machine its end is seen at once."""
    return seen.host == platform.node() and _has_ended(seen.pid)


def _has_ended(pid: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _look(catalog: Catalog, settings: Settings, key: ClusterKey, count: Callable[[], None]) -> Sight:
    """Connect to a registered cluster's JobManager, to look at it. Raises as `_reach` does."""
    from flinklab.flink.counted import CountedTransport
    from flinklab.flink.monitoring import RestMonitoring
    from flinklab.supervisor.sampler import Sight

    cluster = catalog.registry.cluster(key.team, key.name)
    access = replace(jobmanager_access(catalog, settings, cluster), timeout=_LOOK_TIMEOUT)
    monitoring = RestMonitoring(CountedTransport(access, count, often=True))
    return Sight(monitoring, _hiding(catalog))


def _reach(catalog: Catalog, settings: Settings, key: ClusterKey, count: Callable[[], None]) -> Reached:
    """Connect to a registered cluster; `count` is called before each request to its JobManager.

    Raises `ConnectionFailedError`, `CatalogError`, `UsageError`.
    """
    from flinklab.api.flink import with_file
    from flinklab.flink.counted import CountedTransport
    from flinklab.flink.gateway import RestGateway
    from flinklab.flink.jobcontrol import RestJobControl
    from flinklab.jobs.launching import Launcher
    from flinklab.local.storage import FileStorage
    from flinklab.supervisor.worker import Reached

    cluster = catalog.registry.cluster(key.team, key.name)
    gateway_access, jobmanager_access, storage_uri = addresses(catalog, settings, cluster)
    control = RestJobControl(jobmanager_access, transport=CountedTransport(jobmanager_access, count, often=True))
    gateway = RestGateway(gateway_access)
    storage = FileStorage(storage_uri)
    launcher = Launcher(
        gateway,
        catalog.job_versions,
        catalog.definitions,
        catalog.variables,
        storage,
        target=target(jobmanager_access, cluster),
        defaults=cluster.defaults,
        add_jar=lambda statement: with_file(statement, settings),
    )

    def close() -> None:
        control.close()
        gateway.close()

    return Reached(control, launcher, storage, close, _hiding(catalog), cluster.kind in FIXED_SLOTS)


def _hiding(catalog: Catalog) -> Hide:
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
    gateway = catalog.registry.gateway(cluster.team, cluster.gateway) if cluster.gateway else None
    if gateway is None or cluster.storage is None:
        lacks = "gateway" if gateway is None else "storage"
        raise UsageError(
            f"cluster {cluster.name} has no {lacks}",
            hint=f"`%flink clusters add {cluster.name} --{lacks} NAME` says which one it has",
        )
    given = access_to(gateway.url, **_credentials(gateway))
    storage = catalog.registry.storage(cluster.team, cluster.storage)
    return given, jobmanager_access(catalog, settings, cluster), storage.uri


def jobmanager_access(catalog: Catalog, settings: Settings, cluster: RegisteredCluster) -> Access:
    """Of a registered cluster, with the credentials of its gateway. Raises `UnreachableError`, `UsageError`."""
    from flinklab.api.flink import access_to, find_local
    from flinklab.flink.access import Access

    if cluster.kind == EMBEDDED:
        running = find_local(settings)
        if running is None:
            raise UnreachableError("the embedded Flink does not run", hint="`%flink up` starts it")
        return Access(running.jobmanager_url)
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
