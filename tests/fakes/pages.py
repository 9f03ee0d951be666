"""Result pages as a gateway writes them, and rows to put into them.

Every generated value is a triple: its JSON text, its SQL text, and the Python value that should come out.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Context, Decimal
from typing import Any, TypeAlias

from hypothesis import strategies as st

from flinklab.domain.columns import Column, LogicalType
from flinklab.domain.pages import Page, PageKind, RowFormat

TIMESTAMP = "TIMESTAMP_WITHOUT_TIME_ZONE"
TIMESTAMP_LTZ = "TIMESTAMP_WITH_LOCAL_TIME_ZONE"
TIME = "TIME_WITHOUT_TIME_ZONE"
BIGINT = LogicalType("BIGINT")
INT = LogicalType("INTEGER")
DOUBLE = LogicalType("DOUBLE")
STRING = LogicalType("VARCHAR", length=2147483647)
BOUNDARY = ']},{"kind":"INSERT","fields":['
ZONE = "+05:30"
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Value:
    """One value: in a JSON page, in a PLAIN_TEXT page (None: no sure text), and as it should come out."""

    json: str
    text: str | None
    python: Any


Result: TypeAlias = tuple[tuple[Column, ...], list[tuple[Value, ...]]]
"""Columns and rows for them."""
NULL = Value("null", "NULL", None)


def columns(*types: LogicalType, names: Sequence[str] | None = None) -> tuple[Column, ...]:
    """Columns `c0`, `c1`, ... (or of the given letters)."""
    return tuple(Column(names[i] if names else f"c{i}", type) for i, type in enumerate(types))


def page_of(*rows: str, row_format: RowFormat = RowFormat.JSON) -> Page:
    """A page of rows given as `+I [1,"a"]`."""
    kinds = {"+I": "INSERT", "-U": "UPDATE_BEFORE", "+U": "UPDATE_AFTER", "-D": "DELETE"}
    written = ",".join(f'{{"kind":"{kinds[row[:2]]}","fields":{row[3:]}}}' for row in rows)
    return Page(PageKind.PAYLOAD, rows=f"[{written}]".encode(), row_format=row_format)


def inserts(*rows: list[Value] | tuple[Value, ...]) -> Page:
    return page_of(*(f"+I [{','.join(value.json for value in row)}]" for row in rows))


def text_inserts(*rows: list[Value] | tuple[Value, ...]) -> Page:
    fields = [[None if v is NULL else v.text for v in row] for row in rows]
    return page_of(
        *(f"+I {json.dumps(row, ensure_ascii=False)}" for row in fields), row_format=RowFormat.PLAIN_TEXT
    )


def expected(*rows: list[Value] | tuple[Value, ...]) -> list[tuple[Any, ...]]:
    return [tuple(value.python for value in row) for row in rows]


def comparable(value: Any) -> Any:
    """Equal exactly when the values are the same: NaN is NaN, -0.0 is not 0.0, 1.10 is not 1.1."""
    if isinstance(value, datetime):  # also a pandas.Timestamp
        return value.tzinfo is None, (
            value - datetime(1970, 1, 1, tzinfo=value.tzinfo and timezone.utc)
        ) // MICROSECOND
    if isinstance(value, (list, tuple)):
        return [comparable(v) for v in value]
    if isinstance(value, dict):
        return sorted((repr(comparable(k)), comparable(v)) for k, v in value.items())
    return repr(value)


def _written(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def string(text: str) -> Value:
    return Value(_written(text), text, text)


_PIECES = [
    BOUNDARY,
    '"',
    "\\",
    "\\\\",
    "\\n",
    "\n",
    "\r\n",
    "\t",
    ",",
    "null",
    "]}]",
    "é",
    "😀",
    "\u2028",
    "\ufeff",
    "\0",
    " ",
]
plain_strings = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\'), max_size=12
) | st.sampled_from(["null", "", " ", "]},{x", "NULL", "a,b", "\ufeff", "]}]"])
strings = st.lists(
    st.sampled_from(_PIECES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4), max_size=5
).map("".join)


def _integer(bits: int) -> st.SearchStrategy[Value]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1).map(lambda i: Value(str(i), str(i), i))


def _float(value: float) -> Value:
    if value != value or value in (float("inf"), float("-inf")):
        name = "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
        return Value(f'"{name}"', name, value)
    java = repr(value).replace("e+", "E").replace("e", "E")
    return Value(java, java, value)


def _decimal(precision: int, scale: int) -> st.SearchStrategy[Value]:
    exact = Context(prec=80)

    def written(unscaled: int) -> Value:
        value = Decimal(unscaled).scaleb(-scale, exact)
        short = value.normalize(exact)
        return Value(str(short if short else 0), f"{value:f}", value)

    return st.integers(-(10**precision) + 1, 10**precision - 1).map(written)


def _fraction(digits: str, precision: int) -> tuple[str, str]:
    """Digits after the point in JSON (no zeros at the end) and in SQL's text (all of them)."""
    cut = digits[:precision]
    short = cut.rstrip("0")
    return (f".{short}" if short else ""), (f".{cut}" if cut else "")


