"""Every checkpoint that is seen is recorded once; what was never seen is recorded as a gap."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from flinklab.domain.jobs import Attempt, Checkpoint
from flinklab.ports.jobs import CheckpointHistory

GAP = "gap"


@dataclass(slots=True)
class Recorded:
    """What is recorded of one Flink job: up to which id there is a row or a gap, and what Flink still tells of."""

    covered: int = 0
    rows: dict[int, Checkpoint] = field(default_factory=dict)

    def add(self, checkpoints: tuple[Checkpoint, ...], history: CheckpointHistory) -> None:
        """`checkpoints` of it are recorded now. What Flink does not tell of any more it will not tell of again."""
        for each in checkpoints:
            self.covered = max(self.covered, each.checkpoint_id + each.span - 1)
            self.rows[each.checkpoint_id] = each
        told = {each.checkpoint_id for each in history.checkpoints}
        self.rows = {number: row for number, row in self.rows.items() if number in told}


def to_record(
    attempt: Attempt,
    history: CheckpointHistory,
    recorded: Recorded,
    asker: str,
    now: datetime,
) -> tuple[Checkpoint, ...]:
    """The rows that are to be written, the oldest first.

    `asker`: the command that waits for a savepoint, empty without one. Ids of one Flink job count up by one, from
    the restored one's on, so that those between the newest recorded one and the oldest that Flink still lists were
    missed. A checkpoint that Flink has discarded since it was recorded is no restore point any more, as soon as the
    next one is known: Flink discards before it tells of that, and until then only the old path leads there.
    """
    told = sorted(history.checkpoints, key=lambda each: each.checkpoint_id)
    kept = max((each.checkpoint_id for each in told if each.path and not each.is_savepoint), default=0)
    rows = []
    at = max(recorded.covered, history.restored_id) + 1
    for number in sorted(
        {each.checkpoint_id for each in told if each.checkpoint_id < history.oldest} | {history.oldest}
    ):
        if number > at:
            rows.append(Checkpoint(attempt.flink_id, at, GAP, span=number - at))
        at = max(at, number + 1)
    for each in told:
        known = recorded.rows.get(each.checkpoint_id)
        if known is None:
            trigger = asker if each.is_savepoint else "periodic"
            rows.append(replace(each, trigger=each.trigger or trigger))
        elif known.path and not each.path and known.missing_at is None and known.checkpoint_id < kept:
            rows.append(replace(known, missing_at=now))
    rows.sort(key=lambda each: each.checkpoint_id)
    return tuple(replace(each, job_id=attempt.job_id, attempt=attempt.id, shape=attempt.shape) for each in rows)
