"""Which restore points may go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.ids import AttemptId, CommandId, JobId
from flinklab.domain.job_policies import Deployment, Policies
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Checkpoint,
    Command,
    CommandKind,
    Job,
    JobKey,
    Managed,
    Restore,
    RestoreMode,
    Status,
)
from flinklab.jobs.retention import disposable

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
STRICT = Policies(keep_points=2, keep_for=3600.0)


def savepoint(number: int, hours_ago: float, **more: object) -> Checkpoint:
    made = Checkpoint(
        JobId("f" * 32),
        number,
        "completed",
        is_savepoint=True,
        path=f"file:///savepoint-{number}",
        triggered_at=NOW - timedelta(hours=hours_ago),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def managed(*points: Checkpoint, **more: object) -> Managed:
    job = Job(JobKey("my", "orders", "dev"), "embedded", 1, policies=STRICT)
    return replace(Managed(job, Status(), points=points), **more)  # type: ignore[arg-type]


def gone(what: Managed) -> list[str]:
    return [point.path for point in disposable(what, NOW).points]


FOUR = tuple(savepoint(number, hours_ago=10 - number) for number in (4, 3, 2, 1))


def test_the_newest_ones_and_the_young_ones_stay() -> None:
    assert gone(managed(*FOUR)) == ["file:///savepoint-2", "file:///savepoint-1"]
    assert gone(managed(*FOUR[:3], savepoint(1, hours_ago=0.5))) == ["file:///savepoint-2"]
    assert disposable(managed(*FOUR), NOW).newest == "file:///savepoint-4"


def test_checkpoints_share_files_and_are_left_to_flink() -> None:
    checkpoints = tuple(replace(point, is_savepoint=False) for point in FOUR)
    assert gone(managed(*checkpoints)) == []


def test_what_something_still_names_stays() -> None:
    attempt = Attempt(
        AttemptId("a"),
        1,
        1,
        JobId("e" * 32),
        1,
        AttemptState.RUNNING,
        Deployment(),
        restored_from="file:///savepoint-1",
    )
    assert gone(managed(*FOUR, attempt=attempt)) == ["file:///savepoint-2"]
    upgrade = Command(CommandId("c"), 1, CommandKind.UPGRADE, savepoint="file:///savepoint-2")
    assert gone(managed(*FOUR, attempt=attempt, commands=(upgrade,))) == []
    job = replace(managed().job, restore=Restore(RestoreMode.POINT, "file:///savepoint-2"))
    assert gone(managed(*FOUR, job=job)) == ["file:///savepoint-1"]


def test_what_is_missing_or_deleted_does_not_count_as_kept() -> None:
    missing = savepoint(5, hours_ago=5, missing_at=NOW)
    assert gone(managed(missing, *FOUR)) == gone(managed(*FOUR))


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0, 500)), max_size=8),
    st.integers(0, 4),
    st.floats(0, 1000),
)
def test_the_newest_valid_one_never_goes(
    kinds: list[tuple[bool, bool, float]], keep_points: int, keep_for: float
) -> None:
    points = tuple(
        savepoint(number, hours, is_savepoint=is_savepoint, missing_at=NOW if is_missing else None)
        for number, (is_savepoint, is_missing, hours) in enumerate(sorted(kinds, key=lambda kind: kind[2]))
    )
    job = replace(managed().job, policies=Policies(keep_points=keep_points, keep_for=keep_for))
    disposal = disposable(managed(*points, job=job), NOW)
    valid = [point.path for point in points if point.is_restore_point]
    assert disposal.newest not in [point.path for point in disposal.points]
    if disposal.points:
        assert disposal.newest == valid[0]
