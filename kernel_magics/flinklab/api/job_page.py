"""What a page about one managed job shows, as plain data: numbers, failures, versions, findings.

Moments are milliseconds since 1970 (UTC), durations seconds, sizes bytes. Only `doctor` needs the job's cluster,
`failures` asks it, and the rest is what the catalog knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from flinklab.domain.jobs import Checkpoint, JobVersion
from flinklab.domain.series import SeriesOwner
from flinklab.domain.text import epoch_ms
from flinklab.domain.variables import MASK
from flinklab.jobs.wanting import in_the_end
from flinklab.sql.sensitive import without_secrets, written_out
from flinklab.telemetry.health import VITALS, history
from flinklab.telemetry.masking import without_settings

if TYPE_CHECKING:
    from flinklab.api.job_handle import JobHandle
    from flinklab.catalog.catalog import Catalog
    from flinklab.jobs.difference import Row, Section
    from flinklab.telemetry.failures import FailureGroup

Document = dict[str, Any]
"""As JSON has it."""

_SHOWN = timedelta(minutes=30)
_CHECKPOINTS = 50
_GROUPS, _STACK = 50, 20_000
_CONTEXT = 3  # lines around a change
_ROWS = 5000  # of a difference


def overview(handle: JobHandle, catalog: Catalog, now: datetime | None = None) -> Document:
    """`vitals`: the numbers of the last half hour (`points` of `[moment, value]`, the newest last, without a value
    where nothing was recorded); `checkpoints`: the newest first; `remark`: what else a person has to know.

    Raises `NotFoundError`.
    """
    now = now or datetime.now(timezone.utc)
    managed = handle.managed
    key, job_id = managed.job.key, managed.job.id
    owner = SeriesOwner(key.team, managed.job.cluster, job_id)
    graphs = catalog.series.graphs(job_id, now - _SHOWN, now)
    seen = history(catalog.series.frame(owner, now - _SHOWN, now), graphs[-1].graph if graphs else None)
    held = {cluster for each in catalog.jobs.supervisors() if each.alive for cluster in each.clusters}
    is_held = any((each.team, each.name) == (key.team, managed.job.cluster) for each in held)
    return {
        "vitals": list(_vitals(seen)),
        "checkpoints": [checkpoint_document(each) for each in catalog.jobs.checkpoints(job_id, limit=_CHECKPOINTS)],
        "remark": "" if is_held else "no supervisor looks after its cluster now: `flinklab supervise` does",
    }


def _vitals(seen: Sequence[tuple[float, Mapping[str, float]]]) -> Iterator[Document]:
    for name, vital in VITALS.items():
        points = [[round(at * 1000), found.get(name)] for at, found in seen]
        newest = next((value for _, value in reversed(points) if value is not None), None)
        if newest is not None:
            said = {"label": vital.label, "unit": vital.unit, "meaning": vital.meaning}
            yield {"name": name, **said, "value": newest, "points": points}


def checkpoint_document(checkpoint: Checkpoint) -> Document:
    """`size`: what it wrote, `full_size`: the whole state. `gap`: so many, from `id` on, were not seen."""
    return {
        "id": checkpoint.checkpoint_id,
        "status": checkpoint.status,
        "savepoint": checkpoint.is_savepoint,
        "at": epoch_ms(checkpoint.triggered_at),
        "duration": checkpoint.duration,
        "size": checkpoint.size,
        "full_size": checkpoint.full_size or checkpoint.size,
        "failure": checkpoint.failure,
        "gap": checkpoint.span if checkpoint.status == "gap" else 0,
        "kept": checkpoint.is_restore_point,
    }


def failures(handle: JobHandle, catalog: Catalog, since: str | timedelta = "7d") -> Document:
    """`groups`: by root cause, the one that happened last is the first; `more`: how many are left out; `notes`:
    what a person has to know, in lines. Raises `NotFoundError`, `UsageError`."""
    from flinklab.api.exceptions import read_exceptions
    from flinklab.api.hiding import veil
    from flinklab.api.looking import subject_of_job

    team, name, environment = handle.key
    with subject_of_job(f"{team}.{name}", environment, catalog, handle.settings) as subject:
        found = read_exceptions(subject, veil(subject, catalog), since, catalog)
    return {
        "groups": [_group(each) for each in found.groups[:_GROUPS]],
        "more": max(len(found.groups) - _GROUPS, 0),
        "since": epoch_ms(found.span.since),
        "notes": list(found.notes),
    }


def _group(group: FailureGroup) -> Document:
    newest = group.newest
    return {
        "cause": group.pattern or newest.message,
        "message": newest.message,
        "count": group.count,
        "first": epoch_ms(group.first),
        "last": epoch_ms(group.last),
        "vertices": list(group.vertices),
        "taskmanagers": list(group.taskmanagers),
        "versions": list(group.versions),
        "attempts": list(group.attempts),
        "stack": newest.details[:_STACK],
    }


def version(handle: JobHandle, catalog: Catalog, number: int) -> Document:
    """All that a version is made of; `text` is SQL with its `${name}` unresolved. Raises `NotFoundError`."""
    found = without_values(catalog.job_versions.version(handle.key.team, handle.key.name, number))
    return {
        "number": found.number,
        "made": epoch_ms(found.made_at),
        "by": found.made_by,
        "note": found.note,
        "notebook": found.origin.notebook,
        "cell": found.origin.cell,
        "commit": found.origin.commit,
        "flink_version": found.flink_version,
        "text": "\n\n".join(f"{text};" for text in (*found.script.setup, found.script.statement) if text),
        "config": found.script.config,
        "definitions": [f"{each.team}.{each.name} version {each.version}" for each in found.definitions],
        "variables": list(found.variables),
    }


def difference(handle: JobHandle, catalog: Catalog, a: int | None = None, b: int | None = None) -> Document:
    """Two versions side by side; without numbers, what is wanted now and the newest one.

    `sections` have `rows` of `[left, right, changed]`, null where lines without a change are left out. Raises
    `NotFoundError`.
    """
    from flinklab.jobs.difference import difference as between

    team, name, environment = handle.key
    store = catalog.job_versions
    first = in_the_end(handle.managed).number if a is None else a
    newest = store.newest(team, name)
    second = (newest.number if newest is not None else first) if b is None else b
    left, right = (without_values(store.version(team, name, number)) for number in (first, second))
    plans = [store.newest_plan(team, name, number, environment) for number in (first, second)]
    found = between(left, right, *plans)
    return {
        "a": first,
        "b": second,
        "left": found.left,
        "right": found.right,
        "sections": [_section(each) for each in found.sections],
    }


def _section(section: Section) -> Document:
    hide = without_settings if section.title == "plan" else str
    rows = _near(section.rows)
    return {
        "title": section.title,
        "note": section.note,
        "changed": section.is_changed,
        "rows": [
            None if row is None else [*(hide(text) if text is not None else None for text in row[:2]), row.changed]
            for row in rows[:_ROWS]
        ],
        "more": max(len(rows) - _ROWS, 0),
    }


def _near(rows: Sequence[Row]) -> list[Row | None]:
    """Those at most `_CONTEXT` lines from a change, and one None where some are left out; none without a change."""
    near = {
        line
        for at, row in enumerate(rows)
        if row.changed
        for line in range(max(at - _CONTEXT, 0), min(at + _CONTEXT + 1, len(rows)))
    }
    shown: list[Row | None] = []
    for at in sorted(near):
        if at and at - 1 not in near:
            shown.append(None)
        shown.append(rows[at])
    if near and max(near) < len(rows) - 1:
        shown.append(None)
    return shown


def doctor(handle: JobHandle) -> Document:
    """As `flinklab.diagnose_job` found it, with its `headline`. Takes some 12 s.

    Raises `NotFoundError`, `ConnectionFailedError` where its cluster does not answer.
    """
    found = handle.doctor()
    return {**found.document(), "at": epoch_ms(found.at), "headline": found.headline}


def without_values(version: JobVersion) -> JobVersion:
    """With no secret in clear: who may see a job may not see what its tables are opened with."""
    script = version.script
    secret = written_out(script.config)
    hidden = replace(
        script,
        statement=without_secrets(script.statement),
        setup=tuple(without_secrets(text) for text in script.setup),
        config={key: MASK if key in secret else value for key, value in script.config.items()},
    )
    return replace(version, script=hidden)
