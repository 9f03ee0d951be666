"""What a rule is given, and what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from flinklab.domain.definitions import Definition, DefinitionKind, Facts, How
from flinklab.domain.errors import Position, StatementError, StatementParseError
from flinklab.jobs.script import Placed, Reading
from flinklab.sql.ddl import read_ddl
from flinklab.sql.names import Path


class Level(Enum):
    """An error stands in the way of a promotion, a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What the rule of that name has against a text: what is so, and what to do about it.

    `position` is where, as the reader of the cell `cell` counts; None when it is nowhere in the text.
    """

    rule: str
    level: Level
    message: str
    hint: str
    position: Position | None = None
    cell: str = ""

    def __str__(self) -> str:
        where = f" (line {self.position.line}, column {self.position.column})" if self.position else ""
        return f"{self.rule}: {self.message}{where} → {self.hint}"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view that a job's text names. `shared`: its definition in the catalog; `own`: the text that makes
    it in the script itself. Neither: it is in a Flink catalog, or nowhere."""

    path: Path
    how: How
    placed: Placed
    position: Position
    shared: Definition | None = None
    own: str = ""

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def facts(self) -> Facts:
        """Nothing where it is not known what it is."""
        if self.shared is not None:
            return self.shared.facts
        try:
            return read_ddl(self.own).facts if self.own else Facts()
        except StatementParseError:
            return Facts()

    @property
    def is_view(self) -> bool:
        if self.shared is not None:
            return self.shared.kind is DefinitionKind.VIEW
        try:
            return bool(self.own) and read_ddl(self.own).kind is DefinitionKind.VIEW
        except StatementParseError:
            return False


@dataclass(frozen=True, slots=True)
class Missing:
    """What Flink does not find. `in_session`: the person's own session has it."""

    name: str
    how: How
    in_session: bool = False
    suggestion: str = ""
    position: Position | None = None
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A `${name}` without a value, as the resolver says it, at its place in the cell."""

    message: str
    hint: str = ""
    position: Position | None = None
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """All that the rules look at.

    `relations`: the tables and views that the text names, `reached`: all shared definitions that the version needs,
    those that others are made of as well. `explain`: EXPLAIN's text, None when it was not asked or refused;
    `refusal`: what Flink then said, at its place in the cell. `config`: what the job would have (cluster,
    version and deployment, later ones winning); `own_config`: what the text, its flags and the deployment set.
    `parallelism`: None when it is the cluster's default. `slots`: of the cluster, None where more come by
    themselves or nobody knows.
    """

    reading: Reading
    relations: tuple[Relation, ...] = ()
    reached: tuple[Definition, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    missing: tuple[Missing, ...] = ()
    explain: str | None = None
    refusal: StatementError | None = None
    config: Mapping[str, str] = field(default_factory=dict)
    own_config: Mapping[str, str] = field(default_factory=dict)
    parallelism: int | None = None
    slots: int | None = None

    @property
    def sinks(self) -> tuple[Relation, ...]:
        return tuple(each for each in self.relations if each.how is How.WRITES)

    @property
    def sources(self) -> tuple[Relation, ...]:
        return tuple(each for each in self.relations if each.how is How.READS)

    @property
    def operators(self) -> tuple[Operator, ...]:
        return operators(self.explain or "")

    @property
    def is_batch(self) -> bool:
        return self.config.get("execution.runtime-mode", "").upper() == "BATCH"


@dataclass(frozen=True, slots=True)
class Operator:
    """A line of an EXPLAIN: `GroupAggregate`, and what stands in its brackets."""

    name: str
    details: str


_PLAN = re.compile(r"== (?P<title>[^=\n]+) ==\n(?P<body>.*?)(?=\n== |\Z)", re.DOTALL)
_LINE = re.compile(r"(?m)^[ :|+-]*(?P<name>[A-Z]\w*)\((?P<details>.*)\)")


def operators(explain: str) -> tuple[Operator, ...]:
    """Those of the optimized physical plan, from the sinks down: it still has the hints, and the ranks."""
    for plan in _PLAN.finditer(explain):
        if plan["title"] == "Optimized Physical Plan":
            return tuple(Operator(line["name"], line["details"]) for line in _LINE.finditer(plan["body"]))
    return ()
