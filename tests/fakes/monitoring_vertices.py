"""A vertex of a fake Flink's job: what its sub-tasks do, and the metrics that come of it (names of Flink 2.3.0)."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NEVER = -(2**63)  # a watermark that there is not yet
_OPERATOR = re.compile(r"(?P<before>.*?)(?P<name>[^\s:]+)\[(?P<number>\d+)\](?P<after>.*)\Z")
Value = float | str
_COUNTED = (
    "records_in",
    "records_out",
    "bytes_in",
    "bytes_out",
    "backpressured",
    "idle",
    "busy",
    "read",
    "written",
)


@dataclass
class FakeVertex:
    """`name` as Flink makes it: `Source: t[1] -> Calc[2]`. `id` and `operators` (their descriptions, from the
    first to the last) are made from it where they are not given."""

    name: str
    parallelism: int = 1
    id: str = ""
    operators: Sequence[str] = ()
    max_parallelism: int = 128

    def __post_init__(self) -> None:
        self.id = self.id or hashlib.md5(self.name.encode(), usedforsecurity=False).hexdigest()

    @property
    def parts(self) -> list[str]:
        """The names of its operators, of `a -> (b -> c, d)` all four."""
        return [part.strip("()") for part in re.split(r" -> |, ", self.name)]

    @property
    def is_source(self) -> bool:
        return self.name.startswith("Source: ")

    @property
    def description(self) -> str:
        """As the plan has it: a tree in HTML."""
        lines = self.operators or [_described(part) for part in self.parts]
        drawn = [f"{'   ' * (depth - 1)}{'+- ' if depth else ''}{html.escape(line, quote=False)}"
                 for depth, line in enumerate(lines)]  # fmt: skip
        return "".join(f"{line}<br/>" for line in drawn)


@dataclass
class Doing:
    """What a sub-task does. Rows and bytes a second, shares of time from 0 to 1; `busy` None: Flink cannot tell.

    `watermark` in ms since 1970. `read`: rows a second that its source reads; `written`: that its sink is given.
    `more`: other metrics by their name in Flink, or `Operator[2].metric`; None takes one away.
    """

    records_in: float = 10.0
    records_out: float = 10.0
    bytes_in: float = 1000.0
    bytes_out: float = 1000.0
    busy: float | None = 0.1
    backpressured: float = 0.0
    idle: float | None = None
    watermark: int = NEVER
    read: float = 10.0
    written: float = 10.0
    state: str = "RUNNING"
    taskmanager: str = "taskmanager-1"
    more: dict[str, Value | None] = field(default_factory=dict)

    def rate(self, what: str) -> float:
        if what == "idle" and self.idle is None:
            return max(0.0, 1.0 - (self.busy or 0.0) - self.backpressured)
        return getattr(self, what) or 0.0


class Running:
    """The sub-tasks of a vertex since they were deployed: what they do now, and what they have counted."""

    def __init__(self, vertex: FakeVertex, now: float, is_sink: bool) -> None:
        self.vertex = vertex
        self.renamed: dict[str, str] = {}
        none = {} if vertex.is_source else {"read": 0.0}
        none |= {"records_in": 0.0, "bytes_in": 0.0} if vertex.is_source else {}
        none |= {"records_out": 0.0, "bytes_out": 0.0} if is_sink else {"written": 0.0}
        self.doing = [Doing(**none) for _ in range(vertex.parallelism)]  # type: ignore[arg-type]
        self.runs = True
        self.restart(now)

    def restart(self, now: float) -> None:
        self.began = self._settled = now
        self._counted = [dict.fromkeys(_COUNTED, 0.0) for _ in self.doing]

    def settle(self, now: float) -> None:
        """Count what was done until now."""
        passed, self._settled = max(0.0, now - self._settled), max(now, self._settled)
        for doing, counted in zip(self.doing, self._counted, strict=True):
            if self.runs and doing.state == "RUNNING":
                for what in _COUNTED:
                    counted[what] += doing.rate(what) * passed

    def run(self, now: float, runs: bool) -> None:
        """From now on they do what they do, or nothing."""
        self.settle(now)
        self.runs = runs

    def change(self, now: float, subtasks: Sequence[Mapping[str, Any]] | None, **all_of_them: Any) -> None:
        self.settle(now)
        each = subtasks or [{}] * len(self.doing)
        if len(each) != len(self.doing):
            raise ValueError(f"{self.vertex.name} has {len(self.doing)} sub-tasks, not {len(each)}")
        for doing, own in zip(self.doing, each, strict=True):
            for name, value in {**all_of_them, **own}.items():
                if name == "more":
                    doing.more |= value
                elif hasattr(doing, name):
                    setattr(doing, name, value)
                else:
                    raise ValueError(f"no {name!r}; other metrics of Flink's go into `more`")

    def both(self, now: float) -> list[tuple[dict[str, float], Doing]]:
        """Of each sub-task what it has counted, and what it does."""
        self.settle(now)
        return list(zip(map(dict, self._counted), self.doing, strict=True))

    def metrics(self, now: float) -> list[dict[str, Value]]:
        """Of each sub-task, by name."""
        return [self._metrics(doing, counted) for counted, doing in self.both(now)]

    def _metrics(self, doing: Doing, counted: Mapping[str, float]) -> dict[str, Value]:
        found: dict[str, Value | None] = {
            "backPressuredTimeMsPerSecond": round(1000 * doing.backpressured),
            "busyTimeMsPerSecond": "NaN" if doing.busy is None else 1000.0 * doing.busy,
            "idleTimeMsPerSecond": round(1000 * doing.rate("idle")),
            "accumulateBackPressuredTimeMs": int(1000 * counted["backpressured"]),
            "accumulateBusyTimeMs": "NaN" if doing.busy is None else 1000 * counted["busy"],
            "accumulateIdleTimeMs": int(1000 * counted["idle"]),
            "isBackPressured": str(doing.backpressured > 0.5).lower(),
            "Shuffle.Netty.Output.Buffers.outPoolUsage": 1.0 if doing.backpressured > 0.5 else 0.0,
            "mailboxLatencyMs_mean": 0.0,
            "checkpointStartDelayNanos": 0,
        }
        for name in ("records_in", "records_out", "bytes_in", "bytes_out"):
            _count(found, "num" + name.title().replace("_", ""), doing.rate(name), counted[name])
        if not self.vertex.is_source:
            found["currentInputWatermark"] = doing.watermark
        for part in self.vertex.parts:
            found |= self._of_operator(metric_scope(part), part, doing, counted)
        found |= doing.more
        there = {name: value for name, value in found.items() if value is not None}
        return {self.renamed.get(name, name): value for name, value in there.items()}

    def _of_operator(
        self, scope: str, part: str, doing: Doing, counted: Mapping[str, float]
    ) -> dict[str, Value | None]:
        is_source, is_sink = part.startswith("Source: "), part.endswith((": Writer", "]: Sink"))
        into = "records_in" if not self.vertex.is_source else "read"
        out = "read" if self.vertex.is_source else "records_out"
        found: dict[str, Value | None] = {f"{scope}.currentOutputWatermark": doing.watermark}
        if not is_source:
            found[f"{scope}.currentInputWatermark"] = doing.watermark
            into = "written" if is_sink else into
            _count(found, f"{scope}.numRecordsIn", doing.rate(into), counted[into])
        if is_sink:
            found[f"{scope}.numRecordsSend"] = 0
        else:
            _count(found, f"{scope}.numRecordsOut", doing.rate(out), counted[out])
        return found


def metric_scope(operator: str) -> str:
    """How an operator's name stands before its metrics."""
    return re.sub(r"[ .:,]", "_", operator)


def _count(found: dict[str, Value | None], name: str, rate: float, counted: float) -> None:
    found[name], found[f"{name}PerSecond"] = int(counted), rate


def _described(part: str) -> str:
    named = _OPERATOR.match(part)
    if named is None or named["after"]:
        return part
    if named["before"] == "Source: ":
        table = f"default_catalog, default_database, {named['name']}"
        return f"[{named['number']}]:TableSourceScan(table=[[{table}]], fields=[id])"
    return f"[{named['number']}]:{named['name']}(select=[id])"
