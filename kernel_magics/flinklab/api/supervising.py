"""Supervisors: what one is made of, and one of this machine's own where nobody else has any."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from flinklab.domain.errors import JobError, NotFoundError
from flinklab.domain.records import RegisteredCluster
from flinklab.settings import Settings, load_settings

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.jobs import ClusterKey, SupervisorSeen
    from flinklab.supervisor.loop import Supervisor
    from flinklab.supervisor.sampler import Sight
    from flinklab.supervisor.worker import Reached

EMBEDDED = "embedded"
"""The kind of cluster that `%flink up` starts, and its name in a catalog that only one machine uses."""

FIXED_SLOTS = ("standalone", EMBEDDED)
"""Kinds of clusters to which no more slots come by themselves."""

_IDLE = 1800  # s after which a supervisor of one's own ends when nothing is left to look after
_SIGNS_IN_WITHIN = 90.0  # s; a busy machine needs them, and one that ends is not waited for
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
    from flinklab.api import reaching
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
        return reaching.reach(catalog, settings, cluster, counting(cluster))

    def look(cluster: ClusterKey) -> Sight:
        return reaching.look(catalog, settings, cluster, counting(cluster))

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
