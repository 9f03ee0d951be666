"""A savepoint that was asked for: over, late, or to be asked for again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.situations import NOW, ago, attempt, command, point, situation
from flinklab.domain.jobs import CommandKind, Step
from flinklab.jobs.saving import ask_again, came_to, is_late, is_over, not_listed
from flinklab.jobs.situation import NOTHING, AskSavepoint, Decision
from flinklab.ports.jobs import Savepoint, SavepointState

RUNNING = attempt()
IN_PROGRESS = Savepoint(SavepointState.IN_PROGRESS)
FORGOTTEN = Savepoint(SavepointState.FORGOTTEN)
FAILED = Savepoint(SavepointState.FAILED, failure="Checkpoint expired before completing.")
NOT_READY = Savepoint(
    SavepointState.FAILED, failure="... Not all required tasks are currently running. Aborting checkpoint."
)
COMPLETED = Savepoint(SavepointState.COMPLETED, "file:///sp")


def test_what_nobody_asked_about_is_on_its_way() -> None:
    assert came_to(situation(RUNNING)) == IN_PROGRESS


@pytest.mark.parametrize(("seconds", "late"), [(600, False), (601, True)])
def test_late_is_by_the_jobs_policy(seconds: float, late: bool) -> None:
    order = command(CommandKind.STOP, Step.STOPPING, begun_at=ago(seconds))
    assert is_late(situation(RUNNING, order), order) is late


@pytest.mark.parametrize(
    ("savepoint", "in_time", "late"),
    [
        pytest.param(IN_PROGRESS, False, False, id="it is waited for without end"),
        pytest.param(COMPLETED, False, False, id="complete"),
        pytest.param(FAILED, True, True, id="failed"),
        pytest.param(NOT_READY, False, True, id="refused as tasks are being deployed"),
        pytest.param(FORGOTTEN, False, True, id="not known"),
    ],
)
def test_over(savepoint: Savepoint, in_time: bool, late: bool) -> None:
    for begun, over in ((10, in_time), (601, late)):
        order = command(CommandKind.STOP, Step.STOPPING, begun_at=ago(begun))
        assert is_over(situation(RUNNING, order, savepoint=savepoint), order) is over


@pytest.mark.parametrize(
    ("savepoint", "since", "trigger"),
    [
        pytest.param(FORGOTTEN, 1.9, None, id="a moment"),
        pytest.param(FORGOTTEN, 2, "stop-1", id="it never arrived: the same"),
        pytest.param(FORGOTTEN, 239, "stop-1", id="Flink would still know it"),
        pytest.param(FORGOTTEN, 240, "fresh-command", id="Flink may have forgotten it"),
        pytest.param(NOT_READY, 2, "fresh-command", id="Flink replays a failure"),
    ],
)
def test_asked_again(savepoint: Savepoint, since: float, trigger: str | None) -> None:
    order = command(CommandKind.STOP, Step.STOPPING, step_at=ago(since))
    known = situation(RUNNING, order, savepoint=savepoint)
    decision = ask_again(known, order, AskSavepoint(order, RUNNING, stop=True))
    if trigger is None:
        assert decision == NOTHING
        return
    asked = replace(order, trigger=trigger)
    effect = decision.then
    assert isinstance(effect, AskSavepoint) and effect.stop and effect.command.trigger == trigger
    assert decision.write == (() if trigger == order.trigger else (replace(asked, step_at=known.now),))


KEPT = command(CommandKind.STOP, Step.STOPPING, savepoint="file:///sp")


def test_a_path_that_is_kept_outlives_what_flink_remembers() -> None:
    assert came_to(situation(RUNNING, KEPT, savepoint=FORGOTTEN)) == COMPLETED


def test_a_savepoint_is_relied_on_once_it_is_recorded() -> None:
    order = command(CommandKind.STOP, Step.STOPPING)
    assert not_listed(situation(RUNNING, order, savepoint=IN_PROGRESS), order) is None
    listed = situation(RUNNING, order, savepoint=COMPLETED, points=(point("file:///sp", is_savepoint=True),))
    assert not_listed(listed, order) is None

    first = not_listed(situation(RUNNING, order, savepoint=COMPLETED), order)
    assert first == Decision((replace(order, savepoint="file:///sp", step_at=NOW),))


@pytest.mark.parametrize(("since", "waits"), [(0, NOTHING), (29.9, NOTHING), (30, None)])
def test_a_list_that_lacks_a_savepoint_is_not_waited_for_without_end(since: float, waits: Decision | None) -> None:
    order = replace(KEPT, step_at=ago(since))
    assert not_listed(situation(RUNNING, order, savepoint=COMPLETED), order) == waits
