"""The gateway through which the statements for a cluster go."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flinklab.api.cluster_places import Place
from flinklab.api.gateways import fitting_gateway, gateway_for
from flinklab.domain.errors import ConnectionFailedError, UnsupportedGatewayError
from flinklab.domain.flink_versions import fit, line_of
from flinklab.domain.records import RegisteredGateway
from flinklab.settings import Settings

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog

Line = Callable[[str], None]

ACCESS = ("ca", "headers", "user", "password", "token")
"""Of what is kept of a gateway, who may reach it."""

_ASK_TIMEOUT = 5.0  # s for one of several


def fitting(
    place: Place, given: RegisteredGateway | None, catalog: Catalog, team: str, settings: Settings, notice: Line
) -> tuple[str, dict[str, Any]]:
    """The gateway through which statements reach a cluster: its URL, and how `connect` is told to reach it.

    `given`, the one of the cluster, when it is of the cluster's minor version; without one, the team's that are;
    then one of this machine. Raises `UnsupportedGatewayError`, a `ConnectionFailedError`, a `LocalFlinkError`.
    """
    if given is not None:
        url = fitting_gateway(
            given.url,
            _version_of(given),
            cluster=place.name,
            cluster_version=place.version,
            settings=settings,
            homes=place.homes,
            notice=notice,
        )
        return url, dict(given.access) if url == given.url else {}
    for each in catalog.registry.gateways([team]):
        if line_of(each.flink_version) not in ("", line_of(place.version)):
            continue
        with suppress(ConnectionFailedError):
            if line_of(_version_of(each, _ASK_TIMEOUT)) == line_of(place.version):
                return each.url, dict(each.access)
    return gateway_for(place.version, settings, homes=place.homes, progress=notice), {}


def _version_of(gateway: RegisteredGateway, timeout: float | None = None) -> str:
    """The version of Flink that it says it is. Raises a `ConnectionFailedError`."""
    from flinklab.api.flink import access_to
    from flinklab.flink.gateway import RestGateway

    access = access_to(gateway.url, **{key: gateway.access[key] for key in ACCESS if key in gateway.access})
    with closing(RestGateway(access if timeout is None else replace(access, timeout=timeout))) as asked:
        return asked.info().version


def refuse_misfit(gateway: str, version: str, cluster: str, cluster_version: str) -> None:
    """Raises `UnsupportedGatewayError` where statements of that gateway cannot be carried out on that cluster."""
    if fit(version, cluster_version):
        return
    wanted = line_of(cluster_version)
    raise UnsupportedGatewayError(
        f"the gateway {gateway} is Flink {line_of(version)}, the cluster {cluster} is Flink {wanted}: "
        "it cannot submit there",
        url=gateway,
        hint=f"`%flink clusters add NAME --jobmanager {cluster}`, then `%flink connect NAME` takes one of {wanted}",
    )
