"""Where in the statement a failure is: the place that an error names, or that of a name in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flinklab.domain.errors import Position

_SPAN = re.compile(r"[Ff]rom line (\d+), column (\d+) to line (\d+), column (\d+)(?:: )?")
_POINT = re.compile(r"[Aa]t line (\d+), column (\d+)(?:: )?")
_QUOTED = re.compile(r"'((?:`[^`]+`\.)*`[^`]+`)'|'([\w.$-]+)'|((?:`[^`]+`\.)*`[^`]+`)|\[([\w.$-]+)\]")
_TOKEN = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|`(?:[^`]|``)+`|\w+", re.DOTALL)


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


def in_characters(position: Position, statement: str) -> Position:
    """Flink counts columns in UTF-16 units, so an emoji is two; Python, and a person, count it as one."""
    if statement.isascii():
        return position
    lines = statement.splitlines()

    def characters(line: int, column: int) -> int:
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        before = text.encode("utf-16-le")[: 2 * (column - 1)]
        beyond = max(0, column - 1 - len(text.encode("utf-16-le")) // 2)
        return len(before.decode("utf-16-le", "ignore")) + beyond + 1

    start = characters(position.line, position.column)
    if position.end_line is None or position.end_column is None:
        return Position(position.line, start)
    return Position(position.line, start, position.end_line, characters(position.end_line, position.end_column))


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


def find_name(text: str, names: Sequence[str]) -> Position | None:
    """Where the first of `names` that occurs in `text` stands, outside of strings and comments."""
    places: dict[str, Position] = {}
    for match in _TOKEN.finditer(text):
        word = match[0]
        if word.startswith(("'", "--", "/*")):
            continue
        start, bare = match.start(), word.strip("`").replace("``", "`")
        if bare in names and bare not in places:
            line = text.count("\n", 0, start) + 1
            column = start - (text.rfind("\n", 0, start) + 1) + 1
            places[bare] = Position(line, column, line, column + len(word) - 1)
    return next((places[name] for name in names if name in places), None)
