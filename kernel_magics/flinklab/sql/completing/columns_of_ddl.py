"""The bracket with the columns of a CREATE TABLE that a caret is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flinklab.sql.completing.subjects import subject_of
from flinklab.sql.ddl_columns import elements
from flinklab.sql.tokens import Token, TokenKind
from flinklab.sql.words import name_of

_NO_COLUMN = ("WATERMARK", "PRIMARY", "CONSTRAINT", "UNIQUE")
_WITH_TYPES = ("ARRAY", "MULTISET", "MAP")


@dataclass(frozen=True, slots=True)
class ColumnBracket:
    """What comes next in it; `columns` are the names of all that stand there, before the caret and after it."""

    columns: tuple[str, ...] = ()
    is_new: bool = False
    wants_type: bool = False
    after_name: bool = False
    wants_column: bool = False
    wants_value: bool = False
    keywords: tuple[str, ...] = ()


def column_bracket(before: Sequence[Token], after: Sequence[Token], opened: Sequence[int]) -> ColumnBracket | None:
    """None when the caret is not in the bracket after the name of a new table."""
    subject = subject_of(before)
    if subject is None or subject.verb not in ("CREATE TABLE", "CREATE MATERIALIZED TABLE", "ALTER TABLE"):
        return None
    first = opened[0] if opened else len(before)
    is_added = first > 1 and before[first - 1].keyword in ("ADD", "MODIFY") and subject.verb == "ALTER TABLE"
    if not subject.path or not opened or not (first == subject.name_end or is_added):
        return None
    marker = Token(TokenKind.SYMBOL, "\0", 0)
    inside = before[first + 1 :]
    columns = _names([*inside, marker, *_up_to_end(after)])
    if len(opened) > 1:
        return _in_inner(before, opened, columns)
    element = list(elements([*inside, marker]))[-1][:-1]
    return _in_element(element, columns)


def names_of_columns(before: Sequence[Token]) -> tuple[str, ...]:
    """The columns of a CREATE TABLE whose bracket has ended."""
    subject = subject_of(before)
    if subject is None or subject.verb != "CREATE TABLE" or not subject.path:
        return ()
    rest = before[subject.name_end :]
    return _names(_up_to_end(rest[1:])) if rest and rest[0].text == "(" else ()


def _names(of: Sequence[Token]) -> tuple[str, ...]:
    found = []
    for element in elements(of):
        if element[0].keyword not in _NO_COLUMN and len(element) > 1 and (name := name_of(element[0])) is not None:
            found.append(name)
    return tuple(found)


def _up_to_end(after: Sequence[Token]) -> list[Token]:
    inside: list[Token] = []
    depth = 0
    for token in after:
        depth += (token.text == "(") - (token.text == ")")
        if depth < 0:
            break
        inside.append(token)
    return inside


def _in_inner(before: Sequence[Token], opened: Sequence[int], columns: tuple[str, ...]) -> ColumnBracket:
    opener = [token.keyword for token in before[opened[1] - 2 : opened[1]]]
    if opener == ["PRIMARY", "KEY"]:
        return ColumnBracket(columns, wants_column=True)
    begin = max((index for index in range(opened[0], opened[1]) if before[index].text == ","), default=opened[0])
    is_computed = any(token.keyword == "AS" for token in before[begin : opened[1]])
    last = before[-1]
    return ColumnBracket(columns, wants_value=is_computed and (last.text in "(,+-*/=<>" or last.keyword == "AND"))


def _in_element(element: Sequence[Token], columns: tuple[str, ...]) -> ColumnBracket:
    if not element:
        return ColumnBracket(columns, is_new=True)
    words = [token.keyword for token in element]
    last = element[-1]
    if words[0] in _NO_COLUMN and len(element) <= 2 and words[0] != "CONSTRAINT":
        next_words = {"WATERMARK": ("FOR",), "PRIMARY": ("KEY (",)}.get(words[0], ())
        if words == ["WATERMARK", "FOR"]:
            return ColumnBracket(columns, wants_column=True)
        return ColumnBracket(columns, keywords=next_words if len(element) == 1 else ())
    if words[0] == "CONSTRAINT" and len(element) == 2:
        return ColumnBracket(columns, keywords=("PRIMARY KEY (",))
    if words[0] in ("PRIMARY", "CONSTRAINT"):
        return ColumnBracket(columns, keywords=("NOT ENFORCED",) if last.text == ")" else ())
    if "AS" in words:
        is_open = last.keyword == "AS" or last.text in tuple("+-*/=<>,")
        return ColumnBracket(columns, wants_value=is_open, keywords=("INTERVAL",))
    if words[0] == "WATERMARK":
        return ColumnBracket(columns, keywords=("AS",))
    if len(element) == 1:
        return ColumnBracket(columns, wants_type=True, after_name=True)
    return _in_type(element, columns)


def _in_type(element: Sequence[Token], columns: tuple[str, ...]) -> ColumnBracket:
    opened = [index for index, token in enumerate(element) if token.text == "<"]
    depth = len(opened) - sum(token.text == ">" for token in element)
    if depth <= 0:
        return ColumnBracket(columns)
    last, opener = element[-1], element[opened[-1] - 1].keyword
    if opener in _WITH_TYPES:
        return ColumnBracket(columns, wants_type=last.text in ("<", ","))
    of_row = name_of(last) is not None and element[-2].text in ("<", ",")
    return ColumnBracket(columns, wants_type=of_row)
