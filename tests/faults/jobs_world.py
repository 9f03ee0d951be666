"""A catalog in a file, a fake cluster with its gateway on real sockets, and supervisors that go round by hand.

with JobsWorld(folder, template) as world:
    world.carry_out(world.job.start())      # rounds until the command is over
    world.cluster.fail(world.flink_id, "java.io.IOException: disk")
    world.until(lambda: world.state is ManagedState.RUNNING)
"""

from __future__ import annotations

import shutil
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from fakes.server import Reply, Request
from flinklab.api.command_handle import CommandHandle
from flinklab.api.job_handle import JobHandle
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.errors import FlinklabError, LeaseLostError
from flinklab.domain.ids import JobId
from flinklab.domain.job_policies import Policies
from flinklab.domain.jobs import (
    Attempt,
    Checkpoint,
    ClusterKey,
    Command,
    CommandState,
    Job,
    JobKey,
    JobScript,
    JobVersion,
    ManagedState,
)
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.flink.jobcontrol import RestJobControl
from flinklab.jobs.hiding import Hiding
from flinklab.jobs.launching import Launcher
from flinklab.local.storage import FileStorage
from flinklab.supervisor.worker import ClusterWorker, Reached

KEY = JobKey("my", "orders", "prod")
CLUSTER = ClusterKey("my", "session")
BROKEN = "orders.never-completes"
"""A setting of a version whose checkpoints all fail."""

SCRIPT = JobScript(
    "INSERT INTO sums SELECT k, SUM(v) FROM orders GROUP BY k",
    setup=(
        "CREATE TEMPORARY TABLE orders (k INT, v INT) WITH ('connector' = 'datagen')",
        "CREATE TEMPORARY TABLE sums (k INT, v INT) WITH ('connector' = 'blackhole')",
    ),
    config={"execution.checkpointing.interval": "10 s"},
)
OVER = (CommandState.DONE, CommandState.FAILED, CommandState.WITHDRAWN)
POLICIES = Policies(restart_delay=1, restart_delay_max=1, unreachable_after=30)
_ENDS_WITHIN = 180.0  # s that something may take which is only a matter of some rounds


def wait_until(
    happens: Callable[[], Any],
    within: float = _ENDS_WITHIN,
    pause: float = 0.03,
    tell: Callable[[], str] = lambda: "",
) -> Any:
    """`tell`: what there is instead, when it does not happen."""
    deadline = time.monotonic() + within
    while not (found := happens()):
        assert time.monotonic() < deadline, f"it did not happen within {within:g} s\n{tell()}"
        time.sleep(pause)
    return found


