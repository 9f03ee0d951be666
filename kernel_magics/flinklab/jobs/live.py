"""What to do for a job whose newest attempt may be running."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flinklab.domain.cluster import JobState
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Cause,
    Command,
    CommandKind,
    CommandState,
    ManagedState,
    Step,
)
from flinklab.jobs import redeploy
from flinklab.jobs.changes import begin, done, ended, event, failed, kept_status, runs_now, show
from flinklab.jobs.restarts import is_stable
from flinklab.jobs.saving import ask_again, came_to, is_late, is_over, not_listed
from flinklab.jobs.sending import TOMBSTONE
from flinklab.jobs.situation import (
    NOTHING,
    AskSavepoint,
    CancelJob,
    CloseSender,
    Decision,
    Fence,
    Rescale,
    Send,
    Situation,
)
from flinklab.ports.jobs import HIGHLY_AVAILABLE, Requirements, SavepointState

_ENDS = {
    JobState.FINISHED: AttemptState.FINISHED,
    JobState.CANCELED: AttemptState.CANCELED,
    JobState.FAILED: AttemptState.FAILED,
}
_RECOVERS = timedelta(minutes=5)  # a JobManager with high availability brings its jobs back one after the other
_CACHED = timedelta(seconds=4)  # Flink's answers about checkpoints are up to 3 s old (`web.refresh-interval`)
_ON_ITS_WAY = timedelta(minutes=2)  # a submission whose session was closed arrives within one, as measured


def decide(s: Situation, attempt: Attempt) -> Decision:
    if attempt.state is AttemptState.PLANNED:
        return _first_send(s, attempt)
    if attempt.state in (AttemptState.SUBMITTING, AttemptState.UNKNOWN):
        return _resolve(s, attempt)
    if s.found is None:
        return _absent(s, attempt)
    command = s.managed.command
    if s.found in _ENDS:
        cause = s.cause if s.found is JobState.FAILED else None
        if cause is not None and TOMBSTONE in cause.details:
            unseen = replace(s, history=None)
            return Decision(ended(unseen, replace(attempt, completed=None), AttemptState.GONE, _anew(s)))
        if s.found is JobState.FINISHED and s.history is None:
            # It may have been stopped with a savepoint that nobody has seen: it is not known to be over for good.
            why = Cause("it ended, and what state it left behind was not seen", at=s.now)
            return Decision(ended(s, attempt, AttemptState.GONE, why))
        if _may_be_old(s):
            return NOTHING
        waits = not_listed(s, command) if command is not None else None
        return waits or Decision(ended(s, attempt, _ENDS[s.found], cause))
    if command is None:
        return _supervise(s, attempt)
    return _carry_out(s, attempt, command)


def _may_be_old(s: Situation) -> bool:
    """That there was no checkpoint is believed only of an answer from after the end."""
    history = s.history
    if s.over_since is None or history is None or history.completed or not history.enabled:
        return False
    return s.now - s.over_since < _CACHED


def _first_send(s: Situation, attempt: Attempt) -> Decision:
    """Nothing was sent: what is asked for now comes first."""
    if _is_to_end(s):
        return Decision(ended(s, attempt, AttemptState.CANCELED, Cause("it was called off before it was sent")))
    sent = replace(attempt, state=AttemptState.SUBMITTING, incarnation=s.incarnation)
    return Decision((sent,), Send(sent))


def _resolve(s: Situation, attempt: Attempt) -> Decision:
    """A lost reply is resolved only by looking."""
    if s.found in _ENDS and attempt.incarnation != s.incarnation:
        # What used the id up here says nothing of what may have run before.
        return Decision(ended(s, replace(attempt, completed=None), AttemptState.GONE, _anew(s)))
    if s.found is not None:
        shape = attempt.shape or s.shape
        if s.found is JobState.INITIALIZING and not shape and not _is_to_end(s):
            return NOTHING  # Flink tells what was sent with a job once that has begun
        here = replace(attempt, state=AttemptState.RUNNING, incarnation=s.incarnation, shape=shape)
        return Decision((here, event(s, "attempt", f"attempt {attempt.number} is on the cluster")))
    if not attempt.sender_closed:
        return Decision(then=CloseSender(attempt))
    if attempt.adopted:
        return Decision(ended(s, attempt, AttemptState.GONE, Cause(f"the cluster has no job {attempt.flink_id}")))
    if _is_to_end(s):
        never = Cause("it never arrived at the cluster", at=s.now)
        return Decision(then=Fence(attempt, AttemptState.CANCELED, never))
    if attempt.incarnation != s.incarnation:
        # It may have run there, and have had state that nobody saw.
        return Decision(then=Fence(attempt, AttemptState.GONE, _anew(s)))
    again = replace(attempt, state=AttemptState.SUBMITTING, session=None, sender_closed=False)
    told = event(s, "attempt", f"attempt {attempt.number} did not arrive: sent again")
    return Decision((again, told), Send(again, again=True))


def _is_to_end(s: Situation) -> bool:
    command = s.managed.command
    return command is not None and command.kind in (CommandKind.CANCEL, CommandKind.STOP)


def _absent(s: Situation, attempt: Attempt) -> Decision:
    """The cluster answers and does not know the job. One that recovers its jobs may not know them yet."""
    if attempt.incarnation != s.incarnation:
        if attempt.running_at is None or s.now - attempt.running_at < _ON_ITS_WAY:
            return Decision(then=Fence(attempt, AttemptState.GONE, _anew(s)))
        return Decision(ended(s, attempt, AttemptState.GONE, _anew(s)))
    patience = timedelta(seconds=s.managed.job.policies.unreachable_after)
    if s.incarnation.startswith(HIGHLY_AVAILABLE):
        patience = max(patience, _RECOVERS)
    if s.absent_since is None or s.now - s.absent_since < patience:
        return NOTHING
    return Decision(ended(s, attempt, AttemptState.GONE, Cause("the cluster does not know it any more")))


def _anew(s: Situation) -> Cause:
    return Cause("its cluster was started anew, without it", at=s.now)


def _supervise(s: Situation, attempt: Attempt) -> Decision:
    status, policies = s.managed.status, s.managed.job.policies
    if not s.managed.job.wanted:
        return _unwanted(s, attempt)
    if s.found is not JobState.RUNNING:
        was_running = attempt.running_at is not None
        state = ManagedState.RESTARTING if was_running else ManagedState.STARTING
        says = s.waiting or (f"Flink says {s.found.value}" if s.found else "")
        reason = s.cause.message if s.cause is not None else says
        if status.state is state and s.cause is None and not s.waiting:
            return NOTHING
        return Decision(show(s, state, reason))
    if attempt.running_at is None:
        here = replace(attempt, running_at=s.now)
        return Decision((here, *show(s, ManagedState.RUNNING, savepoint_at=s.now)))
    completed = attempt.completed or 0
    if status.restarts and is_stable(attempt.running_at, completed, policies, s.now):
        calm = event(s, "restart", "stable again: earlier restarts do not count any more")
        return Decision((kept_status(s, restarts=()), calm))
    every = policies.savepoint_every
    if every is not None and s.now - (status.savepoint_at or s.now) >= timedelta(seconds=every):
        order = Command(
            s.fresh.command, s.managed.job.id, CommandKind.SAVEPOINT, asked_by="the clock", asked_at=s.now
        )
        return Decision((kept_status(s, savepoint_at=s.now), order))
    return Decision(show(s, ManagedState.RUNNING))


def _unwanted(s: Situation, attempt: Attempt) -> Decision:
    """It came back after it had been taken for gone, and somebody has stopped the job since."""
    if attempt.state is AttemptState.STOPPING:
        return Decision(then=CancelJob(attempt))
    ending = replace(attempt, state=AttemptState.STOPPING)
    told = event(s, "attempt", f"attempt {attempt.number} is not wanted any more: cancelled")
    return Decision((ending, told, *show(s, ManagedState.STOPPING)), CancelJob(ending))


def _carry_out(s: Situation, attempt: Attempt, command: Command) -> Decision:
    kind = command.kind
    if kind in (CommandKind.START, CommandKind.ADOPT):
        return _started(s, attempt, command)
    if kind is CommandKind.CANCEL:
        return _cancel(s, attempt, command)
    if kind is CommandKind.STOP:
        return _stop(s, attempt, command)
    if kind is CommandKind.SAVEPOINT:
        return _save(s, attempt, command)
    if kind is CommandKind.CONFIGURE:
        return Decision((redeploy.changed(s, command), *done(s, command, "taken over")))
    if kind is CommandKind.DELETE:
        return Decision(failed(s, command, "the job runs: stop or cancel it first"))
    if kind is CommandKind.SCALE and s.requirements is not None and command.step is Step.NEW:
        return _rescale(s, attempt, command, s.requirements)
    return redeploy.live(s, attempt, command)


def _started(s: Situation, attempt: Attempt, command: Command) -> Decision:
    if s.found is not JobState.RUNNING:
        says = f"Flink says {s.found.value}" if s.found else ""
        reason = s.cause.message if s.cause is not None else s.waiting or command.outcome or says
        told = () if reason == command.outcome else (replace(command, outcome=reason),)
        return Decision((*told, *show(s, ManagedState.STARTING, reason)))
    here = replace(attempt, running_at=attempt.running_at or s.now)
    if command.attempt != attempt.id:
        return Decision((here, *done(s, command, "it runs already")))
    return Decision(
        (here, *done(s, command, runs_now(attempt)), *show(s, ManagedState.RUNNING, savepoint_at=s.now))
    )


def _cancel(s: Situation, attempt: Attempt, command: Command) -> Decision:
    if command.step is Step.NEW:
        ending = replace(attempt, state=AttemptState.STOPPING)
        unwanted = replace(s.managed.job, wanted=False)
        shown = show(s, ManagedState.STOPPING, f"cancelled by {command.asked_by}")
        return Decision((unwanted, ending, begin(s, command, Step.STOPPING), *shown), CancelJob(ending))
    if s.found in (JobState.CANCELLING, JobState.FAILING):
        return NOTHING
    return Decision(then=CancelJob(attempt))


def _stop(s: Situation, attempt: Attempt, command: Command) -> Decision:
    if command.step is Step.NEW:
        ending = replace(attempt, state=AttemptState.STOPPING)
        unwanted = replace(s.managed.job, wanted=False)
        begun = begin(s, command, Step.STOPPING)
        shown = show(s, ManagedState.STOPPING, f"stopped by {command.asked_by}")
        ask = AskSavepoint(begun, ending, stop=True, drain=bool(command.arguments.get("drain")))
        return Decision((unwanted, ending, begun, *shown), ask)
    now = came_to(s)
    if is_over(s, command):
        reason = now.failure or command.outcome or "Flink never began the savepoint"
        goes_on = replace(attempt, state=AttemptState.RUNNING)
        wanted = replace(s.managed.job, wanted=True)
        outcome = f"{reason}; the job goes on"
        return Decision((wanted, goes_on, *failed(s, command, outcome), *show(s, ManagedState.RUNNING, outcome)))
    if now.state in (SavepointState.FORGOTTEN, SavepointState.FAILED):
        drain = bool(command.arguments.get("drain"))
        return ask_again(s, command, AskSavepoint(command, attempt, stop=True, drain=drain))
    if is_late(s, command):
        return Decision(show(s, ManagedState.STOPPING, "the savepoint takes longer than it should"))
    return NOTHING


def _save(s: Situation, attempt: Attempt, command: Command) -> Decision:
    canonical = bool(command.arguments.get("canonical"))
    if command.step is Step.NEW:
        begun = begin(s, command, Step.SAVING)
        return Decision((begun,), AskSavepoint(begun, attempt, canonical=canonical))
    now = came_to(s)
    if now.state is SavepointState.COMPLETED:
        return not_listed(s, command) or Decision(done(s, command, f"savepoint {now.path}", savepoint=now.path))
    if is_over(s, command):
        return Decision(failed(s, command, now.failure or command.outcome or "Flink never began the savepoint"))
    if now.state in (SavepointState.FORGOTTEN, SavepointState.FAILED):
        return ask_again(s, command, AskSavepoint(command, attempt, canonical=canonical))
    return NOTHING


def _rescale(s: Situation, attempt: Attempt, command: Command, there: Requirements) -> Decision:
    """Without a restart: the cluster's adaptive scheduler moves the job's own tasks."""
    parallelism = int(command.arguments["parallelism"])
    wanted = {vertex: (min(lowest, parallelism), parallelism) for vertex, (lowest, _) in there.vertices.items()}
    if wanted == there.vertices:
        deployment = replace(s.managed.job.deployment, parallelism=parallelism)
        job = replace(s.managed.job, deployment=deployment)
        same = replace(attempt, deployment=replace(attempt.deployment, parallelism=parallelism))
        return Decision((job, same, *done(s, command, f"parallelism {parallelism}, without a restart")))
    if is_late(s, command):
        return Decision(failed(s, command, "the cluster's scheduler did not take it over"))
    # It stays new: a job that ends meanwhile is started with it, and without an adaptive scheduler it is restarted.
    begun = begin(s, command, Step.NEW) if command.state is CommandState.WAITING else command
    return Decision((begun,) if begun != command else (), Rescale(begun, attempt, Requirements(wanted)))
