"""Which clause of the SQL an operator comes from: Flink's plans carry no positions.

A clause of the right kind is looked for in the statement; among several, the one that shares most names with what
the plan says of the operator. Where that does not decide, the clause is written from the plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flinklab.domain.monitoring import Operator
from flinklab.domain.text import one_line
from flinklab.sql.tokens import Token, TokenKind, tokens

_WIDTH = 120
_WINDOWS = frozenset({"TUMBLE", "HOP", "CUMULATE", "SESSION"})
_RANKS = frozenset({"ROW_NUMBER", "RANK", "DENSE_RANK"})
_JOINS = frozenset({"INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER", "SEMI", "ANTI"})
_AFTER_SELECT = frozenset({"FROM", "UNION", "EXCEPT", "INTERSECT"})
_AFTER_WHERE = frozenset({"GROUP", "HAVING", "ORDER", "LIMIT", "UNION", "EXCEPT", "INTERSECT", "WINDOW", "QUALIFY"})
_AFTER_TABLE = _AFTER_WHERE | _JOINS | {"WHERE", "JOIN", "ON"}
_AFTER_JOIN = _AFTER_WHERE | _JOINS | {"WHERE", "JOIN"}

_SINK = re.compile(r"^(?:\[\d+\]:)?\s*(?P<name>.+?)(?:\[\d+\])?: (?:Writer|Committer)")
_TABLE = re.compile(r"table=\[+([^\]]*)")
_NAME = re.compile(r"[^\W\d]\w*")
_OPERATOR_WORDS = frozenset({"select", "as", "and", "or", "where", "true", "false", "null", "count", "sum", "max"})


@dataclass(frozen=True, slots=True)
class Clause:
    """`text` in one line; `line`: of the statement, from 1, None where it is written from the plan."""

    text: str
    line: int | None = None

    def __str__(self) -> str:
        return self.text


class _Found(NamedTuple):
    kind: str  # GROUP BY, JOIN, ...
    text: str
    line: int


def clause_of(operator: Operator, sql: str = "") -> Clause | None:
    """None where an operator comes from no clause of its own, as an exchange."""
    kind = _kind_of(operator)
    if kind in ("FROM", "INSERT INTO"):
        return _table_clause(kind, table_of(operator), sql)
    if not kind:
        return None
    found = [each for each in _clauses(sql) if each.kind == kind]
    chosen = _likest(found, operator)
    if chosen is None and kind == "GROUP BY" and not found:
        chosen = _likest([each for each in _clauses(sql) if each.kind == "DISTINCT"], operator)
    if chosen is not None:
        return Clause(chosen.text, chosen.line)
    written = _from_plan(kind, operator)
    return Clause(written) if written else None


def table_of(operator: Operator) -> str:
    """The table that a source or a sink is about, without catalog and database; empty for other operators."""
    named = _TABLE.search(operator.text)
    if named:
        path = [each.strip() for each in named[1].split(",") if "=" not in each]
        return path[2] if len(path) > 2 else path[0].rsplit(".", 1)[-1]
    sink = _SINK.match(operator.text)
    return sink["name"] if sink and sink["name"] != "end" else ""


def is_sink(operator: Operator) -> bool:
    return (
        operator.kind == "Sink"
        or operator.text.startswith("StreamingFileWriter")
        or bool(_SINK.match(operator.text))
    )


def is_source(operator: Operator) -> bool:
    return operator.kind in ("TableSourceScan", "DataStreamScan", "LegacyTableSourceScan")


def _kind_of(operator: Operator) -> str:
    name = operator.kind
    if is_source(operator):
        return "FROM"
    if is_sink(operator):
        return "INSERT INTO"
    if "Rank" in name or name == "Deduplicate" or name == "WindowDeduplicate":
        return "ROW_NUMBER"
    if "OverAggregate" in name:
        return "OVER"
    if "Window" in name and "Aggregate" in name:
        return "WINDOW"
    if "Aggregate" in name:
        return "GROUP BY"
    if name.endswith("Join"):
        return "JOIN"
    if name == "Match":
        return "MATCH_RECOGNIZE"
    if name in ("Sort", "SortLimit", "TemporalSort"):
        return "ORDER BY"
    if name == "WatermarkAssigner":
        return "WATERMARK"
    if name == "Calc":
        return "WHERE" if "where=[" in operator.text else "SELECT"
    return ""


def _from_plan(kind: str, operator: Operator) -> str:
    """In brackets stand what it groups by, joins on, filters by."""
    inside = {
        "GROUP BY": "groupBy",
        "WINDOW": "window",
        "JOIN": "where",
        "WHERE": "where",
        "ROW_NUMBER": "partitionBy",
        "OVER": "partitionBy",
        "ORDER BY": "orderBy",
        "WATERMARK": "rowtime",
        "SELECT": "select",
    }.get(kind)
    text = _in_brackets(operator.text, inside) if inside else ""
    if not text:
        return ""
    said = {
        "GROUP BY": f"GROUP BY {text}",
        "WINDOW": text,
        "JOIN": f"JOIN ... ON {text}",
        "ROW_NUMBER": f"ROW_NUMBER() OVER (PARTITION BY {text})",
        "OVER": f"OVER (PARTITION BY {text})",
        "WATERMARK": f"WATERMARK FOR {text}",
    }.get(kind, f"{kind} {text}")
    return one_line(said, _WIDTH)


def _in_brackets(text: str, name: str) -> str:
    begin = text.find(f"{name}=[")
    if begin < 0:
        return ""
    begin += len(name) + 2
    depth = 1
    for index in range(begin, len(text)):
        depth += (text[index] == "[") - (text[index] == "]")
        if depth == 0:
            return text[begin:index]
    return text[begin:]


def _likest(found: list[_Found], operator: Operator) -> _Found | None:
    """The one that shares most names with the plan's words; None when two do so alike."""
    if len(found) <= 1:
        return found[0] if found else None
    wanted = _names(operator.text) - _OPERATOR_WORDS
    scores = sorted(((len(wanted & _names(each.text)), index) for index, each in enumerate(found)), reverse=True)
    best, second = scores[0], scores[1]
    if best[0] == second[0] and found[best[1]].text != found[second[1]].text:
        return None
    return found[best[1]]


