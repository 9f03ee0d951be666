"""Values of flinklab as the browser gets them (`extension/src/server/types.ts`).

Moments are milliseconds since 1970, durations seconds, sizes bytes; None is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from flinklab.api.catalog_tree import TreePage
from flinklab.api.cluster_lines import ClusterLine, ClusterPage
from flinklab.api.command_handle import in_words
from flinklab.api.definition_page import DefinitionPage
from flinklab.api.incidents import Incident
from flinklab.api.job_lines import CellJob, doing, shown_config
from flinklab.domain.job_lines import JobLine
from flinklab.domain.jobs import Attempt, Checkpoint, Command, Event, JobKey, JobVersion, SupervisorSeen
from flinklab.domain.records import HistoryEntry, RegisteredCluster
from flinklab.domain.text import one_line
from flinklab.domain.variables import MASK, Variable

Json = dict[str, Any]
_Path = Callable[[RegisteredCluster], "str | None"]


@dataclass(frozen=True, slots=True)
class Uis:
    """The paths, below the base URL, of a cluster's Flink UI and of its YARN's pages; None: there are none."""

    flink: _Path
    yarn: _Path


_LINE = 400  # characters of what can be long


def dumps(value: Any) -> bytes:
    """JSON in UTF-8; what is no number of JSON (NaN) is null."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def stamp(at: datetime | None) -> float | None:
    return round(at.timestamp() * 1000) if at is not None else None


def key(of: JobKey) -> Json:
    return {"team": of.team, "environment": of.environment, "name": of.name}


def job_row(line: JobLine) -> Json:
    return {
        **key(line.key),
        "state": line.state.value,
        "since": stamp(line.since),
        "reason": one_line(line.reason, _LINE),
        "version": line.version,
        "running": line.running,
        "wanted": line.wanted,
        "cluster": line.cluster,
        "pool": line.pool,
        "tags": line.tags,
        "owner": line.owner,
        "notebook": line.notebook,
        "cell": line.cell,
        "problem": line.is_problem,
        "command": one_line(doing(line), _LINE),
    }


def command(of: Command) -> Json:
    return {
        "id": of.id,
        "kind": of.kind.value,
        "state": of.state.value,
        "step": of.step.value,
        "outcome": of.outcome,
        "words": in_words(of),
        "why": of.why,
        "by": of.asked_by,
        "asked": stamp(of.asked_at),
        "ended": stamp(of.ended_at),
    }


def attempt(of: Attempt) -> Json:
    cause = of.cause
    return {
        "number": of.number,
        "state": of.state.value,
        "version": of.version,
        "flink_id": of.flink_id,
        "cluster": of.cluster,
        "restored_from": of.restored_from,
        "planned": stamp(of.planned_at),
        "running": stamp(of.running_at),
        "ended": stamp(of.ended_at),
        "cause": one_line(cause.message, _LINE) if cause is not None else "",
        "place": " on ".join(filter(None, (cause.vertex, cause.taskmanager))) if cause is not None else "",
    }


def point(of: Checkpoint) -> Json:
    return {
        "at": stamp(of.triggered_at),
        "savepoint": of.is_savepoint,
        "format": of.format,
        "duration": of.duration,
        "size": of.size,
        "full_size": of.full_size,
        "trigger": of.trigger,
        "path": of.path,
    }


def event(of: Event) -> Json:
    return {"at": stamp(of.at), "kind": of.kind, "text": one_line(of.text, _LINE), "by": of.by}


def version(of: JobVersion) -> Json:
    return {
        "number": of.number,
        "made": stamp(of.made_at),
        "by": of.made_by,
        "note": of.note,
        "notebook": of.origin.notebook,
        "cell": of.origin.cell,
        "statement": of.script.statement,
    }


def cluster_row(line: ClusterLine, uis: Uis) -> Json:
    cluster, seen = line.cluster, line.seen
    return {
        "team": cluster.team,
        "name": cluster.name,
        "kind": cluster.kind,
        "description": cluster.description,
        "labels": cluster.labels,
        "state": line.state,
        "since": stamp(line.since) if line.state == "silent" else None,
        "remark": one_line(seen.remark, _LINE) if seen is not None else "",
        "flink_version": cluster.flink_version,
        "jobs": {"total": line.jobs, "running": line.running, "problems": line.problems},
        "slots": {"total": line.slots, "free": line.free_slots} if line.slots is not None else None,
        "ui": uis.flink(cluster),
        "yarn_ui": uis.yarn(cluster),
    }


