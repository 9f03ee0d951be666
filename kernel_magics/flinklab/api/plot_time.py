"""The time that a plot shows, and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar

from flinklab.domain.jobs import Attempt
from flinklab.domain.text import duration
from flinklab.plots.comparing import Earlier, period
from flinklab.telemetry.span import Span, span

T = TypeVar("T")
Moment: TypeAlias = str | timedelta | datetime
"""How long ago (`6h`), or when."""
Compare: TypeAlias = str | int | timedelta
"""`yesterday`, a duration, or a version."""

_WIDER = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 7 * 24, 30 * 24))


@dataclass(frozen=True, slots=True)
class Wanted:
    """`since` None: the last hour, or more when nothing is in it."""

    since: Moment | None = None
    until: Moment | None = None
    compare: Compare | None = None

    def find(self, read: Callable[[Span], T], is_empty: Callable[[T], bool]) -> tuple[Span, T, str]:
        """The time, what is in it, and a remark for people where it is wider. Raises `UsageError`."""
        now = datetime.now().astimezone()
        end = span(self.until, now).since if self.until is not None else None
        if self.since is not None:
            chosen = span(self.since, now, end)
            return chosen, read(chosen), ""
        first = span(_WIDER[0], now, end)
        found = nothing = read(first)
        for width in _WIDER[1:]:
            if not is_empty(found):
                break
            found = read(span(width, now, end))
            if not is_empty(found):
                wide = duration(width.total_seconds())
                return span(width, now, end), found, f"nothing is in the last hour of it: these are {wide}"
        return first, nothing if is_empty(found) else found, ""

    def earlier(
        self, chosen: Span, attempts: Sequence[Attempt], read: Callable[[Span], T], is_empty: Callable[[T], bool]
    ) -> tuple[Earlier[T] | None, str]:
        """What it is compared with, if anything is known of that, else a remark. Raises `UsageError`."""
        if self.compare is None:
            return None, ""
        meant = period(self.compare, chosen, attempts)
        found = read(meant.span)
        return (None, f"nothing is known of {meant.label}") if is_empty(found) else (Earlier(meant, found), "")


def words(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
