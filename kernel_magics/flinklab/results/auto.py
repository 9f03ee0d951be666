"""`Mode.AUTO`: what a query is, is seen from its rows."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import pyarrow as pa

from flinklab.domain.errors import ResultBoundError
from flinklab.domain.pages import Page
from flinklab.results.decode import Decoder
from flinklab.results.views import AppendView, UpdateView


class AutoView:
    """Appends until a row takes another back, then the current table.

    That needs every row so far as it came. So the pages are held beside the window until it is certain that they
    are not needed: when more than `ask_after` rows are there, `is_updating` is asked, once.
    """

    def __init__(
        self,
        decoder: Decoder,
        lock: Lock,
        rows_kept: int | None,
        is_updating: Callable[[], bool] | None,
        ask_after: int = 10_000,
    ) -> None:
        self._decoder = decoder
        self._lock = lock
        self._rows_kept = rows_kept
        self._is_updating = is_updating
        self._ask_after = ask_after if rows_kept is None else min(ask_after, rows_kept)
        self._pages: list[Page] | None = []
        self._view: AppendView | UpdateView = AppendView(decoder, lock, rows_kept)

    @property
    def rows_seen(self) -> int:
        return self._view.rows_seen

    @property
    def size(self) -> int:
        return self._view.size

    @property
    def schema(self) -> pa.Schema:
        return self._decoder.schema

    @property
    def updating(self) -> bool:
        return self._view.updating

    @property
    def rows_let_go(self) -> int:
        return self._view.rows_let_go

    @property
    def unmatched(self) -> int:
        return self._view.unmatched

    def add(self, page: Page) -> None:
        view = self._view
        if isinstance(view, UpdateView):
            view.add(page)
            return
        table = self._decoder.inserts(page)
        if table is None or self._turns_out_updating(view.rows_seen + table.num_rows):
            self._update_from_now_on(page)
            return
        if self._pages is not None:
            self._pages.append(page)
        view.append(table)

    def _turns_out_updating(self, rows: int) -> bool:
        if self._pages is None:
            return False
        if self._is_updating is not None and rows > self._ask_after:
            if self._is_updating():
                return True
            self._pages = None
        elif self._rows_kept is not None and rows > self._rows_kept:
            self._pages = None
        return False

    def _update_from_now_on(self, page: Page) -> None:
        if self._pages is None:
            raise ResultBoundError(
                "the query takes rows back, and the rows so far were read as if it did not",
                hint="run it again with --mode update",
            )
        changes = [change for earlier in (*self._pages, page) for change in self._decoder.split(earlier)]
        view = UpdateView(self._decoder, self._lock, self._rows_kept)
        self._pages = None
        try:
            view.apply(changes)
        finally:
            self._view = view

    def tail(self, n: int) -> pa.Table:
        return self._view.tail(n)

    def kept(self) -> pa.Table:
        return self._view.kept()
