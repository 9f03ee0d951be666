"""Every checkpoint once, gaps as gaps."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.ids import AttemptId, JobId
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import Attempt, AttemptState, Checkpoint
from flinklab.jobs.recording import GAP, Recorded, to_record
from flinklab.ports.jobs import CheckpointHistory

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
FLINK_ID = JobId("f" * 32)
ATTEMPT = Attempt(AttemptId("a" * 32), 7, 1, FLINK_ID, 1, AttemptState.RUNNING, Deployment(), shape="group by")


def checkpoint(number: int, **more: object) -> Checkpoint:
    return replace(Checkpoint(FLINK_ID, number, "completed", path=f"file:///chk-{number}"), **more)  # type: ignore[arg-type]


def record(
    recorded: Recorded, *told: Checkpoint, asker: str = "", oldest: int | None = None, restored: int = 0
) -> tuple[Checkpoint, ...]:
    listed = min((each.checkpoint_id for each in told), default=0)
    history = CheckpointHistory(told, oldest=listed if oldest is None else oldest, restored_id=restored)
    rows = to_record(ATTEMPT, history, recorded, asker, NOW)
    recorded.add(rows, history)
    return rows


def test_what_is_told_for_the_first_time_is_recorded_with_the_attempt_it_is_of() -> None:
    (row,) = record(Recorded(), checkpoint(1))
    assert (row.job_id, row.attempt, row.shape, row.trigger) == (7, ATTEMPT.id, "group by", "periodic")


def test_what_is_told_again_is_not() -> None:
    recorded = Recorded()
    record(recorded, checkpoint(1))
    assert record(recorded, checkpoint(2), checkpoint(1)) == record(Recorded(1), checkpoint(2))
    assert record(recorded, checkpoint(2), checkpoint(1)) == ()


def test_ids_that_flink_tells_of_no_more_are_a_gap() -> None:
    recorded = Recorded()
    record(recorded, checkpoint(3))
    gap, row = record(recorded, checkpoint(9))
    assert (gap.status, gap.checkpoint_id, gap.span) == (GAP, 4, 5)
    assert row.checkpoint_id == 9
    assert not gap.is_restore_point


def test_the_first_look_at_a_job_that_is_not_new_finds_a_gap() -> None:
    gap, _ = record(Recorded(), checkpoint(40))
    assert (gap.checkpoint_id, gap.span) == (1, 39)


def test_ids_go_on_after_the_restored_one() -> None:
    (row,) = record(Recorded(), checkpoint(41), restored=40)
    assert row.checkpoint_id == 41
    gap, _ = record(Recorded(), checkpoint(50), restored=40)
    assert (gap.checkpoint_id, gap.span) == (41, 9)


def test_a_savepoint_that_is_told_beside_the_list_parts_what_was_missed() -> None:
    rows = record(Recorded(1), checkpoint(4, is_savepoint=True), checkpoint(8), oldest=7)  # 7 is on its way
    assert [(row.status, row.checkpoint_id, row.span) for row in rows] == [
        (GAP, 2, 2),
        ("completed", 4, 1),
        (GAP, 5, 2),
        ("completed", 8, 1),
    ]


def test_one_that_is_late_is_no_gap_and_comes_when_it_is_complete() -> None:
    recorded = Recorded()
    record(recorded, checkpoint(1), checkpoint(3))  # 2 is still on its way
    (late,) = record(recorded, checkpoint(1), checkpoint(2), checkpoint(3))
    assert late.checkpoint_id == 2


def test_what_flink_discarded_is_no_restore_point_any_more() -> None:
    recorded = Recorded()
    record(recorded, checkpoint(1))
    row, new = record(recorded, checkpoint(1, path=""), checkpoint(2))
    assert row.missing_at == NOW
    assert row.path == "file:///chk-1"
    assert not row.is_restore_point and new.is_restore_point
    assert record(recorded, checkpoint(1, path=""), checkpoint(2)) == ()


def test_the_last_path_is_kept_until_the_next_one_is_told() -> None:
    """Of a cluster that ends in between nobody could say any more where the next one lies."""
    recorded = Recorded()
    record(recorded, checkpoint(1))
    savepoint = checkpoint(3, path="file:///savepoint", is_savepoint=True)
    told = record(recorded, checkpoint(1, path=""), checkpoint(2, path=""), savepoint)
    assert [row.checkpoint_id for row in told] == [2, 3]
    (row, _) = record(recorded, checkpoint(1, path=""), checkpoint(2, path=""), savepoint, checkpoint(4))
    assert (row.checkpoint_id, row.missing_at) == (1, NOW)


def test_a_savepoint_is_the_command_s_that_waits_for_it() -> None:
    rows = record(Recorded(), checkpoint(1), checkpoint(2, is_savepoint=True), asker="c0ffee")
    assert [row.trigger for row in rows] == ["periodic", "c0ffee"]


def test_a_supervisor_that_takes_over_goes_on_where_the_last_one_was() -> None:
    taken_over = Recorded(covered=5)
    assert [row.checkpoint_id for row in record(taken_over, checkpoint(6), checkpoint(7))] == [6, 7]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_whenever_one_looks_every_id_is_covered_exactly_once(looks: list[int]) -> None:
    """At each look Flink tells of its last 10 checkpoints."""
    recorded, covered, newest = Recorded(), [], 0
    for more in looks:
        newest += more
        told = [checkpoint(number) for number in range(max(1, newest - 9), newest + 1)]
        for row in record(recorded, *reversed(told)):
            covered += range(row.checkpoint_id, row.checkpoint_id + row.span)
    assert covered == list(range(1, newest + 1))
    assert len(recorded.rows) <= 10, "what Flink does not tell of any more is kept in mind"
