"""Sessions and queues of YARN in rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flinklab.api.yarn_listing import SeenSession
from flinklab.domain.memory import memory
from flinklab.domain.text import one_line
from flinklab.domain.yarn import ApplicationState, Queue
from flinklab.notebook.job_table import ago
from flinklab.notebook.meters import Cell, Meter

SESSION_COLUMNS = (
    "session",
    "cluster",
    "state",
    "queue",
    "jobs",
    "free slots",
    "TaskManagers",
    "memory",
    "Flink",
    "user",
    "since",
    "application",
    "",
)
QUEUE_COLUMNS = (
    "queue",
    "state",
    "capacity",
    "used",
    "memory",
    "vcores",
    "applications",
    "waiting",
    "containers wait",
)
_REASON = 160


def session_rows(found: Sequence[SeenSession], now: datetime) -> list[tuple[Cell, ...]]:
    """A row of `SESSION_COLUMNS` for each."""
    return [_session(each, now) for each in found]


def queue_rows(queues: Sequence[Queue]) -> list[tuple[Cell, ...]]:
    """A row of `QUEUE_COLUMNS` for each."""
    return [
        (
            each.path,
            "running" if each.is_running else "stopped",
            _between(each.capacity, each.max_capacity),
            Meter(_percent(each.used), each.used),
            _used_memory(each),
            str(each.vcores_used),
            str(each.running),
            str(each.waiting),
            str(each.pending),
        )
        for each in queues
    ]


def _session(each: SeenSession, now: datetime) -> tuple[Cell, ...]:
    application = each.application
    return (
        application.name,
        each.cluster,
        application.state.value.lower(),
        _queue(each),
        "" if each.jobs is None else f"{each.jobs_running} of {each.jobs}",
        _slots(each),
        "" if each.taskmanagers is None else str(each.taskmanagers),
        Meter(memory(application.memory), application.cluster_share, tight=False) if application.memory else "",
        each.flink_version,
        application.user,
        ago(application.started_at, now),
        application.id,
        one_line(each.trouble or _waits(each), _REASON),
    )


def _queue(each: SeenSession) -> Cell:
    name = each.application.queue.removeprefix("root.")
    if each.queue is None or each.queue.used is None or each.application.state.is_over:
        return name
    return Meter(f"{name} {_percent(each.queue.used)}", each.queue.used)


def _slots(each: SeenSession) -> Cell:
    if each.slots is None or each.slots_free is None:
        return ""
    used = (each.slots - each.slots_free) / each.slots if each.slots else None
    return Meter(f"{each.slots_free} of {each.slots}", used)


def _waits(each: SeenSession) -> str:
    from flinklab.yarn.queue_words import waiting

    application = each.application
    if application.state.is_over:
        return application.diagnostics
    if application.state is ApplicationState.RUNNING:
        return ""
    return waiting(application, each.queue).removeprefix(f"{application.id} ")


def _used_memory(queue: Queue) -> Cell:
    if queue.memory_max is None:
        return memory(queue.memory_used)
    return Meter(f"{memory(queue.memory_used)} of {memory(queue.memory_max)}", queue.memory_used / queue.memory_max)


def _between(least: float | None, most: float | None) -> str:
    if least is None or most is None or least == most:
        return _percent(least if least is not None else most)
    return f"{_percent(least)} to {_percent(most)}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.0f} %"
