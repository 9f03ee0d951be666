"""What a rule found, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from flinklab.telemetry.doctor.clauses import Clause
from flinklab.telemetry.doctor.evidence import Evidence


class Severity(IntEnum):
    """The worse, the higher."""

    NOTICE = 1  # worth knowing
    WARNING = 2  # it is slower, larger or later than it should be
    CRITICAL = 3  # it does not do its work, or soon will not


@dataclass(frozen=True, slots=True)
class Finding:
    """`title`: a line; `evidence`: lines with figures and units; `advice`: what to do, a line each.

    `clause`: of the SQL; `vertex`: the id of the one that it is about; `since`: None where it is not known;
    `follows`: the rule whose finding explains this one.
    """

    rule: str
    severity: Severity
    title: str
    evidence: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    clause: Clause | None = None
    vertex: str = ""
    since: datetime | None = None
    follows: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "rule": self.rule,
            "severity": self.severity.name.lower(),
            "title": self.title,
            "evidence": list(self.evidence),
            "advice": list(self.advice),
            "clause": self.clause.text if self.clause is not None else None,
            "line": self.clause.line if self.clause is not None else None,
            "vertex": self.vertex or None,
            "since": self.since.isoformat() if self.since is not None else None,
            "follows": self.follows or None,
        }


Check = Callable[[Evidence], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`explains`: the rules whose findings follow from one of this."""

    name: str
    meaning: str
    check: Check
    explains: tuple[str, ...] = ()
