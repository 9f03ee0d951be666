"""What still runs on a cluster from notebooks: SELECTs and INSERTs, by whom and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flinklab.domain.cluster import JobState, JobSummary
from flinklab.domain.errors import UsageError
from flinklab.domain.ids import JobId
from flinklab.ports import JobManager
from flinklab.session.origin import read_marks
from flinklab.session.stopping import wait_until_over, wait_until_safe_to_cancel

_CONFIRM = 10.0


@dataclass(frozen=True, slots=True)
class NotebookJob:
    """A Flink job that a notebook started. `since` is aware (UTC), `running_for` in seconds."""

    job_id: JobId
    kind: str
    user: str
    host: str
    notebook: str
    kernel: str
    name: str
    state: JobState
    since: datetime
    running_for: float


def notebook_jobs(jobs: JobManager) -> list[NotebookJob]:
    """The jobs from notebooks that are not over, the oldest first. One request per running job."""
    found = [
        _from_notebook(job, marks)
        for job in jobs.jobs()
        if not job.state.is_terminal and (marks := read_marks(jobs.job_parameters(job.id))) is not None
    ]
    return sorted(found, key=lambda job: job.since)


def end(jobs: JobManager, wanted: str) -> list[tuple[NotebookJob, JobState | None]]:
    """Cancel the notebooks' jobs whose id begins with `wanted`, or `all` of them; the state each ended in.

    Jobs that did not come from a notebook are never touched. Raises `UsageError` when none matches, or when
    the beginning of an id fits several.
    """
    running = notebook_jobs(jobs)
    chosen = running if wanted == "all" else [job for job in running if wanted and job.job_id.startswith(wanted)]
    if wanted != "all" and len(chosen) != 1:
        what = "no query or INSERT from a notebook has" if not chosen else f"{len(chosen)} jobs have"
        raise UsageError(f"{what} an id that begins with {wanted!r}", hint="`%flink queries` lists them")
    for job in chosen:
        if job.kind == "query":
            wait_until_safe_to_cancel(jobs, job.job_id)
        jobs.cancel(job.job_id)
    return [(job, wait_until_over(jobs, job.job_id, _CONFIRM)) for job in chosen]


def _from_notebook(job: JobSummary, marks: dict[str, str]) -> NotebookJob:
    return NotebookJob(
        job_id=job.id,
        kind=marks["kind"],
        user=marks["user"],
        host=marks.get("host", ""),
        notebook=marks.get("notebook", ""),
        kernel=marks.get("kernel", ""),
        name=job.name,
        state=job.state,
        since=job.start,
        running_for=job.duration,
    )
