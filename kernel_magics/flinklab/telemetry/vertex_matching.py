"""Which vertex of a job's new graph is which of its old one: an upgrade changes ids, a rescaling does not."""

from __future__ import annotations

from typing import NamedTuple

from flinklab.domain.monitoring import JobGraph
from flinklab.telemetry.vertex_names import Step, steps, vertex_name


class _Marks(NamedTuple):
    """What a vertex is known by, the surest mark first."""

    same: object
    chain_and_surroundings: object
    chain: object
    place_and_title: object
    short_name: object
    title: object


def matched(old: JobGraph, new: JobGraph) -> dict[str, str]:
    """Ids of `new` by those of `old`; a vertex that is gone is left out, and none is taken twice.

    An id is a hash of the place in the graph and not of the SQL: by itself it says little. So the same chain counts
    first (numbers in it apart), in the same surroundings if there are several; then the same main operator or
    table.
    """
    before, after = _marks(old), _marks(new)
    found: dict[str, str] = {}
    for mark in range(len(_Marks._fields)):
        for vertex in [each for each in before if each not in found]:
            taken = set(found.values())
            same = [each for each in after if each not in taken and after[each][mark] == before[vertex][mark]]
            if same:
                found[vertex] = same[0]
    return found


def _marks(graph: JobGraph) -> dict[str, _Marks]:
    chains = {vertex.id: steps(vertex.name) for vertex in graph.vertices}
    marks: dict[str, _Marks] = {}
    for vertex in graph.vertices:
        name, chain = vertex_name(vertex), chains[vertex.id]
        around = _around(chains, graph.before(vertex.id)), _around(chains, graph.after(vertex.id))
        marks[vertex.id] = _Marks(
            (vertex.id, chain), (chain, around), chain, (vertex.id, name.title), name.short, (name.title, name.role)
        )
    return marks


def _around(chains: dict[str, tuple[Step, ...]], ids: list[str]) -> frozenset[tuple[Step, ...]]:
    return frozenset(chains.get(each, ()) for each in ids)
