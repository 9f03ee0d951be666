"""Log files of Flink's processes as records: a line with its stack trace is one, whatever wrote it."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone, tzinfo
from itertools import accumulate

from flinklab.domain.errors import UsageError
from flinklab.domain.text import one_line, suggest

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")

_ALIASES = {"WARNING": "WARN", "SEVERE": "ERROR", "FINE": "DEBUG", "FINER": "DEBUG", "FINEST": "TRACE"}
_LONGEST = 10_000  # characters of a line: a plan or a row may stand in one
_TIME = re.compile(
    r"\[?(?P<day>\d{4}-\d\d-\d\d)[ T](?P<time>\d\d:\d\d:\d\d)(?:[.,](?P<part>\d{1,9}))?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?\]?\s*"
)
_LEVEL = "|".join((*LEVELS, *_ALIASES))
# log4j of Flink's distributions: `INFO  org.apache.flink.C [] - text`; logback: `[thread] INFO  o.a.f.C  - text`.
# A task's thread has brackets in its name: it ends where the level follows.
_REST = re.compile(
    rf"(?:\[(?P<before>.*?)\]\s+)?\[?(?P<level>{_LEVEL})\b\]?:?\s*"
    r"(?:(?:\[(?P<after>[^\]]*)\]\s+)?(?P<logger>[\w$./-]+)(?:\s+(?P<context>[\[{].*?))?\s*(?:\s-(?:\s|$)|:\s))?"
)
_CONTINUES = re.compile(r"\s|Caused by: |Suppressed: |\.\.\. \d+ ")
_QUARTER = timedelta(minutes=15)  # in which the offsets of zones are counted
_NEAR = timedelta(seconds=3)  # between what is written and what the file system says of it
_FARTHEST = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class LogRecord:
    """`at` is aware, None where the line has no time. `level` is one of `LEVELS` or empty. `details` are the lines
    that follow, a stack trace mostly. `process`: `jobmanager` or a TaskManager's id."""

    at: datetime | None
    level: str = ""
    logger: str = ""
    thread: str = ""
    message: str = ""
    details: str = ""
    process: str = ""

    @property
    def text(self) -> str:
        return f"{self.message}\n{self.details}" if self.details else self.message


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: of `level` and above, with `pattern` in their text or logger, from `since` on.

    `most`: so many of the newest ones.
    """

    level: str = ""
    pattern: re.Pattern[str] | None = None
    since: datetime | None = None
    most: int = 200

    def is_severe(self, record: LogRecord) -> bool:
        if not self.level:
            return True
        return bool(record.level) and LEVELS.index(record.level) >= LEVELS.index(self.level)

    def matches(self, record: LogRecord) -> bool:
        if self.since is not None and record.at is not None and record.at < self.since:
            return False
        if self.pattern is None:
            return True
        return any(self.pattern.search(text) for text in (record.text, record.logger, record.thread))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The oldest first. `left_out`: those that were wanted and are older; `unjudged`: those that have no level."""

    records: list[LogRecord] = field(default_factory=list)
    left_out: int = 0
    unjudged: int = 0


def level_named(text: str) -> str:
    """Raises `UsageError`."""
    level = _ALIASES.get(text.upper(), text.upper())
    if level not in LEVELS:
        close = suggest(text, LEVELS)
        advice = f"did you mean {close}?" if close else f"one of {', '.join(LEVELS)}"
        raise UsageError(f"{one_line(text, 40)!r} is no level of a log: {advice}")
    return level


def pattern_of(text: str) -> re.Pattern[str]:
    """A regular expression, upper and lower case alike; what is none is looked for as it stands."""
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error:
        return re.compile(re.escape(text), re.IGNORECASE)


