"""Checkpoints in the order in which they happened, gaps among them."""

from __future__ import annotations

from collections.abc import Sequence

from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Checkpoint


def in_order(timed: Sequence[Checkpoint], gaps: Sequence[Checkpoint]) -> list[Checkpoint]:
    """`timed` by when they were triggered, with those of `gaps` (which have no such moment) that lie next to one of
    them: ids of one Flink job count up by one, so that a gap ends before the next id or begins after the last."""
    begins: dict[tuple[JobId, int], Checkpoint] = {
        (each.flink_id, each.checkpoint_id + each.span): each for each in gaps
    }
    follows: dict[tuple[JobId, int], Checkpoint] = {(each.flink_id, each.checkpoint_id): each for each in gaps}
    ordered: list[Checkpoint] = []
    placed: set[int] = set()

    def place(gap: Checkpoint | None) -> None:
        if gap is not None and id(gap) not in placed:
            placed.add(id(gap))
            ordered.append(gap)

    for each in timed:
        place(begins.get((each.flink_id, each.checkpoint_id)))
        ordered.append(each)
        place(follows.get((each.flink_id, each.checkpoint_id + each.span)))
    return ordered
