"""What to do for a job whose cluster is proven to have ended: nothing runs there, and nothing is started there."""

from __future__ import annotations

from dataclasses import replace

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
from flinklab.jobs import idle
from flinklab.jobs.changes import Changes, ended, event, failed, show
from flinklab.jobs.situation import NOTHING, Decision, Situation
from flinklab.ports.jobs import HIGHLY_AVAILABLE

POOL = "the pool"
"""Who asks for a job to go on elsewhere when its cluster has ended."""


def is_proof(attempt: Attempt | None, application: str) -> bool:
    """Whether the end of an application is that of the attempt, too.

    With high availability only under a cluster id that is the application's own: under another, the JobManager
    that comes next brings the job back.
    """
    if attempt is None or not attempt.incarnation.startswith(HIGHLY_AVAILABLE):
        return True
    return attempt.incarnation == f"{HIGHLY_AVAILABLE}{application}"


def decide(s: Situation) -> Decision:
    s = replace(s, found=None)  # whatever was seen there before
    attempt, command = s.managed.attempt, s.managed.command
    if attempt is not None and attempt.state.is_live:
        return _gone(s, attempt)
    if command is None:
        return _stay_or_go(s)
    if command.kind is CommandKind.ADOPT and command.attempt is None:
        return Decision(failed(s, command, s.ended))
    if command.step is Step.NEW and idle.is_lost(command):
        return idle.leave_lost_cluster(s, command)
    return _go_with(s, command) if _is_a_start(s, command) else idle.decide(s)


def _gone(s: Situation, attempt: Attempt) -> Decision:
    over = ended(s, attempt, AttemptState.GONE, Cause(s.ended, at=s.now))
    waits = s.managed.job.wanted and s.managed.command is None
    return Decision((*over, *(show(s, ManagedState.RESTARTING, _waiting(s), not_before=None) if waits else ())))


def _stay_or_go(s: Situation) -> Decision:
    job, attempt = s.managed.job, s.managed.attempt
    has_failed = attempt is not None and attempt.state in (AttemptState.GONE, AttemptState.FAILED)
    if not job.wanted or not has_failed or s.managed.status.state is ManagedState.QUARANTINED:
        return idle.decide(s)
    if not s.refuge:
        return Decision(show(s, ManagedState.RESTARTING, _waiting(s), not_before=None))
    arguments = {"cluster": s.refuge, "lost": True}
    order = Command(
        s.fresh.command, job.id, CommandKind.MOVE, arguments, asked_by=POOL, why=s.ended, asked_at=s.now
    )
    return Decision((order,))


def _is_a_start(s: Situation, command: Command) -> bool:
    """Whether the next thing that is to be done for it is to start something here."""
    if command.kind is CommandKind.START:
        return command.step is not Step.NEW and command.attempt is None
    goes_back_here = command.step is Step.GOING_BACK and command.before["cluster"] == s.managed.job.cluster
    return command.kind.redeploys and (command.step is Step.STARTING or goes_back_here)


def _go_with(s: Situation, command: Command) -> Decision:
    """It goes on as soon as there is somewhere to start: on a cluster of the pool, or here."""
    job = s.managed.job
    if s.refuge:
        before = {**command.before, "cluster": s.refuge, "pool": job.pool} if command.before else {}
        told = event(s, "command", f"{command.kind.value} goes on at {s.refuge}: {s.ended}", command=command.id)
        return Decision((replace(job, cluster=s.refuge), replace(command, before=before), told))
    reason = _waiting(s)
    changes: Changes = ()
    if command.outcome != reason and command.state is CommandState.RUNNING:
        changes = (replace(command, outcome=reason),)
    if s.managed.status.state is ManagedState.UNREACHABLE:
        changes = (*changes, *show(s, ManagedState.RESTARTING, reason))
    return Decision(changes) if changes else NOTHING


def _waiting(s: Situation) -> str:
    return f"{s.ended}; it starts again when {s.managed.job.cluster} is back, or after `%flink move`"