def timestamp(value: datetime, precision: int, *, zone: timezone | None = None, in_row: bool = False) -> Value:
    """`zone`: a TIMESTAMP_LTZ, whose wall clock there is `value`; in a ROW the JSON has it in UTC."""
    finest = 10 ** max(0, 6 - precision)
    value = value.replace(microsecond=value.microsecond // finest * finest, fold=0)
    digits = f"{value.microsecond:06}000"
    short, full = _fraction(digits, precision)
    day, clock = f"{value.year:04}-{value:%m-%d}", f"{value:%H:%M:%S}"
    suffix = "Z" if zone else ""
    text, python = f"{day} {clock}{full}", value.replace(tzinfo=zone)
    if in_row:
        utc = python.astimezone(timezone.utc)
        day, clock = f"{utc.year:04}-{utc:%m-%d}", f"{utc:%H:%M:%S}"
    return Value(f'"{day}T{clock}{short}{suffix}"', text, python)


def _time(value: time, precision: int) -> Value:
    digits = min(precision, 3)
    value = value.replace(microsecond=value.microsecond // 10 ** (6 - digits) * 10 ** (6 - digits), fold=0)
    short, full = _fraction(f"{value.microsecond:06}", digits)
    return Value(f'"{value:%H:%M:%S}{short}"', f"{value:%H:%M:%S}{full}", value)


def _day_time(milliseconds: int) -> Value:
    seconds, rest = divmod(abs(milliseconds), 1000)
    days, seconds = divmod(seconds, 86_400)
    sign, clock = (
        "-" if milliseconds < 0 else "+",
        f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}",
    )
    text = f"{sign}{days} {clock}.{rest:03}"
    return Value(str(milliseconds), text, timedelta(milliseconds=milliseconds))


def _months(months: int) -> Value:
    return Value(str(months), f"{'-' if months < 0 else '+'}{abs(months) // 12}-{abs(months) % 12:02}", months)


def _bytes(data: bytes) -> Value:
    return Value(f'"{b64encode(data).decode()}"', f"x'{data.hex()}'", data)


def _date(day: date) -> Value:
    return Value(f'"{day.isoformat()}"', day.isoformat(), day)


_INSIDE_CALENDAR = {"min_value": datetime(1, 1, 2), "max_value": datetime(9999, 12, 30)}
_INSIDE_NANOSECONDS = {"min_value": datetime(1678, 1, 1), "max_value": datetime(2261, 12, 31)}


def values(
    type: LogicalType, text: st.SearchStrategy[str] = strings, *, in_row: bool = False
) -> st.SearchStrategy[Value]:
    """Values of a type, without NULL. `in_row`: somewhere inside of a ROW."""
    precision, scale = type.precision or 0, type.scale or 0
    reach = _INSIDE_NANOSECONDS if precision > 6 else _INSIDE_CALENDAR
    match type.root:
        case "BOOLEAN":
            return st.booleans().map(lambda b: Value(str(b).lower(), str(b).upper(), b))
        case "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT":
            return _integer({"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}[type.root])
        case "FLOAT" | "DOUBLE":
            return st.floats(width=32 if type.root == "FLOAT" else 64).map(_float)
        case "DECIMAL":
            return _decimal(precision, scale)
        case "CHAR" | "VARCHAR":
            return text.map(string)
        case "BINARY" | "VARBINARY":
            return st.binary(max_size=12).map(_bytes)
        case "DATE":
            return st.dates().map(_date)
        case "TIME_WITHOUT_TIME_ZONE":
            return st.times().map(lambda t: _time(t, precision))
        case "TIMESTAMP_WITHOUT_TIME_ZONE":
            return st.datetimes(**reach).map(lambda t: timestamp(t, precision))
        case "TIMESTAMP_WITH_LOCAL_TIME_ZONE":
            zone = timezone(timedelta(hours=5, minutes=30))
            return st.datetimes(**reach).map(lambda t: timestamp(t, precision, zone=zone, in_row=in_row))
        case "INTERVAL_DAY_TIME":
            return st.integers(-(10**13), 10**13).map(_day_time)
        case "INTERVAL_YEAR_MONTH":
            return st.integers(-(10**6), 10**6).map(_months)
    return _nested(type, text, in_row)


def _nested(type: LogicalType, text: st.SearchStrategy[str], in_row: bool) -> st.SearchStrategy[Value]:
    if type.root == "ARRAY":
        assert type.element
        return st.lists(fields(type.element, text, in_row=in_row), max_size=3).map(
            lambda vs: _join("[", ",", "]", vs, [v.python for v in vs])
        )
    if type.root == "ROW":
        names = [f.name for f in type.fields]
        return st.tuples(*(fields(f.type, text, in_row=True) for f in type.fields)).map(
            lambda vs: Value(
                "{" + ",".join(f"{_written(n)}:{v.json}" for n, v in zip(names, vs, strict=True)) + "}",
                _text("(", vs, ")"),
                {n: v.python for n, v in zip(names, vs, strict=True)},
            )
        )
    key, value = (type.key, type.value) if type.root == "MAP" else (type.element, INT)
    assert key and value
    pairs = st.lists(
        st.tuples(values(key, text, in_row=in_row), fields(value, text, in_row=in_row)),
        max_size=3,
        unique_by=lambda pair: pair[0].python,
    )
    return pairs.map(
        lambda ps: Value(
            "{" + ",".join(f"{k.json}:{v.json}" for k, v in ps) + "}",
            None
            if any(k.text is None or v.text is None for k, v in ps)
            else "{" + ", ".join(f"{k.text}={v.text}" for k, v in ps) + "}",
            {k.python: v.python for k, v in ps},
        )
    )


def _text(opening: str, parts: Any, closing: str) -> str | None:
    return None if any(p.text is None for p in parts) else opening + ", ".join(p.text for p in parts) + closing


def _join(opening: str, separator: str, closing: str, parts: list[Value], python: Any) -> Value:
    return Value(opening + separator.join(p.json for p in parts) + closing, _text(opening, parts, closing), python)


def fields(
    type: LogicalType, text: st.SearchStrategy[str] = strings, *, in_row: bool = False
) -> st.SearchStrategy[Value]:
    """Values of a type and NULLs."""
    return st.just(NULL) | values(type, text, in_row=in_row)


_digits = st.integers(0, 9)
numbers_and_times = st.one_of(
    st.sampled_from(["BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE"]).map(LogicalType),
    st.sampled_from(["VARBINARY", "DATE", "INTERVAL_DAY_TIME", "INTERVAL_YEAR_MONTH"]).map(LogicalType),
    st.integers(1, 38).flatmap(
        lambda p: st.integers(0, p).map(lambda s: LogicalType("DECIMAL", precision=p, scale=s))
    ),
    st.builds(
        lambda root, p: LogicalType(root, precision=p), st.sampled_from([TIMESTAMP, TIMESTAMP_LTZ, TIME]), _digits
    ),
)
flat_types = numbers_and_times | st.just(STRING)


def _with_parts(
    inner: st.SearchStrategy[LogicalType], key: st.SearchStrategy[LogicalType]
) -> st.SearchStrategy[LogicalType]:
    return st.one_of(
        inner.map(lambda t: LogicalType("ARRAY", element=t)),
        st.builds(lambda k, v: LogicalType("MAP", key=k, value=v), key, inner),
        key.map(lambda t: LogicalType("MULTISET", element=t)),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda ts: LogicalType("ROW", fields=tuple(Column(f"f{i}", t) for i, t in enumerate(ts)))
        ),
    )


json_types = st.recursive(flat_types, lambda inner: _with_parts(inner, st.just(STRING)), max_leaves=4)
"""Types that the gateway can write as JSON."""
sure_text_types = st.recursive(numbers_and_times, lambda inner: _with_parts(inner, numbers_and_times), max_leaves=4)
"""Types whose SQL text has one meaning."""


@st.composite
def results(
    draw: st.DrawFn, types: st.SearchStrategy[LogicalType], text: st.SearchStrategy[str] = strings
) -> Result:
    """Some columns of these types, and rows for them."""
    of = draw(st.lists(types, min_size=1, max_size=4))
    rows = draw(st.lists(st.tuples(*(fields(t, text) for t in of)), min_size=1, max_size=6))
    return columns(*of), rows
