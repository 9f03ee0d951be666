"""`flinklab cluster ...`: sessions on YARN in scripts and pipelines."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flinklab.cli.commands import OK, Commands, say
from flinklab.cli.database import add_url, catalog_of
from flinklab.domain.errors import UsageError
from flinklab.domain.memory import memory, parse_memory
from flinklab.domain.text import count, parse_duration
from flinklab.domain.yarn import SessionSpec

if TYPE_CHECKING:
    from flinklab.api.yarn_listing import SeenSession
    from flinklab.catalog.catalog import Catalog

Run = Callable[[argparse.Namespace, "Catalog"], int]

_PATIENCE = "5m"


def add_commands(commands: Commands) -> None:
    group = commands.group("cluster", "List, start, stop and resize sessions on YARN.")

    def command(name: str, run: Run, summary: str) -> argparse.ArgumentParser:
        def carried_out(options: argparse.Namespace) -> int:
            with catalog_of(options) as catalog:
                return run(options, catalog)

        added = group.add(name, carried_out, summary)
        added.add_argument("--json", action="store_true", help="answer with one JSON document")
        add_url(added)
        return added

    listed = command("list", _list, "List the Flink sessions of YARN clusters, or the registered clusters.")
    listed.add_argument(
        "--yarn", action="append", default=[], metavar="NAME|URL[,URL]", help="of this YARN; can be repeated"
    )
    listed.add_argument("--all", action="store_true", help="with --yarn: also those that ended")

    create = command("create", _create, "Start a session on a registered YARN, and register it.")
    create.add_argument("name", metavar="NAME")
    create.add_argument("--yarn", required=True, metavar="YARN", help="the registered YARN")
    create.add_argument(
        "--application", action="store_true", help="no session: each managed job gets an application of its own"
    )
    create.add_argument("--queue", default="", metavar="QUEUE")
    create.add_argument("--jm-memory", metavar="SIZE", help="of the JobManager's process")
    create.add_argument("--tag", action="append", default=[], metavar="TAG", help="can be repeated")
    create.add_argument("--label", action="append", default=[], metavar="LABEL", help="what pools choose it by")
    create.add_argument("--attempts", type=int, metavar="N", help="how many JobManagers it may use up")
    create.add_argument("--storage", metavar="URI", help="where the session, gateways and notebooks read and write")
    create.add_argument("--flink", default="", metavar="VERSION", help="default: the installed one")
    create.add_argument("-D", dest="config", action="append", default=[], metavar="KEY=VALUE", help="of Flink")
    create.add_argument("--description", default="", metavar="TEXT")
    create.add_argument("--anyway", action="store_true", help="do not look first whether it can work")
    _add_size(create)

    stop = command("stop", _stop, "End a session, its managed jobs with savepoints first.")
    stop.add_argument("name", metavar="NAME")
    stop.add_argument("--forget", action="store_true", help="forget the cluster, too")
    _add_ending(stop)

    resize = command("resize", _resize, "Change a session's queue and priority, or its slots and memory.")
    resize.add_argument("name", metavar="NAME")
    resize.add_argument("--queue", metavar="QUEUE")
    resize.add_argument("--priority", type=int, metavar="N")
    _add_size(resize)
    _add_ending(resize)

    for each in (create, stop, resize):
        each.add_argument("--timeout", default=_PATIENCE, metavar="TIME", help=f"default: {_PATIENCE}")


def _add_size(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--slots", type=int, metavar="N", help="of each TaskManager")
    parser.add_argument("--tm-memory", metavar="SIZE", help="of each TaskManager's process, such as 4g")


def _add_ending(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--with-jobs", action="store_true", help="jobs that nobody manages may end with it")
    parser.add_argument("--force", action="store_true", help="also when managed jobs cannot be stopped")


def _list(options: argparse.Namespace, catalog: Catalog) -> int:
    from flinklab.api.yarn_listing import sessions

    if options.yarn:
        found = sessions(options.yarn, catalog, over=options.all)
        lines = [_line(each) for each in found] or ["no Flink session runs there"]
        return _answer(options, {"sessions": [_session(each) for each in found]}, lines)
    if options.all:
        raise UsageError("--all is for --yarn: also the sessions that ended")
    clusters = catalog.registry.clusters(catalog.teams)
    document = {
        "clusters": [
            {
                "team": each.team,
                "name": each.name,
                "kind": each.kind,
                "yarn": each.yarn,
                "flink_version": each.flink_version,
                "labels": list(each.labels),
                "sizing": {key: value for key, value in each.sizing.items() if key != "config"},
            }
            for each in clusters
        ]
    }
    lines = [
        f"{each.team}.{each.name}: {each.kind}" + (f" on {each.yarn}" if each.yarn else "") for each in clusters
    ]
    return _answer(options, document, lines or ["no cluster is registered"])


def _create(options: argparse.Namespace, catalog: Catalog) -> int:
    from flinklab.api.yarn_sessions import create_session

    spec = SessionSpec(
        options.name,
        options.queue,
        options.slots,
        _memory(options.tm_memory),
        _memory(options.jm_memory),
        tuple(options.tag),
        options.attempts,
        _pairs(options.config),
    )
    if options.application:
        return _create_for_applications(options, catalog, spec)
    made = create_session(
        options.yarn,
        spec,
        catalog=catalog,
        flink_version=options.flink,
        labels=options.label,
        storage=options.storage,
        description=options.description,
        anyway=options.anyway,
        timeout=parse_duration(options.timeout),
        progress=say,
    )
    address = catalog.addresses.get(made.team, made.name)
    document = {
        "team": made.team,
        "name": made.name,
        "application": address.application if address is not None else None,
        "jobmanager": address.url if address is not None else None,
        "flink_version": made.flink_version,
    }
    return _answer(options, document, [f"cluster {made.team}.{made.name}: {document['application']}"])


def _create_for_applications(options: argparse.Namespace, catalog: Catalog, spec: SessionSpec) -> int:
    from flinklab.api.application_clusters import create_application_cluster

    made = create_application_cluster(
        options.yarn,
        spec,
        catalog=catalog,
        flink_version=options.flink,
        labels=options.label,
        storage=options.storage,
        description=options.description,
        anyway=options.anyway,
    )
    document = {"team": made.team, "name": made.name, "kind": made.kind, "flink_version": made.flink_version}
    line = f"cluster {made.team}.{made.name}: each job on it gets an application of its own on {made.yarn}"
    return _answer(options, document, [line])


def _stop(options: argparse.Namespace, catalog: Catalog) -> int:
    from flinklab.api.yarn_sessions import stop_session

    stopped = stop_session(
        options.name,
        catalog=catalog,
        with_jobs=options.with_jobs,
        force=options.force,
        forget=options.forget,
        timeout=parse_duration(options.timeout),
        progress=say,
    )
    application = stopped.application.id if stopped.application is not None else None
    document = {
        "name": stopped.cluster.name,
        "application": application,
        "stopped": [job.key.name for job in stopped.jobs],
        "lost": list(stopped.lost),
    }
    what = f"ended ({application})" if application else "did not run"
    jobs = f", {count(len(stopped.jobs), 'job')} stopped with savepoints" if stopped.jobs else ""
    return _answer(options, document, [f"session {stopped.cluster.name} {what}{jobs}"])


def _resize(options: argparse.Namespace, catalog: Catalog) -> int:
    from flinklab.api.yarn_sessions import resize_session

    changed = resize_session(
        options.name,
        queue=options.queue,
        priority=options.priority,
        slots=options.slots,
        taskmanager_memory=_memory(options.tm_memory),
        catalog=catalog,
        with_jobs=options.with_jobs,
        force=options.force,
        timeout=parse_duration(options.timeout),
        progress=say,
    )
    sizing = {key: value for key, value in changed.sizing.items() if key != "config"}
    return _answer(options, {"name": changed.name, "sizing": sizing}, [f"session {changed.name} has its new size"])


def _memory(text: str | None) -> int | None:
    return None if text is None else parse_memory(text)


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError("-D needs a key and a value: -D KEY=VALUE")
        pairs[key.strip()] = value
    return pairs


def _line(each: SeenSession) -> str:
    application = each.application
    parts = [f"{application.name}: {application.state.value} in {application.queue}, {application.id}"]
    if each.jobs is not None:
        parts.append(f"{each.jobs_running} of {count(each.jobs, 'job')} running")
    if each.slots is not None:
        parts.append(f"{each.slots_free} of {count(each.slots, 'slot')} free")
    if application.memory:
        parts.append(memory(application.memory))
    return ", ".join(parts) + (f" ({each.trouble})" if each.trouble else "")


def _session(each: SeenSession) -> dict[str, Any]:
    application, queue = each.application, each.queue
    return {
        "name": application.name,
        "application": application.id,
        "yarn": each.yarn,
        "cluster": each.cluster or None,
        "state": application.state.value,
        "final_status": application.final_status.value,
        "queue": application.queue,
        "queue_used": queue.used if queue is not None else None,
        "user": application.user,
        "tags": list(application.tags),
        "jobmanager": application.jobmanager_url,
        "flink_version": each.flink_version or None,
        "jobs_running": each.jobs_running,
        "jobs": each.jobs,
        "slots_free": each.slots_free,
        "slots": each.slots,
        "taskmanagers": each.taskmanagers,
        "memory_mib": application.memory,
        "trouble": each.trouble or None,
    }


def _answer(options: argparse.Namespace, document: dict[str, Any], lines: list[str]) -> int:
    print(json.dumps(document, ensure_ascii=False, indent=2) if options.json else "\n".join(lines))
    return OK
