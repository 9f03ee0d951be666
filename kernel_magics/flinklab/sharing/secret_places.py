"""Where in a statement a secret may stand: what Flink keeps to itself, never what it shows as rows."""

from __future__ import annotations

from flinklab.domain.statements import Statement, StatementKind
from flinklab.sql.split import split
from flinklab.sql.tokens import TokenKind, tokens

_OPENS = frozenset({"WITH", "OPTIONS", "SET"})


def may_hold_secrets(text: str, offset: int) -> bool:
    """True inside of `WITH (...)`, `SET (...)`, an `OPTIONS (...)` hint, and in a SET or ADD JAR statement.

    `text` may be several statements, as that of a definition with its jars is.
    """
    before = [statement for statement in split(text) if statement.offset <= offset]
    return bool(before) and _may_hold_secrets(before[-1], offset - before[-1].offset)


def _may_hold_secrets(statement: Statement, offset: int) -> bool:
    if statement.kind in (StatementKind.SET, StatementKind.JAR):
        return True
    depth = 0
    inside_at: int | None = None  # the depth of the bracket that holds options
    before = ""
    for token in tokens(statement.text):
        if token.offset <= offset < token.offset + len(token.text):
            return inside_at is not None and token.kind is TokenKind.STRING
        if token.text == "(":
            depth += 1
            if inside_at is None and before in _OPENS:
                inside_at = depth
        elif token.text == ")":
            if inside_at == depth:
                inside_at = None
            depth -= 1
        elif inside_at is not None and token.kind is TokenKind.WORD and token.keyword in ("SELECT", "AS"):
            inside_at = None  # WITH (SELECT ...): no options
        before = token.keyword
    return False
