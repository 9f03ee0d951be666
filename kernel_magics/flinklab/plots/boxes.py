"""What stands in a vertex's box and over an edge, in whatever way it is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from flinklab.domain.monitoring import JobGraph, JobVertex
from flinklab.plots import theme
from flinklab.plots.layout import NORMAL, Sizes
from flinklab.plots.letters import fitting, text_width
from flinklab.telemetry.graphs import Flow, Shares, culprit, edge_rates
from flinklab.telemetry.vertex_names import Step, VertexName, name_numbers, vertex_name

PRESSED = "#7b5bd6"
BUSY = "#d9730d"
IDLE = "rgba(128,128,128,0.35)"
CULPRIT = "causes the back-pressure"
PLAIN = Sizes(height=50.0)
WITH_SHARES = NORMAL

TITLE, DETAIL, WORDS = 12.0, 11.0, 10.5
"""Sizes of letters in px."""
PADDING = 10.0

_THIN, _THICK = 1.3, 6.5
_TINY = 0.05
_OPERATORS = 14  # on hover


@dataclass(frozen=True, slots=True)
class Content:
    """`shares` None: what it does with its time is no part of the picture. `number`: ` (2)` for one whose name
    another one has, too."""

    vertex: JobVertex
    name: VertexName
    shares: Shares | None
    flow: Flow
    is_culprit: bool = False
    number: str = ""

    def title(self, width: float) -> str:
        room = width - 2 * PADDING - text_width(self.number, TITLE, bold=True)
        return fitting(self.name.title, room, TITLE, bold=True) + self.number

    @property
    def badge(self) -> str:
        return f"×{self.vertex.parallelism}"

    def detail(self, width: float) -> str:
        """The chain's other steps; where there is no room for all, its tables or its sink alone."""
        room = width - 2 * PADDING - text_width(self.badge, DETAIL) - 8
        lead = self.name.role or "→"
        rest = self.name.rest
        tables = [tuple(step for step in rest if step.role), rest[-1:]] if _is_sink(rest) else []
        texts = [_chain(lead, steps) for steps in (rest, *tables)]
        return next((text for text in texts if text_width(text, DETAIL) <= room), fitting(texts[-1], room, DETAIL))

    def words(self, width: float = math.inf) -> str:
        """`back-pressured 80 % · busy 12 %`, and where there is no room for both, the larger."""
        if self.shares is None:
            return ""
        told = [("back-pressured", self.shares.backpressured), ("busy", self.shares.work)]
        drawn = [
            (share, f"{word} {percent(share)}") for word, share in told if share is not None and share >= _TINY
        ]
        if not self.shares.is_known:
            return "not known"
        if not drawn:
            return f"idle {percent(self.shares.idle)}" if self.shares.idle else "quiet"
        both = " · ".join(text for _, text in drawn)
        return both if text_width(both, WORDS) <= width - 2 * PADDING else max(drawn)[1]

    @property
    def bar(self) -> list[tuple[float, float, str]]:
        """From and to (0 to 1) and colour; empty where nothing is known."""
        if self.shares is None or not self.shares.is_known:
            return []
        parts = [(self.shares.backpressured, PRESSED), (self.shares.work, BUSY), (self.shares.idle, IDLE)]
        scale = max(1.0, sum(share or 0.0 for share, _ in parts))
        drawn, at = [], 0.0
        for share, colour in parts:
            if share:
                drawn.append((at, at + share / scale, colour))
                at += share / scale
        return drawn

    @property
    def tint(self) -> tuple[str, float]:
        """The colour of what it loses or spends most time with, and how strong (0 to 1)."""
        if self.shares is None or not self.shares.is_known:
            return "#808080", 0.0
        pressed, busy = self.shares.backpressured or 0.0, self.shares.work or 0.0
        return (PRESSED, pressed) if pressed >= busy else (BUSY, busy)

    @property
    def tooltip(self) -> list[str]:
        """Its operators whole, and its numbers, a line each."""
        told = [f"parallelism {self.vertex.parallelism}"]
        if self.vertex.max_parallelism > 0:
            told[0] += f" of at most {self.vertex.max_parallelism}"
        if self.shares is not None:
            known = [
                ("back-pressured", self.shares.backpressured),
                ("busy", self.shares.work),
                ("idle", self.shares.idle),
            ]
            told.append(", ".join(f"{word} {percent(share)}" for word, share in known if share is not None))
        rates = [("in", self.flow.records_in), ("out", self.flow.records_out)]
        told.append(", ".join(f"{per_second(rate)} {way}" for way, rate in rates if rate is not None))
        operators = [operator.text for operator in self.vertex.operators] or [self.vertex.name]
        more = len(operators) - _OPERATORS
        return [
            self.name.short + self.number,
            *filter(None, told),
            *operators[:_OPERATORS],
            *([f"and {more} more"] if more > 0 else []),
        ]


@dataclass(frozen=True, slots=True)
class Flowing:
    """What stands over an edge. `label` empty and `rate` None: not known."""

    label: str
    rate: float | None
    strategy: str
    thickness: float

    @property
    def head(self) -> float:
        """Half the height of its arrow's head."""
        return 3.5 + self.thickness / 2


def contents(graph: JobGraph, told: Mapping[str, Shares] | None, rates: Mapping[str, Flow]) -> dict[str, Content]:
    """By vertex id. `told` None: without shares."""
    guilty = culprit(graph, told) if told is not None else None
    numbers = name_numbers(graph)
    return {
        vertex.id: Content(
            vertex,
            vertex_name(vertex),
            told.get(vertex.id, Shares()) if told is not None else None,
            rates.get(vertex.id, Flow()),
            vertex.id == guilty,
            numbers[vertex.id],
        )
        for vertex in graph.vertices
    }


def flowing(graph: JobGraph, rates: Mapping[str, Flow]) -> dict[tuple[str, str], Flowing]:
    """By (source, target); the thickest line is that of the highest rate."""
    known = edge_rates(graph, rates)
    highest = max(known.values(), default=0.0)
    found = {}
    for edge in graph.edges:
        rate = known.get((edge.source, edge.target))
        part = math.sqrt(rate / highest) if rate and highest else 0.0
        label = per_second(rate) if rate is not None else ""
        found[edge.source, edge.target] = Flowing(label, rate, edge.strategy, _THIN + part * (_THICK - _THIN))
    return found


def percent(share: float) -> str:
    return theme.in_words(share, "%")


def per_second(rate: float) -> str:
    """`0/s`, `0.25/s`, `12/s`, `1.2k/s`, `34M/s`."""
    amount, unit = rate, ""
    for larger in ("k", "M", "G"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    shown = f"{amount:.0f}" if amount >= 9.95 or amount == int(amount) else f"{amount:.2g}"
    return f"{shown}{unit}/s"


def _chain(lead: str, steps: tuple[Step, ...]) -> str:
    """`source → Calc → orders_dwd`, `→ Calc`; empty where there is nothing to say."""
    names = [step.name for step in steps]
    return " → ".join([lead, *names]) if lead != "→" else "".join(f"→ {name} " for name in names).rstrip()


def _is_sink(steps: tuple[Step, ...]) -> bool:
    return bool(steps) and steps[-1].role == "sink"
