"""The bracket of options that a caret is in: WITH ( ), SET ( ), RESET ( ) and the hint OPTIONS( )."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flinklab.sql.completing.columns_of_ddl import names_of_columns
from flinklab.sql.completing.scope import Path
from flinklab.sql.completing.subjects import subject_of
from flinklab.sql.completing.wanted import WithOptions
from flinklab.sql.ddl_columns import elements
from flinklab.sql.tokens import Token, TokenKind
from flinklab.sql.words import name_of, unquoted

_OPENERS = ("WITH", "SET", "RESET", "OPTIONS")
_KINDS = ("TABLE", "CATALOG", "MODEL", "DATABASE", "VIEW")


def option_bracket(before: Sequence[Token], after: Sequence[Token], opened: Sequence[int]) -> WithOptions | None:
    """None when the caret is in no such bracket, or after a value in it, where only a comma can follow."""
    at = opened[-1] if opened else 0
    opener = before[at - 1].keyword if at else ""
    if opener not in _OPENERS:
        return None
    is_hint = opener == "OPTIONS"
    if is_hint != any(token.text == "/*+" for token in before[max(0, at - 40) : at]):
        return None
    if not is_hint and before[0].keyword not in ("CREATE", "ALTER", "REPLACE"):
        return None
    marker = Token(TokenKind.SYMBOL, "\0", 0)
    *done, current = list(elements([*before[at + 1 :], marker]))
    current.pop()
    given = dict(_pairs([*done, *elements(_up_to_end(after))]))
    if not current:
        key, wanted = "", True
    else:
        key = unquoted(current[0]) if current[0].kind is TokenKind.STRING else ""
        wanted = bool(key) and len(current) == 2 and current[1].text == "="
    if not wanted:
        return None
    kind = next((token.keyword for token in before[:6] if token.keyword in _KINDS), "TABLE")
    return WithOptions(
        given,
        "TABLE" if is_hint else kind,
        hinted=_hinted(before, at) if is_hint else _altered(before),
        key=key,
        followed_by_value=bool(after) and after[0].text == "=",
        columns=() if is_hint else names_of_columns(before),
    )


def _pairs(of: Sequence[Sequence[Token]]) -> Iterator[tuple[str, str]]:
    for element in of:
        if len(element) == 3 and element[0].kind is element[2].kind is TokenKind.STRING:
            yield unquoted(element[0]), unquoted(element[2])


def _up_to_end(after: Sequence[Token]) -> list[Token]:
    """The tokens up to the end of the bracket, without what is left of the option at the caret."""
    inside: list[Token] = []
    depth = 0
    for token in after:
        depth += (token.text == "(") - (token.text == ")")
        if depth < 0:
            break
        inside.append(token)
    comma = next((index for index, token in enumerate(inside) if token.text == ","), len(inside))
    return inside[comma + 1 :] if inside and inside[0].text in ("=", ",") else inside


def _hinted(before: Sequence[Token], at: int) -> Path:
    """The table that stands before the hint."""
    while at > 0 and before[at].text != "/*+":
        at -= 1
    parts: list[str] = []
    while at > 0 and (name := name_of(before[at - 1])) is not None:
        parts.append(name)
        at -= 2
        if at < 0 or before[at].text != ".":
            break
    return tuple(reversed(parts))


def _altered(before: Sequence[Token]) -> Path:
    subject = subject_of(before)
    return subject.path if subject is not None and subject.verb == "ALTER TABLE" else ()
