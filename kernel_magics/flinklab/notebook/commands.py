"""What the subcommands of `%flink` do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flinklab.domain.errors import ConnectionFailedError, NotFoundError
from flinklab.domain.text import count, duration, one_line
from flinklab.notebook.subcommands import (
    Config,
    Connect,
    Down,
    Help,
    Jar,
    Queries,
    SessionCommand,
    Status,
    Up,
    parse_flink,
)
from flinklab.notebook.tables import show_table
from flinklab.notebook.workbench import Workbench
from flinklab.session.target import Target

if TYPE_CHECKING:
    from flinklab.local import LocalFlink
    from flinklab.session.forgotten import NotebookJob
    from flinklab.session.session import Session

_ACCESS = ("jobmanager_url", "ca", "headers", "user", "password", "token")
_WHOLE = 1000  # characters of a statement: what a cell does not show, its title does


def run_command(line: str, workbench: Workbench) -> None:
    """Carry out one line of `%flink`. Raises `FlinklabError`."""
    from flinklab import api

    match parse_flink(line):
        case Help(text):
            print(text)
        case Up(version):
            flink = api.up(progress=print, flink_version=version)
            if not _is_on(workbench, flink):  # a session that is there keeps its tables and its queries
                workbench.connect(gateway_url=flink.gateway_url, jobmanager_url=flink.jobmanager_url)
            print(f"SQL Gateway {flink.gateway_url} · Flink UI {flink.jobmanager_url}")
        case Down():
            if _is_on(workbench, api.find_local()):
                workbench.close()
            if not api.down(progress=print):
                print("no embedded Flink is running")
        case Connect() as wanted:
            _connect(wanted, workbench)
            _status(workbench)
        case Status():
            _status(workbench)
        case Queries(cell=str() as cell):
            for result in workbench.results.end(cell):
                print(f"{(result.job_id or 'query')[:8]}: {result.message}")
        case Queries(end):
            session = workbench.session()
            if end is None:
                _show_jobs(api.notebook_jobs(session))
            else:
                for job, state in api.end_notebook_jobs(session, end):
                    print(f"{job.job_id[:8]} {job.kind} of {job.user}: {state.value if state else 'cancel sent'}")
        case Jar(jar):
            print(f"added {api.add_jar(workbench.session(), jar)}")
        case SessionCommand(reset=True):
            workbench.reset()
            print("a new session, with nothing in it")
        case SessionCommand():
            _show_journal(workbench.session())
        case Config(key, value):
            _config(workbench.session(), key, value)
        case of_the_catalog:
            of_the_catalog.run(workbench)


def _connect(wanted: Connect, workbench: Workbench) -> None:
    given = {name: getattr(wanted, name) for name in _ACCESS}
    access = {name: value for name, value in given.items() if value is not None}
    if wanted.is_address:
        workbench.connect(gateway_url=wanted.place, **access)
        return
    if wanted.yarn is not None:
        access["yarn"] = wanted.yarn
    try:
        workbench.connect(wanted.place, **access)
    except NotFoundError as error:
        also = "the address of a SQL Gateway begins with http://"
        raise NotFoundError(error.message, hint=f"{error.hint}; {also}" if error.hint else also) from None


def _is_on(workbench: Workbench, flink: LocalFlink | None) -> bool:
    session = workbench.connected
    return session is not None and flink is not None and session.gateway.url == flink.gateway_url


def _status(workbench: Workbench) -> None:
    from flinklab import api
    from flinklab.settings import load_settings

    session = workbench.connected
    if session is None:
        chosen, running = load_settings().gateway_url, api.find_local()
        if chosen is not None:
            print(f"not connected: the next cell connects to {chosen}, which the settings name")
        elif running is None:
            print("not connected, and no embedded Flink is running: `%flink up` starts one")
        else:
            print(f"not connected; an embedded Flink {running.flink_version} is running: the next cell uses it")
        return
    gateway = session.gateway.info()
    lines = [
        ("gateway", f"{session.gateway.url} · Flink {gateway.version} · API v{gateway.api_version}"),
        ("cluster", _named(session) + _cluster(session)),
        ("session", f"{count(len(session.journal), 'statement')} in its journal · time zone {session.zone}"),
        ("queries", f"{count(len(session.running), 'query')} of this notebook running"),
    ]
    print("\n".join(f"{name:<8} {text}" for name, text in lines))


def _named(session: Session) -> str:
    return f"{session.target.name} · " if session.target.name != Target().name else ""


def _cluster(session: Session) -> str:
    if session.jobs is None:
        return "no JobManager is known: `%flink connect URL --jobmanager URL` names it"
    try:
        cluster = session.jobs.overview()
    except ConnectionFailedError as error:
        return error.message
    slots = f"{cluster.slots_available} of {count(cluster.slots_total, 'slot')} free"
    managers = count(cluster.taskmanagers, "TaskManager")
    return f"{session.jobs.url} · {managers} · {slots} · {count(cluster.jobs_running, 'job')} running"


def _show_jobs(jobs: Sequence[NotebookJob]) -> None:
    if not jobs:
        print("nothing runs from notebooks")
        return
    rows = [
        (
            job.job_id[:8],
            job.kind,
            job.state.value,
            f"{job.user}@{job.host}",
            job.notebook,
            f"{job.since.astimezone():%Y-%m-%d %H:%M:%S}",
            duration(job.running_for),
            one_line(job.name, 80),
        )
        for job in jobs
    ]
    show_table(("job", "kind", "state", "by", "notebook", "since", "running for", "name"), rows)
    print("`%flink queries --end JOB` ends one, `--end all` all of them")


def _show_journal(session: Session) -> None:
    if not session.journal:
        print("the session is empty: no table, view or setting of its own")
        return
    show_table(
        ("", "statement"),
        [(str(n), one_line(statement.text, _WHOLE)) for n, statement in enumerate(session.journal, 1)],
    )


def _config(session: Session, key: str | None, value: str | None) -> None:
    if key is not None and value is not None:
        session.sql(f"SET {_quoted(key)} = {_quoted(value)}")
        print(f"{key} = {value}")
        return
    settings = session.configuration()
    if key is None:
        show_table(("key", "value"), sorted(settings.items()))
    else:
        print(f"{key} = {settings[key]}" if key in settings else f"{key} is not set in this session")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
