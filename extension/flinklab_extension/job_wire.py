"""All about one job as the browser gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flinklab.api.job_handle import JobHandle
from flinklab.api.job_lines import allowed, job_lines, shown_config
from flinklab.api.job_page import without_values
from flinklab.domain.errors import NotFoundError

from . import wire

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

_RECORDS = 50  # of each kind


def job(handle: JobHandle, catalog: Catalog) -> wire.Json:
    """What is known of it now and its last records, the newest first. Raises `NotFoundError`, `CatalogError`."""
    managed = handle.managed
    job_id, wanted = managed.job.id, managed.job
    line = next((each for each in job_lines(catalog, (handle.key.team,)) if each.key == handle.key), None)
    if line is None:
        raise NotFoundError(f"there is no job {handle.key} (any more)")
    return {
        **wire.job_row(line),
        "description": wanted.description,
        "priority": wanted.priority,
        "parallelism": wanted.deployment.parallelism,
        "backend": wanted.deployment.backend,
        "config": shown_config(wanted.deployment.config),
        "not_before": wire.stamp(managed.status.not_before),
        "allowed": [kind.value for kind in allowed(managed)],
        "open": wire.command(managed.commands[0]) if managed.commands else None,
        "commands": [wire.command(each) for each in catalog.commands.list(job_id, limit=_RECORDS)],
        "attempts": [wire.attempt(each) for each in catalog.jobs.attempts(job_id, limit=_RECORDS)],
        "points": [wire.point(each) for each in managed.points],
        "events": [wire.event(each) for each in catalog.jobs.events(job_id, limit=_RECORDS)],
        "versions": [wire.version(without_values(each)) for each in handle.versions()[:_RECORDS]],
    }
