from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.ids import JobId
from flinklab.flink.checkpoints import Statistics, history_of
from flinklab.ports.jobs import CheckpointHistory

JOB = JobId("5ff440eb58e047d8975b3caeadc29c32")


def told(number: int, **more: Any) -> dict[str, Any]:
    """As Flink 2.3.0 writes it."""
    return {
        "className": "completed",
        "id": number,
        "status": "COMPLETED",
        "is_savepoint": False,
        "savepointFormat": None,
        "trigger_timestamp": 1795274202700,
        "latest_ack_timestamp": 1795274202800,
        "checkpointed_size": 8491,
        "state_size": 9000,
        "end_to_end_duration": 100,
        "alignment_buffered": 0,
        "processed_data": 5,
        "persisted_data": 7,
        "num_subtasks": 4,
        "num_acknowledged_subtasks": 4,
        "checkpoint_type": "CHECKPOINT",
        "tasks": {},
        "external_path": f"file:/cp/{JOB}/chk-{number}",
        "discarded": False,
        **more,
    }


def read(history: list[dict[str, Any]], **latest: Any) -> CheckpointHistory:
    nothing = {"completed": None, "savepoint": None, "failed": None, "restored": None}
    body = {
        "counts": {"restored": 0, "total": 12, "in_progress": 1, "completed": 9, "failed": 2},
        "summary": {"state_size": {"min": 0, "p50": "NaN"}},
        "latest": {**nothing, **latest},
        "history": history,
    }
    return history_of(JOB, msgspec.json.decode(json.dumps(body), type=Statistics))


def test_units_are_ours() -> None:
    history = read([told(3)])
    (found,) = history.checkpoints
    assert (found.flink_id, found.checkpoint_id, found.status) == (JOB, 3, "completed")
    assert found.triggered_at == datetime.fromtimestamp(1795274202.7, timezone.utc)
    assert (found.duration, found.size, found.full_size) == (0.1, 8491, 9000)
    assert (found.processed, found.persisted) == (5, 7)
    assert (found.path, found.trigger, found.format) == (f"file:/cp/{JOB}/chk-3", "periodic", "")
    assert (history.completed, history.total, history.restored_from) == (9, 12, "")


def test_what_flink_deleted_or_kept_in_memory_has_no_path() -> None:
    history = read(
        [told(3, discarded=True), told(2, external_path="<checkpoint-not-externally-addressable>"), told(1)]
    )
    assert [found.path for found in history.checkpoints] == ["", "", f"file:/cp/{JOB}/chk-1"]
    assert [found.is_restore_point for found in history.checkpoints] == [False, False, True]


def test_a_failed_one_says_why() -> None:
    failed = told(
        4, status="FAILED", end_to_end_duration=-1, failure_message="Checkpoint expired before completing."
    )
    del failed["external_path"]
    (found,) = read([failed]).checkpoints
    assert (found.status, found.failure) == ("failed", "Checkpoint expired before completing.")
    assert (found.duration, found.path) == (0.0, "")


def test_one_that_is_on_its_way_is_not_told() -> None:
    assert read([told(4, status="IN_PROGRESS", className="in_progress")]).checkpoints == ()


def test_a_savepoint_that_the_list_has_lost_is_told() -> None:
    saved = told(2, is_savepoint=True, savepointFormat="CANONICAL", checkpoint_type="SAVEPOINT")
    history = read([told(9), told(8)], completed=told(9), savepoint=saved)
    assert [found.checkpoint_id for found in history.checkpoints] == [9, 8, 2]
    last = history.checkpoints[-1]
    assert (last.is_savepoint, last.format, last.trigger) == (True, "CANONICAL", "")


def test_where_it_was_restored_from() -> None:
    restored = {"id": 9, "restore_timestamp": 1, "is_savepoint": True, "external_path": "file:/sp/savepoint-1"}
    assert read([], restored=restored).restored_from == "file:/sp/savepoint-1"


def test_flink_1_14_has_one_size() -> None:
    old = told(1)
    del old["checkpointed_size"], old["processed_data"], old["persisted_data"], old["savepointFormat"]
    (found,) = read([old]).checkpoints
    assert (found.size, found.full_size, found.processed) == (9000, 9000, 0)


@given(
    st.lists(st.tuples(st.integers(1, 40), st.sampled_from(["COMPLETED", "FAILED", "IN_PROGRESS"]))),
    st.none() | st.integers(1, 40),
)
def test_each_is_told_once_and_the_newest_first(listed: list[tuple[int, str]], latest: int | None) -> None:
    states = dict(listed)
    more = {"completed": told(latest)} if latest is not None else {}
    found = read([told(number, status=state) for number, state in states.items()], **more).checkpoints
    numbers = [each.checkpoint_id for each in found]
    ended = {number for number, state in states.items() if state != "IN_PROGRESS"}
    assert set(numbers) == ended | ({latest} - set(states) if latest is not None else set())
    assert numbers == sorted(set(numbers), reverse=True)


def test_it_says_how_far_back_the_list_goes_and_where_ids_began() -> None:
    restored = {"id": 2, "external_path": "file:/sp", "is_savepoint": True}
    beside = told(4, is_savepoint=True)
    history = read([told(12, status="IN_PROGRESS"), told(9), told(8)], savepoint=beside, restored=restored)
    assert (history.oldest, history.restored_id, history.restored_from) == (8, 2, "file:/sp")
    assert [each.checkpoint_id for each in history.checkpoints] == [9, 8, 4]
