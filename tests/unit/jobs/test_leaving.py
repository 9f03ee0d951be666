"""A cluster that is proven to have ended: what ran there is gone, and what was asked for comes to an honest end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fakes.situations import JOB, NOW, ago, attempt, command, in_words, point, situation
from flinklab.domain.ids import AttemptId
from flinklab.domain.jobs import (
    LIVE,
    Attempt,
    AttemptState,
    Command,
    CommandKind,
    Event,
    ManagedState,
    Status,
    Step,
)
from flinklab.jobs.decide import decide
from flinklab.jobs.leaving import is_proof
from flinklab.jobs.redeploy import before
from flinklab.jobs.situation import Situation
from flinklab.jobs.world import after

K = CommandKind
APP = "application_1_0001"
PROOF = f"session etl ended: {APP} is KILLED/KILLED"
REST = replace(JOB, wanted=False)
RUNNING, GONE = attempt(), attempt(AttemptState.GONE)
BEGUN = {"before": before(JOB)}


def over(newest: Attempt | None, *commands: Command, **more: Any) -> Situation:
    return situation(newest, *commands, silent_since=ago(5), ended=PROOF, **more)


ATTEMPTS = [
    ("it runs", over(RUNNING), "attempt gone, shows restarting"),
    (
        "nobody could see it before",
        over(RUNNING, status=ManagedState.UNREACHABLE),
        "attempt gone, shows restarting",
    ),
    ("it is being stopped", over(attempt(AttemptState.STOPPING), command(K.STOP, Step.STOPPING)), "attempt gone"),
    ("it came back unwanted", over(RUNNING, job=REST), "attempt gone"),
    ("it waits", over(GONE, status=ManagedState.RESTARTING), "status"),
    ("its delay does not count there", over(attempt(AttemptState.FAILED)), "shows restarting"),
    ("it is spent", over(GONE, status=ManagedState.QUARANTINED), "nothing"),
    ("it never ran", over(None, status=ManagedState.DRAFT), "nothing"),
    ("it had come to its end", over(attempt(AttemptState.FINISHED)), "not wanted, shows finished"),
    ("it rests", over(GONE, job=REST, status=ManagedState.STOPPED), "nothing"),
]
COMMANDS = [
    ("stop", over(GONE, command(K.STOP)), "not wanted, stop done, shows stopped"),
    (
        "a stop in its savepoint",
        over(GONE, command(K.STOP, Step.STOPPING)),
        "not wanted, stop failed, shows failed",
    ),
    (
        "a stop whose savepoint is known",
        over(GONE, command(K.STOP, Step.STOPPING, savepoint="file:///sp")),
        "not wanted, stop done, shows stopped",
    ),
    ("cancel", over(GONE, command(K.CANCEL, Step.STOPPING)), "not wanted, cancel done, shows stopped"),
    ("a savepoint", over(GONE, command(K.SAVEPOINT, Step.SAVING)), "savepoint failed"),
    ("delete", over(GONE, command(K.DELETE, Step.STOPPING), job=REST), "nothing; Remove"),
    ("configure", over(GONE, command(K.CONFIGURE)), "configure done"),
    ("adopt", over(None, command(K.ADOPT, arguments={"flink_id": "f9"})), "adopt failed"),
    ("a cancellation does not wait", over(RUNNING, command(K.STOP), command(K.CANCEL)), "stop withdrawn"),
    ("a start is noted", over(GONE, command(K.START), job=REST), "wanted, start running at starting"),
    ("a start waits", over(GONE, command(K.START, Step.STARTING)), "start running at starting"),
    (
        "a start that came to nothing",
        over(GONE, command(K.START, Step.STARTING, attempt=AttemptId("a1"))),
        "not wanted, start failed, shows failed",
    ),
    (
        "an upgrade in its savepoint",
        over(GONE, command(K.UPGRADE, Step.STOPPING, arguments={"number": 2}, **BEGUN)),
        "version 2, upgrade running at starting, shows starting",
    ),
    ("an upgrade waits", over(GONE, command(K.UPGRADE, Step.STARTING, **BEGUN)), "upgrade running at starting"),
    (
        "an upgrade that goes back waits",
        over(GONE, command(K.UPGRADE, Step.GOING_BACK, **BEGUN)),
        "upgrade running at going back",
    ),
    (
        "a move that goes back does",
        over(GONE, command(K.MOVE, Step.GOING_BACK, before=before(replace(JOB, cluster="old")))),
        "cluster old",
    ),
    (
        "a move elsewhere",
        over(GONE, command(K.MOVE, arguments={"cluster": "new"})),
        "cluster new, move running at starting, status",
    ),
    (
        "a person says that it is lost",
        over(GONE, command(K.MOVE, arguments={"cluster": "new", "lost": True})),
        "cluster new, move running at starting, shows starting",
    ),
]
REFUGE = [
    ("what ran is gone first", over(RUNNING, refuge="new"), "attempt gone, shows restarting"),
    ("it goes", over(GONE, refuge="new", status=ManagedState.RESTARTING), "move waiting"),
    (
        "by a command that is carried out",
        over(GONE, command(K.MOVE, arguments={"cluster": "new", "lost": True}), refuge="other"),
        "cluster new, move running at starting, shows starting",
    ),
    (
        "with what was asked for",
        over(GONE, command(K.START, Step.STARTING), refuge="new"),
        "cluster new, start running at starting",
    ),
    ("not when it is spent", over(GONE, refuge="new", status=ManagedState.QUARANTINED), "nothing"),
    ("not when nobody wants it", over(GONE, refuge="new", job=REST, status=ManagedState.STOPPED), "nothing"),
]


@pytest.mark.parametrize(
    ("known", "follows"),
    [
        pytest.param(known, follows, id=f"{group}: {name}")
        for group, rows in (("attempt", ATTEMPTS), ("command", COMMANDS), ("refuge", REFUGE))
        for name, known, follows in rows
    ],
)
def test_decide(known: Situation, follows: str) -> None:
    assert in_words(known, decide(known)) == follows


@pytest.mark.parametrize("state", [each for each in AttemptState if each in LIVE], ids=lambda state: state.value)
def test_what_may_have_run_is_gone_at_once_with_the_proof(state: AttemptState) -> None:
    gone, told, *shown = decide(over(attempt(state))).write
    assert isinstance(gone, Attempt) and isinstance(told, Event)
    assert gone.state is AttemptState.GONE and gone.cause is not None and gone.cause.message == PROOF
    assert gone.ended_at == NOW and PROOF in told.text
    (status,) = (each for each in shown if isinstance(each, Status))
    assert status.reason == f"{PROOF}; it starts again when local is back, or after `%flink move`"


def test_the_pool_asks_once_and_the_lost_cluster_is_not_gone_back_to() -> None:
    s = over(GONE, refuge="new", status=ManagedState.RESTARTING)
    (order,) = decide(s).write
    assert isinstance(order, Command)
    assert (order.asked_by, order.why, order.arguments) == ("the pool", PROOF, {"cluster": "new", "lost": True})
    again = replace(s, managed=after(s.managed, (order,)))
    left = after(again.managed, decide(again).write)
    assert left.job.cluster == "new" and [each.id for each in left.commands] == [order.id]
    assert left.commands[0].before["cluster"] == "new"


def test_what_was_moving_into_the_pool_goes_back_within_it_when_its_cluster_ended() -> None:
    order = command(K.MOVE, Step.STARTING, arguments={"cluster": "local", "pool": "etl"}, before=before(JOB))
    s = over(GONE, order, job=replace(JOB, pool="etl"), refuge="new")
    left = after(s.managed, decide(s).write)
    assert (left.job.cluster, left.job.pool) == ("new", "etl")
    assert (left.commands[0].before["cluster"], left.commands[0].before["pool"]) == ("new", "etl")


def test_what_waits_is_told_once() -> None:
    s = over(GONE, command(K.START, Step.STARTING), points=(point("file:///chk-1"),))
    told = after(s.managed, decide(s).write)
    assert "it starts again when local is back" in told.commands[0].outcome
    assert decide(replace(s, managed=told)).is_nothing


@pytest.mark.parametrize(
    ("incarnation", "proven"),
    [
        ("b2694e34-7e37-4aee-8076-a36a5932cfec", True),
        (f"ha:{APP}", True),
        ("ha:application_1_0002", False),
        ("ha:/orders", False),
        ("", True),
    ],
)
def test_another_jobmanager_of_the_same_ha_cluster_id_would_bring_it_back(incarnation: str, proven: bool) -> None:
    assert is_proof(attempt(incarnation=incarnation), APP) is proven
    assert is_proof(None, APP)
