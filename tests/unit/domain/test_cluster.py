"""Which states of a job are its last."""

from __future__ import annotations

from flinklab.domain.cluster import JobState


def test_only_three_states_are_final() -> None:
    final = {state.name for state in JobState if state.is_terminal}
    assert final == {"FAILED", "CANCELED", "FINISHED"}


def test_states_bear_flinks_names() -> None:
    assert all(state.name == state.value for state in JobState)
    assert JobState("RESTARTING") is JobState.RESTARTING
