"""The catalog's records of managed jobs in memory: the same fencing, the same uniqueness, one transaction each.

database = MemoryDatabase(lambda: clock.now)
database.add(Job(JobKey("orders", "dwd", "prod"), "local", 1, id=1))
lease = database.leases.acquire(ClusterKey("orders", "local"), "supervisor-1", 15)
database.leases.ledger(lease).keep(Status(1, ManagedState.RUNNING))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from fakes.memory_series import MemorySeries
from flinklab.domain.errors import ConflictError, LeaseLostError, NotFoundError
from flinklab.domain.ids import AttemptId, CommandId, JobId
from flinklab.domain.jobs import (
    Attempt,
    Checkpoint,
    ClusterKey,
    Command,
    CommandState,
    Event,
    Job,
    Lease,
    Managed,
    Status,
)
from flinklab.ports.jobs import Kept, Ledger

OPEN = frozenset({CommandState.WAITING, CommandState.RUNNING})


@dataclass(frozen=True, slots=True)
class Transaction:
    """What was written at once, by whom, and what it took the place of (None: it was new)."""

    lease: Lease
    at: datetime
    values: tuple[Kept, ...]
    before: tuple[Kept | None, ...]


@dataclass(slots=True)
class _Rows:
    jobs: dict[int, Job] = field(default_factory=dict)
    statuses: dict[int, Status] = field(default_factory=dict)
    attempts: dict[AttemptId, Attempt] = field(default_factory=dict)
    commands: dict[CommandId, Command] = field(default_factory=dict)
    checkpoints: dict[tuple[JobId, int], Checkpoint] = field(default_factory=dict)

    def copy(self) -> _Rows:
        return _Rows(
            dict(self.jobs),
            dict(self.statuses),
            dict(self.attempts),
            dict(self.commands),
            dict(self.checkpoints),
        )


class MemoryDatabase:
    """What people and supervisors share. `transactions` is the record of all that supervisors wrote."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.rows = _Rows()
        self.events: list[Event] = []
        self.transactions: list[Transaction] = []
        self.held: dict[ClusterKey, Lease] = {}
        self.series = MemorySeries(now)
        self.leases = MemoryLeases(self)

    def add(self, job: Job) -> None:
        """A job, as promoting makes it."""
        self.rows.jobs[job.id] = job

    def ask(self, command: Command) -> None:
        """Record what a person asks for."""
        self.rows.commands[command.id] = command

    def managed(self, job_id: int) -> Managed:
        rows = self.rows
        own = [each for each in rows.attempts.values() if each.job_id == job_id]
        points = [each for each in rows.checkpoints.values() if each.job_id == job_id and each.is_restore_point]
        return Managed(
            rows.jobs[job_id],
            rows.statuses.get(job_id, Status(job_id)),
            max(own, key=lambda attempt: attempt.number, default=None),
            tuple(self.open_commands(job_id)),
            tuple(reversed(points)),
        )

    def open_commands(self, job_id: int) -> list[Command]:
        own = [each for each in self.rows.commands.values() if each.job_id == job_id and each.state in OPEN]
        return sorted(own, key=lambda command: command.asked_at or self.now())


