"""What a message of Flink's planner says of where it failed: a place, or the names of things."""

from __future__ import annotations

import re

from flinklab.domain.errors import Position

_SPAN = re.compile(r"[Ff]rom line (\d+), column (\d+) to line (\d+), column (\d+)(?:: )?")
_POINT = re.compile(r"[Aa]t line (\d+), column (\d+)(?:: )?")
_QUOTED = re.compile(r"'((?:`[^`]+`\.)*`[^`]+`)'|'([\w.$-]+)'|((?:`[^`]+`\.)*`[^`]+`)|\[([\w.$-]+)\]")


def position_in(text: str) -> Position | None:
    """The first place that a message of Flink's planner names; None for none (`line 0` is none)."""
    span = _SPAN.search(text)
    if span:
        line, column, end_line, end_column = map(int, span.groups())
        return Position(line, column, end_line, end_column) if line > 0 else None
    point = _POINT.search(text)
    if point and int(point[1]) > 0:
        return Position(int(point[1]), int(point[2]))
    return None


def without_positions(text: str) -> str:
    """A message without the places it names: they count from the statement, a person counts from the cell."""
    return _POINT.sub("", _SPAN.sub("", text))


def names_in(message: str) -> list[str]:
    """The names that a message quotes, the last part of each path.

    >>> names_in("Cannot find table '`default_catalog`.`default_database`.`nosink`' in any of the catalogs")
    ['nosink']
    """
    found: list[str] = []
    for match in _QUOTED.finditer(message):
        path = next(group for group in match.groups() if group)
        name = re.findall(r"`([^`]+)`\Z", path) or [path.rpartition(".")[2]]
        if name[0] and name[0] not in found:
            found.append(name[0])
    return found
