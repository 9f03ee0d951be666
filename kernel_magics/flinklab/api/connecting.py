"""Sessions on clusters: found by name, with a gateway that fits, and with what the team shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from flinklab.api.session_choice import Found, is_application_id
from flinklab.domain.errors import NotFoundError, UnreachableError, UsageError
from flinklab.domain.records import RegisteredCluster, RegisteredGateway
from flinklab.settings import Settings, load_settings

if TYPE_CHECKING:
    from flinklab.api.cluster_places import Place
    from flinklab.catalog.catalog import Catalog
    from flinklab.session.session import Session

Line = Callable[[str], None]
"""Is told one line of progress or news."""

_FOR_SESSION = ("zone", "notice", "where")  # of the arguments of `connect`


def _quiet(line: str) -> None:
    """Nobody listens."""


def connect_to(
    name: str,
    catalog: Catalog | None = None,
    *,
    yarn: str | None = None,
    progress: Line | None = None,
    **options: Any,
) -> Session:
    """A session on a cluster, and with this catalog: by its registered name, `name` or `team.name`; or, of a
    session on YARN that runs, by the name, the id or a tag of its application.

    What is found on YARN is registered as a cluster when the person may. `yarn`: only on that one, a registered
    name or the address of its ResourceManagers. The gateway is the cluster's, else one of the team that is of its
    minor version of Flink, else one of this machine, which is started when there is none. `progress` is told what
    was found and started; without it `notice` is. `options` as for `connect`, of which those that say how to reach
    a gateway are for the cluster's own.

    Raises `NotFoundError`, `NoApplicationError` with what fits instead, `ClusterEndedError`, another
    `ConnectionFailedError`, `UnsupportedGatewayError`, and the errors under `LocalFlinkError`.

    >>> with connect_to("etl-1") as session:
    ...     session.sql("SELECT 1").rows
    """
    from flinklab.api.catalog import open_catalog

    settings = options.pop("settings", None) or load_settings()
    tell = progress or options.get("notice") or _quiet
    with ExitStack() as on_failure:
        shared = catalog if catalog is not None else on_failure.enter_context(open_catalog(settings))
        found = _meant(name, yarn, shared, tell)
        gateway = _gateway_of(found, shared)
        access = _access(found, gateway, options)
        place = _place(found, gateway, access, shared)
        if place is None:
            return _by_addresses(found, gateway, access, catalog, settings)
        on_failure.callback(place.jobs.close)
        session = _on(place, gateway, access, shared, _team_of(found, shared), settings, tell, catalog is None)
        on_failure.pop_all()
        return session


def _meant(name: str, yarn: str | None, catalog: Catalog, tell: Line) -> RegisteredCluster | Found:
    """What the name means: a registered cluster comes first, so that no ResourceManager is needed for it."""
    from flinklab.api.session_finding import find_session, register, registered

    if yarn is None:
        try:
            return _registered(name, catalog)
        except NotFoundError:
            if not catalog.registry.yarns(catalog.teams):
                raise
    found = find_session(name, catalog, yarn)
    return registered(found, catalog) or register(found, catalog, tell) or found


def _registered(name: str, catalog: Catalog) -> RegisteredCluster:
    if is_application_id(name):
        pinned = [each for each in catalog.registry.clusters(catalog.teams) if each.application == name]
        if pinned:
            return pinned[0]
    cluster, *_ = catalog.registry.cluster_on_path(name, catalog.teams)
    return cluster


def _gateway_of(found: RegisteredCluster | Found, catalog: Catalog) -> RegisteredGateway | None:
    if isinstance(found, Found) or not found.gateway:
        return None
    return catalog.registry.gateway(found.team, found.gateway)


def _access(
    found: RegisteredCluster | Found, gateway: RegisteredGateway | None, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments of `connect`: of the gateway, with what is configured of the cluster, and what is given now."""
    kept = dict(gateway.access) if gateway is not None else {}
    defaults = found.defaults if isinstance(found, RegisteredCluster) else {}
    given = options.get("properties") or {}
    return {**kept, **options, "properties": {**kept.get("properties", {}), **defaults, **given}}


def _place(
    found: RegisteredCluster | Found, gateway: RegisteredGateway | None, access: Mapping[str, Any], catalog: Catalog
) -> Place | None:
    """None for a cluster that only its gateway knows to find."""
    from flinklab.api import cluster_places as places
    from flinklab.api.flink import access_to
    from flinklab.api.gateway_choice import ACCESS
    from flinklab.api.locating import YARN
    from flinklab.api.reaching import target

    if isinstance(found, Found):
        return places.on_found(found)
    if found.kind == YARN:
        return places.on_yarn(found, catalog)
    if found.kind == f"{YARN}-application":
        raise UsageError(
            f"cluster {found.name} gives each job an application of its own: there is none for queries",
            hint="connect to a session; `%%flinksql --job NAME` makes a job for it",
        )
    if found.jobmanager_url is None:
        return None
    credentials = {key: access[key] for key in ACCESS if key in access} if gateway is not None else {}
    there = access_to(found.jobmanager_url, **credentials)
    return places.on_address(found.name, there, target(there, found))


def _by_addresses(
    found: RegisteredCluster | Found,
    gateway: RegisteredGateway | None,
    access: Mapping[str, Any],
    catalog: Catalog | None,
    settings: Settings,
) -> Session:
    """On the cluster that the gateway's own configuration leads to, or on the embedded Flink."""
    from flinklab.api.flink import connect, find_local
    from flinklab.api.supervising import EMBEDDED

    given = {**access, "settings": settings, "catalog": catalog if catalog is not None else True}
    if gateway is not None:
        return connect(gateway.url, **given)
    assert isinstance(found, RegisteredCluster)
    if found.kind == EMBEDDED:
        running = find_local(settings)
        if running is None:
            raise UnreachableError("the embedded Flink does not run", hint="`%flink up` starts it")
        return connect(running.gateway_url, jobmanager_url=running.jobmanager_url, **given)
    raise UsageError(
        f"cluster {found.name} has neither a gateway nor a JobManager",
        hint=f"`%flink clusters add {found.name} --jobmanager URL` names it, a gateway is found then",
    )


def _on(
    place: Place,
    gateway: RegisteredGateway | None,
    access: Mapping[str, Any],
    catalog: Catalog,
    team: str,
    settings: Settings,
    tell: Line,
    is_ours: bool,
) -> Session:
    """`is_ours`: the catalog is to be closed with the session."""
    from flinklab.api.composing import nothing, open_session
    from flinklab.api.flink import access_to
    from flinklab.api.gateway_choice import ACCESS, fitting
    from flinklab.flink.gateway import RestGateway

    url, kept = fitting(place, gateway, catalog, team, settings, tell)
    wanted = access if gateway is not None and url == gateway.url else kept
    client = RestGateway(access_to(url, **{key: wanted[key] for key in ACCESS if key in wanted}))
    with ExitStack() as on_failure:
        on_failure.callback(client.close)
        client.info()
        session = open_session(
            client,
            place.jobs,
            settings=settings,
            catalog=catalog,
            cluster=place.name,
            properties=access["properties"],
            target=place.target,
            at_end=catalog.close if is_ours else nothing,
            **{key: access[key] for key in _FOR_SESSION if access.get(key) is not None},
        )
        on_failure.pop_all()
        return session


def _team_of(found: RegisteredCluster | Found, catalog: Catalog) -> str:
    return (found.team if isinstance(found, RegisteredCluster) else found.yarn.team) or catalog.team
