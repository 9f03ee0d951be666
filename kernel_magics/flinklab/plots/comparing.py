"""An earlier time on the same axis: paler, and named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from flinklab.domain.errors import UsageError
from flinklab.domain.jobs import Attempt
from flinklab.domain.text import duration, one_line, parse_duration
from flinklab.telemetry.span import Span

T = TypeVar("T")

_VERSION = re.compile(r"(?:v|version )?([0-9]{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """A time that is compared with: it is drawn later by `shift`, as `label`."""

    span: Span
    shift: timedelta
    label: str


@dataclass(frozen=True, slots=True)
class Earlier(Generic[T]):
    """What was in a period."""

    period: Period
    data: T


def period(compare: str | int | timedelta, span: Span, attempts: Sequence[Attempt] = ()) -> Period:
    """What `--compare` means for a span: `yesterday`, a duration, or a version of the job.

    A version is the time in which it ran last (of `attempts`, the newest first), its end on the end of the span: so
    what it came to stands over what is now. Raises `UsageError`.
    """
    if isinstance(compare, timedelta):
        return _shifted(span, compare)
    text = str(compare).strip()
    found = _VERSION.fullmatch(text)
    if found is not None:
        return _version(int(found[1]), span, attempts)
    if text.lower() == "yesterday":
        shift = timedelta(days=1)
        return Period(span.before(shift), shift, "yesterday")
    try:
        return _shifted(span, timedelta(seconds=parse_duration(text)))
    except UsageError:
        raise UsageError(
            f"nothing can be compared with {one_line(text, 40)!r}: write a version such as 3, yesterday, or 6h"
        ) from None


def _shifted(span: Span, shift: timedelta) -> Period:
    if shift <= timedelta():
        raise UsageError("what is compared with is earlier: give a duration of more than zero")
    return Period(span.before(shift), shift, f"{duration(shift.total_seconds())} earlier")


def _version(number: int, span: Span, attempts: Sequence[Attempt]) -> Period:
    begun, ended = _last_run(number, attempts)
    if begun is None:
        ran = ", ".join(str(each) for each in sorted({each.version for each in attempts if each.running_at}))
        hint = f"those that ran: {ran}" if ran else "the job never ran"
        raise UsageError(f"version {number} never ran, so there is nothing to compare with", hint=hint)
    if ended is None:
        raise UsageError(
            f"version {number} is what runs now", hint="compare it with another one, or with yesterday"
        )
    shift = span.until - ended
    return Period(Span(max(begun, ended - span.length), ended), shift, f"version {number}")


def _last_run(number: int, attempts: Sequence[Attempt]) -> tuple[datetime | None, datetime | None]:
    """From when to when it ran: several attempts in a row are one run. No end: it still runs."""
    begun = ended = None
    for attempt in sorted(attempts, key=lambda each: each.number, reverse=True):
        if attempt.version == number and attempt.running_at is not None:
            if begun is None:
                ended = attempt.ended_at
            begun = attempt.running_at
        elif begun is not None and attempt.version != number:
            break
    return begun, ended
