"""Two looks at a job or a cluster, some seconds apart, as evidence for a diagnosis."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from flinklab.domain.errors import CatalogError, ConnectionFailedError, UsageError
from flinklab.domain.text import duration, parse_duration
from flinklab.ports.monitoring import JOBMANAGER
from flinklab.telemetry.doctor.evidence import Evidence, ProcessEvidence
from flinklab.telemetry.doctor.processes import GC_TIME, HEAP, LOADED, METASPACE, UNLOADED
from flinklab.telemetry.doctor.readings import FLOWS, VertexReading, vertex_evidence, watermark_names, with_missing
from flinklab.telemetry.rates import comparable, elapsed

if TYPE_CHECKING:
    from flinklab.api.looking import Subject
    from flinklab.domain.ids import JobId
    from flinklab.domain.jobs import Checkpoint
    from flinklab.domain.monitoring import CheckpointTask, Failure, JobLook, JobVertex
    from flinklab.domain.series import Frame
    from flinklab.ports.monitoring import Monitoring

T = TypeVar("T")
P = ParamSpec("P")
Say = Callable[[str], None]

BETWEEN = 11.0
"""Seconds between two looks: Flink collects metrics every ten at most (`metrics.fetcher.update-interval`)."""
PATIENCE = 60.0
"""Seconds after which no more questions are asked."""

_FETCHES_EVERY = "metrics.fetcher.update-interval"
_LONGEST = 30.0
_RECORDS = timedelta(hours=6)
_CHECKPOINTS = 300  # recorded ones that are judged
_MOST_PROCESSES = 20
_MOST_SUBTASKS = 512  # of a vertex, of which the watermarks are asked one by one
_TASKS = 4  # checkpoints of which the slowest sub-tasks are asked for
_SLOW = 5.0  # s
_PROCESS = (*HEAP, *METASPACE, GC_TIME, LOADED, UNLOADED)


@dataclass
class _Look:
    """What was read at one moment. `taken`: seconds of a clock that only goes forward."""

    taken: float
    look: JobLook | None = None
    vertices: dict[str, VertexReading] = field(default_factory=dict)
    restarts: float | None = None
    processes: dict[str, Mapping[str, float]] = field(default_factory=dict)


class Gathering:
    """Asks for what a diagnosis needs, and keeps in mind what could not be had.

    `wait` waits for seconds; `clock` counts them. An interrupt ends it between, or in, any two requests.
    """

    def __init__(
        self,
        subject: Subject,
        say: Say = lambda line: None,
        *,
        between: float | None = None,
        wait: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._subject = subject
        self._say = say
        self._between = between
        self._wait = wait
        self._clock = clock
        self._until = clock() + PATIENCE
        self._missing: list[str] = []

    @property
    def _monitoring(self) -> Monitoring:
        return self._subject.monitoring

    def gather(self) -> Evidence:
        """Raises `ConnectionFailedError` where the cluster does not answer at all."""
        subject = self._subject
        self._say("looking")
        self._monitoring.refresh()
        if subject.flink_id is None:
            return self._cluster() if subject.managed is None else self._without_job()
        return self._job(subject.flink_id)

    def _job(self, job_id: JobId) -> Evidence:
        look = self._monitoring.look(job_id)
        if look is None:
            return self._without_job()
        machines = self._try("TaskManagers", self._monitoring.machines) or ()
        mine = [each.id for each in machines if job_id in each.jobs]
        configuration = self._try("the cluster's configuration", self._monitoring.configuration) or {}
        first = self._read(job_id, look, mine)
        second = first
        if not look.state.is_terminal:
            self._pause(configuration)
            second = self._read(job_id, self._monitoring.look(job_id) or look, mine)
        now = second.look or look
        seconds = self._seconds(first, second)
        evidence = Evidence(
            self._subject.title,
            now.at,
            seconds,
            now,
            tuple(
                vertex_evidence(each, first.vertices.get(each.id), second.vertices[each.id], seconds)
                for each in now.graph.vertices
                if each.id in second.vertices
            ),
            restarts=(first.restarts, second.restarts),
            processes=_processes(first, second),
            machines=tuple(machines),
            config=self._config(configuration),
            frame=self._frame(now.at),
            sql=self._subject.sql,
            reason=self._reason(),
        )
        evidence = self._with_checkpoints(evidence, job_id)
        failures = self._try("failures", self._failures, job_id) or ()
        return replace(evidence, failures=failures, missing=tuple(self._missing))

    def _failures(self, job_id: JobId) -> tuple[Failure, ...]:
        hide = self._subject.hide
        return tuple(
            replace(each, message=hide(each.message), details=hide(each.details), task=hide(each.task))
            for each in self._monitoring.failures(job_id)
        )

    def _cluster(self) -> Evidence:
        machines = self._try("TaskManagers", self._monitoring.machines) or ()
        configuration = self._try("the cluster's configuration", self._monitoring.configuration) or {}
        ids = [JOBMANAGER, *(each.id for each in machines)]
        first = self._processes(_Look(self._clock()), ids)
        self._pause(configuration)
        second = self._processes(_Look(self._clock()), ids)
        jobs = self._try("jobs", self._monitoring.jobs) or ()
        now = datetime.now(timezone.utc)
        return Evidence(
            self._subject.title,
            now,
            second.taken - first.taken,
            processes=_processes(first, second),
            machines=tuple(machines),
            jobs=tuple(jobs),
            config=configuration,
            frame=self._frame(now),
            missing=tuple(self._missing),
        )

    def _without_job(self) -> Evidence:
        """Nothing runs, or the cluster does not know it (any more)."""
        managed, reason = self._subject.managed, self._reason()
        if not reason:
            said = f"it is {managed.status.state.value}" if managed is not None else "its cluster does not know it"
            self._missing.append(f"the job: {said}")
        machines = self._try("TaskManagers", self._monitoring.machines) or ()
        now = datetime.now(timezone.utc)
        return Evidence(
            self._subject.title, now, machines=tuple(machines), reason=reason, missing=tuple(self._missing)
        )

    def _read(self, job_id: JobId, look: JobLook, processes: Sequence[str]) -> _Look:
        found = _Look(self._clock(), look)
        for vertex in look.graph.vertices:
            reading = self._try(f"metrics of {vertex.name[:40]}", self._vertex, job_id, vertex)
            if reading is not None:
                found.vertices[vertex.id] = reading
        numbers = self._try("restarts", self._monitoring.job, job_id, ("numRestarts",)) or {}
        found.restarts = numbers.get("numRestarts")
        return self._processes(found, processes)

    def _vertex(self, job_id: JobId, vertex: JobVertex) -> VertexReading:
        monitoring = self._monitoring
        names = monitoring.metric_names(job_id, vertex.id)
        watermarks = watermark_names(vertex, names)
        if vertex.parallelism > _MOST_SUBTASKS:
            watermarks = frozenset()
        subtasks = tuple(monitoring.subtasks(job_id, vertex.id))
        found = monitoring.subtask_metrics(job_id, vertex.id, watermarks) if watermarks else {}
        return VertexReading(
            subtasks,
            monitoring.vertex(job_id, vertex.id, {each for each in names if each.endswith(FLOWS)}),
            {name: with_missing(found.get(name, {}), subtasks) for name in watermarks},
        )

    def _processes(self, look: _Look, ids: Sequence[str]) -> _Look:
        if len(ids) > _MOST_PROCESSES:
            self._miss(f"processes: the first {_MOST_PROCESSES} of {len(ids)} were looked at")
        for each in ids[:_MOST_PROCESSES]:
            values = self._try(f"memory of {each}", self._monitoring.process, each, _PROCESS)
            if values:
                look.processes[each] = values
        return look

    def _pause(self, configuration: Mapping[str, str]) -> None:
        between = self._between if self._between is not None else _between(configuration)
        self._say(f"looking again in {duration(between)}: what changes tells most")
        self._wait(between)
        self._say("looking again")
        self._monitoring.refresh()

    def _seconds(self, first: _Look, second: _Look) -> float:
        """Between the moments of which the metrics are; 0 where nothing can be told of the time between."""
        if first is second or first.look is None or second.look is None:
            return 0.0
        if not comparable(first.look, second.look):
            self._miss("rates: it was started anew while it was looked at")
            return 0.0
        seconds = elapsed(first.look, second.look)
        if seconds is None:
            self._miss("rates: the cluster's metrics did not change while it was looked at")
        return seconds or 0.0

    def _with_checkpoints(self, evidence: Evidence, job_id: JobId) -> Evidence:
        monitoring = self._monitoring
        history = self._try("checkpoints", monitoring.checkpoints, job_id)
        settings = self._try("checkpoint settings", monitoring.checkpoint_settings, job_id)
        known = history.checkpoints if history is not None else ()
        seen = {(each.flink_id, each.checkpoint_id) for each in known}
        recorded = [each for each in self._recorded() if (each.flink_id, each.checkpoint_id) not in seen]
        checkpointing = settings.interval is not None if settings is not None else None
        found = (*known, *recorded[:_CHECKPOINTS])
        return replace(
            evidence,
            checkpointing=checkpointing,
            settings=settings,
            checkpoints=self._try("why checkpoints failed", self._hidden, found) or (),
            completed=history.completed if history is not None else None,
            tasks=self._tasks(job_id, known),
        )

    def _hidden(self, checkpoints: Sequence[Checkpoint]) -> tuple[Checkpoint, ...]:
        return tuple(replace(each, failure=self._subject.hide(each.failure)) for each in checkpoints)

    def _tasks(self, job_id: JobId, checkpoints: Sequence[Checkpoint]) -> dict[int, tuple[CheckpointTask, ...]]:
        """Of the newest one, and of some before it where they take long."""
        asked = [each for each in checkpoints if each.status == "completed" and not each.is_savepoint]
        asked = asked[: _TASKS if asked and asked[0].duration >= _SLOW else 1]
        if checkpoints and checkpoints[0].status == "failed":
            asked.insert(0, checkpoints[0])
        found: dict[int, tuple[CheckpointTask, ...]] = {}
        for each in asked:
            number = each.checkpoint_id
            tasks = self._try(f"details of checkpoint {number}", self._monitoring.checkpoint_tasks, job_id, number)
            if tasks:
                found[number] = tuple(tasks)
        return found

    def _recorded(self) -> list[Checkpoint]:
        """The newest first."""
        subject, now = self._subject, datetime.now(timezone.utc)
        reader, managed = subject.reader, subject.managed
        if reader is None or managed is None:
            return []
        found = self._try("recorded checkpoints", reader.checkpoints, managed.job.id, now - _RECORDS, now)
        return list(found or ())[::-1]

    def _frame(self, now: datetime) -> Frame | None:
        reader, owner = self._subject.reader, self._subject.owner
        if reader is None or owner is None:
            return None
        return self._try("records", reader.frame, owner, now - _RECORDS, now)

    def _config(self, configuration: Mapping[str, str]) -> Mapping[str, str] | None:
        """None for a job of which nobody here knows what was set for it."""
        known = self._subject.config or self._subject.managed is not None
        return {**configuration, **self._subject.config} if known else None

    def _reason(self) -> str:
        managed = self._subject.managed
        if managed is None or not managed.job.wanted:
            return ""
        return managed.status.reason or f"it is {managed.status.state.value}"

    def _try(self, what: str, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """None, and a line of what could not be had, when it fails."""
        if self._clock() > self._until:
            self._miss(f"{what}: {duration(PATIENCE)} were over")
            return None
        try:
            return ask(*args, **kwargs)
        except (ConnectionFailedError, CatalogError, UsageError) as error:
            self._miss(f"{what}: {error.message}")
            return None

    def _miss(self, line: str) -> None:
        if line not in self._missing:
            self._missing.append(line)


def _between(configuration: Mapping[str, str]) -> float:
    try:
        every = parse_duration(configuration.get(_FETCHES_EVERY, "10 s"))
    except UsageError:
        return BETWEEN
    return min(max(every + 1.0, 3.0), _LONGEST)


def _processes(first: _Look, second: _Look) -> tuple[ProcessEvidence, ...]:
    seconds = second.taken - first.taken
    found = []
    for each, values in second.processes.items():
        before = first.processes.get(each, {})
        gc = None
        if seconds > 0 and GC_TIME in values and GC_TIME in before and values[GC_TIME] >= before[GC_TIME]:
            gc = min((values[GC_TIME] - before[GC_TIME]) / 1000 / seconds, 1.0)
        found.append(ProcessEvidence(each, values=values, before=before, gc=gc))
    return tuple(found)
