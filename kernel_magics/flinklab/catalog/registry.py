"""Gateways, storages, YARNs, clusters and pools of them that a team knows by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from sqlalchemy import Connection

from flinklab.catalog.database import Database
from flinklab.catalog.named_rows import NamedRows
from flinklab.catalog.on_path import find_on_path
from flinklab.catalog.registration import check_cluster, check_gateway, check_pool, check_storage
from flinklab.catalog.registry_uses import (
    forget_address,
    forget_when_elsewhere,
    refuse_while_jobs_in,
    refuse_while_on,
)
from flinklab.catalog.schema import cluster as clusters
from flinklab.catalog.schema import gateway as gateways
from flinklab.catalog.schema import pool as pools
from flinklab.catalog.schema import storage as storages
from flinklab.catalog.schema import yarn as yarns
from flinklab.catalog.yarn_registration import check_yarn
from flinklab.domain.records import (
    Pool,
    RegisteredCluster,
    RegisteredGateway,
    RegisteredStorage,
    RegisteredYarn,
)

Place: TypeAlias = "tuple[RegisteredCluster, RegisteredGateway | None, RegisteredStorage | None]"


class Registry:
    """`save_...` takes the version that was changed as `expected`, None for a new one, and gives back what is kept.

    They raise `ConflictError`, `UsageError`, and `SecretError` for a secret that is written out.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gateways = NamedRows(gateways, RegisteredGateway, "gateway", database)
        self._storages = NamedRows(storages, RegisteredStorage, "storage", database)
        self._yarns = NamedRows(yarns, RegisteredYarn, "YARN", database)
        self._pools = NamedRows(pools, Pool, "pool", database)
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
            refuse_while_on(connection, "gateway", "gateway", team, name)
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
            refuse_while_on(connection, "storage", "storage", team, name)
            self._storages.delete(connection, team, name, expected)

    def yarns(self, teams: Sequence[str]) -> Sequence[RegisteredYarn]:
        with self._database.reading() as connection:
            return self._yarns.list(connection, teams)

    def yarn(self, team: str, name: str) -> RegisteredYarn:
        """Raises `NotFoundError`."""
        with self._database.reading() as connection:
            return self._yarns.get(connection, team, name)

    def yarn_on_path(self, name: str, search_path: Sequence[str]) -> RegisteredYarn:
        """As `cluster_on_path`. Raises `NotFoundError`."""
        with self._database.reading() as connection:
            return find_on_path(connection, self._yarns, name, search_path)

    def save_yarn(self, value: RegisteredYarn, *, expected: int | None) -> RegisteredYarn:
        check_yarn(value)
        with self._database.writing() as connection:
            return self._yarns.save(connection, value, expected)

    def delete_yarn(self, team: str, name: str, *, expected: int) -> None:
        """Raises `ConflictError` also while a cluster of the team is on it."""
        with self._database.writing() as connection:
            refuse_while_on(connection, "yarn", "YARN", team, name)
            self._yarns.delete(connection, team, name, expected)

    def pools(self, teams: Sequence[str]) -> Sequence[Pool]:
        with self._database.reading() as connection:
            return self._pools.list(connection, teams)

    def pool(self, team: str, name: str) -> Pool:
        """Raises `NotFoundError`."""
        with self._database.reading() as connection:
            return self._pools.get(connection, team, name)

    def save_pool(self, value: Pool, *, expected: int | None) -> Pool:
        check_pool(value)
        with self._database.writing() as connection:
            return self._pools.save(connection, value, expected)

    def delete_pool(self, team: str, name: str, *, expected: int) -> None:
        """Raises `ConflictError` also while a job of the team is in it."""
        with self._database.writing() as connection:
            refuse_while_jobs_in(connection, team, name)
            self._pools.delete(connection, team, name, expected)

    def clusters_in(self, team: str, pool: str) -> Sequence[RegisteredCluster]:
        """Those that have all labels of the pool, by name; all of the team for a pool without labels.

        Raises `NotFoundError`.
        """
        with self._database.reading() as connection:
            wanted = set(self._pools.get(connection, team, pool).labels)
            return [each for each in self._clusters.list(connection, [team]) if wanted <= set(each.labels)]

    def clusters(self, teams: Sequence[str]) -> Sequence[RegisteredCluster]:
        with self._database.reading() as connection:
            return self._clusters.list(connection, teams)

    def cluster(self, team: str, name: str) -> RegisteredCluster:
        """Raises `NotFoundError`."""
        with self._database.reading() as connection:
            return self._clusters.get(connection, team, name)

    def save_cluster(self, value: RegisteredCluster, *, expected: int | None) -> RegisteredCluster:
        """Raises `NotFoundError` also for a gateway, a storage or a YARN that the team does not have.

        Where its JobManager was found is forgotten when it is to be another one.
        """
        check_cluster(value)
        with self._database.writing() as connection:
            self._parts(connection, value)
            if value.yarn:
                self._yarns.get(connection, value.team, value.yarn)
            before = self._clusters.find(connection, value.team, value.name)
            kept = self._clusters.save(connection, value, expected)
            forget_when_elsewhere(connection, before, kept)
            return kept

    def delete_cluster(self, team: str, name: str, *, expected: int) -> None:
        """With where its JobManager was found."""
        with self._database.writing() as connection:
            self._clusters.delete(connection, team, name, expected)
            forget_address(connection, team, name)

    def cluster_on_path(self, name: str, search_path: Sequence[str]) -> Place:
        """The cluster of that name in the first team of the path that has one, or `team.name` of any team.

        With its gateway and its storage. Raises `NotFoundError`.
        """
        with self._database.reading() as connection:
            cluster = find_on_path(connection, self._clusters, name, search_path)
            return cluster, *self._parts(connection, cluster)

    def _parts(
        self, connection: Connection, value: RegisteredCluster
    ) -> tuple[RegisteredGateway | None, RegisteredStorage | None]:
        gateway = self._gateways.get(connection, value.team, value.gateway) if value.gateway else None
        storage = self._storages.get(connection, value.team, value.storage) if value.storage else None
        return gateway, storage
