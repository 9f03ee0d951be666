"""Commands that end an attempt and begin another: restart, scale, upgrade, rollback, another backend or cluster.

Each is: savepoint and stop; change what is wanted; start from that savepoint; look whether it proves healthy;
else go back to what ran before, from the same savepoint.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flinklab.domain.cluster import JobState
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Command,
    CommandKind,
    Job,
    ManagedState,
    Restore,
    RestoreMode,
    Step,
)
from flinklab.jobs.changes import (
    Changes,
    at,
    begin,
    done,
    event,
    failed,
    finished,
    kept_status,
    planned,
    runs_now,
    show,
)
from flinklab.jobs.restoring import Hold, NotNow, choose, ending_savepoint
from flinklab.jobs.saving import ask_again, came_to, is_late, is_over
from flinklab.jobs.situation import NOTHING, AskSavepoint, CancelJob, Decision, Situation
from flinklab.jobs.wanting import with_arguments
from flinklab.ports.jobs import SavepointState

_A_WHILE = timedelta(seconds=20)


def changed(s: Situation, command: Command) -> Job:
    """The job as the command wants it."""
    return with_arguments(s.managed.job, command.arguments)


def before(job: Job) -> dict[str, Any]:
    """What to go back to."""
    deployment = job.deployment
    return {
        "number": job.number,
        "cluster": job.cluster,
        "pool": job.pool,
        "deployment": {
            "parallelism": deployment.parallelism,
            "config": dict(deployment.config),
            "backend": deployment.backend,
        },
    }


def as_before(job: Job, command: Command, restore: Restore) -> Job:
    was = command.before
    deployment = Deployment(**was["deployment"])
    pool = was.get("pool", job.pool)  # an older supervisor did not note it
    return replace(
        job, number=was["number"], cluster=was["cluster"], pool=pool, deployment=deployment, restore=restore
    )


def live(s: Situation, attempt: Attempt, command: Command) -> Decision:
    """While something of the job runs."""
    if command.step in (Step.NEW, Step.STARTING):  # the latter when one came back that had been taken for gone
        return _begin(s, attempt, command)
    if command.step is Step.STOPPING:
        return _stopping(s, attempt, command)
    if command.attempt != attempt.id:
        return NOTHING
    if command.step is Step.PROVING:
        return _proving(s, attempt, command)
    if command.step is Step.GOING_BACK:
        is_ending = s.found in (JobState.CANCELLING, JobState.FAILING)
        return NOTHING if is_ending else Decision(then=CancelJob(attempt))
    return _back(s, attempt, command)


def _begin(s: Situation, attempt: Attempt, command: Command) -> Decision:
    parallelism = command.arguments.get("parallelism")
    if s.slots is not None and parallelism is not None and parallelism > s.slots:
        reason = f"parallelism {parallelism} is more than the cluster's {s.slots} slots; the job goes on as before"
        return Decision(failed(s, command, reason))
    ending = replace(attempt, state=AttemptState.STOPPING)
    begun = begin(s, command, Step.STOPPING, before=command.before or before(s.managed.job))
    shown = show(s, ManagedState.STOPPING, f"{command.kind.value} by {command.asked_by}")
    if s.found is JobState.RUNNING:
        return Decision((ending, begun, *shown), _ask(begun, ending))
    # It cannot take a savepoint now, and may never again: its newest checkpoint has to do.
    begun = replace(begun, trigger="")
    return Decision((ending, begun, *shown), CancelJob(ending))


def _ask(command: Command, attempt: Attempt) -> AskSavepoint:
    canonical = command.kind is CommandKind.SWITCH_BACKEND
    return AskSavepoint(command, attempt, stop=True, canonical=canonical)


def _stopping(s: Situation, attempt: Attempt, command: Command) -> Decision:
    if not command.trigger:
        return NOTHING if s.found is JobState.CANCELLING else Decision(then=CancelJob(attempt))
    now = came_to(s)
    if is_over(s, command):
        reason = now.failure or command.outcome or "Flink never began the savepoint"
        goes_on = replace(attempt, state=AttemptState.RUNNING)
        outcome = f"{reason}; the job goes on as before"
        return Decision((goes_on, *failed(s, command, outcome), *show(s, ManagedState.RUNNING, outcome)))
    if now.state in (SavepointState.FORGOTTEN, SavepointState.FAILED):
        return ask_again(s, command, _ask(command, attempt))
    if is_late(s, command):
        return Decision(show(s, ManagedState.STOPPING, "the savepoint takes longer than it should"))
    return NOTHING


def _proving(s: Situation, attempt: Attempt, command: Command) -> Decision:
    """Running, and one checkpoint completed since: the state that it took over can be taken on."""
    if s.found is JobState.RUNNING and _is_proven(s, attempt):
        here = replace(attempt, running_at=attempt.running_at or s.now, cause=None)
        wanted = replace(s.managed.job, restore=Restore())
        return Decision((wanted, here, *done(s, command, runs_now(attempt)), *show(s, ManagedState.RUNNING)))
    if s.found is JobState.RUNNING and attempt.running_at is None:
        here = replace(attempt, running_at=s.now)
        return Decision((here, *show(s, ManagedState.STARTING, "waiting for its first checkpoint")))
    if s.cause is not None and (attempt.cause is None or s.cause.message != attempt.cause.message):
        told = event(s, "attempt", f"attempt {attempt.number}: {s.cause.message}")
        return Decision((replace(attempt, cause=s.cause), replace(command, outcome=s.cause.message), told))
    # Nobody may have looked for a while before it was sent.
    since = attempt.running_at or command.step_at or s.now
    if s.now - since <= timedelta(seconds=s.managed.job.policies.prove_within):
        return Decision(show(s, ManagedState.STARTING, s.waiting)) if s.waiting else NOTHING
    lacks = "no checkpoint was completed" if s.found is JobState.RUNNING else "it did not come to run"
    why = f"{lacks} within {s.managed.job.policies.prove_within:g} s"
    if attempt.cause is not None:
        why = f"{why}: {attempt.cause.message}"
    elif s.waiting:
        why = f"{why}: it {s.waiting}"
    ending = replace(attempt, state=AttemptState.STOPPING)
    return Decision((ending, *going_back(s, command, why)), CancelJob(ending))


def _is_proven(s: Situation, attempt: Attempt) -> bool:
    """A checkpoint was completed; without any to wait for, the job has run for a while."""
    if s.history is not None and not s.history.enabled:
        return attempt.running_at is not None and s.now - attempt.running_at >= _A_WHILE
    return (s.history.completed if s.history is not None else attempt.completed or 0) > 0


def going_back(s: Situation, command: Command, why: str) -> Changes:
    """The new one is not healthy: once it has ended, what ran before is wanted again."""
    return at(s, command, Step.GOING_BACK, outcome=why), event(s, "command", f"going back: {why}")


def _go_back(s: Situation, command: Command) -> Decision:
    """From the savepoint that ended it. Only now: a job may have come from another cluster, which looks for it."""
    path = command.savepoint
    restore = Restore(RestoreMode.POINT, path, forced=True) if path else Restore()
    was = as_before(s.managed.job, command, restore)
    return Decision((was,)) if was != s.managed.job else start(s, command, Step.BACK)


def _back(s: Situation, attempt: Attempt, command: Command) -> Decision:
    if s.found is not JobState.RUNNING:
        return NOTHING
    here = replace(attempt, running_at=attempt.running_at or s.now)
    wanted = replace(s.managed.job, restore=Restore())
    outcome = f"{command.outcome}; version {attempt.version} runs again as before"
    return Decision((wanted, here, *failed(s, command, outcome), *show(s, ManagedState.RUNNING, outcome)))


def idle(s: Situation, command: Command) -> Decision:
    """While nothing of the job runs."""
    step = command.step
    if step is Step.NEW:
        return _change_at_rest(s, command)
    if step is Step.STOPPING:
        return _change(s, command)
    if step is Step.STARTING:
        return start(s, command, Step.PROVING)
    if step is Step.GOING_BACK:
        return _go_back(s, command)
    return _ended_again(s, command)


def _change_at_rest(s: Situation, command: Command) -> Decision:
    job = changed(s, command)
    if not s.managed.job.wanted and command.kind is not CommandKind.RESTART:
        decides = command.kind in (CommandKind.UPGRADE, CommandKind.ROLLBACK)
        restore = _restore(command, "") if decides else job.restore
        return Decision((replace(job, restore=restore), *done(s, command, "holds from the next start on")))
    wanted = replace(job, wanted=True, restore=_restore(command, ""))
    begun = begin(s, command, Step.STARTING, before=before(s.managed.job))
    # The state stays what it was until an attempt is planned: where it starts from depends on it.
    return Decision((wanted, begun, kept_status(s, restarts=(), not_before=None)))


def _change(s: Situation, command: Command) -> Decision:
    """The attempt has ended: with its savepoint, by our cancellation, or by itself."""
    path = came_to(s).path
    if not path and command.trigger:
        path = ending_savepoint(s.managed)
        if not path and s.savepoint is not None and s.savepoint.state is SavepointState.IN_PROGRESS:
            return NOTHING
    job = replace(changed(s, command), restore=_restore(command, path))
    return Decision((job, at(s, command, Step.STARTING, savepoint=path), *show(s, ManagedState.STARTING)))


def _restore(command: Command, path: str) -> Restore:
    forced = bool(command.arguments.get("forced"))
    wanted = command.arguments.get("restore")
    if wanted is not None:
        return Restore(RestoreMode(wanted["mode"]), wanted.get("path", ""), forced)
    if path:
        return Restore(RestoreMode.POINT, path, forced)
    return Restore(forced=forced)


def start(s: Situation, command: Command, then: Step) -> Decision:
    """Plan the attempt that the command is about."""
    choice = choose(s.managed, s.checked)
    if isinstance(choice, NotNow):
        return Decision(show(s, ManagedState.STARTING, choice.reason))
    if isinstance(choice, Hold):
        unwanted = replace(s.managed.job, wanted=False, restore=Restore())
        reason = f"{choice.reason}: name a state, or say that it starts without any"
        return Decision((unwanted, *failed(s, command, reason), *show(s, ManagedState.QUARANTINED, reason)))
    attempt = planned(s, choice.path, s.managed.job)
    return Decision((attempt, at(s, command, then, attempt=attempt.id), *show(s, ManagedState.STARTING)))


def _ended_again(s: Situation, command: Command) -> Decision:
    attempt = s.managed.attempt
    if attempt is None or command.attempt != attempt.id:
        return NOTHING
    if attempt.state is AttemptState.FINISHED:
        ran = replace(s.managed.job, wanted=False, restore=Restore())
        return Decision((ran, *done(s, command, "it ran, and ended"), *finished(s)))
    why = attempt.cause.message if attempt.cause is not None else f"it was {attempt.state.value}"
    if command.step is Step.PROVING and _is_a_change(s, command):
        return Decision(going_back(s, command, why))
    outcome = f"{command.outcome}; going back failed, too: {why}" if command.step is Step.BACK else why
    as_usual = replace(s.managed.job, restore=Restore())
    return Decision((as_usual, *failed(s, command, outcome)))


def _is_a_change(s: Situation, command: Command) -> bool:
    """Going back to the very same would fail in the same way."""
    job = s.managed.job
    return bool(command.before) and as_before(job, command, job.restore) != job
