"""Amounts as people read and write them."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from flinklab.domain.errors import UsageError

_LONGEST_WORD = 60
_SECONDS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0}
_SECONDS |= {"h": 3600.0, "hour": 3600.0, "d": 86400.0, "day": 86400.0}
_NUMBER = r"[0-9]{1,18}(?:\.[0-9]{1,18})?"
_AMOUNT = re.compile(rf"({_NUMBER})\s*([a-z]+)\s*", re.IGNORECASE)
_BARE_NUMBER = re.compile(_NUMBER)
_COUNT = re.compile(r"([0-9]{1,3}(?:[_,][0-9]{3})+|[0-9]{1,18}(?:\.[0-9]{1,9})?)\s*([kmg]?)", re.IGNORECASE)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MULTIPLES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}


def suggest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that was probably meant, or None when none is close."""
    if len(word) > _LONGEST_WORD:
        return None
    by_folded = {choice.casefold(): choice for choice in choices}
    folded = word.casefold()
    beginning = [choice for choice in by_folded if len(folded) > 2 and choice.startswith(folded)]
    close = beginning if len(beginning) == 1 else difflib.get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def count(n: int, noun: str) -> str:
    """`1 row`, `1,234,567 rows`, `2 queries`."""
    return f"{n:,} {noun if n == 1 else _plural(noun)}"


def epoch_ms(at: datetime | None) -> int | None:
    """Milliseconds since 1970, as browsers count time."""
    return round(at.timestamp() * 1000) if at is not None else None


def duration(seconds: float) -> str:
    """`4 ms`, `16 ms`, `0.42 s`, `3.1 s`, `42 s`, `2 min 5 s`, `3 h 12 min`: at most two units, without zeros."""
    if seconds <= 0:
        return "0 s"
    if seconds < 0.0995:
        return f"{seconds * 1000:.2g} ms"
    if seconds < 9.95 and seconds != int(seconds):
        return f"{seconds:.2f} s" if seconds < 0.995 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole // 60, "min", whole % 60, "s")
    minutes = round(seconds / 60)
    if minutes < 24 * 60:
        return _two(minutes // 60, "h", minutes % 60, "min")
    hours = round(seconds / 3600)
    return _two(hours // 24, "d", hours % 24, "h")


def size(n: int) -> str:
    """A number of bytes in decimal units: `512 B`, `1.5 kB`, `23 MB`, `1.2 GB`."""
    if n < 1000:
        return f"{n} B"
    amount = float(n)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 999.5:
            return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"
    return f"{amount / 1000:,.1f} TB"


def storable(text: str) -> str:
    """What a database can hold: NUL and halves of characters, which it cannot, become `\ufffd`."""
    return _UNSTORABLE.sub("\ufffd", text)


def one_line(text: str, width: int) -> str:
    """The text with every run of spaces and line ends as one space, cut with `…` to at most `width` characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: max(0, width - 1)].rstrip() + "…"


def parse_duration(text: str) -> float:
    """Seconds (more than zero) from `30s`, `5 min`, `1h 30m`, `500ms`, `2.5s`, or a bare number of seconds.

    Raises `UsageError` for anything else.
    """
    stripped = text.strip()
    seconds = float(stripped) if _BARE_NUMBER.fullmatch(stripped) else _sum_of_amounts(stripped)
    if seconds is None:
        raise UsageError(f"{one_line(text, 40)!r} is not a duration such as 30s, 5 min, 1h or 500ms")
    if seconds <= 0:
        raise UsageError(f"{one_line(text, 40)!r} is not a duration of more than zero")
    return seconds


def parse_count(text: str) -> int:
    """A whole number of at least one from `500`, `1_000`, `1,000`, `10k`, `1.5M`.

    Raises `UsageError` for anything else.
    """
    found = _COUNT.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{one_line(text, 40)!r} is not a number such as 500, 10k or 1M")
    number = Decimal(re.sub("[_,]", "", found[1])) * _MULTIPLES[found[2].lower()]
    if number != number.to_integral_value() or number < 1:
        raise UsageError(f"{one_line(text, 40)!r} is not a whole number of at least 1")
    return int(number)


def _plural(noun: str) -> str:
    if re.search("[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit}" + (f" {small} {small_unit}" if small else "")


def _sum_of_amounts(text: str) -> float | None:
    """Seconds of `1h 30m`; None when the text is something else."""
    at, seconds = 0, 0.0
    while found := _AMOUNT.match(text, at):
        unit = found[2].lower()
        factor = _SECONDS.get(unit) or _SECONDS.get(unit.removesuffix("s") if len(unit) > 3 else unit)
        if factor is None:
            return None
        at, seconds = found.end(), math.fsum((seconds, float(found[1]) * factor))
    return seconds if text and at == len(text) else None
