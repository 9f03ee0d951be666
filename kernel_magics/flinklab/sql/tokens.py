"""The words of Flink SQL: the pieces of a text, with the code among them taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from flinklab.sql.pieces import PieceKind, pieces

BLANKS = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"  # all that `str.isspace` calls a space
    "\u200b\ufeff"  # zero-width space, byte order mark
)
"""What may stand between statements. Flink knows only the ASCII ones; the others are let go of at the edges."""


class TokenKind(Enum):
    WORD = "word"  # a keyword, a name or a number
    QUOTED_NAME = "quoted name"
    STRING = "string"  # its prefix (`u&`, `E`, `x`) is a word before it
    SYMBOL = "symbol"  # operators and brackets, each character by itself; `/*+` and `*/`
    OPEN_COMMENT = "open comment"
    SEMICOLON = ";"


class Token(NamedTuple):
    """`offset` in characters."""

    kind: TokenKind
    text: str
    offset: int

    @property
    def keyword(self) -> str:
        """A word in capitals; empty for everything else."""
        return self.text.upper() if self.kind is TokenKind.WORD else ""

    @property
    def name(self) -> str | None:
        """What a word or a quoted name calls something, without its back-ticks."""
        if self.kind is TokenKind.WORD:
            return self.text
        if self.kind is TokenKind.QUOTED_NAME:
            return self.text[1:].removesuffix("`").replace("``", "`")
        return None


_IN_CODE = re.compile(rf'(?P<word>[\w$]+) | "[^"]*" | ://+ | [^{re.escape(BLANKS)}]', re.VERBOSE)
_KINDS = {
    PieceKind.STRING: TokenKind.STRING,
    PieceKind.QUOTED_NAME: TokenKind.QUOTED_NAME,
    PieceKind.OPEN_COMMENT: TokenKind.OPEN_COMMENT,
    PieceKind.HINT_BEGIN: TokenKind.SYMBOL,
    PieceKind.HINT_END: TokenKind.SYMBOL,
    PieceKind.SEMICOLON: TokenKind.SEMICOLON,
}


def tokens(text: str, begin: int = 0) -> Iterator[Token]:
    """The tokens of any text at all, in order, from `begin` on; spaces and comments are left out."""
    for piece in pieces(text, begin):
        if piece.kind is PieceKind.CODE:
            for found in _IN_CODE.finditer(text, piece.begin, piece.end):
                kind = TokenKind.WORD if found.lastgroup else TokenKind.SYMBOL
                yield Token(kind, found.group(), found.start())
        elif piece.kind is not PieceKind.COMMENT:
            yield Token(_KINDS[piece.kind], text[piece.begin : piece.end], piece.begin)
