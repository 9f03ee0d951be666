"""What a diagnosis is made from: what a cluster told at two moments, and what was recorded before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flinklab.domain.cluster import JobState, JobSummary
from flinklab.domain.jobs import Checkpoint
from flinklab.domain.monitoring import (
    CheckpointSettings,
    CheckpointTask,
    Failure,
    JobGraph,
    JobLook,
    JobVertex,
    Machine,
    Operator,
)
from flinklab.domain.series import Frame, SeriesKey
from flinklab.telemetry.doctor.clauses import Clause, clause_of

NO_WATERMARK = -(2.0**62)
"""ms; below it there is none yet: Flink says -2**63, which loses digits on its way as a double."""
LAST_WATERMARK = 2.0**62
"""ms; above it a bounded source has ended: nothing comes any more."""


@dataclass(frozen=True, slots=True)
class SubtaskEvidence:
    """Rows a second and shares of the time (0 to 1) between the two looks; None where they cannot be told, as
    busy and idle of a source of the old kind. `total_in`, `total_out`: rows since it was deployed."""

    index: int
    taskmanager: str = ""
    records_in: float | None = None
    records_out: float | None = None
    busy: float | None = None
    backpressured: float | None = None
    idle: float | None = None
    total_in: float = 0.0
    total_out: float = 0.0


@dataclass(frozen=True, slots=True)
class Flow:
    """Rows through an operator, its sub-tasks together: a second between the two looks, and since deployed."""

    records_in: float | None = None
    records_out: float | None = None
    total_in: float | None = None
    total_out: float | None = None
    late: float | None = None  # rows dropped because they came after their window was closed, since deployed


@dataclass(frozen=True, slots=True)
class VertexEvidence:
    """`flows`: by operator, named as Flink's metrics name it (`a_out[8]__Writer`). `watermarks`: event time in ms
    since 1970, by sub-task; the input's under an empty name, an operator's output under its name;
    `watermarks_before`: the same at the first look. `pending`: rows that wait to be read, at both looks."""

    vertex: JobVertex
    subtasks: tuple[SubtaskEvidence, ...] = ()
    flows: Mapping[str, Flow] = field(default_factory=dict)
    watermarks: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    watermarks_before: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    pending: tuple[float | None, float | None] = (None, None)

    @property
    def busy(self) -> float | None:
        """Mean of its sub-tasks."""
        return _mean([each.busy for each in self.subtasks])

    @property
    def busiest(self) -> float | None:
        return _most([each.busy for each in self.subtasks])

    @property
    def backpressured(self) -> float | None:
        """Of its worst sub-task."""
        return _most([each.backpressured for each in self.subtasks])

    @property
    def records_in(self) -> float | None:
        return _sum([each.records_in for each in self.subtasks])

    @property
    def records_out(self) -> float | None:
        return _sum([each.records_out for each in self.subtasks])

    def operator(self, metric_name: str) -> Operator | None:
        """The one whose metrics have that name."""
        return next((each for each in self.vertex.operators if f"[{each.number}]" in metric_name), None)


@dataclass(frozen=True, slots=True)
class ProcessEvidence:
    """`values`: Flink's metrics at the second look, `before` at the first. `gc`: share of the time between them."""

    id: str
    host: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    before: Mapping[str, float] = field(default_factory=dict)
    gc: float | None = None

    @property
    def title(self) -> str:
        return f"TaskManager {self.host or self.id}" if self.id != "jobmanager" else "the JobManager"

    def filled(self, used: str, most: str) -> tuple[float, float] | None:
        """How full something is, 0 to 1, at the first and at the second look; None where it has no bound."""
        shares = []
        for values in (self.before, self.values):
            limit = values.get(most, -1.0)
            if used not in values or limit <= 0:
                return None
            shares.append(values[used] / limit)
        return shares[0], shares[1]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of a job, or of a cluster alone (`look` is None). Moments are aware, by the cluster's clock.

    `seconds`: between the two looks; 0 when there was one only, so that nothing is known of what changes.
    `checkpoints`: those that ended, the newest first; `completed`: how many did since it began, None if not known;
    `tasks`: by checkpoint id, the slowest sub-task of each vertex. `settings`: None where they are not known or it
    takes no checkpoints, see `checkpointing`. `failures`: the newest first. `restarts`: by Flink itself, at both
    looks. `processes`: those that it runs on. `jobs`: of the cluster. `config`: None where it is not known.
    `frame`: what was recorded before. `missing`: what could not be had, a line each.
    """

    subject: str
    at: datetime
    seconds: float = 0.0
    look: JobLook | None = None
    vertices: tuple[VertexEvidence, ...] = ()
    checkpointing: bool | None = None
    settings: CheckpointSettings | None = None
    checkpoints: tuple[Checkpoint, ...] = ()
    completed: int | None = None
    tasks: Mapping[int, tuple[CheckpointTask, ...]] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    restarts: tuple[float | None, float | None] = (None, None)
    processes: tuple[ProcessEvidence, ...] = ()
    machines: tuple[Machine, ...] = ()
    jobs: tuple[JobSummary, ...] = ()
    config: Mapping[str, str] | None = None
    frame: Frame | None = None
    sql: str = ""
    reason: str = ""  # why a managed job is as it is
    missing: tuple[str, ...] = ()

    @property
    def graph(self) -> JobGraph:
        return self.look.graph if self.look is not None else JobGraph()

    @property
    def age(self) -> timedelta:
        """How long it has run since it last began to."""
        if self.look is None:
            return timedelta()
        return max(self.look.at - (self.look.restarted_at or self.look.started_at), timedelta())

    @property
    def runs(self) -> bool:
        """All its tasks run, or ran to their end."""
        if self.look is None or self.look.state is not JobState.RUNNING:
            return False
        return all(set(states) <= {"RUNNING", "FINISHED"} for states in self.look.task_states.values())

    @property
    def reads(self) -> bool:
        """It runs, and some source of it has not come to its end."""
        return self.runs and any(self.goes_on(each.vertex.id) for each in self.vertices if each.vertex.is_source)

    def goes_on(self, vertex_id: str) -> bool:
        """Whether sub-tasks of a vertex run."""
        return self.look is not None and bool(self.look.task_states.get(vertex_id, {}).get("RUNNING"))

    def vertex(self, vertex_id: str) -> VertexEvidence | None:
        return next((each for each in self.vertices if each.vertex.id == vertex_id), None)

    def clause(self, *operators: Operator | None) -> Clause | None:
        """The first that can be named."""
        found = (clause_of(each, self.sql) for each in operators if each is not None)
        return next((each for each in found if each is not None), None)

    def since(self, part: str, name: str, holds: Callable[[float], bool]) -> datetime | None:
        """From when on a recorded series was without a break as it is at its end; None where that is not known."""
        values = self.frame.values.get(SeriesKey(part, name)) if self.frame is not None else None
        if self.frame is None or values is None:
            return None
        begun: float | None = None
        for at, value in zip(self.frame.times.tolist(), values.tolist(), strict=True):
            if value != value:  # a gap says nothing
                continue
            begun = (at if begun is None else begun) if holds(value) else None
        return datetime.fromtimestamp(begun, self.at.tzinfo) if begun is not None else None


def _known(values: list[float | None]) -> list[float]:
    return [each for each in values if each is not None]


def _mean(values: list[float | None]) -> float | None:
    known = _known(values)
    return sum(known) / len(known) if known else None


def _most(values: list[float | None]) -> float | None:
    return max(_known(values), default=None)


def _sum(values: list[float | None]) -> float | None:
    known = _known(values)
    return sum(known) if known else None
