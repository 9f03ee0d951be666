"""What a vertex is called among people, out of the name that Flink made of its chain of operators."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from flinklab.domain.monitoring import JobGraph, JobVertex
from flinklab.domain.text import one_line

_NUMBER = re.compile(r"\[\d+\]")
_LEADING = re.compile(r"^\[(?:vertex-)?\d+\]:?\s*")
_TABLE = re.compile(r"table=\[{1,2}([^\]=]*)")
_SINK_PART = re.compile(r"^(?P<name>.+): (?:Writer|Committer|Global Committer|Pre Writer|Post Writer)$")
_PLAIN = {"Calc", "WatermarkAssigner", "MiniBatchAssigner", "DropUpdateBefore", "Map", "Flat Map", "Filter"}
_MINOR = {"ChangelogNormalize", "ConstraintEnforcer", "Expand", "SinkMaterializer", "StreamRecordTimestampInserter"}
_LOCAL = re.compile(r"Local\w*Aggregate")


class Step(NamedTuple):
    """An operator of a chain. `role`: `source`, `sink` or empty; `name` of those is their table's."""

    name: str
    role: str = ""


class VertexName(NamedTuple):
    """`title`: what it mainly is: its source's table, else the operator that counts, else its sink's table.

    `rest`: the chain's other steps in their order.
    """

    title: str
    rest: tuple[Step, ...]
    role: str = ""

    @property
    def short(self) -> str:
        """The title, and where it writes to: `GroupAggregate → orders_dwd`."""
        sink = next((step.name for step in self.rest if step.role == "sink"), "")
        return f"{self.title} → {sink}" if sink and sink != self.title else self.title


def steps(name: str) -> tuple[Step, ...]:
    """A chain's steps, in their order and those of branches one after the other.

    `Source: t[1] -> (Calc[2] -> Sink: a[3], b[4]: Writer)` has the steps `t`, `Calc`, `a`, `b`: as Flink's
    `StreamingJobGraphGenerator` makes the names of chains.
    """
    found: list[Step] = []
    for part in _parts(name):
        step = _step(part)
        if step.name and (not found or step != found[-1] or not step.role):  # a sink's writer and its committer
            found.append(step)
    return tuple(found)


def vertex_name(vertex: JobVertex) -> VertexName:
    chain = steps(vertex.name)
    if not chain:
        return VertexName(one_line(vertex.name, 60) or vertex.id[:8], ())
    main = min(range(len(chain)), key=lambda index: (_rank(chain[index]), index))
    return VertexName(chain[main].name, (*chain[:main], *chain[main + 1 :]), chain[main].role)


def name_numbers(graph: JobGraph) -> dict[str, str]:
    """By vertex id, what is added to tell those of one name apart: nothing, ` (2)`, ` (3)`."""
    met: Counter[str] = Counter()
    numbers: dict[str, str] = {}
    for vertex in graph.vertices:
        name = vertex_name(vertex).short
        met[name] += 1
        numbers[vertex.id] = f" ({met[name]})" if met[name] > 1 else ""
    return numbers


def short_names(graph: JobGraph, width: int = 40) -> dict[str, str]:
    """By vertex id: at most `width` characters, and a number where a name has been before: `Calc`, `Calc (2)`."""
    numbers = name_numbers(graph)
    return {vertex.id: one_line(vertex_name(vertex).short, width) + numbers[vertex.id] for vertex in graph.vertices}


def _parts(name: str) -> Iterator[str]:
    """Between ` -> `, and the commas of branches; not what stands in an operator's own brackets."""
    word, open_brackets, branches, index = "", 0, 0, 0
    while index < len(name):
        char = name[index]
        if open_brackets == 0 and name.startswith(" -> ", index):
            yield word
            word, index = "", index + 4
            continue
        if char == "(" and open_brackets == 0 and not word.strip():
            branches += 1
        elif char == ")" and open_brackets == 0 and branches:
            branches -= 1
        elif char == "," and open_brackets == 0 and branches:
            yield word
            word = ""
        else:
            open_brackets += (char in "([") - (char in ")]" and open_brackets > 0)
            word += char
        index += 1
    yield word


def _step(part: str) -> Step:
    text = _LEADING.sub("", " ".join(part.split()))
    role, table = "", _TABLE.search(text)
    for prefix, meant in (("Source: ", "source"), ("Sink: ", "sink")):
        if text.startswith(prefix):
            text, role = text[len(prefix) :], meant
    bare = text.split("(", 1)[0] if not text.startswith("(") else text
    bare = _NUMBER.sub("", bare).strip()
    if sink := _SINK_PART.match(bare):
        return Step(sink["name"] if sink["name"] != "end" else bare, "sink")
    if table and bare in {"TableSourceScan", "Sink"}:
        return Step(_last_name(table[1]), "source" if bare == "TableSourceScan" else "sink")
    return Step(bare, role)


def _last_name(path: str) -> str:
    """Of `catalog, database, table` or `catalog.database.table`, to which a plan may add what was pushed down."""
    names = [each.strip() for each in path.split(",") if "=" not in each]
    return names[2] if len(names) > 2 else names[-1].rsplit(".", 1)[-1]


def _rank(step: Step) -> int:
    if step.role == "source":
        return 0
    if step.role == "sink":
        return 2
    if step.name in _PLAIN:
        return 4
    return 3 if step.name in _MINOR or _LOCAL.fullmatch(step.name) else 1
