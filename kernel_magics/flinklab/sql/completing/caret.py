"""The caret in a text of SQL: the word that it is in, and the statement around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flinklab.sql.pieces import Piece, PieceKind, pieces
from flinklab.sql.tokens import Token, TokenKind, tokens

_FAR = 30_000  # characters on either side of the caret that are looked at
_WORD = re.compile(r"[\w$]*\Z")
_REST_OF_WORD = re.compile(r"[\w$]*")
_REST_OF_QUOTED = {"'": re.compile(r"[^'\n=,()]*'"), "`": re.compile(r"[^`\n]*`")}
_VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>[\w.-]*)\Z")
_TEMPLATE = re.compile(r"\{\{(?P<inside>(?:(?!\}\}).)*)\Z", re.DOTALL)
_PYTHON_NAME = re.compile(r"[^\W\d]\w*\Z|\Z")


@dataclass(frozen=True, slots=True)
class Caret:
    """`begin` is where the word begins that ends at the caret; `written` is the word, without quotes.

    `quote` is `'` or a back-tick when the word is in one, `closed` then says that its end follows. `before` and
    `after` are the tokens of the statement around the word. `variable`: in a `${`; `python`: in a `{{`; `mute`: in
    a comment, where nothing is to be said.
    """

    begin: int
    end: int
    written: str
    quote: str = ""
    closed: bool = False
    before: tuple[Token, ...] = ()
    after: tuple[Token, ...] = ()
    variable: bool = False
    python: bool = False
    mute: bool = False


def read_caret(text: str, position: int) -> Caret:
    """The caret before the character at `position`. Never raises."""
    position = max(0, min(position, len(text)))
    left = text[_begin(text, position) : position]
    right = text[position : position + _FAR]
    shift = position - len(left)
    statement, last = _statement(left)
    is_code = last is not None and last.kind is PieceKind.CODE
    if is_code and (found := _TEMPLATE.search(left)):
        word = _PYTHON_NAME.search(found["inside"])
        written = word.group() if word else ""
        return Caret(position - len(written), position, written, python=True)
    if last is not None and _is_comment(left, last):
        return Caret(position, position, "", mute=True)
    if found := _VARIABLE.search(left):
        return Caret(
            shift + found.start("name"), position, found["name"], closed=right.startswith("}"), variable=True
        )
    quote = _open_quote(left, last) if last is not None else ""
    if quote and last is not None:
        begin, closing = last.begin, _REST_OF_QUOTED[quote].match(right)
        written = left[begin + 1 :].replace(quote * 2, quote)
        rest = closing.end() if closing else 0
    else:
        word = _WORD.search(left)
        begin = word.start() if word else len(left)
        written, closing = left[begin:], None
        after = _REST_OF_WORD.match(right)
        rest = after.end() if after else 0
    return Caret(
        shift + begin + (1 if quote else 0),
        position,
        written,
        quote,
        closing is not None,
        tuple(tokens(left[:begin], statement)),
        tuple(_up_to_semicolon(right[rest:])),
    )


def _begin(text: str, position: int) -> int:
    """Where to begin to read: far before the caret, and there with a line, which rarely begins within quotes."""
    begin = max(0, position - _FAR)
    return (text.find("\n", begin, position) + 1 or begin) if begin else 0


def _statement(left: str) -> tuple[int, Piece | None]:
    """Where the statement begins that the end of `left` is in, and the last piece of it."""
    begin, last = 0, None
    for last in pieces(left):
        if last.kind is PieceKind.SEMICOLON:
            begin = last.end
    return begin, last


def _is_comment(left: str, last: Piece) -> bool:
    if last.kind is PieceKind.OPEN_COMMENT:
        return True
    return last.kind is PieceKind.COMMENT and not left.startswith("/*", last.begin)


def _open_quote(left: str, last: Piece) -> str:
    """The quote that is open at the end of `left`; empty when none is."""
    if last.kind not in (PieceKind.STRING, PieceKind.QUOTED_NAME):
        return ""
    quote = left[last.begin]
    inside = left[last.begin + 1 :].replace(quote * 2, "")
    return "" if inside.endswith(quote) else quote


def _up_to_semicolon(text: str) -> Iterator[Token]:
    for token in tokens(text):
        if token.kind is TokenKind.SEMICOLON:
            return
        yield token
