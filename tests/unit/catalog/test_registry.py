from __future__ import annotations

from dataclasses import replace

import pytest

from flinklab.catalog.database import Database
from flinklab.catalog.registry import Registry
from flinklab.domain.errors import ConflictError, NotFoundError, SecretError, UsageError
from flinklab.domain.records import RegisteredCluster, RegisteredGateway, RegisteredStorage
from teams import make_team

SECRET = "s3ntinel"
ACCESS = {
    "jobmanager_url": "http://jm:8081",
    "user": "ann",
    "password": "env:GATEWAY_PASSWORD",
    "headers": {"X-Key": "keyring:flink/key"},
    "properties": {"pipeline.name": "x", "s3.secret-key": "${s3_key}"},
}
GATEWAY = RegisteredGateway("my", "main", "https://gateway:8083", ACCESS, "2.3.0", "ann", "for all")
STORAGE = RegisteredStorage("my", "lake", "s3://bucket/exchange")
CLUSTER = RegisteredCluster(
    "my", "prod", "yarn", "http://jm:8081", "main", "lake", "2.3.0", {"parallelism.default": "4"}, "ann", "big"
)


@pytest.fixture
def registry(database: Database) -> Registry:
    make_team(database, "other")
    return Registry(database)


def test_what_is_registered_is_found_by_name(registry: Registry) -> None:
    gateway = registry.save_gateway(GATEWAY, expected=None)
    storage = registry.save_storage(STORAGE, expected=None)
    cluster = registry.save_cluster(CLUSTER, expected=None)
    assert (gateway, storage, cluster) == tuple(replace(each, version=1) for each in (GATEWAY, STORAGE, CLUSTER))
    assert registry.gateway("my", "main") == gateway
    assert registry.storage("my", "lake") == storage
    assert registry.cluster("my", "prod") == cluster
    assert registry.gateways(["other", "my"]) == [gateway]
    assert registry.storages(["my"]) == [storage]
    assert registry.clusters(["my"]) == [cluster]
    assert registry.clusters(["other"]) == []


def test_two_people_cannot_change_one_cluster_at_once(registry: Registry) -> None:
    alone = replace(CLUSTER, gateway=None, storage=None)
    registry.save_cluster(alone, expected=None)
    registry.save_cluster(replace(alone, defaults={"parallelism.default": "8"}), expected=1)
    with pytest.raises(ConflictError) as caught:
        registry.save_cluster(replace(alone, flink_version="2.4"), expected=1)
    details = caught.value.details or ""
    assert "-parallelism.default = 8" in details
    assert "+2.4" in details
    with pytest.raises(ConflictError, match="you saw version 1 of 2"):
        registry.delete_cluster("my", "prod", expected=1)
    registry.delete_cluster("my", "prod", expected=2)
    assert registry.clusters(["my"]) == []


def test_a_cluster_names_only_what_its_team_has(registry: Registry) -> None:
    registry.save_gateway(replace(GATEWAY, team="other"), expected=None)
    with pytest.raises(NotFoundError, match="no gateway in team my called 'main'"):
        registry.save_cluster(CLUSTER, expected=None)
    registry.save_gateway(GATEWAY, expected=None)
    with pytest.raises(NotFoundError, match="no storage in team my called 'lake'"):
        registry.save_cluster(CLUSTER, expected=None)
    assert registry.clusters(["my"]) == []


def test_what_a_cluster_uses_stays(registry: Registry) -> None:
    registry.save_gateway(GATEWAY, expected=None)
    registry.save_storage(STORAGE, expected=None)
    registry.save_cluster(CLUSTER, expected=None)
    with pytest.raises(ConflictError, match="gateway main of team my is used by cluster prod"):
        registry.delete_gateway("my", "main", expected=1)
    with pytest.raises(ConflictError, match="storage lake of team my is used by cluster prod"):
        registry.delete_storage("my", "lake", expected=1)
    registry.delete_cluster("my", "prod", expected=1)
    registry.delete_gateway("my", "main", expected=1)
    registry.delete_storage("my", "lake", expected=1)
    assert (registry.gateways(["my"]), registry.storages(["my"])) == ([], [])


def test_a_cluster_is_found_on_the_path_with_what_belongs_to_it(registry: Registry) -> None:
    gateway = registry.save_gateway(GATEWAY, expected=None)
    storage = registry.save_storage(STORAGE, expected=None)
    mine = registry.save_cluster(CLUSTER, expected=None)
    other = registry.save_cluster(RegisteredCluster("other", "prod", "standalone"), expected=None)
    assert registry.cluster_on_path("prod", ["my", "other"]) == (mine, gateway, storage)
    assert registry.cluster_on_path("prod", ["other", "my"]) == (other, None, None)
    assert registry.cluster_on_path("other.prod", ["my"]) == (other, None, None)
    assert registry.cluster_on_path("other.prod", []) == (other, None, None)


def test_dots_may_be_in_names(registry: Registry, database: Database) -> None:
    make_team(database, "a.b")
    dotted = registry.save_cluster(RegisteredCluster("my", "eu.prod", "embedded"), expected=None)
    inner = registry.save_cluster(RegisteredCluster("a.b", "c", "embedded"), expected=None)
    assert registry.cluster_on_path("eu.prod", ["my"])[0] == dotted
    assert registry.cluster_on_path("my.eu.prod", [])[0] == dotted
    assert registry.cluster_on_path("a.b.c", [])[0] == inner


def test_an_unknown_cluster_is_said_with_the_one_that_was_meant(registry: Registry) -> None:
    registry.save_cluster(RegisteredCluster("my", "production", "standalone"), expected=None)
    with pytest.raises(NotFoundError, match="no cluster on the search path my called 'prodution'") as caught:
        registry.cluster_on_path("prodution", ["my"])
    assert caught.value.hint == "did you mean production?"
    with pytest.raises(NotFoundError, match="no team called 'sales'"):
        registry.cluster_on_path("x", ["sales"])


def test_what_may_not_be_registered_is_not_kept(registry: Registry) -> None:
    with pytest.raises(SecretError):
        registry.save_gateway(replace(GATEWAY, access={"token": SECRET}), expected=None)
    with pytest.raises(SecretError):
        registry.save_storage(replace(STORAGE, uri=f"s3://key:{SECRET}@bucket"), expected=None)
    with pytest.raises(UsageError):
        registry.save_cluster(replace(CLUSTER, kind="mesos"), expected=None)
    assert (registry.gateways(["my"]), registry.storages(["my"]), registry.clusters(["my"])) == ([], [], [])
