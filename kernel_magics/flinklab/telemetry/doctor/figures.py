"""Figures with their units, as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta

from flinklab.domain.text import duration


def share(value: float) -> str:
    return f"{value:.0%}" if value >= 0.01 or value == 0 else "under 1%"


def rate(rows: float) -> str:
    return f"{rows:,.0f} rows/s" if rows >= 10 or rows == int(rows) else f"{rows:.1f} rows/s"


def rows(number: float) -> str:
    return f"{number:,.0f} {'row' if number == 1 else 'rows'}"


def memory(number: float) -> str:
    units = ["KiB", "MiB", "GiB", "TiB"]
    if abs(number) < 1024:
        return f"{number:.0f} B"
    while abs(number) >= 1024 * 1024 and len(units) > 1:
        number /= 1024
        units.pop(0)
    number /= 1024
    return f"{number:.1f} {units[0]}" if abs(number) < 10 else f"{number:,.0f} {units[0]}"


def length(time: timedelta | float) -> str:
    return duration(time.total_seconds() if isinstance(time, timedelta) else time)


def event_time(milliseconds: float) -> str:
    """A watermark as a moment, in UTC: event time has no zone of its own."""
    try:
        moment = datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return f"{milliseconds:.0f} ms"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
