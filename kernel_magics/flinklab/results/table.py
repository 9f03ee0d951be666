"""The table that the pages of one result add up to."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from threading import Lock

import pyarrow as pa

from flinklab.domain.columns import Column
from flinklab.domain.errors import ResultTruncatedError
from flinklab.domain.pages import Page
from flinklab.results.auto import AutoView
from flinklab.results.decode import Decoder
from flinklab.results.views import AppendView, ChangesView, SingleView, UpdateView, View


class Mode(Enum):
    """How the rows of a query become a table.

    `AUTO`: append until a row takes another back, then the current table. `APPEND`: every row is kept as it came.
    `UPDATE`: the current table, exact under retractions and duplicate rows. `SINGLE`: the newest row only.
    `CHANGELOG`: the changes themselves, with a first column `op` (`+I`, `-U`, `+U`, `-D`).
    """

    AUTO = "auto"
    APPEND = "append"
    UPDATE = "update"
    SINGLE = "single"
    CHANGELOG = "changelog"


class ResultTable:
    """The table that the pages of one result add up to. One thread adds, any thread looks.

    `rows_kept` bounds the rows in memory (None: all of them): a result that only grows keeps the newest, one that
    changes in place raises when it has more. `zone` is the session's `table.local-time-zone`. `is_updating` says
    whether the query takes rows back (the gateway's EXPLAIN CHANGELOG_MODE knows); it is asked at most once, in the
    thread that adds, before `Mode.AUTO` would let rows go that it might need.
    """

    def __init__(
        self,
        columns: tuple[Column, ...],
        *,
        mode: Mode = Mode.AUTO,
        rows_kept: int | None = 10_000,
        zone: str = "UTC",
        is_updating: Callable[[], bool] | None = None,
    ) -> None:
        self.columns = columns
        self.mode = mode
        decoder = Decoder(columns, zone)
        self._view = _view(decoder, mode, rows_kept, is_updating)

    def add(self, page: Page) -> None:
        """Add the rows of a page.

        Raises `ResultBoundError` when a result that changes in place has more than `rows_kept` rows, or when the
        rows that a retraction is about are gone: the table then stays as it was after the last change. Raises
        `UsageError` for a retraction in `Mode.APPEND`, and `BrokenReplyError` for rows that the columns do not
        explain.
        """
        if page.rows != b"[]":
            self._view.add(page)

    @property
    def rows_seen(self) -> int:
        """Rows that arrived; for a result that changes in place, changes. Exact, whatever was let go."""
        return self._view.rows_seen

    @property
    def size(self) -> int:
        """Rows of the result now. Exact, whatever was let go."""
        return self._view.size

    @property
    def updating(self) -> bool:
        """The table changes in place."""
        return self._view.updating

    @property
    def truncated(self) -> bool:
        """Rows were let go."""
        return self._view.rows_let_go > 0

    @property
    def unmatched(self) -> int:
        """Retractions whose rows have not come (yet); each takes away the next such row that comes."""
        return self._view.unmatched

    @property
    def schema(self) -> pa.Schema:
        return self._view.schema

    def arrow(self) -> pa.Table:
        """The whole result. Raises `ResultTruncatedError` when rows were let go."""
        table = self._view.kept()
        if self.truncated:
            raise ResultTruncatedError(
                f"{self._view.rows_let_go:,} of {self.rows_seen:,} rows were let go to bound memory",
                hint=f"--rows-kept N keeps more; .kept has the newest {table.num_rows:,}",
            )
        return table

    def kept(self) -> pa.Table:
        """The rows in memory: the whole result, or the newest of it."""
        return self._view.kept()

    def tail(self, n: int) -> pa.Table:
        """The newest `n` rows (for a result that changes in place, the last of its order), the newest last."""
        return self._view.tail(n)


def _view(decoder: Decoder, mode: Mode, rows_kept: int | None, is_updating: Callable[[], bool] | None) -> View:
    lock = Lock()
    match mode:
        case Mode.AUTO:
            return AutoView(decoder, lock, rows_kept, is_updating)
        case Mode.APPEND:
            return AppendView(decoder, lock, rows_kept)
        case Mode.UPDATE:
            return UpdateView(decoder, lock, rows_kept)
        case Mode.SINGLE:
            return SingleView(decoder)
        case Mode.CHANGELOG:
            return ChangesView(decoder, lock, rows_kept)
