"""The parts of a fake Flink's checkpoints: what each sub-task took, and how a job takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fakes import refusals
from fakes.flinkjobs import FakeCheckpoint
from fakes.monitoring_vertices import Running
from fakes.server import Reply, Request

if TYPE_CHECKING:
    from fakes.jobmanager import FakeJobManager

_HISTORY = 10  # `web.checkpoints.history`
Part = Mapping[str, int]


class CheckpointParts:
    """Times in ms, sizes in bytes. A sub-task of which nothing was said took as long as the whole checkpoint."""

    def __init__(self, cluster: FakeJobManager, find: Callable[[str, str], Running]) -> None:
        self._cluster = cluster
        self._find = find
        self._said: dict[tuple[str, int, str], Sequence[Part | None]] = {}
        self._configured: dict[str, dict[str, Any]] = {}

    def routes(self) -> list[tuple[str, str, str, Callable[..., Reply]]]:
        base = r"/jobs/(?P<job_id>\w+)/checkpoints"
        one = base + r"/details/(?P<number>\d+)"
        return [
            ("checkpoint config", "GET", base + "/config", self._config),
            ("checkpoint", "GET", one, self._detail),
            ("checkpoint subtasks", "GET", one + r"/subtasks/(?P<vertex>\w+)", self._subtasks),
        ]

    def set(self, job_id: str, number: int, vertex: str, subtasks: Sequence[Part | None]) -> None:
        """Of each sub-task `duration`, `sync`, `async`, `alignment`, `start_delay`, `size`, `full_size`; None: it
        has not answered."""
        running = self._find(job_id, vertex)
        if len(subtasks) != running.vertex.parallelism:
            raise ValueError(f"{running.vertex.name} has {running.vertex.parallelism} sub-tasks")
        self._said[job_id, number, running.vertex.id] = subtasks

    def configure(self, job_id: str, **settings: Any) -> None:
        """`interval`, `timeout`, `min_pause` (ms), `unaligned_checkpoints`, `state_backend`, ..."""
        self._configured.setdefault(job_id, {}).update(settings)

    def _config(self, request: Request, job_id: str) -> Reply:
        job = self._cluster.find(job_id)
        if job is None:
            return Reply(404, refusals.no_job(job_id))
        if not job.takes_checkpoints:
            return Reply(404, refusals.handled(f"Checkpointing is not enabled for this job ({job_id})."))
        return Reply(
            body={
                "mode": "exactly_once",
                "interval": 3000,
                "timeout": 600000,
                "min_pause": 0,
                "max_concurrent": 1,
                "state_backend": "HashMapStateBackend",
                "checkpoint_storage": "FileSystemCheckpointStorage",
                "unaligned_checkpoints": False,
                "tolerable_failed_checkpoints": 0,
                **self._configured.get(job_id, {}),
            }
        )

    def _seen(self, job_id: str, number: str) -> FakeCheckpoint | Reply:
        job = self._cluster.find(job_id)
        if job is None:
            return Reply(404, refusals.no_job(job_id))
        with self._cluster.lock:
            kept = {each.id: each for each in job.checkpoints[-_HISTORY:]}
        if int(number) not in kept:
            return Reply(404, refusals.handled(f"Could not find checkpointing statistics for checkpoint {number}."))
        return kept[int(number)]

    def _parts(self, job_id: str, checkpoint: FakeCheckpoint, vertex: str) -> list[Part | None]:
        count = self._find(job_id, vertex).vertex.parallelism
        usual = {"duration": checkpoint.duration, "size": checkpoint.size, "full_size": checkpoint.full_size}
        return list(self._said.get((job_id, checkpoint.id, vertex), [usual] * count))

    def _detail(self, request: Request, job_id: str, number: str) -> Reply:
        seen = self._seen(job_id, number)
        if isinstance(seen, Reply):
            return seen
        tasks = {}
        for vertex in self._cluster.metrics.all_vertices(job_id):
            parts = self._parts(job_id, seen, vertex)
            done = [part for part in parts if part is not None]
            tasks[vertex] = {
                "id": seen.id,
                "status": seen.status,
                "end_to_end_duration": max((part.get("duration", 0) for part in done), default=-1),
                "state_size": sum(part.get("full_size", 0) for part in done),
                "checkpointed_size": sum(part.get("size", 0) for part in done),
                "num_subtasks": len(parts),
                "num_acknowledged_subtasks": len(done),
            }
        return Reply(body={**seen.json(), "tasks": tasks})

    def _subtasks(self, request: Request, job_id: str, number: str, vertex: str) -> Reply:
        seen = self._seen(job_id, number)
        if isinstance(seen, Reply):
            return seen
        if vertex not in self._cluster.metrics.all_vertices(job_id):
            return Reply(404, refusals.handled(f"Could not find checkpoint statistics for task {vertex}."))
        parts = self._parts(job_id, seen, vertex)
        subtasks = [_subtask(seen, index, part) for index, part in enumerate(parts)]
        return Reply(body={"id": seen.id, "status": seen.status, "subtasks": subtasks})


def _subtask(checkpoint: FakeCheckpoint, index: int, part: Part | None) -> dict[str, Any]:
    if part is None:
        return {"className": "pending", "index": index, "status": "pending_or_failed"}
    return {
        "className": "completed",
        "index": index,
        "ack_timestamp": checkpoint.triggered + part.get("duration", 0),
        "end_to_end_duration": part.get("duration", 0),
        "checkpointed_size": part.get("size", 0),
        "state_size": part.get("full_size", 0),
        "checkpoint": {"sync": part.get("sync", 0), "async": part.get("async", 0)},
        "alignment": {"buffered": 0, "processed": 0, "persisted": 0, "duration": part.get("alignment", 0)},
        "start_delay": part.get("start_delay", 0),
        "unaligned_checkpoint": False,
        "aborted": False,
        "status": "completed",
    }
