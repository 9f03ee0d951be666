"""Where the boxes and lines of a job's graph go: left to right, none over another, lines as straight as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from flinklab.domain.monitoring import JobGraph
from flinklab.plots.layering import Layers, Node, Pair
from flinklab.telemetry.graphs import parts_of

Point = tuple[float, float]
_SWEEPS = 8
_HEAD, _AFTER = 12.0, 5.0  # px of a line that an arrow's head takes, and that a text leaves free
_STIFF = 4.0  # how much more a line over several layers wants to be straight than a box to be in the middle


@dataclass(frozen=True, slots=True)
class Sizes:
    """In pixels."""

    width: float = 196.0
    height: float = 70.0
    across: float = 78.0  # between two layers
    between: float = 26.0  # between two boxes of a layer
    margin: float = 10.0

    def fitted(self, layers: int, width: float, narrowest: float = 136.0, closest: float = 56.0) -> Sizes:
        """So that this many layers fit into the width, if boxes and gaps no smaller than these allow it."""
        natural = layers * self.width + (layers - 1) * self.across
        least = layers * narrowest + (layers - 1) * closest
        room = width - 2 * self.margin
        if natural <= room or natural <= least:
            return self
        part = max(0.0, (room - least) / (natural - least))
        return replace(
            self,
            width=narrowest + part * (self.width - narrowest),
            across=closest + part * (self.across - closest),
        )


NORMAL = Sizes()


@dataclass(frozen=True, slots=True)
class Box:
    """`x`, `y`: the upper left corner; y grows downwards."""

    x: float
    y: float
    width: float
    height: float
    layer: int


class Label(NamedTuple):
    """`x`: where a text begins, has its middle or ends (`start`, `middle`, `end`); `y`: the height of the line that
    the text is above or below."""

    x: float
    y: float
    anchor: str
    is_above: bool


@dataclass(frozen=True, slots=True)
class Route:
    """An edge's line through its points: straight where it passes a layer, a curve where it goes up or down.

    `label`: the place for what is said of it, where lines that come together or part are still or already apart.
    """

    points: tuple[Point, ...]
    label: Label

    @property
    def path(self) -> str:
        """As SVG and plotly write it."""
        x, y = self.points[0]
        drawn = [f"M {x:.1f},{y:.1f}"]
        for (x0, y0), (x1, y1) in pairwise(self.points):
            half = (x0 + x1) / 2
            straight = abs(y0 - y1) < 0.05
            drawn.append(
                f"L {x1:.1f},{y1:.1f}"
                if straight
                else f"C {half:.1f},{y0:.1f} {half:.1f},{y1:.1f} {x1:.1f},{y1:.1f}"
            )
        return " ".join(drawn)


@dataclass(frozen=True, slots=True)
class Layout:
    """`boxes` by vertex id in the graph's order, `routes` by (source, target). It is shared: not to be changed."""

    boxes: dict[str, Box]
    routes: dict[Pair, Route]
    width: float
    height: float


@lru_cache(maxsize=64)
def layout(graph: JobGraph, width: float | None = None, sizes: Sizes = NORMAL) -> Layout:
    """All boxes inside `width` by `height`, every line from left to right; the same for the same graph.

    `width`: what there is; boxes become narrower for it as long as they can be read. Edges of unknown vertices and
    those that close a circle are left out. Unconnected parts stand below each other.
    """
    parts = [Layers(part) for part in parts_of(graph)]
    depth = max((len(part.rows) for part in parts), default=0)
    if width is not None:
        sizes = sizes.fitted(depth, width)
    boxes: dict[str, Box] = {}
    routes: dict[Pair, Route] = {}
    bottom = sizes.margin
    for index, part in enumerate(parts):
        bottom = _place(part, sizes, bottom + (1.6 * sizes.between if index else 0.0), boxes, routes)
    in_order = {vertex.id: boxes[vertex.id] for vertex in graph.vertices}
    wide = depth * sizes.width + max(0, depth - 1) * sizes.across + 2 * sizes.margin
    return Layout(in_order, routes, wide, bottom + sizes.margin)


