"""Situations of a managed job, and decisions in words.

s = situation(attempt(AttemptState.RUNNING), command(CommandKind.STOP), found=JobState.RUNNING)
in_words(s, decide(s))  # "not wanted, attempt stopping, ...; AskSavepoint stop-1 stop"
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from flinklab.domain.ids import AttemptId, CommandId, JobId, SessionHandle
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import (
    LIVE,
    Attempt,
    AttemptState,
    Checkpoint,
    Command,
    CommandKind,
    CommandState,
    Job,
    JobKey,
    Managed,
    ManagedState,
    Status,
    Step,
)
from flinklab.jobs.situation import AskSavepoint, Decision, Fence, Fresh, Situation
from flinklab.ports.jobs import Kept

NOW = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
HERE = "incarnation-1"
FRESH = Fresh(AttemptId("fresh-attempt"), JobId("fresh-flink"), CommandId("fresh-command"))
JOB = Job(JobKey("orders", "dwd", "prod"), "local", 1, wanted=True, id=7)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def attempt(state: AttemptState = AttemptState.RUNNING, **more: Any) -> Attempt:
    made = Attempt(
        AttemptId("a1"),
        JOB.id,
        1,
        JobId("f1"),
        1,
        state,
        Deployment(),
        session=SessionHandle("session"),
        incarnation=HERE,
        cluster=JOB.cluster,
        planned_at=ago(1000),
        running_at=ago(900) if state in (AttemptState.RUNNING, AttemptState.STOPPING) else None,
        ended_at=None if state in LIVE else ago(1),
    )
    return replace(made, **more)


def command(kind: CommandKind, step: Step = Step.NEW, **more: Any) -> Command:
    """One that waits; with a step, one that is being carried out since 10 s."""
    made = Command(CommandId(f"{kind.value}-1"), JOB.id, kind, asked_by="ann", asked_at=ago(20))
    if step is not Step.NEW:
        made = replace(
            made, state=CommandState.RUNNING, step=step, trigger=made.id, begun_at=ago(10), step_at=ago(10)
        )
    return replace(made, **more)


def point(path: str, number: int = 1, flink_id: str = "f1", **more: Any) -> Checkpoint:
    return replace(
        Checkpoint(JobId(flink_id), number, "completed", path=path, job_id=JOB.id, triggered_at=ago(50)), **more
    )


def situation(
    newest: Attempt | None = None,
    *commands: Command,
    job: Job = JOB,
    status: Status | ManagedState = ManagedState.RUNNING,
    points: tuple[Checkpoint, ...] = (),
    **more: Any,
) -> Situation:
    if isinstance(status, ManagedState):
        status = Status(job.id, status, ago(100))
    here = more.pop("incarnation", HERE)
    return Situation(NOW, Managed(job, status, newest, commands, points), FRESH, here, **more)


def in_words(s: Situation, decision: Decision) -> str:
    """What differs from what is known; events are left out."""
    words = [word for value in decision.write for word in _words(s.managed, value)]
    told = ", ".join(words) or "nothing"
    return f"{told}; {_effect(decision)}" if decision.then is not None else told


def _words(known: Managed, value: Kept) -> list[str]:
    if isinstance(value, Job):
        return _job_words(known.job, value)
    if isinstance(value, Attempt):
        is_new = known.attempt is None or known.attempt.id != value.id
        if is_new:
            return [f"new attempt of version {value.version} from {value.restored_from or 'nothing'}"]
        return [f"attempt {value.state.value}"]
    if isinstance(value, Command):
        how = f"{value.kind.value} {value.state.value}"
        return [f"{how} at {value.step.value}" if value.state is CommandState.RUNNING else how]
    if isinstance(value, Status):
        return [f"shows {value.state.value}"] if value.state is not known.status.state else ["status"]
    return []


def _job_words(old: Job, new: Job) -> list[str]:
    words = []
    if old.wanted != new.wanted:
        words.append("wanted" if new.wanted else "not wanted")
    if old.number != new.number:
        words.append(f"version {new.number}")
    if old.cluster != new.cluster:
        words.append(f"cluster {new.cluster}")
    if old.deployment != new.deployment:
        words.append(f"parallelism {new.deployment.parallelism}")
    if old.restore != new.restore:
        forced = " by force" if new.restore.forced else ""
        words.append(f"restore {new.restore.mode.value} {new.restore.path}".strip() + forced)
    return words


def _effect(decision: Decision) -> str:
    effect = decision.then
    name = type(effect).__name__
    if isinstance(effect, AskSavepoint):
        flags = [flag for flag in ("stop", "drain", "canonical") if getattr(effect, flag)]
        return " ".join([name, effect.command.trigger, *flags])
    return f"{name} {effect.state.value}" if isinstance(effect, Fence) else name
