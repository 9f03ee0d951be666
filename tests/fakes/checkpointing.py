"""Checkpoints and savepoints of the fake Flink's jobs, and what becomes of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakes import refusals
from fakes.clock import Cache
from fakes.flinkjobs import FakeCheckpoint, FakeJob
from fakes.server import Reply, Request

if TYPE_CHECKING:
    from fakes.jobmanager import FakeJobManager

_HISTORY = 10  # `web.checkpoints.history`
_REMEMBERED = 100
_MOST_AT_ONCE = 20


class Checkpointing:
    """`every`: seconds between the checkpoints of a job whose tasks all run, None: only those that a test orders.
    `on_look`: each time that somebody asks, one more is complete. `points`: what can be restored from, by path.
    """

    def __init__(self, cluster: FakeJobManager, folder: Path | None) -> None:
        self.every: float | None = None
        self.on_look = False
        self.points: dict[str, FakeCheckpoint] = {}
        self.cache = Cache(cluster.clock)
        self._cluster = cluster
        self._folder = folder

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        return [("checkpoints", "GET", r"/jobs/(?P<job_id>\w+)/checkpoints", self._checkpoints)]

    def keep_on_disk(self, folder: Path) -> None:
        """From now on what is restored from must really be there; `folder` is where it lies by default."""
        self._folder = folder

    def put(self, path: str, operators: frozenset[str] = frozenset()) -> None:
        """Something to restore from lies there, whoever made it."""
        self._keep(FakeCheckpoint(1, is_savepoint=True, format="NATIVE", path=_plain(path), operators=operators))

    def complete(self, job_id: str, **more: Any) -> FakeCheckpoint:
        """The job completes a checkpoint now. `more`: fields of `FakeCheckpoint`."""
        with self._cluster.lock:
            job = self._cluster.jobs_by_id[job_id]
            number = self._take_number(job)
            path = f"{self._directory(job, 'dir', 'checkpoints')}/{job.id}/chk-{number}"
            made = self._add(job, FakeCheckpoint(number, **{"path": path, **more}))
            kept = [each for each in job.checkpoints if self._is_kept(each) and not each.is_savepoint]
            for each in kept[: -self._retained(job)]:
                self.remove(each)
            return made

    def fail(
        self, job_id: str, reason: str = "Checkpoint expired before completing.", **more: Any
    ) -> FakeCheckpoint:
        with self._cluster.lock:
            job = self._cluster.jobs_by_id[job_id]
            failed = FakeCheckpoint(self._take_number(job), "FAILED", size=0, full_size=0, failure=reason, **more)
            job.failed += 1
            return self._record(job, failed)

    def save(self, job: FakeJob, format: str, directory: str, kind: str) -> FakeCheckpoint:
        """A savepoint; the caller has the lock."""
        directory = directory or self._directory(job, "savepoint-dir", "savepoints")
        number = self._take_number(job)
        path = f"{_plain(directory)}/savepoint-{job.id[:6]}-{self._cluster.fresh_id()[:12]}"
        saved = FakeCheckpoint(
            number, is_savepoint=True, format=format, kind=kind, path=path, size=3005, full_size=3005
        )
        return self._add(job, saved)

    def has_savepoint_directory(self, job: FakeJob) -> bool:
        return "execution.checkpointing.savepoint-dir" in {**self._cluster.configuration, **job.config}

    def remove(self, checkpoint: FakeCheckpoint) -> None:
        """It is deleted, as far as Flink knows."""
        checkpoint.discarded = True
        self.lose(checkpoint.path)

    def lose(self, path: str) -> None:
        """Somebody deletes what lies there, and Flink does not know."""
        self.points.pop(_plain(path), None)
        if self._folder is not None:
            shutil.rmtree(_on_disk(path), ignore_errors=True)

    def ended(self, job: FakeJob) -> None:
        """What Flink does with a job's checkpoints when it is over (`ExternalizedCheckpointRetention`)."""
        config = {**self._cluster.configuration, **job.config}
        retention = config.get("execution.checkpointing.externalized-checkpoint-retention")
        keeping = {"RETAIN_ON_CANCELLATION": ("CANCELED", "FAILED"), "DELETE_ON_CANCELLATION": ("FAILED",)}
        if job.state in keeping.get(retention or "", ()):
            return
        for each in job.checkpoints:
            if self._is_kept(each) and not each.is_savepoint:
                self.remove(each)

    def newest(self, job: FakeJob) -> FakeCheckpoint | None:
        """What the job itself goes back to after a failure."""
        self.catch_up(job)
        return next((each for each in reversed(job.checkpoints) if self._is_kept(each)), job.restored)

    def restore(self, job: FakeJob, path: str) -> str | None:
        """Why the job cannot start from there; None: it does."""
        point = self._read(path)
        if point is None:
            return refusals.no_restore_point(path)
        unmapped = sorted(point.operators - job.operators)
        if unmapped and job.config.get("execution.state-recovery.ignore-unclaimed-state") != "true":
            return refusals.state_does_not_fit(path, unmapped[0])
        job.restored, job.next_checkpoint = point, point.id + 1
        return None

    def catch_up(self, job: FakeJob) -> None:
        """Complete what was due since somebody looked last."""
        now = self._cluster.clock()
        if not job.all_run or self.every is None:
            job.checkpointed_at = now
            return
        since = job.checkpointed_at if job.checkpointed_at is not None else now
        due = int((now - since) / self.every)
        job.checkpointed_at = since + due * self.every
        passed_over = max(due - _MOST_AT_ONCE, 0)
        job.next_checkpoint += passed_over
        job.completed += passed_over
        for _ in range(min(due, _MOST_AT_ONCE)):
            self._next(job)

    def _next(self, job: FakeJob) -> None:
        if job.never_completes:
            self.fail(job.id)
        else:
            self.complete(job.id)

    def _checkpoints(self, request: Request, job_id: str) -> Reply:
        job = self._cluster.find(job_id)
        if job is None:
            return Reply(404, refusals.no_job(job_id))
        if not job.takes_checkpoints:
            return Reply(404, refusals.no_checkpointing())
        return Reply(body=self.cache.get(job_id, lambda: self._told(job)))

    def _told(self, job: FakeJob) -> dict[str, Any]:
        with self._cluster.lock:
            self.catch_up(job)
            if self.on_look and job.all_run:
                self._next(job)
            told = [each.json() for each in reversed(job.checkpoints)]
        done = [each for each in told if each["status"] == "COMPLETED"]
        failed = [each for each in told if each["status"] == "FAILED"]
        saved = [each for each in done if each["is_savepoint"]]
        restored = job.restored
        return {
            "counts": {
                "restored": int(restored is not None),
                "total": job.completed + job.failed,
                "in_progress": 0,
                "completed": job.completed,
                "failed": job.failed,
            },
            "latest": {
                "completed": next((each for each in done if not each["is_savepoint"]), None),
                "savepoint": saved[0] if saved else None,
                "failed": failed[0] if failed else None,
                "restored": restored
                and {
                    "id": restored.id,
                    "restore_timestamp": job.start,
                    "is_savepoint": restored.is_savepoint,
                    "external_path": restored.path,
                },
            },
            "history": told[:_HISTORY],
        }

    def _add(self, job: FakeJob, made: FakeCheckpoint) -> FakeCheckpoint:
        made.operators = job.operators
        job.completed += 1
        self._record(job, made)
        self._keep(made)
        return made

    def _keep(self, made: FakeCheckpoint) -> None:
        self.points[made.path] = made
        if self._folder is not None:
            _on_disk(made.path).mkdir(parents=True, exist_ok=True)
            about = {"id": made.id, "is_savepoint": made.is_savepoint, "operators": sorted(made.operators)}
            (_on_disk(made.path) / "_metadata").write_text(json.dumps(about))

    def _read(self, path: str) -> FakeCheckpoint | None:
        """On disk it may be another cluster's."""
        if self._folder is None:
            return self.points.get(_plain(path))
        try:
            about = json.loads((_on_disk(path) / "_metadata").read_text())
        except FileNotFoundError:
            return None
        return FakeCheckpoint(**{**about, "operators": frozenset(about["operators"])}, path=_plain(path))

    def _record(self, job: FakeJob, made: FakeCheckpoint) -> FakeCheckpoint:
        made.triggered = made.triggered or self._cluster.clock.ms - made.duration
        job.checkpoints.append(made)
        del job.checkpoints[:-_REMEMBERED]
        return made

    def _take_number(self, job: FakeJob) -> int:
        number, job.next_checkpoint = job.next_checkpoint, job.next_checkpoint + 1
        return number

    def _directory(self, job: FakeJob, key: str, default: str) -> str:
        config = {**self._cluster.configuration, **job.config}
        return _plain(config.get(f"execution.checkpointing.{key}", f"file:{self._folder or '/flink'}/{default}"))

    def _retained(self, job: FakeJob) -> int:
        config = {**self._cluster.configuration, **job.config}
        return int(config.get("execution.checkpointing.num-retained", "1"))

    def _is_kept(self, checkpoint: FakeCheckpoint) -> bool:
        return checkpoint.status == "COMPLETED" and not checkpoint.discarded


def _plain(path: str) -> str:
    """As Flink writes it: `file:/a/b`."""
    return path.replace("file:///", "file:/").rstrip("/")


def _on_disk(path: str) -> Path:
    return Path(_plain(path).removeprefix("file:"))
