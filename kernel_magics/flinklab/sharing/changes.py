"""Changing what a team shares: recorded as a new version, tried first, and never behind the backs of its users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flinklab.domain.definitions import Definition, DefinitionKind, How, Name, TableColumn, Use
from flinklab.domain.errors import CatalogError, ConflictError, SecretError, UsageError
from flinklab.domain.statements import StatementKind
from flinklab.domain.text import one_line
from flinklab.ports import Definitions, Uses
from flinklab.sharing.altering import altered
from flinklab.sharing.impact import Impact, Sources, impacts, summary
from flinklab.sharing.trial import Laboratory, Trial
from flinklab.sharing.wanted import wanted
from flinklab.sql.ddl import Changes as Change
from flinklab.sql.ddl import read_ddl
from flinklab.sql.identifiers import quote
from flinklab.sql.sensitive import written_out
from flinklab.sql.split import split
from flinklab.sql.variables import references


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

        Each is tried in a scratch session first. Raises what Flink says against it, `ConflictError` when somebody
        changed it since this person looked, and `CatalogError` when it would break what uses it (`force` does it).
        """
        jars: list[str] = []
        done: list[Changed] = []
        for statement in split(text):
            if statement.kind is StatementKind.JAR:
                jars.append(statement.text)
                continue
            ddl = read_ddl(statement.text)
            if len(ddl.path) > 2:
                raise UsageError(
                    f"{quote(ddl.path)} has a catalog in its name", hint="what a team shares is called team.name"
                )
            name = Name(ddl.path[0] if len(ddl.path) == 2 else team or self._team, ddl.path[-1])
            wanted_now = Definition(
                name,
                ddl.kind,
                ";\n".join([*jars, statement.text]),
                ddl.facts,
                owner=self._person,
                tags=tuple(tags),
                note=note,
            )
            done.append(self.save(wanted_now, laboratory, force=force))
        return done

    def save(self, new: Definition, laboratory: Laboratory, *, force: bool = False) -> Changed:
        """Record `new` as the next version of what has its name."""
        clear = written_out(new.facts.options)
        if clear:
            raise SecretError(
                f"{new.name} has a secret in clear: '{clear[0]}'",
                hint=f"`%flink vars set NAME --secret env:...` keeps it, '{clear[0]}' = '${{NAME}}' uses it",
            )
        before = self._definitions.find([new.name]).get(new.name)
        if before is not None:
            new = replace(new, owner=before.owner or new.owner, tags=new.tags or before.tags)
            self._refuse_unseen(before, new)
        with laboratory.trial({new.name: new}) as trial:
            new = _tried(new, trial)
        found = self._checked(new.name, new if before is not None else None, before, laboratory, force=force)
        saved = self._definitions.save(new, expected=before.version if before is not None else None)
        self._uses.replace("definition", str(saved.name), self._needs(saved))
        self.saw(saved)
        return Changed(saved, before, tuple(found))

    def alter(
        self, change: Change, text: str, before: Definition, laboratory: Laboratory, *, force: bool = False
    ) -> Changed:
        """Carry out ALTER on a shared definition: Flink alters a copy, and that is the new version."""
        ddl = altered(before, change, text, laboratory)
        self.saw(before)
        new = replace(before, ddl=ddl, facts=read_ddl(split(ddl)[-1].text).facts, note=one_line(text, 200))
        return self.save(new, laboratory, force=force)

    def drop(self, before: Definition, laboratory: Laboratory, *, note: str = "", force: bool = False) -> Changed:
        found = self._checked(before.name, None, before, laboratory, force=force)
        dropped = self._definitions.drop(before.name, expected=before.version, note=note)
        self._seen.pop(before.name, None)
        return Changed(dropped, before, tuple(found))

    def _refuse_unseen(self, before: Definition, new: Definition) -> None:
        if self._seen.get(before.name, before.version if before.ddl == new.ddl else None) == before.version:
            return
        self.saw(before)
        when = f" at {before.changed_at:%Y-%m-%d %H:%M} UTC" if before.changed_at else ""
        raise ConflictError(
            f"{before.name} is at version {before.version}, by {before.changed_by}{when}, which you have not seen",
            hint="read it below; the same again puts yours in its place",
            details=before.ddl,
        )

    def _checked(
        self, name: Name, new: Definition | None, before: Definition | None, laboratory: Laboratory, *, force: bool
    ) -> list[Impact]:
        if before is None or (new is not None and new.ddl == before.ddl):
            return []
        found = impacts(name, new, list(self._uses.users_of(name)), self._sources, laboratory)
        broken = [str(impact) for impact in found if impact.breaks is not None]
        if broken and not force:
            raise CatalogError(
                f"{name} was not changed: {broken[0]}" + (f" (and {len(broken) - 1} more)" if broken[1:] else ""),
                hint="--force changes it all the same",
                details="\n".join(broken),
            )
        return found

    def _needs(self, saved: Definition) -> list[Use]:
        user = str(saved.name)
        teams = (saved.name.team, *(team for team in self._teams if team != saved.name.team))
        names = wanted(split(saved.ddl)[-1].text, teams)
        found = dict(self._definitions.find([name for each in names for name in each.names]))
        uses = [
            Use("definition", user, "definition", meant.name.team, meant.name.name, each.how, seen_by=self._person)
            for each in names
            if (meant := each.means(found)) is not None and meant.name != saved.name
        ]
        variables = dict.fromkeys(reference.name for reference in references(saved.ddl))
        return [
            *uses,
            *(
                Use("definition", user, "variable", saved.name.team, name, How.USES, seen_by=self._person)
                for name in variables
            ),
        ]


def _tried(new: Definition, trial: Trial) -> Definition:
    """`new` as Flink takes it: a view with the columns that it has there."""
    trial.make(new)
    if new.facts.columns or new.kind not in (DefinitionKind.TABLE, DefinitionKind.VIEW):
        return new
    rows = trial.ask(f"DESCRIBE {quote(new.name)}")
    columns = tuple(TableColumn(str(name), _type(type_, nullable)) for name, type_, nullable, *_ in rows)
    return replace(new, facts=replace(new.facts, columns=columns))


def _type(name: object, nullable: object) -> str:
    return f"{name}" if str(nullable).upper() == "TRUE" else f"{name} NOT NULL"
