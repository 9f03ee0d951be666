"""Fields in SQL's text (`PLAIN_TEXT` pages), read back as what a JSON page would have held.

`TRUE`, `1.10`, `x'00ff'`, `2020-01-01 00:00:00.120`, `+1 02:03:04.567`, `[1, NULL]`, `{1=TRUE}`, `(1, 2.0)`.
A MAP becomes a list of pairs and a ROW a list, which JSON objects cannot be with such keys.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flinklab.domain.columns import LogicalType
from flinklab.results.types import BYTES, NESTED, STRINGS, TIMESTAMP, TIMESTAMP_LTZ, children, reads_back

_DAY_TIME = re.compile(r"([+-])(\d+) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?")
_YEAR_MONTH = re.compile(r"([+-])(\d+)-(\d\d)")
_SCALAR = re.compile(r"[^,=\])}]+")
_BRACKETS = {"ARRAY": ("[", "]"), "MAP": ("{", "}"), "MULTISET": ("{", "}"), "ROW": ("(", ")")}


def from_text(text: str, type: LogicalType) -> Any:
    """The value that `text` means. Raises ValueError when it means none, or more than one."""
    if type.root not in NESTED:
        return _scalar(text, type)
    if not reads_back(type):
        raise ValueError(f"the text of {type} has more than one meaning; CAST it to STRING in the query")
    value, end = _nested(text, 0, type)
    if end != len(text):
        raise ValueError(f"{text[end:]!r} follows a value of {type}")
    return value


def _scalar(text: str, type: LogicalType) -> Any:
    root = type.root
    if root in STRINGS:
        return text
    if root in BYTES:
        return b64encode(bytes.fromhex(text[2:-1])).decode()
    if root == TIMESTAMP:
        return text.replace(" ", "T")
    if root == TIMESTAMP_LTZ:
        return text.replace(" ", "T") + "Z"
    return _READERS.get(root, str)(text)


def _nested(text: str, at: int, type: LogicalType) -> tuple[Any, int]:
    opening, closing = _BRACKETS[type.root]
    if text[at] != opening:
        raise ValueError(f"{text[at:]!r} is no {type}")
    at += 1
    parts = children(type)
    values: list[Any] = []
    while text[at] != closing:
        if values:
            at = _expect(text, at, ", ")
        if type.root in ("MAP", "MULTISET"):
            key, at = _part(text, at, parts[0])
            value, at = _part(text, _expect(text, at, "="), parts[1])
            values.append([key, value])
        else:
            value, at = _part(text, at, parts[len(values)] if type.root == "ROW" else parts[0])
            values.append(value)
    return values, at + 1


def _part(text: str, at: int, type: LogicalType) -> tuple[Any, int]:
    if text.startswith("NULL", at):
        return None, at + 4
    if type.root in NESTED:
        return _nested(text, at, type)
    match = _SCALAR.match(text, at)
    if not match:
        raise ValueError(f"a value of {type} is missing at {text[at:]!r}")
    return _scalar(match.group(), type), match.end()


def _expect(text: str, at: int, separator: str) -> int:
    if not text.startswith(separator, at):
        raise ValueError(f"{separator!r} is missing at {text[at:]!r}")
    return at + len(separator)


def _double(text: str) -> float | str:
    # As in JSON, where infinities and NaN are strings.
    return text if text in ("Infinity", "-Infinity", "NaN") else float(text)


def _milliseconds(text: str) -> int:
    match = _DAY_TIME.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no INTERVAL DAY TO SECOND")
    sign, days, hours, minutes, seconds, fraction = match.groups("0")
    whole = ((int(days) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds)
    value = whole * 1000 + int(fraction.ljust(9, "0")) // 10**6
    return -value if sign == "-" else value


def _months(text: str) -> int:
    match = _YEAR_MONTH.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no INTERVAL YEAR TO MONTH")
    sign, years, months = match.groups()
    value = int(years) * 12 + int(months)
    return -value if sign == "-" else value


def _boolean(text: str) -> bool:
    if text not in ("TRUE", "FALSE"):
        raise ValueError(f"{text!r} is no BOOLEAN")
    return text == "TRUE"


_READERS: dict[str, Callable[[str], Any]] = {
    "BOOLEAN": _boolean,
    "TINYINT": int,
    "SMALLINT": int,
    "INTEGER": int,
    "BIGINT": int,
    "FLOAT": _double,
    "DOUBLE": _double,
    "DECIMAL": Decimal,
    "INTERVAL_DAY_TIME": _milliseconds,
    "INTERVAL_YEAR_MONTH": _months,
}
