"""YARN clusters as people name them, and the registered clusters on them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flinklab.domain.errors import NotFoundError, UsageError, YarnError
from flinklab.domain.records import RegisteredCluster, RegisteredYarn
from flinklab.domain.text import suggest
from flinklab.domain.yarn import Application, ApplicationState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flinklab.catalog.catalog import Catalog
    from flinklab.yarn.identity import Identity
    from flinklab.yarn.resourcemanager import RestResourceManager

SESSION = "yarn"
"""The kind of a registered cluster that is a session."""

LIVING = tuple(state for state in ApplicationState if not state.is_over)


def yarns_meant(text: str, catalog: Catalog | None) -> list[RegisteredYarn]:
    """What `NAME`, `NAME,NAME`, `URL` or `URL,URL` (the ResourceManagers of one YARN) mean.

    Raises `NotFoundError`, `UsageError`.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise UsageError("which YARN?", hint="give a registered name, or the address of a ResourceManager")
    if any(":" in part for part in parts):
        return [_by_address(parts, catalog)]
    if catalog is None:
        raise UsageError(
            f"{parts[0]!r} is not the address of a ResourceManager", hint="write it like http://host:8088"
        )
    return [yarn_named(part, catalog) for part in parts]


def yarn_named(name: str, catalog: Catalog) -> RegisteredYarn:
    """Along the search path, or `team.name`. Raises `NotFoundError`."""
    try:
        return catalog.registry.yarn_on_path(name, catalog.teams)
    except NotFoundError as error:
        known = [each.name for each in catalog.registry.yarns(catalog.teams)]
        close = suggest(name, known)
        error.hint = error.hint or (
            f"did you mean {close}?"
            if close
            else f"there is {', '.join(known)}"
            if known
            else "`%flink yarn add NAME` registers one, and http://host:8088 names a ResourceManager without that"
        )
        raise


def cluster_named(name: str, catalog: Catalog) -> tuple[RegisteredCluster, RegisteredYarn]:
    """A registered session and its YARN. Raises `NotFoundError`, and `UsageError` for a cluster of another kind."""
    cluster, *_ = catalog.registry.cluster_on_path(name, catalog.teams)
    if cluster.kind != SESSION or not cluster.yarn:
        raise UsageError(
            f"cluster {cluster.name} is {cluster.kind}, no session on YARN", hint="only those are kept by flinklab"
        )
    return cluster, catalog.registry.yarn(cluster.team, cluster.yarn)


def found_cluster(team: str, name: str, catalog: Catalog) -> RegisteredCluster | None:
    try:
        return catalog.registry.cluster(team, name)
    except NotFoundError:
        return None


def identity_of(yarn: RegisteredYarn) -> Identity:
    """As whom Flink's client submits. Raises `UsageError`."""
    from flinklab.yarn.identity import NONE, Identity

    auth = yarn.access.get("auth") or NONE
    if auth == NONE:  # `user` belongs to a password then
        return Identity()
    return Identity(
        auth,
        yarn.access.get("user") or "",
        yarn.access.get("proxy_user") or "",
        yarn.access.get("keytab") or "",
    )


@contextmanager
def asking(yarn: RegisteredYarn) -> Iterator[RestResourceManager]:
    from flinklab.api.yarn import resource_manager

    manager = resource_manager(yarn)
    try:
        yield manager
    finally:
        manager.close()


def registered_for(
    application: Application, yarn: RegisteredYarn, clusters: Sequence[RegisteredCluster]
) -> RegisteredCluster | None:
    """The registered cluster that the application is: by its pinned id, else by its name while it lives."""
    here = [each for each in clusters if each.kind == SESSION and (each.team, each.yarn) == (yarn.team, yarn.name)]
    pinned = next((each for each in here if each.application == application.id), None)
    if pinned is not None or application.state.is_over:
        return pinned
    return next((each for each in here if not each.application and each.name == application.name), None)


def living(cluster: RegisteredCluster, place: RegisteredYarn, manager: RestResourceManager) -> Application | None:
    """The application that the cluster is, None when none runs. Raises `YarnError` for two of its name."""
    found = [
        each for each in manager.applications(states=LIVING) if registered_for(each, place, [cluster]) is not None
    ]
    if len(found) > 1:
        ids = ", ".join(each.id for each in found)
        raise YarnError(
            f"{len(found)} applications are called {cluster.name}: {ids}",
            hint="end the one that is too many: `yarn application -kill ID`",
        )
    return found[0] if found else None


def _by_address(urls: Sequence[str], catalog: Catalog | None) -> RegisteredYarn:
    """One that is registered under the address, with its credentials and clusters, or the bare address."""
    bare = tuple(url.rstrip("/") for url in urls)
    for known in catalog.registry.yarns(catalog.teams) if catalog is not None else ():
        if set(bare) <= {url.rstrip("/") for url in known.urls}:
            return known
    return RegisteredYarn("", ",".join(bare), bare)
