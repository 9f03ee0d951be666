"""Checkpoints that fail, take long, or are not taken."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.evidence import aggregate, checkpoint, evidence, failure, in_words, rules, source, subtask
from flinklab.domain.monitoring import CheckpointSettings, CheckpointTask
from flinklab.telemetry.doctor.diagnosis import diagnose
from flinklab.telemetry.doctor.evidence import Evidence

EXPIRED = "Checkpoint expired before completing."
LOST = "An Exception occurred while triggering the checkpoint. IO-problem detected."


def failing(why: str, many: int = 3, **more: Any) -> Evidence:
    failed = [checkpoint(20 - each, each * 10, status="failed", failure=why) for each in range(many)]
    return evidence(source(), aggregate(), checkpoints=(*failed, checkpoint(5, 500)), **more)


@pytest.mark.parametrize(
    ("why", "rule"),
    [
        (EXPIRED, "checkpoints-time-out"),
        (LOST, "checkpoint-storage"),
        ("Checkpoint was declined.", "checkpoints-declined"),
    ],
)
def test_failures_in_a_row_are_told_apart_by_what_flink_says(why: str, rule: str) -> None:
    (found,) = diagnose(failing(why)).findings
    assert found.rule == rule
    assert found.title.startswith("3 checkpoints in a row")
    assert found.since is not None and any("min" in line for line in found.evidence)


def test_one_that_failed_is_no_finding() -> None:
    assert not rules(failing(EXPIRED, many=1))


def test_failures_before_one_that_was_completed_are_over() -> None:
    past = tuple(checkpoint(8 - each, 60 + each, status="failed", failure=EXPIRED) for each in range(3))
    assert not rules(evidence(source(), aggregate(), checkpoints=(checkpoint(9, 5), *past)))


def test_a_failed_savepoint_says_nothing_of_checkpoints() -> None:
    failed = tuple(
        checkpoint(9 - each, each, status="failed", failure=EXPIRED, is_savepoint=True) for each in range(3)
    )
    assert not rules(evidence(source(), aggregate(), checkpoints=failed))


def test_time_outs_follow_from_what_holds_rows_up_and_a_lost_storage_does_not() -> None:
    failed = tuple(checkpoint(9 - each, each, status="failed", failure=EXPIRED) for each in range(3))
    pressed = evidence(source(backpressured=0.9), aggregate(busy=1.0), checkpoints=failed)
    assert in_words(pressed) == "slow-vertex agg; checkpoints-time-out < slow-vertex"
    lost = tuple(checkpoint(9 - each, each, status="failed", failure=LOST) for each in range(3))
    both = evidence(source(backpressured=0.9), aggregate(busy=1.0), checkpoints=lost)
    assert in_words(both) == "slow-vertex agg; checkpoint-storage"


def test_a_job_that_fails_with_its_checkpoints_follows_from_them() -> None:
    why = "FlinkRuntimeException: Exceeded checkpoint tolerable failure threshold."
    given = failing(EXPIRED, failures=tuple(failure(each, why) for each in (5, 15, 25)))
    assert in_words(given) == "checkpoints-time-out; checkpoint-restarts < checkpoints-time-out"


def slow(duration: float = 90.0, **phases: float) -> Evidence:
    tasks = (CheckpointTask("src", 0, 0.1), CheckpointTask("agg", 0, duration, **phases))
    newest = checkpoint(9, 10, duration=duration)
    return evidence(source(), aggregate(), checkpoints=(newest, checkpoint(8, 70)), tasks={9: tasks})


@pytest.mark.parametrize(
    ("phase", "rule"),
    [
        ("start_delay", "checkpoint-start-delay"),
        ("alignment", "checkpoint-alignment"),
        ("sync", "checkpoint-sync"),
        ("async_", "checkpoint-async"),
    ],
)
def test_a_slow_checkpoint_is_slow_by_its_longest_phase(phase: str, rule: str) -> None:
    phases = {"start_delay": 1.0, "alignment": 1.0, "sync": 1.0, "async_": 1.0, phase: 80.0}
    (found,) = diagnose(slow(**phases)).findings
    assert (found.rule, found.vertex) == (rule, "agg")
    assert "1 min 20 s" in found.title


def test_one_that_is_done_before_the_next_is_due_is_not_slow() -> None:
    assert not rules(slow(20.0, async_=19.0))


def test_of_a_short_interval_five_seconds_are_the_least() -> None:
    settings = CheckpointSettings(1.0)
    tasks = {9: (CheckpointTask("agg", 0, 3.0, async_=3.0),)}
    given = evidence(
        source(), aggregate(), settings=settings, checkpoints=(checkpoint(9, 1, duration=3.0),), tasks=tasks
    )
    assert not rules(given)


def test_barriers_wait_because_rows_do() -> None:
    tasks = {9: (CheckpointTask("agg", 0, 90.0, start_delay=85.0),)}
    given = evidence(
        source(backpressured=0.9), aggregate(busy=1.0), checkpoints=(checkpoint(9, 1, duration=90.0),), tasks=tasks
    )
    assert in_words(given) == "slow-vertex agg; checkpoint-start-delay agg < slow-vertex"


def test_the_same_sub_task_again_and_again_is_told() -> None:
    def given(*slowest: int) -> Evidence:
        numbers = range(9, 9 - len(slowest), -1)
        tasks = {n: (CheckpointTask("agg", s, 90.0, async_=80.0),) for n, s in zip(numbers, slowest, strict=True)}
        taken = tuple(checkpoint(n, 10, duration=90.0) for n in numbers)
        wide = aggregate(subtasks=[subtask(each) for each in range(4)])
        return evidence(source(), wide, checkpoints=taken, tasks=tasks)

    assert "checkpoint-one-subtask" in rules(given(2, 2, 2, 2))
    assert "checkpoint-one-subtask" not in rules(given(2, 1, 2, 2))
    found = next(each for each in diagnose(given(2, 2, 2, 2)).findings if each.rule == "checkpoint-one-subtask")
    assert "sub-task 2" in found.title and any("machine-2" in line for line in found.evidence)


def test_a_job_without_checkpoints_is_told_and_a_query_needs_none() -> None:
    off = {"checkpointing": False, "settings": CheckpointSettings(None), "checkpoints": ()}
    assert rules(evidence(source(), aggregate(), **off)) == ["no-checkpoints"]
    query = aggregate(name="GroupAggregate[3] -> Sink: Collect table sink")
    assert not rules(evidence(source(), query, **off))
    ended = {"src": {"FINISHED": 1}, "agg": {"RUNNING": 1}}
    assert not rules(evidence(source(), aggregate(), task_states=ended, **off)), "a batch"
    unknown = {"checkpointing": None, "settings": None, "checkpoints": ()}
    assert not rules(evidence(source(), aggregate(), **unknown))
