"""Where the text of a cell is wrong, for an editor that marks it there.

It is a part of the cell's output, beside what a person reads: so it is saved with the notebook, goes when the cell
runs again, and is nothing to a front end that does not know it. Places count as a person counts: the line of the
magic is 1, columns are UTF-16 units from 1, ends are inclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from IPython.display import publish_display_data

from flinklab.domain.errors import FlinklabError, Position, PromotionRefusedError, StatementError
from flinklab.sql.positions import split_lines

if TYPE_CHECKING:
    from flinklab.jobs.findings import Finding

MIME = "application/vnd.flinklab.problem+json"
LINE_LENGTH = 400
"""How much of its line goes with a problem, in characters."""
_TEXT_LENGTH = 2000
_MOST = 100
_FIRST = 2  # the number of the line below the magic

Bundle = dict[str, Any]
Problem = dict[str, Any]


class Marks:
    """Problems at places in `cell`, the text below the line of the magic; none where there is no such cell."""

    def __init__(self, cell: str | None) -> None:
        self._cell = cell

    def of_error(self, error: FlinklabError) -> list[Problem]:
        """What an error says of places in the cell; most say nothing."""
        match error:
            case StatementError(position=Position() as position):
                return self._all([(position, error.message, error.hint or "", "error")])
            case PromotionRefusedError():
                found = zip(error.findings, error.positions, strict=False)
                return self._all((place, finding, "", "error") for finding, place in found)
            case _:
                return []

    def of_findings(self, findings: Sequence[Finding]) -> list[Problem]:
        """What the rules for jobs say of places in the cell."""
        return self._all(
            (each.position, f"{each.rule}: {each.message}", each.hint, each.level.value) for each in findings
        )

    def _all(self, found: Iterable[tuple[Position | None, str, str, str]]) -> list[Problem]:
        problems = [self._at(place, *said) for place, *said in found if place is not None]
        return [problem for problem in problems if problem is not None][:_MOST]

    def _at(self, place: Position, message: str, hint: str, severity: str) -> Problem | None:
        lines = split_lines(self._cell) if self._cell is not None else []
        index = place.line - _FIRST
        if not 0 <= index < len(lines):  # in a snippet, or in a file
            return None
        return {
            "line": place.line,
            "column": place.column,
            "end_line": place.end_line,
            "end_column": place.end_column,
            "severity": severity,
            "message": message[:_TEXT_LENGTH],
            "hint": hint[:_TEXT_LENGTH],
            # The line as it ran: whoever opens the notebook later sees by it whether the text is still the same.
            "text": lines[index][:LINE_LENGTH],
        }


NOWHERE = Marks(None)


def with_problems(bundle: Bundle, problems: Sequence[Problem]) -> Bundle:
    """An output that also says where the text is wrong; the same output when it is so nowhere."""
    return {**bundle, MIME: {"version": 1, "problems": list(problems)}} if problems else bundle


@contextmanager
def marking(marks: Marks, *, is_watched: Callable[[], bool]) -> Iterator[None]:
    """Put the places of an error that ends the cell into its output, for those who watch.

    The error itself cannot carry them: the protocol's message has a name, a text and a traceback.
    """
    try:
        yield
    except FlinklabError as error:
        problems = marks.of_error(error)
        if problems and is_watched():
            publish_display_data(with_problems({"text/plain": ""}, problems))
        raise
