"""Whether a text can become a job: looked at, looked up, and explained by Flink, without a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flinklab.domain.definitions import DefinitionKind
from flinklab.domain.errors import StatementError
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import JobScript
from flinklab.jobs.findings import Finding, Level, Matter, Missing, Relation
from flinklab.jobs.lint import lint
from flinklab.jobs.reaching import Reached, reach
from flinklab.jobs.script import CellText, Placed, Reading, read_script
from flinklab.ports import Definitions, Variables
from flinklab.session.places import place
from flinklab.sharing.resolving import Resolver
from flinklab.sharing.wanted import missing
from flinklab.sql.names import Path

_MISSING = frozenset({"sink-not-shared", "source-not-shared"})

HasOwn = Callable[[Path, DefinitionKind], bool]
"""Whether the person's own session has something of that name."""


class Explains(Protocol):
    """What of a `Workspace` is needed."""

    def resolved(self) -> str:
        """Runs the setup."""
        ...

    def explain(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that is to become a version: one cell, or a notebook's.

    `flags`: the cell's own settings. `ignore` and `levels` as for `lint`.
    """

    cells: tuple[CellText, ...]
    flags: Mapping[str, str] = field(default_factory=dict)
    is_notebook: bool = False
    ignore: frozenset[str] = frozenset()
    levels: Mapping[str, Level] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, *, first_line: int = 1, flags: Mapping[str, str] | None = None) -> Proposal:
        """One cell's."""
        return cls((CellText(text, first_line=first_line),), flags or {})

    def read(self) -> Reading:
        return read_script(self.cells, flags=self.flags, is_notebook=self.is_notebook)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found out. `explain`: EXPLAIN's text, None when it was not asked for or refused; `refusal`: what
    Flink said, at its place in the cell, when no finding says it better."""

    reading: Reading
    script: JobScript
    reached: Reached
    findings: tuple[Finding, ...]
    explain: str | None = None
    refusal: StatementError | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.level is Level.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.level is Level.WARNING)

    @property
    def ok(self) -> bool:
        return not self.errors and self.refusal is None


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges for one person. `teams`: in which names are looked for. `slots`: how many the cluster has, None where
    more come by themselves."""

    definitions: Definitions
    variables: Variables
    teams: tuple[str, ...]
    has_own: HasOwn
    slots: int | None = None

    def judge(
        self,
        proposal: Proposal,
        environment: str,
        deployment: Deployment,
        config: Mapping[str, str],
        workspace: Explains,
    ) -> Judgement:
        """`config`: what every job gets on the cluster. `workspace`: one with the proposal's script.

        Raises a `CatalogError` or a `ConnectionFailedError`: nothing is known then.
        """
        reading = proposal.read()
        script = reading.script(self.teams)
        resolver = Resolver(self.variables, self.teams)
        reached = reach(reading, script.config, self.definitions, resolver, self.teams, environment)
        explain, refusal = None, None
        if _can_be_explained(reading, reached):
            explain, refusal = _explained(workspace, reading)
        own_config = {**script.config, **deployment.config}
        matter = Matter(
            reading,
            tuple(reached.relations),
            tuple(reached.definitions.values()),
            tuple(reached.unresolved),
            tuple(self._missing(refusal, reached.relations)) if refusal is not None else (),
            explain,
            refusal,
            {**config, **own_config},
            own_config,
            deployment.parallelism or _parallelism(own_config),
            self.slots,
        )
        findings = lint(matter, ignore=proposal.ignore, levels=proposal.levels)
        if refusal is not None and _is_told(matter, findings):
            refusal = None
        return Judgement(reading, script, reached, findings, explain, refusal)

    def _missing(self, refusal: StatementError, relations: Sequence[Relation]) -> Iterator[Missing]:
        """The tables that Flink does not find, and those that only the person's session has."""
        named = {part for each in missing(refusal.message, "", self.teams) for part in each.path}
        for each in relations:
            if each.shared is not None or each.own:
                continue
            in_catalog = len(each.path) == 3
            is_named = each.path[0] in named if in_catalog else not named.isdisjoint(each.path)
            in_session = not in_catalog and self.has_own(each.path, DefinitionKind.TABLE)
            if in_session or is_named:
                hint = refusal.hint or ""
                suggestion = hint if is_named and hint.startswith("did you mean") else ""
                yield Missing(each.name, each.how, in_session, suggestion, each.position, each.placed.cell.id)


def _can_be_explained(reading: Reading, reached: Reached) -> bool:
    """There is one statement, and nothing that Flink would only stumble over."""
    lacks = reached.unresolved or (reading.permanent and not reading.is_notebook)
    return len(reading.jobs) == 1 and not lacks


def _explained(workspace: Explains, reading: Reading) -> tuple[str | None, StatementError | None]:
    """EXPLAIN's text, or what Flink says against the text, at its place in the cell."""
    setup = reading.setup
    at: Placed | None = setup[0] if len(setup) == 1 else None  # of several, Flink does not say which
    try:
        workspace.resolved()
        at = reading.jobs[0]
        return workspace.explain(), None
    except StatementError as error:
        if at is None:
            error.position = None
        else:
            place(error, at.statement, at.cell.text, at.cell.first_line)
        return None, error


def _is_told(matter: Matter, findings: Sequence[Finding]) -> bool:
    """A finding says what Flink said, and what to do about it."""
    told = {finding.rule for finding in findings}
    return "no-watermark" in told or (bool(matter.missing) and bool(told & _MISSING))


def _parallelism(config: Mapping[str, str]) -> int | None:
    value = config.get("parallelism.default", "")
    return int(value) if value.isdecimal() else None
