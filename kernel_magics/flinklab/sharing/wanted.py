"""Which shared definitions the names in a statement may mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flinklab.domain.definitions import Definition, DefinitionKind, How, Name
from flinklab.sharing.objects import BUILT_IN
from flinklab.sql.ddl import Changes as Change
from flinklab.sql.identifiers import quote
from flinklab.sql.names import Named, Path, named

_RELATIONS = frozenset({DefinitionKind.TABLE, DefinitionKind.VIEW})
_FUNCTIONS = frozenset({DefinitionKind.FUNCTION})
_MODELS = frozenset({DefinitionKind.MODEL})
_CATALOGS = frozenset({DefinitionKind.CATALOG})


class Wanted(NamedTuple):
    """A name as it stands in a statement, and the definitions that it may mean, the likeliest first."""

    path: Path
    kinds: frozenset[DefinitionKind]
    names: tuple[Name, ...]
    how: How

    def means(self, found: Mapping[Name, Definition]) -> Definition | None:
        return next((found[name] for name in self.names if name in found and found[name].kind in self.kinds), None)

    def but(self, name: Name) -> Wanted:
        """In the text of `name`: by one part that is another one, farther along the path."""
        if len(self.path) > 1:
            return self
        return self._replace(names=tuple(each for each in self.names if each != name))


def wanted(text: str, teams: Sequence[str]) -> list[Wanted]:
    """What `text` names, each path once (as written, when it is read and written)."""
    return _of(named(text), teams)


def wanted_change(change: Change, teams: Sequence[str]) -> Wanted:
    """What an ALTER or a DROP is about."""
    kinds = _RELATIONS if change.kind in _RELATIONS else frozenset({change.kind})
    names = _function_names if change.kind is DefinitionKind.FUNCTION else _names
    return Wanted(change.path, kinds, names(change.path, teams), How.WRITES)


def in_full(text: str, names: Sequence[Wanted], found: Mapping[Name, Definition]) -> str:
    """`text` with `team.name` where it names a definition of `found` by one part."""
    read = named(text)
    for place in sorted((*read.tables, *read.calls), key=lambda place: place.offset, reverse=True):
        kinds = _RELATIONS if place in read.tables else _FUNCTIONS | _MODELS
        means = (each.means(found) for each in names if each.path == place.parts and each.kinds <= kinds)
        meant = next((definition for definition in means if definition is not None), None)
        if meant is not None and len(place.parts) == 1:
            text = text[: place.offset] + quote(meant.name) + text[place.offset + place.length :]
    return text


def _of(found: Named, teams: Sequence[str]) -> list[Wanted]:
    tables: dict[Path, How] = {}
    for table in found.tables:
        if tables.get(table.parts) is not How.WRITES:
            tables[table.parts] = table.how
    catalogs = dict.fromkeys((*found.catalogs, *(path[0] for path in tables if len(path) == 3)))
    return [
        *(Wanted((name,), _CATALOGS, _names((name,), teams), How.USES) for name in catalogs),
        *(Wanted(path, _FUNCTIONS, _function_names(path, teams), How.USES) for path in found.functions),
        *(Wanted(path, _MODELS, _names(path, teams), How.USES) for path in found.models),
        *(Wanted(path, _RELATIONS, _names(path, teams), how) for path, how in tables.items()),
    ]


def _names(path: Path, teams: Sequence[str]) -> tuple[Name, ...]:
    if len(path) == 3 and path[0] != BUILT_IN:  # another catalog's: it is there or it is not
        return ()
    return tuple(Name(team, path[-1]) for team in (path[-2:-1] or teams))


def _function_names(path: Path, teams: Sequence[str]) -> tuple[Name, ...]:
    """Flink folds the case of functions, and the catalog does not."""
    folded = (*path[:-1], path[-1].lower())
    return tuple(dict.fromkeys((*_names(path, teams), *_names(folded, teams))))


# What Flink 2.3 says of a name that it does not know; none of these says it in full.
_UNKNOWN = (
    re.compile(r"Object '(?P<name>[^']+)' not found"),
    re.compile(r"Cannot find table '(?P<name>[^']+)'"),
    re.compile(r"No match found for function signature (?P<function>[^\s(]+)\("),
    re.compile(r"Source table '(?P<name>[^']+)' of the LIKE clause not found"),
    re.compile(r"(?:Table|Tables|View|Model)[^'`]*(?:identifier )?'?(?P<name>[`\w.]+)'? do(?:es not|esn't) exist"),
    re.compile(r"A catalog with name \[(?P<catalog>[^\]]+)\] does not exist"),
)
_NO_DATABASE = (
    re.compile(r"A database with name \[([^\]]+)\] does not exist in the catalog"),
    re.compile(r"Database '[^']+'\.'([^']+)' doesn't exist"),
    re.compile(r"Database (\S+) does not exist in Catalog"),
)
_PART = re.compile(r"`((?:[^`]|``)+)`|([^.`]+)")


def missing(message: str, at_place: str, teams: Sequence[str]) -> list[Wanted]:
    """What an error says is missing; `at_place`, the text at the error's position, often names it better."""
    for pattern in _UNKNOWN:
        match = pattern.search(message)
        if match is None:
            continue
        kind, text = next((kind, text) for kind, text in match.groupdict().items() if text is not None)
        path = _parts(at_place) if kind == "name" and _parts(at_place)[:1] == _parts(text)[:1] else _parts(text)
        path = path[-3:]
        if kind == "function":
            return [Wanted(path, _FUNCTIONS, _function_names(path, teams), How.USES)]
        if kind == "catalog":
            return [Wanted(path, _CATALOGS, _names(path, teams), How.USES)]
        kinds = _RELATIONS | _MODELS
        return [Wanted(path, kinds, _names(path, teams), How.READS)]
    return []


def missing_database(message: str) -> str | None:
    """The database that an error says is missing."""
    found = (pattern.search(message) for pattern in _NO_DATABASE)
    return next((match[1] for match in found if match is not None), None)


def _parts(text: str) -> Path:
    return tuple((quoted or plain).replace("``", "`").strip() for quoted, plain in _PART.findall(text))
