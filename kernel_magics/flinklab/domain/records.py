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
class RegisteredYarn:
    """A YARN cluster. `urls`: of its ResourceManagers, with the prefix of a proxy when they are behind one.

    `access`: how to ask them: `auth` (`none`, `simple`, `kerberos`), `user` (whose name goes with `simple`, or the
    principal with `kerberos`), `proxy_user`, `keytab`, `ca`, `headers`, `password`, `token`; secrets are references
    (`env:NAME`). `hadoop_conf`: the folder with core-site.xml and yarn-site.xml for Flink's client; `flink_homes`:
    by Flink version (`2.3`), a folder of Flink; `defaults`: Flink configuration of new sessions.
    """

    team: str
    name: str
    urls: tuple[str, ...]
    access: dict[str, Any] = field(default_factory=dict)
    hadoop_conf: str = ""
    flink_homes: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    owner: str = ""
    description: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Pool:
    """The clusters of a team that have all of these labels; a job in it runs on whichever has room."""

    team: str
    name: str
    labels: tuple[str, ...] = ()
    description: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Where the JobManager of a cluster was found last. `application`: of YARN, the one that it is in."""

    team: str
    cluster: str
    url: str
    application: str = ""
    found_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RegisteredCluster:
    """`kind`: `standalone`, `yarn` (a session), `yarn-application` (each job in an application of its own),
    `kubernetes`, `embedded`; `gateway`, `storage`, `yarn`: names of registered ones.

    `defaults`: Flink configuration that statements on this cluster get. `application`: the id of a YARN session
    that is meant, empty for the running one of the cluster's name. `sizing`: what a session was created with (the
    fields of `SessionSpec`). `labels`: what pools choose it by.
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
    yarn: str | None = None
    application: str = ""
    sizing: dict[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = ()


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
