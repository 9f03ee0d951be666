"""`{{ name }}` in SQL: a value of Python, written as a literal of SQL. Nothing in the braces is ever evaluated.

`{{ name }}` is a literal, of a list `('a', 'b')`. `{{ name | identifier }}` is a name in back-ticks, of a list one
of several parts. `{{ name | string }}` is the value's text as a string: `'rows' = {{ n | string }}`.
It stands where code stands: in strings, back-ticks and comments braces are text. What a value holds is never read
as SQL, and a `${name}` in it means no variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any, NamedTuple

from flinklab.domain.errors import Position, StatementInvalidError, UsageError
from flinklab.domain.text import one_line, suggest
from flinklab.sql.identifiers import quote, string
from flinklab.sql.pieces import PieceKind, pieces
from flinklab.sql.positions import Cursor
from flinklab.sql.variables import Edit, Substituted

_OPEN = re.compile(r"\{\{")
_TEMPLATE = re.compile(r"\{\{\s*(?P<name>[^\W\d]\w*)\s*(?:\|\s*(?P<filter>\w+)\s*)?\}\}")
_VARIABLE = re.compile(r"\$\{")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_DIGITS = 38
"""Of a DECIMAL, and of a whole number, which Flink takes for one beyond a BIGINT."""
FILTERS = ("identifier", "string")
_HOW = "write the name of a variable: {{ day }}, {{ table | identifier }}, {{ size | string }}"


class Template(NamedTuple):
    """A `{{ name | filter }}` at the characters from `begin` up to `end`; `filter` is empty where there is none."""

    name: str
    filter: str
    begin: int
    end: int


def templates(text: str) -> list[Template]:
    """Those of a text of SQL, in order. Raises `StatementInvalidError` for braces that hold anything else."""
    return list(_templates(text)) if "{{" in text else []


def render(text: str, names: Mapping[str, Any]) -> Substituted:
    """`text` with the value of each `{{ name }}` out of `names`.

    Raises `StatementInvalidError`, with the place, for a name that is not there and a value that is no literal.
    """
    parts: list[str] = []
    edits: list[Edit] = []
    done = length = 0
    for each in templates(text):
        written = _apart(text, each, _written(text, each, names))
        parts += text[done : each.begin], written
        length += each.begin - done
        edits.append(Edit(each.begin, each.end, length, length + len(written)))
        length += len(written)
        done = each.end
    return Substituted("".join(parts) + text[done:], text, tuple(edits))


def literal(value: object) -> str:
    """A value as SQL writes it: NULL, TRUE, numbers, strings, dates and times, lists of these in brackets.

    A float is a DOUBLE, a Decimal a DECIMAL, a negative number stands in brackets. numpy's and pandas' values,
    arrays and columns are taken for Python's. Raises `UsageError` for everything else.
    """
    value = _plain(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        if not value:
            raise UsageError("it is empty, and SQL has no empty list")
        one_by_one = [_one(_plain(each)) for each in value]
        return f"({', '.join(one_by_one if isinstance(value, (list, tuple)) else sorted(one_by_one))})"
    return _one(value)


def identifier(value: object) -> str:
    """A name in back-ticks; a list or a tuple is one of several parts. Raises `UsageError`."""
    parts = value if isinstance(value, (list, tuple)) else [value]
    if not parts or not all(isinstance(each, str) and each and "\0" not in each for each in parts):
        raise UsageError("a name is a string that is not empty, or a list of such")
    return _VARIABLE.sub("$${", quote([str.__str__(each) for each in parts]))


def _templates(text: str) -> Iterator[Template]:
    for piece in pieces(text):
        if piece.kind is not PieceKind.CODE:
            continue
        at = piece.begin
        while opening := _OPEN.search(text, at, piece.end):
            found = _TEMPLATE.match(text, opening.start(), piece.end)
            if found is None:
                end = text.find("}}", opening.end())
                shown = one_line(text[opening.start() : end + 2 if end >= 0 else opening.end()], 40)
                raise _refused(text, opening.start(), f"{shown} is no value of the notebook", _HOW)
            yield Template(found["name"], found["filter"] or "", found.start(), found.end())
            at = found.end()


def _apart(text: str, each: Template, written: str) -> str:
    """With room where something is close by: `E'a'`, `'a''b'` and `a5` are other things than `E 'a'` and `a 5`."""
    before, after = text[max(0, each.begin - 1) : each.begin], text[each.end : each.end + 1]
    return " " * _is_close(before) + written + " " * _is_close(after)


def _is_close(character: str) -> bool:
    return bool(character) and not character.isspace() and character not in "(),=;"


def _written(text: str, each: Template, names: Mapping[str, Any]) -> str:
    if each.filter and each.filter not in FILTERS:
        raise _refused(text, each.begin, f"there is no filter {one_line(each.filter, 40)}", _HOW)
    if each.name not in names:
        close = suggest(each.name, names)
        hint = f"did you mean {close}?" if close else None
        raise _refused(text, each.begin, f"the notebook has no variable {one_line(each.name, 40)}", hint)
    value = names[each.name]
    try:
        if each.filter == "identifier":
            return identifier(value)
        return _text(value) if each.filter == "string" else literal(value)
    except UsageError as error:
        raise _refused(text, each.begin, f"{{{{ {each.name} }}}}: {error.message}", error.hint) from None


def _refused(text: str, offset: int, message: str, hint: str | None) -> StatementInvalidError:
    place: Position = Cursor(text).at(offset)
    return StatementInvalidError(message, hint=hint, position=place)


def _plain(value: object) -> Any:
    """A value of numpy or pandas as Python's; of an enumeration what stands for it."""
    if isinstance(value, Enum):
        return value.value
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(value, (str, bool, int, float, Decimal, date, time, list, tuple, set, frozenset)):
        return value
    dimensions = getattr(value, "ndim", None)
    if dimensions in (0, 1) and callable(as_python := getattr(value, "tolist", None)):
        return as_python()
    return value


