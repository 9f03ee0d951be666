"""What to do for a job of which nothing runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flinklab.domain.ids import JobId
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Cause,
    Command,
    CommandKind,
    ManagedState,
    Restore,
    RestoreMode,
    Step,
)
from flinklab.jobs import redeploy
from flinklab.jobs.changes import Changes, at, begin, done, ended, event, failed, finished, origin, planned, show
from flinklab.jobs.restarts import is_spent, next_restart, recent
from flinklab.jobs.restoring import Hold, NotNow, choose, ending_savepoint
from flinklab.jobs.saving import came_to
from flinklab.jobs.situation import NOTHING, Decision, Remove, Situation
from flinklab.ports.jobs import SavepointState

_AT_REST = frozenset(
    {ManagedState.DRAFT, ManagedState.STOPPED, ManagedState.FINISHED, ManagedState.FAILED, ManagedState.QUARANTINED}
)


def decide(s: Situation) -> Decision:
    job, attempt = s.managed.job, s.managed.attempt
    is_found = s.found is not None and not s.found.is_terminal
    if attempt is not None and attempt.state is AttemptState.GONE and is_found:
        return _come_back(s, attempt)
    command = s.managed.command
    if command is not None:
        return _carry_out(s, command)
    if not job.wanted:
        return _rest(s, attempt)
    if attempt is None or s.managed.status.state is ManagedState.QUARANTINED:
        return NOTHING
    return _after(s, attempt)


def _come_back(s: Situation, attempt: Attempt) -> Decision:
    """An attempt that was taken for gone runs after all: it is the job's live one again, wanted or to be ended."""
    again = replace(attempt, state=AttemptState.RUNNING, incarnation=s.incarnation, cause=None, ended_at=None)
    told = event(s, "attempt", f"attempt {attempt.number} came back")
    return Decision((again, told))


def _rest(s: Situation, attempt: Attempt | None) -> Decision:
    if s.managed.status.state in _AT_REST:
        return NOTHING
    return Decision(show(s, ManagedState.STOPPED if attempt is not None else ManagedState.DRAFT))


def _after(s: Situation, attempt: Attempt) -> Decision:
    """It is wanted and its attempt has ended: by itself, by somebody outside, or badly."""
    unwanted = replace(s.managed.job, wanted=False)
    if attempt.state is AttemptState.FINISHED:
        return Decision((unwanted, *finished(s)))
    if attempt.state is AttemptState.CANCELED:
        return Decision((unwanted, *show(s, ManagedState.STOPPED, "cancelled outside of flinklab")))
    return _again(s, attempt)


def _again(s: Situation, attempt: Attempt) -> Decision:
    """Start it again, within its budget, after its delay, from its newest state."""
    status, policies = s.managed.status, s.managed.job.policies
    why = attempt.cause.message if attempt.cause is not None else attempt.state.value
    if status.not_before is None:
        if is_spent(status.restarts, policies, s.now):
            count = len(recent(status.restarts, policies, s.now))
            reason = f"started {count} times again within {policies.restart_window:g} s; last: {why}"
            return Decision(show(s, ManagedState.QUARANTINED, reason))
        due = next_restart(status.restarts, policies, s.now)
        return Decision(show(s, ManagedState.RESTARTING, why, not_before=due))
    if s.now < status.not_before:
        return NOTHING
    if s.refuge:
        return Decision(_start_elsewhere(s))
    choice = choose(s.managed, s.checked)
    if isinstance(choice, NotNow):
        return Decision(show(s, ManagedState.RESTARTING, choice.reason))
    if isinstance(choice, Hold):
        reason = f"{choice.reason}: name a state, or say that it starts without any"
        return Decision(show(s, ManagedState.QUARANTINED, reason, not_before=None))
    new = planned(s, choice.path, s.managed.job)
    restarts = (*status.restarts, s.now)
    told = event(s, "restart", f"restart {len(restarts)}, {origin(choice.path)}", attempt=new.id)
    return Decision((new, told, *show(s, ManagedState.RESTARTING, why, restarts=restarts, not_before=None)))


