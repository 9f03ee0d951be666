"""What a result looks like at one moment, for whoever draws it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import pyarrow as pa

from flinklab.domain.columns import Column
from flinklab.domain.ids import JobId


class ResultStatus(Enum):
    """`STOPPED`: ended before its last row by a person, a budget or a bound; `Snapshot.message` says which."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self is not ResultStatus.RUNNING


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of a result.

    `rows_seen` counts every row that arrived (for an updating result: every change), `size` the rows of the
    result now, `table` holds at most the rows that were asked for, the newest last. `elapsed` is in seconds.
    `updating`: the table changes in place. `message` is one line on how it ended (or a notice), `link` the
    Flink UI's page of the job.
    """

    status: ResultStatus
    columns: tuple[Column, ...]
    table: pa.Table
    rows_seen: int
    size: int
    truncated: bool
    updating: bool
    elapsed: float
    job_id: JobId | None = None
    job_name: str | None = None
    link: str | None = None
    message: str | None = None
