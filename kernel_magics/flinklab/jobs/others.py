"""What else runs on a cluster: shown, and never touched."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from flinklab.domain.cluster import JobSummary
from flinklab.domain.ids import JobId
from flinklab.jobs.launching import JOB_MARK
from flinklab.ports import JobManager
from flinklab.session.origin import read_marks


@dataclass(frozen=True, slots=True)
class OtherJob:
    """A Flink job that is none of this catalog's. `whose`: what it says of itself, empty when it says nothing."""

    job: JobSummary
    whose: str = ""


def other_jobs(cluster: JobManager, ours: Container[JobId]) -> list[OtherJob]:
    """Those that are not over, the oldest first; `ours` are left out. One request per job."""
    running = [job for job in cluster.jobs() if not job.state.is_terminal and job.id not in ours]
    return [
        OtherJob(job, whose_job(cluster.job_parameters(job.id)))
        for job in sorted(running, key=lambda job: (job.start, job.id))
    ]


def whose_job(parameters: Mapping[str, str]) -> str:
    """What a Flink job says of itself by its parameters: whose it is. Empty when it says nothing."""
    if JOB_MARK in parameters:
        return f"job {unquote(parameters[JOB_MARK])} of another catalog"
    marks = read_marks(parameters)
    return f"{marks['kind']} of {marks['user']} in a notebook" if marks is not None else ""
