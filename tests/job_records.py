"""Values of managed jobs for the tests of stores."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flinklab.catalog.database import Database
from flinklab.catalog.jobs import Jobs
from flinklab.catalog.leases import SupervisorLeases
from flinklab.catalog.ledger import ClusterLedger
from flinklab.domain.ids import AttemptId, CommandId, JobId
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Checkpoint,
    ClusterKey,
    Command,
    CommandKind,
    Job,
    JobKey,
)

CLUSTER = ClusterKey("my", "session")
LONG = 600.0  # s: a lease that lasts as long as a test


def a_job(name: str = "orders", environment: str = "dev", **more: Any) -> Job:
    return Job(JobKey(more.pop("team", "my"), name, environment), more.pop("cluster", CLUSTER.name), 1, **more)


def an_attempt(job: Job, number: int = 1, state: AttemptState = AttemptState.RUNNING, **more: Any) -> Attempt:
    attempt, flink = AttemptId(uuid.uuid4().hex), JobId(uuid.uuid4().hex)
    return Attempt(attempt, job.id, number, flink, 1, state, Deployment(), cluster=job.cluster, **more)


def an_order(job: Job, kind: CommandKind = CommandKind.START, **arguments: Any) -> Command:
    return Command(CommandId(uuid.uuid4().hex), job.id, kind, arguments)


def a_point(job: Job, number: int, flink_id: str = "f" * 32, **more: Any) -> Checkpoint:
    return Checkpoint(JobId(flink_id), number, "completed", path=f"s3://c/{number}", job_id=job.id, **more)


@dataclass
class Site:
    """A catalog as a person and as a supervisor use it; `take` gives the ledger of a lease on a cluster."""

    database: Database
    jobs: Jobs
    leases: SupervisorLeases

    def take(self, cluster: ClusterKey = CLUSTER, holder: str = "s1", seconds: float = LONG) -> ClusterLedger:
        lease = self.leases.acquire(cluster, holder, seconds)
        assert lease is not None
        return self.leases.ledger(lease)
