"""Which supervisor looks after which cluster, by the database's clock."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BindParameter, Executable, and_, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from flinklab.catalog import clock
from flinklab.catalog.database import Database
from flinklab.catalog.ledger import ClusterLedger
from flinklab.catalog.names import require_team, team_id
from flinklab.catalog.schema import cluster_lease as table
from flinklab.catalog.schema import job as jobs
from flinklab.catalog.schema import supervisor as supervisors
from flinklab.catalog.schema import team as teams
from flinklab.domain.jobs import ClusterKey, Lease

_REMEMBERED = 86400.0  # s that a supervisor which went without a word is shown


class SupervisorLeases:
    """Fulfils `ports.jobs.Leases`. Every method may raise a `CatalogError`.

    A lease that its holder did not renew in time has a new epoch also when the holder takes it again: what was
    begun under the old one is not written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._taking: dict[float, Executable] = {}  # by the seconds that are taken

    def sign_in(self, name: str, host: str, pid: int) -> None:
        """Again is a new start. Those of which nothing was heard for a day are forgotten."""
        with self._database.writing() as connection:
            now = clock.now(connection)
            long_ago = clock.now(connection, ahead=-_REMEMBERED)
            connection.execute(delete(supervisors).where(supervisors.c.seen_at < long_ago))
            dialect = postgresql if self._database.is_shared else sqlite
            values = {"host": host, "pid": pid, "started_at": now, "seen_at": now}
            added = dialect.insert(supervisors).values(name=name, **values)
            connection.execute(added.on_conflict_do_update(index_elements=["name"], set_=values))

    def sign_out(self, name: str) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(supervisors).where(supervisors.c.name == name))

    def beat(self, name: str) -> None:
        with self._database.writing() as connection:
            connection.execute(
                update(supervisors).where(supervisors.c.name == name).values(seen_at=clock.now(connection))
            )

    def clusters(self) -> Sequence[ClusterKey]:
        statement = (
            select(teams.c.name, jobs.c.cluster)
            .join_from(jobs, teams)
            .distinct()
            .order_by(teams.c.name, jobs.c.cluster)
        )
        with self._database.reading() as connection:
            return [ClusterKey(*row) for row in connection.execute(statement)]

    def acquire(self, cluster: ClusterKey, holder: str, seconds: float) -> Lease | None:
        """Raises `NotFoundError` for a team that is not there."""
        if seconds not in self._taking:
            self._taking[seconds] = self._take(seconds)
        with self._database.writing() as connection:
            of = {"team": require_team(connection, cluster.team), "cluster_": cluster.name, "holder_": holder}
            row = connection.execute(self._taking[seconds], of).one_or_none()
        return None if row is None else Lease(cluster, holder, row.epoch, row.until)

    def _take(self, seconds: float) -> Executable:
        """One statement: of two who take it at once one waits for the other, and then judges what is there."""
        dialect = postgresql if self._database.is_shared else sqlite
        engine = self._database.engine
        now, until = clock.now(engine), clock.now(engine, ahead=seconds)
        holder: BindParameter[str] = bindparam("holder_")
        added = dialect.insert(table).values(
            team_id=bindparam("team"), cluster=bindparam("cluster_"), holder=holder, epoch=1, until=until
        )
        is_own = table.c.holder == holder
        renewed = case((and_(is_own, table.c.until > now), table.c.epoch), else_=table.c.epoch + 1)
        taking: Executable = added.on_conflict_do_update(
            index_elements=["team_id", "cluster"],
            set_={"holder": holder, "epoch": renewed, "until": until},
            where=or_(is_own, table.c.until <= now),
        ).returning(table.c.epoch, table.c.until)
        return taking

    def release(self, lease: Lease) -> None:
        """Nothing, when another one has it. The row stays: its epoch counts on."""
        with self._database.writing() as connection:
            connection.execute(
                update(table)
                .where(
                    table.c.team_id == team_id(lease.cluster.team),
                    table.c.cluster == lease.cluster.name,
                    table.c.holder == lease.holder,
                    table.c.epoch == lease.epoch,
                )
                .values(until=clock.now(connection))
            )

    def ledger(self, lease: Lease) -> ClusterLedger:
        return ClusterLedger(self._database, lease)
