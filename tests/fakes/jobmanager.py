"""A fake JobManager that keeps jobs, as Flink does: their states, checkpoints, savepoints, failures.

with FakeJobManager() as jobmanager:
    job = jobmanager.add_job("SELECT 1", state="RUNNING", parameters={"flinklab.user": "ann"})
    jobmanager.fail(job, "java.lang.ArithmeticException: / by zero\\n\\tat ...")
    jobmanager.faults.add("overview", "slow")
    jobmanager.checkpointing.complete(job)
    jobmanager.savepointing.held = True
    jobmanager.job_list.age = 3
    jobmanager.clock.advance(301)
    jobmanager.restart(back_after=5)

What its jobs do inside is told, and set, by `jobmanager.metrics`: see `fakes.monitoring`.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fakes import refusals
from fakes.checkpointing import Checkpointing
from fakes.clock import Cache, FakeClock
from fakes.flinkjobs import TERMINAL, Failure, FakeJob, exceptions, summary
from fakes.monitoring import Metrics
from fakes.refusals import SubmissionRefusedError
from fakes.rescaling import Rescaling
from fakes.savepointing import Savepointing
from fakes.server import FakeServer, Reply, Request

__all__ = ["TERMINAL", "FakeJob", "FakeJobManager"]

_LONGEST_LINE = 4096  # Netty's
_RETENTION = "execution.checkpointing.externalized-checkpoint-retention"


class FakeJobManager(FakeServer):
    """`jobs_by_id` may be read and changed by tests; `slots` and `taskmanagers` are what the overview says.

    `configuration`: what `/jobmanager/config` tells and every job begins with. `ha`: the cluster id of high
    availability, None without. `adaptive`: the parallelism of a job can be changed while it runs.
    `refuse_cancel`: a cancel is accepted and nothing follows (the job stays CANCELLING).
    `new_task_state`: what the tasks of a job show that was just submitted.
    `folder`: checkpoints and savepoints are really there, on disk; without it Flink alone knows of them.
    """

    def __init__(
        self, *, flink_version: str = "2.3.0", ha: str | None = None, folder: Path | None = None, **server: Any
    ) -> None:
        self.flink_version = flink_version
        self.ha = ha
        self.slots, self.taskmanagers = 16, 1
        self.jobs_by_id: dict[str, FakeJob] = {}
        self.refuse_cancel = False
        self.adaptive = False
        self.new_task_state = "RUNNING"
        self.lock = threading.RLock()
        self.clock = FakeClock()
        self.on_cancel: list[Callable[[str], None]] = []
        base = f"file:{folder or '/flink'}"
        self.configuration = {
            _RETENTION: "RETAIN_ON_CANCELLATION",
            "execution.checkpointing.dir": f"{base}/checkpoints",
            "execution.checkpointing.savepoint-dir": f"{base}/savepoints",
        }
        self.job_list, self.job_details, self.job_configs = (Cache(self.clock) for _ in range(3))
        self.checkpointing = Checkpointing(self, folder)
        self.savepointing = Savepointing(self)
        self.metrics = Metrics(self)
        self._used: set[str] = set()
        self._start = str(uuid.uuid4())
        super().__init__(**server)

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        job = r"/jobs/(?P<job_id>\w+)"
        return [
            ("overview", "GET", "/overview", self._overview),
            ("jobmanager config", "GET", "/jobmanager/config", self._configuration),
            ("job ids", "GET", "/jobs", self._ids),
            ("jobs", "GET", "/jobs/overview", self._jobs),
            ("job", "GET", job, self._job),
            ("cancel", "PATCH", job, self._cancel),
            ("status", "GET", job + "/status", self._status),
            ("config", "GET", job + "/config", self._config),
            ("exceptions", "GET", job + "/exceptions", self._exceptions),
            *Rescaling(self).routes(),
            *self.checkpointing.routes(),
            *self.savepointing.routes(),
            *self.metrics.routes(),
        ]

    def add_job(
        self, name: str, *, job_id: str | None = None, parameters: Mapping[str, str] | None = None, **more: Any
    ) -> str:
        """A new job; its id. `more`: fields of `FakeJob`."""
        job = FakeJob(job_id or self.fresh_id(), name, parameters=dict(parameters or {}), **more)
        with self.lock:
            self.jobs_by_id[job.id] = job
            self._used.add(job.id)
            job.modified = job.modified or self.clock.ms
            job.checkpointed_at = self.clock()
        return job.id

    def submit(self, name: str, config: Mapping[str, str], operators: frozenset[str] = frozenset()) -> str:
        """A job comes from a client; its id. Raises `SubmissionRefusedError`."""
        job_id = config.get("$internal.pipeline.job-id") or self.fresh_id()
        pairs = (each.split(":", 1) for each in config.get("pipeline.global-job-parameters", "").split(",") if each)
        with self.lock:
            if job_id in self._used:
                raise SubmissionRefusedError(*refusals.duplicate(job_id, self.flink_version))
            self.add_job(
                name,
                job_id=job_id,
                parameters=dict(pair for pair in pairs if len(pair) == 2),
                config=dict(config),
                operators=operators,
                parallelism=int(config.get("parallelism.default", "1")),
                task_state=self.new_task_state,
                start=self.clock.ms,
            )
            path = config.get("execution.state-recovery.path")
            problem = self.checkpointing.restore(self.jobs_by_id[job_id], path) if path else None
            if problem is not None:
                causes = refusals.not_started(problem)
                self.fail(job_id, refusals.traced(*causes))
                raise SubmissionRefusedError(*causes)
        return job_id

    def fresh_id(self) -> str:
        return uuid.uuid4().hex

    def set_state(self, job_id: str, state: str) -> None:
        with self.lock:
            job = self.jobs_by_id[job_id]
            if job.is_over:
                return
            self.checkpointing.catch_up(job)
            self.metrics.state(job_id, state)
            job.state = job.task_state = state
            job.modified = self.clock.ms
            if job.is_over:
                self.checkpointing.ended(job)

    def fail(self, job_id: str, exception: str, *, task: str = "", taskmanager: str = "taskmanager-1") -> None:
        """The job fails for good. `task`: the vertex where it began."""
        with self.lock:
            if not self.jobs_by_id[job_id].is_over:
                self._failed(job_id, Failure(exception, self.clock.ms, task, taskmanager, suppressed=True))
                self.set_state(job_id, "FAILED")

    def restart_job(
        self,
        job_id: str,
        exception: str,
        *,
        task: str = "",
        taskmanager: str = "taskmanager-1",
        subtask: int = 0,
        parallelism: int = 1,
    ) -> None:
        """A task fails, and Flink starts the job again from its newest checkpoint; `resume` ends that.

        `task`: the vertex' name, `subtask` which of its `parallelism` ones."""
        with self.lock:
            failed = Failure(exception, self.clock.ms, task, taskmanager, False, subtask, parallelism)
            failed.execution = self.jobs_by_id[job_id].restarts
            self._failed(job_id, failed)
            self.set_state(job_id, "RESTARTING")

    def resume(self, job_id: str) -> None:
        with self.lock:
            job = self.jobs_by_id[job_id]
            job.restored = self.checkpointing.newest(job)
            job.restarts += 1
            self.metrics.restart(job_id)
            self.set_state(job_id, "RUNNING")

    def cancel_job(self, job_id: str) -> None:
        """As the cluster does when somebody cancels the job."""
        with self.lock:
            self.set_state(job_id, "CANCELLING" if self.refuse_cancel else "CANCELED")
        if not self.refuse_cancel:
            for listener in self.on_cancel:
                listener(job_id)

    def restart(self, *, back_after: float = 0.0) -> None:
        """The JobManager starts anew. With high availability its jobs come back after so many seconds, from their
        newest checkpoints; without, they are gone. It knows nothing more of those that are over, and of savepoints
        that were asked for."""
        with self.lock:
            self._start = str(uuid.uuid4())
            self.savepointing.asked.clear()
            for cache in (self.job_list, self.job_details, self.job_configs, self.checkpointing.cache):
                cache.clear()
            live = {job_id: job for job_id, job in self.jobs_by_id.items() if not job.is_over}
            self.jobs_by_id = live if self.ha is not None else {}
            self._used = set(self.jobs_by_id)
            for job in self.jobs_by_id.values():
                job.hidden_until = self.clock() + back_after
                job.restored = self.checkpointing.newest(job)
                job.checkpoints, job.completed, job.failed = [], 0, 0
                job.start = job.modified = self.clock.ms
                self.metrics.restart(job.id)

    def running(self) -> list[str]:
        """Ids of the jobs that are not over."""
        return [job.id for job in self.jobs_by_id.values() if not job.is_over]

    def find(self, job_id: str) -> FakeJob | None:
        """What a request sees of it."""
        with self.lock:
            self.savepointing.catch_up()
            job = self.jobs_by_id.get(job_id)
            if job is None or self.clock() < job.hidden_until:
                return None
            if job.hidden > 0:
                job.hidden -= 1
                return None
            return job

    def handle(self, request: Request) -> tuple[Reply, str | None]:
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        if len(f"{request.method} {request.path}?{query} HTTP/1.1") > _LONGEST_LINE:
            self.requests.append(request)
            return Reply(404, {"errors": ["Unable to load requested file /bad-request."]}), None
        return super().handle(request)

    def _failed(self, job_id: str, failure: Failure) -> None:
        self.jobs_by_id[job_id].failures.insert(0, failure)

    def _overview(self, request: Request) -> Reply:
        with self.lock:
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

    def _configuration(self, request: Request) -> Reply:
        settings = {**self.configuration, "web.tmpdir": f"/tmp/flink-web-{self._start}"}
        if self.ha is not None:
            settings |= {"high-availability.type": "zookeeper", "high-availability.cluster-id": self.ha}
        return Reply(body=[{"key": key, "value": value} for key, value in settings.items()])

    def _jobs(self, request: Request) -> Reply:
        return Reply(body=self.job_list.get("jobs", self._listed))

    def _ids(self, request: Request) -> Reply:
        return Reply(body={"jobs": [{"id": job["jid"], "status": job["state"]} for job in self._listed()["jobs"]]})

    def _listed(self) -> dict[str, Any]:
        with self.lock:
            self.savepointing.catch_up()
            now, ms = self.clock(), self.clock.ms
            seen = [job for job in self.jobs_by_id.values() if job.hidden <= 0 and now >= job.hidden_until]
            return {"jobs": [summary(job, ms) for job in seen]}

    def _job(self, request: Request, job_id: str) -> Reply:
        job = self.find(job_id)
        if job is None:
            return Reply(404, refusals.no_job(job_id))
        return Reply(body=self.job_details.get(job_id, lambda: self.metrics.detail(job)))

    def _status(self, request: Request, job_id: str) -> Reply:
        job = self.find(job_id)
        return Reply(500, refusals.no_such_job(job_id)) if job is None else Reply(body={"status": job.state})

    def _config(self, request: Request, job_id: str) -> Reply:
        job = self.find(job_id)
        if job is None:
            return Reply(404, refusals.no_job(job_id))
        return Reply(body=self.job_configs.get(job_id, lambda: _config_of(job)))

    def _exceptions(self, request: Request, job_id: str) -> Reply:
        job = self.find(job_id)
        if job is None:
            return Reply(404, refusals.no_job(job_id))
        return Reply(body=exceptions(job, int(request.query.get("maxExceptions", "20"))))

    def _cancel(self, request: Request, job_id: str) -> Reply:
        job = self.find(job_id)
        if job is None:
            return Reply(404, refusals.handled("Job could not be found."))
        job.cancels += 1
        if job.is_over and job.state != "CANCELED":
            words = "Job cancellation failed because the job has already reached another terminal state"
            return Reply(409, refusals.handled(f"{words} ({job.state})."))
        self.cancel_job(job_id)
        return Reply(202, {})

    def not_found(self, request: Request) -> Reply:
        return Reply(404, {"errors": [f"Unable to load requested file {request.path}."]})


def _config_of(job: FakeJob) -> dict[str, Any]:
    """Before a job has begun there is none of its execution."""
    told: dict[str, Any] = {"jid": job.id, "name": job.name}
    if job.state != "INITIALIZING":
        told["execution-config"] = {"job-parallelism": 1, "user-config": job.parameters}
    return told
