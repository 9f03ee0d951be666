"""Why a job failed, over its whole life: what is recorded and what its cluster tells now, by root cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flinklab.api.hiding import Veil, veil
from flinklab.api.looking import Subject, subject_of
from flinklab.domain.errors import ConnectionFailedError, UsageError
from flinklab.domain.jobs import Attempt
from flinklab.domain.monitoring import Failure
from flinklab.telemetry.failures import Failed, FailureGroup, grouped
from flinklab.telemetry.span import Span, span

if TYPE_CHECKING:
    import pandas as pd

    from flinklab.catalog.catalog import Catalog
    from flinklab.session.result import Result

USUAL = timedelta(days=7)

COLUMNS = (
    "root cause",
    "count",
    "first",
    "last",
    "vertices",
    "taskmanagers",
    "versions",
    "attempts",
    "message",
    "stack",
)
_FLINK_KEEPS = 16  # `web.exception-history-size`


@dataclass(frozen=True, slots=True)
class Exceptions:
    """The group that happened last is the first. `notes`: what a person has to know about it, in lines.

    `failures`: all of them.
    """

    groups: Sequence[FailureGroup]
    span: Span
    notes: tuple[str, ...] = ()
    failures: Sequence[Failure] = ()


def exceptions(
    target: str | Result,
    *,
    since: str | timedelta | datetime = USUAL,
    environment: str | None = None,
    catalog: Catalog | None = None,
) -> pd.DataFrame:
    """A job's exceptions, a row per root cause, the one that happened last first.

    `target`: the name of a job, or a result. Columns `root cause` (what its message is without
    numbers, ids, hosts and quoted values), `count`, `first` and `last` (UTC), `vertices` and `taskmanagers` (by how
    often), `versions` and `attempts` of the job, `message` and `stack` of the newest. Raises `NotFoundError`,
    `UsageError`, `ConnectionFailedError`.
    """
    with subject_of(target, environment, catalog) as subject:
        found = read_exceptions(subject, veil(subject, catalog), since, catalog)
    return frame_of(found.groups)


def frame_of(groups: Sequence[FailureGroup]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (
            each.pattern,
            each.count,
            each.first,
            each.last,
            dict(each.vertices),
            dict(each.taskmanagers),
            each.versions,
            each.attempts,
            each.newest.message,
            each.newest.details,
        )
        for each in groups
    ]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("first", "last"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def read_exceptions(
    subject: Subject,
    hide: Veil,
    since: str | timedelta | datetime = USUAL,
    catalog: Catalog | None = None,
) -> Exceptions:
    """Raises `UsageError` for a cluster, `ConnectionFailedError` for a job of which nothing is recorded."""
    if subject.managed is None and subject.flink_id is None:
        raise UsageError(f"{subject.title} is a cluster: exceptions are those of a job")
    chosen = span(since, datetime.now().astimezone())
    attempts = _attempts(subject, catalog)
    notes: list[str] = []
    try:
        told = list(_told(subject, attempts, hide))
    except ConnectionFailedError as error:
        if subject.managed is None:
            raise
        told = []
        notes.append(f"the cluster does not answer, this is what is recorded: {error.message}")
    if subject.managed is None and len(told) >= _FLINK_KEEPS:
        notes.append(f"Flink keeps the last {_FLINK_KEEPS}, there may have been more before")
    all_of_them = [*_recorded(subject, attempts, chosen), *_causes(attempts, hide), *told]
    inside = [each for each in all_of_them if chosen.since <= each.failure.at <= chosen.until]
    return Exceptions(grouped(inside), chosen, (*notes, *hide.notes), [each.failure for each in inside])


def _attempts(subject: Subject, catalog: Catalog | None) -> Sequence[Attempt]:
    if subject.managed is None:
        return []
    from flinklab.api.jobs import opened

    return opened(catalog).jobs.attempts(subject.managed.job.id)


def _told(subject: Subject, attempts: Sequence[Attempt], hide: Veil) -> Iterator[Failed]:
    """What Flink knows now, of the attempt that runs or ran last."""
    if subject.flink_id is None:
        return
    attempt = next((each for each in attempts if each.flink_id == subject.flink_id), None)
    for each in subject.monitoring.failures(subject.flink_id):
        yield _failed(_hidden(each, hide), attempt)


def _recorded(subject: Subject, attempts: Sequence[Attempt], chosen: Span) -> Iterator[Failed]:
    if subject.managed is None or subject.reader is None:
        return
    by_id = {each.id: each for each in attempts}
    for each in subject.reader.recorded_failures(subject.managed.job.id, chosen.since, chosen.until):
        yield _failed(each.failure, by_id.get(each.attempt) if each.attempt is not None else None)


def _causes(attempts: Sequence[Attempt], hide: Veil) -> Iterator[Failed]:
    """Why attempts ended: one that never ran has nothing else."""
    for each in attempts:
        cause = each.cause
        at = (cause.at or each.ended_at) if cause is not None else None
        if cause is not None and at is not None:
            failure = Failure(at, cause.message, cause.details, cause.vertex, taskmanager=cause.taskmanager)
            yield _failed(_hidden(failure, hide), each)


def _failed(failure: Failure, attempt: Attempt | None) -> Failed:
    return Failed(failure, attempt.number, attempt.version) if attempt is not None else Failed(failure)


def _hidden(failure: Failure, hide: Veil) -> Failure:
    """As a supervisor writes it down, or with less in it."""
    message, details, task = (
        hide(hide.subject.hide(text)) for text in (failure.message, failure.details, failure.task)
    )
    return replace(failure, message=message, details=details, task=task)
