"""Logs, exceptions and threads as they stand under a cell: HTML, and the same as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from html import escape
from importlib.resources import files

from flinklab.api.exceptions import Exceptions
from flinklab.api.logs import Logs
from flinklab.api.threads import Threads
from flinklab.domain.text import count, one_line
from flinklab.notebook.picture import framed
from flinklab.telemetry.failures import FailureGroup, folded
from flinklab.telemetry.logs import LogRecord
from flinklab.telemetry.threads import ThreadGroup

Bundle = dict[str, str]

_MOST = 400_000
"""Characters of HTML: a saved notebook keeps it."""

_CLASSES = {"WARN": "fl-warn", "ERROR": "fl-bad", "FATAL": "fl-bad"}
_NAMES = 6
_LINES = 30  # of a stack in text
_MESSAGE = 2000


@cache
def _look() -> str:
    text = files("flinklab.notebook").joinpath("logs.css").read_text("utf-8")
    return f"<style>{' '.join(text.split())}</style>"


def logs_bundle(found: Logs, title: str) -> Bundle:
    """Times as this machine's clock shows them; the process where there are several."""
    several = len({each.process for each in found.records}) > 1
    parts, cut = _within(_newest_first(found.records, several), "record")
    body = "".join(reversed(parts)) or '<div class="fl-faint">nothing is like that in the log</div>'
    notes = [*([cut] if cut else []), *found.notes]
    head = _head(title, count(len(found.records), "record"))
    html = framed(
        f'{_look()}<div class="fl-card">{head}{_notes(notes)}<div class="fl-log"><div>{body}</div></div></div>'
    )
    lines = [_text_of(each, several) for each in found.records] or ["nothing is like that in the log"]
    return {"text/html": html, "text/plain": "\n".join([*lines, *notes])}


def _newest_first(records: Sequence[LogRecord], several: bool) -> list[str]:
    return [_record(each, several) for each in reversed(records)]


def _record(record: LogRecord, several: bool) -> str:
    look = _CLASSES.get(record.level, "")
    head = f'<span class="fl-faint">{_clock(record.at)}</span> <b>{record.level:<5}</b> ' if record.at else ""
    where = " ".join(part for part in (record.process if several else "", _short(record.logger)) if part)
    title = escape(" ".join(part for part in (record.logger, record.thread and f"[{record.thread}]") if part))
    place = f'<span class="fl-faint" title="{title}">{escape(where)}</span> ' if where else ""
    line = f"{head}{place}{escape(one_line(record.message, _MESSAGE))}"
    if not record.details:
        return f'<div class="fl-one {look}">{line}</div>'
    cause = one_line(record.details.partition("\n")[0], _MESSAGE) if record.message.endswith(":") else ""
    line += f' <span class="fl-faint">{escape(cause)}</span>' if cause else ""
    return f'<details class="fl-one {look}"><summary>{line}</summary><pre>{escape(record.details)}</pre></details>'


def _text_of(record: LogRecord, several: bool) -> str:
    head = [_clock(record.at), f"{record.level:<5}"] if record.at is not None else []
    where = [record.process] if several else []
    line = " ".join(part for part in (*head, *where, _short(record.logger), record.message) if part)
    return f"{line}\n{_first_lines(folded(record.details))}" if record.details else line


def exceptions_bundle(found: Exceptions, title: str) -> Bundle:
    if not found.groups:
        line = f"{title}: no exception since {_moment(found.span.since)}"
        html = framed("".join(f'<div class="fl-note">{escape(each)}</div>' for each in (line, *found.notes)))
        return {"text/html": html, "text/plain": "\n".join([line, *found.notes])}
    total = sum(group.count for group in found.groups)
    said = f"{count(total, 'exception')} of {count(len(found.groups), 'cause')} since {_moment(found.span.since)}"
    parts, cut = _within([_group(each) for each in found.groups], "cause")
    notes = [*([cut] if cut else []), *found.notes]
    html = framed(f'{_look()}<div class="fl-card">{_head(title, said)}{_notes(notes)}{"".join(parts)}</div>')
    texts = [
        "\n".join([each.newest.message, *(f"  {line}" for line in facts(each)), _first_lines(each.newest.details)])
        for each in found.groups
    ]
    return {"text/html": html, "text/plain": "\n\n".join([f"{title}: {said}", *texts, *notes])}


