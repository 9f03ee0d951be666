"""A session, put together of what is connected already."""

from __future__ import annotations

import getpass
import os
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from flinklab.session.origin import Origin
from flinklab.session.session import Session
from flinklab.settings import Settings

if TYPE_CHECKING:
    from flinklab.api.sharing import Shared
    from flinklab.catalog.catalog import Catalog
    from flinklab.ports import JobManager, SqlGateway
    from flinklab.session.target import Target
    from flinklab.sharing.recorder import Where

Line = Callable[[str], None]
"""Is told one line of progress or news."""


def quiet(line: str) -> None:
    """Nobody listens."""


def nothing() -> None:
    """There is nothing to close."""


def open_session(
    gateway: SqlGateway,
    jobs: JobManager | None,
    *,
    settings: Settings,
    catalog: Catalog | bool,
    cluster: str,
    zone: str | None = None,
    properties: Mapping[str, str] | None = None,
    notice: Line = quiet,
    where: Callable[[], Where] | None = None,
    target: Target | None = None,
    at_end: Callable[[], None] = nothing,
) -> Session:
    """With what the team shares: `catalog` is True for the settings' one, False for none. `cluster` is what the
    history calls where its statements ran. The other arguments are those of `connect` and of `Session`.
    """
    origin = _origin()
    team = _shared(settings, catalog, origin, cluster, where, notice)

    def close() -> None:
        if team is not None:
            team.close()
        at_end()

    return Session(
        gateway,
        jobs,
        origin=origin,
        zone=zone or _local_zone(),
        properties=properties,
        longest_life=settings.query_max_life,
        notice=notice,
        supply=team.supply if team else None,
        recorder=team.recorder if team else None,
        at_end=close,
        target=target,
    )


def _shared(
    settings: Settings,
    catalog: Catalog | bool,
    origin: Origin,
    cluster: str,
    where: Callable[[], Where] | None,
    notice: Line,
) -> Shared | None:
    from flinklab.api.flink import with_file
    from flinklab.api.sharing import shared
    from flinklab.sharing.recorder import Where

    if catalog is False:
        return None
    return shared(
        settings,
        None if catalog is True else catalog,
        user=origin.user,
        cluster=cluster,
        where=where or (lambda: Where(origin.notebook)),
        notice=notice,
        add_jar=lambda statement: with_file(statement, settings),
    )


def _origin() -> Origin:
    name = Path(os.environ.get("JPY_SESSION_NAME", "")).name
    return Origin(user=_user(), host=platform.node(), notebook=name, kernel=str(os.getpid()))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user that has a number and no name
        return str(os.getuid())


def _local_zone() -> str:
    from tzlocal import get_localzone_name

    return get_localzone_name() or "UTC"
