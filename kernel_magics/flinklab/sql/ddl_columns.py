"""The bracket after a table's name: columns, keys and the watermark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from flinklab.domain.definitions import TableColumn
from flinklab.sql.tokens import Token, TokenKind
from flinklab.sql.words import Words, name_of, unquoted, written

_NESTED = ("ROW", "ARRAY", "MAP", "MULTISET", "STRUCTURED")
_AFTER_TYPE = ("METADATA", "COMMENT", "CONSTRAINT", "PRIMARY", "UNIQUE")


@dataclass(slots=True)
class Columns:
    columns: list[TableColumn] = field(default_factory=list)
    primary_key: tuple[str, ...] = ()
    watermark: str = ""

    def read(self, text: str, of: Sequence[Token]) -> None:
        """`of`: the tokens inside the bracket. Raises `StatementParseError` where a column has no name."""
        for element in elements(of):
            words = Words(text, element)
            if words.take("WATERMARK", "FOR"):
                self.watermark = written(element[words.at :])
            elif not self._constraint(words):
                self._column(words)

    def _constraint(self, words: Words) -> bool:
        """`[CONSTRAINT name] PRIMARY KEY (...)`, which a column of the name PRIMARY is not."""
        start = words.at
        if words.take("CONSTRAINT"):
            words.path()
        if words.take("PRIMARY", "KEY") and words.peek() == "(":
            names = words.bracket() or []
            self.primary_key = tuple(name for token in names if (name := token.name) is not None)
            return True
        words.at = start
        return words.word() == "UNIQUE" and words.peek(1) == "("

    def _column(self, words: Words) -> None:
        token = words.token()
        name = name_of(token) if token else None
        if name is None:
            raise words.error("expected a column's name")
        words.at += 1
        comment, rest = _comment(words.tokens[words.at :])
        if words.take("AS"):
            self.columns.append(TableColumn(name, "", comment, computed=written(rest[1:])))
            return
        end = _end_of_type(rest)
        after = Words(words.text, rest[end:])
        metadata = ""
        if after.take("METADATA"):
            metadata = (after.string() or name) if after.take("FROM") else name
        if any(each.keyword == "PRIMARY" for each in rest[end:]):
            self.primary_key = (name,)
        self.columns.append(TableColumn(name, written(rest[:end]), comment, metadata=metadata))


def elements(of: Sequence[Token]) -> Iterator[list[Token]]:
    """What stands between the commas that are in no bracket, round or (of a type) angled."""
    element: list[Token] = []
    opened: list[str] = []
    for token in of:
        is_nested_type = token.text == "<" and bool(element) and element[-1].keyword in _NESTED
        if token.text == "(" or is_nested_type:
            opened.append(token.text)
        elif opened and (opened[-1], token.text) in (("(", ")"), ("<", ">")):
            opened.pop()
        elif token.text == "," and not opened:
            if element:
                yield element
            element = []
            continue
        element.append(token)
    if element:
        yield element


def _comment(of: Sequence[Token]) -> tuple[str, Sequence[Token]]:
    """The `COMMENT '...'` at the end, and what stands before it."""
    if len(of) > 1 and of[-2].keyword == "COMMENT" and of[-1].kind is TokenKind.STRING:
        return unquoted(of[-1]), of[:-2]
    return "", of


def _end_of_type(of: Sequence[Token]) -> int:
    opened = 0
    for index, token in enumerate(of):
        if token.text in ("(", "<"):
            opened += 1
        elif token.text in (")", ">"):
            opened -= 1
        elif not opened and token.keyword in _AFTER_TYPE:
            return index
    return len(of)
