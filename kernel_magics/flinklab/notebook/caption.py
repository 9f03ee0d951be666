"""What is said about a result in words: state, rows, time, job."""

from __future__ import annotations

import re
from itertools import takewhile

from flinklab.domain.statements import Statement, StatementKind
from flinklab.notebook.cells import cut, visible
from flinklab.session.snapshot import ResultStatus, Snapshot

STATE = {
    ResultStatus.RUNNING: "Running",
    ResultStatus.FINISHED: "Finished",
    ResultStatus.STOPPED: "Stopped",
    ResultStatus.FAILED: "Failed",
}

_HEADLINE_LENGTH = 70
_NOTE_LENGTH = 1000


def duration(seconds: float) -> str:
    """`0.042` is "42 ms", then "1.2 s", "59.9 s", "2 min 05 s", "1 h 02 min", "3 d 04 h"."""
    if seconds < 0.9995:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole // 60 % 60:02} min"
    return f"{whole // 86400} d {whole // 3600 % 24:02} h"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def rows(snapshot: Snapshot, shown: int) -> str:
    """How many rows there are, and how many of them are drawn.

    Of a result that appends, `rows_seen` are its rows, also when it was truncated; of an updating one they are
    changes, and `size` are its rows.
    """
    total = snapshot.size if snapshot.updating else snapshot.rows_seen
    if total == 0 and snapshot.status is ResultStatus.RUNNING and not snapshot.rows_seen:
        return "no rows yet"
    text = count(total, "row") if total else "no rows"
    if snapshot.updating and snapshot.rows_seen != total:
        text += f" from {count(snapshot.rows_seen, 'change')}"
    if shown < total:
        text += f", the newest {shown:,} shown"
    return text


def truncation(snapshot: Snapshot) -> str | None:
    """That rows were let go, and how to keep more of them."""
    if not snapshot.truncated:
        return None
    kept = (
        f"the newest {snapshot.size:,} are in memory"
        if snapshot.size < snapshot.rows_seen
        else "older rows are not"
    )
    return f"{kept}: --rows-kept keeps more"


def notes(snapshot: Snapshot) -> list[str]:
    """Lines under the caption: how it ended, rows that were let go."""
    return [cut(visible(line), _NOTE_LENGTH) for line in (snapshot.message, truncation(snapshot)) if line]


def left_out(columns: int) -> list[str]:
    """The line about columns that are not drawn, if there are any."""
    return [f"{count(columns, 'more column')} not shown"] if columns else []


def job_name(snapshot: Snapshot) -> str | None:
    return cut(visible(snapshot.job_name), _HEADLINE_LENGTH) if snapshot.job_name else None


def headline(statement: Statement) -> str:
    """The statement's first words, up to its first parenthesis or value, which may hold secrets, or to what a
    view or a table is made of."""
    text = statement.text
    if statement.kind is not StatementKind.JAR:
        text = re.split(r"=" if statement.kind is StatementKind.SET else r"['(=]", text, maxsplit=1)[0]
    words = text.split()
    if words and words[0].upper() in ("CREATE", "ALTER"):
        words = list(takewhile(lambda word: word.upper() not in ("WITH", "AS"), words))
    return cut(visible(" ".join(words)), _HEADLINE_LENGTH)


def short_id(job_id: str) -> str:
    return job_id[:8]
