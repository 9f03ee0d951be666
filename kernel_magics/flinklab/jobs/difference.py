"""Two versions of a job side by side: text, definitions, variables, settings and plan."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from itertools import zip_longest
from typing import NamedTuple

from flinklab.domain.jobs import JobVersion, Plan
from flinklab.sql.positions import split_lines


class Row(NamedTuple):
    """A line on the left and the one that it is on the right; None where a side has none."""

    left: str | None
    right: str | None
    changed: bool


@dataclass(frozen=True, slots=True)
class Section:
    """`title`: `text`, `definitions`, `variables`, `settings` or `plan`. `note`: why a side has nothing."""

    title: str
    rows: tuple[Row, ...]
    note: str = ""

    @property
    def is_changed(self) -> bool:
        return any(row.changed for row in self.rows)


@dataclass(frozen=True, slots=True)
class Difference:
    """`left` and `right` say what is compared (`version 3`)."""

    left: str
    right: str
    sections: tuple[Section, ...]

    @property
    def is_empty(self) -> bool:
        return not any(section.is_changed for section in self.sections)

    def unified(self, context: int = 3) -> list[str]:
        """As `diff -u` writes it, each section that is changed as a file of its own; `context` lines around."""
        lines: list[str] = []
        for section in self.sections:
            left = [row.left for row in section.rows if row.left is not None]
            right = [row.right for row in section.rows if row.right is not None]
            files = (f"{section.title} ({self.left})", f"{section.title} ({self.right})")
            lines += unified_diff(left, right, *files, n=context, lineterm="")
        return lines


def difference(
    left: JobVersion, right: JobVersion, left_plan: Plan | None = None, right_plan: Plan | None = None
) -> Difference:
    """What is other in `right` than in `left`; the plans are canonical ones of one environment.

    Without both plans nothing is said of plans.
    """
    sections = [
        Section("text", tuple(_aligned(_text(left), _text(right)))),
        Section("definitions", tuple(_by_key(_definitions(left), _definitions(right)))),
        Section("variables", tuple(_by_key(*({name: name for name in each.variables} for each in (left, right))))),
        Section("settings", tuple(_by_key(_settings(left), _settings(right)))),
        _plans(left_plan, right_plan),
    ]
    return Difference(f"version {left.number}", f"version {right.number}", tuple(sections))


def operators(document: str) -> list[str]:
    """A compiled plan as EXPLAIN draws it: a line for each operator, from the sinks down to their sources.

    What several operators read is drawn once and then named `Reused`, with the number that it has in the plan.
    """
    plan = json.loads(document)
    nodes = {node["id"]: str(node.get("description") or node.get("type", "")) for node in plan["nodes"]}
    inputs: defaultdict[int, list[int]] = defaultdict(list)
    for edge in plan.get("edges", ()):
        inputs[edge["target"]].append(edge["source"])
    read = {source for sources in inputs.values() for source in sources}
    lines: list[str] = []
    drawn: set[int] = set()
    waiting = [(number, 0) for number in reversed(nodes) if number not in read]
    while waiting:
        number, depth = waiting.pop()
        begin = f"{'   ' * (depth - 1)}+- " if depth else ""
        if number in drawn:
            lines.append(f"{begin}Reused(reference_id=[{number}])")
            continue
        drawn.add(number)
        lines.append(begin + nodes[number])
        waiting += [(source, depth + 1) for source in reversed(inputs[number])]
    return lines


def _plans(left: Plan | None, right: Plan | None) -> Section:
    if left is None or right is None:
        which = " and ".join(side for side, plan in (("left", left), ("right", right)) if plan is None)
        return Section("plan", (), f"the {which} one has no plan in this environment yet")
    return Section("plan", tuple(_aligned(operators(left.document), operators(right.document))))


def _text(version: JobVersion) -> list[str]:
    texts = (*version.script.setup, version.script.statement)
    return [line for text in texts for line in split_lines(f"{text};")]


def _definitions(version: JobVersion) -> dict[str, str]:
    names = ((f"{each.team}.{each.name}", each.version) for each in version.definitions)
    return {name: f"{name} version {number}" for name, number in names}


def _settings(version: JobVersion) -> dict[str, str]:
    settings = {key: f"{key} = {value}" for key, value in version.script.config.items()}
    return {**settings, "": f"search path = {', '.join(version.script.teams)}"}


def _by_key(left: Mapping[str, str], right: Mapping[str, str]) -> Iterator[Row]:
    for key in sorted({*left, *right}):
        yield Row(left.get(key), right.get(key), left.get(key) != right.get(key))


def _aligned(left: Sequence[str], right: Sequence[str]) -> Iterator[Row]:
    """Lines that are the same stand side by side, and what was changed between them."""
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for kind, begin, end, other_begin, other_end in matcher.get_opcodes():
        for a, b in zip_longest(left[begin:end], right[other_begin:other_end]):
            yield Row(a, b, kind != "equal")
