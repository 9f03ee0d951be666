"""Memory as people read and write it: MiB inside, `4 GiB` on screen."""

from __future__ import annotations

import re
from decimal import Decimal

from flinklab.domain.errors import UsageError
from flinklab.domain.text import one_line

_AMOUNT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([mgt]?)(?:i?b)?", re.IGNORECASE)
_MIB = {"": 1, "m": 1, "g": 1024, "t": 1024 * 1024}


def parse_memory(text: str) -> int:
    """MiB from `4g`, `4096m`, `4 GiB`, `1.5GB`, or a bare number of MiB. A GB is 1024 MB, as in Flink and YARN.

    Raises `UsageError` for anything else, and for what is no whole number of MiB of at least one.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{one_line(text, 40)!r} is no amount of memory such as 4g, 4096m or 4 GiB")
    amount = Decimal(found[1]) * _MIB[found[2].lower()]
    if amount != amount.to_integral_value() or amount < 1:
        raise UsageError(f"{one_line(text, 40)!r} is no whole number of MiB of at least 1")
    return int(amount)


def memory(mib: int) -> str:
    """`768 MiB`, `4 GiB`, `1.7 GiB`, `2.5 TiB`."""
    for unit, factor in (("TiB", 1024 * 1024), ("GiB", 1024)):
        if mib >= factor:
            return f"{mib / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{mib} MiB"
