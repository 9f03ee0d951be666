"""Which clause of a query the caret is in, and whether a value or a keyword comes next there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flinklab.sql.keywords import words
from flinklab.sql.tokens import Token, TokenKind

_CLAUSES = words(
    "SELECT FROM JOIN ON USING WHERE GROUP HAVING ORDER PARTITION LIMIT OFFSET FETCH WINDOW QUALIFY SET VALUES",
    "UNION EXCEPT INTERSECT INTO OVERWRITE OVER MATCH_RECOGNIZE",
)
_BEFORE_VALUE = words(
    "SELECT DISTINCT ALL WHERE ON HAVING BY AND OR NOT WHEN THEN ELSE CASE BETWEEN IN LIKE SIMILAR ESCAPE SET",
    "VALUES QUALIFY USING RETURNING FILTER ANY SOME EXISTS INTERVAL",
)
_OPERATORS = frozenset("+-*/%=<>!|,(.")

_NEXT = ("WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "UNION ALL", "UNION", "EXCEPT", "INTERSECT")
_JOINS = ("JOIN", "LEFT JOIN", "INNER JOIN", "RIGHT JOIN", "FULL OUTER JOIN", "CROSS JOIN", "CROSS JOIN UNNEST(")
_CONDITION = ("AND", "OR", "NOT", "IN (", "BETWEEN", "LIKE", "IS NULL", "IS NOT NULL", "IS DISTINCT FROM")
_VALUES = (
    "CASE", "CAST(", "TRY_CAST(", "NULL", "TRUE", "FALSE", "NOT", "EXISTS (", "INTERVAL", "DATE", "TIMESTAMP",
    "ARRAY[", "MAP[", "ROW(",
)  # fmt: skip
_IN_CASE = ("WHEN", "THEN", "ELSE", "END")


@dataclass(frozen=True, slots=True)
class Clause:
    """`word` opens it (BY: GROUP BY and its like); `wants_value`: an expression, in FROM a table, comes next."""

    word: str
    wants_value: bool
    keywords: tuple[str, ...]


def clause_at(level: Sequence[Token]) -> Clause:
    """The clause at the end of `level`, the tokens of one bracket with those of inner brackets left out."""
    word, at = "", -1
    for index, token in enumerate(level):
        if token.keyword in _CLAUSES and not _is_other(level, index):
            word, at = token.keyword, index
    last = level[-1] if level else None
    if last is None:
        return Clause("", True, ())
    if word in ("FROM", "JOIN"):
        return _from(word, last, level, at)
    if word in ("GROUP", "ORDER", "PARTITION"):
        if len(level) - 1 == at:
            return Clause(word, False, ("BY",))
        wants = _wants_value(last)
        return Clause("BY", wants, _VALUES if wants else _after_by(word))
    if word in ("UNION", "EXCEPT", "INTERSECT"):
        return Clause(word, False, ("ALL", "SELECT"))
    if word in ("LIMIT", "OFFSET", "FETCH", "WINDOW", "INTO", "OVERWRITE", "OVER", "MATCH_RECOGNIZE"):
        return Clause(word, False, () if last.keyword == word else (*_NEXT, "OFFSET"))
    if word == "SELECT" and _is_all_columns(level):
        return Clause(word, False, ("FROM",))
    wants = _wants_value(last)
    if wants:
        more = ("DISTINCT", "*") if last.keyword == "SELECT" else ()
        return Clause(word, True, (*more, *_VALUES, *(_IN_CASE if last.keyword == "CASE" else ())))
    return Clause(word, False, _after_value(word, level, at))


def _is_all_columns(level: Sequence[Token]) -> bool:
    """It ends with the star of `SELECT *`, `a, *` or `t.*`, which multiplies nothing."""
    if len(level) < 2 or level[-1].text != "*":
        return False
    before = level[-2]
    return before.text in (",", ".") or before.keyword in ("SELECT", "DISTINCT", "ALL")


def _is_other(level: Sequence[Token], index: int) -> bool:
    """The word does not open a clause: `IS DISTINCT FROM`, `a.from`, `ROWS BETWEEN`, `FROM_CHANGELOG`."""
    before = level[index - 1] if index else None
    if before is None:
        return False
    return before.text == "." or (
        before.keyword == "DISTINCT"
        and level[index].keyword == "FROM"
        and index > 1
        and level[index - 2].keyword in ("IS", "NOT")
    )


def _from(word: str, last: Token, level: Sequence[Token], at: int) -> Clause:
    if last.keyword in ("FROM", "JOIN", "LATERAL") or last.text == ",":
        return Clause(word, True, ("LATERAL TABLE(", "TABLE(", "UNNEST(", "(SELECT"))
    if last.keyword == "AS":
        return Clause(word, False, ())
    if last.keyword in ("LEFT", "RIGHT", "FULL"):
        return Clause(word, False, ("JOIN", "OUTER JOIN"))
    if last.keyword in ("INNER", "CROSS", "OUTER"):
        return Clause(word, False, ("JOIN",))
    on = ("ON", "USING (") if word == "JOIN" else ()
    return Clause(
        word, False, ("AS", *on, *_JOINS, *_NEXT, "FOR SYSTEM_TIME AS OF", "/*+ OPTIONS(", "MATCH_RECOGNIZE (")
    )


def _wants_value(last: Token) -> bool:
    if last.kind is TokenKind.SYMBOL:
        return last.text[-1] in _OPERATORS
    return last.keyword in _BEFORE_VALUE


def _after_by(word: str) -> tuple[str, ...]:
    return {
        "GROUP": ("HAVING", "ORDER BY", "LIMIT", "UNION ALL"),
        "ORDER": ("ASC", "DESC", "NULLS FIRST", "NULLS LAST", "LIMIT", "ROWS BETWEEN", "RANGE BETWEEN"),
        "PARTITION": ("ORDER BY",),
    }[word]


def _after_value(word: str, level: Sequence[Token], at: int) -> tuple[str, ...]:
    last = level[-1].keyword
    if last == "AS":
        return ()
    if last == "IS":
        return ("NULL", "NOT NULL", "TRUE", "FALSE", "DISTINCT FROM", "NOT DISTINCT FROM")
    if last in ("ORDER", "GROUP"):
        return ("BY",)
    case = _IN_CASE if any(token.keyword == "CASE" for token in level[at:]) else ()
    if word == "SELECT":
        return ("FROM", "AS", "OVER (", *case, *_CONDITION, "FILTER (WHERE")
    if word in ("WHERE", "ON", "HAVING", "QUALIFY", "USING"):
        joins = _JOINS if word in ("ON", "USING") else ()
        return (*_CONDITION, *case, *joins, *_NEXT)
    if word == "SET":
        return ("WHERE", *case)
    return (*case, *_CONDITION)
