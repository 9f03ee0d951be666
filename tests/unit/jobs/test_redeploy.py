"""Commands that end an attempt and begin another. Each row: what is known, and what follows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fakes.situations import JOB, ago, attempt, command, in_words, point, situation
from flinklab.domain.cluster import JobState
from flinklab.domain.ids import AttemptId
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Cause,
    Command,
    CommandKind,
    Job,
    ManagedState,
    Restore,
    RestoreMode,
    Step,
)
from flinklab.jobs.decide import decide
from flinklab.jobs.redeploy import as_before, before
from flinklab.jobs.situation import Situation
from flinklab.jobs.wanting import with_arguments
from flinklab.ports.jobs import CheckpointHistory, Savepoint, SavepointState

K = CommandKind
REST = replace(JOB, wanted=False)
RUNNING, STOPPING = attempt(AttemptState.RUNNING), attempt(AttemptState.STOPPING)
FINISHED = attempt(AttemptState.FINISHED, completed=1)
FAILED = attempt(AttemptState.FAILED, completed=1, cause=Cause("oops"))
SP = point("file:///sp-2", 2, is_savepoint=True)
CHK = point("file:///chk-1")
THERE = {SP.path: True, CHK.path: True}
COMPLETED = Savepoint(SavepointState.COMPLETED, SP.path)
FORGOTTEN = Savepoint(SavepointState.FORGOTTEN)
NEW = replace(JOB, number=2, restore=Restore(RestoreMode.POINT, SP.path))  # after the change
SECOND = attempt(
    AttemptState.RUNNING, id=AttemptId("a2"), number=2, version=2, restored_from=SP.path, running_at=ago(20)
)


def upgrade(step: Step = Step.NEW, **more: Any) -> Command:
    if step is not Step.NEW:
        more = {"before": before(JOB), **more}
    if step in (Step.PROVING, Step.GOING_BACK, Step.BACK):
        more = {"attempt": SECOND.id, "savepoint": SP.path, **more}
    return command(K.UPGRADE, step, arguments={"number": 2}, **more)


def ending(order: Command, savepoint: Savepoint | None, found: JobState = JobState.RUNNING) -> Situation:
    return situation(STOPPING, order, status=ManagedState.STOPPING, savepoint=savepoint, found=found)


def proving(newest: Attempt = SECOND, found: JobState = JobState.RUNNING, **more: Any) -> Situation:
    order = more.pop("order", upgrade(Step.PROVING))
    return situation(newest, order, job=NEW, status=ManagedState.STARTING, found=found, **more)


LATE = replace(SECOND, running_at=ago(301))
UNSEEN = replace(SECOND, running_at=None)
OOPS = Cause("no such folder")
CANCELLED_INSTEAD = upgrade(Step.STOPPING, trigger="")
STOPS = [
    (
        "it is stopped with a savepoint",
        situation(RUNNING, upgrade(), found=JobState.RUNNING),
        "attempt stopping, upgrade running at stopping, shows stopping; AskSavepoint upgrade-1 stop",
    ),
    (
        "another backend needs a canonical one",
        situation(RUNNING, command(K.SWITCH_BACKEND, arguments={"backend": "rocksdb"}), found=JobState.RUNNING),
        "attempt stopping, switch-backend running at stopping, shows stopping; "
        "AskSavepoint switch-backend-1 stop canonical",
    ),
    (
        "what cannot take one is cancelled",
        situation(RUNNING, upgrade(), found=JobState.RESTARTING),
        "attempt stopping, upgrade running at stopping, shows stopping; CancelJob",
    ),
    ("again, when that did not arrive", ending(CANCELLED_INSTEAD, None), "nothing; CancelJob"),
    ("it is on its way", ending(CANCELLED_INSTEAD, None, JobState.CANCELLING), "nothing"),
    (
        "the savepoint is on its way",
        ending(upgrade(Step.STOPPING), Savepoint(SavepointState.IN_PROGRESS)),
        "nothing",
    ),
    ("it never arrived", ending(upgrade(Step.STOPPING), FORGOTTEN), "nothing; AskSavepoint upgrade-1 stop"),
    (
        "it failed: the job goes on as it was",
        ending(upgrade(Step.STOPPING), Savepoint(SavepointState.FAILED, failure="it expired")),
        "attempt running, upgrade failed, shows running",
    ),
    (
        "it takes long, which is said",
        ending(upgrade(Step.STOPPING, begun_at=ago(601)), Savepoint(SavepointState.IN_PROGRESS)),
        "status",
    ),
]


def between(newest: Attempt, order: Command, **more: Any) -> Situation:
    return situation(newest, order, status=ManagedState.STOPPING, **more)


CHANGES = [
    (
        "with its savepoint",
        between(FINISHED, upgrade(Step.STOPPING), savepoint=COMPLETED),
        f"version 2, restore point {SP.path}, upgrade running at starting, shows starting",
    ),
    (
        "as its checkpoints tell",
        between(FINISHED, upgrade(Step.STOPPING), savepoint=FORGOTTEN, points=(SP, CHK)),
        f"version 2, restore point {SP.path}, upgrade running at starting, shows starting",
    ),
    (
        "it failed before: from its newest state",
        between(FAILED, upgrade(Step.STOPPING), savepoint=FORGOTTEN, points=(SP, CHK)),
        "version 2, upgrade running at starting, shows starting",
    ),
    (
        "a moment yet",
        between(FINISHED, upgrade(Step.STOPPING), savepoint=Savepoint(SavepointState.IN_PROGRESS)),
        "nothing",
    ),
    (
        "a person names another state",
        between(
            FINISHED,
            replace(upgrade(Step.STOPPING), arguments={"number": 2, "restore": {"mode": "empty"}}),
            savepoint=COMPLETED,
        ),
        "version 2, restore empty, upgrade running at starting, shows starting",
    ),
    (
        "a person says that it fits",
        between(
            FINISHED, replace(upgrade(Step.STOPPING), arguments={"number": 2, "forced": True}), savepoint=COMPLETED
        ),
        f"version 2, restore point {SP.path} by force, upgrade running at starting, shows starting",
    ),
    (
        "it is started",
        situation(FINISHED, upgrade(Step.STARTING), job=NEW, status=ManagedState.STARTING, checked=THERE),
        f"new attempt of version 2 from {SP.path}, upgrade running at proving",
    ),
    (
        "not while its storage is silent",
        situation(FINISHED, upgrade(Step.STARTING), job=NEW, status=ManagedState.STARTING, checked={SP.path: None}),
        "status",
    ),
    (
        "nor without its state: a person decides",
        situation(
            FINISHED, upgrade(Step.STARTING), job=NEW, status=ManagedState.STARTING, checked={SP.path: False}
        ),
        "not wanted, restore latest, upgrade failed, shows quarantined",
    ),
    (
        "what rests is changed for its next start",
        situation(FINISHED, upgrade(), job=REST, status=ManagedState.STOPPED),
        "version 2, upgrade done",
    ),
    (
        "a scale at rest leaves what an upgrade said of the state",
        situation(
            FINISHED,
            command(K.SCALE, arguments={"parallelism": 2}),
            job=replace(REST, restore=Restore(forced=True)),
            status=ManagedState.STOPPED,
        ),
        "parallelism 2, scale done",
    ),
    (
        "a restart starts what rests",
        situation(FINISHED, command(K.RESTART), job=REST, status=ManagedState.STOPPED),
        "wanted, restart running at starting, status",
    ),
    (
        "what came to its end begins anew",
        situation(FINISHED, command(K.RESTART, Step.STARTING), status=ManagedState.FINISHED, points=(CHK,)),
        "new attempt of version 1 from nothing, restart running at proving, shows starting",
    ),
    (
        "what waits for its restart need not wait",
        situation(FAILED, upgrade(), status=ManagedState.RESTARTING),
        "version 2, upgrade running at starting, status",
    ),
]
SLOTS = [
    (
        "no more slots come by themselves",
        situation(RUNNING, command(K.SCALE, arguments={"parallelism": 17}), found=JobState.RUNNING, slots=16),
        "scale failed",
    ),
    (
        "there are as many",
        situation(RUNNING, command(K.SCALE, arguments={"parallelism": 16}), found=JobState.RUNNING, slots=16),
        "attempt stopping, scale running at stopping, shows stopping; AskSavepoint scale-1 stop",
    ),
]
PROVES = [
    ("seen to run for the first time", proving(UNSEEN), "attempt running, status"),
    ("it waits for a checkpoint", proving(), "nothing"),
    (
        "one is complete",
        proving(history=CheckpointHistory(completed=1)),
        "restore latest, attempt running, upgrade done, shows running",
    ),
    (
        "but it does not run",
        proving(found=JobState.RESTARTING, history=CheckpointHistory(completed=1)),
        "nothing",
    ),
    (
        "that it waits for slots is said",
        proving(UNSEEN, JobState.CREATED, waiting="waits for slots: 0 of 8 are free"),
        "status",
    ),
    ("none in time", proving(LATE), "attempt stopping, upgrade running at going back; CancelJob"),
    (
        "it never came to run",
        proving(UNSEEN, JobState.RESTARTING, order=upgrade(Step.PROVING, step_at=ago(301))),
        "attempt stopping, upgrade running at going back; CancelJob",
    ),
    (
        "why it failed meanwhile is kept",
        proving(found=JobState.RESTARTING, cause=OOPS),
        "attempt running, upgrade running at proving",
    ),
    ("and once only", proving(replace(SECOND, cause=OOPS), JobState.RESTARTING, cause=OOPS), "nothing"),
    (
        "without checkpoints it has to run for a while",
        proving(replace(SECOND, running_at=ago(10)), history=CheckpointHistory(enabled=False)),
        "nothing",
    ),
    (
        "without checkpoints it ran for a while",
        proving(replace(SECOND, running_at=ago(30)), history=CheckpointHistory(enabled=False)),
        "restore latest, attempt running, upgrade done, shows running",
    ),
    (
        "the time counts from when it ran: nobody may have looked before",
        proving(replace(SECOND, running_at=ago(10)), order=upgrade(Step.PROVING, step_at=ago(5000))),
        "nothing",
    ),
    (
        "it failed",
        proving(replace(SECOND, state=AttemptState.FAILED)),
        "upgrade running at going back",
    ),
    (
        "it ran to its end",
        proving(replace(SECOND, state=AttemptState.FINISHED)),
        "not wanted, restore latest, upgrade done, shows finished",
    ),
]


def back(newest: Attempt, order: Command, found: JobState | None = None, **more: Any) -> Situation:
    known = situation(newest, order, status=ManagedState.STARTING, found=found, **{"job": NEW, **more})
    return replace(known, checked=THERE)


OLD = replace(JOB, restore=Restore(RestoreMode.POINT, SP.path, forced=True))
THIRD = attempt(AttemptState.RUNNING, id=AttemptId("a3"), number=3, restored_from=SP.path)
RETURNS = [
    ("the new one is cancelled", back(SECOND, upgrade(Step.GOING_BACK), JobState.RUNNING), "nothing; CancelJob"),
    ("also when it restarts", back(SECOND, upgrade(Step.GOING_BACK), JobState.RESTARTING), "nothing; CancelJob"),
    ("that is on its way", back(SECOND, upgrade(Step.GOING_BACK), JobState.CANCELLING), "nothing"),
    (
        "only when it has ended is what was before wanted again",
        back(replace(SECOND, state=AttemptState.CANCELED), upgrade(Step.GOING_BACK)),
        f"version 1, restore point {SP.path} by force",
    ),
    (
        "and started",
        back(replace(SECOND, state=AttemptState.CANCELED), upgrade(Step.GOING_BACK), job=OLD),
        f"new attempt of version 1 from {SP.path}, upgrade running at back",
    ),
    ("it comes", back(THIRD, upgrade(Step.BACK, attempt=THIRD.id), JobState.CREATED, job=OLD), "nothing"),
    (
        "it runs",
        back(THIRD, upgrade(Step.BACK, attempt=THIRD.id), JobState.RUNNING, job=OLD),
        "restore latest, attempt running, upgrade failed, shows running",
    ),
    (
        "it fails, too, and is restarted as any",
        back(replace(THIRD, state=AttemptState.FAILED), upgrade(Step.BACK, attempt=THIRD.id), job=OLD),
        "restore latest, upgrade failed",
    ),
]


@pytest.mark.parametrize(
    ("known", "follows"),
    [
        pytest.param(known, follows, id=name)
        for rows in (STOPS, CHANGES, SLOTS, PROVES, RETURNS)
        for name, known, follows in rows
    ],
)
def test_decide(known: Situation, follows: str) -> None:
    assert in_words(known, decide(known)) == follows


def test_going_back_to_the_very_same_is_not_tried() -> None:
    order = command(K.RESTART, Step.PROVING, before=before(JOB), attempt=SECOND.id, savepoint=SP.path)
    known = situation(replace(SECOND, state=AttemptState.FAILED), order, status=ManagedState.STARTING)
    assert in_words(known, decide(known)) == "restart failed"


def test_a_job_stays_with_the_cluster_on_which_its_unhealthy_attempt_still_runs() -> None:
    order = command(K.MOVE, Step.PROVING, arguments={"cluster": "new"}, before=before(JOB), attempt=SECOND.id)
    moved = replace(JOB, cluster="new")
    known = situation(LATE, order, job=moved, status=ManagedState.STARTING, found=JobState.RUNNING)
    assert "cluster" not in in_words(known, decide(known))
    ended = situation(replace(LATE, state=AttemptState.CANCELED), replace(order, step=Step.GOING_BACK), job=moved)
    assert in_words(ended, decide(ended)) == "cluster local"


def test_as_before_is_what_was() -> None:
    changed = replace(JOB, number=5, cluster="other", deployment=replace(JOB.deployment, parallelism=9))
    assert as_before(changed, replace(upgrade(), before=before(JOB)), Restore()) == JOB


def test_a_move_into_a_pool_that_goes_back_leaves_the_pool() -> None:
    order = command(K.MOVE, Step.GOING_BACK, arguments={"cluster": "new", "pool": "etl"}, before=before(JOB))
    moved = with_arguments(JOB, order.arguments)
    assert moved.pool == "etl"
    back = decide(situation(replace(LATE, state=AttemptState.CANCELED), order, job=moved))
    assert [(each.cluster, each.pool) for each in back.write if isinstance(each, Job)] == [("local", "")]


def test_a_move_within_its_pool_that_goes_back_stays_in_it() -> None:
    pooled = replace(JOB, pool="etl")
    assert as_before(replace(pooled, cluster="new"), command(K.MOVE, before=before(pooled)), Restore()) == pooled
    assert as_before(replace(pooled, pool=""), command(K.MOVE, before=before(pooled)), Restore()) == pooled


def test_what_an_older_supervisor_noted_says_nothing_of_the_pool() -> None:
    noted = {key: value for key, value in before(JOB).items() if key != "pool"}
    pooled = replace(JOB, cluster="new", pool="etl")
    assert as_before(pooled, command(K.MOVE, before=noted), Restore()) == replace(pooled, cluster="local")
    again = command(K.RESTART, Step.PROVING, before=noted, attempt=SECOND.id, savepoint=SP.path)
    known = situation(replace(SECOND, state=AttemptState.FAILED), again, status=ManagedState.STARTING)
    assert in_words(known, decide(known)) == "restart failed"


def test_what_comes_back_says_what_was_wrong_with_the_new_one() -> None:
    decision = decide(proving(replace(LATE, cause=OOPS)))
    assert [each.outcome for each in decision.write if isinstance(each, Command)] == [
        "no checkpoint was completed within 300 s: no such folder"
    ]
    healthy = decide(proving(replace(SECOND, cause=OOPS), history=CheckpointHistory(completed=1)))
    assert [each.cause for each in healthy.write if isinstance(each, Attempt)] == [None]