class MemoryLeases:
    """Fulfils `ports.jobs.Leases`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self.alive: dict[str, datetime] = {}

    def sign_in(self, name: str, host: str, pid: int) -> None:
        self.beat(name)

    def sign_out(self, name: str) -> None:
        self.alive.pop(name, None)

    def beat(self, name: str) -> None:
        self.alive[name] = self._database.now()

    def clusters(self) -> Sequence[ClusterKey]:
        return sorted({ClusterKey(job.key.team, job.cluster) for job in self._database.rows.jobs.values()}, key=str)

    def acquire(self, cluster: ClusterKey, holder: str, seconds: float) -> Lease | None:
        now, held = self._database.now(), self._database.held.get(cluster)
        if held is not None and held.holder != holder and held.until is not None and held.until > now:
            return None
        epoch = held.epoch + (held.holder != holder) if held is not None else 1
        lease = Lease(cluster, holder, epoch, now + timedelta(seconds=seconds))
        self._database.held[cluster] = lease
        return lease

    def release(self, lease: Lease) -> None:
        held = self._database.held.get(lease.cluster)
        if held is not None and (held.holder, held.epoch) == (lease.holder, lease.epoch):
            self._database.held[lease.cluster] = replace(held, until=self._database.now())

    def ledger(self, lease: Lease) -> Ledger:
        return MemoryLedger(self._database, lease)


class MemoryLedger:
    """Fulfils `ports.jobs.Ledger`."""

    def __init__(self, database: MemoryDatabase, lease: Lease) -> None:
        self._database = database
        self._lease = lease

    @property
    def lease(self) -> Lease:
        return self._lease

    @cached_property
    def series(self) -> MemorySeries:
        """The database's, under this lease."""
        return replace(
            self._database.series, check=self._check_lease, is_here=lambda job_id: self.read(job_id) is not None
        )

    def now(self) -> datetime:
        return self._database.now()

    def load(self) -> Sequence[Managed]:
        return [self._database.managed(job.id) for job in self._database.rows.jobs.values() if self._is_ours(job)]

    def read(self, job_id: int) -> Managed | None:
        job = self._database.rows.jobs.get(job_id)
        return self._database.managed(job_id) if job is not None and self._is_ours(job) else None

    def commands(self) -> Sequence[Command]:
        return [command for managed in self.load() for command in managed.commands]

    def recorded(self, flink_id: JobId) -> int:
        rows = self._database.rows.checkpoints.values()
        return max((row.checkpoint_id + row.span - 1 for row in rows if row.flink_id == flink_id), default=0)

    def seen(self, incarnation: str, silent_since: datetime | None, remark: str) -> None:
        self._check_lease()

    def keep(self, *values: Kept) -> None:
        self._check_lease()
        rows = self._database.rows.copy()
        before = tuple(self._put(rows, value) for value in values)
        self._check_unique(rows)
        self._database.rows = rows
        self._database.events += [value for value in values if isinstance(value, Event)]
        self._database.transactions.append(Transaction(self._lease, self.now(), values, before))

    def delete(self, job_id: int) -> None:
        self._check_lease()
        rows = self._database.rows
        rows.jobs.pop(job_id, None)
        rows.statuses.pop(job_id, None)
        for kind in (rows.attempts, rows.commands, rows.checkpoints):
            for key in [key for key, row in kind.items() if row.job_id == job_id]:
                del kind[key]  # type: ignore[arg-type]

    def _is_ours(self, job: Job) -> bool:
        return ClusterKey(job.key.team, job.cluster) == self._lease.cluster

    def _check_lease(self) -> None:
        held = self._database.held.get(self._lease.cluster)
        is_ours = held is not None and (held.holder, held.epoch) == (self._lease.holder, self._lease.epoch)
        if held is None or not is_ours or held.until is None or held.until <= self.now():
            raise LeaseLostError(f"another supervisor looks after {self._lease.cluster}")

    def _put(self, rows: _Rows, value: Kept) -> Kept | None:
        old: Kept | None = None
        if isinstance(value, Event):
            return None
        job_id = value.id if isinstance(value, Job) else value.job_id
        if job_id not in rows.jobs:
            raise NotFoundError(f"there is no job {job_id}")
        if isinstance(value, Job):
            old, rows.jobs[value.id] = rows.jobs[value.id], value
        elif isinstance(value, Status):
            old, rows.statuses[job_id] = rows.statuses.get(job_id), value
        elif isinstance(value, Attempt):
            old, rows.attempts[value.id] = rows.attempts.get(value.id), value
        elif isinstance(value, Command):
            old, rows.commands[value.id] = rows.commands.get(value.id), value
        else:
            key = (value.flink_id, value.checkpoint_id)
            old = rows.checkpoints.get(key)
            rows.checkpoints[key] = replace(
                value,
                id=old.id if old is not None else len(rows.checkpoints) + 1,
                # Details come later than the row, and stay.
                alignment=value.alignment if old is None or value.alignment is not None else old.alignment,
                slowest=value.slowest if old is None or value.slowest is not None else old.slowest,
            )
        return old

    @staticmethod
    def _check_unique(rows: _Rows) -> None:
        live = [attempt.job_id for attempt in rows.attempts.values() if attempt.state.is_live]
        if len(live) != len(set(live)):
            raise ConflictError("the job has a live attempt already")
        ids = [attempt.flink_id for attempt in rows.attempts.values()]
        if len(ids) != len(set(ids)):
            raise ConflictError("the Flink job belongs to another attempt")
