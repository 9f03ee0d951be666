"""The statements by which a supervisor keeps what it concluded; all in the transaction that they are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table, func, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from flinklab.catalog import schema
from flinklab.catalog.job_rows import as_told, to_row
from flinklab.domain.errors import ConflictError
from flinklab.domain.jobs import (
    Attempt,
    Checkpoint,
    ClusterSeen,
    Command,
    CommandState,
    Event,
    Job,
    Status,
)
from flinklab.ports.jobs import Kept

_OPEN = (CommandState.WAITING, CommandState.RUNNING)

# What of a row that is there already is changed.
_STATUS = ("state", "since", "reason", "restarts", "not_before", "savepoint_at")
_COMMAND = (
    *("state", "is_open", "step", "trigger", "arguments", "before", "savepoint", "attempt", "outcome"),
    *("begun_at", "step_at", "ended_at"),
)
_ATTEMPT = (
    *("version", "state", "live", "deployment", "restored_from", "shape", "session", "sender_closed"),
    *("incarnation", "cluster", "completed", "adopted", "forced", "cause", "running_at", "ended_at"),
)
_CHECKPOINT = ("status", "path")
_MARKS = ("verified_at", "missing_at", "deleted_at")
_DETAILS = ("alignment", "slowest")  # asked for later, by another thread
_JOB = (
    *("cluster", "pool", "number", "wanted", "deployment", "policies", "restore"),
    *("priority", "tags", "owner", "description"),
)
_CLUSTER = ("incarnation", "silent_since", "seen_at", "remark")


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the rows of one team. `now`: of what has no time of its own; `person`: who is connected."""

    connection: Connection
    team_id: int
    person: str
    now: datetime

    @staticmethod
    def job_ids(values: Iterable[Kept]) -> set[int]:
        return {value.id if isinstance(value, Job) else value.job_id for value in values}

    def write(self, values: Sequence[Kept]) -> None:
        """Raises `ConflictError` for a second live attempt of a job."""
        for value in values:
            if isinstance(value, Job):
                self._change_job(value)
        self._statuses([value for value in values if isinstance(value, Status)])
        self._attempts([value for value in values if isinstance(value, Attempt)])
        self._commands([value for value in values if isinstance(value, Command)])
        self._checkpoints([value for value in values if isinstance(value, Checkpoint)])
        self._events([value for value in values if isinstance(value, Event)])

    def write_cluster(self, seen: ClusterSeen) -> None:
        row = {
            **as_told(to_row(seen, schema.cluster_status)),
            "cluster": seen.cluster.name,
            "team_id": self.team_id,
        }
        self._upsert(schema.cluster_status, ("team_id", "cluster"), [row], _CLUSTER)

    def _change_job(self, job: Job) -> None:
        table = schema.job
        row = to_row(job, table)
        stamp = {"version": table.c.version + 1, "changed_by": self.person, "changed_at": self.now}
        values = {name: row[name] for name in _JOB} | stamp
        self.connection.execute(update(table).where(table.c.id == job.id).values(values))

    def _statuses(self, values: Sequence[Status]) -> None:
        rows = [self._row(value, schema.job_status, "since") for value in values]
        self._upsert(schema.job_status, ("job_id",), rows, _STATUS)

    def _attempts(self, values: Sequence[Attempt]) -> None:
        # First those that are over: they make way for a new one.
        ordered = sorted(values, key=lambda value: value.state.is_live)
        rows = [self._row(value, schema.attempt, "planned_at") | {"live": value.state.is_live} for value in ordered]
        try:
            self._upsert(schema.attempt, ("id",), rows, _ATTEMPT)
        except IntegrityError as error:
            raise ConflictError(
                "another attempt of the job is live, or has the same number or Flink job id",
                hint="look at the job again",
            ) from error

    def _commands(self, values: Sequence[Command]) -> None:
        rows = [
            self._row(value, schema.command, "asked_at")
            | {"is_open": value.state in _OPEN, "asked_by": value.asked_by or self.person}
            for value in values
        ]
        self._upsert(schema.command, ("id",), rows, _COMMAND)

    def _checkpoints(self, values: Sequence[Checkpoint]) -> None:
        """What Flink tells again takes no mark away; what was read from here says itself which it has. Details
        stay, whoever does not know them."""
        key = ("flink_id", "checkpoint_id")
        for told_again in (True, False):
            rows = [self._row(value, schema.checkpoint) for value in values if (value.id == 0) is told_again]
            for row in rows:
                del row["id"]
            kept = (*_DETAILS, *_MARKS) if told_again else _DETAILS
            self._upsert(schema.checkpoint, key, rows, _CHECKPOINT + _DETAILS + _MARKS, kept=kept)

    def _events(self, values: Sequence[Event]) -> None:
        rows = [self._row(value, schema.event, "at") for value in values]
        for row in rows:
            del row["id"]
        if rows:
            self.connection.execute(insert(schema.event), rows)

    def _row(self, value: Kept, table: Table, moment: str = "") -> dict[str, Any]:
        row = as_told(to_row(value, table)) | {"team_id": self.team_id}
        if moment:
            row[moment] = row[moment] or self.now
        return row

    def _upsert(
        self,
        table: Table,
        key: tuple[str, ...],
        rows: Sequence[Mapping[str, Any]],
        changed: tuple[str, ...],
        *,
        kept: tuple[str, ...] = (),
    ) -> None:
        """Of a row that is there, `changed` is overwritten; of these, `kept` not by nothing."""
        if rows:
            is_shared = self.connection.dialect.name == "postgresql"
            self.connection.execute(_upserting(is_shared, table, key, changed, kept), list(rows))


@cache  # To make one takes longer than to write a row with it.
def _upserting(
    is_shared: bool, table: Table, key: tuple[str, ...], changed: tuple[str, ...], kept: tuple[str, ...]
) -> Executable:
    dialect = postgresql if is_shared else sqlite
    added = dialect.insert(table)
    new = added.excluded
    values = {name: func.coalesce(new[name], table.c[name]) if name in kept else new[name] for name in changed}
    upserting: Executable = added.on_conflict_do_update(index_elements=key, set_=values)
    return upserting
