"""The team's catalog as one person's session uses it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flinklab.domain.definitions import Definition
from flinklab.domain.errors import CatalogUnavailableError, StatementParseError, UsageError
from flinklab.domain.statements import Statement, StatementKind
from flinklab.ports import Definitions, Uses, Variables
from flinklab.session.session import Session
from flinklab.session.supply import Run, Stock
from flinklab.sharing.changes import Changed, Changes
from flinklab.sharing.impact import Sources
from flinklab.sharing.resolving import Resolver
from flinklab.sharing.stock import AddJar, SharedStock
from flinklab.sharing.trial import Laboratory
from flinklab.sharing.wanted import wanted_change
from flinklab.sql.ddl import Changes as Change
from flinklab.sql.ddl import changes


@dataclass(frozen=True, slots=True)
class Belonging:
    """Who works: `person`, whose new things go to `team`, who finds names along `teams`, in `environment`."""

    person: str
    team: str
    teams: tuple[str, ...]
    environment: str = "dev"

    def __post_init__(self) -> None:
        object.__setattr__(self, "teams", tuple(dict.fromkeys((self.team, *self.teams))))


@dataclass(slots=True)
class Sharing:
    """Brings what statements name, and takes over the ALTER and DROP of what is shared."""

    definitions: Definitions
    uses: Uses
    variables: Variables
    sources: Sources
    belonging: Belonging
    notice: Callable[[str], None] = lambda line: None
    add_jar: AddJar = str
    changes: Changes = field(init=False)

    def __post_init__(self) -> None:
        who = self.belonging
        self.changes = Changes(self.definitions, self.uses, self.sources, who.team, who.teams, who.person)

    @property
    def resolver(self) -> Resolver:
        return Resolver(self.variables, self.belonging.teams)

    def stock(self, run: Run) -> Stock:
        who = self.belonging
        return SharedStock(
            run,
            self.definitions,
            self.resolver,
            who.teams,
            who.environment,
            notice=self.notice,
            add_jar=self.add_jar,
        )

    def instead(self, statement: Statement, session: Session, *, force: bool = False) -> list[str] | None:
        """Carry out an ALTER or DROP of something shared; the lines that say what was done. None: it is not one."""
        found = self._change(statement, session)
        if found is None:
            return None
        change, shared = found
        if shared.kind is not change.kind:
            raise UsageError(
                f"{shared.name} is a {shared.kind.value}", hint=f"{change.verb} {shared.kind.name} is meant for it"
            )
        laboratory = self.laboratory(session, statement.environment)
        if change.verb == "DROP":
            return self.changes.drop(shared, laboratory, force=force).lines()
        return self.changes.alter(change, statement.text, shared, laboratory, force=force).lines()

    def is_about_catalog(self, statement: Statement, session: Session) -> bool:
        return self._change(statement, session) is not None

    def _change(self, statement: Statement, session: Session) -> tuple[Change, Definition] | None:
        """What an ALTER or DROP is about, if that is shared and no object of the session's own."""
        try:
            change = changes(statement.text) if statement.kind is StatementKind.DDL else None
        except StatementParseError:  # Flink says it better
            return None
        if change is None or change.temporary or change.verb not in ("ALTER", "DROP"):
            return None
        meant = wanted_change(change, self.belonging.teams)
        try:
            shared = meant.means(self.definitions.find(meant.names))
        except CatalogUnavailableError:
            return None
        if shared is None or session.has_own(change.path, shared.kind):
            return None
        return change, shared

    def record(
        self,
        session: Session,
        text: str,
        *,
        team: str | None = None,
        tags: Sequence[str] = (),
        note: str = "",
        environment: str | None = None,
        force: bool = False,
    ) -> list[Changed]:
        """Record the definitions of `text`, each tried first in a scratch session of `session`'s gateway."""
        laboratory = self.laboratory(session, environment)
        done = self.changes.record(text, laboratory, team=team, tags=tags, note=note, force=force)
        if not done:
            raise UsageError("there is no CREATE statement to record", hint="write the DDL of what is to be shared")
        return done

    def laboratory(self, session: Session, environment: str | None = None) -> Laboratory:
        who = self.belonging
        return Laboratory(
            session, self.definitions, self.resolver, who.teams, environment or who.environment, self.add_jar
        )
