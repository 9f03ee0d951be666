"""`%flink cluster create|stop|resize`, `%flink clusters --yarn`: sessions on YARN."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from flinklab.domain.errors import UsageError, YarnError
from flinklab.domain.memory import parse_memory
from flinklab.domain.text import count, one_line, parse_duration
from flinklab.domain.yarn import SessionSpec
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.subcommand import Runnable, Subcommand

if TYPE_CHECKING:
    from flinklab.notebook.workbench import Workbench

_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class YarnSessions:
    """The Flink applications of YARN clusters."""

    yarns: tuple[str, ...]
    over: bool = False

    def run(self, bench: Workbench) -> None:
        from flinklab.api.yarn_listing import sessions
        from flinklab.notebook.meters import show_meters
        from flinklab.notebook.yarn_tables import SESSION_COLUMNS, session_rows

        found = sessions(self.yarns, bench.catalog(), over=self.over)
        if found:
            show_meters(SESSION_COLUMNS, session_rows(found, datetime.now(timezone.utc)))
        else:
            print(f"no Flink session runs on {', '.join(self.yarns)}: `%flink cluster create` starts one")


@dataclass(frozen=True, slots=True)
class CreateSession:
    yarn: str
    spec: SessionSpec
    flink_version: str = ""
    labels: tuple[str, ...] = ()
    storage: str | None = None
    description: str = ""
    anyway: bool = False
    timeout: float = _PATIENCE

    def run(self, bench: Workbench) -> None:
        from flinklab.api.yarn_sessions import create_session

        with interruptible(f"session {self.spec.name} is not started"):
            made = create_session(
                self.yarn,
                self.spec,
                catalog=bench.catalog(),
                flink_version=self.flink_version,
                labels=self.labels,
                storage=self.storage,
                description=self.description,
                anyway=self.anyway,
                timeout=self.timeout,
                progress=say,
            )
        print(f"cluster {made.team}.{made.name}: `%flink use {made.name}` works on it")


@dataclass(frozen=True, slots=True)
class CreateApplicationCluster:
    yarn: str
    spec: SessionSpec
    flink_version: str = ""
    labels: tuple[str, ...] = ()
    storage: str | None = None
    description: str = ""
    anyway: bool = False

    def run(self, bench: Workbench) -> None:
        from flinklab.api.application_clusters import create_application_cluster

        made = create_application_cluster(
            self.yarn,
            self.spec,
            catalog=bench.catalog(),
            flink_version=self.flink_version,
            labels=self.labels,
            storage=self.storage,
            description=self.description,
            anyway=self.anyway,
        )
        print(f"cluster {made.team}.{made.name}: each job on it gets an application of its own on {made.yarn}")
        print(f"`%flink job promote NAME --cluster {made.name}` puts one there")


@dataclass(frozen=True, slots=True)
class StopSession:
    name: str
    with_jobs: bool = False
    force: bool = False
    forget: bool = False
    timeout: float = _PATIENCE

    def run(self, bench: Workbench) -> None:
        from flinklab.api.yarn_sessions import stop_session

        with interruptible(f"what was asked of the jobs on {self.name} goes on; `%flink clusters` shows the rest"):
            stopped = stop_session(
                self.name,
                catalog=bench.catalog(),
                with_jobs=self.with_jobs,
                force=self.force,
                forget=self.forget,
                timeout=self.timeout,
                progress=say,
            )
        it = stopped.cluster.name
        what = f"ended ({stopped.application.id})" if stopped.application is not None else "did not run"
        jobs = f", {count(len(stopped.jobs), 'job')} stopped with savepoints" if stopped.jobs else ""
        print(f"session {it} {what}{jobs}" + ("; it is forgotten" if self.forget else ""))


@dataclass(frozen=True, slots=True)
class ResizeSession:
    name: str
    queue: str | None = None
    priority: int | None = None
    slots: int | None = None
    taskmanager_memory: int | None = None
    with_jobs: bool = False
    force: bool = False
    timeout: float = _PATIENCE

    def run(self, bench: Workbench) -> None:
        from flinklab.api.yarn_sessions import resize_session

        with interruptible(f"what was asked of the jobs on {self.name} goes on; `%flink jobs` shows them"):
            resize_session(
                self.name,
                queue=self.queue,
                priority=self.priority,
                slots=self.slots,
                taskmanager_memory=self.taskmanager_memory,
                catalog=bench.catalog(),
                with_jobs=self.with_jobs,
                force=self.force,
                timeout=self.timeout,
                progress=say,
            )
        print(f"session {self.name} has its new size")


@contextmanager
def interruptible(left: str) -> Iterator[None]:
    """An interrupt becomes an error of one line, which says what is left behind."""
    try:
        yield
    except KeyboardInterrupt:
        raise YarnError(f"interrupted: {left}") from None


def say(line: str) -> None:
    print(line, flush=True)


def whole_number(text: str | None, what: str, least: int = 1) -> int | None:
    """Raises `UsageError`."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise UsageError(f"{one_line(text, 40)!r} is no number of {what}: it is a whole number from {least} on")
    return int(text)


def _memory(text: str | None) -> int | None:
    return None if text is None else parse_memory(text)


def _timeout(parser: LineParser) -> float:
    text = parser.one("--timeout")
    return _PATIENCE if text is None else parse_duration(text)


