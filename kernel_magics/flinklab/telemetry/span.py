"""The time that is looked at, as people write it: `--since 6h`, or the moment at which it begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flinklab.domain.errors import UsageError
from flinklab.domain.text import one_line, parse_duration


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` to `until`, both aware."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        return self.until - self.since

    def before(self, shift: timedelta) -> Span:
        """The same length, earlier by `shift`."""
        return Span(self.since - shift, self.until - shift)


def span(since: str | timedelta | datetime, now: datetime, until: datetime | None = None) -> Span:
    """`since`: how long ago (`6h`, `30m`, `2d`), or a moment; one without a zone is of `now`'s.

    Raises `UsageError`.
    """
    end = until or now
    if isinstance(since, timedelta):
        start = end - since
    elif isinstance(since, datetime):
        start = since if since.tzinfo is not None else since.replace(tzinfo=now.tzinfo)
    else:
        start = _moment(since, now) or end - timedelta(seconds=_seconds(since))
    if start >= end:
        raise UsageError(f"{since} is not before {end:%Y-%m-%d %H:%M}")
    return Span(start, end)


def _moment(text: str, now: datetime) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=now.tzinfo)


def _seconds(text: str) -> float:
    try:
        return parse_duration(text)
    except UsageError:
        raise UsageError(
            f"{one_line(text, 40)!r} is no time: write such as 6h, 30m, 2d or 2026-11-20T08:00"
        ) from None
