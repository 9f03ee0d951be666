"""Gateways, storages and clusters that a team knows by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from sqlalchemy import Connection, and_, or_, select

from flinklab.catalog.database import Database
from flinklab.catalog.named_rows import NamedRows
from flinklab.catalog.names import not_found
from flinklab.catalog.registration import check_cluster, check_gateway, check_storage
from flinklab.catalog.schema import cluster as clusters
from flinklab.catalog.schema import gateway as gateways
from flinklab.catalog.schema import storage as storages
from flinklab.catalog.schema import team as teams_table
from flinklab.domain.errors import ConflictError
from flinklab.domain.records import RegisteredCluster, RegisteredGateway, RegisteredStorage

Place: TypeAlias = "tuple[RegisteredCluster, RegisteredGateway | None, RegisteredStorage | None]"


class Registry:
    """`save_...` takes the version that was changed as `expected`, None for a new one, and gives back what is kept.

    They raise `ConflictError`, `UsageError`, and `SecretError` for a secret that is written out.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gateways = NamedRows(gateways, RegisteredGateway, "gateway", database)
        self._storages = NamedRows(storages, RegisteredStorage, "storage", database)
        self._clusters = NamedRows(clusters, RegisteredCluster, "cluster", database)

    def gateways(self, teams: Sequence[str]) -> Sequence[RegisteredGateway]:
        with self._database.reading() as connection:
            return self._gateways.list(connection, teams)

    def gateway(self, team: str, name: str) -> RegisteredGateway:
        """Raises `NotFoundError`."""
        with self._database.reading() as connection:
            return self._gateways.get(connection, team, name)

    def save_gateway(self, value: RegisteredGateway, *, expected: int | None) -> RegisteredGateway:
        check_gateway(value)
        with self._database.writing() as connection:
            return self._gateways.save(connection, value, expected)

    def delete_gateway(self, team: str, name: str, *, expected: int) -> None:
        """Raises `ConflictError` also while a cluster of the team is reached through it."""
        with self._database.writing() as connection:
            self._refuse_while_used(connection, "gateway", team, name)
            self._gateways.delete(connection, team, name, expected)

    def storages(self, teams: Sequence[str]) -> Sequence[RegisteredStorage]:
        with self._database.reading() as connection:
            return self._storages.list(connection, teams)

    def storage(self, team: str, name: str) -> RegisteredStorage:
        """Raises `NotFoundError`."""
        with self._database.reading() as connection:
            return self._storages.get(connection, team, name)

    def save_storage(self, value: RegisteredStorage, *, expected: int | None) -> RegisteredStorage:
        check_storage(value)
        with self._database.writing() as connection:
            return self._storages.save(connection, value, expected)

    def delete_storage(self, team: str, name: str, *, expected: int) -> None:
        """Raises `ConflictError` also while a cluster of the team uses it."""
        with self._database.writing() as connection:
            self._refuse_while_used(connection, "storage", team, name)
            self._storages.delete(connection, team, name, expected)

    def clusters(self, teams: Sequence[str]) -> Sequence[RegisteredCluster]:
        with self._database.reading() as connection:
            return self._clusters.list(connection, teams)

    def cluster(self, team: str, name: str) -> RegisteredCluster:
        """Raises `NotFoundError`."""
        with self._database.reading() as connection:
            return self._clusters.get(connection, team, name)

    def save_cluster(self, value: RegisteredCluster, *, expected: int | None) -> RegisteredCluster:
        """Raises `NotFoundError` also for a gateway or a storage that the team does not have."""
        check_cluster(value)
        with self._database.writing() as connection:
            self._parts(connection, value)
            return self._clusters.save(connection, value, expected)

    def delete_cluster(self, team: str, name: str, *, expected: int) -> None:
        with self._database.writing() as connection:
            self._clusters.delete(connection, team, name, expected)

    def cluster_on_path(self, name: str, search_path: Sequence[str]) -> Place:
        """The cluster of that name in the first team of the path that has one, or `team.name` of any team.

        With its gateway and its storage. Raises `NotFoundError`.
        """
        dots = [at for at, character in enumerate(name) if character == "."]
        candidates = [*((team, name) for team in search_path), *((name[:at], name[at + 1 :]) for at in dots)]
        with self._database.reading() as connection:
            wanted = [and_(teams_table.c.name == team, clusters.c.name == each) for team, each in candidates]
            statement = select(teams_table.c.name, clusters.c.name).join_from(teams_table, clusters)
            found = {(team, each) for team, each in connection.execute(statement.where(or_(False, *wanted)))}
            place = next((candidate for candidate in candidates if candidate in found), None)
            if place is None:
                known = self._clusters.list(connection, search_path)
                spellings = [spelling for each in known for spelling in (each.name, f"{each.team}.{each.name}")]
                raise not_found("cluster on the search path " + ", ".join(search_path), name, spellings)
            cluster = self._clusters.get(connection, *place)
            return cluster, *self._parts(connection, cluster)

    def _parts(
        self, connection: Connection, value: RegisteredCluster
    ) -> tuple[RegisteredGateway | None, RegisteredStorage | None]:
        gateway = self._gateways.get(connection, value.team, value.gateway) if value.gateway else None
        storage = self._storages.get(connection, value.team, value.storage) if value.storage else None
        return gateway, storage

    def _refuse_while_used(self, connection: Connection, noun: str, team: str, name: str) -> None:
        users = [each.name for each in self._clusters.list(connection, [team]) if getattr(each, noun) == name]
        if users:
            raise ConflictError(
                f"{noun} {name} of team {team} is used by cluster {', '.join(users)}",
                hint="change or delete what uses it first",
            )
