"""Connecting, the embedded Flink, and what runs from notebooks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flinklab.domain.cluster import JobState
from flinklab.domain.errors import ConnectionFailedError, UnreachableError, UsageError
from flinklab.session import forgotten
from flinklab.session.forgotten import NotebookJob
from flinklab.session.session import Session
from flinklab.settings import Settings, load_settings

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.flink.access import Access
    from flinklab.flink.gateway import RestGateway
    from flinklab.flink.jobmanager import RestJobManager
    from flinklab.local import LocalFlink, LocalSettings, LocalStatus
    from flinklab.sharing.recorder import Where

Line = Callable[[str], None]
"""Is told one line of progress or news."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})


def _quiet(line: str) -> None:
    """Nobody listens."""


def connect(
    gateway_url: str | None = None,
    *,
    jobmanager_url: str | None = None,
    ca: str | Path | None = None,
    headers: Mapping[str, str] | None = None,
    user: str | None = None,
    password: str | None = None,
    token: str | None = None,
    zone: str | None = None,
    properties: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    notice: Line = _quiet,
    catalog: Catalog | bool = True,
    where: Callable[[], Where] | None = None,
) -> Session:
    """A session on a SQL Gateway; without a URL, on the one of the settings or on the embedded Flink that runs.

    `jobmanager_url` is found out from the gateway when it is not given. `password`, `token` and the values of
    `headers` may be references: `env:NAME` or `file:PATH`. A JobManager that was found out gets them only when it
    is on the gateway's host and as safe to reach. `ca` is a PEM file with the certificate authority to trust.
    `catalog` is what the team shares: True for the settings' one, False for none. `where` tells the notebook and
    the cell that run, for the history. `zone` (IANA name) is where TIMESTAMP_LTZ values are shown; the default is
    this machine's.

    Raises `UnreachableError`, `NotAGatewayError`, `UnsupportedGatewayError`, `AccessDeniedError`.
    """
    from flinklab.api.composing import open_session
    from flinklab.api.gateway_choice import refuse_misfit
    from flinklab.flink.gateway import RestGateway
    from flinklab.flink.jobmanager import RestJobManager

    settings = settings or load_settings()
    if gateway_url is None:
        gateway_url, jobmanager_url = _default_addresses(settings, jobmanager_url)

    access = access_to(gateway_url, ca=ca, headers=headers, user=user, password=password, token=token)
    with ExitStack() as on_failure:
        gateway = RestGateway(access)
        on_failure.callback(gateway.close)
        version = gateway.info().version
        given = jobmanager_url is not None
        beside = access.at(jobmanager_url) if jobmanager_url is not None else _jobmanager_of(gateway, access)
        jobs = RestJobManager(beside) if beside is not None else None
        try:
            if jobs is None:
                raise UnreachableError("the gateway does not tell where its cluster is")
            on_failure.callback(jobs.close)
            refuse_misfit(gateway.url, version, jobs.url, jobs.overview().flink_version)
        except ConnectionFailedError as error:
            if given:
                raise
            notice(f"jobs cannot be watched: {error.message}; name the JobManager with --jobmanager URL")
            if jobs is not None:
                jobs.close()
            jobs = None
        on_failure.pop_all()
    return open_session(
        gateway,
        jobs,
        settings=settings,
        catalog=catalog,
        cluster=gateway.url,
        zone=zone,
        properties=properties,
        notice=notice,
        where=where,
    )


def access_to(
    url: str,
    *,
    ca: str | Path | None = None,
    headers: Mapping[str, str] | None = None,
    user: str | None = None,
    password: str | None = None,
    token: str | None = None,
) -> Access:
    """How to reach a server, as `connect` is told it and the catalog keeps it."""
    from flinklab.flink.access import Access

    return Access(
        url,
        ca=str(ca) if ca is not None else None,
        headers=headers or {},
        basic=(user, password or "") if user is not None else None,
        token=token,
    )


def up(
    settings: Settings | None = None, progress: Line = _quiet, *, flink_version: str | None = None
) -> LocalFlink:
    """The embedded Flink: the one that runs, or one that is started now (seconds; `progress` tells how far).

    `flink_version` (`1.20`, `1.20.3`) in place of the settings': a Flink that is not on this machine is downloaded
    first (minutes). Raises the errors under `LocalFlinkError`, and a `UsageError` when one of another version runs.
    """
    from flinklab import local

    settings = settings or load_settings()
    if flink_version is not None:
        settings = replace(settings, flink_version=flink_version)
    return local.up(_local(settings), progress)


