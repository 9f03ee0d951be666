"""Managed jobs in rows: the list with what is wrong first, and the whole story of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from flinklab.api.command_handle import in_words
from flinklab.domain.jobs import Attempt, Checkpoint, Command, Event, JobVersion, Managed, ManagedState
from flinklab.domain.text import duration, one_line, size
from flinklab.jobs.others import OtherJob
from flinklab.notebook.shown import moment

Rows = list[tuple[str, ...]]

_ORDER = (
    ManagedState.QUARANTINED,
    ManagedState.FAILED,
    ManagedState.UNREACHABLE,
    ManagedState.RESTARTING,
    ManagedState.STARTING,
    ManagedState.STOPPING,
    ManagedState.RUNNING,
    ManagedState.STOPPED,
    ManagedState.FINISHED,
    ManagedState.DRAFT,
)

COLUMNS = ("job", "env", "cluster", "state", "version", "since", "attempt", "last checkpoint", "command", "why")
_REASON = 300


def problems_first(jobs: Sequence[Managed]) -> list[Managed]:
    return sorted(jobs, key=lambda managed: (_ORDER.index(managed.status.state), managed.job.key))


def rows(jobs: Sequence[Managed], now: datetime) -> Rows:
    """A row of `COLUMNS` for each job."""
    return [
        (
            f"{managed.job.key.team}.{managed.job.key.name}",
            managed.job.key.environment,
            cluster_shown(managed),
            managed.status.state.value,
            version_shown(managed),
            ago(managed.status.since, now),
            str(managed.attempt.number) if managed.attempt is not None else "",
            checkpoint_shown(managed, now),
            command_shown(managed),
            one_line(managed.status.reason, _REASON),
        )
        for managed in jobs
    ]


def cluster_shown(managed: Managed) -> str:
    """`etl-1`, or `etl-1 (pool etl)` where it may be moved."""
    job = managed.job
    return job.cluster + (f" (pool {job.pool})" if job.pool else "")


def version_shown(managed: Managed) -> str:
    """`3`, or `3 → 4` while another one runs than is wanted."""
    wanted, attempt = managed.job.number, managed.attempt
    if attempt is not None and attempt.state.is_live and attempt.version != wanted:
        return f"{attempt.version} → {wanted}"
    return str(wanted)


def checkpoint_shown(managed: Managed, now: datetime) -> str:
    if not managed.points:
        return ""
    newest = managed.points[0]
    return f"{ago(newest.triggered_at, now)} ago · {size(newest.full_size or newest.size)}"


def command_shown(managed: Managed) -> str:
    """The open one, and how many wait behind it."""
    if not managed.commands:
        return ""
    first, *waiting = managed.commands
    return f"{first.kind.value}: {in_words(first)}" + (f" (+{len(waiting)})" if waiting else "")


def ago(at: datetime | None, now: datetime) -> str:
    return duration(max((now - at).total_seconds(), 0)) if at is not None else ""


def summary(managed: Managed) -> Rows:
    """What is wanted of a job and how it is, a fact in each row; facts that say nothing are left out."""
    job, status, attempt = managed.job, managed.status, managed.attempt
    policies = job.policies
    facts = [
        ("state", status.state.value + (f": {status.reason}" if status.reason else "")),
        ("since", moment(status.since)),
        ("wanted", "running" if job.wanted else "not running"),
        ("version", version_shown(managed)),
        ("cluster", cluster_shown(managed)),
        ("parallelism", str(job.deployment.parallelism or "")),
        ("state backend", job.deployment.backend),
        ("overrides", ", ".join(f"{key}={value}" for key, value in job.deployment.config.items())),
        ("Flink job", attempt.flink_id if attempt is not None else ""),
        ("next try", moment(status.not_before)),
        ("restart budget", f"{policies.restarts} within {duration(policies.restart_window)}"),
        ("savepoints", f"every {duration(policies.savepoint_every)}" if policies.savepoint_every else ""),
        ("tags", " ".join(job.tags)),
        ("priority", str(job.priority or "")),
        ("owner", job.owner),
        ("description", job.description),
        ("open command", command_shown(managed)),
    ]
    return [(name, text) for name, text in facts if text]


def version_rows(versions: Sequence[JobVersion], wanted: int) -> Rows:
    return [
        (
            f"{each.number}{' ●' if each.number == wanted else ''}",
            moment(each.made_at),
            each.made_by,
            each.note,
            each.origin.notebook + (f" {each.origin.commit}" if each.origin.commit else ""),
            each.flink_version,
            one_line(each.script.statement, 100),
        )
        for each in versions
    ]


VERSION_COLUMNS = ("version", "made", "by", "note", "from", "Flink", "statement")


def attempt_rows(attempts: Sequence[Attempt]) -> Rows:
    return [
        (
            str(each.number),
            each.state.value,
            str(each.version),
            moment(each.planned_at),
            moment(each.ended_at),
            each.flink_id[:8],
            each.restored_from or "without state",
            _cause(each),
        )
        for each in attempts
    ]


ATTEMPT_COLUMNS = ("attempt", "state", "version", "begun", "ended", "Flink job", "restored from", "why it ended")


def _cause(attempt: Attempt) -> str:
    cause = attempt.cause
    if cause is None:
        return ""
    place = " on ".join(part for part in (cause.vertex, cause.taskmanager) if part)
    return one_line(f"{cause.message} ({place})" if place else cause.message, _REASON)


def point_rows(points: Sequence[Checkpoint]) -> Rows:
    return [
        (
            moment(each.triggered_at),
            f"savepoint {each.format.lower()}".strip() if each.is_savepoint else f"checkpoint {each.checkpoint_id}",
            size(each.full_size or each.size),
            duration(each.duration),
            each.trigger[:8],
            each.path,
        )
        for each in points
    ]


POINT_COLUMNS = ("taken", "kind", "state", "took", "trigger", "path")


def event_rows(events: Sequence[Event]) -> Rows:
    return [(_to_the_second(each.at), each.kind, each.by, one_line(each.text, _REASON)) for each in events]


EVENT_COLUMNS = ("at", "what", "by", "")


def command_rows(commands: Sequence[Command]) -> Rows:
    return [
        (_to_the_second(each.asked_at), each.kind.value, each.asked_by, one_line(in_words(each), _REASON), each.why)
        for each in commands
    ]


COMMAND_COLUMNS = ("asked", "command", "by", "how it stands", "why")


def other_rows(jobs: Sequence[OtherJob]) -> Rows:
    return [
        (each.job.name, each.job.id, each.job.state.value, duration(each.job.duration), each.whose or "not known")
        for each in jobs
    ]


OTHER_COLUMNS = ("Flink job", "id", "state", "for", "whose")


def _to_the_second(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at is not None else ""


def right_now() -> datetime:
    return datetime.now(timezone.utc)
