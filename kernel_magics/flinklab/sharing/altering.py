"""An ALTER of a shared definition: Flink carries it out on a copy, and its text afterwards is the new one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from flinklab.domain.definitions import Definition, DefinitionKind
from flinklab.domain.errors import StatementError, UsageError
from flinklab.domain.variables import Resolved
from flinklab.sharing.resolving import Resolution
from flinklab.sharing.trial import Laboratory
from flinklab.sql.ddl import Changes as Change
from flinklab.sql.ddl import as_permanent, renamed
from flinklab.sql.identifiers import quote
from flinklab.sql.split import split
from flinklab.sql.variables import references, substitute

_SHOWN = {DefinitionKind.TABLE: "TABLE", DefinitionKind.VIEW: "VIEW", DefinitionKind.MODEL: "MODEL"}
_MARK = "flinklab__{}__variable"
_MARKED = re.compile(r"flinklab__([0-9a-f]+)__variable")


class Placeholders:
    """Puts a mark in the place of every `${name}`, by which it is found again: no value leaves the catalog."""

    def resolve(self, text: str, environment: str, *, team: str | None = None) -> Resolution:
        names = {reference.name for reference in references(text)}
        marked = substitute(text, {name: _MARK.format(name.encode().hex()) for name in names})
        return Resolution(marked, tuple(Resolved(name, "") for name in sorted(names)))

    def value(self, text: str, environment: str) -> tuple[str, frozenset[str]]:
        return text, frozenset()


def altered(before: Definition, change: Change, text: str, laboratory: Laboratory) -> str:
    """The DDL of `before` after the ALTER `text`. Raises what Flink says against it, and `UsageError`."""
    kind = _SHOWN.get(before.kind)
    if kind is None:
        raise UsageError(
            f"a shared {before.kind.value} cannot be altered", hint="record its changed CREATE with --catalog"
        )
    if change.new_path:
        raise UsageError(
            f"{before.name} keeps its name: others use it",
            hint="record it under the new name, then drop the old one",
        )
    placeholders = Placeholders()
    *jars, _ = split(before.ddl)
    with laboratory.trial(resolver=placeholders) as trial:
        with _told_of_marks(before):
            copy = as_permanent(trial.text_of(before), change.path)
            if len(change.path) > 1:
                trial.plain(f"CREATE DATABASE IF NOT EXISTS {quote(change.path[:-1])}")
            trial.plain(copy)
        trial.plain(trial.in_full(placeholders.resolve(text, "").text, before))
        shown = str(trial.plain(f"SHOW CREATE {kind} {quote(change.path)}")[0][0]).strip()
    return ";\n".join([*(jar.text for jar in jars), renamed(_unmarked(shown), (before.name.name,))])


@contextmanager
def _told_of_marks(before: Definition) -> Iterator[None]:
    """A mark is a word: as a number, or as a piece of SQL, it is nothing that Flink can read."""
    try:
        yield
    except StatementError as error:
        raise UsageError(
            f"{before.name} cannot be altered without the values of its variables: {_unmarked(error.message)}",
            hint="record its changed CREATE with --catalog",
        ) from None


def _unmarked(text: str) -> str:
    return _MARKED.sub(lambda mark: "${" + bytes.fromhex(mark[1]).decode() + "}", text)
