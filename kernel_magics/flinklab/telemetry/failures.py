"""A job's failures by their root cause: the same one counts once, whatever row, host or number it tells of.

A root cause is the last `Caused by:` of a stack trace: its class, what it says, and where it was thrown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from flinklab.domain.monitoring import Failure
from flinklab.domain.text import one_line

_ANY = "…"
_LONGEST = 300
_TOO_SHORT = 3  # characters: such a value stands in every text
_THROWABLE = re.compile(r"(?P<name>[A-Za-z_$][\w$]*(?:\.[\w$]+)*)(?::\s+(?P<message>.*))?\Z", re.DOTALL)
_FRAME = re.compile(r"^\s+at\s+(?P<place>.*)$", re.MULTILINE)
_SUBTASK = re.compile(r"\s\(\d+/\d+\)(?:#\d+|\s-\sexecution #\d+)?\Z")
# What such an exception says is the row that it met: Flink's CAST does so, and every parser.
_TELLS_A_ROW = re.compile(
    r"(?:Format|Parse|Parsing|Syntax|Conversion|Mapping|Deserialization)\w*(?:Exception|Error)\Z"
)
_DATA = re.compile(r"['\"`:].*", re.DOTALL)
_QUOTED = re.compile(r"(?<!\w)'[^'\n]*'(?!\w)|\"[^\"\n]*\"|`[^`\n]*`|<[^<>\n]*>")
_ADDRESSES = re.compile(
    r"(?P<scheme>\w+://)[^/\s'\"]+"  # of a URL
    r"|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"  # IPv6
    r"|[\w.-]*[\w-]:\d{2,5}\b"  # host:port
    r"|@[0-9a-f]+\b"  # the identity of an object
    r"|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
    r"|[-+]?\b(?:0x)?(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{7,}\b|\b[0-9a-fA-F]{16,}\b"
)
_NUMBERS = re.compile(r"[-+]?\d+")
_RUN = re.compile(rf"{_ANY}(?:[.,:/_+\s-]*{_ANY})+")
_GENERATED = re.compile(r"(?<=\$)\d+|(?<=\$\$Lambda)/0x[0-9a-f]+")
_LINE = re.compile(r":\d+\)\Z")
_MODULE = re.compile(r"\A[\w.]*(?:@[\w.+-]+)?//?")


@dataclass(frozen=True, slots=True)
class Failed:
    """A failure, of which attempt and which version of the job; 0 where that is not known."""

    failure: Failure
    attempt: int = 0
    version: int = 0


class Root(NamedTuple):
    """`kind`: the class without its package; `place`: the method that threw it, without what compiling changes."""

    kind: str
    pattern: str
    place: str


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures of one root cause. `vertices` and `taskmanagers` with how often it was there, the most often first;
    a failure of the whole job has neither. `newest`: the one that is shown of them."""

    root: Root
    newest: Failure
    first: datetime
    count: int = 1
    vertices: Mapping[str, int] = field(default_factory=dict)
    taskmanagers: Mapping[str, int] = field(default_factory=dict)
    attempts: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()

    @property
    def last(self) -> datetime:
        return self.newest.at

    @property
    def pattern(self) -> str:
        """What it says without what differs each time: no value of a row stands in it."""
        said = self.root.pattern
        return f"{self.root.kind}: {said}" if said and self.root.kind else said or self.root.kind


def grouped(failures: Iterable[Failed]) -> list[FailureGroup]:
    """The group that happened last is the first. A failure that is told twice counts once."""
    by_root: dict[Root, list[Failed]] = {}
    for each in _distinct(failures):
        by_root.setdefault(root_of(each.failure), []).append(each)
    groups = [_group(root, found) for root, found in by_root.items()]
    return sorted(groups, key=lambda group: group.last, reverse=True)


def _distinct(failures: Iterable[Failed]) -> list[Failed]:
    """Of two that are the same, the one whose attempt is known."""
    found: dict[tuple[int, str], Failed] = {}
    for each in failures:
        key = (round(each.failure.at.timestamp() * 1000), vertex_of(each.failure.task))
        if key not in found or (each.attempt and not found[key].attempt):
            found[key] = each
    return list(found.values())


def _group(root: Root, found: list[Failed]) -> FailureGroup:
    failures = [each.failure for each in found]
    return FailureGroup(
        root,
        max(failures, key=lambda failure: failure.at),
        min(failure.at for failure in failures),
        len(found),
        _counted(vertex_of(failure.task) for failure in failures),
        _counted(place_of(failure) for failure in failures),
        tuple(sorted({each.attempt for each in found if each.attempt})),
        tuple(sorted({each.version for each in found if each.version})),
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(name for name in names if name).most_common())


