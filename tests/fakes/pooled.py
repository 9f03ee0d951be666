"""A pool of standalone clusters, each with a JobManager of its own on a socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from fakes.jobmanager import FakeJobManager
from flinklab.api.pools import save_pool
from flinklab.catalog.catalog import Catalog
from flinklab.domain.records import RegisteredCluster


@contextmanager
def pooled(catalog: Catalog, pool: str = "etl", **slots: int) -> Iterator[dict[str, FakeJobManager]]:
    """The clusters that are named here, with so many slots, labelled like their pool."""
    with ExitStack() as stack:
        found = {name: stack.enter_context(FakeJobManager()) for name in slots}
        for name, jobmanager in found.items():
            jobmanager.slots = slots[name]
            cluster = RegisteredCluster(catalog.team, name, "standalone", jobmanager.url, labels=(pool,))
            catalog.registry.save_cluster(cluster, expected=None)
        save_pool(pool, [pool], catalog=catalog)
        yield found