def _carry_out(s: Situation, command: Command) -> Decision:
    kind = command.kind
    if kind is CommandKind.START:
        return _start(s, command)
    if kind is CommandKind.ADOPT:
        return _adopt(s, command)
    if kind in (CommandKind.STOP, CommandKind.CANCEL):
        return _stopped(s, command)
    if kind is CommandKind.SAVEPOINT:
        return _saved(s, command)
    if kind is CommandKind.CONFIGURE:
        return Decision((redeploy.changed(s, command), *done(s, command, "taken over")))
    if kind is CommandKind.DELETE:
        return _delete(s, command)
    return redeploy.idle(s, command)


def _start(s: Situation, command: Command) -> Decision:
    if command.step is Step.NEW:
        wanted = command.arguments.get("restore")
        forced = bool(command.arguments.get("forced"))
        restore = replace(s.managed.job.restore, forced=forced or s.managed.job.restore.forced)
        if wanted is not None:
            restore = Restore(RestoreMode(wanted["mode"]), wanted.get("path", ""), forced)
        job = replace(redeploy.changed(s, command), wanted=True, restore=restore)
        # The state stays what it was until an attempt is planned: where it starts from depends on it.
        return Decision((job, begin(s, command, Step.STARTING)))
    if command.attempt is None:
        return _plan(s, command)
    attempt = s.managed.attempt
    if attempt is None or attempt.id != command.attempt:
        return NOTHING
    as_usual = replace(s.managed.job, restore=Restore())
    if attempt.state is AttemptState.FINISHED:
        over = replace(as_usual, wanted=False)
        return Decision((over, *done(s, command, "it ran, and ended"), *finished(s)))
    why = attempt.cause.message if attempt.cause is not None else f"it was {attempt.state.value}"
    if attempt.completed:
        return Decision((as_usual, *done(s, command, f"it ran, and ended: {why}")))
    # Nobody is served by repeating what never ran: whoever asked for it is still there.
    over = replace(as_usual, wanted=False)
    return Decision((over, *failed(s, command, why), *show(s, ManagedState.FAILED, why)))


def _adopt(s: Situation, command: Command) -> Decision:
    """Take over a job that somebody else submitted: it is looked for under its id, and never sent."""
    if command.attempt is None:
        flink_id = JobId(str(command.arguments["flink_id"]))
        there = replace(
            planned(s, "", s.managed.job),
            flink_id=flink_id,
            state=AttemptState.UNKNOWN,
            adopted=True,
            sender_closed=True,
        )
        wanted = replace(s.managed.job, wanted=True)
        known = begin(s, command, Step.STARTING, attempt=there.id)
        return Decision((wanted, there, known, *show(s, ManagedState.STARTING, "looking for it")))
    attempt = s.managed.attempt
    why = attempt.cause.message if attempt is not None and attempt.cause is not None else "it is over"
    unwanted = replace(s.managed.job, wanted=False)
    return Decision((unwanted, *failed(s, command, why), *show(s, ManagedState.FAILED, why)))


def _start_elsewhere(s: Situation) -> Changes:
    """There is no room for it here, and a cluster of its pool has some: who looks after that one goes on."""
    told = event(s, "command", f"starts on {s.refuge}: {s.managed.job.cluster} has no room for it")
    return replace(s.managed.job, cluster=s.refuge), told


def _plan(s: Situation, command: Command) -> Decision:
    if s.refuge:
        return Decision(_start_elsewhere(s))
    choice = choose(s.managed, s.checked)
    unwanted = replace(s.managed.job, wanted=False, restore=Restore())
    if isinstance(choice, NotNow) and _names_what_is_not_told_of(s, command):
        reason = f"{choice.reason}: is the path right?"
        return Decision((unwanted, *failed(s, command, reason)))
    if isinstance(choice, NotNow):
        told = replace(command, outcome=choice.reason)
        return Decision((told,)) if command.outcome != choice.reason else NOTHING
    if isinstance(choice, Hold):
        reason = f"{choice.reason}: name a state, or say that it starts without any"
        return Decision((unwanted, *failed(s, command, reason)))
    attempt = planned(s, choice.path, s.managed.job)
    known = at(s, command, Step.STARTING, attempt=attempt.id)
    shown = show(s, ManagedState.STARTING, "", restarts=(), not_before=None)
    return Decision((replace(s.managed.job, restore=Restore()), attempt, known, *shown))


