"""Definitions for plain Flink: as one SQL script, and the catalogs among them as a catalog store's files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from flinklab.domain.definitions import Definition, DefinitionKind, Name
from flinklab.domain.errors import StatementParseError, UsageError
from flinklab.sql.ddl import Ddl, as_permanent, read_ddl
from flinklab.sql.identifiers import quote
from flinklab.sql.split import split
from flinklab.sql.variables import references

Resolve = Callable[[str], str]
"""A text with its variables resolved. What it leaves as `${name}` (secrets) stays so."""

_ORDER = (
    DefinitionKind.CATALOG,
    DefinitionKind.FUNCTION,
    DefinitionKind.MODEL,
    DefinitionKind.TABLE,
    DefinitionKind.VIEW,
)


def script(definitions: Iterable[Definition], resolve: Resolve | None = None) -> str:
    """All of `definitions` as SQL that plain Flink runs in one go: each team a database of the current catalog.

    The order is the same each time: catalogs first, everything after what it needs, names by the alphabet. What
    there is already stays as it is (`IF NOT EXISTS`). `${name}` is kept, or resolved by `resolve`; the names that
    are left are listed on top. A definition that cannot be read is a comment that says why.
    """
    parts = [_Part.of(definition, resolve) for definition in definitions if not definition.dropped]
    ordered = list(_in_order({part.definition.name: part for part in parts}))
    variables = sorted({reference.name for part in ordered for reference in references(part.text)})
    lines = [f"-- replace by its value: ${{{name}}}" for name in variables]
    for team in sorted({part.definition.name.team for part in ordered if not part.is_catalog}):
        lines.append(f"CREATE DATABASE IF NOT EXISTS {quote(team)};")
    used: str | None = None
    for part in ordered:
        team = part.definition.name.team
        if not part.is_catalog and team != used:
            lines.append(f"\nUSE {quote(team)};")
            used = team
        lines.append(part.written())
    return "\n".join(lines) + "\n" if lines else ""


def catalog_store(definitions: Iterable[Definition], resolve: Resolve | None = None) -> dict[str, str]:
    """The catalogs among `definitions` as files of Flink's `table.catalog-store.kind: file`: name to YAML text.

    Such a store holds the options of catalogs, not their comments, and no tables. `${name}` is kept, or resolved
    by `resolve`: Flink itself knows no variables.

    Raises `UsageError` for a catalog whose name cannot be that of a file or is one of two teams', and
    `StatementParseError` for one that cannot be read.
    """
    files: dict[str, str] = {}
    for definition in sorted(definitions, key=lambda each: each.name):
        if definition.kind is not DefinitionKind.CATALOG or definition.dropped:
            continue
        name = definition.name.name
        if "/" in name or "\\" in name or name.startswith("."):
            raise UsageError(
                f"the catalog {name!r} cannot be put into a catalog store: its file would be {name}.yaml"
            )
        if f"{name}.yaml" in files:
            raise UsageError(f"two teams have a catalog {name!r}, and a store can hold one", hint="export one team")
        files[f"{name}.yaml"] = _yaml(read_ddl(_text(definition, resolve)).facts.options)
    return files


@dataclass(frozen=True, slots=True)
class _Part:
    """`ddl` is None, and `problem` says why, when the definition cannot be read."""

    definition: Definition
    text: str
    ddl: Ddl | None
    problem: str = ""

    @classmethod
    def of(cls, definition: Definition, resolve: Resolve | None) -> _Part:
        text = _text(definition, resolve)
        try:
            return cls(definition, text, read_ddl(text))
        except StatementParseError as error:
            return cls(definition, text, None, error.message)

    @property
    def is_catalog(self) -> bool:
        return self.definition.kind is DefinitionKind.CATALOG

    def written(self) -> str:
        name = self.definition.name
        if self.ddl is None:
            lines = [f"{name} cannot be read: {self.problem}", *self.text.splitlines()]
            return "\n" + "\n".join("-- " + " ".join(line.split()) for line in lines)
        text = as_permanent(self.text, (name.name,) if self.is_catalog else name)
        statement = split(text)[0]  # without a comment after it, which would hide the semicolon
        return f"\n{text[: statement.offset + len(statement.text)]};"

    def needs(self) -> Iterator[Name]:
        """What has to be there before it, as it may be called from it."""
        if self.ddl is None:
            return
        needs = self.ddl.needs
        for path in (*(table.parts for table in needs.tables), *needs.functions, *needs.models):
            yield Name(self.definition.name.team if len(path) == 1 else path[-2], path[-1])


def _text(definition: Definition, resolve: Resolve | None) -> str:
    return resolve(definition.ddl) if resolve else definition.ddl


def _in_order(parts: Mapping[Name, _Part]) -> Iterator[_Part]:
    """Each after what it needs; what needs itself in a circle comes as it can."""
    first = sorted(parts, key=lambda name: (_ORDER.index(parts[name].definition.kind), name))
    begun: set[Name] = set()
    for start in first:
        stack = [(start, iter([start]))] if start not in begun else []
        while stack:
            name, needs = stack[-1]
            needed = next((each for each in needs if each in parts and each not in begun), None)
            if needed is None:
                stack.pop()
                if stack:
                    yield parts[name]
                continue
            begun.add(needed)
            stack.append((needed, parts[needed].needs()))


def _yaml(options: Mapping[str, str]) -> str:
    return "".join(f"{_scalar(key)}: {_scalar(value)}\n" for key, value in sorted(options.items()))


def _scalar(text: str) -> str:
    """YAML's double-quoted form, which is JSON's but for what YAML does not let stand by itself."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in quoted)