def _group(group: FailureGroup) -> str:
    lines = "".join(f"<div>{escape(line)}</div>" for line in facts(group))
    stack = escape(folded(group.newest.details))
    fold = f"<details><summary>stack trace</summary><pre>{stack}</pre></details>" if stack else ""
    message = escape(one_line(group.newest.message or group.pattern, _MESSAGE))
    return f'<div class="fl-fold"><b>{message}</b>{lines}{fold}</div>'


def facts(group: FailureGroup) -> list[str]:
    """How often, when, where and in which version, in lines."""
    if group.count > 1:
        when = f"{group.count:,} times: {_moment(group.first)} to {_moment(group.last)}"
    else:
        when = f"once: {_moment(group.last)}"
    versions = ", ".join(map(str, group.versions))
    attempts = _span_of(group.attempts)
    of = " · ".join(
        part for part in (versions and f"version {versions}", attempts and f"attempt {attempts}") if part
    )
    named = [("in", group.vertices), ("on", group.taskmanagers)]
    return [when, *(f"{word} {_counted(names)}" for word, names in named if names), *([of] if of else [])]


def _span_of(numbers: Sequence[int]) -> str:
    if len(numbers) > 3:
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, numbers))


def _counted(names: Mapping[str, int]) -> str:
    only = len(names) == 1
    shown = [name if only else f"{name} ({times:,})" for name, times in list(names.items())[:_NAMES]]
    return ", ".join(shown) + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "")


def threads_bundle(found: Threads, title: str) -> Bundle:
    total = sum(len(each.threads) for each in found.groups)
    said = f"{count(total, 'thread')} with {count(len(found.groups), 'stack')}"
    parts, cut = _within([_threads(each) for each in found.groups], "stack")
    notes = [*([cut] if cut else []), *found.notes]
    html = framed(f'{_look()}<div class="fl-card">{_head(title, said)}{_notes(notes)}{"".join(parts)}</div>')
    texts = [f"{_thread_head(each)}\n{_indented(_first_lines(each.stack))}" for each in found.groups]
    return {"text/html": html, "text/plain": "\n\n".join([f"{title}: {said}", *texts, *notes])}


def _threads(group: ThreadGroup) -> str:
    names = "\n".join(f"{process}: {name}" for process, name in group.threads)
    fold = f"<details><summary>{escape(_top(group))}</summary><pre>{escape(group.stack)}</pre></details>"
    return f'<div class="fl-fold" title="{escape(names)}"><b>{escape(_thread_head(group))}</b>{fold}</div>'


def _thread_head(group: ThreadGroup) -> str:
    names = list(dict.fromkeys(name for _, name in group.threads))
    shown = ", ".join(names[:_NAMES]) + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "")
    many = f"{len(group.threads)} × " if len(group.threads) > 1 else ""
    kind = "task " if group.is_task else ""
    return f"{many}{kind}{group.state or 'no state'}: {shown}" + (f", held by {group.owner}" if group.owner else "")


def _top(group: ThreadGroup) -> str:
    """The first frame; of a waiting thread Java's own come before it."""
    frames = [line.removeprefix("at ") for line in group.stack.splitlines() if line.startswith("at ")]
    own = next((each for each in frames if not each.startswith("java.base")), "")
    return own or (frames[0] if frames else "no stack")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _first_lines(text: str) -> str:
    lines = text.splitlines()
    more = [f"\t... {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    return "\n".join([*lines[:_LINES], *more])


def _within(parts: Sequence[str], noun: str) -> tuple[list[str], str]:
    """As many of the first as may be shown, and a line on what is left out."""
    kept: list[str] = []
    room = _MOST
    for part in parts:
        room -= len(part)
        if room < 0:
            break
        kept.append(part)
    left = len(parts) - len(kept)
    return kept, f"{count(left, noun)} not drawn, as there is too much text" if left else ""


def _head(title: str, said: str) -> str:
    return f'<div class="fl-bar"><b>{escape(title)}</b><span class="fl-soft">{escape(said)}</span></div>'


def _notes(notes: Sequence[str]) -> str:
    return "".join(f'<div class="fl-note">{escape(note)}</div>' for note in notes)


def _clock(at: datetime | None) -> str:
    """With its day where that is another one than today."""
    if at is None:
        return ""
    local = at.astimezone()
    day = "" if local.date() == datetime.now().date() else f"{local:%m-%d} "
    return f"{day}{local:%H:%M:%S}.{local.microsecond // 1000:03}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _short(logger: str) -> str:
    return logger.rpartition(".")[2]