def _names_what_is_not_told_of(s: Situation, command: Command) -> bool:
    """A person named a path of which no storage has said anything for a while: there may be no such place."""
    since = command.step_at or s.now
    is_named = s.managed.job.restore.mode is RestoreMode.POINT
    return is_named and s.now - since > timedelta(seconds=s.managed.job.policies.prove_within)


def _stopped(s: Situation, command: Command) -> Decision:
    attempt = s.managed.attempt
    unwanted = replace(s.managed.job, wanted=False)
    if command.step is Step.NEW:
        state = s.managed.status.state if s.managed.status.state in _AT_REST else ManagedState.STOPPED
        shown = show(s, state, "" if state is ManagedState.STOPPED else s.managed.status.reason, not_before=None)
        return Decision((unwanted, *done(s, command, "it does not run"), *shown))
    by = f"{'cancelled' if command.kind is CommandKind.CANCEL else 'stopped'} by {command.asked_by}"
    if command.kind is CommandKind.CANCEL or attempt is None:
        unwanted = replace(unwanted, restore=Restore())  # what it did since is newer
        return Decision((unwanted, *done(s, command, "cancelled"), *show(s, ManagedState.STOPPED, by)))
    unwanted = replace(unwanted, restore=Restore())
    path = _savepoint_of(s)
    if path:
        outcome = f"stopped with savepoint {path}"
        return Decision((unwanted, *done(s, command, outcome, savepoint=path), *show(s, ManagedState.STOPPED, by)))
    if s.savepoint is not None and s.savepoint.state is SavepointState.IN_PROGRESS:
        return NOTHING
    why = attempt.cause.message if attempt.cause is not None else f"it was {attempt.state.value}"
    outcome = f"it ended before its savepoint was complete: {why}"
    return Decision((unwanted, *failed(s, command, outcome), *show(s, ManagedState.FAILED, outcome)))


def _savepoint_of(s: Situation) -> str:
    """Of the stop that ended the attempt: as its trigger tells, or Flink's list of the job's checkpoints."""
    return came_to(s).path or ending_savepoint(s.managed)


def _saved(s: Situation, command: Command) -> Decision:
    path = came_to(s).path
    if path:
        return Decision(done(s, command, f"savepoint {path}", savepoint=path))
    return Decision(failed(s, command, "the job does not run"))


def _delete(s: Situation, command: Command) -> Decision:
    """Its records go. Its savepoints only when the person said so; checkpoints, which share files, are left."""
    if command.step is not Step.NEW:
        return Decision(then=_removal(s, command))
    return Decision((begin(s, command, Step.STOPPING),))


def _removal(s: Situation, command: Command) -> Remove:
    if command.arguments.get("points") != "delete":
        return Remove(command)
    return Remove(command, tuple(p.path for p in s.managed.points if p.is_savepoint and p.is_restore_point))


def is_lost(command: Command) -> bool:
    """It says of the job's cluster that it is lost."""
    return command.kind is CommandKind.MOVE and bool(command.arguments.get("lost"))


def leave_lost_cluster(s: Situation, command: Command) -> Decision:
    """A person's word that the cluster is lost, and with it what ran there: the job goes on elsewhere."""
    attempt = s.managed.attempt
    gone: Changes = ()
    if attempt is not None and attempt.state.is_live:
        gone = ended(s, attempt, AttemptState.GONE, Cause(f"its cluster was lost, says {command.asked_by}"))
    job = replace(redeploy.changed(s, command), wanted=True, restore=Restore())
    begun = begin(s, command, Step.STARTING, before=redeploy.before(job))  # to a lost one nobody goes back
    return Decision((*gone, job, begun, *show(s, ManagedState.STARTING, f"moved to {job.cluster}")))
