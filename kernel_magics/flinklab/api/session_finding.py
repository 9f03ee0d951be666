"""Finding a session on YARN by what people call it, and registering what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from flinklab.api.session_choice import Found, choose, is_application_id
from flinklab.api.yarn_places import SESSION, asking, registered_for, yarns_meant
from flinklab.domain.errors import (
    CatalogError,
    ConnectionFailedError,
    NoApplicationError,
    NotFoundError,
    NotPermittedError,
    UnreachableError,
    UsageError,
)
from flinklab.domain.records import ClusterAddress, RegisteredCluster, RegisteredYarn
from flinklab.domain.yarn import ApplicationState

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

Line = Callable[[str], None]


def find_session(wanted: str, catalog: Catalog, yarn: str | None = None) -> Found:
    """The one running Flink application of that id, name or tag, on `yarn` or on any YARN of the teams.

    `yarn`: a registered name, or the address of its ResourceManagers. One request for each YARN, and one more where
    nothing fits. Raises `NoApplicationError`, `NotFoundError` when no YARN is registered, and a
    `ConnectionFailedError` when nothing fits and a ResourceManager could not be asked.
    """
    yarns = yarns_meant(yarn, catalog) if yarn is not None else list(catalog.registry.yarns(catalog.teams))
    if not yarns:
        raise NotFoundError(
            f"there is no cluster {wanted}, and no YARN is registered on which a session could have that name",
            hint="`%flink clusters` lists the clusters, `%flink yarn add NAME --rm URL` registers a YARN",
        )
    silent: list[ConnectionFailedError] = []
    found = _listed(wanted, yarns, silent, only_flink=True)
    try:
        return choose(wanted, found)
    except NoApplicationError as error:
        if silent:
            raise _unasked(wanted, silent) from error
        if any(wanted in (each.application.id, each.application.name) for each in found):
            raise
    return choose(wanted, _listed(wanted, yarns, silent, only_flink=False))


def _listed(
    wanted: str, yarns: Sequence[RegisteredYarn], silent: list[ConnectionFailedError], *, only_flink: bool
) -> list[Found]:
    found = []
    for yarn in yarns:
        try:
            with asking(yarn) as manager:
                if is_application_id(wanted):
                    known = manager.application(wanted)
                    found += [Found(yarn, known)] if known is not None else []
                else:
                    listed = manager.applications() if only_flink else manager.applications(type=None)
                    found += [Found(yarn, each) for each in listed]
        except ConnectionFailedError as error:
            silent.append(error)
    return found


def _unasked(wanted: str, silent: Sequence[ConnectionFailedError]) -> ConnectionFailedError:
    why = "; ".join(error.message for error in silent)
    return UnreachableError(
        f"no session {wanted} is known here, and YARN could not be asked for one: {why}",
        url=silent[0].url,
        hint="a session that is registered as a cluster is found without its ResourceManager",
    )


def registered(found: Found, catalog: Catalog) -> RegisteredCluster | None:
    """The cluster that the application is registered as."""
    if not found.yarn.team:
        return None
    return registered_for(found.application, found.yarn, catalog.registry.clusters([found.yarn.team]))


def register(found: Found, catalog: Catalog, notice: Line) -> RegisteredCluster | None:
    """Register what was found, so that others find it; None when the person may not, or its name is taken.

    It is the session of its name from now on, also when another one takes its place; where several of its name run,
    only this one.
    """
    yarn, application = found.yarn, found.application
    if not yarn.team:
        notice(f"{application.id} is not registered as a cluster: its YARN is not (`%flink yarn add` registers it)")
        return None
    pinned = "" if _is_only_one(found) else application.id
    wanted = RegisteredCluster(yarn.team, application.name, SESSION, yarn=yarn.name, application=pinned)
    try:
        made = catalog.registry.save_cluster(wanted, expected=None)
    except NotPermittedError:
        return None
    except (CatalogError, UsageError) as error:
        notice(f"{application.id} is not registered as a cluster: {error.message}")
        return None
    if application.jobmanager_url is not None:
        address = ClusterAddress(made.team, made.name, application.jobmanager_url, application.id)
        catalog.addresses.put(address)
    notice(f"registered {application.id} of YARN {yarn.name} as cluster {made.name}: `-c {made.name}` finds it")
    return made


def _is_only_one(found: Found) -> bool:
    with asking(found.yarn) as manager:
        running = manager.applications(states=[ApplicationState.RUNNING])
    return all(each.name != found.application.name or each.id == found.application.id for each in running)
