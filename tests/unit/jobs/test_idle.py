"""What is decided while nothing of a job runs. Each row: what is known, and what follows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fakes.situations import JOB, NOW, ago, attempt, command, in_words, point, situation
from flinklab.domain.cluster import JobState
from flinklab.domain.job_policies import Policies
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Cause,
    CommandKind,
    ManagedState,
    Restore,
    RestoreMode,
    Status,
    Step,
)
from flinklab.jobs.decide import decide
from flinklab.jobs.situation import Remove, Situation
from flinklab.ports.jobs import Savepoint, SavepointState

K = CommandKind
REST = replace(JOB, wanted=False)
FINISHED = attempt(AttemptState.FINISHED, completed=1)
CANCELED = attempt(AttemptState.CANCELED, completed=1)
FAILED = attempt(AttemptState.FAILED, completed=1, cause=Cause("oops"))
GONE = attempt(AttemptState.GONE)
EMPTY = attempt(AttemptState.FAILED, completed=0)
CHK = point("file:///chk-1")
SP = point("file:///sp-2", 2, is_savepoint=True)
THERE = {CHK.path: True, SP.path: True}


def waiting(**more: Any) -> Status:
    return Status(JOB.id, ManagedState.RESTARTING, ago(20), **more)


DUE = waiting(not_before=NOW)
SPENT = waiting(restarts=tuple(ago(each) for each in (500, 400, 300, 200, 100)))

LEFT_ALONE = [
    (
        "a draft",
        situation(job=REST, status=ManagedState.DRAFT),
        "nothing",
    ),
    ("what was stopped", situation(CANCELED, job=REST, status=ManagedState.STOPPED), "nothing"),
    ("in quarantine: a person looks", situation(FAILED, status=ManagedState.QUARANTINED), "nothing"),
    ("wanted, and nobody asked for a start yet", situation(status=ManagedState.DRAFT), "nothing"),
    (
        "what is not wanted is shown so",
        situation(FAILED, job=REST, status=ManagedState.RESTARTING),
        "shows stopped",
    ),
    ("of which nothing ever ran", situation(job=REST, status=ManagedState.STARTING), "shows draft"),
    ("it came to its end", situation(FINISHED), "not wanted, shows finished"),
    ("somebody stopped it with a savepoint", situation(FINISHED, points=(SP, CHK)), "not wanted, shows stopped"),
    ("it ended after a savepoint", situation(FINISHED, points=(CHK, SP)), "not wanted, shows finished"),
    ("somebody cancelled it", situation(CANCELED), "not wanted, shows stopped"),
]
RESTARTED = [
    ("it was taken for gone, and runs after all", situation(GONE, found=JobState.RUNNING), "attempt running"),
    (
        "even when its next start is due",
        situation(GONE, status=DUE, points=(CHK,), checked=THERE, found=JobState.RUNNING),
        "attempt running",
    ),
    ("what Flink still lists of it is over", situation(GONE, found=JobState.CANCELED), "shows restarting"),
    ("it failed: after a delay", situation(FAILED), "shows restarting"),
    ("its cluster was lost: the same", situation(GONE), "shows restarting"),
    ("not before", situation(FAILED, status=waiting(not_before=ago(-1))), "nothing"),
    (
        "elsewhere in its pool, where there is no room here",
        situation(FAILED, status=DUE, points=(SP, CHK), checked=THERE, refuge="etl-2"),
        "cluster etl-2",
    ),
    ("but not before, either", situation(FAILED, status=waiting(not_before=ago(-1)), refuge="etl-2"), "nothing"),
    (
        "then from its newest state",
        situation(FAILED, status=DUE, points=(SP, CHK), checked=THERE),
        f"new attempt of version 1 from {SP.path}, status",
    ),
    (
        "or the one before, when that is gone",
        situation(FAILED, status=DUE, points=(SP, CHK), checked={SP.path: False, CHK.path: True}),
        f"new attempt of version 1 from {CHK.path}, status",
    ),
    (
        "a storage that is silent says nothing",
        situation(FAILED, status=DUE, points=(SP, CHK), checked={SP.path: None, CHK.path: True}),
        "status",
    ),
    (
        "all are gone: a person decides",
        situation(FAILED, status=DUE, points=(CHK,), checked={CHK.path: False}),
        "shows quarantined",
    ),
    ("none is known: a person decides", situation(GONE, status=DUE), "shows quarantined"),
    (
        "it had no state",
        situation(EMPTY, status=DUE),
        "new attempt of version 1 from nothing, status",
    ),
    ("its budget is spent", situation(FAILED, status=SPENT), "shows quarantined"),
    (
        "not when those were long ago",
        situation(FAILED, status=SPENT, job=replace(JOB, policies=Policies(restart_window=100))),
        "status",
    ),
]
START, STARTED = command(K.START), command(K.START, Step.STARTING)
OURS = replace(STARTED, attempt=FAILED.id)
NAMED = {"restore": {"mode": "point", "path": CHK.path}}
BEGINNING = [
    (
        "the first start",
        situation(None, START, job=REST, status=ManagedState.DRAFT),
        "wanted, start running at starting",
    ),
    (
        "has no state",
        situation(None, STARTED, status=ManagedState.DRAFT),
        "new attempt of version 1 from nothing, start running at starting, shows starting",
    ),
    (
        "where there is room in its pool",
        situation(None, STARTED, status=ManagedState.DRAFT, refuge="etl-2"),
        "cluster etl-2",
    ),
    (
        "a state is named",
        situation(CANCELED, replace(START, arguments=NAMED), job=REST, status=ManagedState.STOPPED),
        f"wanted, restore point {CHK.path}, start running at starting",
    ),
    (
        "a person says that it fits",
        situation(CANCELED, replace(START, arguments={"forced": True}), job=REST, status=ManagedState.STOPPED),
        "wanted, restore latest by force, start running at starting",
    ),
    (
        "that was said when it was upgraded at rest",
        situation(CANCELED, START, job=replace(REST, restore=Restore(forced=True)), status=ManagedState.STOPPED),
        "wanted, start running at starting",
    ),
    (
        "it is there",
        situation(
            CANCELED,
            STARTED,
            job=replace(JOB, restore=Restore(RestoreMode.POINT, CHK.path)),
            checked=THERE,
            status=ManagedState.STOPPED,
        ),
        f"restore latest, new attempt of version 1 from {CHK.path}, start running at starting, shows starting",
    ),
    (
        "it is not",
        situation(
            CANCELED,
            STARTED,
            job=replace(JOB, restore=Restore(RestoreMode.POINT, CHK.path)),
            checked={CHK.path: False},
            status=ManagedState.STOPPED,
        ),
        "not wanted, restore latest, start failed",
    ),
    (
        "its storage is silent",
        situation(CANCELED, STARTED, points=(CHK,), checked={CHK.path: None}, status=ManagedState.STOPPED),
        "start running at starting",
    ),
    (
        "said once",
        situation(
            CANCELED,
            replace(STARTED, outcome=f"the storage of {CHK.path} does not answer"),
            points=(CHK,),
            checked={CHK.path: None},
            status=ManagedState.STOPPED,
        ),
        "nothing",
    ),
    (
        "a path that a person named, of which nothing is heard",
        situation(
            CANCELED,
            replace(STARTED, step_at=ago(301)),
            job=replace(JOB, restore=Restore(RestoreMode.POINT, "file:///nowhere/sp")),
            checked={"file:///nowhere/sp": None},
            status=ManagedState.STOPPED,
        ),
        "not wanted, restore latest, start failed",
    ),
    (
        "its own newest one is waited for",
        situation(
            CANCELED,
            replace(STARTED, step_at=ago(301), outcome=f"the storage of {CHK.path} does not answer"),
            points=(CHK,),
            checked={CHK.path: None},
            status=ManagedState.STOPPED,
        ),
        "nothing",
    ),
    (
        "without state, by a person's word",
        situation(
            GONE, STARTED, job=replace(JOB, restore=Restore(RestoreMode.EMPTY)), status=ManagedState.QUARANTINED
        ),
        "restore latest, new attempt of version 1 from nothing, start running at starting, shows starting",
    ),
    (
        "what came to its end begins anew",
        situation(FINISHED, STARTED, points=(CHK,), checked=THERE, status=ManagedState.FINISHED),
        "new attempt of version 1 from nothing, start running at starting, shows starting",
    ),
    (
        "it never ran",
        situation(EMPTY, OURS, status=ManagedState.STARTING),
        "not wanted, start failed, shows failed",
    ),
    ("it ran, and is restarted as any", situation(FAILED, OURS, status=ManagedState.STARTING), "start done"),
    (
        "it ran to its end",
        situation(FINISHED, OURS, status=ManagedState.STARTING),
        "not wanted, start done, shows finished",
    ),
    ("another one's attempt", situation(FAILED, replace(OURS, attempt="other")), "nothing"),
]


def stopping(newest: Attempt, came_to: Savepoint | None = None, **more: Any) -> Situation:
    known = situation(newest, command(K.STOP, Step.STOPPING), job=REST, status=ManagedState.STOPPING, **more)
    return replace(known, savepoint=came_to)


ENDING = [
    (
        "a stop of what rests",
        situation(CANCELED, command(K.STOP), job=REST, status=ManagedState.STOPPED),
        "stop done",
    ),
    (
        "a stop of what waits for its restart",
        situation(FAILED, command(K.STOP), status=DUE),
        "not wanted, stop done, shows stopped",
    ),
    (
        "in quarantine it stays, and is not wanted",
        situation(FAILED, command(K.CANCEL), status=ManagedState.QUARANTINED),
        "not wanted, cancel done",
    ),
    (
        "it was cancelled",
        situation(CANCELED, command(K.CANCEL, Step.STOPPING), job=REST, status=ManagedState.STOPPING),
        "cancel done, shows stopped",
    ),
    (
        "stopped with its savepoint",
        stopping(FINISHED, Savepoint(SavepointState.COMPLETED, SP.path)),
        "stop done, shows stopped",
    ),
    (
        "as its checkpoints tell, when the trigger is forgotten",
        stopping(FINISHED, Savepoint(SavepointState.FORGOTTEN), points=(SP,)),
        "stop done, shows stopped",
    ),
    (
        "an older savepoint is not the one",
        stopping(FAILED, Savepoint(SavepointState.FORGOTTEN), points=(SP,)),
        "stop failed, shows failed",
    ),
    ("a moment yet", stopping(FINISHED, Savepoint(SavepointState.IN_PROGRESS)), "nothing"),
    (
        "it failed before",
        stopping(FAILED, Savepoint(SavepointState.FAILED, failure="The job ended.")),
        "stop failed, shows failed",
    ),
    (
        "a savepoint that was complete before the end",
        situation(
            FAILED, command(K.SAVEPOINT, Step.SAVING), savepoint=Savepoint(SavepointState.COMPLETED, SP.path)
        ),
        "savepoint done",
    ),
    ("one that was not", situation(FAILED, command(K.SAVEPOINT)), "savepoint failed"),
]
OTHERS = [
    (
        "policies at rest",
        situation(CANCELED, command(K.CONFIGURE, arguments={"tags": ["a"]}), job=REST),
        "configure done",
    ),
    (
        "adopt looks for it",
        situation(None, command(K.ADOPT, arguments={"flink_id": "f" * 32}), job=REST, status=ManagedState.DRAFT),
        "wanted, new attempt of version 1 from nothing, adopt running at starting, shows starting",
    ),
    (
        "it is not there",
        situation(GONE, command(K.ADOPT, Step.STARTING, attempt=GONE.id), status=ManagedState.STARTING),
        "not wanted, adopt failed, shows failed",
    ),
    (
        "delete is written, then done",
        situation(CANCELED, command(K.DELETE), job=REST),
        "delete running at stopping",
    ),
    ("as often as needed", situation(CANCELED, command(K.DELETE, Step.STOPPING), job=REST), "nothing; Remove"),
]


@pytest.mark.parametrize(
    ("known", "follows"),
    [
        pytest.param(known, follows, id=name)
        for rows in (LEFT_ALONE, RESTARTED, BEGINNING, ENDING, OTHERS)
        for name, known, follows in rows
    ],
)
def test_decide(known: Situation, follows: str) -> None:
    assert in_words(known, decide(known)) == follows


def test_what_is_adopted_is_looked_for_and_never_sent() -> None:
    known = situation(None, command(K.ADOPT, arguments={"flink_id": "f" * 32}), job=REST)
    (there,) = [each for each in decide(known).write if isinstance(each, Attempt)]
    assert there.flink_id == "f" * 32 and there.state is AttemptState.UNKNOWN
    assert there.adopted and there.sender_closed


def test_a_restart_counts_and_waits_longer_each_time() -> None:
    before = (ago(300), ago(200))
    status = waiting(restarts=before, not_before=NOW)
    planned = decide(situation(EMPTY, status=status)).write
    assert [each.restarts for each in planned if isinstance(each, Status)] == [(*before, NOW)]
    again = decide(situation(EMPTY, status=waiting(restarts=before))).write
    assert [each.not_before for each in again if isinstance(each, Status)] == [ago(-40)]


def test_a_start_by_a_person_forgets_earlier_restarts() -> None:
    status = Status(JOB.id, ManagedState.QUARANTINED, ago(5), restarts=(ago(9),), not_before=NOW)
    written = decide(situation(EMPTY, STARTED, status=status)).write
    assert [(each.restarts, each.not_before) for each in written if isinstance(each, Status)] == [((), None)]


@pytest.mark.parametrize(("points", "paths"), [("keep", ()), ("delete", (SP.path,))])
def test_savepoints_are_deleted_by_a_persons_word_and_checkpoints_never(
    points: str, paths: tuple[str, ...]
) -> None:
    order = command(K.DELETE, Step.STOPPING, arguments={"points": points})
    effect = decide(situation(CANCELED, order, job=REST, points=(SP, CHK))).then
    assert effect == Remove(order, paths)


def test_a_new_attempt_has_ids_that_nobody_had() -> None:
    known = situation(EMPTY, status=DUE)
    (new,) = [each for each in decide(known).write if isinstance(each, Attempt)]
    assert (new.id, new.flink_id, new.number) == ("fresh-attempt", "fresh-flink", 2)
