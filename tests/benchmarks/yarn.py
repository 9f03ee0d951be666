"""700 managed jobs on 12 sessions of a YARN: what it costs to look after them, and how often YARN is asked.

The sessions and the ResourceManager are fakes on real sockets; a state changes now and then, as in `jobs`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.clusters import Clusters
from benchmarks.fleet import TEAM, fill, open_catalog, register
from benchmarks.jobs import Watch, on_sqlite, supervising, wait_for_takeover
from fakes.resourcemanager import FakeResourceManager
from flinklab.domain.records import RegisteredYarn

_SESSIONS, _JOBS = 12, 700
_WARM = 60.0  # s, of a watch that takes minutes


def measured(folder: Path, minutes: float) -> Iterator[tuple[str, str]]:
    """Lines of the table: what was measured, and the figure."""
    folder = folder / "yarn"
    folder.mkdir()
    each, more = divmod(_JOBS, _SESSIONS)
    with (
        Clusters(_SESSIONS) as clusters,
        FakeResourceManager() as manager,
        on_sqlite(folder) as site,
        open_catalog(site.owner, folder) as catalog,
    ):
        keys = register(catalog, clusters.urls, folder)
        catalog.registry.save_yarn(RegisteredYarn(TEAM, "prod", (manager.url,)), expected=None)
        for number, (key, url) in enumerate(zip(keys, clusters.urls, strict=True)):
            clusters.belongs(number, manager.yarn.add(key.name, jobmanager=url).id)
            known = catalog.registry.cluster(key.team, key.name)
            session = replace(known, kind="yarn", jobmanager_url=None, yarn="prod")
            catalog.registry.save_cluster(session, expected=known.version)
        running = fill(catalog, keys, clusters.urls, each + bool(more))[:_JOBS]
        for number in range(_SESSIONS):
            clusters.add(number, [job.flink_id for job in running if job.cluster == number])
        with supervising(site.supervisor, folder, "first") as process:
            wait_for_takeover(catalog, "first", _SESSIONS)
            time.sleep(min(_WARM, minutes * 60))
            found = manager.asked.total()
            watch = Watch(catalog, clusters, running, process)
            watch.go(minutes * 60)
            asked = manager.asked.total() - found
        for what, figure in watch.figures():
            yield f"YARN, {len(running)} jobs on {_SESSIONS} sessions: {what}", figure
    yield (
        "the same, requests to the ResourceManager: to find all sessions, and while they were watched",
        (f"{found}, {asked} in {watch.seconds:.0f} s"),
    )
