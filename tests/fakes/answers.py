"""What a fake gateway answers to a statement."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

MAX_LENGTH = 2147483647
_KINDS = {"+I": "INSERT", "-U": "UPDATE_BEFORE", "+U": "UPDATE_AFTER", "-D": "DELETE"}


@dataclass
class Answer:
    """One statement's result.

    `rows`: lists of fields, or `("+U", fields)` for a change, or `None` for an empty page; any iterable (an
    endless one too) or a `Feed`. `not_ready`: how often `NOT_READY` comes first; with `ready`, until the event
    is set. `error`: a body of `fakes.errors`, raised after the rows (at once when there are none).
    `no_json`: the gateway cannot map the rows to JSON, only to plain text.
    """

    columns: list[dict[str, Any]]
    rows: Iterable[Any] = ()
    is_query: bool = False
    starts_job: bool = False
    result_kind: str = "SUCCESS_WITH_CONTENT"
    page_size: int = 1000
    not_ready: int = 0
    ready: threading.Event | None = None
    error: dict[str, Any] | None = None
    no_json: bool = False
    eos_at_once: bool = False


class Feed:
    """Rows that a test pushes while a query runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: list[Any] = []
        self._ended = False
        self._error: dict[str, Any] | None = None

    def push(self, *rows: Any) -> None:
        with self._lock:
            self._rows.extend(rows)

    def end(self) -> None:
        self._ended = True

    def fail(self, error: dict[str, Any]) -> None:
        """The job fails once the pushed rows are read."""
        self._error = error

    def take(self, count: int) -> tuple[list[Any], bool, dict[str, Any] | None]:
        """Up to `count` rows, whether that was all, and the error that ended it."""
        with self._lock:
            rows, self._rows = self._rows[:count], self._rows[count:]
            done = not self._rows
            return rows, done and self._ended, self._error if done else None


@dataclass
class Listed:
    """The rows of an iterable, page by page; `None` ends a page early."""

    rows: Iterable[Any]
    error: dict[str, Any] | None = None
    _end: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._rows = iter(self.rows)

    def take(self, count: int) -> tuple[list[Any], bool, dict[str, Any] | None]:
        page: list[Any] = []
        for row in itertools.islice(self._rows, count):
            if row is None:
                break
            page.append(row)
        else:
            self._end = len(page) < count
        return page, self._end, self.error if self._end else None


def row(value: Any) -> dict[str, Any]:
    """A row as the gateway writes it."""
    kind, fields = value if isinstance(value, tuple) else ("+I", value)
    return {"kind": _KINDS[kind], "fields": list(fields)}


def columns(spec: str | Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """`"id BIGINT, d DECIMAL(10, 2)"` (simple types; give dicts for nested ones) as the gateway's columns."""
    if not isinstance(spec, str):
        return list(spec)
    parts = re.findall(r"\s*([^,()]+(?:\([^)]*\))?(?:\s+NOT NULL)?)\s*(?:,|$)", spec)
    named = [re.fullmatch(r"(.+?)\s+(\w+(?:\s*\([^)]*\))?(?:\s+NOT NULL)?)", part.strip()) for part in parts]
    return [column(match[1], match[2]) for match in named if match]


def column(name: str, type_: str, comment: str | None = None) -> dict[str, Any]:
    return {"name": name, "logicalType": logical_type(type_), "comment": comment}


def logical_type(text: str) -> dict[str, Any]:
    nullable = not text.endswith("NOT NULL")
    match = re.match(r"(\w+)\s*(?:\(([^)]*)\))?", text)
    assert match, text
    root, arguments = match[1].upper(), [int(n) for n in (match[2] or "").split(",") if n.strip()]
    head: dict[str, Any] = {"nullable": nullable}
    if root in ("STRING", "BYTES"):
        return {"type": {"STRING": "VARCHAR", "BYTES": "VARBINARY"}[root], **head, "length": MAX_LENGTH}
    if root in ("CHAR", "VARCHAR", "BINARY", "VARBINARY"):
        return {"type": root, **head, "length": arguments[0] if arguments else 1}
    if root == "DECIMAL":
        precision, scale = [*arguments, 10, 0][:2] if len(arguments) != 1 else (arguments[0], 0)
        return {"type": root, **head, "precision": precision, "scale": scale}
    timed = {
        "TIMESTAMP": ("TIMESTAMP_WITHOUT_TIME_ZONE", 6),
        "TIMESTAMP_LTZ": ("TIMESTAMP_WITH_LOCAL_TIME_ZONE", 6),
        "TIME": ("TIME_WITHOUT_TIME_ZONE", 0),
    }
    if root in timed:
        name, precision = timed[root]
        return {"type": name, **head, "precision": arguments[0] if arguments else precision}
    return {"type": "INTEGER" if root == "INT" else root, **head}


def query(spec: str | Sequence[dict[str, Any]], rows: Iterable[Any] = (), **more: Any) -> Answer:
    """A SELECT: rows, and a job."""
    return Answer(columns(spec), rows, is_query=True, starts_job=True, **more)


def table(spec: str | Sequence[dict[str, Any]], rows: Iterable[Any] = (), **more: Any) -> Answer:
    """SHOW, DESCRIBE, EXPLAIN: rows without a job."""
    rows = list(rows)
    return Answer(columns(spec), rows, eos_at_once=not rows, **more)


def ok(**more: Any) -> Answer:
    """DDL, SET, USE: one row `OK`."""
    return Answer(columns("result STRING"), [["OK"]], result_kind="SUCCESS", **more)


def insert(**more: Any) -> Answer:
    """INSERT: one row with the id of the job that was started (the fake fills it in)."""
    return Answer([column("job id", "STRING")], [], starts_job=True, **more)


def fails(error: dict[str, Any], **more: Any) -> Answer:
    """The statement is refused, as told by a body of `fakes.errors`."""
    return Answer([], error=error, **more)
