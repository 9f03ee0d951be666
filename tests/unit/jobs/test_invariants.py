"""`decide` is total, and keeps the promises: whatever is known of a job, reachable or not.

The numbers are those of the project's list of promises about jobs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.situations import FRESH, HERE, JOB, NOW, ago, attempt, command, point, situation
from flinklab.domain.cluster import JobState
from flinklab.domain.ids import AttemptId
from flinklab.domain.job_policies import Policies
from flinklab.domain.jobs import (
    LIVE,
    Attempt,
    AttemptState,
    Cause,
    Checkpoint,
    Command,
    CommandKind,
    CommandState,
    Event,
    Job,
    ManagedState,
    Restore,
    RestoreMode,
    Status,
    Step,
)
from flinklab.jobs.decide import decide
from flinklab.jobs.redeploy import before
from flinklab.jobs.restoring import candidates
from flinklab.jobs.situation import CloseSender, Decision, Fence, Remove, Send, Situation
from flinklab.jobs.world import after
from flinklab.ports.jobs import CheckpointHistory, Requirements, Savepoint, SavepointState

PATHS = ("file:///chk-1", "file:///sp-2", "file:///sp-3")
OVER = frozenset({CommandState.DONE, CommandState.FAILED, CommandState.WITHDRAWN})
ARGUMENTS = {
    CommandKind.SCALE: {"parallelism": 4},
    CommandKind.UPGRADE: {"number": 2},
    CommandKind.ROLLBACK: {"number": 2},
    CommandKind.SWITCH_BACKEND: {"backend": "rocksdb"},
    CommandKind.MOVE: {"cluster": "other"},
    CommandKind.CONFIGURE: {"tags": ["new"]},
    CommandKind.ADOPT: {"flink_id": "f" * 32},
    CommandKind.DELETE: {"points": "delete"},
}
RESTORES = ({}, {"mode": "empty"}, {"mode": "point", "path": PATHS[0]})
TIMES = st.sampled_from([ago(1), ago(30), ago(250), ago(1000)])


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    return attempt(
        draw(st.sampled_from(AttemptState)),
        restored_from=draw(st.sampled_from(["", PATHS[0]])),
        sender_closed=draw(st.booleans()),
        incarnation=draw(st.sampled_from([HERE, "incarnation-0"])),
        completed=draw(st.sampled_from([None, 0, 3])),
        adopted=draw(st.booleans()),
        cause=draw(st.sampled_from([None, Cause("oops"), Cause("no", "JobInitializationException")])),
        running_at=draw(st.none() | TIMES),
    )


@st.composite
def commands(draw: st.DrawFn) -> Command:
    kind = draw(st.sampled_from(CommandKind))
    arguments = dict(ARGUMENTS.get(kind, {}))
    if kind is CommandKind.MOVE and draw(st.booleans()):
        arguments["lost"] = True
    restore = draw(st.sampled_from(RESTORES))
    if restore and (kind is CommandKind.START or kind.redeploys):
        arguments["restore"] = restore
    order = command(kind, draw(st.sampled_from(Step)), arguments=arguments)
    times = draw(TIMES)
    return replace(
        order,
        step_at=times,
        begun_at=times,
        trigger=draw(st.sampled_from(["", order.trigger])),
        attempt=draw(st.sampled_from([None, AttemptId("a1"), AttemptId("other")])),
        before=before(JOB),
        savepoint=draw(st.sampled_from(["", PATHS[1]])),
    )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    newest = draw(st.none() | attempts())
    orders = draw(st.lists(commands(), max_size=2, unique_by=lambda each: each.id))
    policies = Policies(savepoint_every=draw(st.sampled_from([None, 60.0])))
    restore = draw(st.sampled_from([Restore(), Restore(RestoreMode.EMPTY), Restore(RestoreMode.POINT, PATHS[1])]))
    status = Status(
        JOB.id,
        draw(st.sampled_from(ManagedState)),
        ago(100),
        restarts=tuple(draw(st.lists(TIMES, max_size=6))),
        not_before=draw(st.sampled_from([None, ago(1), ago(-60)])),
        savepoint_at=draw(st.none() | TIMES),
    )
    points = [
        point(PATHS[2], 3, "f0", is_savepoint=True),
        point(PATHS[1], 2, "f1", is_savepoint=True),
        point(PATHS[0], 1, "f1"),
    ]
    return situation(
        newest,
        *orders,
        job=replace(JOB, wanted=draw(st.booleans()), policies=policies, restore=restore),
        status=status,
        points=tuple(each for each in points if draw(st.booleans())),
        silent_since=draw(st.sampled_from([None, None, None, ago(1), ago(100)])),
        ended=draw(st.sampled_from(["", "", "", PROOF])),
        refuge=draw(st.sampled_from(["", "elsewhere"])),
        found=draw(st.none() | st.sampled_from(JobState)),
        absent_since=draw(st.sampled_from([None, ago(1), ago(100)])),
        savepoint=draw(
            st.none() | st.builds(Savepoint, st.sampled_from(SavepointState), st.sampled_from(["", PATHS[1]]))
        ),
        history=draw(st.sampled_from([None, CheckpointHistory(), CheckpointHistory(completed=2)])),
        cause=draw(st.sampled_from([None, Cause("oops")])),
        requirements=draw(st.sampled_from([None, Requirements({"v": (1, 4)}), Requirements({"v": (1, 1)})])),
        checked=draw(st.dictionaries(st.sampled_from(PATHS), st.sampled_from([True, False, None]))),
    )


def new_attempts(d: Decision) -> list[Attempt]:
    return [each for each in d.write if isinstance(each, Attempt) and each.id == FRESH.attempt]


PROOF = "session etl ended: application_1_0001 is KILLED/KILLED"
PROMISES: list[Callable[[Situation, Decision], None]] = []


def promise(check: Callable[[Situation, Decision], None]) -> Callable[[Situation, Decision], None]:
    """It is held to every situation below."""
    PROMISES.append(check)
    return check


@promise
def every_situation_has_a_decision_and_it_is_always_the_same(s: Situation, d: Decision) -> None:
    assert decide(s) == d


@promise
def promise_1_no_attempt_is_planned_while_one_may_live(s: Situation, d: Decision) -> None:
    written = {each.id: each for each in d.write if isinstance(each, Attempt)}
    known = {s.managed.attempt.id: s.managed.attempt} if s.managed.attempt is not None else {}
    assert sum(each.state.is_live for each in (known | written).values()) <= 1


@promise
def promise_2_an_attempt_has_its_flink_id_before_it_is_sent_and_keeps_it(s: Situation, d: Decision) -> None:
    newest = s.managed.attempt
    for each in d.write:
        if isinstance(each, Attempt) and newest is not None and each.id == newest.id:
            assert each.flink_id == newest.flink_id
    if isinstance(d.then, Send):
        assert newest is not None and d.then.attempt.id == newest.id, "it was not committed before"
        assert d.then.attempt in d.write


@promise
def promise_2_a_lost_reply_is_resolved_only_by_looking(s: Situation, d: Decision) -> None:
    """Nothing is sent again, or given up, that an open session may still send."""
    newest = s.managed.attempt
    if newest is None or newest.state not in (AttemptState.SUBMITTING, AttemptState.UNKNOWN):
        return
    if newest.sender_closed or s.found is not None or s.silent_since is not None:
        return
    assert not isinstance(d.then, (Send, Fence))
    assert not any(isinstance(each, Attempt) for each in d.write)


@promise
def promise_3_a_silent_cluster_changes_nothing_but_what_is_said(s: Situation, d: Decision) -> None:
    if s.silent_since is None or s.ended:
        return
    lost = [each for each in s.managed.commands if each.arguments.get("lost")]
    assert d.then is None
    assert lost or all(isinstance(each, (Status, Event)) for each in d.write)


@promise
def promise_3_where_a_cluster_has_ended_nothing_is_started_or_asked(s: Situation, d: Decision) -> None:
    if not s.ended:
        return
    assert not new_attempts(d) and (d.then is None or isinstance(d.then, Remove))
    for each in d.write:
        if isinstance(each, Attempt):
            assert each.state is AttemptState.GONE and each.cause is not None and each.cause.message
        if isinstance(each, Job) and each.cluster != s.managed.job.cluster:
            assert s.managed.commands, "nobody is moved without a record of it"
        if isinstance(each, Command) and each.id == FRESH.command:
            assert s.refuge and not s.managed.commands and s.managed.job.wanted
            assert (each.kind, each.arguments) == (CommandKind.MOVE, {"cluster": s.refuge, "lost": True})


@promise
def promise_5_no_state_changes_without_its_event(s: Situation, d: Decision) -> None:
    kinds = {each.kind for each in d.write if isinstance(each, Event)}
    for each in d.write:
        if isinstance(each, Status) and each.state is not s.managed.status.state:
            assert "state" in kinds
        if isinstance(each, Command) and each.state in OVER:
            assert "command" in kinds
        if isinstance(each, Attempt) and not each.state.is_live:
            assert "attempt" in kinds


@promise
def promise_7_no_restore_point_is_forgotten(s: Situation, d: Decision) -> None:
    assert not any(isinstance(each, Checkpoint) for each in d.write)
    if isinstance(d.then, Remove):
        assert s.managed.commands[0].kind is CommandKind.DELETE
        assert {each.path for each in s.managed.points if not each.is_savepoint}.isdisjoint(d.then.paths)


@promise
def promise_7_a_path_is_verified_before_it_is_used(s: Situation, d: Decision) -> None:
    for new in new_attempts(d):
        assert new.adopted or not new.restored_from or s.checked[new.restored_from] is True


@promise
def promise_8_what_is_started_again_by_itself_keeps_to_its_budget(s: Situation, d: Decision) -> None:
    for new in new_attempts(d):
        if not s.managed.commands:
            status, policies = s.managed.status, s.managed.job.policies
            assert s.managed.job.wanted and not new.adopted
            assert status.not_before is not None and status.not_before <= s.now
            (told,) = [each for each in d.write if isinstance(each, Status)]
            assert told.restarts == (*status.restarts, NOW) and told.not_before is None
            assert status.state is not ManagedState.QUARANTINED
            assert policies.restarts > 0


@promise
def promise_9_a_stateful_job_is_never_started_empty(s: Situation, d: Decision) -> None:
    newest, job = s.managed.attempt, s.managed.job
    for new in new_attempts(d):
        if new.restored_from or new.adopted or newest is None:
            continue
        by_a_person = job.restore.mode is RestoreMode.EMPTY
        came_to_its_end = s.managed.status.state is ManagedState.FINISHED and job.restore == Restore()
        had_none = newest.completed == 0 and not newest.restored_from and not candidates(s.managed)
        assert by_a_person or came_to_its_end or had_none


@promise
def promise_10_what_a_person_stopped_is_wanted_again_only_when_its_savepoint_failed(
    s: Situation, d: Decision
) -> None:
    first = s.managed.commands[0] if s.managed.commands else None
    for each in d.write:
        if not isinstance(each, Job) or not each.wanted or s.managed.job.wanted:
            continue
        assert first is not None and first.kind is not CommandKind.CANCEL
        if first.kind is CommandKind.STOP:
            (over,) = [order for order in d.write if isinstance(order, Command)]
            assert over.state is CommandState.FAILED and over.outcome.endswith("the job goes on")


@promise
def what_is_over_says_when_and_how(s: Situation, d: Decision) -> None:
    for each in d.write:
        if isinstance(each, Command) and each.state in OVER:
            assert each.ended_at == NOW and each.outcome
        if isinstance(each, Command) and each.state is CommandState.RUNNING:
            assert each.ended_at is None and each.begun_at is not None
        if isinstance(each, Attempt):
            assert each.state.is_live == (each.ended_at is None)


@promise
def only_the_first_command_is_carried_out(s: Situation, d: Decision) -> None:
    first = s.managed.commands[0].id if s.managed.commands else FRESH.command
    assert {each.id for each in d.write if isinstance(each, Command)} <= {first}


@given(situations())
@settings(max_examples=150)
def test_whatever_is_known(s: Situation) -> None:
    decision = decide(s)
    for check in PROMISES:
        check(s, decision)


@pytest.mark.parametrize("kind", [None, *CommandKind], ids=lambda kind: kind.value if kind else "no command")
def test_every_combination(kind: CommandKind | None) -> None:
    """Of attempt, what Flink says of it, command, step, savepoint, and whether the cluster answers."""
    newest = [None, *(attempt(state, completed=0) for state in AttemptState)]
    newest += [attempt(state, sender_closed=True, incarnation="incarnation-0") for state in LIVE]
    orders = [()] if kind is None else [(known_order(kind, step),) for step in Step]
    found = [None, JobState.RUNNING, JobState.RESTARTING, JobState.FAILED, JobState.FINISHED]
    savepoints = [None, *(Savepoint(state, PATHS[1], "it expired") for state in SavepointState)]
    for known, order, state, savepoint, silent in itertools.product(
        newest, orders, found, savepoints, [None, ago(100)]
    ):
        s = situation(
            known, *order, found=state, savepoint=savepoint, silent_since=silent, checked=dict.fromkeys(PATHS, True)
        )
        decision = decide(s)
        for check in PROMISES:
            check(s, decision)
    for known, order, refuge in itertools.product(newest, orders, ["", "elsewhere"]):
        s = situation(known, *order, silent_since=ago(100), ended=PROOF, refuge=refuge)
        decision = decide(s)
        for check in PROMISES:
            check(s, decision)


def known_order(kind: CommandKind, step: Step) -> Command:
    more = {"arguments": ARGUMENTS.get(kind, {}), "before": before(JOB)}
    return command(kind, step, attempt=AttemptId("a1") if step not in (Step.NEW, Step.STOPPING) else None, **more)


@given(situations())
@settings(max_examples=60)
def test_what_was_written_leads_somewhere(s: Situation) -> None:
    """The same things known, decisions that only write come to an end: to an effect, or to waiting."""
    if s.managed.attempt is not None and not s.managed.attempt.state.is_live:
        s = replace(s, found=None)
    for number in range(12):
        decision = decide(s)
        if decision.then is not None or not decision.write:
            return
        if any(isinstance(each, Job) and each.cluster != s.managed.job.cluster for each in decision.write):
            return  # another supervisor's from now on
        fresh = replace(FRESH, attempt=AttemptId(f"fresh-{number}"))
        s = replace(s, managed=after(s.managed, decision.write), fresh=fresh)
        newest = s.managed.attempt
        if newest is None or not newest.state.is_live or newest.state is AttemptState.PLANNED:
            s = replace(s, found=None)
    raise AssertionError(f"it goes round: {s}")


@settings(max_examples=40)
@given(situations(), st.sampled_from([CommandKind.CANCEL, CommandKind.STOP]))
def test_what_is_called_off_before_it_is_sent_is_never_sent(s: Situation, kind: CommandKind) -> None:
    planned = attempt(AttemptState.PLANNED)
    known = replace(
        s, silent_since=None, ended="", managed=replace(s.managed, attempt=planned, commands=(command(kind),))
    )
    for _ in range(4):
        decision = decide(known)
        assert not isinstance(decision.then, (Send, CloseSender))
        known = replace(known, managed=after(known.managed, decision.write))
    assert not known.managed.job.wanted and not known.managed.commands
    assert known.managed.attempt is not None and known.managed.attempt.state is AttemptState.CANCELED


@given(st.lists(st.integers(0, 600), max_size=30))
def test_8_a_job_that_always_fails_ends_in_quarantine(pauses: list[int]) -> None:
    """Whatever the pauses between two looks are, it is started as often as its budget says."""
    policies, now = Policies(restarts=3, restart_window=10_000_000, restart_delay=1), NOW
    managed = situation(attempt(AttemptState.FAILED, completed=0), job=replace(JOB, policies=policies)).managed
    begun = 0
    for number, pause in enumerate([*pauses, *[400] * 10]):
        now += timedelta(seconds=pause)
        fresh = replace(FRESH, attempt=AttemptId(f"fresh-{number}"))
        decision = decide(Situation(now, managed, fresh, HERE))
        managed = after(managed, decision.write)
        if managed.attempt is not None and managed.attempt.state is AttemptState.PLANNED:
            begun += 1
            managed = replace(managed, attempt=replace(managed.attempt, state=AttemptState.FAILED, completed=0))
    assert begun == 3 and managed.status.state is ManagedState.QUARANTINED and managed.job.wanted