def vertex_of(task: str) -> str:
    """`Source: a[1] -> Calc[2] (1/2) - execution #3` without its sub-task."""
    return _SUBTASK.sub("", task)


def place_of(failure: Failure) -> str:
    """The TaskManager, with its host where that does not stand in its id."""
    taskmanager, host = failure.taskmanager, failure.host
    if not taskmanager or not host or host in taskmanager:
        return taskmanager or host
    return f"{taskmanager} ({host})"


def root_of(failure: Failure) -> Root:
    """What failures of the same cause have in common."""
    section = _root_section(failure.details)
    found = _THROWABLE.match(_said(section))
    if not section or found is None:
        return Root("", pattern_of(failure.message, failure), "")
    kind = found["name"].rpartition(".")[2]
    said = found["message"] or ""
    if _TELLS_A_ROW.search(kind):
        said = _DATA.sub(f": {_ANY}", said)
    frame = _FRAME.search(section)
    place = _place(frame["place"]) if frame is not None else ""
    return Root(kind, pattern_of(said, failure), place)


def pattern_of(text: str, failure: Failure) -> str:
    """One line with `…` where numbers, ids, hosts, addresses and quoted values stand."""
    line = one_line(text, 2000)
    for known in sorted((failure.taskmanager, failure.host), key=len, reverse=True):
        if len(known) > 2:
            line = re.sub(rf"(?<![\w.-]){re.escape(known)}(?![\w-])", _ANY, line)
    line = _QUOTED.sub(lambda found: f"{found[0][0]}{_ANY}{found[0][-1]}", line)
    line = _ADDRESSES.sub(lambda found: (found["scheme"] or "") + _ANY, line)
    return one_line(_RUN.sub(_ANY, _NUMBERS.sub(_ANY, line)), _LONGEST)


def without_values(details: str, failure: Failure) -> str:
    """A stack trace in which no value of a row stands: its frames, and the pattern of what each throwable says."""
    lines: list[str] = []
    for line in details.splitlines():
        head = re.match(r"(?P<before>\s*(?:Caused by: |Suppressed: )?)(?P<said>[A-Za-z_$][\w$.]*(?:: .*)?)\Z", line)
        if re.match(r"\s+at |\s*\.\.\. \d+ ", line):
            lines.append(line)
        elif head is not None and "." in head["said"].partition(":")[0]:
            name, _, said = head["said"].partition(": ")
            said = _DATA.sub(f": {_ANY}", said) if _TELLS_A_ROW.search(name) else said
            shown = pattern_of(said, failure)
            lines.append(head["before"] + (f"{name}: {shown}" if shown else name))
    return "\n".join(lines)


def row_values(failures: Iterable[Failure]) -> frozenset[str]:
    """Values of rows that failures repeat, to be hidden where they stand elsewhere."""
    found: set[str] = set()
    for failure in failures:
        said = _THROWABLE.match(_said(_root_section(failure.details)))
        if said is not None and _TELLS_A_ROW.search(said["name"]):
            quoted = (each[0][1:-1] for each in _QUOTED.finditer(said["message"] or ""))
            found.update(value for value in quoted if len(value) > _TOO_SHORT)
    return frozenset(found)


def folded(details: str, frames: int = 12) -> str:
    """A stack trace with the first `frames` of each cause, and how many there are more."""
    lines: list[str] = []
    hidden = seen = 0
    for line in [*details.splitlines(), ""]:
        if line.lstrip().startswith("at "):
            seen += 1
            if seen > frames:
                hidden += 1
                continue
        else:
            if hidden:
                lines.append(f"\t... {hidden} more frames")
            hidden = seen = 0
        lines.append(line)
    return "\n".join(lines).strip("\n")


def _root_section(details: str) -> str:
    """From the last cause on; causes of what was suppressed are indented."""
    starts = [found.start() for found in re.finditer(r"^Caused by: ", details, re.MULTILINE)]
    return details[starts[-1] + len("Caused by: ") :] if starts else details


def _said(section: str) -> str:
    """The throwable and its message, which may have several lines."""
    frame = _FRAME.search(section)
    return (section[: frame.start()] if frame is not None else section).strip()


def _place(frame: str) -> str:
    """`java.base@17/java.lang.X.f(X.java:12)`, `app//A$7.g(Unknown Source)`: without module, number and line."""
    return _GENERATED.sub("", _LINE.sub(")", _MODULE.sub("", frame.strip())))
