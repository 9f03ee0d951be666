"""Which tables, functions, models and catalogs a statement may mean, by where their names stand.

No parser: candidates. What is no table after all (an alias, a word after an `EXTRACT(x FROM ...)`) costs whoever
looks it up nothing; what is left out costs a question to the gateway, whose word is the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from flinklab.domain.definitions import How
from flinklab.sql.keywords import NOT_FUNCTIONS, NOT_TABLES, words
from flinklab.sql.tokens import Token, TokenKind, tokens
from flinklab.sql.words import Words

Path = tuple[str, ...]


class NamedTable(NamedTuple):
    """A table or view, among `calls` a function or model: one to three parts without back-ticks.

    `offset` and `length` are in characters of the text.
    """

    parts: Path
    how: How
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Named:
    """In the order of the text; `tables` as often as they are named, the others once.

    What a CREATE, ALTER or DROP is about is not in it (`ddl.read_ddl` and `ddl.changes` tell that), nor are names
    that a WITH of the statement defines. Functions are those that are not words of SQL itself, whether Flink has
    them built in or not. `catalogs` are first parts of three, and what stands after CATALOG. `calls` are the
    functions and models of expressions where they stand, as often as they are named.
    """

    tables: tuple[NamedTable, ...] = ()
    functions: tuple[Path, ...] = ()
    models: tuple[Path, ...] = ()
    catalogs: tuple[str, ...] = ()
    calls: tuple[NamedTable, ...] = ()


def named(text: str) -> Named:
    """The names in one statement (a statement set is one, too). Never raises."""
    return _Reader(text).read()


class _Next(Enum):
    """What the next name is, because of the words before it."""

    ANYTHING = "anything"
    SOURCE = "a table, or a function if a bracket follows"
    TABLE = "a table, whatever follows"
    SINK = "a table that is written"
    MODEL = "a model"


@dataclass(slots=True)
class _Frame:
    """What is known between an open bracket and its end. `defines` is the CTE whose query stands in it."""

    is_query: bool = False
    in_from: bool = False
    in_with: bool = False
    defines: str | None = None
    ctes: set[str] = field(default_factory=set)


_ENDS_FROM = words(
    "WHERE GROUP HAVING ORDER WINDOW QUALIFY UNION EXCEPT INTERSECT MINUS LIMIT OFFSET FETCH SET SELECT VALUES"
)
_BEFORE_STATEMENT = words(
    "EXPLAIN EXECUTE COMPILE AND PLAN FOR STATEMENT SET BEGIN",
    "ESTIMATED_COST CHANGELOG_MODE JSON_EXECUTION_PLAN PLAN_ADVICE",
)
_DDL = words("CREATE ALTER DROP REPLACE")
_BEFORE_SUBJECT = words("CREATE ALTER DROP OR REPLACE TEMPORARY SYSTEM MATERIALIZED IF NOT EXISTS")
_SUBJECTS = words("TABLE VIEW FUNCTION MODEL CATALOG DATABASE CONNECTION")
_RESOURCES = words("JAR FILE ARCHIVE ARTIFACT")


class _Reader:
    def __init__(self, text: str) -> None:
        self._words = Words(text, _without_hints(text))
        self._next = _Next.ANYTHING
        self._frames = [_Frame(is_query=True)]
        self._creates_table = False
        self._tables: list[NamedTable] = []
        self._functions: dict[Path, None] = {}
        self._models: dict[Path, None] = {}
        self._catalogs: dict[str, None] = {}
        self._calls: list[NamedTable] = []

    def read(self) -> Named:
        self._begin()
        while (token := self._words.token()) is not None:
            if token.kind is TokenKind.SEMICOLON:
                self._words.at += 1
                self._frames = [_Frame(is_query=True)]
                self._begin()
            elif token.name is None:
                self._symbol(token.text)
            elif self._words.peek(1) == "." or not self._keyword(token.keyword):
                self._name()
        return Named(
            tuple(self._tables),
            tuple(self._functions),
            tuple(self._models),
            tuple(self._catalogs),
            tuple(self._calls),
        )

    def _begin(self) -> None:
        """The head of a statement: what SHOW, DESCRIBE, USE and CALL name, and what a DDL is about."""
        self._next = _Next.ANYTHING
        self._creates_table = False
        while self._words.word() in _BEFORE_STATEMENT or (
            self._words.peek() == "," and self._words.word(-1) in _BEFORE_STATEMENT
        ):
            self._words.at += 1
        word = self._words.word()
        if word in _DDL:
            self._subject()
        elif word in ("DESCRIBE", "DESC"):
            self._words.at += 1 + (self._words.word(1) == "EXTENDED")
            self._told_of()
        elif word == "SHOW":
            self._show()
        elif word == "USE":
            self._words.at += 1 + (self._words.word(1) == "CATALOG")
            self._catalog_of(self._words.path())
        elif word == "CALL":
            self._words.at += 1
            path = self._words.path()
            self._catalog_of(path[:-2] and path)

    def _subject(self) -> None:
        while self._words.word() in _BEFORE_SUBJECT:
            self._words.at += 1
        kind = self._words.word()
        if kind not in _SUBJECTS:
            return
        self._words.at += 1
        while self._words.word() in _BEFORE_SUBJECT:
            self._words.at += 1
        path = self._words.path()
        self._creates_table = kind == "TABLE"
        if len(path) == (2 if kind == "DATABASE" else 3):
            self._catalogs[path[0]] = None

    def _told_of(self) -> None:
        """After DESCRIBE and SHOW CREATE: a word that says what is named, and the name."""
        word = self._words.word()
        if word in ("CATALOG", "DATABASE", "FUNCTION", "JOB"):
            self._words.at += 1
            path = self._words.path()
            if word == "FUNCTION" and path:
                self._add_function(path)
            elif word == "CATALOG" or len(path) == 2:
                self._catalog_of(path)
            return
        while self._words.word() in ("MATERIALIZED", "TABLE", "VIEW"):
            self._words.at += 1
        if word == "MODEL":
            self._words.at += 1
        self._next = _Next.MODEL if word == "MODEL" else _Next.TABLE

    def _show(self) -> None:
        self._words.at += 1
        if self._words.word() == "CREATE":
            self._words.at += 1
            self._told_of()
        elif self._words.word() in ("COLUMNS", "PARTITIONS"):
            self._words.at += 1 + (self._words.word(1) in ("FROM", "IN"))
            self._next = _Next.TABLE
        else:
            of_catalogs = self._words.word() == "DATABASES"
            while not self._words.is_over and self._words.word() not in ("FROM", "IN"):
                self._words.at += 1
            self._words.at += 1
            path = self._words.path()
            self._catalog_of(path if of_catalogs else path[:-1])

    def _symbol(self, text: str) -> None:
        self._words.at += 1
        frame = self._frames[-1]
        if text == "(":
            is_source = self._next is _Next.SOURCE
            self._frames.append(_Frame(in_from=is_source))
            self._next = self._next if is_source else _Next.ANYTHING
            return
        self._next = _Next.ANYTHING
        if text == ")" and len(self._frames) > 1:
            self._frames.pop()
            if frame.defines is not None:
                self._frames[-1].ctes.add(frame.defines)
        elif text == "," and frame.in_with:
            self._cte()
        elif text == "," and frame.in_from:
            self._next = _Next.SOURCE

    def _keyword(self, word: str) -> bool:
        """Steps over `word` if it says what stands around it."""
        act = _WORDS.get(word)
        if act is None:
            return False
        self._next = act(self)
        self._words.at += 1
        if word == "WITH":
            self._cte()
        return True

    def _from(self) -> _Next:
        frame = self._frames[-1]
        of_expression = not frame.is_query or (
            self._words.word(-1) == "DISTINCT" and self._words.word(-2) in ("IS", "NOT")
        )
        if of_expression:
            return _Next.ANYTHING
        if self._words.word(-1) == "DELETE":
            return _Next.SINK
        return self._source()

    def _source(self) -> _Next:
        self._frames[-1].in_from = True
        return _Next.SOURCE

    def _end_from(self) -> _Next:
        frame = self._frames[-1]
        frame.in_from = frame.in_with = False
        frame.is_query |= self._words.word() in ("SELECT", "VALUES")
        return _Next.ANYTHING

    def _table(self) -> _Next:
        if self._words.peek(1) == "(":
            return _Next.ANYTHING
        return _Next.SINK if self._next is _Next.SINK or self._words.word(-1) == "TRUNCATE" else _Next.TABLE

    def _using(self) -> _Next:
        is_list = self._words.peek(1) == "(" or self._words.word(1) in _RESOURCES
        return _Next.ANYTHING if is_list else _Next.TABLE

    def _like(self) -> _Next:
        return _Next.TABLE if self._creates_table and len(self._frames) == 1 else _Next.ANYTHING

    def _cte(self) -> None:
        """After WITH or a comma in its list: `name [(columns)] AS (`, whose frame defines `name`."""
        frame = self._frames[-1]
        is_recursive = self._words.word() == "RECURSIVE"
        self._words.at += is_recursive
        start = self._words.at
        path = self._words.path()
        if self._words.peek() == "(" and path:
            while not self._words.is_over and self._words.peek() != ")":
                self._words.at += 1
            self._words.at += 1
        if len(path) != 1 or self._words.word() != "AS" or self._words.peek(1) != "(":
            self._words.at = start
            frame.in_with = False
            return
        self._words.at += 2
        frame.in_with = True
        if is_recursive:
            frame.ctes.add(path[0])
        self._frames.append(_Frame(defines=path[0]))

    def _name(self) -> None:
        first = self._words.tokens[self._words.at]
        meant, self._next = self._next, _Next.ANYTHING
        is_alias = self._frames[-1].in_from and self._words.word(-1) == "AS"
        path = self._words.path()
        if not path:
            self._words.at += 1
            return
        is_called = self._words.peek() == "("
        if meant is _Next.MODEL:
            self._models[path] = None
            self._calls.append(self._placed(path, first, How.USES))
            self._catalog_of(path[:-2] and path)
        elif meant is _Next.ANYTHING or (meant is _Next.SOURCE and is_called):
            if is_called and not is_alias and (len(path) > 1 or first.keyword not in NOT_FUNCTIONS):
                self._add_function(path)
                self._calls.append(self._placed(path, first, How.USES))
        elif first.keyword not in NOT_TABLES or len(path) > 1:
            self._add_table(path, first, How.WRITES if meant is _Next.SINK else How.READS)

    def _add_table(self, path: Path, first: Token, how: How) -> None:
        if len(path) > 3 or (len(path) == 1 and any(path[0] in frame.ctes for frame in self._frames)):
            return
        self._tables.append(self._placed(path, first, how))
        self._catalog_of(path[:-2] and path)

    def _placed(self, path: Path, first: Token, how: How) -> NamedTable:
        last = self._words.tokens[self._words.at - 1]
        return NamedTable(path, how, first.offset, last.offset + len(last.text) - first.offset)

    def _add_function(self, path: Path) -> None:
        if len(path) <= 3:
            self._functions[path] = None
            self._catalog_of(path[:-2] and path)

    def _catalog_of(self, path: Path) -> None:
        if path:
            self._catalogs[path[0]] = None


_WORDS: dict[str, Callable[[_Reader], _Next]] = {
    **dict.fromkeys(_ENDS_FROM, _Reader._end_from),
    **dict.fromkeys(("INTO", "OVERWRITE", "UPDATE"), lambda reader: _Next.SINK),
    **dict.fromkeys(("AS", "ON", "BY", "WITH"), lambda reader: _Next.ANYTHING),
    "FROM": _Reader._from,
    "JOIN": _Reader._source,
    "LATERAL": lambda reader: reader._next,
    "LIKE": _Reader._like,
    "MODEL": lambda reader: _Next.MODEL,
    "TABLE": _Reader._table,
    "USING": _Reader._using,
}


def _without_hints(text: str) -> list[Token]:
    kept: list[Token] = []
    in_hint = False
    for token in tokens(text):
        if token.text == "/*+":
            in_hint = True
        elif token.text == "*/":
            in_hint = False
        elif not in_hint:
            kept.append(token)
    return kept
