"""From evidence to findings, causes first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flinklab.domain.text import count, duration
from flinklab.telemetry.doctor.evidence import Evidence
from flinklab.telemetry.doctor.finding import Finding, Rule
from flinklab.telemetry.doctor.rules import RULES


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`findings`: each cause, the worst first, with what follows from it after it; none for what is healthy.

    `at`: the moment of the second look. `looked_at`: what was looked at, a line each; `missing`: what could not be
    had, and is not judged.
    """

    subject: str
    at: datetime
    findings: tuple[Finding, ...] = ()
    looked_at: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Nothing was found, and all could be looked at."""
        return not self.findings and not self.missing

    @property
    def headline(self) -> str:
        causes = sum(not each.follows for each in self.findings)
        if causes:
            follow = len(self.findings) - causes
            return f"{self.subject}: {count(causes, 'finding')}" + (f", and {follow} that follow" if follow else "")
        if self.missing:
            return f"{self.subject}: nothing was found in what could be looked at"
        return f"{self.subject}: nothing is wrong"

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "subject": self.subject,
            "at": self.at.isoformat(),
            "healthy": self.is_healthy,
            "findings": [each.document() for each in self.findings],
            "looked_at": list(self.looked_at),
            "missing": list(self.missing),
        }

    def __str__(self) -> str:
        lines = [self.headline]
        for each in self.findings:
            lines += _lines(each, self.at)
        lines += [f"looked at: {', '.join(self.looked_at)}"] if self.looked_at else []
        lines += [f"not looked at: {each}" for each in self.missing]
        return "\n".join(lines)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Jupyter's own protocol."""
        printer.text(str(self))


def diagnose(evidence: Evidence, rules: Sequence[Rule] = RULES) -> Diagnosis:
    """Judge evidence by rules. Pure: the same evidence gives the same diagnosis."""
    found = [each for rule in rules for each in rule.check(evidence)]
    return Diagnosis(
        evidence.subject, evidence.at, tuple(_ordered(found, rules)), looked_at(evidence), evidence.missing
    )


def looked_at(evidence: Evidence) -> tuple[str, ...]:
    """What there was to judge."""
    said = []
    if evidence.vertices:
        subtasks = sum(len(each.subtasks) for each in evidence.vertices)
        over = f" over {duration(evidence.seconds)}" if evidence.seconds > 0 else " at one moment"
        vertices = "1 vertex" if len(evidence.vertices) == 1 else f"{len(evidence.vertices)} vertices"
        said.append(f"{vertices} with {count(subtasks, 'sub-task')}{over}")
    if evidence.checkpointing is not None:
        said.append(count(len(evidence.checkpoints), "checkpoint") if evidence.checkpointing else "no checkpoints")
    if evidence.look is not None:
        said.append(count(len(evidence.failures), "failure"))
    if evidence.processes:
        said.append(count(len(evidence.processes), "process"))
    if evidence.machines:
        said.append(count(sum(each.slots for each in evidence.machines), "slot"))
    if evidence.frame is not None and not evidence.frame.is_empty:
        span = float(evidence.frame.times[-1] - evidence.frame.times[0])
        said.append(f"{duration(span)} of records")
    return tuple(said)


def _ordered(found: Sequence[Finding], rules: Sequence[Rule]) -> Iterator[Finding]:
    """Causes by how bad they are, then in the order of the rules; after each, what follows from it."""
    explained = {rule.name: frozenset(rule.explains) for rule in rules}
    names = list(dict.fromkeys(each.rule for each in found))
    cause = {
        name: next((other for other in names if name in explained.get(other, ()) and other != name), "")
        for name in names
    }
    causes = sorted((each for each in found if not cause[each.rule]), key=lambda each: -each.severity)
    done: set[str] = set()
    for each in causes:
        yield each
        if all(other.rule != each.rule for other in causes[causes.index(each) + 1 :]):
            yield from _following(each.rule, found, cause, done)


def _following(name: str, found: Sequence[Finding], cause: dict[str, str], done: set[str]) -> Iterator[Finding]:
    for follower in dict.fromkeys(each.rule for each in found if cause[each.rule] == name):
        if follower in done:
            continue
        done.add(follower)
        yield from (replace(each, follows=name) for each in found if each.rule == follower)
        yield from _following(follower, found, cause, done)


def _lines(finding: Finding, now: datetime) -> Iterator[str]:
    indent = "    " if finding.follows else ""
    since = f" (for {duration((now - finding.since).total_seconds())})" if finding.since is not None else ""
    yield f"{indent}{finding.severity.name.lower()} {finding.rule}: {finding.title}{since}"
    if finding.follows:
        yield f"{indent}  follows from {finding.follows}"
    if finding.clause is not None:
        line = f" (line {finding.clause.line})" if finding.clause.line is not None else ""
        yield f"{indent}  in the SQL: {finding.clause.text}{line}"
    yield from (f"{indent}  · {each}" for each in finding.evidence)
    yield from (f"{indent}  → {each}" for each in finding.advice)
