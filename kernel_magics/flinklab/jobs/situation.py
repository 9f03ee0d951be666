"""What is known of a job at one moment, and what can be decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flinklab.domain.cluster import JobState
from flinklab.domain.ids import AttemptId, CommandId, JobId
from flinklab.domain.jobs import Attempt, AttemptState, Cause, Command, Managed
from flinklab.ports.jobs import CheckpointHistory, Kept, Requirements, Savepoint


@dataclass(frozen=True, slots=True)
class Fresh:
    """Ids that nobody has yet, for what may be made now."""

    attempt: AttemptId
    flink: JobId
    command: CommandId


@dataclass(frozen=True, slots=True)
class Situation:
    """All that `decide` may know. What was not asked for, because nothing depends on it now, is None.

    `silent_since`: nobody answers at the cluster since then; `found` and the like then say nothing.
    `ended`: the cluster is proven to have ended, and what says so; `refuge`: another one of the job's pool that has
    room for it, asked for only when it may have to leave this one: also when it is about to start and there is no
    room here. `waiting`: why no task of it has a slot, and how many there are, in words.
    `found`: the state of the newest attempt's Flink job, asked of the JobManager at this moment when its list does
    not have it; None: it does not know it. `absent_since`: since when it does not;
    `over_since`: since when it is seen to be over.
    `savepoint`: what the one that the open command asked for has come to.
    `slots`: all of a cluster to which no more come by themselves.
    `shape`: of the plan that an attempt runs whose reply was lost, as the cluster tells it.
    `checked`: of paths that may be restored from, whether something lies there; None: the storage does not answer.
    """

    now: datetime
    managed: Managed
    fresh: Fresh
    incarnation: str = ""
    silent_since: datetime | None = None
    ended: str = ""
    refuge: str = ""
    waiting: str = ""
    found: JobState | None = None
    absent_since: datetime | None = None
    over_since: datetime | None = None
    savepoint: Savepoint | None = None
    history: CheckpointHistory | None = None
    cause: Cause | None = None
    requirements: Requirements | None = None
    slots: int | None = None
    shape: str = ""
    checked: Mapping[str, bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Send:
    """Submit the attempt, under the Flink job id that it has. The same again does no harm.

    `again`: it was sent before, and that may still be on its way.
    """

    attempt: Attempt
    again: bool = False


@dataclass(frozen=True, slots=True)
class CloseSender:
    """Close the gateway session of an attempt whose fate is unknown.

    What it had sent may still be on its way: up to a minute after, measured on Flink 2.3.
    """

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Fence:
    """Use up the attempt's Flink job id, so that what was sent under it can never begin; then it ended in `state`.

    When it turns out to have arrived nothing is written: the next look finds it.
    """

    attempt: Attempt
    state: AttemptState
    cause: Cause


@dataclass(frozen=True, slots=True)
class AskSavepoint:
    """`stop`: the job ends with it; `drain`: after all that is on its way went through."""

    command: Command
    attempt: Attempt
    stop: bool = False
    drain: bool = False
    canonical: bool = False


@dataclass(frozen=True, slots=True)
class CancelJob:
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Rescale:
    command: Command
    attempt: Attempt
    requirements: Requirements


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete the job's records; `paths`: savepoints to delete before."""

    command: Command
    paths: tuple[str, ...] = ()


Effect = Send | CloseSender | Fence | AskSavepoint | CancelJob | Rescale | Remove


@dataclass(frozen=True, slots=True)
class Decision:
    """First `write`, in one transaction; then do `then`. Neither: there is nothing to do now."""

    write: tuple[Kept, ...] = ()
    then: Effect | None = None

    @property
    def is_nothing(self) -> bool:
        return not self.write and self.then is None


NOTHING = Decision()
