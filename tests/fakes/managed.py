"""Managed jobs in a catalog, and a supervisor of which a test is the hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from flinklab.catalog.catalog import Catalog
from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Checkpoint,
    ClusterKey,
    CommandState,
    Job,
    JobKey,
    JobScript,
    JobVersion,
    Managed,
    ManagedState,
    Plan,
    Status,
)
from flinklab.domain.records import RegisteredCluster
from flinklab.ports.jobs import Kept, Ledger

FLINK_ID = "0123456789abcdef0123456789abcdef"
AT = datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)


def add_cluster(catalog: Catalog, name: str = "main") -> None:
    catalog.registry.save_cluster(
        RegisteredCluster(catalog.team, name, "standalone", "http://127.0.0.1:1"), expected=None
    )


def add_version(catalog: Catalog, name: str = "orders", text: str = "INSERT INTO s SELECT a FROM t") -> JobVersion:
    version = JobVersion(catalog.team, name, 0, JobScript(text, config={"a": "b"}), fingerprint=text[-60:])
    saved, _ = catalog.job_versions.save(version)
    return saved


def add_plan(catalog: Catalog, number: int, shape: str, name: str = "orders", environment: str = "dev") -> None:
    plan = Plan(catalog.team, name, number, environment, f"{number}{shape}", "{}", shape, "2.3.0")
    catalog.job_versions.save_plan(plan)


def add_job(
    catalog: Catalog, name: str = "orders", *, environment: str = "dev", cluster: str = "main", **more: object
) -> Managed:
    """A job of version 1, which is made where there is none."""
    if catalog.job_versions.newest(catalog.team, name) is None:
        add_version(catalog, name)
    key = JobKey(catalog.team, name, environment)
    catalog.jobs.add(replace(Job(key, cluster, 1), **more))  # type: ignore[arg-type]
    return catalog.jobs.get(key)


def ledger(catalog: Catalog, cluster: str = "main") -> Ledger:
    """As its supervisor has it."""
    leases = catalog.leases
    leases.sign_in("test", "here", 1)
    lease = leases.acquire(ClusterKey(catalog.team, cluster), "test", 600)
    assert lease is not None
    return leases.ledger(lease)


def running(managed: Managed, *, shape: str = "", version: int = 1) -> tuple[Kept, ...]:
    """What a supervisor writes of a job that runs, with one restore point."""
    job = managed.job
    number = managed.attempt.number + 1 if managed.attempt is not None else 1
    attempt = Attempt(
        id=AttemptId(f"{job.id:031x}{number}"),
        job_id=job.id,
        number=number,
        flink_id=JobId(f"{job.id:x}{number}".ljust(32, "0")),
        version=version,
        state=AttemptState.RUNNING,
        deployment=Deployment(),
        shape=shape,
        cluster=job.cluster,
        planned_at=AT,
        running_at=AT,
    )
    point = Checkpoint(
        attempt.flink_id,
        1,
        "completed",
        triggered_at=AT,
        full_size=2500,
        path="file:///sp-1",
        job_id=job.id,
        shape=shape,
    )
    status = Status(job.id, ManagedState.RUNNING, AT)
    return replace(job, wanted=True, number=version), attempt, point, status


def finish(catalog: Catalog, state: CommandState, outcome: str, cluster: str = "main") -> None:
    """End all open commands of a cluster."""
    its = ledger(catalog, cluster)
    its.keep(*(replace(each, state=state, outcome=outcome, ended_at=AT) for each in its.commands()))
