"""The head of a DDL statement: what it does, with what, under which name."""

from __future__ import annotations

from dataclasses import dataclass

from flinklab.domain.definitions import DefinitionKind
from flinklab.sql.keywords import words
from flinklab.sql.tokens import Token
from flinklab.sql.words import Words

_KINDS = {kind.name: kind for kind in DefinitionKind}
_VERBS = words("CREATE REPLACE ALTER DROP")


@dataclass(frozen=True, slots=True)
class Head:
    """`flags` are its words but the verb, the kind and the name's: `OR`, `REPLACE`, `TEMPORARY`, `IF`, ...

    `rest` is at the first token after the name.
    """

    verb: Token
    kind: DefinitionKind
    kind_token: Token
    flags: tuple[Token, ...]
    path: tuple[str, ...]
    path_begin: int
    path_end: int
    rest: Words

    def has(self, *flags: str) -> bool:
        return set(flags) <= {flag.keyword for flag in self.flags}


def read_head(text: str) -> Head | None:
    """None when `text` is no DDL about a table, view, function, model or catalog.

    Raises `StatementParseError` when it is, and what stands in the place of the name is none.
    """
    rest = Words(text)
    verb = rest.token()
    if verb is None or verb.keyword not in _VERBS:
        return None
    rest.at += 1
    flags = _flags(rest, "OR", "REPLACE", "ALTER", "TEMPORARY", "SYSTEM")
    kind_token = rest.token()
    if kind_token is None or kind_token.keyword not in _KINDS:
        return None
    rest.at += 1
    if rest.word() == "IF" and rest.word(1) in ("NOT", "EXISTS"):
        flags += _flags(rest, "IF", "NOT", "EXISTS")
    first = rest.token()
    path = rest.path()
    if first is None or not path or len(path) > 3:
        rest.at -= len(path) * 2 - 1 if path else 0
        raise rest.error(f"expected the name of a {kind_token.text.lower()}, of one to three parts")
    last = rest.tokens[rest.at - 1]
    kind = _KINDS[kind_token.keyword]
    return Head(verb, kind, kind_token, tuple(flags), path, first.offset, last.offset + len(last.text), rest)


def _flags(rest: Words, *known: str) -> list[Token]:
    found: list[Token] = []
    while (token := rest.token()) is not None and token.keyword in known:
        found.append(token)
        rest.at += 1
    return found
