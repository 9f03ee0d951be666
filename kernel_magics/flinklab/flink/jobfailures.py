"""Why a job failed, as the JobManager tells it.

Shapes: `JobExceptionsInfoWithHistory` of flink-runtime (1.17 to 2.3).
"""

from __future__ import annotations

import re
from datetime import datetime, timezone

import msgspec

from flinklab.domain.jobs import Cause
from flinklab.flink.causes import root_message

# `Source: src[1] -> Calc[2] (1/2) - execution #3`: a vertex, one of its sub-tasks, and how often that was started.
_SUBTASK = re.compile(r" \(\d+/\d+\)(?: - execution #\d+)?\Z")


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
