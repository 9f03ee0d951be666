"""A result that plays: rows that a test or a background thread adds, shown like a real query's."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from flinklab.domain.columns import Column, LogicalType
from flinklab.domain.ids import JobId
from flinklab.domain.statements import Statement, StatementKind
from flinklab.session.snapshot import ResultStatus, Snapshot

ORDERS = (
    Column("id", LogicalType("BIGINT")),
    Column("customer", LogicalType("VARCHAR", length=2147483647)),
    Column("amount", LogicalType("DECIMAL", precision=10, scale=2)),
    Column("at", LogicalType("TIMESTAMP_WITH_LOCAL_TIME_ZONE", precision=3)),
)
_ORDERS_SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("customer", pa.string()),
        ("amount", pa.decimal128(10, 2)),
        ("at", pa.timestamp("ms", "UTC")),
    ]
)


class PlayedResult:
    """`put` and `end` tell the listeners at once. `cancelled` counts the calls of `cancel`."""

    def __init__(
        self,
        *,
        text: str = "SELECT * FROM orders",
        kind: StatementKind = StatementKind.QUERY,
        columns: tuple[Column, ...] = ORDERS,
        schema: pa.Schema = _ORDERS_SCHEMA,
        updating: bool = False,
        job_id: str | None = "072d1a2bf00000000000000000000001",
    ) -> None:
        self.statement = Statement(text, kind)
        self.columns, self.schema, self.updating = columns, schema, updating
        self.job_id = job_id
        self.cancelled = 0
        self.listeners: list[Callable[[], None]] = []
        self.on_cancel: Callable[[], None] = lambda: self.end(
            ResultStatus.STOPPED, "stopped; the Flink job is cancelled"
        )
        self._rows: list[tuple[Any, ...]] = []
        self._seen = 0
        self._status, self._message = ResultStatus.RUNNING, None
        self._started, self._ended = time.monotonic(), None
        self._lock = threading.RLock()

    @property
    def status(self) -> ResultStatus:
        return self._status

    def snapshot(self, rows: int) -> Snapshot:
        with self._lock:
            shown = self._rows[-rows:] if rows else []
            columns = list(zip(*shown, strict=True)) if shown else [()] * len(self.schema)
            arrays = [pa.array(values, field.type) for values, field in zip(columns, self.schema, strict=True)]
            return Snapshot(
                status=self._status,
                columns=self.columns,
                table=pa.Table.from_arrays(arrays, schema=self.schema),
                rows_seen=self._seen,
                size=len(self._rows),
                truncated=False,
                updating=self.updating,
                elapsed=(self._ended or time.monotonic()) - self._started,
                job_id=JobId(self.job_id) if self.job_id else None,
                job_name="orders by the minute",
                link=f"http://127.0.0.1:8081/#/job/{self.job_id}" if self.job_id else None,
                message=self._message,
            )

    def cancel(self) -> None:
        self.cancelled += 1
        self.on_cancel()

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener) if listener in self.listeners else None

    def put(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Rows that follow, or (updating) the whole table as it is now."""
        rows = list(rows)
        with self._lock:
            self._rows = rows if self.updating else self._rows + rows
            self._seen += len(rows)
        self._tell()

    def end(self, status: ResultStatus = ResultStatus.FINISHED, message: str | None = None) -> None:
        with self._lock:
            if self._status.is_final:
                return
            self._status, self._message, self._ended = status, message, time.monotonic()
        self._tell()

    def play(self, rows: Callable[[int], list[tuple[Any, ...]]], *, pause: float = 0.25) -> PlayedResult:
        """Put `rows(tick)` at each tick from a thread, until it is ended."""

        def run() -> None:
            for tick in itertools.count():
                if self._status.is_final:
                    return
                self.put(rows(tick))
                time.sleep(pause)

        threading.Thread(target=run, name="played-result", daemon=True).start()
        return self

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()
