"""Versions, definitions and variables in memory, as far as submitting a job reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flinklab.domain.definitions import Definition, Name
from flinklab.domain.errors import NotFoundError, UnknownVariableError
from flinklab.domain.jobs import JobVersion, Plan
from flinklab.domain.variables import Resolved


class MemoryVersions:
    """Fulfils `ports.jobs.Versions`. `plans`: those that were kept, in order."""

    def __init__(self, *versions: JobVersion) -> None:
        self._versions = {(each.team, each.name, each.number): each for each in versions}
        self.plans: list[Plan] = []

    def version(self, team: str, name: str, number: int) -> JobVersion:
        try:
            return self._versions[team, name, number]
        except KeyError:
            raise NotFoundError(f"{team}.{name} has no version {number}") from None

    def plan(self, team: str, name: str, number: int, environment: str, text_hash: str) -> Plan | None:
        key = (team, name, number, environment, text_hash)
        return next((each for each in self.plans if _key(each) == key), None)

    def save_plan(self, plan: Plan) -> Plan:
        kept = self.plan(*_key(plan))
        if kept is None:
            self.plans.append(plan)
        return kept or plan


def _key(plan: Plan) -> tuple[str, str, int, str, str]:
    return plan.team, plan.name, plan.number, plan.environment, plan.text_hash


class MemoryDefinitions:
    """Fulfils `ports.Definitions`: each `save` is a new version."""

    def __init__(self, *definitions: Definition) -> None:
        self._kept: dict[Name, list[Definition]] = {}
        for each in definitions:
            self.save(each, expected=None)

    def find(self, names: Sequence[Name]) -> Mapping[Name, Definition]:
        return {name: self._kept[name][-1] for name in names if name in self._kept}

    def get(self, name: Name) -> Definition:
        return self.version(name, len(self._kept.get(name, ())))

    def version(self, name: Name, number: int) -> Definition:
        kept = self._kept.get(name, ())
        if not 0 < number <= len(kept):
            raise NotFoundError(f"there is no version {number} of {name}")
        return kept[number - 1]

    def save(self, definition: Definition, *, expected: int | None) -> Definition:
        kept = self._kept.setdefault(definition.name, [])
        kept.append(replace(definition, version=len(kept) + 1))
        return kept[-1]

    def drop(self, name: Name, *, expected: int, note: str = "") -> Definition:
        return self._kept.pop(name)[-1]


class MemoryVariables:
    """Fulfils `ports.Variables`: the same values in every team and environment. `secret`: names of secrets."""

    def __init__(self, values: Mapping[str, str] | None = None, *, secret: Sequence[str] = ()) -> None:
        self._values = dict(values or {})
        self._secret = frozenset(secret)

    def resolve(self, search_path: Sequence[str], environment: str, names: Sequence[str]) -> Mapping[str, Resolved]:
        missing = [name for name in names if name not in self._values]
        if missing:
            raise UnknownVariableError(f"${{{missing[0]}}} has no value in {environment}")
        return {name: Resolved(name, self._values[name], name in self._secret) for name in names}
