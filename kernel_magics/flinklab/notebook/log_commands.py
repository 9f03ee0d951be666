"""`%flink logs`, `%flink exceptions`, `%flink threads`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.domain.text import parse_count, size
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.subcommand import Runnable, Subcommand
from flinklab.notebook.tables import show_table

if TYPE_CHECKING:
    from flinklab.api.hiding import Veil
    from flinklab.api.looking import Subject
    from flinklab.notebook.workbench import Workbench

_LINES = 200


@dataclass(frozen=True, slots=True)
class Target:
    """A job, a cluster, or a variable with a query's result; without a name the cluster of the session."""

    name: str = ""
    environment: str | None = None

    def subject(self, bench: Workbench) -> Subject:
        """Raises `NotFoundError`."""
        from flinklab.api.looking import subject_of

        if not self.name:
            return subject_of(session=bench.session())
        try:
            return subject_of(self.name, self.environment, bench.catalog())
        except NotFoundError:
            result = bench.result_of(self.name)
            if result is None:
                raise
            return subject_of(result)


@dataclass(frozen=True, slots=True)
class ShowLogs:
    target: Target
    process: str | None = None
    level: str | None = None
    grep: str | None = None
    since: str | None = None
    lines: int = _LINES
    file: str = ""

    def run(self, bench: Workbench) -> None:
        from IPython.display import publish_display_data

        from flinklab.api.logs import Asked, read_logs
        from flinklab.notebook.log_html import logs_bundle

        asked = Asked(self.process, self.level, self.grep, self.since, self.lines, self.file)
        with self.target.subject(bench) as subject:
            found = read_logs(subject, asked, _veil(subject, bench))
        publish_display_data(logs_bundle(found, subject.title))


@dataclass(frozen=True, slots=True)
class ListLogs:
    target: Target
    process: str | None = None

    def run(self, bench: Workbench) -> None:
        from flinklab.api.logs import read_files
        from flinklab.notebook.shown import moment

        with self.target.subject(bench) as subject:
            found, notes = read_files(subject, self.process)
        rows = [
            (process, each.name, size(each.size), moment(each.modified_at))
            for process, files in found.items()
            for each in files
        ]
        show_table(("process", "file", "size", "changed"), rows)
        for note in notes:
            print(f"note: {note}")


@dataclass(frozen=True, slots=True)
class ShowExceptions:
    target: Target
    since: str | None = None

    def run(self, bench: Workbench) -> None:
        from IPython.display import publish_display_data

        from flinklab.api.exceptions import USUAL, read_exceptions
        from flinklab.notebook.log_html import exceptions_bundle

        with self.target.subject(bench) as subject:
            found = read_exceptions(subject, _veil(subject, bench), self.since or USUAL, bench.catalog())
        publish_display_data(exceptions_bundle(found, subject.title))


@dataclass(frozen=True, slots=True)
class ShowThreads:
    target: Target
    process: str | None = None
    grep: str | None = None

    def run(self, bench: Workbench) -> None:
        from IPython.display import publish_display_data

        from flinklab.api.threads import read_threads
        from flinklab.notebook.log_html import threads_bundle

        with self.target.subject(bench) as subject:
            found = read_threads(subject, self.process, self.grep)
        publish_display_data(threads_bundle(found, subject.title))


def _veil(subject: Subject, bench: Workbench) -> Veil:
    from flinklab.api.hiding import veil

    return veil(subject, bench.catalog())


def _target(parser: LineParser, words: list[str]) -> Target:
    return Target(words[0] if words else "", parser.one("--env"))


def _logs(parser: LineParser, words: list[str]) -> Runnable:
    target, process = _target(parser, words), parser.one("--process")
    if parser.has("--list"):
        if any(parser.has(key) for key in ("--level", "--grep", "--since", "--lines", "--file")):
            raise UsageError("--list shows which files there are, and takes only --process beside it")
        return ListLogs(target, process)
    lines = parser.one("--lines")
    return ShowLogs(
        target,
        process,
        parser.one("--level"),
        parser.one("--grep"),
        parser.one("--since"),
        parse_count(lines) if lines is not None else _LINES,
        parser.one("--file") or "",
    )


_ENV = Flag(("--env",), "the job of this environment (default: the notebook's)", "NAME")
_PROCESS = Flag(("--process",), "only this one: jobmanager, or the id of a TaskManager or its end", "NAME")
_GREP = Flag(("--grep",), "only what has this text in it: a regular expression, in upper or lower case", "TEXT")

LOG_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "logs": Subcommand(
        "[JOB|CLUSTER|VARIABLE]",
        1,
        "what JobManager and TaskManagers wrote; of a job those that it runs on",
        _logs,
        (
            _PROCESS,
            Flag(("--level",), "this level and above: DEBUG, INFO, WARN, ERROR", "LEVEL"),
            _GREP,
            Flag(("--since",), "from then on: 10m, 2h, or a moment", "TIME"),
            Flag(("-n", "--lines"), f"so many of the newest records (default: {_LINES})", "N"),
            Flag(("--list",), "which files there are"),
            Flag(("--file",), "another file of the processes", "NAME"),
            _ENV,
        ),
        (
            ("%flink logs orders_dwd --level WARN --since 10m", "what went wrong lately"),
            ("%flink logs --process jobmanager --grep checkpoint", "of the session's cluster"),
        ),
    ),
    "exceptions": Subcommand(
        "JOB|VARIABLE",
        1,
        "why a job failed: each root cause once, with how often, when and where",
        lambda p, w: ShowExceptions(_target(p, w), p.one("--since")),
        (Flag(("--since",), "from then on (default: 7d)", "TIME"), _ENV),
        (("%flink exceptions orders_dwd --since 30d", "also of attempts that Flink has forgotten"),),
        least=1,
    ),
    "threads": Subcommand(
        "[JOB|CLUSTER|VARIABLE]",
        1,
        "what the threads do now, equal stacks once, those of tasks first",
        lambda p, w: ShowThreads(_target(p, w), p.one("--process"), p.one("--grep")),
        (_PROCESS, _GREP, _ENV),
        (("%flink threads orders_dwd --grep GroupAggregate", "where a vertex spends its time"),),
    ),
}
