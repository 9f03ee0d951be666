"""The end of a log, and the cause in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

_TAIL_BYTES = 64 * 1024
_CAUSE = re.compile(r"^Caused by: (.+)$")
_ERROR = re.compile(r"^\d{4}-\d\d-\d\d \S+ (?:ERROR|FATAL)\s+(.+)$")
_JVM_START = "Error occurred during initialization of VM"
_JVM = re.compile(r'^(?:Error: |Exception in thread "[^"]*" |.* VM warning: |Terminating due to )(.+)$')


def tail(path: Path, lines: int = 40) -> list[str]:
    """The last lines that are not empty; none when there is no such file."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]


def cause_in(lines: Sequence[str]) -> str | None:
    """Why a process ended: the deepest `Caused by:` of the last trace, else the last error, else the JVM's word."""
    for pattern in (_CAUSE, _ERROR):
        for line in reversed(lines):
            match = pattern.match(line)
            if match:
                return match[1].strip()
    for line, following in pairwise(lines):
        if line == _JVM_START:
            return following.strip()
    return next((match[1].strip() for line in lines if (match := _JVM.match(line))), None)
