"""Sessions in which texts become jobs of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flinklab.api.applications import APPLICATION, version_of, yarn_of
from flinklab.api.connecting import connect_to
from flinklab.api.flink import connect
from flinklab.api.jobs import opened
from flinklab.api.reaching import gateway_of_session
from flinklab.domain.errors import NotFoundError
from flinklab.settings import load_settings

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.records import RegisteredCluster
    from flinklab.session.session import Session


def connect_for_jobs(name: str, catalog: Catalog | None = None, **options: Any) -> Session:
    """As `connect_to`; also for a cluster on which each job has an application of its own.

    That takes no queries: there the session is one of the gateway that compiles its jobs, and what is run in it
    only defines. Raises as `connect_to` does.
    """
    shared = opened(catalog)
    cluster = _registered(name, shared)
    if cluster is None or cluster.kind != APPLICATION:
        return connect_to(name, catalog, **options)
    given = {key: value for key, value in options.items() if key != "progress"}
    given |= {"catalog": shared, "properties": {**cluster.defaults, **(options.get("properties") or {})}}
    if cluster.gateway:
        registered = shared.registry.gateway(cluster.team, cluster.gateway)
        return connect(registered.url, **{**registered.access, **given})
    settings = options.get("settings") or load_settings()
    version = version_of(cluster, yarn_of(shared, cluster), settings)
    return connect(gateway_of_session(shared, settings, cluster, version).url, **given)


def _registered(name: str, catalog: Catalog) -> RegisteredCluster | None:
    try:
        cluster, *_ = catalog.registry.cluster_on_path(name, catalog.teams)
    except NotFoundError:  # a session on YARN that nobody registered yet
        return None
    return cluster
