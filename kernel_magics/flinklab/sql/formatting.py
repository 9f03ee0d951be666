"""SQL laid out over lines by sqlfluff, statement by statement; what it cannot read stays as it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from flinklab.domain.errors import NotInstalledError
from flinklab.domain.statements import Statement, StatementKind
from flinklab.domain.text import count
from flinklab.sql.atoms import blinded, in_capitals, in_room_of
from flinklab.sql.split import split
from flinklab.sql.tokens import tokens

if TYPE_CHECKING:
    from sqlfluff.core import Linter

PATIENCE = 20.0
"""Seconds after which the statements that are left stay as they are."""

_LONGEST = 20_000  # characters of a statement: sqlfluff needs about 1 ms for one
_KINDS = (StatementKind.QUERY, StatementKind.INSERT, StatementKind.DDL, StatementKind.EXPLAIN)
_CORE: dict[str, Any] = {
    "dialect": "flink",
    "templater": "raw",  # runs nothing
    "rules": "layout,capitalisation.keywords",
    "max_line_length": 100,
}
_RULES: dict[str, Any] = {
    "capitalisation.keywords": {"capitalisation_policy": "upper"},
    "layout.long_lines": {"ignore_comment_clauses": True, "ignore_comment_lines": True},
}
_ENDS_OF_HEAD = ("STATEMENT", "SET", "BEGIN")

Layout = Callable[[str], "str | None"]
"""A statement to the same one in other room, or None when it cannot be read."""


@dataclass(frozen=True, slots=True)
class Formatted:
    """`text` says what the text before said. `remarks`: a line for each statement that stayed as it was."""

    text: str
    remarks: tuple[str, ...] = ()


def format_sql(text: str, *, patience: float = PATIENCE) -> Formatted:
    """Lay the statements of a cell out over lines of at most 100 characters, reserved words in capitals.

    A first line that is a `%%flinksql`, `${name}`, `{{ name }}`, hints, comments, strings and names stay what they
    are, and so does all of a statement that sqlfluff's dialect for Flink cannot read: only the room between words
    ever changes. After `patience` seconds the statements that are left stay as they are.

    Raises `NotInstalledError` without sqlfluff.
    """
    layout = _sqlfluff()
    begin = text.find("\n") + 1 if text.startswith("%%flinksql") else 0
    if text.startswith("%%flinksql") and not begin:
        return Formatted(text)
    first_line = 2 if begin else 1
    remarks: list[str] = []
    body = _format(text[begin:], layout, time.monotonic() + patience, first_line, remarks)
    return Formatted(text[:begin] + body, tuple(remarks))


def _format(text: str, layout: Layout, end: float, first_line: int, remarks: list[str]) -> str:
    parts: list[str] = []
    done = 0
    for statement in _statements(text):
        own = statement.text
        parts.append(in_capitals(text[done : statement.offset]))  # the words around a statement set, if any
        if statement.kind not in _KINDS:
            parts.append(own)
        else:
            better, reason = _better(own, layout, end)
            parts.append(better)
            if reason:
                remarks.append(f"line {statement.line + first_line - 1}: {reason}")
        done = statement.offset + len(own)
    return "".join(parts) + in_capitals(text[done:])


def _statements(text: str) -> Iterator[Statement]:
    """The statements of `text`, and those in a statement set instead of it."""
    for statement in split(text):
        head = _head_of_set(statement.text)
        if not head:
            yield statement
            continue
        line = statement.line + statement.text.count("\n", 0, head) - 1
        for inner in split(statement.text[head:]):
            if inner.kind is not StatementKind.END_SET:
                yield Statement(inner.text, inner.kind, statement.offset + head + inner.offset, line + inner.line)


def _head_of_set(text: str) -> int:
    """How long the `EXECUTE STATEMENT SET BEGIN` is that the statement begins with; 0 when it does not."""
    words: list[str] = []
    for token in tokens(text):
        words.append(token.keyword)
        if tuple(words[-3:]) == _ENDS_OF_HEAD:
            return token.offset + len(token.text)
        if not token.keyword or len(words) > 4:
            break
    return 0


def _better(text: str, layout: Layout, end: float) -> tuple[str, str]:
    """The statement laid out, or as it is and why."""
    if len(text) > _LONGEST:
        return text, f"left as it is, longer than {count(_LONGEST, 'character')}"
    if time.monotonic() > end:
        return text, "left as it is, there was no time left"
    reason = ""
    # A variable may stand for a name or for a number: LIMIT wants the one, FROM the other.
    for variable in ("x", "1") if "${" in text or "{{" in text else ("x",):
        blind = blinded(text, variable)
        laid_out = layout(blind)
        if laid_out is None:
            reason = reason or "left as it is, sqlfluff cannot read it"
            continue
        better = in_room_of(text, blind, laid_out)
        if better is not None:
            return better, ""
        reason = "left as it is, sqlfluff would change more than room and capitals"
    return text, reason


@cache
def _sqlfluff() -> Layout:
    try:
        from sqlfluff.core import FluffConfig, Linter
    except ModuleNotFoundError:
        raise NotInstalledError("sqlfluff is not installed", hint='pip install "flinklab[format]"') from None
    # From no file of somebody's.
    linter = Linter(config=FluffConfig(configs={"core": _CORE, "rules": _RULES}))
    return lambda text: _laid_out(linter, text)


def _laid_out(linter: Linter, text: str) -> str | None:
    # `fix` leaves alone what the dialect cannot parse, and says so by the codes of its violations.
    linted = linter.lint_string(text + "\n", fix=True)
    if any(violation.rule_code() in ("PRS", "LXR", "TMP") for violation in linted.get_violations()):
        return None
    return str(linted.fix_string()[0]).rstrip("\n")
