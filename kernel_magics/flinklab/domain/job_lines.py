"""Managed jobs as lines of a list that a thousand of them are in, and what went wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flinklab.domain.jobs import Command, JobKey, ManagedState

PROBLEMS = frozenset(
    {ManagedState.QUARANTINED, ManagedState.FAILED, ManagedState.UNREACHABLE, ManagedState.RESTARTING}
)
"""States in which a person may have to do something."""


@dataclass(frozen=True, slots=True)
class JobLine:
    """What a list shows of a job, and no more. `version`: the one that is wanted, from `notebook` and `cell`;
    `running`: the one that an attempt is live of. `commands`: the open ones, in their order."""

    key: JobKey
    state: ManagedState
    since: datetime | None
    reason: str
    version: int
    running: int | None
    wanted: bool
    cluster: str
    pool: str = ""
    tags: tuple[str, ...] = ()
    owner: str = ""
    notebook: str = ""
    cell: str = ""
    commands: tuple[Command, ...] = ()

    @property
    def is_problem(self) -> bool:
        return self.state in PROBLEMS


@dataclass(frozen=True, slots=True)
class SeenFailure:
    """A failure that Flink told of a job, as it was recorded: without secrets."""

    key: JobKey
    cluster: str
    at: datetime
    message: str
    task: str = ""
