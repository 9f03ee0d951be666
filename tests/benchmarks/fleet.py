"""A catalog with managed jobs that run on clusters, as a supervisor left them."""

from __future__ import annotations

import uuid
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    ClusterKey,
    Job,
    JobKey,
    JobScript,
    JobVersion,
    ManagedState,
    Status,
)
from flinklab.domain.records import RegisteredCluster, RegisteredGateway, RegisteredStorage
from flinklab.flink.access import Access
from flinklab.flink.jobcontrol import RestJobControl

TEAM = "my"
_NOWHERE = "http://127.0.0.1:9"  # nothing is submitted
_SCRIPT = JobScript("INSERT INTO b SELECT * FROM a", config={"execution.checkpointing.interval": "10 s"})


@dataclass(frozen=True)
class Running:
    """A managed job that runs: its id in the catalog, the number of its cluster, its Flink job id."""

    job_id: int
    cluster: int
    flink_id: JobId


def open_catalog(url: str, folder: Path) -> Catalog:
    return Catalog(Database(url), folder / "catalog.key", team=TEAM, environment="prod")


def register(catalog: Catalog, urls: list[str], folder: Path) -> list[ClusterKey]:
    """Clusters by the addresses of their JobManagers."""
    registry = catalog.registry
    registry.save_gateway(RegisteredGateway(TEAM, "gateway", _NOWHERE), expected=None)
    registry.save_storage(RegisteredStorage(TEAM, "exchange", f"file://{folder / 'exchange'}"), expected=None)
    keys = [ClusterKey(TEAM, f"cluster_{number:02}") for number in range(len(urls))]
    for key, url in zip(keys, urls, strict=True):
        cluster = RegisteredCluster(TEAM, key.name, "standalone", url, "gateway", "exchange")
        registry.save_cluster(cluster, expected=None)
    return keys


def fill(catalog: Catalog, keys: list[ClusterKey], urls: list[str], each: int) -> list[Running]:
    """`each` jobs on every cluster, all of which run as far as the catalog knows."""
    running: list[Running] = []
    for number, (key, url) in enumerate(zip(keys, urls, strict=True)):
        with closing(RestJobControl(Access(url))) as control:
            incarnation = control.incarnation()
        jobs = [_job(catalog, f"job_{number:02}_{index:03}", key) for index in range(each)]
        lease = catalog.leases.acquire(key, "who filled it", 60)
        assert lease is not None
        ledger = catalog.leases.ledger(lease)
        now = ledger.now()
        attempts = [
            Attempt(
                AttemptId(uuid.uuid4().hex),
                job.id,
                1,
                JobId(uuid.uuid4().hex),
                1,
                AttemptState.RUNNING,
                Deployment(),
                incarnation=incarnation,
                cluster=key.name,
                planned_at=now,
                running_at=now,
            )
            for job in jobs
        ]
        wanted = (replace(job, wanted=True) for job in jobs)
        ledger.keep(*wanted, *attempts, *(Status(job.id, ManagedState.RUNNING, now) for job in jobs))
        catalog.leases.release(lease)
        running += [Running(attempt.job_id, number, attempt.flink_id) for attempt in attempts]
    return running


def _job(catalog: Catalog, name: str, cluster: ClusterKey) -> Job:
    catalog.job_versions.save(JobVersion(TEAM, name, 0, _SCRIPT, flink_version="2.3.0", fingerprint=name))
    return catalog.jobs.add(Job(JobKey(TEAM, name, "prod"), cluster.name, 1))
