"""A job's life on one axis: its states, versions, attempts, restarts, orders and what went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from flinklab.domain.jobs import Attempt, AttemptState, Checkpoint, Command, Event, ManagedState, Status
from flinklab.plots import theme
from flinklab.plots.clock import Clock
from flinklab.plots.marks import Mark, MarkKind, marker
from flinklab.plots.panels import Panel, stacked
from flinklab.plots.plot import Plot
from flinklab.ports.series import RecordedFailure
from flinklab.telemetry.span import Span

ROWS = ("state", "version", "attempt", "failures", "checkpoints", "commands", "incidents")

_STATE_COLOURS = {
    ManagedState.RUNNING: theme.GOOD,
    ManagedState.STARTING: theme.COLOURS[0],
    ManagedState.STOPPING: theme.COLOURS[0],
    ManagedState.RESTARTING: theme.COLOURS[1],
    ManagedState.FAILED: theme.BAD,
    ManagedState.QUARANTINED: theme.BAD,
    ManagedState.UNREACHABLE: theme.BUSY,
}
_ENDED_BADLY = (AttemptState.FAILED, AttemptState.GONE)
_CHANGE = re.compile(r"(\w+) → (\w+)(?:: (.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of a job in a time: attempts in any order, the others the oldest first."""

    status: Status
    attempts: Sequence[Attempt] = ()
    events: Sequence[Event] = ()
    failures: Sequence[RecordedFailure] = ()
    checkpoints: Sequence[Checkpoint] = ()
    commands: Sequence[Command] = ()


class Bar(NamedTuple):
    row: str
    since: datetime
    until: datetime
    label: str
    text: str
    colour: str


def plot(life: Life, span: Span, *, title: str, note: str = "") -> Plot:
    """`data`: a row for each bar (with its end) and each mark."""
    import pandas as pd

    clock = Clock(span)
    bars = [cut for bar in _bars(life, span) if (cut := _cut(bar, span)) is not None]
    marks = [(row, mark) for row, mark in _marks(life) if span.since <= mark.at <= span.until]
    used = {bar.row for bar in bars} | {row for row, _ in marks}
    rows = [row for row in ROWS if row in used]
    panel = Panel(
        "",
        [*_drawn(bars, clock), *_marked(marks, clock)],
        {"type": "category", "categoryorder": "array", "categoryarray": rows[::-1], "fixedrange": True},
        height=34 * max(len(rows), 1) + 10,
    )
    records = [
        {"at": bar.since, "until": bar.until, "what": bar.row, "label": bar.label, "text": bar.text} for bar in bars
    ] + [{"at": mark.at, "until": None, "what": row, "label": "", "text": mark.text} for row, mark in marks]
    data = pd.DataFrame(records, columns=["at", "until", "what", "label", "text"])
    for column in ("at", "until"):
        data[column] = pd.to_datetime(data[column], utc=True)
    figure = stacked(title, [panel], clock, barmode="overlay", bargap=0.35)
    return Plot(figure, data.sort_values("at", ignore_index=True), note)


def attempt_marks(attempts: Sequence[Attempt], failures: Sequence[RecordedFailure] = ()) -> list[Mark]:
    """What a person wants to see through every plot: starts with version and parallelism, ends, failures."""
    found: list[Mark] = []
    before: Attempt | None = None
    for attempt in sorted(attempts, key=lambda each: each.number):
        if attempt.running_at is not None:
            found.append(Mark(attempt.running_at, MarkKind.START, _started(attempt, before)))
        if attempt.ended_at is not None:
            bad = attempt.state in _ENDED_BADLY
            why = f": {attempt.cause.message}" if attempt.cause is not None else ""
            kind = MarkKind.FAILURE if bad else MarkKind.END
            found.append(Mark(attempt.ended_at, kind, f"attempt {attempt.number} {attempt.state.value}{why}"))
        before = attempt
    found += [Mark(each.failure.at, MarkKind.FAILURE, _failed(each)) for each in failures]
    return sorted(found, key=lambda mark: mark.at)


def _started(attempt: Attempt, before: Attempt | None) -> str:
    text = f"attempt {attempt.number} began, version {attempt.version}"
    wide = attempt.deployment.parallelism
    if before is not None and before.version != attempt.version:
        text += f" (was {before.version})"
    if wide is not None:
        text += f", parallelism {wide}"
        was = before.deployment.parallelism if before is not None else None
        text += f" (was {was})" if was is not None and was != wide else ""
    return text + (f", from {attempt.restored_from}" if attempt.restored_from else ", without state")


def _failed(recorded: RecordedFailure) -> str:
    failure = recorded.failure
    where = f" in {failure.task}" if failure.task else ""
    return f"{failure.message}{where}"


