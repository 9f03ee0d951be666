"""A job as its cluster tells of it now, for plots."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from flinklab.api.looking import Subject
from flinklab.domain.errors import NotFoundError, StillGoingOnError
from flinklab.domain.ids import JobId
from flinklab.domain.jobs import Checkpoint
from flinklab.domain.monitoring import Flame, FlameKind, JobGraph, JobLook, JobVertex, Spread, Subtask
from flinklab.domain.text import one_line, suggest
from flinklab.telemetry.graphs import Flow, Shares
from flinklab.telemetry.masking import hidden_graph
from flinklab.telemetry.measures import MEASURES
from flinklab.telemetry.sampling import JOB_METRICS, Reading, job_values, vertex_metrics
from flinklab.telemetry.vertex_names import short_names

_BUSY, _PRESSED, _IDLE = "busyTimeMsPerSecond", "backPressuredTimeMsPerSecond", "idleTimeMsPerSecond"
_IN, _OUT = "numRecordsInPerSecond", "numRecordsOutPerSecond"
_FLAME_WAIT, _FLAME_PAUSE = 30.0, 1.0  # s: Flink takes samples for some five

WHOLE = "the whole job"


class Load(NamedTuple):
    """A graph, and by vertex what it does with its time and what flows."""

    graph: JobGraph
    shares: dict[str, Shares]
    flows: dict[str, Flow]


def id_of(subject: Subject) -> JobId:
    """Raises `NotFoundError` for a job that never ran."""
    if subject.flink_id is None:
        raise NotFoundError(f"{subject.title} never ran")
    return subject.flink_id


def look_at(subject: Subject) -> JobLook | None:
    """Without secrets. None where the cluster does not know it (any more), or it never ran."""
    look = subject.monitoring.look(subject.flink_id) if subject.flink_id is not None else None
    return replace(look, graph=hidden_graph(look.graph, subject.hide)) if look is not None else None


def measures(subject: Subject) -> dict[str, dict[str, Spread]]:
    """Those measures that need no second look: by name, then by vertex. Nothing of an unknown job."""
    monitoring, job_id = subject.monitoring, id_of(subject)
    monitoring.refresh()
    look = monitoring.look(job_id)
    if look is None:
        return {}
    metrics = {
        each.id: monitoring.vertex(job_id, each.id, vertex_metrics(each, monitoring.metric_names(job_id, each.id)))
        for each in look.graph.vertices
    }
    values = job_values(None, Reading(look, metrics, monitoring.job(job_id, JOB_METRICS)))
    labels, order = short_names(look.graph), list(MEASURES)
    found: dict[str, dict[str, Spread]] = {}
    for key, value in sorted(values.items(), key=lambda item: order.index(item[0].name)):
        found.setdefault(key.name, {})[labels.get(key.part, WHOLE)] = Spread(value, value, value, value)
    return found


def load(subject: Subject) -> Load | None:
    """By Flink's own rates. None where the cluster does not know the job."""
    look = look_at(subject)
    if look is None:
        return None
    monitoring, job_id = subject.monitoring, look.job_id
    monitoring.refresh()
    shares, flows = {}, {}
    for vertex in look.graph.vertices:
        found = monitoring.vertex(job_id, vertex.id, (_BUSY, _PRESSED, _IDLE, _IN, _OUT))
        mean = {name: spread.mean / 1000 for name, spread in found.items()}
        most = {name: spread.high / 1000 for name, spread in found.items()}
        shares[vertex.id] = Shares(
            mean.get(_PRESSED), mean.get(_BUSY), mean.get(_IDLE), most.get(_PRESSED), most.get(_BUSY)
        )
        total = {name: spread.sum for name, spread in found.items()}
        flows[vertex.id] = Flow(total.get(_IN), total.get(_OUT))
    return Load(look.graph, shares, flows)


def checkpoints(subject: Subject) -> list[Checkpoint]:
    """The last ones that Flink still tells of, the oldest first, each with its slowest sub-task."""
    history = subject.monitoring.checkpoints(id_of(subject))
    found = []
    for point in reversed(history.checkpoints if history is not None else ()):
        tasks = subject.monitoring.checkpoint_tasks(point.flink_id, point.checkpoint_id)
        found.append(replace(point, slowest=max(tasks, key=lambda task: task.duration, default=None)))
    return found


def subtasks(subject: Subject) -> dict[str, Sequence[Subtask]]:
    """By vertex; nothing of a job that does not run."""
    look = look_at(subject)
    if look is None or look.state.is_terminal:
        return {}
    return {each.id: subject.monitoring.subtasks(look.job_id, each.id) for each in look.graph.vertices}


def vertex_called(graph: JobGraph, name: str) -> JobVertex:
    """By its id, its short name, or a part of its whole name. Raises `NotFoundError`."""
    short = short_names(graph)
    wanted = name.casefold()
    for vertex in graph.vertices:
        if wanted in (vertex.id, short[vertex.id].casefold()):
            return vertex
    for vertex in graph.vertices:
        if wanted in f"{short[vertex.id]} {vertex.name}".casefold():
            return vertex
    close = suggest(name, short.values())
    hint = f"did you mean {close}?" if close else f"there are {', '.join(short.values())}"
    raise NotFoundError(f"no vertex is called {one_line(name, 60)!r}", hint=hint)


def flame(subject: Subject, vertex: str, kind: FlameKind, subtask: int | None) -> Flame:
    """Waits until Flink has taken its samples. Raises `StillGoingOnError`, and `UsageError` where it is off."""
    until = time.monotonic() + _FLAME_WAIT
    while True:
        found = subject.monitoring.flame(id_of(subject), vertex, kind, subtask)
        if found is not None:
            return found
        if time.monotonic() > until:
            raise StillGoingOnError("Flink still takes samples of it", hint="ask again")
        time.sleep(_FLAME_PAUSE)