def _place(part: Layers, sizes: Sizes, top: float, boxes: dict[str, Box], routes: dict[Pair, Route]) -> float:
    """Adds its boxes and routes below `top`; how far down they reach."""
    middles = _middles(part, sizes)
    down = top - min(y - _tall(node, sizes) / 2 for (_, node), y in middles.items())
    middles = {at: y + down for at, y in middles.items()}
    left = [sizes.margin + layer * (sizes.width + sizes.across) for layer in range(len(part.rows))]
    for vertex, layer in part.layer.items():
        y = middles[layer, vertex] - sizes.height / 2
        boxes[vertex] = Box(left[layer], y, sizes.width, sizes.height, layer)
    for pair in part.pairs:
        routes[pair] = _route(part, pair, left, middles, sizes)
    return max(y + _tall(node, sizes) / 2 for (_, node), y in middles.items())


def _route(
    part: Layers, pair: Pair, left: Sequence[float], middles: dict[tuple[int, Node], float], sizes: Sizes
) -> Route:
    first, last = part.layer[pair[0]], part.layer[pair[1]]
    points: list[Point] = [(left[first] + sizes.width, middles[first, pair[0]])]
    for layer in range(first + 1, last):
        y = middles[layer, pair]
        points += [(left[layer], y), (left[layer] + sizes.width, y)]
    points.append((left[last], middles[last, pair[1]]))
    return Route(tuple(points), _label(points, len(part.right(first, pair[0])), len(part.left(last, pair[1]))))


def _label(points: Sequence[Point], parting: int, gathering: int) -> Label:
    """Before its target if it is alone there, else after its source, else where it passes a layer, else midway.

    On the side of the line from which it does not come, and to which it does not go.
    """
    (x0, y0), (_, y1) = points[:2]
    (_, y2), (x3, y3) = points[-2:]
    if gathering == 1:
        return Label(x3 - _HEAD, y3, "end", y2 >= y3)
    if parting == 1:
        return Label(x0 + _AFTER, y0, "start", y1 >= y0)
    if len(points) > 2:
        (x1, _), (x2, _) = points[1:3]
        return Label((x1 + x2) / 2, y1, "middle", True)
    return Label((x0 + x3) / 2, (y0 + y3) / 2, "middle", True)


def _middles(part: Layers, sizes: Sizes) -> dict[tuple[int, Node], float]:
    """Heights by layer and node: as near to the neighbours' mean as the order and the distances allow."""
    middles: dict[tuple[int, Node], float] = {}
    offsets: list[list[float]] = []
    for layer, row in enumerate(part.rows):
        offset = [0.0]
        for one, other in pairwise(row):
            offset.append(offset[-1] + (_tall(one, sizes) + _tall(other, sizes)) / 2 + sizes.between)
        offsets.append(offset)
        middles.update(((layer, node), y - offset[-1] / 2) for node, y in zip(row, offset, strict=True))
    depth = len(part.rows)
    for sweep in range(_SWEEPS):
        for layer in range(depth) if sweep % 2 == 0 else range(depth - 1, -1, -1):
            _settle(part, layer, offsets[layer], middles)
    return middles


def _settle(part: Layers, layer: int, offset: list[float], middles: dict[tuple[int, Node], float]) -> None:
    row = part.rows[layer]
    wanted: list[float] = []
    for node, away in zip(row, offset, strict=True):
        near = [middles[layer - 1, each] for each in part.left(layer, node)]
        near += [middles[layer + 1, each] for each in part.right(layer, node)]
        wanted.append((sum(near) / len(near) if near else middles[layer, node]) - away)
    weights = [1.0 if isinstance(node, str) else _STIFF for node in row]
    for node, y, away in zip(row, _rising(wanted, weights), offset, strict=True):
        middles[layer, node] = y + away


def _tall(node: Node, sizes: Sizes) -> float:
    return sizes.height if isinstance(node, str) else 0.0


def _rising(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The values nearest to these (least squares) that never fall: isotonic regression by pooling violators."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for value, weight in zip(wanted, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, w1, n1), (other, w2, n2) = pools[-2:]
            pools[-2:] = [((one * w1 + other * w2) / (w1 + w2), w1 + w2, n1 + n2)]
    return [mean for mean, _, size in pools for _ in range(size)]