def down(settings: Settings | None = None, progress: Line = _quiet) -> bool:
    """End the embedded Flink with everything that it runs. False when there was none."""
    from flinklab import local

    return local.down(_local(settings), progress)


def find_local(settings: Settings | None = None) -> LocalFlink | None:
    """The embedded Flink that runs and is healthy, or None."""
    from flinklab import local

    return local.find(_local(settings))


def local_status(settings: Settings | None = None) -> LocalStatus:
    """How the embedded Flink is: serving, broken and why, or not there."""
    from flinklab import local

    return local.status(_local(settings))


def resolve_jar(coordinates: str, settings: Settings | None = None) -> Path:
    """The file of a jar by its Maven coordinates `group:artifact:version`, downloaded once into the cache.

    Raises `JarUnavailableError`.
    """
    from flinklab import local

    return local.resolve_jar(coordinates, _local(settings))


def add_jar(session: Session, jar: str | Path, settings: Settings | None = None) -> Path:
    """Put a jar on the session's class path: Maven coordinates, or the path of a file.

    The gateway reads the file, so it must see the same path (the embedded Flink does).
    """
    if isinstance(jar, str) and "://" in jar:
        raise UsageError(f"{jar} is no file of this machine", hint="ADD JAR takes what the gateway can read itself")
    is_file = isinstance(jar, Path) or jar.lower().endswith(".jar")
    path = (Path(jar).expanduser() if is_file else resolve_jar(str(jar), settings)).absolute()
    quoted = str(path).replace("'", "''")
    session.sql(f"ADD JAR '{quoted}'")
    return path


def notebook_jobs(session: Session) -> list[NotebookJob]:
    """What still runs from notebooks on the session's cluster, the oldest first."""
    return forgotten.notebook_jobs(_jobs(session))


def end_notebook_jobs(session: Session, wanted: str) -> list[tuple[NotebookJob, JobState | None]]:
    """Cancel the notebooks' jobs whose id begins with `wanted`, or `"all"`; the state each ended in."""
    return forgotten.end(_jobs(session), wanted)


def _jobs(session: Session) -> RestJobManager:
    if session.jobs is None:
        raise UnreachableError("no JobManager is known", hint="`%flink connect URL --jobmanager URL` names it")
    return session.jobs  # type: ignore[return-value]


def _local(settings: Settings | None) -> LocalSettings:
    from flinklab.local import LocalSettings

    settings = settings or load_settings()
    return LocalSettings(**settings.for_local())


def _default_addresses(settings: Settings, jobmanager_url: str | None) -> tuple[str, str | None]:
    if settings.gateway_url is not None:
        return settings.gateway_url, jobmanager_url or settings.jobmanager_url
    running = find_local(settings)
    if running is None:
        raise UnreachableError(
            "there is no Flink to run on",
            hint="`%flink up` starts one on this machine, `%flink connect URL` uses a SQL Gateway",
        )
    return running.gateway_url, jobmanager_url or running.jobmanager_url


def _jobmanager_of(gateway: RestGateway, access: Access) -> Access | None:
    """Where the gateway submits to, from its configuration; seen from here when it says "localhost".

    None when that is a cluster of YARN or Kubernetes, whose address is not in the configuration.

    Nobody named that host, so the credentials for the gateway do not go to another one, nor without TLS when the
    gateway has it.
    """
    handle = gateway.open_session({})
    try:
        config = gateway.session_properties(handle)
    finally:
        gateway.close_session(handle)
    if config.get("execution.target", "remote") != "remote":
        return None
    host = config.get("rest.address") or config.get("jobmanager.rpc.address") or "localhost"
    here = urlsplit(gateway.url)
    if host in _LOOPBACK:
        host = here.hostname or "localhost"
    scheme = "https" if config.get("security.ssl.rest.enabled", "false").lower() == "true" else "http"
    found = access.at(f"{scheme}://{f'[{host}]' if ':' in host else host}:{config.get('rest.port', '8081')}")
    is_as_safe = host.lower() == here.hostname and (scheme == "https" or here.scheme == "http")
    return found if is_as_safe else found.without_credentials()


_COORDINATES = re.compile(r"(?is)^(add\s+jar\s+)'([\w.\-]+:[\w.\-]+:[\w.\-]+)'$")


def with_file(statement: str, settings: Settings) -> str:
    """ADD JAR with Maven coordinates as ADD JAR with the file that they mean."""
    found = _COORDINATES.match(statement.strip())
    if found is None:
        return statement
    path = str(resolve_jar(found[2], settings)).replace("'", "''")
    return f"{found[1]}'{path}'"
