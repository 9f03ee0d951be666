"""The right SQL Gateway for a cluster: nobody has to know what one is to query a YARN session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flinklab.domain.errors import LocalFlinkError, UnsupportedGatewayError
from flinklab.domain.flink_versions import fit, line_of, parse_version
from flinklab.settings import Settings, load_settings

if TYPE_CHECKING:
    from flinklab.local import LocalSettings
    from flinklab.local.gateways import KeptGateway

Line = Callable[[str], None]
"""Is told one line of progress or news."""

_NONE: Mapping[str, str] = {}


def _quiet(line: str) -> None:
    """Nobody listens."""


def gateway_for(
    flink_version: str,
    settings: Settings | None = None,
    *,
    homes: Mapping[str, str] = _NONE,
    progress: Line = _quiet,
) -> str:
    """The URL of a gateway on this machine that serves clusters of that version of Flink.

    The embedded Flink's when it runs and is of that minor version, else one that is kept, else one that is started
    now and kept: seconds, and minutes when that Flink has to be downloaded; `progress` tells so. `homes` are
    folders of Flink by minor version (`RegisteredYarn.flink_homes`), before those of the settings (`flink_homes`).

    Raises `UsageError` for what is no version, and the errors under `LocalFlinkError`.
    """
    from flinklab import local
    from flinklab.local import gateways

    chosen = _local(settings)
    wanted = parse_version(flink_version)
    embedded = local.find(chosen)
    if embedded is not None and line_of(embedded.flink_version) == wanted.line:
        return embedded.gateway_url
    running = gateways.find(wanted.line, chosen)
    if running is not None:
        return running.url
    started = gateways.up(flink_version, chosen, progress, homes)
    progress(
        f"no gateway of Flink {wanted.line} is registered: started one on this machine ({started.url}); "
        "%flink gateways lists them"
    )
    return started.url


def fitting_gateway(
    url: str,
    version: str,
    *,
    cluster: str,
    cluster_version: str,
    settings: Settings | None = None,
    homes: Mapping[str, str] = _NONE,
    notice: Line = _quiet,
) -> str:
    """The gateway at `url`, of that version, when it fits the cluster; else one of this machine that does.

    The versions are those that the two tell of themselves (`gateway.info().version`,
    `jobs.overview().flink_version`). `notice` is told when it is another gateway, and why. Raises
    `UnsupportedGatewayError` when none that fits can be had.
    """
    if fit(version, cluster_version):
        return url
    mismatch = f"the gateway is Flink {line_of(version)}, the cluster {cluster} is Flink {line_of(cluster_version)}"
    try:
        found = gateway_for(cluster_version, settings, homes=homes, progress=notice)
    except LocalFlinkError as error:
        raise UnsupportedGatewayError(
            f"{mismatch}: it cannot submit there, and none that can was started: {error.message}",
            url=url,
            hint=error.hint,
            details=error.details,
        ) from error
    notice(f"{mismatch}: statements go through {found} instead of {url}")
    return found


def start_gateway(
    version: str,
    settings: Settings | None = None,
    *,
    homes: Mapping[str, str] = _NONE,
    progress: Line = _quiet,
) -> KeptGateway:
    """A gateway of that minor version that is kept on this machine: the one that runs, or one that is started now.

    Raises `UsageError` for what is no version, and the errors under `LocalFlinkError`.
    """
    from flinklab.local import gateways

    return gateways.up(version, _local(settings), progress, homes)


def kept_gateways(settings: Settings | None = None) -> list[KeptGateway]:
    """The gateways that are kept on this machine and serve, the one that was started first at the head."""
    from flinklab.local import gateways

    return gateways.kept(_local(settings))


def end_gateway(version: str, settings: Settings | None = None, progress: Line = _quiet) -> list[str]:
    """End the kept gateways of that version (`1.20.3`), or of that minor version (`1.20`); jobs go on.

    Their whole versions; empty when there was none. Raises `UsageError` for what is no version.
    """
    from flinklab.local import gateways

    return gateways.down(version, _local(settings), progress)


def _local(settings: Settings | None) -> LocalSettings:
    from flinklab.local import LocalSettings

    return LocalSettings(**(settings or load_settings()).for_local())
