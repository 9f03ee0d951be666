"""Moving managed jobs: where one goes that is named a cluster or a pool, and all jobs of a cluster at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flinklab.api.jobs import Asked, ask_one, by_priority, check_cluster, managed_jobs, opened
from flinklab.domain.errors import CommandRefusedError, NotFoundError, UsageError
from flinklab.domain.jobs import CommandKind
from flinklab.domain.text import one_line, suggest
from flinklab.jobs.wanting import in_the_end

if TYPE_CHECKING:
    from flinklab.api.placing import Placing
    from flinklab.catalog.catalog import Catalog
    from flinklab.domain.jobs import Job, Managed
    from flinklab.settings import Settings


def destination(
    catalog: Catalog,
    managed: Managed,
    cluster: str | None,
    pool: str | None,
    places: Placing | None = None,
    *,
    settings: Settings | None = None,
) -> dict[str, Any]:
    """Arguments of a move to a cluster, or to whichever other one of a pool has most room for the job.

    `places`, else `settings`: with what a pool's clusters are asked, else with the settings of this process.
    Raises `CommandRefusedError`, `NotFoundError`, `UsageError`.
    """
    team, job = managed.job.key.team, in_the_end(managed)
    if (cluster is None) == (pool is None):
        raise UsageError(f"where to, {managed.job.key}?", hint="name a cluster, or a pool, not both")
    if pool is not None:
        wanted = replace(job, pool=catalog.registry.pool(team, pool).name)
        found = (places or _places(catalog, settings)).place(
            wanted, leaving=job.cluster, with_state=managed.attempt is not None
        )
        return {"cluster": found} | ({"pool": wanted.pool} if wanted.pool != job.pool else {})
    name = catalog.registry.cluster(team, cluster or "").name
    return {"cluster": name} | left_pool(catalog, job, name)


def left_pool(catalog: Catalog, job: Job, cluster: str) -> dict[str, Any]:
    """What else a move to a cluster changes: outside of its pool, a job is in none."""
    return {"pool": ""} if job.pool and cluster not in _members(catalog, job.key.team, job.pool) else {}


def check_in_pool(catalog: Catalog, team: str, pool: str, cluster: str) -> None:
    """Raises `UsageError` for a cluster that is not in the pool."""
    members = _members(catalog, team, pool)
    if cluster not in members:
        known = f"it has {', '.join(members)}" if members else "nothing is in it"
        raise UsageError(f"cluster {cluster} is not in pool {pool}", hint=known)


def move_jobs(
    cluster: str, to: str, *, team: str | None = None, why: str = "", catalog: Catalog | None = None
) -> list[Asked]:
    """Ask all jobs of a cluster to go to another one, or to a pool, with their state; the first in priority first.

    A supervisor carries out a limited number at a time. One that does not allow it, or for which the pool has no
    room, is passed over, and what was said is in its `Asked`. Raises `NotFoundError` for a cluster that no team
    has, and for a `to` that is neither a cluster nor a pool.
    """
    shared = opened(catalog)
    teams = [team] if team is not None else list(shared.teams)
    check_cluster(shared, cluster, teams)
    found = managed_jobs(shared, team=team, cluster=cluster)
    is_pool = {
        each: _is_pool(shared, each, to) for each in dict.fromkeys(managed.job.key.team for managed in found)
    }
    places = _places(shared)
    asked = []
    for managed in by_priority(found):
        key, pooled = managed.job.key, is_pool[managed.job.key.team]
        going_to = in_the_end(managed).cluster
        if pooled and going_to != cluster and going_to in _members(shared, key.team, to):
            asked.append(Asked(key, refused=f"{key} goes to {going_to} of pool {to} already"))
            continue
        try:
            arguments = destination(shared, managed, None if pooled else to, to if pooled else None, places)
        except (CommandRefusedError, UsageError) as error:
            asked.append(Asked(key, refused=f"{key}: {error}"))
            continue
        asked.append(ask_one(shared, managed, CommandKind.MOVE, arguments, why or f"cluster {cluster} is cleared"))
    return asked


def _is_pool(catalog: Catalog, team: str, name: str) -> bool:
    clusters = {each.name for each in catalog.registry.clusters([team])}
    pools = {each.name for each in catalog.registry.pools([team])}
    if name in clusters and name in pools:
        raise UsageError(
            f"{one_line(name, 60)} is a cluster and a pool of team {team}", hint="move the jobs one by one"
        )
    if name not in clusters | pools:
        close = suggest(name, clusters | pools)
        hint = f"did you mean {close}?" if close else "`%flink clusters` and `%flink pool list` list them"
        raise NotFoundError(f"there is no cluster and no pool {one_line(name, 60)!r} in team {team}", hint=hint)
    return name in pools


def _members(catalog: Catalog, team: str, pool: str) -> Sequence[str]:
    return [each.name for each in catalog.registry.clusters_in(team, pool)]


def _places(catalog: Catalog, settings: Settings | None = None) -> Placing:
    from flinklab.api.placing import placing
    from flinklab.settings import load_settings

    return placing(catalog, settings or load_settings())
