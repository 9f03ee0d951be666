"""A fake JobManager: overview, jobs, their states, configuration, exceptions, and cancel.

with FakeJobManager() as jobmanager:
    job = jobmanager.add_job("SELECT 1", state="RUNNING", parameters={"flinklab.user": "ann"})
    jobmanager.fail(job, "java.lang.ArithmeticException: / by zero\\n\\tat ...")
    jobmanager.faults.add("overview", "slow")
"""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fakes.server import FakeServer, Reply, Request

TERMINAL = ("FINISHED", "CANCELED", "FAILED")
_TASK_STATES = (
    "CREATED", "SCHEDULED", "DEPLOYING", "INITIALIZING", "RUNNING",
    "FINISHED", "CANCELING", "CANCELED", "FAILED", "RECONCILING",
)  # fmt: skip


@dataclass
class FakeJob:
    """`task_state` is what its sub-tasks show, `hidden` how many requests say 404 before the job appears."""

    id: str
    name: str
    state: str = "RUNNING"
    task_state: str = "RUNNING"
    parallelism: int = 1
    parameters: dict[str, str] = field(default_factory=dict)
    exception: str | None = None
    hidden: int = 0
    cancels: int = 0
    start: int = field(default_factory=lambda: int(time.time() * 1000))


class FakeJobManager(FakeServer):
    """`jobs_by_id` may be read and changed by tests; `slots` and `taskmanagers` are what the overview says.

    `refuse_cancel`: a cancel is accepted and nothing follows (the job stays CANCELLING).
    """

    def __init__(self, *, flink_version: str = "2.3.0", **server: Any) -> None:
        self.flink_version = flink_version
        self.slots, self.taskmanagers = 16, 1
        self.jobs_by_id: dict[str, FakeJob] = {}
        self.refuse_cancel = False
        self.lock = threading.RLock()
        self.on_cancel: list[Callable[[str], None]] = []
        super().__init__(**server)

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        job = r"/jobs/(?P<job_id>\w+)"
        return [
            ("overview", "GET", "/overview", self._overview),
            ("jobs", "GET", "/jobs/overview", self._jobs),
            ("job", "GET", job, self._job),
            ("cancel", "PATCH", job, self._cancel),
            ("status", "GET", job + "/status", self._status),
            ("config", "GET", job + "/config", self._config),
            ("exceptions", "GET", job + "/exceptions", self._exceptions),
        ]

    def add_job(
        self, name: str, *, job_id: str | None = None, parameters: Mapping[str, str] | None = None, **more: Any
    ) -> str:
        """A new job; its id. `more`: fields of `FakeJob`."""
        job = FakeJob(job_id or uuid.uuid4().hex, name, parameters=dict(parameters or {}), **more)
        with self.lock:
            self.jobs_by_id[job.id] = job
        return job.id

    def set_state(self, job_id: str, state: str) -> None:
        with self.lock:
            job = self.jobs_by_id[job_id]
            if job.state not in TERMINAL:
                job.state = job.task_state = state

    def fail(self, job_id: str, exception: str) -> None:
        with self.lock:
            self.set_state(job_id, "FAILED")
            self.jobs_by_id[job_id].exception = exception

    def cancel_job(self, job_id: str) -> None:
        """As the cluster does when somebody cancels the job."""
        with self.lock:
            self.set_state(job_id, "CANCELLING" if self.refuse_cancel else "CANCELED")
        if not self.refuse_cancel:
            for listener in self.on_cancel:
                listener(job_id)

    def running(self) -> list[str]:
        """Ids of the jobs that are not over."""
        return [job.id for job in self.jobs_by_id.values() if job.state not in TERMINAL]

    def _find(self, job_id: str) -> FakeJob | None:
        with self.lock:
            job = self.jobs_by_id.get(job_id)
            if job is not None and job.hidden > 0:
                job.hidden -= 1
                return None
            return job

    def _overview(self, request: Request) -> Reply:
        states = [job.state for job in self.jobs_by_id.values()]
        running = sum(state not in TERMINAL for state in states)
        return Reply(
            body={
                "taskmanagers": self.taskmanagers,
                "slots-total": self.slots,
                "slots-available": max(0, self.slots - running),
                "jobs-running": running,
                "jobs-finished": states.count("FINISHED"),
                "jobs-cancelled": states.count("CANCELED"),
                "jobs-failed": states.count("FAILED"),
                "flink-version": self.flink_version,
                "flink-commit": "c0f8d1a",
            }
        )

    def _jobs(self, request: Request) -> Reply:
        with self.lock:
            visible = [job for job in self.jobs_by_id.values() if job.hidden <= 0]
        return Reply(body={"jobs": [self._summary(job) for job in visible]})

    def _summary(self, job: FakeJob) -> dict[str, Any]:
        return {
            "jid": job.id,
            "name": job.name,
            "jobType": "STREAMING",
            "start-time": job.start,
            "end-time": -1,
            "duration": int(time.time() * 1000) - job.start,
            "state": job.state,
            "last-modification": job.start,
            "tasks": {},
        }

    def _job(self, request: Request, job_id: str) -> Reply:
        job = self._find(job_id)
        if job is None:
            return self._unknown(f"org.apache.flink.runtime.rest.NotFoundException: Job {job_id} not found")
        tasks = dict.fromkeys(_TASK_STATES, 0)
        tasks[{"CANCELLING": "CANCELING"}.get(job.task_state, job.task_state)] = job.parallelism
        vertex = {"id": "cbc357ccb763df2852fee8c4fc7d55f2", "name": "Source", "parallelism": job.parallelism}
        return Reply(
            body={
                "jid": job.id,
                "name": job.name,
                "state": job.state,
                "start-time": job.start,
                "duration": 1,
                "vertices": [{**vertex, "status": job.task_state, "tasks": tasks}],
                "status-counts": {job.task_state: 1},
            }
        )

    def _status(self, request: Request, job_id: str) -> Reply:
        job = self._find(job_id)
        if job is None:
            name = "org.apache.flink.runtime.messages.FlinkJobNotFoundException"
            what = f"{name}: Could not find Flink job ({job_id})"
            errors = ["Internal server error.", f"<Exception on server side:\n{what}\n\tat ..."]
            return Reply(500, {"errors": errors})
        return Reply(body={"status": job.state})

    def _config(self, request: Request, job_id: str) -> Reply:
        job = self._find(job_id)
        if job is None:
            return self._unknown(f"org.apache.flink.runtime.rest.NotFoundException: Job {job_id} not found")
        return Reply(
            body={
                "jid": job.id,
                "name": job.name,
                "execution-config": {"job-parallelism": 1, "user-config": job.parameters},
            }
        )

    def _exceptions(self, request: Request, job_id: str) -> Reply:
        job = self._find(job_id)
        if job is None:
            return self._unknown(f"org.apache.flink.runtime.rest.NotFoundException: Job {job_id} not found")
        entries = []
        if job.exception:
            name = re.split(r"[:\n]", job.exception)[0]
            entries = [
                {"exceptionName": name, "stacktrace": job.exception, "timestamp": job.start, "failureLabels": {}}
            ]
        return Reply(body={"exceptionHistory": {"entries": entries, "truncated": False}})

    def _cancel(self, request: Request, job_id: str) -> Reply:
        job = self._find(job_id)
        handler = "org.apache.flink.runtime.rest.handler.RestHandlerException: "
        if job is None:
            return self._unknown(handler + "Job could not be found.")
        job.cancels += 1
        if job.state in TERMINAL and job.state != "CANCELED":
            what = (
                f"Job cancellation failed because the job has already reached another terminal state ({job.state})."
            )
            return Reply(409, {"errors": [f"{handler}{what}\n\tat ..."]})
        self.cancel_job(job_id)
        return Reply(202, {})

    def _unknown(self, text: str) -> Reply:
        return Reply(404, {"errors": [f"{text}\n\tat java.base/java.lang.Thread.run(Unknown Source)\n"]})

    def not_found(self, request: Request) -> Reply:
        return Reply(404, {"errors": [f"Unable to load requested file {request.path}."]})
