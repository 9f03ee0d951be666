"""The shared definitions that one gateway session has: made when a statement names them, and only those.

They are made as temporary objects, which live in the session, shadow nothing that the person made there, and may
lie in a database that does not exist.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from flinklab.domain.definitions import Definition, DefinitionKind, Name, Use
from flinklab.domain.errors import (
    CatalogUnavailableError,
    NotFoundError,
    Position,
    StatementError,
    StatementInvalidError,
    StatementParseError,
)
from flinklab.domain.statements import Statement, StatementKind
from flinklab.ports import Definitions
from flinklab.session.supply import Prepared, Run
from flinklab.sharing.objects import Key, Objects
from flinklab.sharing.resolving import Resolution, Resolves, hide_in
from flinklab.sharing.wanted import Wanted, in_full, missing, missing_database, wanted
from flinklab.sql.classify import classify
from flinklab.sql.ddl import as_temporary
from flinklab.sql.ddl_head import read_head
from flinklab.sql.names import Path
from flinklab.sql.positions import index_of_column, split_lines
from flinklab.sql.split import split
from flinklab.sql.variables import mask

_TAKEN = re.compile(r"already exists?\b")
Notice = Callable[[str], None]
AddJar = Callable[[str], str]
"""The ADD JAR statement as the gateway can carry it out: Maven coordinates become a file."""


@dataclass(frozen=True, slots=True)
class Made:
    """An object in the session: which definition it was made from, and the text that Flink got.

    `needs` are the objects that it is made of. `stands_alone`: only with its definition can it change (no
    `${name}`, nothing shared in it).
    """

    name: Name
    kind: DefinitionKind
    version: int
    text: str
    needs: tuple[Made, ...]
    stands_alone: bool


class SharedPrepared:
    """`stock`: which one brought what the statement names. A session that is made again has a new one."""

    def __init__(self, resolution: Resolution, environment: str, uses: tuple[Use, ...], stock: SharedStock) -> None:
        self._resolution = resolution
        self.environment = environment
        self.stock = stock
        self.uses = uses
        self.text = resolution.text
        self.shown = mask(resolution.text, resolution.secrets)
        self.suggestion = ""

    def hide(self, rows: bytes) -> bytes:
        return self.stock.hide_rows(rows)

    def restore(self, error: StatementError) -> None:
        self._resolution.restore(error)
        error.hint = self.suggestion or error.hint
        hide_in(error, self.stock.secrets)


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
        overrides: Mapping[Name, Definition | None] | None = None,
    ) -> None:
        self._run = run
        self._objects = Objects(run)
        self._definitions = definitions
        self._resolver = resolver
        self._teams = tuple(teams)
        self._environment = environment
        self._notice = notice
        self._add_jar = add_jar
        self._overrides = overrides or {}
        self._made: dict[Key, Made] = {}
        self._jars: set[str] = set()
        self._has_moved = self._unreachable = False
        self._creations = 0
        self.secrets: frozenset[str] = frozenset()

    @property
    def made(self) -> dict[Path, Made]:
        """What was made here, by its path in full."""
        return {key.path: made for key, made in self._made.items()}

    @property
    def brought(self) -> frozenset[Path]:
        return frozenset(key.path for key in self._made)

    def make(self, definition: Definition) -> None:
        """Make it under its full name. Raises `StatementInvalidError` with what Flink says against it."""
        self._make(_path_of(definition), definition, self._environment, ())

    def text_of(self, definition: Definition) -> str:
        """Its last statement with values in place, what it needs having been made."""
        _, (*before, last) = self._read(definition, self._environment)
        for jar in before:
            self._jar(jar)
        return self.in_full(last, definition)

    def in_full(self, text: str, definition: Definition) -> str:
        """A statement about the definition, with the full names of what it needs, which has been made."""
        return self._with_needs(text, definition, self._environment, (definition.name,))[0]

    def prepare(self, statement: Statement) -> Prepared:
        environment = statement.environment or self._environment
        resolution = self._resolver.resolve(statement.text, environment)
        self.secrets |= resolution.secrets
        if statement.kind is StatementKind.DDL:
            self._give_way(resolution.text)
        brought = self._bring(wanted(resolution.text, self._search_path()), environment)
        if statement.kind is StatementKind.USE:
            self._objects.moved()
            self._has_moved = True
        uses = tuple(
            Use("", "", "definition", definition.name.team, definition.name.name, each.how)
            for each, definition in brought
        )
        return SharedPrepared(resolution, environment, (*resolution.uses, *uses), self)

    def supply(self, prepared: Prepared, error: StatementError) -> bool:
        database = missing_database(error.message)
        if database is not None and database in self._teams and self._make_database(database):
            return True
        lacking = missing(error.message, _text_at(prepared.text, error.position), self._search_path())
        is_other_session = not isinstance(prepared, SharedPrepared) or prepared.stock is not self
        if not lacking and not is_other_session:
            return False
        environment = prepared.environment if isinstance(prepared, SharedPrepared) else self._environment
        before = self._creations
        self._objects.changed()
        for each in lacking:
            self._forget(each)
        self._bring([*wanted(prepared.text, self._search_path()), *lacking], environment)
        if self._creations == before and isinstance(prepared, SharedPrepared):
            prepared.suggestion = self._suggestion(lacking)
        return self._creations != before

    def _suggestion(self, lacking: Sequence[Wanted]) -> str:
        """A shared name that is close to what Flink does not find."""
        for name in dict.fromkeys(name for each in lacking for name in each.names):
            try:
                self._definitions.get(name)
            except NotFoundError as error:
                if error.hint and error.hint.startswith("did you mean"):
                    return f"{error.hint} team {name.team} shares it"
            except CatalogUnavailableError:
                break
        return ""

    def value(self, text: str, environment: str | None) -> str:
        value, secrets = self._resolver.value(text, environment or self._environment)
        self.secrets |= secrets
        return value

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
        key = self._objects.key(path, kind)
        return key not in self._made and self._objects.has(key)

    def _search_path(self) -> tuple[str, ...]:
        """After a USE the current database is searched first: in `dw`, `orders` is `dw.orders`."""
        return (self._objects.database, *self._teams) if self._has_moved else self._teams

    def _find(self, each: Sequence[Wanted]) -> dict[Name, Definition]:
        names = list(dict.fromkeys(name for one in each for name in one.names))
        asked = [name for name in names if name not in self._overrides]
        found: dict[Name, Definition] = {}
        try:
            found.update(self._definitions.find(asked) if asked else {})
            self._unreachable = False
        except CatalogUnavailableError as error:
            if not self._unreachable:
                self._notice(f"{error.message}; statements go on without the shared catalog")
            self._unreachable = True
        overrides = ((name, self._overrides.get(name)) for name in names)
        return found | {name: definition for name, definition in overrides if definition is not None}

    def _bring(self, names: Sequence[Wanted], environment: str) -> list[tuple[Wanted, Definition]]:
        found = self._find(names) if names else {}
        brought = []
        for each in names:
            definition = each.means(found)
            if definition is None:
                self._let_go(each)
            elif self._make(each.path, definition, environment, ()) is not None:
                brought.append((each, definition))
        return brought

    def _let_go(self, each: Wanted) -> None:
        """What was dropped from the catalog is not found here any more, either; without a catalog, all stays."""
        if self._unreachable:
            return
        key = self._made_as(each)
        if key is None:
            return
        try:
            self._drop(key)
        except StatementError:
            if key.kind is not DefinitionKind.CATALOG:
                raise
            del self._made[key]  # it is the current one: what works in it may go on, and it is the session's now

    def _forget(self, each: Wanted) -> None:
        """What Flink does not find is not there, whatever was made before."""
        key = self._made_as(each)
        if key is not None:
            self._drop(key)

    def _made_as(self, each: Wanted) -> Key | None:
        keys = {self._objects.key(each.path, kind) for kind in each.kinds} if self._made else ()
        return next((key for key in keys if key in self._made), None)

    def _make(self, path: Path, definition: Definition, environment: str, above: tuple[Name, ...]) -> Made | None:
        """The object of that path, made if it is not there as it should be. None: it is the person's own.

        `above` are the definitions that it is made for, the first one being what a statement names.
        """
        name = definition.name
        if name in above:
            circle = " → ".join(map(str, (*above[above.index(name) :], name)))
            raise StatementInvalidError(
                f"{name} needs itself: {circle}", hint="`%flink describe` shows their texts"
            )
        key = self._objects.key(path, definition.kind)
        made = self._made.get(key)
        if made is None and self._objects.has(key):
            return None
        if made is not None and made.stands_alone and (made.name, made.version) == (name, definition.version):
            return made
        resolution, (*before, last) = self._read(definition, environment)
        text, needs = self._with_needs(last, definition, environment, (*above, name))
        with self._told_of(definition):
            text = as_temporary(text, key.path)
        alone = not resolution.variables and not needs
        now = Made(name, definition.kind, definition.version, text, tuple(needs), alone)
        if made is None or (made.text, made.needs) != (now.text, now.needs):
            with self._told_of(definition):
                for jar in before:
                    self._jar(jar)
                if made is not None:
                    self._drop(key)
                try:
                    self._objects.create(key, text)
                except StatementError as error:
                    if made is None and _TAKEN.search(error.message):
                        return None
                    raise
            self._creations += 1
        self._made[key] = now
        return now

    def _read(self, definition: Definition, environment: str) -> tuple[Resolution, list[str]]:
        """A definition's text with values in place, and its statements: ADD JARs, then the one that makes it."""
        with self._told_of(definition):
            resolution = self._resolver.resolve(definition.ddl, environment, team=definition.name.team)
            self.secrets |= resolution.secrets
            statements = [statement.text for statement in split(resolution.text)]
            if not statements:
                raise StatementParseError("its text is empty")
        return resolution, statements

    def _with_needs(
        self, text: str, definition: Definition, environment: str, above: tuple[Name, ...]
    ) -> tuple[str, list[Made]]:
        """Make what `text` needs, and name that in full in it: a name of one part is its own team's first."""
        teams = (definition.name.team, *(team for team in self._teams if team != definition.name.team))
        names = [each.but(definition.name) for each in wanted(text, teams)]
        found = self._find(names) if names else {}
        needs = []
        for each in names:
            needed = each.means(found)
            if needed is not None:
                path = _path_of(needed) if len(each.path) == 1 else each.path
                made = self._make(path, needed, environment, above)
                needs += [made] if made is not None else []
        return in_full(text, names, found), needs

    @contextmanager
    def _told_of(self, definition: Definition) -> Iterator[None]:
        """Errors about a definition's text, which is not what the person wrote just now."""
        try:
            yield
        except StatementError as error:
            is_new = definition.version == 0
            version = "" if is_new else f" (version {definition.version})"
            hint = f"`%flink describe {definition.name}` shows its text, `--versions` its changes"
            broken = StatementInvalidError(
                f"{definition.name}{version} cannot be made: {error.message}",
                hint=error.hint if is_new else hint,
                details=error.details,
            )
            hide_in(broken, self.secrets)
            raise broken from None

    def _jar(self, statement: str) -> None:
        if classify(statement) is not StatementKind.JAR:
            raise StatementInvalidError(f"only ADD JAR may stand before a definition, not {statement[:40]!r}")
        if statement not in self._jars:
            self._run(self._add_jar(statement))
            self._jars.add(statement)

    def _make_database(self, team: str) -> bool:
        return self._objects.make_database((self._objects.catalog, team))

    def _drop(self, key: Key) -> None:
        self._objects.drop(key, self._made[key].kind)
        del self._made[key]

    def _give_way(self, text: str) -> None:
        """What the person makes under the name of something that was brought takes its place."""
        try:
            head = read_head(text)
        except StatementParseError:
            return
        self._objects.changed()
        if head is None or not self._made:
            return
        key = self._objects.key(head.path, head.kind)
        if key not in self._made:
            return
        if head.verb.keyword in ("CREATE", "REPLACE"):
            self._drop(key)
        elif head.verb.keyword == "DROP" and head.has("TEMPORARY") and head.kind is self._made[key].kind:
            del self._made[key]  # Flink drops it now


def _path_of(definition: Definition) -> Path:
    name = definition.name
    return (name.name,) if definition.kind is DefinitionKind.CATALOG else (name.team, name.name)


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
