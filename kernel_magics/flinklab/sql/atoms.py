"""A text of SQL without the room between its parts: tokens, comments, hints; and a text in the room of another.

What a formatter may do is decided here: its text is taken for the room that it puts between the atoms of the text
that a person wrote, and for the capitals of some keywords. Nothing else of a formatter ever reaches a cell.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from flinklab.sql.completing.words_of_sql import RESERVED
from flinklab.sql.keywords import words
from flinklab.sql.pieces import PieceKind, pieces
from flinklab.sql.tokens import Token, TokenKind, tokens

_COMMENTS = (PieceKind.COMMENT, PieceKind.OPEN_COMMENT)
_IN_CODE = re.compile(r"\$?\$\{[^{}\n]*\}|\{\{[^{}\n]*\}\}")
_LETTER = re.compile(r"[^\n\r]")
_EXPONENT = re.compile(r"\d+[eE]")
_OPERATORS = frozenset(["<=", ">=", "<>", "!=", "||", "=>", "->", "::"])
KEYWORDS = words(
    "AFTER ASC CATALOG COMPILE DATABASE DESC ENFORCED EXCLUDING FIRST IF INCLUDING KEY LAST MATCH_RECOGNIZE MODEL",
    "NULLS OPTIONS OVERWRITE PARTITIONED PAST PLAN REPLACE SETS TEMPORARY VIEW",
)
"""May be names without back-ticks, too: in capitals only where a formatter, too, takes them for keywords."""
_OPENING = frozenset(["ARRAY", "DESCRIPTOR", "MAP", "ROW"])
"""Words that stand at their bracket: `MAP['a', 1]`."""


class Atom(NamedTuple):
    """`text[begin:end]`. `token` is None for a comment and for a hint, which is one atom with all that is in it."""

    begin: int
    end: int
    text: str
    token: Token | None = None


def atoms(text: str) -> list[Atom]:
    """All of `text` but its room, in order. Never raises."""
    found = [Atom(each.offset, each.offset + len(each.text), each.text, each) for each in tokens(text)]
    comments = [
        Atom(piece.begin, piece.end, text[piece.begin : piece.end])
        for piece in pieces(text)
        if piece.kind in _COMMENTS
    ]
    # An open comment is a token, too.
    together = {atom.begin: atom for atom in (*found, *comments)}
    return _with_whole_hints(text, sorted(together.values()))


def blinded(text: str, variable: str = "x") -> str:
    """`text` with `x` for all that is in strings, back-ticks, comments and hints, and the letter `variable` for
    each one of a `${name}` or `{{ name }}`: what a parser need not read, and what could be an order to it.

    Its atoms stand where those of `text` stand.
    """
    parts = []
    for piece in pieces(text):
        part = text[piece.begin : piece.end]
        if piece.kind is PieceKind.CODE:
            part = _IN_CODE.sub(lambda found: variable * len(found.group()), part)
        elif piece.kind in (PieceKind.STRING, PieceKind.QUOTED_NAME) and len(part) > 1 and part[-1] == part[0]:
            part = part[0] + _LETTER.sub("x", part[1:-1]) + part[-1]
        elif piece.kind is PieceKind.COMMENT:
            part = _blind_comment(part)
        parts.append(part)
    whole = "".join(parts)
    for atom in atoms(text):
        if atom.text.startswith("/*+") and atom.text.endswith("*/"):
            whole = whole[: atom.begin] + _blind_comment(atom.text) + whole[atom.end :]
    return whole


def in_room_of(text: str, blind: str, laid_out: str) -> str | None:
    """`text` with the room that `laid_out` has between the same atoms, and with its keywords in capitals: those
    that Flink takes for a name only in back-ticks, and some that `laid_out` has in capitals. None when the atoms
    differ in more than their case.

    `blind` is `blinded(text)`, and `laid_out` what a formatter made of it.
    """
    own, wanted = atoms(blind), atoms(laid_out)
    if [atom.text.upper() for atom in own] != [atom.text.upper() for atom in wanted]:
        return None
    parts: list[str] = []
    for at, (atom, other) in enumerate(zip(own, wanted, strict=True)):
        before = own[at - 1] if at else None
        if before is not None:
            room = laid_out[wanted[at - 1].end : other.begin]
            is_exponent = any(_EXPONENT.fullmatch(each.text) for each in own[max(0, at - 2) : at])  # `1e-5`
            own_room = text[before.end : atom.begin]
            parts.append(own_room if is_exponent else _room(before, atom, own_room, room))
        is_other = atom.text != other.text and other.text in KEYWORDS
        is_keyword = is_other or _is_reserved(atom, before)
        parts.append(atom.text.upper() if is_keyword else text[atom.begin : atom.end])
    result = "".join(parts)
    return result if says_the_same(text, result) else None


def in_capitals(text: str) -> str:
    """`text` with its reserved words in capitals, all else as it is."""
    parts: list[str] = []
    done = 0
    before: Atom | None = None
    for atom in atoms(text):
        if _is_reserved(atom, before):
            parts += text[done : atom.begin], atom.text.upper()
            done = atom.end
        before = atom
    return "".join(parts) + text[done:]


def says_the_same(first: str, second: str) -> bool:
    """Both have the same tokens, hints and comments in the same order, keywords in whatever case."""
    return [_sense(atom) for atom in atoms(first)] == [_sense(atom) for atom in atoms(second)]


def _is_reserved(atom: Atom, before: Atom | None) -> bool:
    """It is a reserved word, and no part of a path: what follows a dot is left alone, whatever it is."""
    is_part = before is not None and before.text == "."
    return not is_part and atom.token is not None and atom.token.keyword in RESERVED


def _sense(atom: Atom) -> str:
    keyword = atom.token.keyword if atom.token is not None else ""
    return keyword if keyword in RESERVED or keyword in KEYWORDS else atom.text


def _room(before: Atom, after: Atom, own: str, wanted: str) -> str:
    """The room between two atoms: what is wanted, unless it could say something else than one's own."""
    if after.token is None and (not wanted or after.text.startswith("/*+")):
        return own or wanted or " "  # a comment, or a hint, which stays on the line of its table
    kinds = (before.token and before.token.kind, after.token and after.token.kind)
    if kinds == (TokenKind.STRING, TokenKind.STRING):
        return own  # Calcite joins strings on lines of their own, and refuses them on one line
    is_one_thing = (
        "." in (before.text, after.text)
        or "&" in (before.text, after.text)  # `u&'...'`
        or before.text + after.text in _OPERATORS
        or kinds == (TokenKind.WORD, TokenKind.STRING)  # a prefix (`E`, `x`), or a word
        or (after.text in ("(", "[") and before.text.upper() in _OPENING)
    )
    return own if is_one_thing and (not own or not wanted) else wanted


def _blind_comment(text: str) -> str:
    mark = 3 if text.startswith("/*+") else 2
    end = 2 if text.endswith("*/") and len(text) >= mark + 2 else 0
    return text[:mark] + _LETTER.sub("x", text[mark : len(text) - end]) + text[len(text) - end :]


def _with_whole_hints(text: str, parts: list[Atom]) -> list[Atom]:
    whole: list[Atom] = []
    begin = -1
    for atom in parts:
        if begin < 0 and atom.text == "/*+":
            begin = atom.begin
        elif begin >= 0 and atom.text == "*/":
            whole.append(Atom(begin, atom.end, text[begin : atom.end]))
            begin = -1
        elif begin < 0:
            whole.append(atom)
    if begin >= 0:  # a hint that is never closed
        whole.append(Atom(begin, len(text), text[begin:]))
    return whole
