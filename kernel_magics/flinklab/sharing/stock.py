"""The shared definitions that one gateway session has: made when a statement names them, and only those.

They are made as temporary objects, which live in the session, shadow nothing that the person made there, and may
lie in a database that does not exist.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flinklab.domain.definitions import Definition, DefinitionKind, Name, Use
from flinklab.domain.errors import (
    CatalogUnavailableError,
    Position,
    StatementError,
    StatementInvalidError,
    StatementParseError,
)
from flinklab.domain.statements import Statement, StatementKind
from flinklab.ports import Definitions
from flinklab.session.supply import Prepared, Run
from flinklab.sharing.resolving import Resolution, Resolves, hide_in
from flinklab.sharing.wanted import Wanted, missing, wanted
from flinklab.sql.classify import classify
from flinklab.sql.ddl import as_temporary, read_ddl
from flinklab.sql.identifiers import quote
from flinklab.sql.names import Path, named
from flinklab.sql.positions import index_of_column, split_lines
from flinklab.sql.split import split
from flinklab.sql.variables import mask

_BUILT_IN = "default_catalog"
_DEEPEST = 20
_WORDS = {
    DefinitionKind.TABLE: "TABLE",
    DefinitionKind.VIEW: "VIEW",
    DefinitionKind.FUNCTION: "FUNCTION",
    DefinitionKind.MODEL: "MODEL",
    DefinitionKind.CATALOG: "CATALOG",
}
Notice = Callable[[str], None]
AddJar = Callable[[str], str]
"""The ADD JAR statement as the gateway can carry it out: Maven coordinates become a file."""


@dataclass(frozen=True, slots=True)
class Made:
    """An object in the session: which definition it was made from, and the text that Flink got.

    `stands_alone`: the text can change only with the definition (no `${name}`, nothing shared in it).
    """

    name: Name
    kind: DefinitionKind
    version: int
    text: str
    stands_alone: bool


class SharedPrepared:
    def __init__(self, resolution: Resolution, uses: tuple[Use, ...], stock: SharedStock) -> None:
        self._resolution = resolution
        self._stock = stock
        self.uses = uses
        self.text = resolution.text
        self.shown = mask(resolution.text, resolution.secrets)

    def hide(self, rows: bytes) -> bytes:
        return self._stock.hide_rows(rows)

    def restore(self, error: StatementError) -> None:
        self._resolution.restore(error)
        hide_in(error, self._stock.secrets)


class SharedStock:
    """`overrides` take the place of what the catalog has (None: it is gone), to see what a change would do."""

    def __init__(
        self,
        run: Run,
        definitions: Definitions,
        resolver: Resolves,
        teams: Sequence[str],
        environment: str,
        *,
        notice: Notice,
        add_jar: AddJar = str,
        overrides: dict[Name, Definition | None] | None = None,
    ) -> None:
        self._run = run
        self._definitions = definitions
        self._resolver = resolver
        self._teams = tuple(teams)
        self._environment = environment
        self._notice = notice
        self._add_jar = add_jar
        self._overrides = overrides or {}
        self._made: dict[Path, Made] = {}
        self._jars: set[str] = set()
        self._databases: set[str] = set()
        self._in_built_in: bool | None = None
        self._warned = self._unreachable = False
        self.secrets: frozenset[str] = frozenset()

    @property
    def made(self) -> dict[Path, Made]:
        """What was made here, by the path that statements use."""
        return dict(self._made)

    def make(self, definition: Definition) -> None:
        """Make it under its full name. Raises `StatementInvalidError` with what Flink says against it."""
        path = (definition.name.name,) if definition.kind is DefinitionKind.CATALOG else tuple(definition.name)
        self._make(path, definition, self._environment, 0)

    def text_of(self, definition: Definition) -> str:
        """Its last statement with values in place, what it needs having been made."""
        resolution = self._resolver.resolve(definition.ddl, self._environment, team=definition.name.team)
        *before, last = [statement.text for statement in split(resolution.text)]
        for jar in before:
            self._jar(jar)
        return self._with_needs(last, definition, self._environment, 0)[0]

    def prepare(self, statement: Statement) -> Prepared:
        environment = statement.environment or self._environment
        resolution = self._resolver.resolve(statement.text, environment)
        self.secrets |= resolution.secrets
        if statement.kind is StatementKind.USE:
            self._forget_places()
        if statement.kind is StatementKind.DDL:
            self._give_way(resolution.text)
        named_here = wanted(resolution.text, self._teams)
        found = self._bring(named_here, environment)
        uses = tuple(
            Use("", "", "definition", definition.name.team, definition.name.name, each.how)
            for each in named_here
            if (definition := found.get(each.path)) is not None
        )
        return SharedPrepared(resolution, (*resolution.uses, *uses), self)

    def supply(self, prepared: Prepared, error: StatementError) -> bool:
        before = dict(self._made)
        lacking = missing(error.message, _text_at(prepared.text, error.position), self._teams)
        # A session that was made again in between has nothing of what was brought before.
        self._bring([*wanted(prepared.text, self._teams), *lacking], self._environment)
        return self._made != before

    def hide(self, text: str) -> str:
        return mask(text, self.secrets) if self.secrets else text

    def hide_rows(self, rows: bytes) -> bytes:
        if not self.secrets:
            return rows
        inside = {
            json.dumps(secret, ensure_ascii=ascii)[1:-1] for secret in self.secrets for ascii in (True, False)
        }
        return mask(rows.decode(), self.secrets | inside).encode()

    def own(self, path: Path, kind: DefinitionKind) -> bool:
        """Whether the person's session has something of that name itself."""
        if path in self._made:
            return False
        if kind is DefinitionKind.CATALOG:
            return path[0] in self._names("SHOW CATALOGS")
        plural = {DefinitionKind.FUNCTION: "USER FUNCTIONS", DefinitionKind.MODEL: "MODELS"}.get(kind, "TABLES")
        place = f" FROM {quote(path[:-1])}" if len(path) > 1 else ""
        return path[-1] in self._names(f"SHOW {plural}{place}")

    def _names(self, show: str) -> set[str]:
        try:
            return {str(row[0]) for row in self._run(show)}
        except StatementError:  # the database is not there: nothing of the person's can be in it
            return set()

    def _find(self, each: Sequence[Wanted]) -> dict[Name, Definition]:
        names = list(dict.fromkeys(name for one in each for name in one.names))
        asked = [name for name in names if name not in self._overrides]
        try:
            found = dict(self._definitions.find(asked)) if asked else {}
            self._unreachable = False
        except CatalogUnavailableError as error:
            self._unreachable = True
            if not self._warned:
                self._warned = True
                self._notice(f"{error.message}; statements go on without the shared catalog")
            found = {}
        for name in names:
            override = self._overrides.get(name)
            if override is not None:
                found[name] = override
        return found

    def _bring(self, names: Sequence[Wanted], environment: str, depth: int = 0) -> dict[Path, Definition]:
        found = self._find(names) if names else {}
        self._let_go([each for each in names if each.means(found) is None])
        brought: dict[Path, Definition] = {}
        for each in names:
            definition = each.means(found)
            if definition is None or (each.path not in self._made and self.own(each.path, definition.kind)):
                continue
            brought[each.path] = definition
            self._make(each.path, definition, environment, depth)
        return brought

    def _let_go(self, names: Sequence[Wanted]) -> None:
        """What was dropped from the catalog is not found here any more, either; without a catalog, all stays."""
        for each in names:
            made = self._made.get(each.path)
            if made is not None and made.kind in each.kinds and not self._unreachable:
                self._drop(each.path, made.kind)

    def _make(self, path: Path, definition: Definition, environment: str, depth: int) -> None:
        made = self._made.get(path)
        if (
            made is not None
            and made.stands_alone
            and (made.name, made.version) == (definition.name, definition.version)
        ):
            return
        if depth > _DEEPEST:
            raise StatementInvalidError(f"{definition.name} needs itself", hint="`%flink describe` shows its text")
        resolution = self._resolver.resolve(definition.ddl, environment, team=definition.name.team)
        self.secrets |= resolution.secrets
        *before, last = [statement.text for statement in split(resolution.text)]
        in_full, needs = self._with_needs(last, definition, environment, depth)
        text = as_temporary(in_full, path)
        if made is not None and made.text == text:
            return
        try:
            for jar in before:
                self._jar(jar)
            if made is not None:
                self._drop(path, made.kind)
            self._make_database(path)
            self._run(text)
        except StatementError as error:
            broken = StatementInvalidError(
                f"{definition.name} (version {definition.version}) cannot be made: {error.message}",
                hint=f"`%flink describe {definition.name}` shows its text, `--versions` its changes",
                details=error.details,
            )
            hide_in(broken, self.secrets)
            raise broken from None
        alone = not resolution.variables and not needs
        self._made[path] = Made(definition.name, definition.kind, definition.version, text, alone)

    def _with_needs(self, text: str, definition: Definition, environment: str, depth: int) -> tuple[str, bool]:
        """Make what `text` needs; whether that was anything.

        The tables that it names by one part are then named in full: they are its own team's first.
        """
        teams = (definition.name.team, *(team for team in self._teams if team != definition.name.team))
        names = [each for each in wanted(text, teams) if definition.name not in each.names or len(each.names) > 1]
        found = self._find(names)
        needs = False
        for each in names:
            needed = each.means(found)
            if needed is None or needed.name == definition.name:
                continue
            needs = True
            in_full = needed.kind in (DefinitionKind.TABLE, DefinitionKind.VIEW) and len(each.path) == 1
            path = (needed.name.team, needed.name.name) if in_full else each.path
            if path in self._made or not self.own(path, needed.kind):
                self._make(path, needed, environment, depth + 1)
        for table in reversed(named(text).tables):
            meant = next((each.means(found) for each in names if each.path == table.parts), None)
            if len(table.parts) == 1 and meant is not None and meant.name != definition.name:
                text = text[: table.offset] + quote(meant.name) + text[table.offset + table.length :]
        return text, needs

    def _jar(self, statement: str) -> None:
        if classify(statement) is not StatementKind.JAR:
            raise StatementInvalidError(f"only ADD JAR may stand before a definition, not {statement[:40]!r}")
        if statement not in self._jars:
            self._run(self._add_jar(statement))
            self._jars.add(statement)

    def _make_database(self, path: Path) -> None:
        # So that USE and SHOW TABLES work, and Flink's errors name what is missing. A catalog that lasts is left as
        # it is: temporary objects need no database.
        if len(path) != 2 or path[0] in self._databases:
            return
        if self._in_built_in is None:
            self._in_built_in = self._names("SHOW CURRENT CATALOG") == {_BUILT_IN}
        if self._in_built_in:
            self._run(f"CREATE DATABASE IF NOT EXISTS {quote(path[:1])}")
        self._databases.add(path[0])

    def _drop(self, path: Path, kind: DefinitionKind) -> None:
        temporary = "" if kind is DefinitionKind.CATALOG else "TEMPORARY "
        self._run(f"DROP {temporary}{_WORDS[kind]} IF EXISTS {quote(path)}")
        self._made.pop(path, None)

    def _give_way(self, text: str) -> None:
        """What the person makes under the name of something that was brought takes its place."""
        try:
            path = read_ddl(text).path
        except StatementParseError:
            return
        made = self._made.get(path)
        if made is not None:
            self._drop(path, made.kind)

    def _forget_places(self) -> None:
        """Another catalog or database is current: names of one or two parts mean something else there."""
        for path, made in list(self._made.items()):
            if made.kind is not DefinitionKind.CATALOG and len(path) < 3:
                self._drop(path, made.kind)
        self._databases.clear()
        self._in_built_in = None


def _text_at(text: str, position: Position | None) -> str:
    if position is None or position.end_line not in (None, position.line):
        return ""
    lines = split_lines(text)
    if not 0 < position.line <= len(lines):
        return ""
    line = lines[position.line - 1]
    begin = index_of_column(line, position.column)
    end = index_of_column(line, position.end_column) + 1 if position.end_column else begin
    return line[begin:end]
