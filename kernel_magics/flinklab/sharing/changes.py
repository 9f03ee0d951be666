"""Changing what a team shares: recorded as a new version, tried first, and never behind the backs of its users."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff

from flinklab.domain.definitions import Definition, DefinitionKind, How, Name, TableColumn, Use
from flinklab.domain.errors import CatalogError, ConflictError, SecretError, UsageError
from flinklab.domain.statements import Statement, StatementKind
from flinklab.domain.text import one_line
from flinklab.ports import Definitions, Uses
from flinklab.sharing.altering import altered
from flinklab.sharing.impact import Impact, Sources, impacts, summary
from flinklab.sharing.needs import needs
from flinklab.sharing.trial import Laboratory, Trial
from flinklab.sql.ddl import Changes as Change
from flinklab.sql.ddl import read_ddl
from flinklab.sql.identifiers import quote
from flinklab.sql.names import named
from flinklab.sql.sensitive import without_secrets, written_out
from flinklab.sql.split import split


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that was made: the definition as it is now, the version before, and who uses it."""

    definition: Definition
    before: Definition | None
    impacts: tuple[Impact, ...] = ()

    def lines(self) -> list[str]:
        """What a person is told."""
        now, before = self.definition, self.before
        if now.dropped:
            first = f"dropped {now.name} (version {now.version}; reverting brings it back)"
        elif before is None or before.dropped:
            first = f"{now.name} is shared now: version {now.version}"
        elif before.version == now.version:
            first = f"{now.name} is unchanged: version {now.version}"
        else:
            first = f"{now.name}: version {before.version} → {now.version}"
        return [first, *([summary(self.impacts)] if self.impacts else []), *map(str, self.impacts)]


