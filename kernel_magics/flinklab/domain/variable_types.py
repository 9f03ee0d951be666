"""Which texts are values of which type of variable."""

from __future__ import annotations

import re

from flinklab.domain.variables import VariableType

_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# What org.apache.flink.util.TimeUtils reads: one amount, in milliseconds when it says nothing else, or ISO 8601.
_DURATION = re.compile(
    r"\s*[0-9]+\s*(?:d|days?|h|hours?|m|min|minutes?|s|secs?|seconds?|ms|millis?|milliseconds?"
    r"|µs|micros?|microseconds?|ns|nanos?|nanoseconds?)?\s*"
    r"|P(?=.)(?:[0-9]+D)?(?:T(?=.)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]{1,9})?S)?)?",
    re.IGNORECASE,
)

_WANTED = {
    VariableType.INT: "a whole number such as 4",
    VariableType.DOUBLE: "a number such as 0.5",
    VariableType.BOOLEAN: "true or false",
    VariableType.DURATION: "a duration such as 10 s or 5 min",
    VariableType.SQL: "a piece of SQL, not nothing",
}


def is_value(kind: VariableType, text: str) -> bool:
    """Whether `text`, all `${name}` in it replaced, is a value of that type."""
    match kind:
        case VariableType.STRING:
            return True
        case VariableType.INT:
            return _WHOLE.fullmatch(text) is not None
        case VariableType.DOUBLE:
            return _NUMBER.fullmatch(text) is not None
        case VariableType.BOOLEAN:
            return text.lower() in ("true", "false")
        case VariableType.DURATION:
            return _DURATION.fullmatch(text) is not None
        case VariableType.SQL:
            return bool(text.strip())


def wanted(kind: VariableType) -> str:
    """What a value of that type is, in words."""
    return _WANTED.get(kind, "text")
