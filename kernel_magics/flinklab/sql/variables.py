"""`${name}` in SQL: where it stands, its value put in, and the way back from a place in the result.

A name begins with a letter or `_` and goes on with letters, digits, `_`, `.` and single `-`. `${name}` means its
variable everywhere but in comments: in code, in strings, in back-ticks. `$${name}` is `${name}` itself.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from flinklab.domain.errors import Position, UnknownVariableError
from flinklab.domain.variables import MASK
from flinklab.sql.pieces import Piece, PieceKind, pieces
from flinklab.sql.positions import Cursor, offset_at

_MARK = re.compile(r"(?P<escape>\$?)\$\{(?P<name>[^\W\d](?:[\w.]|-(?!-))*)\}")
_SHORT = 4


class Reference(NamedTuple):
    """A `${name}` in a text; `offset` and `length` in characters, braces and all."""

    name: str
    offset: int
    length: int


class Edit(NamedTuple):
    """`source[begin:end]` became `result[result_begin:result_end]`."""

    begin: int
    end: int
    result_begin: int
    result_end: int


@dataclass(frozen=True, slots=True)
class Substituted:
    """A text with values in the place of its variables. Its `repr` shows none of it: values may be secret."""

    text: str = field(repr=False)
    _source: str = field(repr=False)
    _edits: tuple[Edit, ...] = field(repr=False, default=())

    def original(self, position: Position) -> Position:
        """The place in the text before, for one in `text`. What lies in a value is the whole `${name}`."""
        if not self._edits:
            return position
        begin = self._find(offset_at(self.text, position.line, position.column)).begin
        start = Cursor(self._source).at(begin)
        if position.end_line is None or position.end_column is None:
            return start
        last = self._find(offset_at(self.text, position.end_line, position.end_column)).end - 1
        end = Cursor(self._source).at(max(begin, last))
        return Position(start.line, start.column, end.line, end.column)

    def _find(self, offset: int) -> Edit:
        """The edit that made the character at `offset`, or that one character where none did."""
        before = bisect_right(self._edits, offset, key=lambda edit: edit.result_begin)
        # An empty value takes no room: what stands at its offset is what follows it.
        edit = self._edits[before - 1] if before else Edit(0, 0, 0, 0)
        if offset < edit.result_end:
            return edit
        at = edit.end + offset - edit.result_end
        return Edit(at, at + 1, offset, offset + 1)


def references(text: str) -> list[Reference]:
    """The variables of a text of SQL, in order, as often as they stand there. Never raises."""
    return [
        Reference(found["name"], found.start(), found.end() - found.start())
        for _, found in _marks(text)
        if not found["escape"]
    ]


def mentions(value: str) -> tuple[str, ...]:
    """The names of the variables in a variable's value, which is no SQL: nothing in it is a comment."""
    return tuple(dict.fromkeys(found["name"] for found in _MARK.finditer(value) if not found["escape"]))


def substitute(text: str, values: Mapping[str, str]) -> Substituted:
    """`text` with the value of each variable; `${name}` in a value stays what it is (see `expand`).

    In a string a value's quotes are doubled, in a back-ticked name its back-ticks (and in `E'...'` its
    backslashes): a value never ends what it stands in. Elsewhere it goes in as it is.

    Raises `UnknownVariableError` when `values` has no such name.
    """
    parts: list[str] = []
    edits: list[Edit] = []
    done = length = 0
    for escape, found in _marks(text):
        if found["escape"]:
            value = found.group()[1:]
        elif found["name"] in values:
            value = escape(values[found["name"]])
        else:
            raise UnknownVariableError(f"{found.group()} has no value")
        begin, end = found.span()
        parts += text[done:begin], value
        length += begin - done
        edits.append(Edit(begin, end, length, length + len(value)))
        length += len(value)
        done = end
    return Substituted("".join(parts) + text[done:], text, tuple(edits))


def expand(values: Mapping[str, str]) -> dict[str, str]:
    """`values` with the `${other}` in them replaced by the values of those, however deep.

    Raises `UnknownVariableError` for a name that `values` lacks, and for a circle, which it shows (`a -> b -> a`).
    """
    done: dict[str, str] = {}
    for name in values:
        _expand(name, values, done)
    return {name: done[name] for name in values}


def mask(text: str, secrets: Collection[str]) -> str:
    """`text` with `MASK` where a secret stands, also as SQL, JSON or a URL writes it, and line by line.

    A secret of fewer than four characters is hidden only where it fills quotes or follows `=` or `:`. Elsewhere
    it would hide words that only look like it, and so give itself away.
    """
    spans = sorted(span for secret in secrets for span in _spans(text, secret))
    parts: list[str] = []
    done = 0
    for begin, end in spans:
        if begin >= done:
            parts += text[done:begin], MASK
        done = max(done, end)
    return "".join(parts) + text[done:]


def _marks(text: str) -> Iterator[tuple[Callable[[str], str], re.Match[str]]]:
    """Each `${name}` and `$${name}` outside of comments, and how a value is written where it stands."""
    if "${" not in text:
        return
    for piece in pieces(text):
        if piece.kind not in (PieceKind.COMMENT, PieceKind.OPEN_COMMENT):
            escape = _escape(text, piece)
            for found in _MARK.finditer(text, piece.begin, piece.end):
                yield escape, found


def _escape(text: str, piece: Piece) -> Callable[[str], str]:
    if piece.kind is PieceKind.QUOTED_NAME:
        return lambda value: value.replace("`", "``")
    if piece.kind is not PieceKind.STRING:
        return lambda value: value
    if re.search(r"(?<![\w$])[eE]\Z", text[max(0, piece.begin - 2) : piece.begin]):
        return lambda value: value.replace("\\", "\\\\").replace("'", "''")
    return lambda value: value.replace("'", "''")


def _expand(first: str, values: Mapping[str, str], done: dict[str, str]) -> None:
    path = [first]
    while path:
        name = path[-1]
        open_ = next((other for other in mentions(values[name]) if other not in done), None)
        if open_ is None:
            done[name] = _MARK.sub(
                lambda found: found.group()[1:] if found["escape"] else done[found["name"]], values[name]
            )
            path.pop()
        elif open_ in path:
            circle = " -> ".join([*path[path.index(open_) :], open_])
            raise UnknownVariableError(f"${{{open_}}} refers to itself: {circle}")
        elif open_ not in values:
            raise UnknownVariableError(f"${{{open_}}} has no value", hint=f"it stands in the value of {name}")
        else:
            path.append(open_)


def _spans(text: str, secret: str) -> Iterator[tuple[int, int]]:
    for form in _forms(secret):
        if len(form) < _SHORT:
            literal = re.escape(form)
            pattern = rf"(?<=['\"`]){literal}(?=['\"`])|(?<=[=:]){literal}(?!\w)|(?<=[=:] ){literal}(?!\w)"
            yield from (found.span() for found in re.finditer(pattern, text))
            continue
        at = text.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = text.find(form, at + 1)


def _forms(secret: str) -> set[str]:
    """A secret as it may be written. Of several lines each counts as well: errors show one line of many."""
    lines = [line.strip() for line in secret.splitlines()]
    forms = {secret, *(line for line in lines if len(line) >= _SHORT)}
    for form in list(forms):
        doubled = form.replace("'", "''")
        forms |= {doubled, form.replace("`", "``"), doubled.replace("\\", "\\\\"), form.replace("'", "\\'")}
        forms |= {quote(form, safe="", errors="replace"), quote(form, errors="replace")}
        forms.add(quote_plus(form, errors="replace"))
    for form in list(forms):
        forms |= {json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1]}
    return forms - {""}
