"""The newest rows of a result that only grows."""

from __future__ import annotations

from collections import deque

import pyarrow as pa

_SMALL = 4096


class Window:
    """Keeps the newest `rows_kept` rows (None: all of them) of the tables that are appended.

    Rows are let go chunk by chunk, without copying what stays. What is held never exceeds the window by more than
    one appended table, and by no more than the window's own size again. Small tables are merged as they come (each
    row is copied a few times at most), so that a page of one row does not cost a chunk. Not thread-safe.
    """

    def __init__(self, schema: pa.Schema, rows_kept: int | None) -> None:
        self._schema = schema
        self._rows_kept = rows_kept
        self._chunks: deque[pa.Table] = deque()
        self._rows = 0
        self._skip = 0  # rows of the first chunk that are let go already
        self.rows_let_go = 0

    def __len__(self) -> int:
        return self._rows

    @property
    def rows_held(self) -> int:
        """Rows in memory, also those of the first chunk that are let go already."""
        return self._rows + self._skip

    def append(self, table: pa.Table) -> None:
        """Add a table. When its schema is another (see `types`) all that is kept is cast to it."""
        if table.num_rows == 0:
            return
        if table.schema != self._schema:
            self._schema = table.schema
            self._chunks = deque(chunk.cast(table.schema, safe=False) for chunk in self._chunks)
        self._chunks.append(table)
        self._rows += table.num_rows
        self._merge_small()
        self._let_go()

    def _merge_small(self) -> None:
        # As a binary counter: equals meet equals, so a row is copied log2(_SMALL) times at most.
        while len(self._chunks) > (2 if self._skip else 1):
            last, before = self._chunks[-1].num_rows, self._chunks[-2].num_rows
            if before > 2 * last or before + last > _SMALL:
                return
            merged = pa.concat_tables([self._chunks[-2], self._chunks[-1]]).combine_chunks()
            self._chunks.pop()
            self._chunks[-1] = merged

    def _let_go(self) -> None:
        if self._rows_kept is None or self._rows <= self._rows_kept:
            return
        surplus = self._rows - self._rows_kept
        self._rows = self._rows_kept
        self.rows_let_go += surplus
        self._skip += surplus
        while self._chunks and self._chunks[0].num_rows <= self._skip:
            self._skip -= self._chunks.popleft().num_rows
        if self._skip > self._rows_kept:
            # A slice would hold the whole chunk.
            self._chunks[0] = _copied(self._chunks[0].slice(self._skip))
            self._skip = 0

    def table(self) -> pa.Table:
        """All rows that are kept; nothing is copied."""
        return self.tail(self._rows)

    def tail(self, n: int) -> pa.Table:
        """The newest `n` rows; nothing is copied."""
        parts: list[pa.Table] = []
        wanted = min(n, self._rows)
        for chunk in reversed(self._chunks):
            if wanted <= 0:
                break
            parts.append(chunk.slice(max(0, chunk.num_rows - wanted)))
            wanted -= chunk.num_rows
        return pa.concat_tables(reversed(parts)) if parts else self._schema.empty_table()


def _copied(table: pa.Table) -> pa.Table:
    return table.take(pa.array(range(table.num_rows), pa.int64()))
