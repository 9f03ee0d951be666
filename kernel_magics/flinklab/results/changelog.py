"""The current table that a stream of changes describes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from flinklab.results.rawrows import Kind


class Changelog:
    """A multiset of rows, exact under retractions and duplicates, in an order for a person's eyes.

    Rows are bytes: equal bytes are equal rows. Each row has a place; new rows come last, and an `UPDATE_AFTER`
    directly after its `UPDATE_BEFORE` takes the place of the row that it replaces. A retraction of a row that is
    not there is remembered, and the next such row that comes is taken away by it, so that the order in which
    changes arrive does not matter for the sum. Not thread-safe.
    """

    def __init__(self) -> None:
        self._rows: dict[int, bytes | None] = {}
        self._places: dict[bytes, int | list[int]] = {}
        self._owed: dict[bytes, int] = {}
        self._next = 0
        self._vacant: int | None = None  # the place of the last UPDATE_BEFORE, until the next change

    def __len__(self) -> int:
        return len(self._rows) - (self._vacant is not None)

    @property
    def owed(self) -> int:
        """Retractions whose rows have not come (yet)."""
        return sum(self._owed.values())

    def apply(self, changes: Iterable[tuple[Kind, bytes]]) -> None:
        """Apply changes in their order."""
        for kind, row in changes:
            if kind == "UPDATE_AFTER":
                self._add(row, self._vacant)
                continue
            self._close_gap()
            if kind == "INSERT":
                self._add(row, None)
            else:
                self._take(row, leave_gap=kind == "UPDATE_BEFORE")

    def __iter__(self) -> Iterator[bytes]:
        return (row for row in self._rows.values() if row is not None)

    def tail(self, n: int) -> list[bytes]:
        """The last `n` rows, in order."""
        rows = (row for row in reversed(self._rows.values()) if row is not None)
        return [*islice(rows, n)][::-1]

    def _add(self, row: bytes, place: int | None) -> None:
        if self._owed and row in self._owed:
            self._pay(row)
            self._close_gap()
            return
        self._vacant = None
        if place is None:
            place = self._next
            self._next += 1
        self._rows[place] = row
        known = self._places.get(row)
        if known is None:
            self._places[row] = place
        elif isinstance(known, list):
            known.append(place)
        else:
            self._places[row] = [known, place]

    def _take(self, row: bytes, *, leave_gap: bool) -> None:
        known = self._places.get(row)
        if known is None:
            self._owed[row] = self._owed.get(row, 0) + 1
            return
        if isinstance(known, list):
            place = known.pop()
            if len(known) == 1:
                self._places[row] = known[0]
        else:
            place = known
            del self._places[row]
        if leave_gap:
            self._rows[place] = None
            self._vacant = place
        else:
            del self._rows[place]

    def _pay(self, row: bytes) -> None:
        left = self._owed[row] - 1
        if left:
            self._owed[row] = left
        else:
            del self._owed[row]

    def _close_gap(self) -> None:
        if self._vacant is not None:
            del self._rows[self._vacant]
            self._vacant = None
