"""The cluster to which a session's statements go."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flinklab.domain.statements import Statement, StatementKind
from flinklab.sql.classify import starts_job

_ALWAYS = frozenset(
    {
        StatementKind.QUERY,
        StatementKind.INSERT,
        StatementKind.END_SET,
        StatementKind.JOB,
        StatementKind.CALL,
        StatementKind.OTHER,
    }
)
_ABOUT_JOBS = re.compile(r"(?i)^(?:show\s+jobs|desc(?:ribe)?\s+job)\b")
_REFRESHED = re.compile(r"(?i)^(?:create|alter|drop)\s+(?:or\s+(?:replace|alter)\s+)?materialized\b")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the gateway is to carry out what needs a cluster. Without one it is the gateway's own cluster.

    `config`: asked before each such statement for the Flink configuration (`execution.target`, `rest.address`,
    `rest.port`) that sends it there, wherever the JobManager is by now; it raises a `ConnectionFailedError` when
    nobody is there. `queue`: one clause with the numbers of the queue that the cluster gets its slots from, empty
    where it has none or they cannot be had; may take seconds. Both may be called from any thread.
    """

    name: str = "the cluster"
    config: Callable[[], Mapping[str, str]] = dict
    queue: Callable[[], str] = str


def reaches_cluster(statement: Statement) -> bool:
    """Whether the gateway asks a cluster to carry it out; the others it carries out itself."""
    if statement.kind in _ALWAYS or starts_job(statement):
        return True
    if statement.kind is StatementKind.SHOW:
        return _ABOUT_JOBS.match(statement.text) is not None
    return statement.kind is StatementKind.DDL and _REFRESHED.match(statement.text) is not None