class Cluster(FakeJobManager):
    """`told`: the ids of the completed checkpoints that it told of, by job. `appears_after`: how many requests do
    not find a job that was just submitted."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.told: dict[str, set[int]] = defaultdict(set)
        self.appears_after = 0

    def submit(self, name: str, config: Mapping[str, str], operators: frozenset[str] = frozenset()) -> str:
        with self.lock:
            job_id = super().submit(name, config, operators)
            self.jobs_by_id[job_id].never_completes = config.get(BROKEN) == "true"
            self.jobs_by_id[job_id].hidden = self.appears_after
        return job_id

    def handle(self, request: Request) -> tuple[Reply, str | None]:
        reply, fault = super().handle(request)
        if request.name == "checkpoints" and reply.status == 200 and fault is None:
            ids = {each["id"] for each in reply.body["history"] if each["status"] == "COMPLETED"}
            self.told[request.path.split("/")[2]] |= ids
        return reply, fault

    def managed(self, key: JobKey = KEY) -> list[Any]:
        """What ran of a managed job, in the order in which it came."""
        return [job for job in self.jobs_by_id.values() if job.config.get("pipeline.name") == str(key)]


class JobsWorld:
    """`template`: an initialised catalog, which is copied. All clusters share one gateway and this machine's disk.

    `wrap` is put around each port of the supervisors that go round by hand. `patience`: with the gateway, in s.
    """

    def __init__(
        self,
        folder: Path,
        template: Path,
        *,
        ha: str | None = None,
        policies: Policies = POLICIES,
        clusters: tuple[str, ...] = (CLUSTER.name,),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(template, folder / "catalog.db")
        self.folder = folder
        self.url = f"sqlite:///{folder / 'catalog.db'}"
        self.storage = f"file://{folder / 'exchange'}"
        self.clusters = {name: Cluster(folder=folder / "flink", ha=ha) for name in clusters}
        self.cluster = self.clusters[clusters[0]]
        self.gateway = FakeGateway(jobmanager=self.cluster)
        self.catalog = open_catalog(self.url, folder)
        self.policies = policies
        self.ahead = timedelta()
        self.wrap: Callable[[Any, str], Any] = lambda port, name: port
        self.patience = 10.0
        self._rounds: dict[str, Rounds] = {}
        self.add_job(KEY)

    def add_job(self, key: JobKey, **more: Any) -> JobHandle:
        """Version 1, version 2 (another setting), and version 3, which completes no checkpoint."""
        for config in ({}, {"pipeline.object-reuse": "true"}, {BROKEN: "true"}):
            self.promote(replace(SCRIPT, config=SCRIPT.config | config), key)
        self.catalog.jobs.add(Job(key, self.cluster_name, 1, policies=self.policies, **more))
        return JobHandle(self.catalog, key)

    def promote(self, script: JobScript, key: JobKey = KEY) -> int:
        """A new version; its number."""
        version = JobVersion(key.team, key.name, 0, script, flink_version="2.3.0", fingerprint=uuid.uuid4().hex)
        return self.catalog.job_versions.save(version)[0].number

    @property
    def cluster_name(self) -> str:
        return next(iter(self.clusters))

    def __enter__(self) -> JobsWorld:
        for cluster in self.clusters.values():
            cluster.start()
            self.gateway.submitting.clusters[cluster.port] = cluster
        self.gateway.start()
        return self

    def __exit__(self, *_: object) -> None:
        for rounds in self._rounds.values():
            rounds.close()
        self.gateway.stop()
        for cluster in self.clusters.values():
            cluster.stop()
        self.catalog.close()

    @property
    def job(self) -> JobHandle:
        return JobHandle(self.catalog, KEY)

    @property
    def state(self) -> ManagedState:
        return self.job.status

    @property
    def attempt(self) -> Attempt:
        attempt = self.job.managed.attempt
        assert attempt is not None
        return attempt

    @property
    def flink_id(self) -> JobId:
        return self.attempt.flink_id

    def advance(self, seconds: float) -> None:
        """For the cluster, and for the supervisors by the database's clock. Leases go by the real time."""
        self.cluster.clock.advance(seconds)
        self.ahead += timedelta(seconds=seconds)

    def supervisor(self, name: str = "first", cluster: ClusterKey = CLUSTER) -> Rounds:
        if name not in self._rounds:
            self._rounds[name] = Rounds(self, name, cluster)
        return self._rounds[name]

    def reach(self, cluster: ClusterKey) -> Reached:
        jobmanager = self.clusters[cluster.name].url
        return reach(self.catalog, self.gateway.url, jobmanager, self.storage, self.wrap, self.patience)

    def until(self, happens: Callable[[], Any], within: float = _ENDS_WITHIN, by: str = "first") -> Any:
        """Go round until something has happened; what that gave."""

        def go() -> Any:
            self.supervisor(by).round()
            return happens()

        return wait_until(go, within, tell=self.told)

    def told(self) -> str:
        """Of all jobs, how they are and what happened last."""
        lines = []
        for managed in self.catalog.jobs.list([CLUSTER.team]):
            commands = [f"{each.kind.value} {each.state.value} {each.outcome}" for each in managed.commands]
            status, job = managed.status, managed.job
            lines.append(f"{job.key} on {job.cluster}: {status.state.value} {status.reason} {commands}")
            lines += [f"    {each.at} {each.text}" for each in JobHandle(self.catalog, job.key).events()[:6]]
        return "\n".join(lines)

    def carry_out(self, handle: CommandHandle, by: str = "first") -> Command:
        """Go round until it is over; as it is then."""
        return self.until(lambda: self.over(handle), by=by)  # type: ignore[no-any-return]

    def over(self, handle: CommandHandle) -> Command | None:
        command = self.catalog.commands.get(handle.id)
        return command if command is not None and command.state in OVER else None

    def start(self) -> Command:
        """The job, which then has one checkpoint that is recorded."""
        started = self.carry_out(self.job.start())
        self.checkpoint()
        return started

    def checkpoint(self) -> str:
        """The job completes one, which is recorded; its path."""
        path = self.cluster.checkpointing.complete(self.flink_id).path

        def is_recorded() -> bool:
            self.advance(5)  # it is the job's turn every 20 s
            return path in [each.path for each in self.job.points()]

        self.until(is_recorded)
        return path


