"""The tags by which the applications of managed jobs are found again. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.yarn import Application

_JOB = "flinklab-job-"


def attempt_tag(attempt: AttemptId) -> str:
    return f"flinklab-attempt-{attempt}"


def job_tag(flink_id: JobId) -> str:
    return f"{_JOB}{flink_id}"


def cluster_tag(team: str, cluster: str) -> str:
    """Of all applications of a registered cluster; names may have more in them than tags may."""
    return f"flinklab-cluster-{hashlib.sha256(f'{team}/{cluster}'.encode()).hexdigest()[:32]}"


def flink_id_of(application: Application) -> JobId | None:
    """The Flink job that it was made for."""
    found = (tag.removeprefix(_JOB) for tag in application.tags if tag.startswith(_JOB))
    return next((JobId(each) for each in found), None)


def foremost(applications: Iterable[Application]) -> Application | None:
    """One that lives before one that is over, and then the newest."""
    return max(applications, key=lambda each: (not each.is_over, each.id), default=None)
