"""The place of an error as a person sees it: the line of the cell, and carets under what is meant."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from flinklab.domain.errors import Position
from flinklab.sql.positions import Cursor, index_of_column, split_lines, utf16_length
from flinklab.sql.tokens import tokens

_WIDTH = 96
_TAB = 4
_WIDE_SPACE = "\u3000"  # as wide as a wide character in whatever font draws it
_CUT = "…"


class _Cell(NamedTuple):
    """One character as it is shown, what takes the same room under it, and carets of the same width."""

    shown: str
    room: str
    caret: str


def excerpt(text: str, position: Position, *, first_line: int = 1) -> str:
    """The line of `text` at `position` with its number, and a line of carets under the place.

    `position` counts in `text`, its end is inclusive (as Flink says it). `first_line` is the number that the
    first line of `text` has for the reader. A place that reaches over several lines is shown to the end of its
    first, a long line is cut around the place, and a place beyond the text is its end.
    """
    lines = split_lines(text)
    number = min(max(position.line, 1), len(lines))
    line = lines[number - 1]
    begin = index_of_column(line, position.column) if number == position.line else len(line)
    end = max(begin + 1, _end(line, begin, position))
    shown, carets = _draw(line, begin, end)
    label = str(number + first_line - 1).rjust(3)
    return f"{label} | {shown}\n{' ' * len(label)} | {carets}"


def find_identifier(text: str, name: str) -> Position | None:
    """Where `text` first mentions `name`, outside of strings and comments; None when it does not.

    Upper and lower case are the same, back-ticks are understood on both sides, and of a qualified name
    (`` `db`.`t` ``) the last part is looked for when the whole is not there.
    """
    wanted = name.strip()
    parts = [found for token in tokens(wanted) if (found := token.name) is not None]
    for candidate in dict.fromkeys([wanted, *parts[-1:]]):
        folded = candidate.casefold()
        for token in tokens(text):
            if token.name is not None and token.name.casefold() == folded:
                return _place_of(text, token.offset, token.text)
    return None


def _place_of(text: str, offset: int, found: str) -> Position:
    begin = Cursor(text).at(offset)
    lines = split_lines(found)
    before = begin.column - 1 if len(lines) == 1 else 0
    return Position(begin.line, begin.column, begin.line + len(lines) - 1, before + utf16_length(lines[-1]))


def _end(line: str, begin: int, position: Position) -> int:
    """The index after the last character that is meant, in the line where the place begins."""
    if position.end_line is None or position.end_column is None or begin >= len(line):
        return begin + 1
    if position.end_line > position.line:
        return len(line)
    return index_of_column(line, position.end_column) + 1


def _draw(line: str, begin: int, end: int) -> tuple[str, str]:
    from_, to = _window(line, begin)
    cells = _cells(line[from_:to])
    before, meant = cells[: begin - from_], cells[begin - from_ : end - from_]
    left, right = (_CUT if from_ else ""), (_CUT if to < len(line) else "")
    shown = left + "".join(cell.shown for cell in cells) + right
    carets = "".join(cell.caret for cell in meant) or "^"
    return shown, " " * len(left) + "".join(cell.room for cell in before) + carets


def _window(line: str, begin: int) -> tuple[int, int]:
    """The part of a long line to show: the place a third in, or as much of the line's end as fits."""
    if len(line) <= _WIDTH:
        return 0, len(line)
    first = min(max(0, begin - _WIDTH // 3), len(line) - _WIDTH)
    return first, first + _WIDTH


def _cells(line: str) -> list[_Cell]:
    cells: list[_Cell] = []
    column = 0
    for character in line:
        cell = _cell(character, column)
        column += len(cell.caret)
        cells.append(cell)
    return cells


def _cell(character: str, column: int) -> _Cell:
    if character == "\t":
        width = _TAB - column % _TAB
        return _Cell(" " * width, " " * width, "^" * width)
    category = unicodedata.category(character)
    if category in ("Mn", "Me"):
        return _Cell(character, "", "")
    if category in ("Cc", "Cf", "Cs"):  # unseen, or able to disturb how the line is drawn
        shown = chr(0x2400 + ord(character)) if character < " " else "\ufffd"
        return _Cell(shown, " ", "^")
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return _Cell(character, _WIDE_SPACE, "^^")
    return _Cell(character, " ", "^")
