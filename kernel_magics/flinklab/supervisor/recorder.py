"""Checkpoints: asked for when something depends on them or when it is time, recorded once."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta

from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Attempt, Checkpoint, Managed
from flinklab.jobs.hiding import Hide
from flinklab.jobs.recording import Recorded, to_record
from flinklab.ports.jobs import CheckpointHistory, JobControl, Kept, Ledger

_EVERY = timedelta(seconds=20)
_SOONEST = timedelta(seconds=4)
_LISTED = 10  # checkpoints that Flink tells of (`web.checkpoints.history`)


class Recorder:
    """One for each cluster."""

    def __init__(self, ledger: Ledger, every: timedelta = _EVERY) -> None:
        self._ledger = ledger
        self._every = every
        self._recorded: dict[JobId, Recorded] = {}
        self._next: dict[JobId, datetime] = {}

    def due(
        self, control: JobControl, hide: Hide, jobs: Sequence[Managed], at_once: Set[int], now: datetime
    ) -> tuple[dict[int, CheckpointHistory], dict[int, tuple[Kept, ...]]]:
        """The checkpoints of those jobs whose turn it is, or that are in `at_once`; and what was written, by job.

        All of it in one transaction; `hide` takes the secrets out of why one failed.

        Raises `ConnectionFailedError`, `CatalogError`.
        """
        histories: dict[int, CheckpointHistory] = {}
        values: dict[int, tuple[Kept, ...]] = {}
        asked = [
            (each, each.attempt)
            for each in jobs
            if each.attempt is not None
            and each.attempt.state.is_live
            and (each.attempt.running_at is not None or each.job.id in at_once)
        ]
        for managed, attempt in asked:
            if managed.job.id not in at_once and now < self._turn(attempt, now):
                continue
            self._next[attempt.flink_id] = now + self._every
            history = control.checkpoints(attempt.flink_id)
            if history is None:
                continue
            histories[managed.job.id] = history
            written = self._new(managed, attempt, history, hide, now)
            # Those that come fast leave Flink's list fast.
            pause = self._every * min(_LISTED / 3 / max(len(written), 1), 1.0)
            self._next[attempt.flink_id] = now + max(pause, _SOONEST)
            if written:
                values[managed.job.id] = written
        if values:
            self._ledger.keep(*(value for written in values.values() for value in written))
            for job_id, written in values.items():
                self._remember(written, histories[job_id])
        return histories, values

    def forget(self, live: Set[JobId]) -> None:
        """Let go of what is in mind of jobs that are not among the living."""
        for gone in self._next.keys() - live:
            self._next.pop(gone)
            self._recorded.pop(gone, None)

    def _turn(self, attempt: Attempt, now: datetime) -> datetime:
        """Spread over the interval by the job's id, so that a thousand jobs do not have one turn."""
        share = int(attempt.flink_id[:4], 16) / 0x10000
        return self._next.setdefault(attempt.flink_id, now + self._every * share)

    def _remember(self, written: tuple[Kept, ...], history: CheckpointHistory) -> None:
        """Only now: what was not kept, because a cluster or the catalog did not answer, is not recorded."""
        rows = tuple(value for value in written if isinstance(value, Checkpoint))
        if rows:
            self._recorded[rows[0].flink_id].add(rows, history)

    def _new(
        self, managed: Managed, attempt: Attempt, history: CheckpointHistory, hide: Hide, now: datetime
    ) -> tuple[Kept, ...]:
        recorded = self._recorded.get(attempt.flink_id)
        if recorded is None:
            recorded = self._recorded[attempt.flink_id] = Recorded(self._ledger.recorded(attempt.flink_id))
        asker = next((command.id for command in managed.commands if command.trigger), "")
        rows = to_record(attempt, history, recorded, asker, now)
        completed = max(attempt.completed or 0, history.completed)  # Flink counts anew after a failover
        if completed == (attempt.completed or 0) and not rows:
            return ()
        shown = (replace(each, failure=hide(managed, each.failure)) if each.failure else each for each in rows)
        return *shown, replace(attempt, completed=completed)
