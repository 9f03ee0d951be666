"""`{{ name }}` of a cell: values of the notebook put in before anything runs, errors put back to their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flinklab.domain.errors import Position, StatementError, UsageError
from flinklab.sql.excerpt import excerpt
from flinklab.sql.templates import render, templates


@contextmanager
def rendered(text: str, names: Mapping[str, Any], first_line: int) -> Iterator[str]:
    """`text` with the values of `names` in place; `first_line` is the number of its first line for the reader.

    Raises what `render` raises. A `StatementError` of the block about the text that was rendered becomes one about
    the text that was written.
    """
    try:
        done = render(text, names)
    except StatementError as error:
        if error.position is not None:
            _tell(error, text, error.position, first_line)
        raise
    try:
        yield done.text
    except StatementError as error:
        if error.position is not None and done.text != text:
            place = _moved(error.position, 1 - first_line)
            if place.line > 0:
                _tell(error, text, done.original(place), first_line)
        raise


def refuse_templates(text: str, what: str) -> None:
    """Raise `UsageError` when `text` takes a value of the notebook: `what` outlives it."""
    found = templates(text)
    if found:
        name = found[0].name
        raise UsageError(
            f"{what} cannot depend on a notebook's variable: {{{{ {name} }}}}",
            hint=f"`%flink vars set {name} VALUE` and ${{{name}}} make it one of the team's",
        )


def _tell(error: StatementError, text: str, place: Position, first_line: int) -> None:
    error.excerpt = excerpt(text, place, first_line=first_line)
    error.position = _moved(place, first_line - 1)


def _moved(place: Position, lines: int) -> Position:
    end = place.end_line + lines if place.end_line is not None else None
    return replace(place, line=place.line + lines, end_line=end)
