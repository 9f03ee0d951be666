"""Pools of clusters: made, looked at and deleted; and the labels that put clusters into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flinklab.api.jobs import opened
from flinklab.api.pool_members import Member, look_at
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import NotFoundError, UsageError
from flinklab.domain.jobs import Managed
from flinklab.domain.records import Pool, RegisteredCluster
from flinklab.domain.text import one_line, suggest
from flinklab.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class SeenPool:
    """A pool with its clusters as they are now, and the managed jobs that are in it."""

    pool: Pool
    members: tuple[Member, ...] = ()
    jobs: tuple[Managed, ...] = ()

    @property
    def slots_free(self) -> int:
        return sum(each.overview.slots_available for each in self.members if each.overview is not None)

    @property
    def slots(self) -> int:
        return sum(each.overview.slots_total for each in self.members if each.overview is not None)


def save_pool(
    name: str, labels: Sequence[str], *, description: str | None = None, catalog: Catalog | None = None
) -> Pool:
    """Make a pool of the team's clusters that have all of `labels`, or change one. `name` may be `team.name`.

    Raises `UsageError` without labels and for what can be no label; `CatalogError`.

    >>> flinklab.save_pool("etl", ["etl"])
    """
    shared = opened(catalog)
    if not labels:
        raise UsageError("a pool is of the clusters that have its labels", hint="name one: --label etl")
    team, name = _place(shared, name)
    known = {each.name: each for each in shared.registry.pools([team])}.get(name)
    pool = replace(known or Pool(team, name), labels=tuple(dict.fromkeys(labels)))
    pool = pool if description is None else replace(pool, description=description)
    return shared.registry.save_pool(pool, expected=known.version if known is not None else None)


def pools(catalog: Catalog | None = None, *, settings: Settings | None = None) -> list[SeenPool]:
    """Of all teams of the search path. All their JobManagers are asked at once, in 2 s at most."""
    shared = opened(catalog)
    known = shared.registry.pools(shared.teams)
    clusters = {each: shared.registry.clusters_in(each.team, each.name) for each in known}
    wanted = {(each.team, each.name): each for found in clusters.values() for each in found}
    members = dict(zip(wanted, look_at(shared, settings or load_settings(), list(wanted.values())), strict=True))
    return [
        SeenPool(
            pool,
            tuple(members[each.team, each.name] for each in found),
            tuple(shared.jobs.list([pool.team], pool=pool.name)),
        )
        for pool, found in clusters.items()
    ]


def delete_pool(name: str, *, catalog: Catalog | None = None) -> Pool:
    """Its clusters stay. Raises `ConflictError` while a job is in it, and `NotFoundError`."""
    shared = opened(catalog)
    pool = pool_named(name, shared)
    shared.registry.delete_pool(pool.team, pool.name, expected=pool.version)
    return pool


def label_cluster(
    name: str, add: Sequence[str] = (), remove: Sequence[str] = (), *, catalog: Catalog | None = None
) -> RegisteredCluster:
    """Give a registered cluster labels, and take some away; jobs that run there go on.

    Raises `NotFoundError`, `UsageError` for a label that it does not have and for what can be none.
    """
    shared = opened(catalog)
    cluster, *_ = shared.registry.cluster_on_path(name, shared.teams)
    missing = [label for label in remove if label not in cluster.labels]
    if missing:
        has = f"it has {', '.join(cluster.labels)}" if cluster.labels else "it has none"
        raise UsageError(f"cluster {cluster.name} has no label {one_line(missing[0], 40)!r}", hint=has)
    labels = tuple(dict.fromkeys((*(each for each in cluster.labels if each not in remove), *add)))
    return shared.registry.save_cluster(replace(cluster, labels=labels), expected=cluster.version)


def pool_named(name: str, catalog: Catalog, team: str | None = None) -> Pool:
    """Along the search path, or `team.name`; of one team only where it is given. Raises `NotFoundError`."""
    teams = [team] if team is not None else list(catalog.teams)
    known = catalog.registry.pools(teams)
    for each_team in teams:
        for each in known:
            if each.team == each_team and name in (each.name, f"{each.team}.{each.name}"):
                return each
    close = suggest(name, (each.name for each in known))
    hint = f"did you mean {close}?" if close else "`%flink pool list` shows those that there are"
    raise NotFoundError(f"there is no pool {one_line(name, 60)!r}", hint=hint)


def _place(catalog: Catalog, name: str) -> tuple[str, str]:
    team, dot, rest = name.partition(".")
    if dot and rest and team in {each.name for each in catalog.people.teams()}:
        return team, rest
    return catalog.team, name