def _create(parser: LineParser, words: list[str]) -> Runnable:
    yarn, name = parser.one("--yarn"), parser.one("--name") or (words[0] if words else None)
    if not yarn or not name:
        raise UsageError("write %flink cluster create --yarn YARN --name NAME [flags]")
    if words and parser.one("--name"):
        raise UsageError("the name is given twice")
    spec = SessionSpec(
        name,
        parser.one("--queue") or "",
        whole_number(parser.one("--slots"), "slots"),
        _memory(parser.one("--tm-memory")),
        _memory(parser.one("--jm-memory")),
        tuple(parser.all("--tag")),
        whole_number(parser.one("--attempts"), "attempts"),
        parser.pairs("-D"),
    )
    about = (
        parser.one("--flink") or "",
        tuple(parser.all("--label")),
        parser.one("--storage"),
        parser.one("--description") or "",
        parser.has("--anyway"),
    )
    if parser.has("--application"):
        return CreateApplicationCluster(yarn, spec, *about)
    return CreateSession(yarn, spec, *about, _timeout(parser))


def _stop(parser: LineParser, words: list[str]) -> Runnable:
    return StopSession(
        words[0], parser.has("--with-jobs"), parser.has("--force"), parser.has("--forget"), _timeout(parser)
    )


def _resize(parser: LineParser, words: list[str]) -> Runnable:
    return ResizeSession(
        words[0],
        parser.one("--queue"),
        whole_number(parser.one("--priority"), "its priority", 0),
        whole_number(parser.one("--slots"), "slots"),
        _memory(parser.one("--tm-memory")),
        parser.has("--with-jobs"),
        parser.has("--force"),
        _timeout(parser),
    )


def read_clusters(parser: LineParser, otherwise: Runnable) -> Runnable:
    """`%flink clusters`, with `--yarn` those of YARN clusters."""
    yarns = tuple(parser.all("--yarn"))
    if not yarns and parser.has("--all"):
        raise UsageError("--all is for --yarn: also the sessions that ended")
    return YarnSessions(yarns, parser.has("--all")) if yarns else otherwise


CLUSTERS_FLAGS = (
    Flag(("--yarn",), "the Flink sessions of this YARN, as they are now; can be repeated", "NAME|URL[,URL]", True),
    Flag(("--all",), "with --yarn: also those that ended"),
)

_WITH_JOBS = Flag(("--with-jobs",), "jobs that nobody manages may end with it")
_FORCE = Flag(("--force",), "also when managed jobs cannot be stopped: they start from their newest restore points")
_TIMEOUT = Flag(("--timeout",), "at most so long (default: 5 min)", "TIME")
_SLOTS = Flag(("--slots",), "of each TaskManager", "N")
_TM_MEMORY = Flag(("--tm-memory",), "of each TaskManager's process, such as 4g", "SIZE")

SESSION_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "cluster create": Subcommand(
        "[NAME]",
        1,
        "start a session on YARN, and register it",
        _create,
        (
            Flag(("--yarn",), "the registered YARN", "NAME"),
            Flag(("--name",), "of the session", "NAME"),
            Flag(("--application",), "no session: each managed job gets an application of its own, of this size"),
            Flag(("--queue",), "of YARN (default: YARN's own)", "QUEUE"),
            _SLOTS,
            _TM_MEMORY,
            Flag(("--jm-memory",), "of the JobManager's process", "SIZE"),
            Flag(("--tag",), "a tag of the application; can be repeated", "TAG", True),
            Flag(("--label",), "what pools choose it by; can be repeated", "LABEL", True),
            Flag(("--attempts",), "how many JobManagers it may use up", "N"),
            Flag(("--storage",), "where the session, gateways and notebooks can all read and write", "URI"),
            Flag(("--flink",), "version of Flink, such as 2.3 (default: the installed one)", "VERSION"),
            Flag(("-D",), "Flink configuration; can be repeated", "KEY=VALUE", True),
            Flag(("--description",), "what it is for", "TEXT"),
            Flag(("--anyway",), "do not look first whether the name is free and the queue is there"),
            _TIMEOUT,
        ),
        (
            ("%flink cluster create --yarn prod --queue etl --slots 8 --tm-memory 4g --name etl-1", ""),
            ("%flink cluster create --yarn prod --application --name apps --storage hdfs:///flinklab/apps", ""),
        ),
    ),
    "cluster stop": Subcommand(
        "NAME",
        1,
        "end a session on YARN, its managed jobs with savepoints first",
        _stop,
        (_WITH_JOBS, _FORCE, Flag(("--forget",), "forget the cluster, too"), _TIMEOUT),
        least=1,
    ),
    "cluster resize": Subcommand(
        "NAME",
        1,
        "change a session: queue and priority while it runs, slots and memory by a new one in its place",
        _resize,
        (
            Flag(("--queue",), "move it to this queue", "QUEUE"),
            Flag(("--priority",), "among the applications of its queue", "N"),
            _SLOTS,
            _TM_MEMORY,
            _WITH_JOBS,
            _FORCE,
            _TIMEOUT,
        ),
        (("%flink cluster resize etl-1 --slots 16 --tm-memory 8g", "says first what it will do"),),
        least=1,
    ),
}
