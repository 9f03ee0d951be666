"""`BEGIN STATEMENT SET; ...; END;` as the one statement that it means, and that without its EXECUTE."""

from __future__ import annotations

from collections.abc import Sequence

from flinklab.domain.statements import Statement, StatementKind
from flinklab.sql.tokens import tokens

_HEAD = "EXECUTE STATEMENT SET BEGIN\n"


def gather_sets(text: str, statements: Sequence[Statement]) -> list[Statement]:
    """`statements` of `text`, with each whole `BEGIN STATEMENT SET` ... `END` as one `EXECUTE STATEMENT SET`.

    Sent one by one they leave the session inside the set when one of them is refused, and the `END` that would
    free it submits the others. As one statement a set runs whole or not at all. A set that this text does not
    close is left as it is.
    """
    gathered: list[Statement] = []
    start: int | None = None
    for statement in statements:
        if statement.kind is StatementKind.BEGIN_SET and start is None:
            start = len(gathered)
        gathered.append(statement)
        if statement.kind is StatementKind.END_SET and start is not None:
            gathered[start:] = [_as_one(text, gathered[start], gathered[start + 1 :])]
            start = None
    return gathered


def without_execute(text: str) -> str:
    """A statement as EXPLAIN and COMPILE PLAN want it: spaces in place of the EXECUTE before it.

    COMPILE PLAN refuses that word everywhere, EXPLAIN in Flink 1.20.
    """
    first = next(tokens(text), None)
    if first is None or first.keyword != "EXECUTE":
        return text
    end = first.offset + len(first.text)
    return text[: first.offset] + " " * len(first.text) + text[end:]


def _as_one(text: str, begin: Statement, rest: Sequence[Statement]) -> Statement:
    """The set from its first inner statement to its END, moved below a head of its own.

    Padding keeps the columns of the first line, so that a place in the new text is one in the old.
    """
    first, end = rest[0], rest[-1]
    body = text[first.offset : end.offset + len(end.text)]
    return Statement(
        text=_HEAD + " " * (first.column - 1) + body,
        kind=StatementKind.INSERT,
        offset=begin.offset,
        line=first.line - 1,
        column=1,
    )
