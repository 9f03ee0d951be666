"""A cell's text to its statements, each with its place.

What a statement set is follows the gateway (2.3): `EXECUTE | EXPLAIN | COMPILE ... STATEMENT SET BEGIN ...; END` is
one statement, whose END stands right after a `;` (a `CASE ... END` never does); `BEGIN STATEMENT SET; ...; END;`
is several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flinklab.domain.statements import Statement
from flinklab.sql.classify import classify
from flinklab.sql.pieces import Piece, PieceKind, pieces
from flinklab.sql.positions import Cursor
from flinklab.sql.tokens import BLANKS, TokenKind, tokens

_MAY_OPEN_SET = re.compile(r"(?i)(?:execute|explain|compile)\b")
_INK = re.compile(f"[^{re.escape(BLANKS)}]")


def split(text: str) -> list[Statement]:
    """The statements of `text`, in order, without their `;`. Never raises.

    Comments and spaces around a statement stay out of it. What is never closed (a string, a comment, a hint, a
    statement set) makes the rest of the text one statement: the gateway then says what is wrong with it.
    """
    cursor = Cursor(text)
    statements = []
    for begin, end in _extents(text):
        place = cursor.at(begin)
        own = text[begin:end]
        statements.append(Statement(own, classify(own), begin, place.line, place.column))
    return statements


def _extents(text: str) -> Iterator[tuple[int, int]]:
    begin = end = -1
    in_hint = False
    in_set: bool | None = None  # not known before the first `;`
    for piece in pieces(text):
        if piece.kind is PieceKind.SEMICOLON and begin >= 0 and not in_hint:
            if in_set is None:
                in_set = _opens_set(text, begin)
            if not in_set:
                yield begin, end
                begin, in_set = -1, None
                continue
            in_set = not _is_end(text, piece.end)
        if piece.kind is PieceKind.COMMENT:
            continue
        inked = _inked(text, piece)
        if inked is None or (begin < 0 and piece.kind is PieceKind.SEMICOLON):
            continue
        begin = inked[0] if begin < 0 else begin
        end = inked[1]
        if piece.kind in (PieceKind.HINT_BEGIN, PieceKind.HINT_END):
            in_hint = piece.kind is PieceKind.HINT_BEGIN
    if begin >= 0:
        yield begin, end


def _inked(text: str, piece: Piece) -> tuple[int, int] | None:
    """The piece without the spaces at its edges; None when nothing is left."""
    if piece.kind is not PieceKind.CODE:
        return piece.begin, piece.end
    first = _INK.search(text, piece.begin, piece.end)
    return (first.start(), piece.begin + len(text[piece.begin : piece.end].rstrip(BLANKS))) if first else None


def _opens_set(text: str, begin: int) -> bool:
    """The statement at `begin` opens a statement set that its first `;` does not end."""
    if not _MAY_OPEN_SET.match(text, begin):
        return False
    words: list[str] = []
    for token in tokens(text, begin):
        if words[-3:] == ["STATEMENT", "SET", "BEGIN"]:
            return token.keyword != "END"
        if token.kind not in (TokenKind.WORD, TokenKind.STRING) and token.text != ",":
            return False
        words.append(token.keyword)
    return False


def _is_end(text: str, begin: int) -> bool:
    """The first word at or after `begin` is END."""
    for token in tokens(text, begin):
        return token.keyword == "END"
    return False
