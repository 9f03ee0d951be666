"""Logs of a cluster's processes, or of those that a job runs on: read, put in one order, without secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flinklab.api.hiding import Veil, veil
from flinklab.api.looking import Subject, subject_of
from flinklab.api.processes import ask_all, processes_of
from flinklab.domain.errors import UsageError
from flinklab.domain.monitoring import LogFile
from flinklab.domain.text import count, one_line, size, suggest
from flinklab.telemetry.logs import LogRecord, Wanted, choose, level_named, merged, pattern_of, records, zone_of
from flinklab.telemetry.span import span

if TYPE_CHECKING:
    import pandas as pd

    from flinklab.catalog.catalog import Catalog
    from flinklab.session.result import Result
    from flinklab.session.session import Session

READ = 4_000_000
"""Bytes of the end of each log that are looked at."""

COLUMNS = ("time", "level", "process", "logger", "thread", "message", "details")
_MOST_DETAILS = 20_000  # characters of a stack trace


@dataclass(frozen=True, slots=True)
class Logs:
    """The oldest record first. `notes`: what is left out, in lines for people."""

    records: Sequence[LogRecord]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """As a person asks for logs. `file`: one of the process's other files; `since`: how long ago, or when."""

    process: str | None = None
    level: str | None = None
    grep: str | None = None
    since: str | timedelta | datetime | None = None
    most: int = 200
    file: str = ""

    def wanted(self, now: datetime) -> Wanted:
        """Raises `UsageError`."""
        if self.most < 1:
            raise UsageError("at least one line is to be shown")
        return Wanted(
            level_named(self.level) if self.level else "",
            pattern_of(self.grep) if self.grep else None,
            span(self.since, now).since if self.since is not None else None,
            self.most,
        )


def logs(
    target: str | Result | None = None,
    *,
    process: str | None = None,
    level: str | None = None,
    grep: str | None = None,
    since: str | timedelta | datetime | None = None,
    most: int = 10_000,
    file: str = "",
    environment: str | None = None,
    session: Session | None = None,
    catalog: Catalog | None = None,
) -> pd.DataFrame:
    """Logs of the processes that a job runs on, or of all of a cluster: a row per record, the oldest first.

    `target`: the name of a job or a cluster, or a result; without one the cluster of `session`.
    `level`: this one and above. `grep`: a regular expression. `most`: so many of the newest;
    `frame.attrs["notes"]` says what is left out. Columns `time` (UTC), `level`, `process`, `logger`, `thread`,
    `message` and `details` (the stack trace). Raises `NotFoundError`, `UsageError`, `ConnectionFailedError`.
    """
    asked = Asked(process, level, grep, since, most, file)
    with subject_of(target, environment, catalog, session) as subject:
        found = read_logs(subject, asked, veil(subject, catalog))
    return frame_of(found)


def frame_of(found: Logs) -> pd.DataFrame:
    import pandas as pd

    columns = ("at", *COLUMNS[1:])
    frame: pd.DataFrame = pd.DataFrame(
        [[getattr(each, name) for name in columns] for each in found.records], columns=list(COLUMNS)
    )
    frame["time"] = pd.to_datetime(frame["time"], utc=True)
    frame.attrs["notes"] = list(found.notes)
    return frame


def read_logs(subject: Subject, asked: Asked, hide: Veil) -> Logs:
    """Raises `UsageError`, `ConnectionFailedError`."""
    wanted = asked.wanted(datetime.now().astimezone())
    processes = processes_of(subject, asked.process)

    def read(process: str) -> tuple[list[LogRecord], str]:
        files = subject.monitoring.logs(process)
        _check(asked.file, files, process if asked.process else "")
        text = subject.monitoring.log(process, asked.file, most=READ)
        moments = [each.modified_at for each in files if each.modified_at is not None]
        cut = f"only the last {size(READ)} of {process}'s log were read" if len(text) >= READ * 0.9 else ""
        return records(text, zone_of(text, moments, None), process=process), cut

    found, silent = ask_all(processes.names, read)
    chosen = choose(merged(part for part, _ in found.values()), wanted)
    notes = [
        f"{count(chosen.left_out, 'older record')} left out: `-n` shows more" if chosen.left_out else "",
        f"{count(chosen.unjudged, 'line')} without a level left out" if chosen.unjudged else "",
        *(cut for _, cut in found.values()),
        *processes.notes,
        *silent,
        *hide.notes,
    ]
    return Logs([_shown(each, hide) for each in chosen.records], tuple(note for note in notes if note))


def _check(name: str, files: Sequence[LogFile], process: str) -> None:
    if not name or any(each.name == name for each in files):
        return
    close = suggest(name, [each.name for each in files])
    hint = f"did you mean {close}?" if close else "`--list` shows the files"
    whose = process or "one of the processes"
    raise UsageError(f"{whose} has no file {one_line(name, 60)!r}", hint=hint)


def _shown(record: LogRecord, hide: Veil) -> LogRecord:
    details = record.details
    if len(details) > _MOST_DETAILS:
        details = f"{details[:_MOST_DETAILS]}\n... {len(details) - _MOST_DETAILS:,} more characters"
    return replace(record, message=hide(record.message), details=hide(details))


def log_files(
    target: str | Result | None = None,
    *,
    process: str | None = None,
    environment: str | None = None,
    session: Session | None = None,
    catalog: Catalog | None = None,
) -> pd.DataFrame:
    """The log files of the processes: columns `process`, `file`, `size` (bytes) and `modified` (UTC).

    The arguments and errors are those of `logs`.
    """
    import pandas as pd

    with subject_of(target, environment, catalog, session) as subject:
        found, _ = read_files(subject, process)
    rows = [(name, each.name, each.size, each.modified_at) for name, files in found.items() for each in files]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=["process", "file", "size", "modified"])
    frame["modified"] = pd.to_datetime(frame["modified"], utc=True)
    return frame


def read_files(subject: Subject, process: str | None = None) -> tuple[dict[str, Sequence[LogFile]], list[str]]:
    """By process, and lines for people. Raises `UsageError`, `ConnectionFailedError`."""
    processes = processes_of(subject, process)
    found, silent = ask_all(processes.names, subject.monitoring.logs)
    return found, [*processes.notes, *silent]