def _bars(life: Life, span: Span) -> Iterator[Bar]:
    yield from _state_bars(life, span)
    attempts = sorted(life.attempts, key=lambda each: each.number)
    begun = [each for each in attempts if each.planned_at is not None]
    for index, attempt in enumerate(begun):
        assert attempt.planned_at is not None
        until = attempt.ended_at or span.until
        bad = attempt.state in _ENDED_BADLY
        why = f": {attempt.cause.message}" if attempt.cause is not None else ""
        before = begun[index - 1] if index else None
        text = f"{_started(attempt, before)}; {attempt.state.value}{why}"
        shade = theme.BAD if bad else theme.COLOURS[0] if attempt.ended_at is None else theme.QUIET
        yield Bar("attempt", attempt.planned_at, until, str(attempt.number), text, shade)
    for number, together in groupby(begun, key=lambda each: each.version):
        run = list(together)
        since, until = run[0].planned_at, run[-1].ended_at or span.until
        assert since is not None
        yield Bar("version", since, until, f"v{number}", f"version {number}", theme.COLOURS[5 * (number % 2)])
    for command in life.commands:
        since = command.asked_at
        if since is not None:
            what = f"{command.kind.value} {command.state.value}, asked by {command.asked_by or 'nobody'}"
            text = "; ".join(each for each in (what, command.outcome, command.why) if each)
            until = command.ended_at or span.until
            yield Bar("commands", since, until, "", text, theme.COLOURS[5])


def _state_bars(life: Life, span: Span) -> Iterator[Bar]:
    """Between its changes. Before the first one it was what that says it was; a draft was nothing yet."""
    state, since, reason = life.status.state, life.status.since, life.status.reason
    changes = [(event.at, *told) for event in life.events if event.at is not None and (told := _change(event))]
    if not changes:
        yield _state_bar(state, since or span.since, span.until, reason)
        return
    first_at, first, *_ = changes[0]
    if first is not ManagedState.DRAFT:
        yield _state_bar(first, min(span.since, first_at), first_at, "")
    ends = [at for at, *_ in changes[1:]] + [span.until]
    for (at, _, now, why), until in zip(changes, ends, strict=True):
        yield _state_bar(now, at, until, why)


def _change(event: Event) -> tuple[ManagedState | None, ManagedState | None, str] | None:
    """What the state was, what it became, and why; None for an event that changed none. Where the event has no
    data, as those of older versions, its text says it."""
    if event.kind != "state":
        return None
    text = _CHANGE.fullmatch(event.text)
    before, after, reason = text.groups() if text is not None else (None, None, None)
    before, after = event.data.get("before", before), event.data.get("after", after)
    return (_state(before), _state(after), reason or "") if before and after else None


def _state(word: str) -> ManagedState | None:
    return next((state for state in ManagedState if state.value == word), None)


def _state_bar(state: ManagedState | None, since: datetime, until: datetime, reason: str) -> Bar:
    name = state.value if state is not None else "unknown"
    colour = _STATE_COLOURS.get(state, theme.QUIET) if state is not None else theme.QUIET
    return Bar("state", since, until, name, name + (f": {reason}" if reason else ""), colour)


def _marks(life: Life) -> Iterator[tuple[str, Mark]]:
    for failure in life.failures:
        yield "failures", Mark(failure.failure.at, MarkKind.FAILURE, _failed(failure))
    for point in life.checkpoints:
        if point.triggered_at is not None and point.status == "failed":
            text = f"checkpoint {point.checkpoint_id} failed: {point.failure}"
            yield "checkpoints", Mark(point.triggered_at, MarkKind.FAILURE, text)
        elif point.triggered_at is not None and point.is_savepoint:
            text = f"savepoint {point.path}"
            yield "checkpoints", Mark(point.triggered_at, MarkKind.COMMAND, text)
    for event in life.events:
        if event.at is None:
            continue
        if event.kind in ("finding", "incident"):
            yield "incidents", Mark(event.at, MarkKind.INCIDENT, event.text)
        elif event.kind in ("restart", "cluster"):
            yield "attempt", Mark(event.at, MarkKind.START, event.text)
        elif event.kind == "command":
            yield "commands", Mark(event.at, MarkKind.COMMAND, event.text)


def _cut(bar: Bar, span: Span) -> Bar | None:
    since, until = max(bar.since, span.since), min(bar.until, span.until)
    return bar._replace(since=since, until=until) if since < until else None


def _drawn(bars: Sequence[Bar], clock: Clock) -> list[dict[str, object]]:
    """One trace: what bars mean stands on them."""
    if not bars:
        return []
    starts = [clock.at(bar.since) for bar in bars]
    return [
        {
            "type": "bar",
            "orientation": "h",
            "base": starts,
            "x": [clock.at(bar.until) - start for bar, start in zip(bars, starts, strict=True)],
            "y": [bar.row for bar in bars],
            "marker": {
                "color": [bar.colour for bar in bars],
                "line": {"width": 1, "color": "rgba(128,128,128,0.6)"},
            },
            "opacity": 0.8,
            "text": [theme.title_text(bar.label) for bar in bars],
            "textposition": "inside",
            "insidetextanchor": "middle",
            "textfont": {"color": "#ffffff"},
            "hovertext": [
                f"{theme.hover_text(bar.text)}<br>{clock.shown(bar.since)} to {clock.shown(bar.until)}"
                for bar in bars
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "showlegend": False,
        }
    ]


def _marked(marks: Sequence[tuple[str, Mark]], clock: Clock) -> list[dict[str, object]]:
    traces = []
    for kind in MarkKind:
        mine = [(row, mark) for row, mark in marks if mark.kind is kind]
        if mine:
            traces.append(marker(clock, [mark for _, mark in mine], kind, [row for row, _ in mine]))
    return traces