class Changes:
    """Makes changes for one person. `team` is where a name without a team goes."""

    def __init__(
        self, definitions: Definitions, uses: Uses, sources: Sources, team: str, teams: Sequence[str], person: str
    ) -> None:
        self._definitions = definitions
        self._uses = uses
        self._sources = sources
        self._team = team
        self._teams = tuple(teams)
        self._person = person
        self._seen: dict[Name, int] = {}

    def saw(self, definition: Definition) -> None:
        """The person has seen this version: a change may take its place."""
        self._seen[definition.name] = definition.version

    def record(
        self,
        text: str,
        laboratory: Laboratory,
        *,
        team: str | None = None,
        tags: Sequence[str] = (),
        note: str = "",
        force: bool = False,
    ) -> list[Changed]:
        """Record the CREATE statements of `text`; ADD JAR statements before one belong to it.

        All are tried in a scratch session before the first is recorded; one with IF NOT EXISTS leaves what is
        there. Raises what Flink says against it, `ConflictError` when somebody changed it since this person
        looked, and `CatalogError` when it would break what uses it (`force` does it).
        """
        read = [
            (self._defined(statement, jars, team or self._team), statement)
            for statement, jars in _creating(split(text))
        ]
        new: dict[Name, Definition] = {}
        for (definition, _), statement in read:
            if definition.name in new:
                raise UsageError(f"{definition.name} is defined twice, again on line {statement.line}")
            new[definition.name] = replace(definition, tags=tuple(tags), note=note)
        there = self._definitions.find(list(new))
        kept = {each.name for (each, if_not_exists), _ in read if if_not_exists and each.name in there}
        saved = self._save([each for name, each in new.items() if name not in kept], laboratory, force=force)
        done = {each.definition.name: each for each in saved}
        return [Changed(there[name], there[name]) if name in kept else done[name] for name in new]

    def save(self, new: Definition, laboratory: Laboratory, *, force: bool = False) -> Changed:
        """Record `new` as the next version of what has its name."""
        return self._save([new], laboratory, force=force)[0]

    def _defined(self, statement: Statement, jars: Sequence[str], team: str) -> tuple[Definition, bool]:
        """What a CREATE statement defines, and whether it has an IF NOT EXISTS."""
        ddl = read_ddl(statement.text)
        if len(ddl.path) > 2:
            raise UsageError(
                f"{quote(ddl.path)} has a catalog in its name", hint="what a team shares is called team.name"
            )
        if ddl.body and ddl.kind in (DefinitionKind.TABLE, DefinitionKind.MODEL):
            raise UsageError(
                f"{quote(ddl.path)} is made by a query, which a definition cannot run",
                hint="share its columns and options, and fill it with INSERT; or share the query as a view",
            )
        name = Name(ddl.path[0] if len(ddl.path) == 2 else team, ddl.path[-1])
        text = ";\n".join([*jars, statement.text])
        return Definition(name, ddl.kind, text, ddl.facts, owner=self._person), ddl.if_not_exists

    def _save(self, news: Sequence[Definition], laboratory: Laboratory, *, force: bool) -> list[Changed]:
        before = self._definitions.find([new.name for new in news])
        for new in news:
            clear = written_out(new.facts.options)
            if clear:
                raise SecretError(
                    f"{new.name} has a secret in clear: '{clear[0]}'",
                    hint=f"`%flink vars set NAME --secret env:...` keeps it, '{clear[0]}' = '${{NAME}}' uses it",
                )
            if new.name in before:
                self._refuse_unseen(before[new.name], new)
        changed = {new.name: _following(new, before.get(new.name)) for new in news}
        if not changed:
            return []
        with laboratory.trial(dict(changed)) as trial:
            tried = [_tried(new, trial) for new in changed.values()]
        found = {name: self._checked(changed, before.get(name), laboratory, force=force) for name in changed}
        done = []
        for new in tried:
            old = before.get(new.name)
            saved = self._definitions.save(new, expected=old.version if old is not None else None)
            self._uses.replace("definition", str(saved.name), self._needs(saved, laboratory))
            self.saw(saved)
            done.append(Changed(saved, old, tuple(found[new.name])))
        return done

    def alter(
        self, change: Change, text: str, before: Definition, laboratory: Laboratory, *, force: bool = False
    ) -> Changed:
        """Carry out ALTER on a shared definition: Flink alters a copy, and that is the new version."""
        ddl = altered(before, change, text, laboratory)
        self.saw(before)
        facts = read_ddl(split(ddl)[-1].text).facts
        new = replace(before, ddl=ddl, facts=facts, note=one_line(without_secrets(text), 200))
        return self.save(new, laboratory, force=force)

    def revert(
        self, name: Name, version: int, laboratory: Laboratory, *, note: str = "", force: bool = False
    ) -> Changed:
        """Make the text of an older version the newest again; what was dropped comes back."""
        old = self._definitions.version(name, version)
        now = self._definitions.find([name]).get(name)
        if now is not None:
            self.saw(now)
        again = replace(old, dropped=False, note=note or f"the text of version {version}")
        return self._save([again], laboratory, force=force)[0]

    def drop(self, before: Definition, laboratory: Laboratory, *, note: str = "", force: bool = False) -> Changed:
        found = self._checked({before.name: None}, before, laboratory, force=force)
        dropped = self._definitions.drop(before.name, expected=before.version, note=note)
        self._uses.replace("definition", str(before.name), [])
        self._seen.pop(before.name, None)
        return Changed(dropped, before, tuple(found))

    def _refuse_unseen(self, before: Definition, new: Definition) -> None:
        if before.ddl == new.ddl or self._seen.get(before.name) == before.version:
            return
        self.saw(before)
        when = f" at {before.changed_at:%Y-%m-%d %H:%M} UTC" if before.changed_at else ""
        raise ConflictError(
            f"{before.name} is at version {before.version}, by {before.changed_by}{when}, which you have not seen",
            hint=f"`%flink describe {before.name}` shows it; the same again puts yours in its place",
            details=_difference(before, new),
        )

    def _checked(
        self,
        changed: Mapping[Name, Definition | None],
        before: Definition | None,
        laboratory: Laboratory,
        *,
        force: bool,
    ) -> list[Impact]:
        """What the change does to the users of `before`."""
        if before is None:
            return []
        new = changed[before.name]
        if new is not None and new.ddl == before.ddl:
            return []
        found = impacts(changed, self._users(before.name), self._sources, laboratory)
        broken = [str(impact) for impact in found if impact.breaks is not None]
        if broken and not force:
            raise CatalogError(
                f"{before.name} was not changed: {broken[0]}"
                + (f" (and {len(broken) - 1} more)" if broken[1:] else ""),
                hint="--force changes it all the same",
                details="\n".join(broken),
            )
        return found

    def _users(self, name: Name) -> list[Use]:
        """What uses it, and what uses that: a query of a view reads the view's tables."""
        found: dict[tuple[str, str, How], Use] = {}
        waiting, seen = [name], {name}
        while waiting:
            users = self._uses.users_of(waiting.pop())
            names = {use: Name(*use.user.split(".", 1)) for use in users if use.user_kind == "definition"}
            there = self._definitions.find(list(names.values())) if names else {}
            for use in users:
                user = names.get(use)
                if user is not None and user not in there:  # dropped since
                    continue
                found.setdefault((use.user_kind, use.user, use.how), use)
                if user is not None and user not in seen:
                    seen.add(user)
                    waiting.append(user)
        return list(found.values())

    def _needs(self, saved: Definition, laboratory: Laboratory) -> list[Use]:
        variables = laboratory.resolution(saved).uses
        return [
            *needs([saved], self._teams, self._definitions, self._person),
            *(
                replace(use, user_kind="definition", user=str(saved.name), seen_by=self._person)
                for use in variables
            ),
        ]


def _creating(statements: Sequence[Statement]) -> Iterator[tuple[Statement, list[str]]]:
    """Each statement that is no ADD JAR, with all ADD JARs before it."""
    jars: list[str] = []
    for statement in statements:
        if statement.kind is StatementKind.JAR:
            jars.append(statement.text)
        else:
            yield statement, list(jars)


def _following(new: Definition, before: Definition | None) -> Definition:
    """`new` with what it keeps of the version before."""
    owner, tags = (before.owner, before.tags) if before is not None else ("", ())
    return replace(new, owner=owner or new.owner, tags=new.tags or tags, version=0)


def _difference(before: Definition, new: Definition) -> str:
    lines = unified_diff(
        before.ddl.splitlines(),
        new.ddl.splitlines(),
        f"version {before.version} by {before.changed_by}",
        "yours",
        lineterm="",
    )
    return "\n".join(lines)


def _tried(new: Definition, trial: Trial) -> Definition:
    """`new` as Flink takes it: a view, and a table that is LIKE another, with the columns that it has there."""
    trial.make(new)
    is_whole = new.facts.columns and not named(split(new.ddl)[-1].text).tables
    if is_whole or new.kind not in (DefinitionKind.TABLE, DefinitionKind.VIEW):
        return new
    rows = trial.ask(f"DESCRIBE {quote(new.name)}")
    columns = tuple(TableColumn(str(name), _type(type_, nullable)) for name, type_, nullable, *_ in rows)
    return replace(new, facts=replace(new.facts, columns=columns))


def _type(name: object, nullable: object) -> str:
    return f"{name}" if str(nullable).upper() == "TRUE" else f"{name} NOT NULL"
