"""What went wrong lately: failures that were recorded, and what is wrong now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from flinklab.domain.job_lines import JobLine
from flinklab.domain.jobs import JobKey
from flinklab.domain.text import one_line

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

_TEXT = 400  # characters


@dataclass(frozen=True, slots=True)
class Incident:
    """`kind`: `job` (its state needs a person), `failure` (Flink told of one), `cluster` (nobody answers there).

    `is_open`: it is so now. `key`: None of a cluster. `text`: a line, without secrets.
    """

    kind: str
    at: datetime | None
    team: str
    cluster: str
    text: str
    is_open: bool = False
    key: JobKey | None = None


def incidents(catalog: Catalog, since: timedelta, jobs: Sequence[JobLine], limit: int = 200) -> list[Incident]:
    """Those of the teams of the search path, what is wrong now first, then the newest first.

    What is wrong now is among them however long it has been so. `jobs`: all lines. Raises `CatalogError`.
    """
    from flinklab.catalog.job_lines import JobLines

    found = [
        Incident(
            "job",
            each.since,
            each.key.team,
            each.cluster,
            one_line(f"{each.state.value}: {each.reason}" if each.reason else each.state.value, _TEXT),
            True,
            each.key,
        )
        for each in jobs
        if each.is_problem
    ]
    for seen in catalog.jobs.remarks(list(catalog.teams)):
        if seen.silent_since is not None:
            text = "nobody answers there" + (f": {seen.remark}" if seen.remark else "")
            found.append(
                Incident(
                    "cluster", seen.silent_since, seen.cluster.team, seen.cluster.name, one_line(text, _TEXT), True
                )
            )
    begin = datetime.now(timezone.utc) - since
    for failure in JobLines(catalog.database).failures(catalog.teams, begin, limit):
        text = one_line(f"{failure.message} ({failure.task})" if failure.task else failure.message, _TEXT)
        found.append(Incident("failure", failure.at, failure.key.team, failure.cluster, text, False, failure.key))
    return sorted(found, key=_order)[:limit]


def _order(incident: Incident) -> tuple[bool, float]:
    return not incident.is_open, -(incident.at.timestamp() if incident.at is not None else 0.0)