def records(text: str, zone: tzinfo, *, process: str = "") -> list[LogRecord]:
    """Times without a zone are of `zone`. A line without a time belongs to the record before it.

    Where no record has a time (what a process prints, a layout that is not known), each line is a record.
    """
    found: list[LogRecord] = []
    lines: list[str] = []
    for line in text.splitlines():
        head = _head(line[:_LONGEST], zone, process)
        if head is not None:
            _close(found, lines)
            found.append(head)
        elif found and (found[-1].at is not None or _CONTINUES.match(line)):
            lines.append(line[:_LONGEST])
        elif line.strip():
            _close(found, lines)
            found.append(LogRecord(None, message=line[:_LONGEST].rstrip(), process=process))
    _close(found, lines)
    return found


def _close(found: list[LogRecord], lines: list[str]) -> None:
    details = "\n".join(lines).strip("\n")
    if found and details.strip():
        found[-1] = replace(found[-1], details=details)
    lines.clear()


def _head(line: str, zone: tzinfo, process: str) -> LogRecord | None:
    time = _TIME.match(line)
    at = _moment(time, zone) if time is not None else None
    if time is None or at is None:
        return None
    rest = line[time.end() :].removeprefix("- ").rstrip()
    found = _REST.match(rest)
    if found is None:
        return LogRecord(at, message=rest, process=process)
    level = _ALIASES.get(found["level"], found["level"])
    thread = found["before"] or found["after"] or ""
    return LogRecord(at, level, found["logger"] or "", thread, rest[found.end() :].strip(), process=process)


def _moment(found: re.Match[str], zone: tzinfo) -> datetime | None:
    offset = (found["zone"] or "").replace("Z", "+00:00")
    if offset and ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"
    part = (found["part"] or "")[:6].ljust(6, "0")
    try:
        at = datetime.fromisoformat(f"{found['day']} {found['time']}.{part}{offset}")
    except ValueError:
        return None
    return at if offset else at.replace(tzinfo=zone)


def zone_of(text: str, modified: Sequence[datetime], local: tzinfo | None) -> tzinfo:
    """In which zone a process writes its times, which say none.

    Its last line is as old as its file: the time that the file system has of one of the files in its folder
    (`modified`, aware) and that of the last line differ by the zone's offset, a multiple of a quarter of an hour.
    Without such a one it is `local`, None for this machine's.
    """
    last = _last_moment(text)
    offsets = [_offset(last, each) for each in modified] if last is not None else []
    for at, offset in zip(modified, offsets, strict=False):
        if offset is not None and offset == at.astimezone(local).utcoffset():
            return _fixed(local, at)
    known = next((offset for offset in offsets if offset is not None), None)
    return timezone(known) if known is not None else _fixed(local, last or datetime.now())


def _fixed(local: tzinfo | None, at: datetime) -> tzinfo:
    if local is not None:
        return local
    zone = at.astimezone().tzinfo
    assert zone is not None
    return zone


def _last_moment(text: str) -> datetime | None:
    for line in reversed(text.splitlines()):
        found = _TIME.match(line)
        at = _moment(found, timezone.utc) if found is not None and not found["zone"] else None
        if at is not None:
            return at.replace(tzinfo=None)
    return None


def _offset(last: datetime, modified: datetime) -> timedelta | None:
    away = last - modified.astimezone(timezone.utc).replace(tzinfo=None)
    offset = round(away / _QUARTER) * _QUARTER
    return offset if abs(away - offset) <= _NEAR and abs(offset) <= _FARTHEST else None


def merged(parts: Iterable[Sequence[LogRecord]]) -> Iterator[LogRecord]:
    """By time; each part stays in its order, and what has no time stays behind what is before it."""
    keyed = [list(zip(_times(part), part, strict=True)) for part in parts]
    return (record for _, record in heapq.merge(*keyed, key=lambda each: each[0]))


def _times(part: Sequence[LogRecord]) -> Iterator[float]:
    return accumulate((each.at.timestamp() if each.at is not None else 0.0 for each in part), max)


def choose(found: Iterable[LogRecord], wanted: Wanted) -> Chosen:
    fitting = [each for each in found if wanted.matches(each)]
    severe = [each for each in fitting if wanted.is_severe(each)]
    unjudged = sum(not each.level for each in fitting) if wanted.level else 0
    kept = severe[-wanted.most :]
    return Chosen(kept, len(severe) - len(kept), unjudged)
