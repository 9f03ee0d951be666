"""Flame graphs as people read them: frames by operator, what is always the same folded, what is rare gathered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flinklab.domain.monitoring import Flame

LEAST = 0.005
"""Frames of a smaller share are gathered in one."""

_FOLDED = 3  # frames in a row from which on they are folded
_GENERATED = re.compile(r"^(?:StreamExec|BatchExec)?([A-Z]\w*?)\$\d+$")
_TABLE_RUNTIME = "org.apache.flink.table.runtime.operators."
_HELPERS = ("Projection", "HashFunction", "Comparator", "Handler", "Equaliser", "Computer", "Converter")
_BY_CLASS = (
    (r"(?:MiniBatch|Incremental)?(?:Local|Global)?GroupAgg\w*", "GroupAggregate"),
    (r"\w*(?:SlicingWindow|WindowAgg|SliceShared|SliceUnshared|AggregateWindow)\w*", "WindowAggregate"),
    (r"\w*TemporalRowTime\w*|\w*TemporalProcessTime\w*", "TemporalJoin"),
    (r"\w*(?:LookupJoin|AsyncLookup)\w*", "LookupJoin"),
    (r"\w*IntervalJoin\w*", "IntervalJoin"),
    (r"\w*Join(?:Operator|Function|Runner)?", "Join"),
    (r"\w*(?:TopN|Rank)\w*", "Rank"),
    (r"\w*Deduplicate\w*", "Deduplicate"),
    (r"\w*Over(?:Window)?(?:Aggregate|Function|Bounded|Unbounded)\w*", "OverAggregate"),
    (r"\w*WatermarkAssigner\w*", "WatermarkAssigner"),
    (r"\w*(?:CepOperator|PatternProcess)\w*", "Match"),
    (r"\w*SinkUpsertMaterializer\w*", "SinkMaterializer"),
    (r"ConstraintEnforcer", "ConstraintEnforcer"),
    (r"\w*Sort\w*", "Sort"),
)
_ANYWHERE = (
    (r"(?:SourceOperator|StreamSource|DataGeneratorSource|SourceReaderBase)", "source"),
    (r"(?:SinkWriterOperator|CommitterOperator|SinkOperator|StreamSink|StreamingFileWriter)", "sink"),
)
_PLATFORM = ("org.apache.flink.streaming.", "org.apache.flink.runtime.", "java.", "jdk.", "sun.")


@dataclass(frozen=True, slots=True)
class FlameFrame:
    """`parent`: index of the frame that called it, -1 for a thread's first. `share` of all samples, 0 to 1; `own`:
    without what it called. `operator`: the one that it works for, empty for Flink's own machinery.

    `folded`: frames that stand in it, each of which did nothing but call the next.
    """

    parent: int
    name: str
    depth: int
    value: int
    share: float
    own: float
    operator: str = ""
    folded: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """`BinaryStringDataUtil.hash`, without packages and the numbers of lambdas."""
        if not self.folded:
            return _short(self.name)
        telling = next((name for name in reversed(self.folded) if name.startswith("org.apache.flink.")), self.name)
        return f"… {_short(telling)} ({len(self.folded)} frames)"


def flame_frames(flame: Flame, *, least: float = LEAST, fold: bool = True) -> list[FlameFrame]:
    """Parents before their children, the larger of siblings first; without the root, which is no frame.

    Calls of a method from one place count as one, whatever its line. A frame of less than `least` is gathered with
    its small siblings. With `fold` a run of frames of Flink's machinery that only call one another is one frame.
    """
    total = max(flame.value, 1)
    found: list[FlameFrame] = []
    waiting: list[tuple[Sequence[Flame], int, int, str]] = [
        (each, -1, 0, "") for each in reversed(_merged([flame]))
    ]
    while waiting:
        same, parent, depth, caller = waiting.pop()
        name = _method(same[0].name)
        operator = operator_of(name) or caller
        folded = [name]
        children = _merged(same)
        while fold and not operator and len(children) == 1 and _goes_on(children[0], _value(same)):
            same = children[0]
            folded.append(_method(same[0].name))
            children = _merged(same)
        value = _value(same)
        own = (value - sum(_value(each) for each in children)) / total
        is_run = len(folded) >= _FOLDED
        if not is_run and len(folded) > 1:
            for between in folded[:-1]:
                found.append(FlameFrame(parent, between, depth, value, value / total, 0.0, operator))
                parent, depth = len(found) - 1, depth + 1
        shown = folded[-1]
        found.append(
            FlameFrame(
                parent, shown, depth, value, value / total, max(0.0, own), operator, tuple(folded) if is_run else ()
            )
        )
        here = len(found) - 1
        large = [each for each in children if _value(each) >= least * total]
        small = [each for each in children if _value(each) < least * total]
        if small:
            rest = sum(map(_value, small))
            found.append(
                FlameFrame(here, f"{len(small)} smaller", depth + 1, rest, rest / total, rest / total, operator)
            )
        waiting += [(each, here, depth + 1, operator) for each in reversed(large)]
    return found


def operator_of(name: str) -> str:
    """The SQL operator whose code a method is, by its class; empty where that does not tell.

    Flink's planner names generated classes after their exec node (`StreamExecCalc$12`), and its runtime keeps an
    operator's code in classes of its own.
    """
    owner = _class_and_method(name)[0]
    if generated := _GENERATED.match(owner):
        return (
            "" if generated[1].endswith(("Projection", "HashFunction", "Comparator", "Handler")) else generated[1]
        )
    for pattern, operator in _ANYWHERE:
        if re.match(pattern, owner):
            return operator
    if not name.startswith((_TABLE_RUNTIME, "org.apache.flink.cep.")):
        return ""
    return next((operator for pattern, operator in _BY_CLASS if re.match(pattern + r"(?:$|\$)", owner)), "")


def own_shares(frames: Sequence[FlameFrame]) -> dict[str, float]:
    """The share of the samples that each operator worked itself, the largest first; `` for Flink's machinery."""
    found: dict[str, float] = {}
    for frame in frames:
        if frame.own > 0:
            found[frame.operator] = found.get(frame.operator, 0.0) + frame.own
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _goes_on(following: Sequence[Flame], value: int) -> bool:
    name = following[0].name
    return _value(following) == value and not operator_of(_method(name)) and name.startswith(_PLATFORM)


def _merged(same: Sequence[Flame]) -> list[list[Flame]]:
    """What frames of one method called, by method, the largest first."""
    children = sorted((child for each in same for child in each.children), key=lambda child: _method(child.name))
    groups = [list(group) for _, group in groupby(children, key=lambda child: _method(child.name))]
    return sorted(groups, key=lambda group: -_value(group))


def _value(same: Sequence[Flame]) -> int:
    return sum(each.value for each in same)


def _short(name: str) -> str:
    if "." not in name or " " in name:
        return name
    return ".".join(re.sub(r"\$\$Lambda.*$", "$λ", part) for part in _class_and_method(name))


def _method(name: str) -> str:
    """Without the line: `pkg.Class.method:88`."""
    return re.sub(r":-?\d+$", "", name)


def _class_and_method(name: str) -> tuple[str, str]:
    """`StreamTask$$Lambda$0/0x0.run` has a slash and a dot; a class is the last part before its method."""
    before, _, method = name.rpartition(".")
    return before.rpartition(".")[2] or before, method
