"""In which layer a vertex of a job's graph stands, and in which order: as few crossings as sweeps find.

After K. Sugiyama, S. Tagawa, M. Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981):
layers by longest paths, order by barycentres.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from flinklab.domain.monitoring import JobGraph

Pair = tuple[str, str]
"""Source and target of an edge."""

Node = str | Pair
"""A vertex, or an edge where it passes a layer between its ends."""

_SWEEPS = 8


class Layers:
    """`layer` by vertex, `rows`: the nodes of each layer from top to bottom, `pairs`: the edges, all rightwards."""

    def __init__(self, graph: JobGraph) -> None:
        self.pairs = _forward(graph)
        self.layer = _layers([vertex.id for vertex in graph.vertices], self.pairs)
        self.rows: list[list[Node]] = [[] for _ in range(1 + max(self.layer.values(), default=-1))]
        self._left: dict[tuple[int, Node], list[Node]] = {}
        self._right: dict[tuple[int, Node], list[Node]] = {}
        for vertex, layer in self.layer.items():
            self.rows[layer].append(vertex)
        for pair in self.pairs:
            self._thread(pair)
        self._order()

    def left(self, layer: int, node: Node) -> Sequence[Node]:
        """Its neighbours in the layer before."""
        return self._left.get((layer, node), ())

    def right(self, layer: int, node: Node) -> Sequence[Node]:
        return self._right.get((layer, node), ())

    def crossings(self) -> int:
        total = 0
        for layer, (row, next_row) in enumerate(pairwise(self.rows)):
            places = {node: place for place, node in enumerate(next_row)}
            ends = [place for node in row for place in sorted(places[other] for other in self.right(layer, node))]
            total += sum(earlier > later for index, earlier in enumerate(ends) for later in ends[index + 1 :])
        return total

    def _thread(self, pair: Pair) -> None:
        first, last = self.layer[pair[0]], self.layer[pair[1]]
        between: list[Node] = [pair] * (last - first - 1)
        for layer, (one, other) in enumerate(pairwise([pair[0], *between, pair[1]]), first):
            self._right.setdefault((layer, one), []).append(other)
            self._left.setdefault((layer + 1, other), []).append(one)
        for layer in range(first + 1, last):
            self.rows[layer].append(pair)

    def _order(self) -> None:
        """To the right and back; the order with the fewest crossings stays."""
        best, fewest = [list(row) for row in self.rows], self.crossings()
        for sweep in range(_SWEEPS):
            if fewest == 0:
                break
            rightwards = sweep % 2 == 0
            for layer in range(1, len(self.rows)) if rightwards else range(len(self.rows) - 2, -1, -1):
                self._sort(layer, rightwards)
            crossings = self.crossings()
            if crossings < fewest:
                best, fewest = [list(row) for row in self.rows], crossings
        self.rows = best

    def _sort(self, layer: int, rightwards: bool) -> None:
        row, near = self.rows[layer], self.rows[layer - 1 if rightwards else layer + 1]
        places = {node: place for place, node in enumerate(near)}
        centres: dict[Node, float] = {}
        for place, node in enumerate(row):
            around = self.left(layer, node) if rightwards else self.right(layer, node)
            centres[node] = sum(places[each] for each in around) / len(around) if around else float(place)
        row.sort(key=centres.__getitem__)


def _forward(graph: JobGraph) -> list[Pair]:
    """The edges, each once, without unknown vertices' and without those that close a circle: a job has none."""
    after: dict[str, set[str]] = {vertex.id: set() for vertex in graph.vertices}
    kept: list[Pair] = []
    for source, target in dict.fromkeys((edge.source, edge.target) for edge in graph.edges):
        if source in after and target in after and source not in _reached(target, after):
            after[source].add(target)
            kept.append((source, target))
    return kept


def _reached(start: str, after: dict[str, set[str]]) -> set[str]:
    found, ahead = {start}, [start]
    while ahead:
        new = after[ahead.pop()] - found
        found |= new
        ahead += new
    return found


def _layers(ids: Sequence[str], pairs: Sequence[Pair]) -> dict[str, int]:
    """Longest paths from the sources; then each source moves right until it is just before its first target."""
    after: dict[str, list[str]] = {each: [] for each in ids}
    waiting = dict.fromkeys(ids, 0)
    for source, target in pairs:
        after[source].append(target)
        waiting[target] += 1
    layer = dict.fromkeys(ids, 0)
    sources = [each for each in ids if waiting[each] == 0]
    ready = list(sources)
    while ready:
        vertex = ready.pop()
        for other in after[vertex]:
            layer[other] = max(layer[other], layer[vertex] + 1)
            waiting[other] -= 1
            if waiting[other] == 0:
                ready.append(other)
    for vertex in sources:
        layer[vertex] = min((layer[other] for other in after[vertex]), default=1) - 1
    return layer
