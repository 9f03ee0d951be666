"""Which shared definitions and variables a job's text needs, found before anything is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flinklab.domain.definitions import Definition, DefinitionKind, How, Name, Use
from flinklab.domain.errors import Position, StatementInvalidError, StatementParseError
from flinklab.domain.jobs import Pinned
from flinklab.domain.statements import StatementKind
from flinklab.jobs.findings import Relation, Unresolved
from flinklab.jobs.script import Placed, Reading
from flinklab.ports import Definitions
from flinklab.sharing.resolving import Resolution, Resolves
from flinklab.sharing.wanted import Wanted, wanted
from flinklab.sql.ddl_head import read_head
from flinklab.sql.identifiers import string
from flinklab.sql.names import Path, named
from flinklab.sql.positions import Cursor
from flinklab.sql.split import split
from flinklab.sql.variables import mentions, references
from flinklab.sql.words import Words

_RELATIONS = frozenset({DefinitionKind.TABLE, DefinitionKind.VIEW})


@dataclass(slots=True)
class Reached:
    """`relations`: the tables and views that the text itself names; `definitions`: what it names and what that is
    made of; `variables`: the names of those in the text, the settings and the definitions' texts."""

    relations: list[Relation] = field(default_factory=list)
    definitions: dict[Name, Definition] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    unresolved: list[Unresolved] = field(default_factory=list)
    uses: dict[tuple[str, str, str], Use] = field(default_factory=dict)

    @property
    def pinned(self) -> tuple[Pinned, ...]:
        found = sorted(self.definitions.values(), key=lambda definition: definition.name)
        return tuple(Pinned(*each.name, each.version) for each in found)

    def used_by(self, user: str, person: str) -> list[Use]:
        """What the job `user` uses, as it is recorded."""
        return [
            Use("job", user, use.target_kind, use.team, use.target, use.how, seen_by=person)
            for use in self.uses.values()
        ]

    def add_use(self, use: Use) -> None:
        """What is read and written counts as written."""
        key = (use.target_kind, use.team, use.target)
        if key not in self.uses or use.how is How.WRITES:
            self.uses[key] = use


def reach(
    reading: Reading,
    config: Mapping[str, str],
    definitions: Definitions,
    resolver: Resolves,
    teams: Sequence[str],
    environment: str,
) -> Reached:
    """Look up all that the statements of `reading` and the settings in `config` need.

    A `${name}` without a value is in `unresolved`, and what stands behind it is then not known. Raises a
    `CatalogError`: the catalog cannot be reached, or a secret would be given away.
    """
    return _Walk(definitions, resolver, tuple(teams), environment).read(reading, config)


class _Walk:
    """Goes through the statements in their order, as a gateway session does."""

    def __init__(
        self, definitions: Definitions, resolver: Resolves, teams: tuple[str, ...], environment: str
    ) -> None:
        self._definitions = definitions
        self._resolver = resolver
        self._teams = teams
        self._environment = environment
        self._database: str | None = None  # the current one, after a USE
        self._own: dict[tuple[bool, Path], str] = {}  # what the text makes itself, functions and others
        self._found = Reached()

    def read(self, reading: Reading, config: Mapping[str, str]) -> Reached:
        for placed in (*reading.setup, *reading.jobs):
            self._statement(placed)
        for key, value in config.items():
            self._setting(key, value)
        return self._found

    def _statement(self, placed: Placed) -> None:
        self._found.variables |= {each.name for each in references(placed.text)}
        try:
            resolution = self._resolver.resolve(placed.text, self._environment)
        except StatementInvalidError as error:
            place = placed.place(error.position) if error.position else None
            self._found.unresolved.append(Unresolved(error.message, error.hint or "", place, placed.cell.id))
            return
        self._note(resolution)
        along = (self._database, *self._teams) if self._database is not None else self._teams
        names = [each for each in wanted(resolution.text, along) if not self._is_own(each)]
        shared = self._look_up(names)
        self._found.relations += self._relations(placed, resolution, shared)
        for each, definition in shared.items():
            self._found.add_use(Use("", "", "definition", *definition.name, each.how))
            self._definition(definition)
        self._carry_out(placed.statement.kind, resolution.text)

    def _look_up(self, names: Sequence[Wanted]) -> dict[Wanted, Definition]:
        asked = list(dict.fromkeys(name for each in names for name in each.names))
        known = self._definitions.find(asked) if asked else {}
        meant = ((each, each.means(known)) for each in names)
        return {each: definition for each, definition in meant if definition is not None}

    def _relations(
        self, placed: Placed, resolution: Resolution, shared: Mapping[Wanted, Definition]
    ) -> Iterator[Relation]:
        meant = {each.path: definition for each, definition in shared.items() if each.kinds == _RELATIONS}
        seen: set[tuple[Path, How]] = set()
        cursor = Cursor(resolution.text)
        for table in named(resolution.text).tables:
            begin = cursor.at(table.offset)
            if (table.parts, table.how) in seen:
                continue
            seen.add((table.parts, table.how))
            end = begin.column + table.length - 1
            place = resolution.substituted.original(Position(begin.line, begin.column, begin.line, end))
            own = self._own.get((False, table.parts), "")
            yield Relation(table.parts, table.how, placed, placed.place(place), meant.get(table.parts), own)

    def _definition(self, definition: Definition) -> None:
        """The definition, and what it is made of: its own team's first, then along the path."""
        if definition.name in self._found.definitions:
            return
        self._found.definitions[definition.name] = definition
        self._found.variables |= {each.name for each in references(definition.ddl)}
        team = definition.name.team
        try:
            resolution = self._resolver.resolve(definition.ddl, self._environment, team=team)
        except StatementInvalidError as error:
            self._found.unresolved.append(Unresolved(f"{definition.name}: {error.message}", error.hint or ""))
            return
        self._note(resolution)
        along = (team, *(each for each in self._teams if each != team))
        for statement in split(resolution.text)[-1:]:
            names = [each.but(definition.name) for each in wanted(statement.text, along)]
            for needed in self._look_up(names).values():
                self._definition(needed)

    def _setting(self, key: str, value: str) -> None:
        self._found.variables |= set(mentions(value))
        try:
            resolution = self._resolver.resolve(f"SET {string(key)} = {string(value)}", self._environment)
        except StatementInvalidError as error:
            self._found.unresolved.append(Unresolved(f"{key}: {error.message}", error.hint or ""))
        else:
            self._note(resolution)

    def _note(self, resolution: Resolution) -> None:
        for use in resolution.uses:
            self._found.add_use(use)

    def _is_own(self, each: Wanted) -> bool:
        return _key(each.path, DefinitionKind.FUNCTION in each.kinds) in self._own

    def _carry_out(self, kind: StatementKind, text: str) -> None:
        """What the statement changes for those after it."""
        words = Words(text)
        if kind is StatementKind.USE and words.take("USE") and words.word() not in ("CATALOG", "MODULES"):
            path = words.path()
            self._database = path[-1] if path else None
        if kind is not StatementKind.DDL:
            return
        try:
            head = read_head(text)
        except StatementParseError:  # Flink says it better
            return
        if head is None or not head.has("TEMPORARY"):
            return
        key = _key(head.path, head.kind is DefinitionKind.FUNCTION)
        if head.verb.keyword == "DROP":
            self._own.pop(key, None)
        else:
            self._own[key] = text


def _key(path: Path, is_function: bool) -> tuple[bool, Path]:
    """Flink folds the case of functions."""
    return is_function, (*path[:-1], path[-1].lower()) if is_function else path
