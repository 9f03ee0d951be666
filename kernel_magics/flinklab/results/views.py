"""What becomes of a result's pages in each mode.

All views share the lock of their table: one thread adds, any thread looks. A page is decoded before the lock is
taken.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Protocol

import pyarrow as pa

from flinklab.domain.errors import ResultBoundError, UsageError
from flinklab.domain.pages import Page, RowKind
from flinklab.results.changelog import Changelog
from flinklab.results.decode import Decoder
from flinklab.results.rawrows import Kind
from flinklab.results.window import Window

_OP = pa.field("op", pa.dictionary(pa.int8(), pa.string()))


class View(Protocol):
    """A result so far. `rows_seen` counts what arrived, `size` the rows of the result now."""

    @property
    def rows_seen(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def schema(self) -> pa.Schema: ...
    @property
    def updating(self) -> bool: ...
    @property
    def rows_let_go(self) -> int: ...
    def add(self, page: Page) -> None: ...
    def tail(self, n: int) -> pa.Table: ...
    def kept(self) -> pa.Table: ...


class AppendView:
    """Every row as it came, the newest in a window. `on_retraction` raises when a row takes another back."""

    updating = False

    def __init__(self, decoder: Decoder, lock: Lock, rows_kept: int | None) -> None:
        self._decoder = decoder
        self._lock = lock
        self._window = Window(decoder.schema, rows_kept)
        self.rows_seen = 0

    @property
    def size(self) -> int:
        return self.rows_seen

    @property
    def schema(self) -> pa.Schema:
        return self._decoder.schema

    @property
    def rows_let_go(self) -> int:
        return self._window.rows_let_go

    def add(self, page: Page) -> None:
        table = self._decoder.inserts(page)
        if table is None:
            raise UsageError(
                "the query takes rows back, which --mode append cannot show",
                hint="use --mode update for the current table, or --mode changelog for the changes",
            )
        self.append(table)

    def append(self, table: pa.Table) -> None:
        with self._lock:
            self._window.append(table)
            self.rows_seen += table.num_rows

    def tail(self, n: int) -> pa.Table:
        with self._lock:
            return self._window.tail(n)

    def kept(self) -> pa.Table:
        with self._lock:
            return self._window.table()


class ChangesView(AppendView):
    """The changes themselves, with a first column `op`."""

    updating = True

    def __init__(self, decoder: Decoder, lock: Lock, rows_kept: int | None) -> None:
        super().__init__(decoder, lock, rows_kept)
        self._window = Window(self.schema, rows_kept)

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([_OP, *self._decoder.schema])

    def add(self, page: Page) -> None:
        changes = self._decoder.split(page)
        table = self._decoder.table(row for _, row in changes)
        ops = pa.array([RowKind[kind].value for kind, _ in changes], pa.string()).dictionary_encode()
        self.append(pa.Table.from_arrays([ops.cast(_OP.type), *table.columns], schema=self.schema))


class UpdateView:
    """The current table. It never lets rows go: at its bound it says so and stays as it is."""

    updating = True
    rows_let_go = 0

    def __init__(self, decoder: Decoder, lock: Lock, rows_kept: int | None) -> None:
        self._decoder = decoder
        self._lock = lock
        self._rows_kept = rows_kept
        self._changelog = Changelog()
        self._decoded: dict[int | None, pa.Table] = {}
        self.rows_seen = 0

    @property
    def size(self) -> int:
        return len(self._changelog)

    @property
    def schema(self) -> pa.Schema:
        return self._decoder.schema

    def add(self, page: Page) -> None:
        self.apply(self._decoder.split(page))

    def apply(self, changes: list[tuple[Kind, bytes]]) -> None:
        with self._lock:
            self._changelog.apply(changes)
            self._decoded = {}
            self.rows_seen += len(changes)
            held = len(self._changelog) + self._changelog.owed
        if self._rows_kept is not None and held > self._rows_kept:
            raise ResultBoundError(
                f"the result changes in place and has {held:,} rows; {self._rows_kept:,} are kept",
                hint="raise the bound with --rows-kept N, or ask for fewer rows in the query",
            )

    def tail(self, n: int) -> pa.Table:
        with self._lock:
            rows, decoded = self._changelog.tail(n), self._decoded
        return self._decode(n, rows, decoded)

    def kept(self) -> pa.Table:
        with self._lock:
            rows, decoded = [*self._changelog], self._decoded
        return self._decode(None, rows, decoded)

    def _decode(self, key: int | None, rows: list[bytes], decoded: dict[int | None, pa.Table]) -> pa.Table:
        # `decoded` is replaced by an empty one with every change, so what is written into an old one is never read.
        table = decoded.get(key)
        if table is None:
            table = decoded[key] = self._decoder.table(rows)
        return table


class SingleView:
    """The newest row."""

    updating = True
    rows_let_go = 0

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._row: bytes | None = None
        self.rows_seen = 0

    @property
    def size(self) -> int:
        return 0 if self._row is None else 1

    @property
    def schema(self) -> pa.Schema:
        return self._decoder.schema

    def add(self, page: Page) -> None:
        changes = self._decoder.split(page)
        added = (row for kind, row in reversed(changes) if RowKind[kind].adds)
        self._row = next(added, self._row)
        self.rows_seen += len(changes)

    def kept(self) -> pa.Table:
        row = self._row
        return self._decoder.table([] if row is None else [row])

    def tail(self, n: int) -> pa.Table:
        return self.kept().slice(0, n)


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
