"""`flinklab job ...`: managed jobs in scripts and pipelines."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flinklab.cli.commands import FAILED, OK, Commands, say
from flinklab.cli.database import add_url, catalog_of
from flinklab.domain.errors import (
    CommandFailedError,
    FlinklabError,
    NotFoundError,
    StillGoingOnError,
    UsageError,
)
from flinklab.domain.text import one_line, parse_duration, suggest

if TYPE_CHECKING:
    from flinklab.api.command_handle import CommandHandle
    from flinklab.api.job_handle import JobHandle
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.jobs import Command, Managed

NOT_FOUND, TIMED_OUT = 3, 4
_CODES = "exit code 0: done, 1: it failed or was refused, 2: wrong usage, 3: not found, 4: not over in time"
_PATIENCE = "5m"

Job = Callable[[argparse.Namespace, "Catalog"], int]
Verb = Callable[["JobHandle", argparse.Namespace], "CommandHandle"]


def add_commands(commands: Commands) -> None:
    group = commands.group("job", f"Apply, steer and watch managed jobs ({_CODES}).")

    def command(
        name: str, run: Callable[[argparse.Namespace, Catalog], int], summary: str
    ) -> argparse.ArgumentParser:
        added = group.add(name, lambda options: _carried_out(run, options), summary)
        added.epilog = _CODES
        added.add_argument("--json", action="store_true", help="answer with one JSON document")
        add_url(added)
        return added

    def of_one(added: argparse.ArgumentParser, nargs: str | None = None) -> None:
        added.add_argument("name", metavar="NAME", nargs=nargs, help="the job: NAME, or TEAM.NAME")
        added.add_argument("--env", metavar="ENV", help="the job of this environment (default: the settings' one)")

    def waiting(added: argparse.ArgumentParser) -> None:
        added.add_argument("--wait", action="store_true", help="wait until it is carried out")
        _add_timeout(added)

    def verb(name: str, ask: Verb, summary: str) -> argparse.ArgumentParser:
        added = command(name, lambda options, catalog: _ask(ask, options, catalog), summary)
        of_one(added)
        waiting(added)
        added.add_argument("--why", default="", metavar="TEXT", help="a word for the record")
        return added

    apply = command("apply", _apply, "Make of a job what a file says; the same again changes nothing.")
    apply.add_argument("-f", "--file", required=True, type=Path, metavar="FILE", help="the job, as YAML or JSON")
    apply.add_argument("--env", metavar="ENV", help="this environment, whatever the file says")
    apply.add_argument("--number", type=int, metavar="N", help="this version, in the place of the file's SQL")
    apply.add_argument("--ignore", action="append", default=[], metavar="RULE", help="switch a rule off")
    apply.add_argument("--note", default="", metavar="TEXT", help="what is different in this version")
    _add_state(apply)
    waiting(apply)

    of_one(command("export", _export, "Print a job as a file for `apply`."))
    start = verb("start", _start, "Start a job from its newest restore point.")
    start.add_argument("--from", dest="path", metavar="PATH", help="from this savepoint or checkpoint")
    start.add_argument("--empty", action="store_true", help="without state")
    _add_state(start)
    stop = verb("stop", lambda job, o: job.stop(drain=o.drain, why=o.why), "Stop a job with a savepoint.")
    stop.add_argument("--drain", action="store_true", help="after all that is on its way went through")
    verb("cancel", lambda job, o: job.cancel(why=o.why), "End a job without a savepoint.")
    savepoint = verb(
        "savepoint", lambda job, o: job.savepoint(canonical=o.canonical, why=o.why), "Take a savepoint of a job."
    )
    savepoint.add_argument("--canonical", action="store_true", help="one that every state backend reads")
    verb("restart", lambda job, o: job.restart(why=o.why), "Stop a job with a savepoint and start it from there.")
    scale = verb("scale", lambda job, o: job.scale(o.parallelism, why=o.why), "Run a job with another parallelism.")
    scale.add_argument("parallelism", type=int, metavar="PARALLELISM")
    upgrade = verb(
        "upgrade", lambda job, o: job.upgrade(o.version, state=o.state, why=o.why), "Take a job to a version."
    )
    upgrade.add_argument("version", type=int, nargs="?", metavar="VERSION", help="default: the newest")
    _add_state(upgrade)
    rollback = verb(
        "rollback", lambda job, o: job.rollback(o.to, state=o.state, why=o.why), "Take a job to the version before."
    )
    rollback.add_argument("--to", type=int, metavar="VERSION", help="to this one")
    _add_state(rollback)
    move = command(
        "move", _move, "Take a job to another cluster with its state: to NAME CLUSTER, or all jobs of one."
    )
    of_one(move, "?")
    move.add_argument("to_cluster", metavar="CLUSTER", nargs="?", help="where it goes")
    move.add_argument("--pool", metavar="POOL", help="to the cluster of a pool that has most room")
    move.add_argument("--cluster", metavar="CLUSTER", help="all jobs of this cluster, the first in priority first")
    move.add_argument("--to", metavar="NAME", help="where they go: a cluster or a pool")
    move.add_argument("--why", default="", metavar="TEXT", help="a word for the record")
    waiting(move)

    of_one(command("status", _status, "Say how a job is, or all of them."), "?")
    wait = command("wait", _wait, "Wait until a job is in a state.")
    of_one(wait)
    wait.add_argument("--state", action="append", metavar="STATE", help="such as running; can be repeated")
    _add_timeout(wait)
    listed = command("list", _list, "List the jobs of your teams.")
    listed.add_argument("--env", metavar="ENV", help="of this environment only (default: all)")
    listed.add_argument("--team", metavar="TEAM")
    listed.add_argument("--cluster", metavar="CLUSTER")
    listed.add_argument("--pool", metavar="POOL")
    listed.add_argument("--tag", action="append", default=[], metavar="TAG", help="can be repeated")
    of_one(command("versions", _versions, "List the versions of a job, the newest first."))


def _add_timeout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--timeout", default=_PATIENCE, metavar="TIME", help=f"wait at most so long (default: {_PATIENCE})"
    )


def _add_state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", choices=("keep", "drop"), help="of state that may not fit: take it over, or start without"
    )


def _carried_out(run: Job, options: argparse.Namespace) -> int:
    try:
        with catalog_of(options) as catalog:
            return run(options, catalog)
    except FlinklabError as error:
        code = _code_of(error)
        if code is None:
            raise
        say("\n".join(error.report()))
        return code


def _code_of(error: FlinklabError) -> int | None:
    """None for what every command of flinklab ends with."""
    if isinstance(error, NotFoundError):
        return NOT_FOUND
    return TIMED_OUT if isinstance(error, StillGoingOnError) else None


def _job(options: argparse.Namespace, catalog: Catalog) -> JobHandle:
    from flinklab import api

    return api.job(options.name, options.env, catalog)


def _apply(options: argparse.Namespace, catalog: Catalog) -> int:
    from flinklab import api

    done = api.apply_job(
        options.file,
        catalog,
        environment=options.env,
        number=options.number,
        state=options.state,
        ignore=options.ignore,
        note=options.note,
    )
    for finding in done.findings:
        say(f"warning: {finding}")
    code = _followed(options, catalog, done.commands)
    said = [
        f"{done.key}: version {done.version}"
        + (", new" if done.new_version else "")
        + (", a new job" if done.new_job else ""),
        *(f"{each.kind.value}: {each.state.value}" for each in done.commands),
    ]
    document = {
        **_key(done.key),
        "version": done.version,
        "new_version": done.new_version,
        "new_job": done.new_job,
        "changed": done.changed,
        "commands": [_command(each.look()) for each in done.commands],
        "findings": list(done.findings),
    }
    _answer(options, document, said if done.changed else [f"{said[0]}: nothing to change"])
    return code


def _export(options: argparse.Namespace, catalog: Catalog) -> int:
    from flinklab import api

    text = api.export_job(_job(options, catalog), catalog)
    _answer(options, {"document": text}, [text.rstrip()])
    return OK


def _start(job: JobHandle, options: argparse.Namespace) -> CommandHandle:
    return job.start(options.path, empty=options.empty, state=options.state, why=options.why)


def _ask(ask: Verb, options: argparse.Namespace, catalog: Catalog) -> int:
    asked = ask(_job(options, catalog), options)
    code = _followed(options, catalog, (asked,))
    command = asked.look()
    line = f"{command.kind.value} of {asked.key}: {command.outcome or command.state.value}"
    _answer(options, {**_key(asked.key), "command": _command(command)}, [line])
    return code


def _move(options: argparse.Namespace, catalog: Catalog) -> int:
    if options.cluster is None and options.to is None:
        if options.name is None:
            raise UsageError("which job? Write NAME CLUSTER, NAME --pool POOL, or --cluster FROM --to NAME")
        return _ask(lambda job, o: job.move(o.to_cluster, pool=o.pool, why=o.why), options, catalog)
    if options.name is not None or options.pool is not None or None in (options.cluster, options.to):
        raise UsageError("for all jobs of a cluster write --cluster FROM --to CLUSTER_OR_POOL")
    from flinklab.api.moving import move_jobs

    asked = move_jobs(options.cluster, options.to, why=options.why, catalog=catalog)
    commands = tuple(each.command for each in asked if each.command is not None)
    refused = [each for each in asked if each.command is None]
    code = _followed(options, catalog, commands)
    document = {
        "commands": [{**_key(each.key), "command": _command(each.look())} for each in commands],
        "refused": [{**_key(each.key), "why": each.refused} for each in refused],
    }
    lines = [f"move of {each.key}: {each.look().outcome or each.state.value}" for each in commands]
    lines += [f"passed over: {each.refused}" for each in refused]
    _answer(options, document, lines or ["no job is like that"])
    return FAILED if refused else code


def _followed(options: argparse.Namespace, catalog: Catalog, asked: tuple[CommandHandle, ...]) -> int:
    """Wait where that is wished. A command that came to nothing is an exit code, so that the answer is printed."""
    from flinklab.api import supervising
    from flinklab.settings import load_settings

    if not asked:
        return OK
    supervising.ensure(load_settings(), catalog, say)
    code = OK
    for each in asked if options.wait else ():
        try:
            each.wait(parse_duration(options.timeout))
        except CommandFailedError as error:
            say(str(error))
            code = FAILED
        except StillGoingOnError as error:
            say(str(error))
            return TIMED_OUT
    return code


def _status(options: argparse.Namespace, catalog: Catalog) -> int:
    if options.name is None:
        return _show_all(options, catalog, options.env)
    managed = _job(options, catalog).managed
    lines = [f"{managed.job.key}: {managed.status.state.value}"]
    if managed.status.reason:
        lines.append(f"why       {managed.status.reason}")
    pool = f" of pool {managed.job.pool}" if managed.job.pool else ""
    lines.append(f"version   {managed.job.number} on cluster {managed.job.cluster}{pool}")
    if managed.attempt is not None:
        lines.append(f"attempt   {managed.attempt.number}, Flink job {managed.attempt.flink_id}")
    lines += [f"command   {each.kind.value}: {each.state.value}" for each in managed.commands]
    _answer(options, _managed(managed), lines)
    return OK


def _wait(options: argparse.Namespace, catalog: Catalog) -> int:
    from flinklab import api
    from flinklab.domain.jobs import ManagedState

    known = {state.value: state for state in ManagedState}
    states = [known[word] if word in known else _unknown(word, known) for word in options.state or ["running"]]
    managed = api.wait_for_state(_job(options, catalog), states, parse_duration(options.timeout))
    _answer(options, _managed(managed), [f"{managed.job.key}: {managed.status.state.value}"])
    return OK


def _unknown(word: str, known: dict[str, Any]) -> Any:
    close = suggest(word, known)
    hint = f"did you mean {close}?" if close else f"there are {', '.join(known)}"
    raise UsageError(f"there is no state {one_line(word, 40)!r}", hint=hint)


def _list(options: argparse.Namespace, catalog: Catalog) -> int:
    return _show_all(options, catalog, options.env, options.team, options.cluster, tuple(options.tag), options.pool)


def _show_all(
    options: argparse.Namespace,
    catalog: Catalog,
    environment: str | None,
    team: str | None = None,
    cluster: str | None = None,
    tags: tuple[str, ...] = (),
    pool: str | None = None,
) -> int:
    from flinklab import api

    found = api.managed_jobs(catalog, team=team, environment=environment, cluster=cluster, pool=pool, tags=tags)
    lines = [_line(each) for each in found] or ["no job is like that"]
    _answer(options, {"jobs": [_managed(each) for each in found]}, lines)
    return OK


def _line(managed: Managed) -> str:
    job, status = managed.job, managed.status
    line = f"{job.key}: {status.state.value}, version {job.number} on cluster {job.cluster}"
    return f"{line} ({status.reason})" if status.reason else line


def _versions(options: argparse.Namespace, catalog: Catalog) -> int:
    job = _job(options, catalog)
    versions = job.versions()
    lines = [f"{each.number}  {_time(each.made_at)}  {each.made_by}  {each.note}".rstrip() for each in versions]
    listed = [
        {
            "number": each.number,
            "made_by": each.made_by,
            "made_at": _time(each.made_at),
            "note": each.note,
            "flink_version": each.flink_version,
            "notebook": each.origin.notebook,
            "commit": each.origin.commit,
        }
        for each in versions
    ]
    _answer(options, {**_key(job.key), "versions": listed}, lines)
    return OK


def _answer(options: argparse.Namespace, document: dict[str, Any], lines: list[str]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2) if options.json else "\n".join(lines))


def _key(key: Any) -> dict[str, str]:
    return {"team": key.team, "name": key.name, "environment": key.environment}


def _managed(managed: Managed) -> dict[str, Any]:
    job, status, attempt = managed.job, managed.status, managed.attempt
    point = managed.points[0] if managed.points else None
    return {
        **_key(job.key),
        "state": status.state.value,
        "since": _time(status.since),
        "reason": status.reason,
        "wanted": job.wanted,
        "version": job.number,
        "cluster": job.cluster,
        "pool": job.pool,
        "parallelism": job.deployment.parallelism,
        "tags": list(job.tags),
        "attempt": None if attempt is None else {"number": attempt.number, "flink_id": attempt.flink_id},
        "restore_point": None if point is None else {"path": point.path, "taken": _time(point.triggered_at)},
        "commands": [_command(each) for each in managed.commands],
    }


def _command(command: Command) -> dict[str, Any]:
    return {
        "id": command.id,
        "kind": command.kind.value,
        "state": command.state.value,
        "step": command.step.value,
        "outcome": command.outcome,
        "savepoint": command.savepoint,
        "asked_by": command.asked_by,
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
