"""What a lost attempt left behind after it was looked at last."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flinklab.domain.jobs import Checkpoint, Managed
from flinklab.ports.jobs import Storage


def newer_checkpoints(managed: Managed, storage: Storage, now: datetime) -> tuple[Checkpoint, ...]:
    """The newest whole checkpoint of the newest attempt, when it is newer than all that are recorded of it.

    Of a cluster that is gone nobody can ask any more what it completed last, and by default Flink keeps only that
    one: the recorded ones are deleted. Where no checkpoint of the attempt was recorded, its folder is not known.
    Raises `StorageError`.
    """
    attempt = managed.attempt
    own = [point for point in managed.points if attempt is not None and point.flink_id == attempt.flink_id]
    checkpoints = [point for point in own if not point.is_savepoint]
    if not checkpoints:
        return ()
    last = max(point.checkpoint_id for point in own)
    known = max(checkpoints, key=lambda point: point.checkpoint_id)
    for number, place in storage.checkpoints_beside(known.path)[:1]:
        if number > last:
            unseen = replace(known, id=0, checkpoint_id=number, path=place, duration=0.0, size=0, full_size=0)
            return (replace(unseen, processed=0, persisted=0, alignment=None, triggered_at=now, verified_at=now),)
    return ()
