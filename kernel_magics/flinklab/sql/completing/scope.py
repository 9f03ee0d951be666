"""Which tables a query reads, under which names: what its columns can come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from flinklab.domain.definitions import TableColumn
from flinklab.sql.keywords import words
from flinklab.sql.tokens import Token, TokenKind
from flinklab.sql.words import name_of

Path = tuple[str, ...]
ColumnsOf = Callable[[Path], Sequence[TableColumn] | None]
"""The columns of a table; None when they are not known."""

_SET_OPERATIONS = words("UNION EXCEPT INTERSECT MINUS")
_AFTER_FROM = words("WHERE GROUP HAVING ORDER WINDOW QUALIFY LIMIT OFFSET FETCH")
_NO_ALIAS = (
    _SET_OPERATIONS
    | _AFTER_FROM
    | words(
        "ON USING JOIN INNER LEFT RIGHT FULL CROSS OUTER NATURAL FOR AS SELECT FROM SET VALUES MATCH_RECOGNIZE",
        "LATERAL TABLESAMPLE WITH UNNEST",
    )
)
_WINDOWS = words("TUMBLE HOP CUMULATE SESSION")
_WINDOW_COLUMNS = (
    TableColumn("window_start", "TIMESTAMP(3)"),
    TableColumn("window_end", "TIMESTAMP(3)"),
    TableColumn("window_time", "TIMESTAMP(3)"),
)
_DEPTH = 60  # brackets in brackets
_DERIVED = 8  # queries in queries through which columns are followed
_COLUMNS = 1_000


@dataclass(slots=True)
class Source:
    """What stands after FROM or JOIN. `names` are given after the alias: `AS t (a, b)`."""

    alias: str
    path: Path = ()
    query: Query | None = None
    names: tuple[str, ...] = ()
    is_window: bool = False


@dataclass(slots=True)
class Query:
    """`items`: the tokens of each thing that it selects. `ctes` are those that it can see."""

    parent: Query | None = None
    ctes: dict[str, Query] = field(default_factory=dict)
    items: list[list[Token]] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)

    @property
    def visible(self) -> Iterator[Source]:
        """Its own sources, then those of the queries around it."""
        query: Query | None = self
        while query is not None:
            yield from query.sources
            query = query.parent

    def columns(self, columns_of: ColumnsOf, depth: int = 0) -> list[TableColumn]:
        """What it selects, as far as that is known."""
        found: list[TableColumn] = []
        for item in self.items:
            if item and item[-1].text == "*":
                chosen = item[0].name if len(item) == 3 else None
                for source in self.sources:
                    if chosen in (None, source.alias):
                        found += columns_of_source(source, self, columns_of, depth + 1)
            elif name := _item_name(item):
                found.append(self._typed(name, item, columns_of, depth + 1))
        return found[:_COLUMNS]

    def _typed(self, name: str, item: Sequence[Token], columns_of: ColumnsOf, depth: int) -> TableColumn:
        """The type of an item that is nothing but a column."""
        if len(item) > 1 and item[1].text not in (".", "AS", "as") and len(item) != 2:
            return TableColumn(name)
        plain = [token.name for token in item if token.text != "."]
        wanted = plain[1] if len(item) > 2 and item[1].text == "." else plain[0]
        for source in self.sources:
            for column in columns_of_source(source, self, columns_of, depth):
                if column.name == wanted:
                    return TableColumn(name, column.type, column.comment)
        return TableColumn(name)


def columns_of_source(source: Source, query: Query, columns_of: ColumnsOf, depth: int = 0) -> list[TableColumn]:
    if depth > _DERIVED:
        return []
    inner = source.query or (query.ctes.get(source.path[0]) if len(source.path) == 1 else None)
    if inner is not None:
        columns = inner.columns(columns_of, depth + 1)
    else:
        columns = list(columns_of(source.path) or ()) if source.path else []
    if source.is_window:
        columns += _WINDOW_COLUMNS
    if source.names:
        typed = [*columns, *[TableColumn("")] * len(source.names)]
        return [TableColumn(name, typed[at].type) for at, name in enumerate(source.names)]
    return columns


def query_at(before: Sequence[Token], after: Sequence[Token]) -> Query:
    """The innermost query that the caret between these tokens is in. Never raises."""
    caret = Token(TokenKind.SYMBOL, "\0", before[-1].offset + len(before[-1].text) if before else 0)
    reader = _Reader([*before, caret, *after], len(before))
    outermost = reader.query(None, {})
    while not reader.is_over:  # a bracket that was never opened
        reader.at += 1
        reader.query(None, outermost.ctes)
    return reader.found or outermost


def _item_name(item: Sequence[Token]) -> str | None:
    if not item:
        return None
    last = name_of(item[-1])
    if len(item) == 1 or item[-2].text == ".":
        return last
    if item[-2].keyword == "AS" or item[-2].name is not None or item[-2].text == ")":
        return None if item[-1].keyword in ("END", "NULL") else last
    return None


class _Reader:
    def __init__(self, of: Sequence[Token], caret: int) -> None:
        self._tokens = of
        self._caret = caret
        self._depth = 0
        self.at = 0
        self.found: Query | None = None

    @property
    def is_over(self) -> bool:
        return self.at >= len(self._tokens)

    def query(self, parent: Query | None, ctes: dict[str, Query]) -> Query:
        """Up to the bracket that ends it, or the end of all."""
        first = query = Query(parent, dict(ctes))
        state = ""
        while (token := self._token()) is not None and token.text != ")":
            word = token.keyword
            self._look(query)
            if word == "WITH" and not state and self._name(1) is not None:
                self._ctes(query)
                continue
            if word in _SET_OPERATIONS or (word == "SELECT" and state):
                query, state = Query(parent, query.ctes), ""
            if word == "SELECT":
                state = word
                query.items.append([])
            elif (word == "FROM" and state == "SELECT" and self._word(-1) != "DISTINCT") or word in (
                "JOIN",
                "UPDATE",
            ):
                state = "FROM"
                self.at += 1
                self._source(query)
                continue
            elif token.text == "," and state == "FROM":
                self.at += 1
                self._source(query)
                continue
            elif word in _AFTER_FROM:
                state = word
            elif token.text == "(":
                self._bracket(query)
                if state == "SELECT":
                    query.items[-1].append(Token(TokenKind.SYMBOL, ")", token.offset))
                continue
            elif state == "SELECT" and self.at != self._caret:
                self._item(query, token)
            self.at += 1
        return first

    @staticmethod
    def _item(query: Query, token: Token) -> None:
        if token.text == ",":
            query.items.append([])
        elif token.keyword not in ("DISTINCT", "ALL") or query.items[-1]:
            query.items[-1].append(token)

    def _bracket(self, query: Query) -> Query | None:
        """Over a bracket with all that is in it; the query that it holds, if it holds one."""
        self.at += 1
        inner = None
        if self._depth < _DEPTH:
            self._depth += 1
            if self._word() in ("SELECT", "WITH", "VALUES"):
                inner = self.query(query, query.ctes)
            else:
                while (token := self._token()) is not None and token.text != ")":
                    self._look(query)
                    if token.text == "(":
                        inner = self._bracket(query) or inner
                    else:
                        self.at += 1
            self._depth -= 1
        else:
            while (token := self._token()) is not None and token.text != ")":
                self.at += 1
        self._look(query)
        self.at += 1
        return inner

    def _ctes(self, query: Query) -> None:
        """After WITH: `name [(columns)] AS (query)`, and more after commas."""
        while True:
            self.at += 1
            self.at += self._word() == "RECURSIVE"
            name = self._name()
            if name is None:
                return
            self.at += 1
            names = self._names() if self._text() == "(" else ()
            if self._word() != "AS" or self._text(1) != "(":
                return
            self.at += 1
            inner = self._bracket(query)
            if inner is not None:
                query.ctes[name] = inner if not names else _renamed(inner, names)
            if self._text() != ",":
                return

    def _source(self, query: Query) -> None:
        """One table, subquery or table function, with its alias."""
        self._look(query)
        self.at += self._word() == "LATERAL"
        source = Source("")
        if self._text() == "(":
            self._in_brackets(query, source)
        elif self._word() in ("TABLE", "UNNEST") and self._text(1) == "(":
            source.path, source.is_window = self._table_function(query)
        else:
            source.path = self._path()
            if not source.path:
                return
            if self._text() == "(":
                self._bracket(query)
                source.path = ()
        self._skip_hints(query)
        if self._word() == "FOR" and self._word(1) == "SYSTEM_TIME":
            self.at += 4
            self._path()
            if self._text() == "(":
                self._bracket(query)
        source.alias = source.path[-1] if source.path else ""
        explicit = self._word() == "AS"
        name = self._name(1 if explicit else 0)
        if name is not None and (explicit or self._word() not in _NO_ALIAS):
            self.at += 2 if explicit else 1
            source.alias = name
            if self._text() == "(":
                source.names = self._names()
        if source.alias or source.query is not None:
            query.sources.append(source)

    def _in_brackets(self, query: Query, source: Source) -> None:
        if self._word(1) in ("SELECT", "WITH", "VALUES") or self._text(1) == "(":
            source.query = self._bracket(query)
            if source.query is not None:
                source.query.parent = query.parent  # what stands beside it in FROM is not seen in it
            return
        self.at += 1
        self._source(query)
        while (token := self._token()) is not None and token.text != ")":
            if token.keyword == "JOIN":
                self.at += 1
                self._source(query)
            else:
                self._look(query)
                self.at += 1
        self.at += 1

    def _table_function(self, query: Query) -> tuple[Path, bool]:
        """`TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), ...))`: the table, and whether it gets window columns."""
        begin = self.at + 1
        self.at += 1
        self._bracket(query)
        end, self.at = self.at, begin
        path: Path = ()
        is_window = self._word(1) in _WINDOWS
        while self.at < end and not path:
            self.at += 1
            if self._word() == "TABLE" and self._text(1) != "(":
                self.at += 1
                path = self._path()
        self.at = end
        return path, is_window

    def _skip_hints(self, query: Query) -> None:
        if self._text() != "/*+":
            return
        while (token := self._token()) is not None:
            self._look(query)
            self.at += 1
            if token.text == "*/":
                return

    def _names(self) -> tuple[str, ...]:
        """The names in the bracket that begins here, stepped over."""
        names: list[str] = []
        while (token := self._token()) is not None and token.text != ")":
            if (name := name_of(token)) is not None:
                names.append(name)
            self.at += 1
        self.at += 1
        return tuple(names)

    def _path(self) -> Path:
        parts: list[str] = []
        while (name := self._name()) is not None:
            parts.append(name)
            self.at += 1
            if self._text() != "." or self._name(1) is None:
                break
            self.at += 1
        return tuple(parts)

    def _look(self, query: Query) -> None:
        if self.at == self._caret:
            self.found = query

    def _token(self, ahead: int = 0) -> Token | None:
        at = self.at + ahead
        return self._tokens[at] if 0 <= at < len(self._tokens) else None

    def _text(self, ahead: int = 0) -> str:
        token = self._token(ahead)
        return token.text if token else ""

    def _word(self, ahead: int = 0) -> str:
        token = self._token(ahead)
        return token.keyword if token else ""

    def _name(self, ahead: int = 0) -> str | None:
        token = self._token(ahead)
        return name_of(token) if token else None


def _renamed(query: Query, names: Sequence[str]) -> Query:
    items = [[Token(TokenKind.QUOTED_NAME, f"`{name}`", 0)] for name in names]
    return Query(query.parent, query.ctes, items, query.sources)
