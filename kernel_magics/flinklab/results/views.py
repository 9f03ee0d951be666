"""What becomes of a result's pages in each mode.

All views share the lock of their table: one thread adds, any thread looks. A page is decoded before the lock is
taken.
"""

from __future__ import annotations

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
    @property
    def unmatched(self) -> int: ...
    def add(self, page: Page) -> None: ...
    def tail(self, n: int) -> pa.Table: ...
    def kept(self) -> pa.Table: ...


class AppendView:
    """Every row as it came, the newest in a window."""

    updating = False
    unmatched = 0

    def __init__(self, decoder: Decoder, lock: Lock, rows_kept: int | None) -> None:
        self._decoder = decoder
        self._lock = lock
        self._window = Window(self.schema, rows_kept)
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
    def unmatched(self) -> int:
        return self._changelog.owed

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
    unmatched = 0

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
