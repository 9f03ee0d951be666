"""What a statement gave: rows that are there, rows that still come, or a job."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa

from flinklab.domain.columns import Column, LogicalType
from flinklab.domain.errors import FlinklabError, StatementError, StatementFailedError
from flinklab.domain.ids import JobId
from flinklab.domain.pages import Page, PageKind
from flinklab.domain.statements import Statement, StatementKind
from flinklab.results.frames import to_pandas
from flinklab.results.rows import rows_of
from flinklab.results.table import Mode, ResultTable
from flinklab.session.aside import await_event
from flinklab.session.snapshot import ResultStatus, Snapshot

if TYPE_CHECKING:
    import pandas as pd

    from flinklab.ports import JobManager

_log = logging.getLogger(__name__)

Listener = Callable[[], None]


class Result:
    """The result of one statement.

    `df`, `arrow` and `rows` give the whole result: of a running query the rows so far. They raise the query's
    error when it failed, and `ResultTruncatedError` when rows were let go; `kept` always gives what is there.
    `message` is one line on how it ended, `summary` a short form of it for where rows and time are shown anyway.
    Polars and others read it through the Arrow interface: `polars.DataFrame(result)`.
    """

    def __init__(
        self,
        statement: Statement,
        table: ResultTable,
        *,
        job_id: JobId | None = None,
        job_name: str | None = None,
        link: str | None = None,
        status: ResultStatus = ResultStatus.FINISHED,
        started: float | None = None,
        restore: Callable[[StatementError], None] = lambda error: None,
    ) -> None:
        self.statement = statement
        self.job_id = job_id
        self.job_name = job_name
        self.link = link
        self.jobmanager: JobManager | None = None
        """Of the cluster that its job runs on, as long as its session is open; None where none is known."""
        self.config: Mapping[str, str] = {}
        """With what its job was submitted: the session's configuration then, and what was set for it alone."""
        self.error: FlinklabError | None = None
        self.message: str | None = None
        self.summary: str | None = None
        self._table = table
        self._restore = restore
        self._status = status
        self._started = time.monotonic() if started is None else started
        self._ended: float | None = time.monotonic() if status.is_final else None
        self._over = threading.Event()
        if status.is_final:
            self._over.set()
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    @property
    def status(self) -> ResultStatus:
        return self._status

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._table.columns

    @property
    def elapsed(self) -> float:
        """Seconds from the submission to the end, or to now."""
        return (self._ended if self._ended is not None else time.monotonic()) - self._started

    @property
    def rows_seen(self) -> int:
        """Rows that arrived; of an updating result, changes. Exact also when rows were let go."""
        return self._table.rows_seen

    @property
    def arrow(self) -> pa.Table:
        if self.error is not None:
            raise self.error
        return self._table.arrow()

    @property
    def df(self) -> pd.DataFrame:
        return to_pandas(self.arrow)

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        return rows_of(self.arrow)

    @property
    def kept(self) -> pa.Table:
        """The rows that are in memory, whatever became of the others and of the query."""
        return self._table.kept()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.arrow.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return self._table.size

    def __bool__(self) -> bool:
        return True  # also without rows: `if result:` asks whether there is one

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        job = f", job {self.job_id}" if self.job_id else ""
        return f"<Result {self.status.value}, {self._table.size:,} rows{job}>"

    def wait(self, timeout: float | None = None) -> Result:
        """Wait for the end, at most `timeout` seconds. Raises the query's error when it failed."""
        await_event(self._over, timeout)
        if self.error is not None:
            raise self.error
        return self

    def cancel(self, reason: str = "stopped") -> None:
        """End what still runs and wait until that is done; `message` then says what became of it."""

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` from the reader's thread: at most four times a second, and once at the end.

        Returns the function that ends this. On a result that is over the listener is not called.
        """
        with self._lock:
            self._listeners.append(listener)

        def forget() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return forget

    def hide(self, text: str) -> str:
        """What Flink says of its job, without the values of secrets that its statement mentions."""
        error = StatementFailedError(text)
        self._restore(error)
        return error.message

    def snapshot(self, rows: int) -> Snapshot:
        """How it looks now, with the newest `rows` rows."""
        status, message = self._status, self.summary or self.message
        return Snapshot(
            status=status,
            columns=self._table.columns,
            table=self._table.tail(rows),
            rows_seen=self._table.rows_seen,
            size=self._table.size,
            truncated=self._table.truncated,
            updating=self._table.updating,
            elapsed=self.elapsed,
            job_id=self.job_id,
            job_name=self.job_name,
            link=self.link,
            message=message,
        )

    def _end(self, status: ResultStatus, message: str | None, error: FlinklabError | None) -> None:
        self._ended = self._ended or time.monotonic()
        self.message = message
        self.error = error
        self._status = status
        self._over.set()
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            try:
                listener()
            except Exception:  # whoever looks must not end what is looked at, nor write into a cell
                _log.debug("a listener of a result failed", exc_info=True)


def said(statement: Statement, lines: Sequence[str]) -> Result:
    """The result of something that only tells lines: one value, `result`, which is shown whole."""
    table = ResultTable(
        (Column("result", LogicalType("VARCHAR", length=2**31 - 1)),), mode=Mode.APPEND, rows_kept=None
    )
    table.add(Page(PageKind.EOS, rows=orjson.dumps([{"kind": "INSERT", "fields": ["\n".join(lines)]}])))
    return Result(replace(statement, kind=StatementKind.EXPLAIN), table)
