"""Which checkpoints are asked about in detail: each costs a request, and one for every vertex of the job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Checkpoint
from flinklab.domain.monitoring import CheckpointTask

_EVERY = 60.0  # s, for each job, whatever its checkpoints are like
_SLOWER = 1.5  # times what is usual
_NOTABLE = 0.1  # s, by which it must be slower at least
_WEIGHT = 0.2  # of the newest duration in what is usual


@dataclass(slots=True)
class _Usual:
    duration: float  # s
    asked_at: float = float("-inf")


class Detailing:
    """Of one cluster."""

    def __init__(self) -> None:
        self._jobs: dict[JobId, _Usual] = {}

    def chosen(self, completed: Iterable[Checkpoint], now: float, most: int) -> list[Checkpoint]:
        """At most so many: first those that took unusually long, then of each job one a minute.

        `completed` since the last time, the oldest first; `now` in seconds by any clock that goes on.
        """
        slow, routine = [], {}
        for each in completed:
            usual = self._jobs.setdefault(each.flink_id, _Usual(each.duration))
            if each.duration > max(usual.duration * _SLOWER, usual.duration + _NOTABLE):
                slow.append(each)
            elif now - usual.asked_at >= _EVERY:
                routine[each.flink_id] = each  # the newest: Flink forgets the others first
            usual.duration += _WEIGHT * (each.duration - usual.duration)
        slow.sort(key=lambda each: each.duration, reverse=True)
        asked = {each.flink_id for each in slow}
        chosen = [*slow, *(each for each in routine.values() if each.flink_id not in asked)][:most]
        for each in chosen:
            self._jobs[each.flink_id].asked_at = now
        return chosen

    def forget(self, live: Set[JobId]) -> None:
        for gone in self._jobs.keys() - live:
            del self._jobs[gone]


def detailed(checkpoint: Checkpoint, tasks: Sequence[CheckpointTask]) -> Checkpoint:
    """With what its sub-tasks took; `tasks` is not empty."""
    return replace(
        checkpoint,
        alignment=max(task.alignment for task in tasks),
        slowest=max(tasks, key=lambda task: task.duration),
    )
