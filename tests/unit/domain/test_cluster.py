"""Which states of a job are its last."""

from __future__ import annotations

from flinklab.domain.cluster import JobState, are_waiting


def test_only_three_states_are_final() -> None:
    final = {state.name for state in JobState if state.is_terminal}
    assert final == {"FAILED", "CANCELED", "FINISHED"}


def test_states_bear_flinks_names() -> None:
    assert all(state.name == state.value for state in JobState)
    assert JobState("RESTARTING") is JobState.RESTARTING


def test_one_task_with_a_slot_is_enough_not_to_wait_for_slots() -> None:
    assert are_waiting({"SCHEDULED": 3, "CREATED": 1})
    assert not are_waiting({})  # a Flink that does not tell
    for state in ("DEPLOYING", "INITIALIZING", "RUNNING", "FINISHED", "FAILED"):
        assert not are_waiting({"SCHEDULED": 3, state: 1})
