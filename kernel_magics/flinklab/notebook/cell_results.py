"""What the cells of a notebook left running, by the cell: queries go on when their cell has returned."""

from __future__ import annotations

import weakref
from collections.abc import Callable

from flinklab.domain.errors import UsageError
from flinklab.domain.text import one_line
from flinklab.session.job import JobResult
from flinklab.session.query import QueryResult
from flinklab.session.result import Result


class CellResults:
    """Results by the ids of their cells. A query is not kept for this alone: its thread holds one that runs."""

    def __init__(self) -> None:
        self._results: dict[str, list[Callable[[], Result | None]]] = {}

    def keep(self, cell: str, result: Result) -> None:
        """A cell that has an id made a result; what cannot run on is let go."""
        if not cell:
            return
        left = [reference for reference in self._results.get(cell, []) if _runs(reference())]
        if isinstance(result, QueryResult):
            left.append(weakref.ref(result))
        elif isinstance(result, JobResult):
            left.append(lambda: result)
        self._results[cell] = left

    def end(self, cell: str) -> list[Result]:
        """End all that runs from the cell, and wait until it is over; `message` of each says what became of it.

        Raises `UsageError` when nothing does, and what `Result.cancel` raises.
        """
        found = [result for reference in self._results.get(cell, []) if (result := reference()) is not None]
        running = [result for result in found if not _is_over(result)]
        if not running:
            raise UsageError(
                f"nothing runs from cell {one_line(cell, 40)}", hint="`%flink queries` lists what runs at all"
            )
        for result in running:
            result.cancel()
        self._results.pop(cell, None)
        return running


def _runs(result: Result | None) -> bool:
    return result is not None and not _is_over(result)


def _is_over(result: Result) -> bool:
    # An INSERT's result is there when its job has begun: only the JobManager knows when that ends.
    return not isinstance(result, JobResult) and result.status.is_final
