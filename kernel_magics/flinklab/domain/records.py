"""What else a team keeps together: clusters, snippets, named sessions, and the history of what was run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class RegisteredGateway:
    """`access` are the other arguments of `flinklab.connect`: secrets in it are references (`env:NAME`)."""

    team: str
    name: str
    url: str
    access: dict[str, Any] = field(default_factory=dict)
    flink_version: str = ""
    owner: str = ""
    description: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class RegisteredStorage:
    """Where a gateway, its clusters and flinklab can all read and write. `uri`: `s3://bucket/x`, `file:///x`."""

    team: str
    name: str
    uri: str
    description: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class RegisteredCluster:
    """`kind`: `standalone`, `yarn`, `kubernetes`, `embedded`; `gateway`, `storage`: names of registered ones.

    `defaults`: Flink configuration that statements on this cluster get.
    """

    team: str
    name: str
    kind: str
    jobmanager_url: str | None = None
    gateway: str | None = None
    storage: str | None = None
    flink_version: str = ""
    defaults: dict[str, str] = field(default_factory=dict)
    owner: str = ""
    description: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Snippet:
    team: str
    name: str
    text: str
    description: str = ""
    version: int = 0
    changed_by: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NamedSession:
    """A journal under a name: the statements, in order, that make a new gateway session into this one."""

    team: str
    name: str
    statements: tuple[str, ...]
    version: int = 0
    changed_by: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One statement that was run. `sql` is resolved, secrets masked; `source` is as it stands in the cell.

    `outcome`: `finished`, `failed`, `stopped`, `submitted` (an INSERT whose job goes on), `running`.
    """

    id: str  # made by who ran it (a UUID's hex digits), so that writing it twice keeps one
    team: str
    person: str
    started_at: datetime
    sql: str
    source: str
    kind: str  # of the statement: query, insert, ddl, ...
    outcome: str
    ended_at: datetime | None = None
    notebook: str = ""
    cell: str = ""
    commit: str = ""
    cluster: str = ""
    environment: str = ""
    rows: int | None = None
    error: str = ""
    job_id: str = ""
