"""Where the stretches of a text of Flink SQL begin and end: code, quoted things, comments, semicolons.

The rules are those of Calcite's lexer as the SQL Gateway 2.3 runs it (back-ticks quote names, double quotes quote
nothing), tried against a real one:

- `--` and `//` begin a comment to the end of the line; `/* */` does not nest.
- `/*+` begins a hint. What is in it is lexed like everything else, so a string in it may hold `*/`.
- A quote in a string is doubled; a backslash escapes one only in `E'...'`.

It is kinder where that cannot change what a valid statement means: `/***/` is a whole comment, a `//` that follows
a `:` is part of an address (`SET a = hdfs://nn/x`), and `"a;b"` is one thing, which the gateway will refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple


class PieceKind(Enum):
    CODE = "code"  # words, symbols, spaces, double-quoted things
    STRING = "string"  # from quote to quote; a prefix (`u&`, `E`, `x`) is code
    QUOTED_NAME = "quoted name"
    COMMENT = "comment"
    OPEN_COMMENT = "open comment"  # a `/*` that is never closed
    HINT_BEGIN = "/*+"
    HINT_END = "*/"
    SEMICOLON = ";"


class Piece(NamedTuple):
    """A stretch `text[begin:end]`. What is never closed reaches to the end of the text."""

    kind: PieceKind
    begin: int
    end: int


_MARK = re.compile(r"""['`;"] | -- | //+ | /\*\+? | \*/ | ://+""", re.VERBOSE)
_LINE_END = re.compile(r"[\r\n]|\Z")
_QUOTE_OR_BACKSLASH = re.compile(r"['\\]")


def pieces(text: str, begin: int = 0) -> Iterator[Piece]:
    """The pieces of any text at all, in order and without gaps, from `begin` on. Linear in its length."""
    done = at = begin
    while mark := _MARK.search(text, at):
        begin = mark.start()
        kind, at = _measure(text, begin, mark.group())
        if kind is PieceKind.CODE:
            continue
        if done < begin:
            yield Piece(PieceKind.CODE, done, begin)
        yield Piece(kind, begin, at)
        done = at
    if done < len(text):
        yield Piece(PieceKind.CODE, done, len(text))


def _measure(text: str, begin: int, mark: str) -> tuple[PieceKind, int]:
    """What begins with `mark` at `begin`, and where it ends."""
    if mark == ";":
        return PieceKind.SEMICOLON, begin + 1
    if mark == "'":
        end = (
            _end_of_escaped(text, begin + 1) if _is_escaped(text, begin) else _end_of_quoted(text, begin + 1, mark)
        )
        return PieceKind.STRING, end
    if mark == "`":
        return PieceKind.QUOTED_NAME, _end_of_quoted(text, begin + 1, mark)
    if mark == '"':
        return PieceKind.CODE, text.find(mark, begin + 1) + 1 or begin + 1
    if mark == "--" or mark.startswith("//"):
        found = _LINE_END.search(text, begin)
        return PieceKind.COMMENT, found.start() if found else len(text)
    if mark == "/*":
        end = text.find("*/", begin + 2)
        return (PieceKind.OPEN_COMMENT, len(text)) if end < 0 else (PieceKind.COMMENT, end + 2)
    if mark == "/*+":
        return PieceKind.HINT_BEGIN, begin + 3
    if mark == "*/":
        return PieceKind.HINT_END, begin + 2
    return PieceKind.CODE, begin + len(mark)


def _end_of_quoted(text: str, at: int, quote: str) -> int:
    while (end := text.find(quote, at)) >= 0:
        if not text.startswith(quote, end + 1):
            return end + 1
        at = end + 2
    return len(text)


def _is_escaped(text: str, quote: int) -> bool:
    """The quote at `quote` follows an `E` that is a word of its own."""
    if quote == 0 or text[quote - 1] not in "eE":
        return False
    return quote == 1 or not (text[quote - 2].isalnum() or text[quote - 2] in "_$")


def _end_of_escaped(text: str, at: int) -> int:
    while found := _QUOTE_OR_BACKSLASH.search(text, at):
        at = found.start()
        if text[at] == "'" and not text.startswith("'", at + 1):
            return at + 1
        at += 2
    return len(text)
