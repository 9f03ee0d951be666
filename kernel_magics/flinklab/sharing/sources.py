"""Definitions out of a text of SQL: its CREATE statements, none of which is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from flinklab.domain.definitions import Definition, DefinitionKind, Name
from flinklab.domain.errors import StatementParseError
from flinklab.domain.statements import Statement
from flinklab.sharing.imports import Imported, secrets_as_variables
from flinklab.sql.ddl import Ddl, read_ddl
from flinklab.sql.ddl_head import read_head
from flinklab.sql.identifiers import quote
from flinklab.sql.names import Path, named
from flinklab.sql.split import split
from flinklab.sql.tokens import tokens


def from_sql(text: str, team: str, owner: str = "") -> Imported:
    """The tables, views, functions, models and catalogs that `text` creates, called by the last part of their name.

    Their texts stay as they are, but where one names another by a path (`dw.orders`), it is by its name in the
    team then, and a secret in an option is a `${name}`. A CREATE OR REPLACE takes the place of what came before
    it under the same name. Everything else is noted with its line: other statements, names that are taken, tables
    made by a query, and what cannot be read. Never raises.
    """
    notes: list[str] = []
    created: dict[str, _Created] = {}
    for statement in split(text):
        one = _created(statement, notes)
        if one is None:
            continue
        name = one.ddl.path[-1]
        if name in created and not one.ddl.or_replace:
            before = created[name].line
            notes.append(f"line {statement.line}: left out, {name} is defined on line {before} already")
        else:
            created[name] = one
    names = {one.ddl.path: name for name, one in created.items() if len(one.ddl.path) > 1}
    return Imported([one.definition(Name(team, name), owner, names, notes) for name, one in created.items()], notes)


@dataclass(frozen=True, slots=True)
class _Created:
    text: str
    line: int
    ddl: Ddl

    def definition(self, name: Name, owner: str, names: Mapping[Path, str], notes: list[str]) -> Definition:
        text = self.text
        for table in reversed(named(text).tables):
            if table.parts in names:
                text = text[: table.offset] + quote(names[table.parts]) + text[table.offset + table.length :]
        text = secrets_as_variables(text, name, notes)
        note = f"from line {self.line} of a file of SQL"
        return Definition(name, self.ddl.kind, text, read_ddl(text).facts, owner=owner, note=note)


def _created(statement: Statement, notes: list[str]) -> _Created | None:
    line = statement.line
    try:
        head = read_head(statement.text)
        if head is None or head.verb.keyword not in ("CREATE", "REPLACE"):
            words = [token.keyword for token in islice(tokens(statement.text), 2)]
            notes.append(
                f"line {line}: {' '.join(words).strip() or 'a statement'} defines nothing, and was not run"
            )
            return None
        ddl = read_ddl(statement.text)
    except StatementParseError as error:
        line += error.position.line - 1 if error.position else 0
        notes.append(f"line {line}: left out, {error.message}")
        return None
    if ddl.kind is DefinitionKind.TABLE and ddl.body:
        notes.append(f"line {line}: left out, {ddl.path[-1]} is made by a query: write down its columns")
        return None
    return _Created(statement.text, line, ddl)
