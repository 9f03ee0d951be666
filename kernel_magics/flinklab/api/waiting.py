"""Why jobs wait for slots, in words: how many there are, and what the session's queue on YARN says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from flinklab.api.beside import Beside
from flinklab.api.yarn_room import Rooms, in_words

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.records import RegisteredCluster
    from flinklab.settings import Settings

EVERY = 10.0
"""Seconds from one look to the next, while somebody waits."""

_TIMEOUT = 3.0  # s without a byte
_HOLDS = timedelta(seconds=30)  # what was heard of somebody who waited before says nothing of who waits now


def why_no_slots(
    catalog: Catalog, settings: Settings, cluster: RegisteredCluster, rooms: Rooms
) -> Callable[[], str]:
    """Says what was heard last, at once: it is asked beside, at most every 10 s. Empty until there is an answer."""

    def read() -> str:
        from flinklab.api.reaching import jobmanager_transport
        from flinklab.flink.access import Access
        from flinklab.flink.jobmanager import RestJobManager

        transport = jobmanager_transport(catalog, settings, cluster, timeout=_TIMEOUT)
        with closing(RestJobManager(Access(transport.url), transport=transport)) as there:
            overview = there.overview()
        verb = "is" if overview.slots_available == 1 else "are"
        slots = f"{overview.slots_available} of {overview.slots_total} {verb} free"
        return "; ".join(part for part in (slots, in_words(cluster, rooms)) if part)

    def say() -> str:
        heard = beside.ask()
        is_old = heard.at is None or datetime.now(timezone.utc) - heard.at > _HOLDS
        return "" if is_old else heard.value or ""

    beside = Beside(read, EVERY)
    return say
