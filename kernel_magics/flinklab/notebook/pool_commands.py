"""`%flink pool ...`, `%flink cluster label`: clusters among which jobs are placed and moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flinklab.domain.errors import UsageError
from flinklab.domain.text import count
from flinklab.notebook.flag_parser import Flag, LineParser
from flinklab.notebook.subcommand import Runnable, Subcommand

if TYPE_CHECKING:
    from flinklab.api.pool_members import Member
    from flinklab.api.pools import SeenPool
    from flinklab.notebook.meters import Cell
    from flinklab.notebook.workbench import Workbench

COLUMNS = ("pool", "labels", "cluster", "free slots", "running jobs", "TaskManagers", "Flink", "managed jobs", "")
_MOST = 12  # labels on a line


@dataclass(frozen=True, slots=True)
class CreatePool:
    name: str
    labels: tuple[str, ...]
    description: str | None = None

    def run(self, bench: Workbench) -> None:
        from flinklab.api.pools import save_pool

        catalog = bench.catalog()
        pool = save_pool(self.name, self.labels, description=self.description, catalog=catalog)
        members = [each.name for each in catalog.registry.clusters_in(pool.team, pool.name)]
        if members:
            print(f"pool {pool.team}.{pool.name}: {', '.join(members)}")
            return
        labels = " ".join(f"+{label}" for label in pool.labels)
        print(
            f"pool {pool.team}.{pool.name}: no cluster yet; `%flink cluster label NAME {labels}` puts one into it"
        )


@dataclass(frozen=True, slots=True)
class Pools:
    """The pools with their clusters as they are now."""

    def run(self, bench: Workbench) -> None:
        from flinklab.api.pools import pools
        from flinklab.notebook.meters import show_meters

        found = pools(bench.catalog())
        if found:
            show_meters(COLUMNS, [row for each in found for row in rows(each)])
        else:
            print("there is no pool: `%flink pool create NAME --label LABEL` makes one")


@dataclass(frozen=True, slots=True)
class DeletePool:
    name: str

    def run(self, bench: Workbench) -> None:
        from flinklab.api.pools import delete_pool

        pool = delete_pool(self.name, catalog=bench.catalog())
        print(f"deleted pool {pool.team}.{pool.name}; its clusters stay as they are")


@dataclass(frozen=True, slots=True)
class LabelCluster:
    name: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def run(self, bench: Workbench) -> None:
        from flinklab.api.pools import label_cluster

        cluster = label_cluster(self.name, self.add, self.remove, catalog=bench.catalog())
        print(f"cluster {cluster.team}.{cluster.name}: {', '.join(cluster.labels) or 'no labels'}")


def rows(seen: SeenPool) -> list[tuple[Cell, ...]]:
    """A row of `COLUMNS` for each of its clusters; what is of the pool stands in the first."""
    pool = seen.pool
    first = (f"{pool.team}.{pool.name}", " ".join(pool.labels))
    managed = {each: sum(job.job.cluster == each for job in seen.jobs) for each in _names(seen.members)}
    away = len(seen.jobs) - sum(managed.values())
    said = f"{count(away, 'job')} of it {'is' if away == 1 else 'are'} on other clusters" if away else ""
    if not seen.members:
        return [(*first, "no cluster has its labels", "", "", "", "", str(len(seen.jobs) or ""), pool.description)]
    found: list[tuple[Cell, ...]] = []
    for member in seen.members:
        last = member.trouble or (said or pool.description if not found else "")
        jobs = str(managed[member.cluster.name] or "")
        found.append((*(first if not found else ("", "")), *_member(member), jobs, last))
    return found


def _member(member: Member) -> tuple[Cell, ...]:
    from flinklab.notebook.meters import Meter

    overview = member.overview
    if overview is None:
        return member.cluster.name, "", "", "", member.cluster.flink_version
    total = overview.slots_total
    used = 1 - overview.slots_available / total if total else None
    return (
        member.cluster.name,
        Meter(f"{overview.slots_available} of {total}", used),
        str(overview.jobs_running),
        str(overview.taskmanagers),
        overview.flink_version,
    )


def _names(members: Sequence[Member]) -> list[str]:
    return [each.cluster.name for each in members]


def _create(parser: LineParser, words: list[str]) -> Runnable:
    labels = tuple(parser.all("--label"))
    if not labels:
        raise UsageError(f"which clusters are in it? Write %flink pool create {words[0]} --label LABEL")
    return CreatePool(words[0], labels, parser.one("--description"))


def _label(parser: LineParser, words: list[str]) -> Runnable:
    add = tuple(word.removeprefix("+") for word in words[1:])
    remove = tuple(parser.all("--remove"))
    if not add and not remove:
        raise UsageError(f"which labels? Write %flink cluster label {words[0]} +LABEL, or --remove LABEL")
    return LabelCluster(words[0], add, remove)


POOL_SUBCOMMANDS: dict[str, Subcommand[Runnable]] = {
    "pool": Subcommand("", 0, "the pools, their clusters, and how full these are", lambda _p, _w: Pools()),
    "pool list": Subcommand("", 0, "the same", lambda _p, _w: Pools()),
    "pool create": Subcommand(
        "NAME",
        1,
        "make a pool of the clusters that have all of its labels, or change one",
        _create,
        (
            Flag(("--label",), "a label that its clusters have; can be repeated", "LABEL", repeatable=True),
            Flag(("--description",), "what it is for", "TEXT"),
        ),
        (("%flink pool create etl --label etl", "then: %%flinksql --job orders_dwd --pool etl --start"),),
        least=1,
    ),
    "pool delete": Subcommand(
        "NAME", 1, "forget a pool that no job is in; its clusters stay", lambda _p, w: DeletePool(w[0]), least=1
    ),
    "cluster label": Subcommand(
        "NAME [+LABEL ...]",
        _MOST,
        "give a cluster labels, by which pools choose it",
        _label,
        (Flag(("--remove",), "a label that it loses; can be repeated", "LABEL", repeatable=True),),
        (("%flink cluster label etl-1 +etl --remove adhoc", "jobs that run there go on"),),
        least=1,
    ),
}
