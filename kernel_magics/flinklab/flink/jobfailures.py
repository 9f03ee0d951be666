"""Why a job failed, as the JobManager tells it.

Shapes: `JobExceptionsInfoWithHistory` of flink-runtime (1.17 to 2.3).
"""

from __future__ import annotations

import re
from datetime import datetime, timezone

import msgspec

from flinklab.domain.jobs import Cause
from flinklab.domain.monitoring import Failure
from flinklab.flink.causes import root_message

# `Source: src[1] -> Calc[2] (1/2) - execution #3`: a vertex, one of its sub-tasks, and how often that was started.
_SUBTASK = re.compile(r" \((\d+)/\d+\)(?: - execution #\d+)?\Z")


class _Failed(msgspec.Struct):
    """`taskmanager` came with Flink 1.18; before, the endpoint alone says where."""

    stacktrace: str
    timestamp: int
    task: str | None = msgspec.field(name="taskName", default=None)
    taskmanager: str | None = msgspec.field(name="taskManagerId", default=None)
    endpoint: str | None = None


class _Failure(_Failed):
    concurrent: list[_Failed] = msgspec.field(name="concurrentExceptions", default_factory=list)


class _History(msgspec.Struct):
    entries: list[_Failure] = []


class Failures(msgspec.Struct):
    """The body of `/jobs/:jobid/exceptions`; the newest failure is the first."""

    history: _History = msgspec.field(name="exceptionHistory", default_factory=_History)


def newest_cause(found: Failures) -> Cause | None:
    """Of a job that will not be restarted Flink says so without a task: that stands in what happened with it."""
    if not found.history.entries:
        return None
    newest = found.history.entries[0]
    place = next((each for each in (newest, *newest.concurrent) if each.task), newest)
    return Cause(
        root_message(newest.stacktrace),
        newest.stacktrace,
        _SUBTASK.sub("", place.task or ""),
        place.taskmanager or place.endpoint or "",
        datetime.fromtimestamp(newest.timestamp / 1000, timezone.utc),
    )


def failures_of(found: Failures) -> list[Failure]:
    """The newest first. One of the whole job (a checkpoint too many failed) has no task."""
    return [_failure(each) for each in found.history.entries]


def _failure(found: _Failure) -> Failure:
    place = next((each for each in (found, *found.concurrent) if each.task), found)
    task = place.task or ""
    subtask = _SUBTASK.search(task)
    return Failure(
        datetime.fromtimestamp(found.timestamp / 1000, timezone.utc),
        root_message(found.stacktrace),
        found.stacktrace,
        task,
        int(subtask[1]) - 1 if subtask else -1,
        place.taskmanager or "",
        (place.endpoint or "").rpartition(":")[0],
    )
