"""Lines and columns as Flink counts them.

Both begin at 1. Lines end at `\\n`, `\\r\\n` or a lone `\\r`. Columns are counted in UTF-16 units (beyond U+FFFF a
character is two), and a tab is one. Tried against the SQL Gateway 2.3; Calcite sets JavaCC's tab size to 1.
"""

from __future__ import annotations

import re

from flinklab.domain.errors import Position

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


def split_lines(text: str) -> list[str]:
    """The lines of a text without their ends; at least one."""
    return _LINE_BREAK.split(text)


def utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def index_of_column(line: str, column: int) -> int:
    """The index in `line` of the character at a 1-based column; the line's length when it is beyond its end."""
    units = max(0, column - 1)
    if line.isascii():
        return min(units, len(line))
    for index, character in enumerate(line):
        units -= 2 if character > "\uffff" else 1
        if units < 0:
            return index
    return len(line)


def offset_at(text: str, line: int, column: int) -> int:
    """The offset of a place in `text`; the end of its line, or of the text, when it is beyond that."""
    begin = 0
    ends = _LINE_BREAK.finditer(text)
    for _ in range(line - 1):
        line_break = next(ends, None)
        if line_break is None:
            return len(text)
        begin = line_break.end()
    line_break = next(ends, None)
    return begin + index_of_column(text[begin : line_break.start() if line_break else None], column)


class Cursor:
    """Places of ascending offsets in one text, found in one pass over it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0
        self._line = 1
        self._column = 1

    def at(self, offset: int) -> Position:
        """The place of the character at `offset`, which must not lie before the one asked for last."""
        for line_break in _LINE_BREAK.finditer(self._text, self._offset, offset):
            self._line += 1
            self._column = 1
            self._offset = line_break.end()
        self._column += utf16_length(self._text[self._offset : offset])
        self._offset = offset
        return Position(self._line, self._column)
