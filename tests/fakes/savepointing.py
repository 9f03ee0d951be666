"""Savepoints that are asked for: Flink's asynchronous operations, known by their trigger id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fakes import refusals
from fakes.flinkjobs import FakeJob
from fakes.server import Reply, Request

if TYPE_CHECKING:
    from fakes.jobmanager import FakeJobManager


@dataclass
class Asked:
    """`ready_at`: by the clock; None: a test ends it."""

    job_id: str
    trigger: str
    is_stop: bool
    format: str
    directory: str
    ready_at: float | None
    ended_at: float | None = None
    location: str = ""
    failure: str = ""


class Savepointing:
    """`takes`: seconds until a savepoint is there; `held`: until `finish` or `fail`. `kept_for`: seconds until an
    outcome is forgotten. `next_failures`: stack traces that the next ones end with.
    """

    def __init__(self, cluster: FakeJobManager) -> None:
        self.takes = 0.0
        self.held = False
        self.kept_for = 300.0
        self.next_failures: list[str] = []
        self.asked: dict[tuple[str, str], Asked] = {}
        self._cluster = cluster

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        job = r"/jobs/(?P<job_id>\w+)"
        return [
            ("savepoint", "POST", job + "/savepoints", self._savepoint),
            ("stop", "POST", job + "/stop", self._stop),
            ("savepoint status", "GET", job + r"/savepoints/(?P<trigger>\w+)", self._status),
        ]

    @property
    def open(self) -> list[Asked]:
        return [each for each in self.asked.values() if each.ended_at is None]

    def finish(self, trigger: str) -> str:
        """The savepoint is complete; its path."""
        with self._cluster.lock:
            asked = self._find(trigger)
            self._complete(asked)
            return asked.location

    def fail(self, trigger: str, stacktrace: str) -> None:
        """It began and comes to nothing; the job goes on."""
        with self._cluster.lock:
            self._end(self._find(trigger), failure=stacktrace)

    def catch_up(self) -> None:
        """End what is due, forget what is old. The caller has the lock."""
        now = self._cluster.clock()
        for key, asked in list(self.asked.items()):
            job = self._cluster.jobs_by_id.get(asked.job_id)
            if asked.ended_at is not None:
                if now - asked.ended_at >= self.kept_for:
                    del self.asked[key]
            elif job is None or not job.all_run:
                self._end(asked, failure=refusals.suspended())
            elif asked.ready_at is not None and now >= asked.ready_at:
                self._complete(asked)

    def _find(self, trigger: str) -> Asked:
        return next(asked for asked in self.open if asked.trigger == trigger)

    def _savepoint(self, request: Request, job_id: str) -> Reply:
        # Not `targetDirectory`, as with a stop: what it does not know Flink passes over in silence.
        return self._ask(request, job_id, "target-directory", is_stop=False)

    def _stop(self, request: Request, job_id: str) -> Reply:
        return self._ask(request, job_id, "targetDirectory", is_stop=True)

    def _ask(self, request: Request, job_id: str, directory_key: str, *, is_stop: bool) -> Reply:
        body: dict[str, Any] = request.body or {}
        trigger = body.get("triggerId") or self._cluster.fresh_id()
        directory = body.get(directory_key) or ""
        if len(trigger) != 32:
            words = "Request did not match expected format SavepointTriggerRequestBody."
            return Reply(400, refusals.handled(words))
        with self._cluster.lock:
            self.catch_up()
            job = self._cluster.find(job_id)
            if not directory and job is not None and not self._cluster.checkpointing.has_savepoint_directory(job):
                words = (
                    "Config key [execution.checkpointing.savepoint-dir] is not set. "
                    f"Property [{directory_key}] must be provided."
                )
                return Reply(400, refusals.handled(words))
            if (job_id, trigger) not in self.asked:
                self._begin(
                    job, Asked(job_id, trigger, is_stop, body.get("formatType", "CANONICAL"), directory, None)
                )
        return Reply(202, {"request-id": trigger})

    def _begin(self, job: FakeJob | None, asked: Asked) -> None:
        self.asked[asked.job_id, asked.trigger] = asked
        if job is None or job.is_over:
            self._end(asked, failure=refusals.failed_without_job(asked.job_id))
        elif not job.all_run:
            self._end(asked, failure=refusals.not_all_running(asked.job_id))
        elif self.next_failures:
            self._end(asked, failure=self.next_failures.pop(0))
        elif not self.held:
            asked.ready_at = self._cluster.clock() + self.takes

    def _status(self, request: Request, job_id: str, trigger: str) -> Reply:
        with self._cluster.lock:
            self.catch_up()
            asked = self.asked.get((job_id, trigger))
            if asked is None:
                return Reply(404, refusals.no_trigger(job_id, trigger))
            if asked.ended_at is None:
                return Reply(body={"status": {"id": "IN_PROGRESS"}, "operation": None})
            outcome: dict[str, Any] = {"location": asked.location}
            if asked.failure:
                name = asked.failure.partition(":")[0]
                outcome = {
                    "failure-cause": {"class": name, "stack-trace": asked.failure, "serialized-throwable": ""}
                }
            return Reply(body={"status": {"id": "COMPLETED"}, "operation": outcome})

    def _complete(self, asked: Asked) -> None:
        job = self._cluster.jobs_by_id[asked.job_id]
        kind = "SYNC_SAVEPOINT" if asked.is_stop else "SAVEPOINT"
        made = self._cluster.checkpointing.save(job, asked.format, asked.directory, kind)
        self._end(asked, location=made.path)
        if asked.is_stop:
            self._cluster.set_state(job.id, "FINISHED")

    def _end(self, asked: Asked, *, location: str = "", failure: str = "") -> None:
        asked.ended_at, asked.location, asked.failure = self._cluster.clock(), location, failure
