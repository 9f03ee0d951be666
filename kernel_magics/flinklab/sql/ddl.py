"""What a DDL statement defines, and the same statement under another name or with other options.

Tolerant: what a newer Flink adds to a clause is passed over. Whether a statement is valid, only the gateway says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flinklab.domain.definitions import DefinitionKind, Facts
from flinklab.sql.ddl_columns import Columns, elements
from flinklab.sql.ddl_head import Head, read_head
from flinklab.sql.identifiers import quote, string
from flinklab.sql.names import Named, named
from flinklab.sql.tokens import Token, TokenKind
from flinklab.sql.words import Words, unquoted

Path = tuple[str, ...]

_EXPECTED = "expected CREATE TABLE, VIEW, FUNCTION, MODEL or CATALOG"


@dataclass(frozen=True, slots=True)
class Ddl:
    """A CREATE statement. Of a model the columns are its input's, then its output's.

    `body`: the query of a view, of a `CREATE TABLE ... AS` or a `CREATE MODEL ... AS`; a function's class.
    `resources`: the jars and files after USING. `needs`: what its query, its expressions and its LIKE name.
    """

    kind: DefinitionKind
    path: Path
    temporary: bool
    if_not_exists: bool
    or_replace: bool
    facts: Facts
    body: str
    needs: Named
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """A statement that changes what is there. `verb`: `ALTER`, `DROP` or `REPLACE`; `new_path` of a RENAME TO."""

    verb: str
    kind: DefinitionKind
    path: Path
    temporary: bool = False
    if_exists: bool = False
    new_path: Path = ()


def read_ddl(text: str) -> Ddl:
    """Raises `StatementParseError` where `text` is not one CREATE statement of a definition."""
    head = _create(text)
    clauses = _Clauses(text, head.kind)
    clauses.read(head.rest)
    if head.kind is DefinitionKind.VIEW and not clauses.body:
        raise head.rest.error("a view needs AS and a query")
    if head.kind is DefinitionKind.FUNCTION and not clauses.body:
        raise head.rest.error("a function needs AS and its class: AS 'com.example.Function'")
    return Ddl(
        kind=head.kind,
        path=head.path,
        temporary=head.has("TEMPORARY"),
        if_not_exists=head.has("IF"),
        or_replace=head.has("REPLACE") or head.verb.keyword == "REPLACE",
        facts=clauses.facts(),
        body=clauses.body,
        needs=named(text),
        resources=tuple(clauses.resources),
    )


def changes(text: str) -> Changes | None:
    """None for everything but ALTER, DROP and REPLACE of a definition.

    Raises `StatementParseError` when such a statement names nothing.
    """
    head = read_head(text)
    if head is None:
        return None
    verb = head.verb.keyword
    if verb == "CREATE" and head.has("OR"):
        verb = "REPLACE"
    if verb == "CREATE":
        return None
    new_path: Path = ()
    if verb == "ALTER" and head.rest.take("RENAME", "TO"):
        new_path = head.rest.path()
    return Changes(verb, head.kind, head.path, head.has("TEMPORARY"), head.has("IF"), new_path)


def as_temporary(text: str, path: Sequence[str]) -> str:
    """The same definition as a temporary one under `path`, the rest of the text as it stands.

    Its OR REPLACE and IF NOT EXISTS are gone: Flink replaces no temporary object, and a name that is taken
    should be seen. There are no temporary catalogs: of a catalog it is a `CREATE CATALOG IF NOT EXISTS`.

    Raises `StatementParseError` like `read_ddl`.
    """
    head = _create(text)
    if head.kind is DefinitionKind.CATALOG:
        return _with_head(text, head, "CREATE", f"IF NOT EXISTS {quote(path)}")
    return _with_head(text, head, "CREATE TEMPORARY", quote(path))


def as_permanent(text: str, path: Sequence[str]) -> str:
    """The same definition as a `CREATE ... IF NOT EXISTS` under `path`, the rest of the text as it stands.

    Raises `StatementParseError` like `read_ddl`.
    """
    return _with_head(text, _create(text), "CREATE", f"IF NOT EXISTS {quote(path)}")


def renamed(text: str, path: Sequence[str]) -> str:
    """The same statement about `path`. Raises `StatementParseError` like `read_ddl`."""
    head = _create(text)
    return _edited(text, [(head.path_begin, head.path_end, quote(path))])


def with_options(text: str, options: Mapping[str, str]) -> str:
    """The same statement with `options` in its WITH, in the place of those of the same name.

    Raises `StatementParseError` like `read_ddl`, and for a view or a function, which have none.
    """
    head = _create(text)
    if head.kind in (DefinitionKind.VIEW, DefinitionKind.FUNCTION):
        raise head.rest.error(f"a {head.kind.value} has no options")
    clauses = _Clauses(text, head.kind)
    clauses.read(head.rest)
    edits = [
        (token.offset, token.offset + len(token.text), string(options[key]))
        for key, token in clauses.options.items()
        if key in options
    ]
    new = [f"{string(key)} = {string(value)}" for key, value in options.items() if key not in clauses.options]
    if new and clauses.with_end is not None:
        glue = ", " if clauses.options else ""
        edits.append((clauses.with_end, clauses.with_end, glue + ", ".join(new)))
    elif new:
        at = clauses.before_body
        edits.append((at, at, f"WITH ({', '.join(new)}) " if at < clauses.end else f" WITH ({', '.join(new)})"))
    return _edited(text, edits)


def _create(text: str) -> Head:
    head = read_head(text)
    if head is None or head.verb.keyword not in ("CREATE", "REPLACE"):
        raise Words(text).error(_EXPECTED)
    return head


@dataclass(slots=True)
class _Clauses:
    """What stands after a name: brackets, COMMENT, PARTITIONED BY, WITH, LIKE, AS. Offsets are in `text`."""

    text: str
    kind: DefinitionKind
    columns: Columns = field(default_factory=Columns)
    comment: str = ""
    partitioned_by: tuple[str, ...] = ()
    options: dict[str, Token] = field(default_factory=dict)
    with_end: int | None = None
    body: str = ""
    resources: list[str] = field(default_factory=list)
    before_body: int = 0  # where a WITH clause can be put in
    end: int = 0

    def facts(self) -> Facts:
        return Facts(
            columns=tuple(self.columns.columns),
            primary_key=self.columns.primary_key,
            partitioned_by=self.partitioned_by,
            watermark=self.columns.watermark,
            options={key: unquoted(token) for key, token in self.options.items()},
            comment=self.comment,
        )

    def read(self, words: Words) -> None:
        self.end = _end(words)
        self.before_body = self.end
        if words.peek() == "(":
            self.columns.read(self.text, words.bracket() or [])
        while not words.is_over:
            if words.word() in ("AS", "LIKE"):
                self.before_body = min(self.before_body, words.tokens[words.at].offset)
            if words.take("AS"):
                self._as(words)
            elif not self._clause(words):
                words.bracket() if words.peek() == "(" else self._step(words)

    def _clause(self, words: Words) -> bool:
        if words.take("COMMENT"):
            self.comment = words.string() or ""
        elif words.take("PARTITIONED", "BY"):
            self.partitioned_by = tuple(name for token in words.bracket() or () if (name := token.name) is not None)
        elif words.word() in ("INPUT", "OUTPUT") and words.peek(1) == "(":
            words.at += 1
            self.columns.read(self.text, words.bracket() or [])
        elif words.word() == "WITH" and words.peek(1) == "(":
            words.at += 1
            self._with(words)
        elif words.word() in ("JAR", "FILE", "ARCHIVE", "ARTIFACT"):
            words.at += 1
            self.resources.append(words.string() or "")
        else:
            return False
        return True

    def _with(self, words: Words) -> None:
        for element in elements(words.bracket() or []):
            if len(element) == 3 and element[0].kind is element[2].kind is TokenKind.STRING:
                self.options[unquoted(element[0])] = element[2]
        self.with_end = words.tokens[words.at - 1].offset

    def _as(self, words: Words) -> None:
        if self.kind is DefinitionKind.FUNCTION:
            self.body = words.string() or ""
            return
        begin = words.token()
        self.body = self.text[begin.offset : self.end] if begin else ""
        while not words.is_over:
            self._step(words)

    def _step(self, words: Words) -> None:
        if words.peek() == ";" and words.token(1) is not None:
            words.at += 1
            raise words.error("expected one statement, and here begins another")
        words.at += 1


def _end(words: Words) -> int:
    """The offset after the last token that is no `;`."""
    last = next((token for token in reversed(words.tokens) if token.kind is not TokenKind.SEMICOLON), None)
    return last.offset + len(last.text) if last else 0


def _with_head(text: str, head: Head, verb: str, name: str) -> str:
    edits = [_without(text, flag) for flag in head.flags]
    if (head.verb.keyword, verb) != ("CREATE", "CREATE"):
        edits.append((head.verb.offset, head.verb.offset + len(head.verb.text), verb))
    return _edited(text, [*edits, (head.path_begin, head.path_end, name)])


def _without(text: str, flag: Token) -> tuple[int, int, str]:
    end = flag.offset + len(flag.text)
    while text[end : end + 1] in (" ", "\t"):  # not the line ends, so that places keep their line
        end += 1
    return flag.offset, end, ""


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    for begin, end, new in sorted(edits, reverse=True):
        text = text[:begin] + new + text[end:]
    return text
