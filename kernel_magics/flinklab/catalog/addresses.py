"""Where the JobManagers of a team's clusters were found."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from flinklab.catalog import clock
from flinklab.catalog.checks import check_http
from flinklab.catalog.database import Database
from flinklab.catalog.job_rows import fetch, to_value
from flinklab.catalog.names import require_team, team_id
from flinklab.catalog.schema import cluster_address as table
from flinklab.domain.records import ClusterAddress


class Addresses:
    """Written by developers and supervisors, and only true until a JobManager moves: of two the later one holds.

    They do not outlive what says where to look: `Registry` forgets the address of a cluster that is changed in
    that, or deleted. Every method may raise a `CatalogError`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, team: str, cluster: str) -> ClusterAddress | None:
        found = select(table).where(table.c.team_id == team_id(team), table.c.cluster == cluster)
        with self._database.reading() as connection:
            rows = fetch(connection, found)
        return to_value(ClusterAddress, rows[0], team=team) if rows else None

    def all(self, team: str) -> Mapping[str, ClusterAddress]:
        """By cluster; of a team that is not there, none."""
        found = select(table).where(table.c.team_id == team_id(team)).order_by(table.c.cluster)
        with self._database.reading() as connection:
            rows = fetch(connection, found)
        return {row["cluster"]: to_value(ClusterAddress, row, team=team) for row in rows}

    def put(self, address: ClusterAddress) -> ClusterAddress:
        """As found now, by the database's clock. Raises `NotFoundError` for a team, `UsageError` for no address,
        `SecretError` for a password in it."""
        check_http(address.url, "the JobManager's address")
        dialect = postgresql if self._database.is_shared else sqlite
        with self._database.writing() as connection:
            found = {
                "url": address.url,
                "application": address.application,
                "found_at": clock.now(connection),
            }
            key = {"team_id": require_team(connection, address.team), "cluster": address.cluster}
            added = dialect.insert(table).values(**key, **found)
            upserting = added.on_conflict_do_update(index_elements=list(key), set_=found).returning(*table.c)
            (row,) = fetch(connection, upserting)
        return to_value(ClusterAddress, row, team=address.team)

    def forget(self, team: str, cluster: str) -> None:
        """Nothing, when none is known."""
        with self._database.writing() as connection:
            connection.execute(delete(table).where(table.c.team_id == team_id(team), table.c.cluster == cluster))