def _names(text: str) -> frozenset[str]:
    return frozenset(each.lower() for each in _NAME.findall(text))


def _table_clause(kind: str, name: str, sql: str) -> Clause | None:
    found = [each for each in _clauses(sql) if each.kind == kind]
    if not name:
        return Clause(found[0].text, found[0].line) if len(found) == 1 else None
    for each in found:
        if each.text.rsplit(" ", 1)[-1].replace("`", "").rsplit(".", 1)[-1] == name:
            return Clause(each.text, each.line)
    return Clause(f"{kind} {name}")  # it is read through a view


@lru_cache(maxsize=32)
def _clauses(sql: str) -> tuple[_Found, ...]:
    """All clauses of a statement, in its order, those of sub-queries as well."""
    return tuple(_Reader(sql).read())


class _Reader:
    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._tokens = list(tokens(sql))

    def read(self) -> Iterator[_Found]:
        for index, token in enumerate(self._tokens):
            word, after = token.keyword, self._word(index + 1)
            if word == "GROUP" and after == "BY":
                yield self._to(index, "GROUP BY", lambda t: t.keyword in _AFTER_WHERE - {"GROUP"})
            elif word == "ORDER" and after == "BY" and not self._inside_over(index):
                yield self._to(index, "ORDER BY", lambda t: t.keyword in {"LIMIT", "UNION"})
            elif word == "SELECT":
                yield self._to(index, "DISTINCT" if after == "DISTINCT" else "SELECT", _is_after_select)
            elif word == "WHERE":
                yield self._to(index, "WHERE", lambda t: t.keyword in _AFTER_WHERE)
            elif word == "JOIN":
                begin = index
                while begin and self._word(begin - 1) in _JOINS:
                    begin -= 1
                yield self._to(begin, "JOIN", lambda t: t.keyword in _AFTER_JOIN, skip=index - begin + 1)
                yield from self._table(index, "FROM")
            elif word in ("FROM", "TABLE") and self._word(index - 1) not in ("CREATE", "LATERAL"):
                yield from self._table(index, "FROM")
            elif word == "INTO" and self._word(index - 1) == "INSERT":
                yield from self._table(index, "INSERT INTO")
            elif word in _WINDOWS and self._is(index + 1, "("):
                yield self._call(index, "WINDOW")
            elif word in _RANKS and self._is(index + 1, "("):
                yield self._to(index, "ROW_NUMBER", _never, calls=2)
            elif word == "OVER" and self._word(index - 3) not in _RANKS and self._is(index + 1, "("):
                yield self._call(index, "OVER")
            elif word == "MATCH_RECOGNIZE":
                yield self._call(index, "MATCH_RECOGNIZE")

    def _word(self, index: int) -> str:
        return self._tokens[index].keyword if 0 <= index < len(self._tokens) else ""

    def _is(self, index: int, symbol: str) -> bool:
        return 0 <= index < len(self._tokens) and self._tokens[index].text == symbol

    def _inside_over(self, index: int) -> bool:
        """ORDER BY of a window: a bracket is open that OVER opened."""
        depth = 0
        for before in range(index - 1, -1, -1):
            depth += self._is(before, ")") - self._is(before, "(")
            if depth < 0:
                return self._word(before - 1) == "OVER"
        return False

    def _table(self, index: int, kind: str) -> Iterator[_Found]:
        parts: list[str] = []
        at = index + 1
        while at < len(self._tokens) and self._tokens[at].name is not None and self._word(at) not in _AFTER_TABLE:
            parts.append(self._tokens[at].text)
            if not self._is(at + 1, "."):
                break
            at += 2
        if parts and not self._is(at + 1, "("):
            yield self._found(kind, index, f"{kind} {'.'.join(parts)}")

    def _call(self, index: int, kind: str) -> _Found:
        return self._to(index, kind, _never, calls=1)

    def _to(self, begin: int, kind: str, ends: Callable[[Token], bool], *, skip: int = 1, calls: int = 0) -> _Found:
        """From a token to the one before which the clause ends: at its own depth of brackets. `calls`: it ends
        with the bracket that closes so many of its own."""
        depth, closed = 0, 0
        for index in range(begin + skip, len(self._tokens)):
            token = self._tokens[index]
            if token.text == "(" and token.kind is TokenKind.SYMBOL:
                depth += 1
            elif token.text == ")" and token.kind is TokenKind.SYMBOL:
                depth -= 1
                closed += depth == 0
                if calls and closed == calls and depth == 0:
                    return self._found(kind, begin, self._text(begin, index + 1))
            if depth < 0 or token.kind is TokenKind.SEMICOLON or (depth == 0 and ends(token)):
                return self._found(kind, begin, self._text(begin, index))
        return self._found(kind, begin, self._text(begin, len(self._tokens)))

    def _text(self, begin: int, end: int) -> str:
        last = self._tokens[end - 1]
        return self._sql[self._tokens[begin].offset : last.offset + len(last.text)]

    def _found(self, kind: str, index: int, text: str) -> _Found:
        line = self._sql.count("\n", 0, self._tokens[index].offset) + 1
        return _Found(kind, one_line(text, _WIDTH), line)


def _is_after_select(token: Token) -> bool:
    return token.keyword in _AFTER_SELECT


def _never(token: Token) -> bool:
    return False
