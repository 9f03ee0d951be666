"""What a decision writes: new values of what is known, each change with its event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flinklab.domain.jobs import (
    Attempt,
    AttemptState,
    Cause,
    Command,
    CommandState,
    Event,
    Job,
    ManagedState,
    Status,
    Step,
)
from flinklab.jobs.restoring import ending_savepoint
from flinklab.jobs.situation import Situation
from flinklab.ports.jobs import Kept

Changes = tuple[Kept, ...]
_NEVER_BEGAN = "JobInitializationException"  # the job failed before its first task


def event(s: Situation, kind: str, text: str, **data: Any) -> Event:
    command = s.managed.command
    by = command.asked_by if command is not None else ""
    return Event(s.managed.job.id, kind, text, data, s.now, by)


def show(s: Situation, state: ManagedState, reason: str = "", **more: Any) -> Changes:
    """The job's state for people; nothing when it is that already."""
    now = replace(s.managed.status, job_id=s.managed.job.id, state=state, reason=reason, **more)
    if now.state is not s.managed.status.state:
        before = s.managed.status.state
        text = f"{before.value} → {state.value}" + (f": {reason}" if reason else "")
        return replace(now, since=s.now), event(s, "state", text, before=before.value, after=state.value)
    return (now,) if now != s.managed.status else ()


def finished(s: Situation) -> Changes:
    """What people see of a job whose attempt Flink calls finished, although nobody asked flinklab to stop it."""
    path = ending_savepoint(s.managed)
    if path:
        return show(s, ManagedState.STOPPED, f"stopped outside of flinklab with savepoint {path}")
    return show(s, ManagedState.FINISHED, "it ran to its end")


def begin(s: Situation, command: Command, step: Step, **more: Any) -> Command:
    """The command is being carried out from now on."""
    return replace(
        command,
        state=CommandState.RUNNING,
        step=step,
        begun_at=command.begun_at or s.now,
        step_at=s.now,
        trigger=command.trigger or command.id,
        **more,
    )


def at(s: Situation, command: Command, step: Step, **more: Any) -> Command:
    return replace(command, step=step, step_at=s.now, **more)


def done(s: Situation, command: Command, outcome: str, **more: Any) -> Changes:
    return _over(s, command, CommandState.DONE, outcome, more)


def failed(s: Situation, command: Command, outcome: str, **more: Any) -> Changes:
    return _over(s, command, CommandState.FAILED, outcome, more)


def withdrawn(s: Situation, command: Command, outcome: str) -> Changes:
    return _over(s, command, CommandState.WITHDRAWN, outcome, {})


def _over(s: Situation, command: Command, state: CommandState, outcome: str, more: dict[str, Any]) -> Changes:
    now = replace(command, state=state, outcome=outcome, begun_at=command.begun_at or s.now, ended_at=s.now, **more)
    return now, event(s, "command", f"{command.kind.value} {state.value}: {outcome}", command=command.id)


def ended(s: Situation, attempt: Attempt, state: AttemptState, cause: Cause | None = None) -> Changes:
    """The attempt is over, and is written down with how many checkpoints it is known to have completed."""
    completed = _completed(s, attempt, cause)
    cause = cause or attempt.cause  # that of a failure that it did not get over
    text = f"attempt {attempt.number} {state.value}" + (f": {cause.message}" if cause is not None else "")
    over = replace(attempt, state=state, cause=cause, completed=completed, ended_at=s.now)
    data = {"attempt": attempt.id, "flink_id": attempt.flink_id, "vertex": cause.vertex if cause else ""}
    return over, event(s, "attempt", text, **data)


def _completed(s: Situation, attempt: Attempt, cause: Cause | None) -> int | None:
    """None: not known. That there was none is known only from Flink, of the job as it ended, or if it never began.

    Flink counts anew when a JobManager recovers the job, and then says what it was recovered from.
    """
    told = max(attempt.completed or 0, s.history.completed if s.history is not None else 0)
    if told:
        return told
    if s.history is not None:
        return 0 if s.history.restored_from in ("", attempt.restored_from) else None
    never_began = cause is not None and _NEVER_BEGAN in cause.details and attempt.running_at is None
    return 0 if never_began or attempt.state is AttemptState.PLANNED else None


def origin(path: str) -> str:
    """Where a start is from, in words."""
    return f"from {path}" if path else "without state"


def runs_now(attempt: Attempt) -> str:
    return f"version {attempt.version} runs, started {origin(attempt.restored_from)}"


def planned(s: Situation, path: str, job: Job) -> Attempt:
    """A new attempt of the version that is wanted: its Flink job id is known before anything is sent."""
    last = s.managed.attempt
    return Attempt(
        id=s.fresh.attempt,
        job_id=job.id,
        number=last.number + 1 if last is not None else 1,
        flink_id=s.fresh.flink,
        version=job.number,
        state=AttemptState.PLANNED,
        deployment=job.deployment,
        restored_from=path,
        forced=job.restore.forced,
        incarnation=s.incarnation,
        cluster=job.cluster,
        planned_at=s.now,
    )


def kept_status(s: Situation, **changes: Any) -> Status:
    return replace(s.managed.status, job_id=s.managed.job.id, **changes)
