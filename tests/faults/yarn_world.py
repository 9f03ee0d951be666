"""Managed jobs on sessions of a YARN: a fake ResourceManager and fake JobManagers on real sockets, a real catalog.

with YarnWorld(folder, template) as world:
    world.begin("etl")                     # a session, and the registered cluster of its name
    world.carry_out(world.job.start())
    world.move("etl")                      # its JobManager goes to another container
    world.end("etl")                       # killed from outside
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from fakes.resourcemanager import FakeResourceManager
from fakes.yarn import FakeApplication
from faults.jobs_world import CLUSTER, Cluster, JobsWorld
from flinklab.api import reaching
from flinklab.domain.jobs import ClusterKey, Managed
from flinklab.domain.records import RegisteredCluster, RegisteredGateway, RegisteredStorage, RegisteredYarn
from flinklab.settings import Settings
from flinklab.supervisor.worker import Reached

TEAM = CLUSTER.team


class YarnWorld(JobsWorld):
    """`cluster` is the JobManager of `CLUSTER.name`, as the session is now. `refuge`: where the pool has room."""

    def __init__(self, folder: Path, template: Path, *, ha: bool = False, **more: Any) -> None:
        super().__init__(folder, template, **more)
        self.has_ha = ha
        self.manager = FakeResourceManager()
        self.applications: dict[str, FakeApplication] = {}
        self.former: list[Cluster] = []
        self.settings = Settings(state_dir=folder / "state")
        self.refuge = ""

    def __enter__(self) -> YarnWorld:
        super().__enter__()
        self.manager.start()
        registry = self.catalog.registry
        registry.save_yarn(RegisteredYarn(TEAM, "prod", (self.manager.url,)), expected=None)
        registry.save_gateway(RegisteredGateway(TEAM, "gateway", self.gateway.url), expected=None)
        registry.save_storage(RegisteredStorage(TEAM, "exchange", self.storage), expected=None)
        for name in self.clusters:
            self.register(name)
            self.begin(name)
        return self

    def __exit__(self, *given: object) -> None:
        super().__exit__(*given)
        self.manager.stop()
        for cluster in self.former:
            cluster.stop()

    def register(self, name: str) -> None:
        cluster = RegisteredCluster(TEAM, name, "yarn", gateway="gateway", storage="exchange", yarn="prod")
        self.catalog.registry.save_cluster(cluster, expected=None)

    def reach(self, cluster: ClusterKey) -> Reached:
        """As a supervisor does."""
        found = reaching.reach(self.catalog, self.settings, cluster, lambda: None)
        return Reached(
            found.control,
            found.sender,
            found.storage,
            found.close,
            found.hide,
            refuge=lambda managed: self._room(managed),
        )

    def _room(self, managed: Managed) -> str:
        return self.refuge if managed.job.pool else ""

    @property
    def asked(self) -> int:
        """How often the ResourceManager was asked for anything."""
        return self.manager.asked.total()

    def begin(self, name: str) -> FakeApplication:
        """A new application of that name, whose JobManager knows no job."""
        application = self.applications[name] = self.manager.yarn.add(name)
        self._serve(name, self._jobmanager(application.id))
        application.jobmanager = self.clusters[name].url
        return application

    def end(self, name: str, state: str = "KILLED") -> None:
        """The application, and with it all that ran there."""
        self.clusters[name].stop()
        for job_id in self.clusters[name].running():
            self.clusters[name].set_state(job_id, "CANCELED")
        self.manager.yarn.end(self.applications[name], state, diagnostics="Application killed by user ann.")

    def move(self, name: str) -> None:
        """Its JobManager dies, and another one of the same application begins elsewhere."""
        was, application = self.clusters[name], self.applications[name]
        was.stop()
        new = self._jobmanager(application.id)
        if self.has_ha:
            new.jobs_by_id, new._used = was.jobs_by_id, was._used
            new.restart(back_after=1)
        else:
            for job_id in was.running():
                was.set_state(job_id, "CANCELED")
        self._serve(name, new)
        self.manager.yarn.move(application, new.url)

    def usurp(self, name: str) -> Cluster:
        """Its JobManager dies, and that of somebody else's application listens at its address."""
        was = self.clusters[name]
        was.stop()
        stranger = self._jobmanager(self.manager.yarn.add("theirs").id, port=was.port)
        stranger.start()
        self.former.append(stranger)
        return stranger

    def ran(self) -> list[Any]:
        """What ran of the job, everywhere."""
        found = {job.id: job for cluster in (*self.former, *self.clusters.values()) for job in cluster.managed()}
        return sorted(found.values(), key=lambda job: job.start)

    def live(self) -> list[str]:
        """What of it runs, everywhere."""
        return [job.id for job in self.ran() if not job.is_over]

    def _jobmanager(self, application: str, **more: Any) -> Cluster:
        made = Cluster(folder=self.folder / "flink", ha=application if self.has_ha else None, **more)
        made.configuration["high-availability.cluster-id"] = application
        made._start = str(uuid.uuid4())
        made.clock = self.cluster.clock
        return made

    def _serve(self, name: str, new: Cluster) -> None:
        was = self.clusters[name]
        was.stop()
        self.former.append(was)
        new.checkpointing.every = was.checkpointing.every
        new.start()
        self.clusters[name] = new
        if name == CLUSTER.name:
            self.cluster = new
        self.gateway.submitting.clusters.pop(was.port, None)
        self.gateway.submitting.clusters[new.port] = new