def cluster_page(page: ClusterPage, uis: Uis) -> Json:
    cluster = page.line.cluster
    return {
        **cluster_row(page.line, uis),
        "gateway": cluster.gateway or "",
        "storage": cluster.storage or "",
        "yarn": cluster.yarn or "",
        "application": cluster.application,
        "defaults": shown_config(cluster.defaults),
        "rows": [job_row(each) for each in page.jobs],
        "supervisor": page.supervisor,
        "sessions": [
            {
                "team": each.team,
                "name": each.name,
                "statements": len(each.statements),
                "by": each.changed_by,
                "changed": stamp(each.changed_at),
            }
            for each in page.sessions
        ],
    }


def supervisor(of: SupervisorSeen) -> Json:
    return {
        "name": of.name,
        "host": of.host,
        "pid": of.pid,
        "alive": of.alive,
        "clusters": [{"team": each.team, "name": each.name} for each in of.clusters],
    }


def tree(page: TreePage) -> Json:
    return {
        "nodes": [
            {
                "path": node.path,
                "label": node.label,
                "icon": node.icon,
                "detail": node.detail,
                "note": node.note,
                "opens": node.opens,
            }
            for node in page.nodes
        ],
        "after": page.after,
    }


def definition(page: DefinitionPage) -> Json:
    it = page.definition
    return {
        "team": it.name.team,
        "name": it.name.name,
        "kind": it.kind.value,
        "comment": it.facts.comment,
        "connector": it.facts.connector,
        "owner": it.owner,
        "tags": it.tags,
        "version": it.version,
        "by": it.changed_by,
        "changed": stamp(it.changed_at),
        "columns": [
            {
                "name": each.name,
                "type": each.type,
                "comment": each.comment,
                "computed": each.computed,
                "metadata": each.metadata,
                "key": each.name in it.facts.primary_key,
            }
            for each in it.facts.columns
        ],
        "partitioned_by": it.facts.partitioned_by,
        "watermark": it.facts.watermark,
        "versions": [
            {
                "version": each.version,
                "by": each.changed_by,
                "changed": stamp(each.changed_at),
                "note": each.note,
                "dropped": each.dropped,
            }
            for each in page.versions
        ],
        "uses": [
            {
                "kind": each.user_kind,
                "name": each.user,
                "how": each.how.value,
                "seen": stamp(each.seen_at),
                "by": each.seen_by,
            }
            for each in page.uses
        ],
        "ddl": it.ddl,
        "insert": page.insert,
        "select": page.select,
    }


def history_entry(of: HistoryEntry) -> Json:
    return {
        "id": of.id,
        "team": of.team,
        "person": of.person,
        "started": stamp(of.started_at),
        "ended": stamp(of.ended_at),
        "sql": of.sql,
        "source": of.source,
        "kind": of.kind,
        "outcome": of.outcome,
        "rows": of.rows,
        "error": one_line(of.error, _LINE),
        "notebook": of.notebook,
        "cell": of.cell,
        "cluster": of.cluster,
        "environment": of.environment,
        "job_id": of.job_id,
    }


def variable(of: Variable) -> Json:
    """Of a secret one not even where it is kept: that a value is there is enough to know."""
    return {
        "team": of.team,
        "name": of.name,
        "type": of.type.value,
        "secret": of.secret,
        "description": of.description,
        "values": dict.fromkeys(of.values, MASK) if of.secret else of.values,
    }


def incident(of: Incident) -> Json:
    return {
        "at": stamp(of.at),
        "kind": of.kind,
        "open": of.is_open,
        "team": of.team,
        "environment": of.key.environment if of.key is not None else "",
        "name": of.key.name if of.key is not None else "",
        "cluster": of.cluster,
        "text": of.text,
    }


def cell_job(of: CellJob) -> Json:
    return {
        **key(of.line.key),
        "cell": of.version.origin.cell,
        "notebook": of.version.origin.notebook,
        "state": of.line.state.value,
        "version": of.version.number,
        "setup": of.version.script.setup,
        "statement": of.version.script.statement,
        "text": of.text,
        "config": of.version.script.config,
    }


def rows(lines: Sequence[JobLine]) -> list[Json]:
    return [job_row(line) for line in lines]
