"""What the parts of a series are called and which colour they have, also when an upgrade renames a vertex."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flinklab.domain.monitoring import JobGraph
from flinklab.domain.series import SeriesKey
from flinklab.ports.monitoring import JOBMANAGER
from flinklab.ports.series import RecordedGraph
from flinklab.telemetry.vertex_matching import matched
from flinklab.telemetry.vertex_names import short_names


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part while it had one name. `slot` decides the colour: that of a vertex whose successor it is. `since` and
    `until`, in seconds since 1970, are finite only where the same id went by another name before or after."""

    part: str
    name: str
    slot: int
    since: float = -math.inf
    until: float = math.inf


@dataclass(frozen=True, slots=True)
class Parts:
    """The stretches by part, in the order in which they are shown."""

    stretches: Mapping[str, Sequence[Stretch]] = field(default_factory=dict)

    def of(self, keys: Iterable[SeriesKey]) -> list[tuple[SeriesKey, Stretch]]:
        """Each key with its stretches; a part of which no graph is known goes by its id."""
        order = {part: number for number, part in enumerate(self.stretches)}
        found: list[tuple[SeriesKey, Stretch]] = []
        unknown = len(order)
        for key in sorted(keys, key=lambda key: (order.get(key.part, unknown), key)):
            known = self.stretches.get(key.part)
            if known is None:
                known = [Stretch(key.part, _bare_name(key.part), unknown)]
                unknown += 1
            found += [(key, stretch) for stretch in known]
        return found

    def name(self, part: str) -> str:
        """The newest one."""
        known = self.stretches.get(part)
        return known[-1].name if known else _bare_name(part)


def parts_of(graphs: Sequence[RecordedGraph]) -> Parts:
    """`graphs`: those that held, the oldest first."""
    found: dict[str, list[Stretch]] = {}
    before, slots = JobGraph(), 0
    for recorded in graphs:
        names, at = short_names(recorded.graph), recorded.at.timestamp()
        old = {new: old for old, new in matched(before, recorded.graph).items()}
        slot_before = {part: stretches[-1].slot for part, stretches in found.items()}
        for vertex in recorded.graph.vertices:
            known, name = found.setdefault(vertex.id, []), names[vertex.id]
            if known and known[-1].name == name:
                continue
            slot = slot_before.get(old.get(vertex.id, ""), -1)
            if slot < 0:
                slot, slots = slots, slots + 1
            if known:
                known[-1] = replace(known[-1], until=at)
            known.append(Stretch(vertex.id, name, slot, at if known else -math.inf))
        before = recorded.graph
    return Parts(found)


def parts_of_graph(graph: JobGraph) -> Parts:
    names = short_names(graph)
    return Parts({vertex.id: [Stretch(vertex.id, names[vertex.id], n)] for n, vertex in enumerate(graph.vertices)})


def _bare_name(part: str) -> str:
    if part == JOBMANAGER:
        return "JobManager"
    return part if len(part) <= 24 else f"{part[:12]}…{part[-8:]}"
