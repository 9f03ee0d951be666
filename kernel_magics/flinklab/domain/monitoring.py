"""What a Flink cluster tells of a job and of its processes at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from flinklab.domain.cluster import JobState
from flinklab.domain.ids import JobId


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator of a plan: `[6]:GroupAggregate(groupBy=[k], select=[...])` is `number` 6, `kind`
    `GroupAggregate`, `text` all of it. `number` is -1 where there is none (the parts of a sink)."""

    number: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class JobVertex:
    """A chain of operators that runs as `parallelism` sub-tasks. `name` is made for people; `id` is a hash of its
    place in the job: the same in jobs of one shape, and another one when an upgrade changes the shape."""

    id: str
    name: str
    parallelism: int
    max_parallelism: int = 0
    operators: tuple[Operator, ...] = ()

    @property
    def is_source(self) -> bool:
        return self.name.startswith("Source: ")


@dataclass(frozen=True, slots=True)
class Edge:
    """`strategy`: how rows are handed on: `HASH`, `FORWARD`, `REBALANCE`, ..."""

    source: str
    target: str
    strategy: str = ""


@dataclass(frozen=True, slots=True)
class JobGraph:
    """`vertices` in topological order."""

    vertices: tuple[JobVertex, ...] = ()
    edges: tuple[Edge, ...] = ()

    def vertex(self, vertex_id: str) -> JobVertex | None:
        return next((each for each in self.vertices if each.id == vertex_id), None)

    def before(self, vertex_id: str) -> list[str]:
        return [edge.source for edge in self.edges if edge.target == vertex_id]

    def after(self, vertex_id: str) -> list[str]:
        return [edge.target for edge in self.edges if edge.source == vertex_id]


@dataclass(frozen=True, slots=True)
class Counters:
    """Of a vertex, the sum of its sub-tasks since they were deployed (after a failover they begin at 0 again).

    Rows and bytes that came over the network and left over it: a source has no `records_in`, a sink no
    `records_out`. Times in seconds; `busy` is None where Flink cannot tell (a source of the old kind).
    """

    records_in: float = 0.0
    records_out: float = 0.0
    bytes_in: float = 0.0
    bytes_out: float = 0.0
    backpressured: float = 0.0
    idle: float = 0.0
    busy: float | None = None
    is_complete: bool = True  # False: not every sub-task has reported yet


@dataclass(frozen=True, slots=True)
class JobLook:
    """One answer about a job. `task_states`: by vertex, sub-tasks by Flink's `ExecutionState`. `at`: by the
    cluster's clock. `restarted_at`: when it last began to run."""

    job_id: JobId
    name: str
    state: JobState
    at: datetime
    started_at: datetime
    restarted_at: datetime | None
    graph: JobGraph
    counters: dict[str, Counters] = field(default_factory=dict)
    task_states: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spread:
    """A metric over the sub-tasks of a vertex, or over TaskManagers."""

    low: float
    high: float
    mean: float
    sum: float


@dataclass(frozen=True, slots=True)
class Subtask:
    """`backpressured`, `idle`, `busy`: seconds since it was deployed."""

    index: int
    state: str
    taskmanager: str
    records_in: float = 0.0
    records_out: float = 0.0
    bytes_in: float = 0.0
    bytes_out: float = 0.0
    backpressured: float = 0.0
    idle: float = 0.0
    busy: float | None = None


@dataclass(frozen=True, slots=True)
class CheckpointTask:
    """A sub-task's part in a checkpoint, in seconds and bytes. `start_delay`: from the trigger until its first
    barrier came; `alignment`: until its last came; `sync` and `async_`: the two phases of taking the snapshot."""

    vertex: str
    subtask: int
    duration: float
    sync: float = 0.0
    async_: float = 0.0
    alignment: float = 0.0
    start_delay: float = 0.0
    size: int = 0
    full_size: int = 0


@dataclass(frozen=True, slots=True)
class CheckpointSettings:
    """Seconds. `interval` None: it takes none by itself."""

    interval: float | None
    timeout: float = 600.0
    min_pause: float = 0.0
    unaligned: bool = False
    tolerable_failures: int = 0
    backend: str = ""
    storage: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """One entry of a job's exception history: `message` is the root cause in a line, `details` the stack trace.

    `task`: the failing sub-task as Flink names it, `subtask` its index from 0, -1 for a failure of the whole job.
    """

    at: datetime
    message: str
    details: str = ""
    task: str = ""
    subtask: int = -1
    taskmanager: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """A TaskManager as the cluster lists it. Memory in bytes; `jobs`: what runs in its slots."""

    id: str
    host: str
    slots: int
    free_slots: int
    heartbeat_at: datetime
    memory: int = 0
    jobs: tuple[JobId, ...] = ()


class FlameKind(Enum):
    FULL = "full"
    ON_CPU = "on_cpu"
    OFF_CPU = "off_cpu"


@dataclass(frozen=True, slots=True)
class Flame:
    """A frame of a flame graph: in how many stack samples it was, and what it called."""

    name: str
    value: int
    children: tuple[Flame, ...] = ()


@dataclass(frozen=True, slots=True)
class LogFile:
    name: str
    size: int  # bytes
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ThreadStack:
    name: str
    stack: str