class Rounds:
    """A supervisor of one cluster that goes round when it is told to. Without the lease it does nothing."""

    def __init__(self, world: JobsWorld, name: str, cluster: ClusterKey = CLUSTER) -> None:
        self.name, self.seconds = name, 600.0  # the lease's, longer than any test
        self._world, self._cluster = world, cluster
        self._epoch = 0
        self.at_once = 4
        self.worker: ClusterWorker | None = None
        self.completed: deque[Checkpoint] = deque()

    def round(self) -> bool:
        """False: another one has the lease, or the catalog or cluster did not allow it."""
        lease = self._world.catalog.leases.acquire(self._cluster, self.name, self.seconds)
        if lease is None or lease.epoch != self._epoch:
            self.close()
        if lease is None:
            return False
        if self.worker is None:
            ledger: Any = Ahead(self._world.catalog.leases.ledger(lease), self._world)
            world, cluster = self._world, self._cluster
            self.worker = ClusterWorker(
                lambda: world.reach(cluster), ledger, at_once=self.at_once, completed=self.completed
            )
            self._epoch = lease.epoch
        try:
            self.worker.round()
        except LeaseLostError:
            self.close()
            return False
        except FlinklabError:
            return False
        return True

    def close(self) -> None:
        worker, self.worker = self.worker, None
        if worker is not None:
            worker.close()


class Ahead:
    """A ledger whose time goes with the world's."""

    def __init__(self, ledger: Any, world: JobsWorld) -> None:
        self._ledger, self._world = ledger, world

    def now(self) -> datetime:
        return self._ledger.now() + self._world.ahead  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


def open_catalog(url: str, folder: Path) -> Catalog:
    return Catalog(Database(url), folder / "catalog.key", team=KEY.team, environment=KEY.environment)


def reach(
    catalog: Catalog,
    gateway_url: str,
    jobmanager_url: str,
    storage_uri: str,
    wrap: Callable[[Any, str], Any] = lambda port, name: port,
    patience: float = 10.0,
) -> Reached:
    """As `api.supervising` connects to a registered cluster, without a register. `wrap` may put something around
    each of the ports."""
    control = wrap(RestJobControl(Access(jobmanager_url, timeout=10)), "control")
    gateway = wrap(RestGateway(Access(gateway_url, timeout=10), pause=lambda seconds: None), "gateway")
    storage = wrap(FileStorage(storage_uri), "storage")
    launcher = Launcher(
        gateway,
        wrap(catalog.job_versions, "versions"),
        catalog.definitions,
        catalog.variables,
        storage,
        target={"rest.port": str(urlsplit(jobmanager_url).port)},
        defaults={},
        patience=patience,
    )

    def close() -> None:
        control.close()
        gateway.close()

    return Reached(control, launcher, storage, close, Hiding(catalog.job_versions, catalog.variables))


def overlaps(world: JobsWorld) -> list[tuple[str, str]]:
    """Flink jobs of the managed job that ran at the same time, as the cluster knows it."""
    now = world.cluster.clock.ms
    ran = [(job.id, job.start, job.modified if job.is_over else now) for job in world.cluster.managed()]
    return [(a[0], b[0]) for a, b in combinations(ran, 2) if max(a[1], b[1]) < min(a[2], b[2])]