def _one(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return _string(value)
        case int():
            return _signed(_digits(abs(int(value))), value < 0)
        case float() if isfinite(value):
            return _signed(_exponential(abs(value)), value < 0)
        case Decimal() if value.is_finite():
            return _signed(_digits(abs(value)), value < 0)
        case float() | Decimal():
            raise UsageError(f"SQL has no literal of {value}")
        case datetime(tzinfo=None):
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case time(tzinfo=None):
            return f"TIME '{value.isoformat()}'"
        case datetime() | time():
            raise UsageError("it has a time zone, and Flink SQL has no literal of that", hint="take its zone away")
        case date():
            return f"DATE '{value.isoformat()}'"
        case _:
            raise UsageError(
                f"a {type(value).__name__} is no literal of SQL",
                hint="put a number, a string, a date or a list of them into a variable",
            )


def _digits(value: int | Decimal) -> str:
    shown = format(value, "f") if isinstance(value, Decimal) else str(value) if value < 10**_DIGITS else ""
    if not shown or sum(each.isdigit() for each in shown.lstrip("0.")) > _DIGITS:
        raise UsageError(f"it has more than {_DIGITS} digits")
    return shown


def _exponential(value: float) -> str:
    mantissa, _, exponent = repr(float(value)).partition("e")
    # 1.5 would be a DECIMAL
    return f"{mantissa}E{int(exponent or 0)}"


def _signed(digits: str, is_negative: bool) -> str:
    return f"(-{digits})" if is_negative else digits


def _text(value: object) -> str:
    value = _plain(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "'true'" if value else "'false'"
    if isinstance(value, (int, float, Decimal)):
        return f"'{value}'"
    if isinstance(value, (date, time)):
        return f"'{value.isoformat()}'"
    raise UsageError(f"a {type(value).__name__} has no text that an option could have")


def _string(value: str) -> str:
    if _NO_TEXT.search(value):
        raise UsageError("it holds characters that are no text")
    return _VARIABLE.sub("$${", string(str.__str__(value)))
