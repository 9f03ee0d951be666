"""`flinklab pool ...`: clusters among which managed jobs are placed and moved."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from flinklab.cli.commands import OK, Commands
from flinklab.cli.database import add_url, catalog_of

if TYPE_CHECKING:
    from flinklab.api.pools import SeenPool


def add_commands(commands: Commands) -> None:
    group = commands.group("pool", "Pools of clusters, within which managed jobs are placed and moved.")
    create = group.add("create", _create, "Make a pool of the clusters that have all of its labels, or change one.")
    create.add_argument("name", metavar="NAME")
    create.add_argument("--label", action="append", required=True, metavar="LABEL", help="can be repeated")
    create.add_argument("--description", metavar="TEXT")
    listed = group.add("list", _list, "List the pools with their clusters as they are now.")
    listed.add_argument("--json", action="store_true", help="answer with one JSON document")
    delete = group.add("delete", _delete, "Forget a pool that no job is in; its clusters stay.")
    delete.add_argument("name", metavar="NAME")
    for each in (create, listed, delete):
        add_url(each)


def _create(options: argparse.Namespace) -> int:
    from flinklab.api.pools import save_pool

    with catalog_of(options) as catalog:
        pool = save_pool(options.name, options.label, description=options.description, catalog=catalog)
        members = [each.name for each in catalog.registry.clusters_in(pool.team, pool.name)]
    print(f"pool {pool.team}.{pool.name}: {', '.join(members) or 'no cluster has its labels yet'}")
    return OK


def _list(options: argparse.Namespace) -> int:
    from flinklab.api.pool_members import in_words
    from flinklab.api.pools import pools

    with catalog_of(options) as catalog:
        found = pools(catalog)
    if options.json:
        print(json.dumps({"pools": [_document(each) for each in found]}, ensure_ascii=False, indent=2))
        return OK
    for seen in found:
        pool = seen.pool
        print(f"{pool.team}.{pool.name} ({', '.join(pool.labels)}): {len(seen.jobs)} managed jobs")
        for each in seen.members:
            print(f"  {in_words(each)}" + (f": {each.trouble}" if each.trouble else ""))
    if not found:
        print("there is no pool")
    return OK


def _delete(options: argparse.Namespace) -> int:
    from flinklab.api.pools import delete_pool

    with catalog_of(options) as catalog:
        pool = delete_pool(options.name, catalog=catalog)
    print(f"deleted pool {pool.team}.{pool.name}; its clusters stay as they are")
    return OK


def _document(seen: SeenPool) -> dict[str, Any]:
    members = []
    for each in seen.members:
        overview = each.overview
        members.append(
            {
                "cluster": each.cluster.name,
                "slots_free": overview.slots_available if overview is not None else None,
                "slots": overview.slots_total if overview is not None else None,
                "jobs_running": overview.jobs_running if overview is not None else None,
                "trouble": each.trouble,
            }
        )
    pool = seen.pool
    return {
        "team": pool.team,
        "name": pool.name,
        "labels": list(pool.labels),
        "clusters": members,
        "jobs": [str(each.job.key) for each in seen.jobs],
    }
