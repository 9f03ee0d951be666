"""What is decided while something of a job runs, or may run. Each row: what is known, and what follows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fakes.situations import HERE, JOB, NOW, ago, attempt, command, in_words, point, situation
from flinklab.domain.cluster import JobState
from flinklab.domain.job_policies import Policies
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Cause,
    Command,
    CommandKind,
    CommandState,
    ManagedState,
    Status,
    Step,
)
from flinklab.jobs.decide import decide
from flinklab.jobs.situation import Rescale, Send, Situation
from flinklab.ports.jobs import CheckpointHistory, Requirements, Savepoint, SavepointState

PLANNED = attempt(AttemptState.PLANNED)
SENT = attempt(AttemptState.SUBMITTING)
UNKNOWN = attempt(AttemptState.UNKNOWN)
CLOSED = attempt(AttemptState.UNKNOWN, sender_closed=True)
RUNNING = attempt(AttemptState.RUNNING)
STOPPING = attempt(AttemptState.STOPPING)
ELSEWHEN = "incarnation-0"
K = CommandKind
IN_PROGRESS = Savepoint(SavepointState.IN_PROGRESS)
FORGOTTEN = Savepoint(SavepointState.FORGOTTEN)
COMPLETED = Savepoint(SavepointState.COMPLETED, "file:///sp")
FAILED = Savepoint(SavepointState.FAILED, failure="it expired")
NOT_READY = Savepoint(SavepointState.FAILED, failure="Not all required tasks are currently running.")


def s(newest: Attempt, *commands: Command, **more: Any) -> Situation:
    return situation(newest, *commands, **more)


def late(kind: CommandKind, step: Step, **more: Any) -> Command:
    return command(kind, step, begun_at=ago(601), step_at=ago(601), **more)


SENDING = [
    ("what is planned is sent", s(PLANNED), "attempt submitting; Send"),
    ("a start goes on", s(PLANNED, command(K.START, Step.STARTING)), "attempt submitting; Send"),
    ("a stop comes before the sending", s(PLANNED, command(K.STOP)), "attempt canceled"),
    ("so does a cancellation", s(PLANNED, command(K.CANCEL)), "attempt canceled"),
    ("what was sent and is there runs", s(SENT, found=JobState.CREATED), "attempt running"),
    ("before it has begun, what was sent with it is not told", s(SENT, found=JobState.INITIALIZING), "nothing"),
    (
        "where its plan is known it need not be",
        s(replace(UNKNOWN, shape="plan"), found=JobState.INITIALIZING),
        "attempt running",
    ),
    ("nor where it is told", s(SENT, found=JobState.INITIALIZING, shape="plan"), "attempt running"),
    (
        "nor where it is to end",
        s(SENT, command(K.CANCEL), found=JobState.INITIALIZING),
        "attempt running",
    ),
    ("what was lost and is there runs", s(UNKNOWN, found=JobState.RUNNING), "attempt running"),
    ("what ended at once is looked at as what ran", s(UNKNOWN, found=JobState.FAILED), "attempt running"),
    ("what is not there: its sender is closed first", s(UNKNOWN), "nothing; CloseSender"),
    ("also when nobody knows whether it was sent", s(SENT), "nothing; CloseSender"),
    ("then the same is sent again", s(CLOSED), "attempt submitting; Send"),
    ("not when it was cancelled: its id is used up", s(CLOSED, command(K.CANCEL)), "nothing; Fence canceled"),
    ("nor when it was stopped", s(CLOSED, command(K.STOP)), "nothing; Fence canceled"),
    (
        "nor on a cluster that was started anew: it may have run before, with state",
        s(replace(CLOSED, incarnation=ELSEWHEN)),
        "nothing; Fence gone",
    ),
    (
        "an id that was used up there says nothing of what ran before",
        s(replace(UNKNOWN, incarnation=ELSEWHEN), found=JobState.FAILED, history=CheckpointHistory()),
        "attempt gone",
    ),
    ("one that is adopted is never sent", s(replace(CLOSED, adopted=True)), "attempt gone"),
]
ENDINGS = [
    ("it came to its end", s(RUNNING, found=JobState.FINISHED, history=CheckpointHistory()), "attempt finished"),
    (
        "that it had no state is believed of an answer from after its end",
        s(RUNNING, found=JobState.FAILED, history=CheckpointHistory(), over_since=ago(3)),
        "nothing",
    ),
    (
        "an answer from after its end",
        s(RUNNING, found=JobState.FAILED, history=CheckpointHistory(), over_since=ago(4)),
        "attempt failed",
    ),
    (
        "that it had state is believed at once",
        s(RUNNING, found=JobState.FAILED, history=CheckpointHistory(completed=1), over_since=ago(0)),
        "attempt failed",
    ),
    (
        "with high availability a job may come back late",
        s(replace(RUNNING, incarnation="ha:x"), incarnation="ha:x", absent_since=ago(290)),
        "nothing",
    ),
    (
        "and then not any more",
        s(replace(RUNNING, incarnation="ha:x"), incarnation="ha:x", absent_since=ago(300)),
        "attempt gone",
    ),
    ("what state it left behind was not seen", s(RUNNING, found=JobState.FINISHED), "attempt gone"),
    ("it was cancelled", s(STOPPING, found=JobState.CANCELED), "attempt canceled"),
    ("it failed", s(RUNNING, found=JobState.FAILED, cause=Cause("oops")), "attempt failed"),
    ("its cluster was started anew", s(replace(RUNNING, incarnation=ELSEWHEN)), "attempt gone"),
    (
        "a submission from before may still be on its way",
        s(replace(RUNNING, incarnation=ELSEWHEN, running_at=ago(60))),
        "nothing; Fence gone",
    ),
    (
        "with another start of the JobManager that still knows it nothing is over",
        s(replace(RUNNING, incarnation=ELSEWHEN), found=JobState.RUNNING),
        "nothing",
    ),
    ("not in the list for a moment", s(RUNNING, absent_since=ago(29)), "nothing"),
    ("not in the list for long", s(RUNNING, absent_since=ago(30)), "attempt gone"),
]


def status(**more: Any) -> Status:
    return Status(JOB.id, ManagedState.RUNNING, ago(100), **more)


EVERY_HOUR = replace(JOB, policies=Policies(savepoint_every=3600.0))
BACK_AGAIN = [
    (
        "nobody wants it any more",
        s(RUNNING, found=JobState.RUNNING, job=replace(JOB, wanted=False)),
        "attempt stopping, shows stopping; CancelJob",
    ),
    (
        "nor a moment later",
        s(STOPPING, found=JobState.RUNNING, job=replace(JOB, wanted=False), status=ManagedState.STOPPING),
        "nothing; CancelJob",
    ),
]
WATCHING = [
    ("nothing new", s(RUNNING, found=JobState.RUNNING), "nothing"),
    ("for the first time", s(replace(RUNNING, running_at=None), found=JobState.RUNNING), "attempt running, status"),
    ("Flink restarts it", s(RUNNING, found=JobState.RESTARTING), "shows restarting"),
    (
        "it waits for slots",
        s(replace(RUNNING, running_at=None), found=JobState.CREATED, status=ManagedState.RESTARTING),
        "shows starting",
    ),
    (
        "it still waits for slots: how many there are is said",
        s(
            replace(RUNNING, running_at=None),
            found=JobState.CREATED,
            status=Status(JOB.id, ManagedState.STARTING, reason="waits for slots"),
            waiting="waits for slots: 0 of 8 are free",
        ),
        "status",
    ),
    (
        "and once for each change of that",
        s(
            RUNNING,
            found=JobState.CREATED,
            status=Status(JOB.id, ManagedState.RESTARTING, reason="waits for slots: 0 of 8 are free"),
            waiting="waits for slots: 0 of 8 are free",
        ),
        "nothing",
    ),
    (
        "stable again",
        s(replace(RUNNING, completed=3), found=JobState.RUNNING, status=status(restarts=(ago(950),))),
        "status",
    ),
    (
        "not stable without a checkpoint",
        s(RUNNING, found=JobState.RUNNING, status=status(restarts=(ago(950),))),
        "nothing",
    ),
    (
        "a savepoint by the clock",
        s(RUNNING, found=JobState.RUNNING, job=EVERY_HOUR, status=status(savepoint_at=ago(3600))),
        "status, savepoint waiting",
    ),
    (
        "not before its time",
        s(RUNNING, found=JobState.RUNNING, job=EVERY_HOUR, status=status(savepoint_at=ago(3599))),
        "nothing",
    ),
]


def on(order: Command, savepoint: Savepoint | None = None, found: JobState = JobState.RUNNING) -> Situation:
    """A job that runs, or is being ended, with an order."""
    newest = STOPPING if order.step is Step.STOPPING else RUNNING
    state = ManagedState.STOPPING if order.step is Step.STOPPING else ManagedState.RUNNING
    job = replace(JOB, wanted=order.step is not Step.STOPPING)
    return situation(newest, order, job=job, status=state, savepoint=savepoint, found=found)


STOP, SAVE = command(K.STOP, Step.STOPPING), command(K.SAVEPOINT, Step.SAVING)
LISTED = replace(on(SAVE).managed, points=(point(COMPLETED.path, is_savepoint=True),))
ORDERS = [
    (
        "a stop is written, then asked for",
        on(command(K.STOP)),
        "not wanted, attempt stopping, stop running at stopping, shows stopping; AskSavepoint stop-1 stop",
    ),
    (
        "with drain",
        on(command(K.STOP, arguments={"drain": True})),
        "not wanted, attempt stopping, stop running at stopping, shows stopping; AskSavepoint stop-1 stop drain",
    ),
    ("on its way", on(STOP, IN_PROGRESS), "nothing"),
    ("complete: the job ends in a moment", on(STOP, COMPLETED), "nothing"),
    ("never arrived: the same trigger again", on(STOP, FORGOTTEN), "nothing; AskSavepoint stop-1 stop"),
    ("not at once", on(replace(STOP, step_at=ago(1)), FORGOTTEN), "nothing"),
    (
        "when Flink may have forgotten it: a new trigger",
        on(replace(STOP, step_at=ago(240)), FORGOTTEN),
        "stop running at stopping; AskSavepoint fresh-command stop",
    ),
    (
        "tasks are being deployed: again, with a new trigger",
        on(STOP, NOT_READY),
        "stop running at stopping; AskSavepoint fresh-command stop",
    ),
    (
        "it failed: the job goes on, and that is said",
        on(STOP, FAILED),
        "wanted, attempt running, stop failed, shows running",
    ),
    ("late, and on its way: said, not given up", on(late(K.STOP, Step.STOPPING), IN_PROGRESS), "status"),
    (
        "late, and never begun",
        on(late(K.STOP, Step.STOPPING), FORGOTTEN),
        "wanted, attempt running, stop failed, shows running",
    ),
    (
        "a savepoint is written, then asked for",
        on(command(K.SAVEPOINT, arguments={"canonical": True})),
        "savepoint running at saving; AskSavepoint savepoint-1 canonical",
    ),
    ("it is on its way", on(SAVE, IN_PROGRESS), "nothing"),
    ("it is complete, and listed", replace(on(SAVE, COMPLETED), managed=LISTED), "savepoint done"),
    ("it failed and the job goes on", on(SAVE, FAILED), "savepoint failed"),
    ("it never arrived", on(SAVE, FORGOTTEN), "nothing; AskSavepoint savepoint-1"),
    (
        "a cancellation is written, then done",
        on(command(K.CANCEL)),
        "not wanted, attempt stopping, cancel running at stopping, shows stopping; CancelJob",
    ),
    ("done again when it did not arrive", on(command(K.CANCEL, Step.STOPPING)), "nothing; CancelJob"),
    ("under way", on(command(K.CANCEL, Step.STOPPING), found=JobState.CANCELLING), "nothing"),
    ("a start waits until it runs", on(command(K.START), found=JobState.CREATED), "start waiting, shows starting"),
    (
        "and says that it waits for slots",
        replace(on(command(K.START), found=JobState.CREATED), waiting="waits for slots"),
        "start waiting, shows starting",
    ),
    ("a start of what runs", on(command(K.START)), "attempt running, start done"),
    (
        "a start that came to run",
        on(command(K.START, Step.STARTING, attempt=RUNNING.id)),
        "attempt running, start done, status",
    ),
    ("adopted", on(command(K.ADOPT, Step.STARTING, attempt=RUNNING.id)), "attempt running, adopt done, status"),
    ("policies change as it runs", on(command(K.CONFIGURE, arguments={"tags": ["a"]})), "configure done"),
    ("what runs is not deleted", on(command(K.DELETE)), "delete failed"),
]


def scale(parallelism: int, order: Command, **more: Any) -> Situation:
    there = Requirements({"v1": (2, parallelism)})
    return situation(RUNNING, order, found=JobState.RUNNING, requirements=there, **more)


TO_ONE = command(K.SCALE, arguments={"parallelism": 1})
SCALING = [
    ("the scheduler is asked", scale(4, TO_ONE), "scale running at new; Rescale"),
    (
        "again when it did not arrive",
        scale(4, replace(TO_ONE, state=CommandState.RUNNING, begun_at=ago(5))),
        "nothing; Rescale",
    ),
    ("never", scale(4, replace(TO_ONE, state=CommandState.RUNNING, begun_at=ago(601))), "scale failed"),
    (
        "another JobManager without an adaptive scheduler: with a restart",
        on(replace(TO_ONE, state=CommandState.RUNNING, begun_at=ago(5))),
        "attempt stopping, scale running at stopping, shows stopping; AskSavepoint scale-1 stop",
    ),
]


@pytest.mark.parametrize(
    ("known", "follows"),
    [
        pytest.param(known, follows, id=name)
        for rows in (SENDING, ENDINGS, BACK_AGAIN, WATCHING, ORDERS, SCALING)
        for name, known, follows in rows
    ],
)
def test_decide(known: Situation, follows: str) -> None:
    assert in_words(known, decide(known)) == follows


def test_what_a_start_waits_for_is_its_outcome_so_far() -> None:
    order = replace(command(K.START, Step.STARTING, attempt=RUNNING.id), outcome="waits for slots: 0 of 8 are free")
    known = replace(on(order, found=JobState.CREATED), waiting="waits for slots: 1 of 8 is free")
    told = [each for each in decide(known).write if isinstance(each, Command | Status)]
    assert [each.outcome if isinstance(each, Command) else each.reason for each in told] == [known.waiting] * 2


def test_a_rescale_ends_when_flink_has_it() -> None:
    there = Requirements({"v1": (1, 3)})
    order = command(K.SCALE, arguments={"parallelism": 3})
    known = situation(RUNNING, order, found=JobState.RUNNING, requirements=there)
    assert in_words(known, decide(known)) == "parallelism 3, attempt running, scale done"


def test_a_rescale_below_the_lowest_lowers_that_too() -> None:
    effect = decide(scale(4, TO_ONE)).then
    assert isinstance(effect, Rescale) and effect.requirements.vertices == {"v1": (1, 1)}


def test_what_is_sent_is_what_was_written() -> None:
    decision = decide(s(replace(PLANNED, incarnation=ELSEWHEN)))
    assert isinstance(decision.then, Send) and decision.then.attempt in decision.write
    assert decision.then.attempt.incarnation == HERE


def test_the_same_id_is_sent_again_through_another_session() -> None:
    decision = decide(s(CLOSED))
    assert isinstance(decision.then, Send)
    again = decision.then.attempt
    assert (again.flink_id, again.session, again.sender_closed) == (CLOSED.flink_id, None, False)
    assert decision.then.again and not decide(s(PLANNED)).then.again  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("newest", "history", "completed"),
    [
        pytest.param(RUNNING, CheckpointHistory(completed=4), 4, id="as Flink says"),
        pytest.param(RUNNING, CheckpointHistory(), 0, id="none, says Flink"),
        pytest.param(RUNNING, None, None, id="nobody says"),
        pytest.param(replace(RUNNING, completed=0), None, None, id="none, as it was some time ago"),
        pytest.param(replace(RUNNING, completed=3), None, 3, id="some, as it was some time ago"),
        pytest.param(replace(RUNNING, completed=3), CheckpointHistory(), 3, id="counted anew"),
        pytest.param(RUNNING, CheckpointHistory(restored_from="file:///chk-1"), None, id="recovered by Flink"),
    ],
)
def test_how_many_checkpoints_an_ended_attempt_completed(
    newest: Attempt, history: CheckpointHistory | None, completed: int | None
) -> None:
    written = decide(s(newest, found=JobState.FAILED, history=history)).write
    assert [each.completed for each in written if isinstance(each, Attempt)] == [completed]


@pytest.mark.parametrize(("newest", "completed"), [(attempt(AttemptState.UNKNOWN), 0), (RUNNING, None)])
def test_what_failed_before_its_first_task_had_no_state(newest: Attempt, completed: int | None) -> None:
    cause = Cause("no such topic", "org.apache.flink.runtime.client.JobInitializationException: ...")
    here = replace(newest, state=AttemptState.RUNNING)
    written = decide(s(here, found=JobState.FAILED, cause=cause)).write
    assert [each.completed for each in written if isinstance(each, Attempt)] == [completed]


def test_what_was_never_sent_had_no_state() -> None:
    written = decide(s(PLANNED, command(K.CANCEL))).write
    assert [each.completed for each in written if isinstance(each, Attempt)] == [0]
    assert all(each.ended_at == NOW for each in written if isinstance(each, Attempt))


def test_a_start_says_why_it_takes_so_long() -> None:
    """Flink starts a job that fails again and again by itself: whoever waits sees why."""
    order = command(K.START, Step.STARTING, attempt=RUNNING.id)

    def told(order: Command, **more: Any) -> str:
        decision = decide(situation(RUNNING, order, status=ManagedState.STARTING, **more))
        [shown] = [each for each in decision.write if isinstance(each, Command)] or [order]
        return shown.outcome

    assert told(order, found=JobState.CREATED) == "Flink says CREATED"
    failing = replace(order, outcome="Flink says CREATED")
    assert told(failing, found=JobState.RESTARTING, cause=Cause("the disk is full")) == "the disk is full"
    assert told(replace(order, outcome="the disk is full"), found=JobState.CREATED) == "the disk is full"
