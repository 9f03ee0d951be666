"""A job's exception history: asked for when there is something new in it, recorded without its secrets."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace

from flinklab.domain.cluster import JobState
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Managed
from flinklab.domain.monitoring import Failure
from flinklab.jobs.hiding import Hide
from flinklab.ports.series import RecordedFailure
from flinklab.telemetry.sampling import Reading, restarts

_WELL = (JobState.INITIALIZING, JobState.CREATED, JobState.RUNNING, JobState.FINISHED)


@dataclass(slots=True)
class _Seen:
    restarts: int = 0
    told: frozenset[Failure] = field(default_factory=frozenset)


class FailureWatch:
    """Of one cluster."""

    def __init__(self) -> None:
        self._seen: dict[JobId, _Seen] = {}

    def is_due(self, reading: Reading) -> bool:
        """Whether a job has failed since it was asked about last."""
        seen = self._seen.setdefault(reading.look.job_id, _Seen())
        count = restarts(reading.job)
        is_due = count != seen.restarts or reading.look.state not in _WELL
        seen.restarts = count
        return is_due

    def new(self, managed: Managed, failures: Sequence[Failure], hide: Hide) -> list[RecordedFailure]:
        """Those that were not recorded yet. `hide` takes the secrets out of them."""
        attempt = managed.attempt
        if attempt is None:
            return []
        told = self._seen.setdefault(attempt.flink_id, _Seen()).told
        return [
            RecordedFailure(managed.job.id, attempt.id, attempt.flink_id, _hidden(managed, each, hide))
            for each in failures
            if each not in told
        ]

    def remember(self, flink_id: JobId, failures: Sequence[Failure]) -> None:
        """They are recorded. What Flink does not tell of any more it will not tell of again."""
        self._seen.setdefault(flink_id, _Seen()).told = frozenset(failures)

    def forget(self, live: Set[JobId]) -> None:
        for gone in self._seen.keys() - live:
            del self._seen[gone]


def _hidden(managed: Managed, failure: Failure, hide: Hide) -> Failure:
    message, details, task = (hide(managed, text) for text in (failure.message, failure.details, failure.task))
    return replace(failure, message=message, details=details, task=task)
