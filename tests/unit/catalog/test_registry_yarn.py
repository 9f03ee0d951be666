"""YARNs, the clusters on them, and pools of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import insert

from flinklab.catalog import schema
from flinklab.catalog.addresses import Addresses
from flinklab.catalog.database import Database
from flinklab.catalog.jobs import Jobs
from flinklab.catalog.people import People
from flinklab.catalog.registry import Registry
from flinklab.domain.errors import ConflictError, NotFoundError, NotPermittedError, SecretError, UsageError
from flinklab.domain.people import Role
from flinklab.domain.records import ClusterAddress, Pool, RegisteredCluster, RegisteredYarn
from job_records import a_job
from postgres import Login, PostgresServer
from teams import make_team

ID = "application_1700000000000_0001"
YARN = RegisteredYarn(
    "my",
    "prod",
    ("http://rm1:8088", "http://rm2:8088"),
    {"auth": "simple", "user": "ann"},
    "/etc/hadoop/conf",
    {"2.3": "/opt/flink"},
    {"yarn.staging-directory": "hdfs:///flink"},
    "ann",
    "for all",
)
SIZING = {"queue": "etl", "slots": 8, "tags": ["etl"], "config": {"a": "b"}}
CLUSTER = RegisteredCluster("my", "etl", "yarn", yarn="prod", sizing=SIZING, labels=("etl", "large"))


@pytest.fixture
def registry(database: Database) -> Registry:
    make_team(database, "other")
    return Registry(database)


@pytest.fixture
def addresses(database: Database) -> Addresses:
    return Addresses(database)


def test_a_yarn_is_found_by_name_and_on_the_path(registry: Registry) -> None:
    mine = registry.save_yarn(YARN, expected=None)
    others = registry.save_yarn(replace(YARN, team="other", urls=("http://rm",)), expected=None)
    assert mine == replace(YARN, version=1)
    assert registry.yarn("my", "prod") == mine
    assert registry.yarns(["other", "my"]) == [others, mine]
    assert registry.yarn_on_path("prod", ["my", "other"]) == mine
    assert registry.yarn_on_path("prod", ["other", "my"]) == others
    assert registry.yarn_on_path("other.prod", ["my"]) == others
    with pytest.raises(NotFoundError, match="no YARN on the search path my called 'prdo'") as caught:
        registry.yarn_on_path("prdo", ["my"])
    assert caught.value.hint == "did you mean prod?"
    with pytest.raises(NotFoundError, match="no YARN in team my called 'test'"):
        registry.yarn("my", "test")


def test_of_two_who_change_a_yarn_one_is_told(registry: Registry) -> None:
    registry.save_yarn(YARN, expected=None)
    registry.save_yarn(replace(YARN, hadoop_conf="/etc/conf"), expected=1)
    with pytest.raises(ConflictError, match="YARN prod of team my in the meantime"):
        registry.save_yarn(replace(YARN, urls=("http://rm3",)), expected=1)
    with pytest.raises(ConflictError, match="you saw version 1 of 2"):
        registry.delete_yarn("my", "prod", expected=1)
    registry.delete_yarn("my", "prod", expected=2)
    assert registry.yarns(["my"]) == []


def test_what_is_no_yarn_and_no_pool_is_not_kept(registry: Registry) -> None:
    with pytest.raises(SecretError):
        registry.save_yarn(replace(YARN, access={"token": "s3ntinel"}), expected=None)
    with pytest.raises(UsageError):
        registry.save_pool(Pool("my", "etl", ("a b",)), expected=None)
    with pytest.raises(UsageError, match="the name of a pool cannot be empty"):
        registry.save_pool(Pool("my", ""), expected=None)
    assert (registry.yarns(["my"]), registry.pools(["my"])) == ([], [])


def test_a_cluster_is_on_a_yarn_of_its_team_which_stays(registry: Registry) -> None:
    registry.save_yarn(replace(YARN, team="other"), expected=None)
    with pytest.raises(NotFoundError, match="no YARN in team my called 'prod'"):
        registry.save_cluster(CLUSTER, expected=None)
    registry.save_yarn(YARN, expected=None)
    kept = registry.save_cluster(CLUSTER, expected=None)
    assert kept == replace(CLUSTER, version=1)
    assert registry.cluster("my", "etl") == kept
    own = registry.save_cluster(RegisteredCluster("my", "apps", "yarn-application", yarn="prod"), expected=None)
    assert registry.clusters(["my"]) == [own, kept]
    with pytest.raises(ConflictError, match="YARN prod of team my is used by cluster apps, etl"):
        registry.delete_yarn("my", "prod", expected=1)
    registry.delete_yarn("other", "prod", expected=1)
    registry.delete_cluster("my", "apps", expected=1)
    registry.delete_cluster("my", "etl", expected=1)
    registry.delete_yarn("my", "prod", expected=1)


def test_a_pool_is_the_clusters_that_have_its_labels(registry: Registry) -> None:
    registry.save_yarn(YARN, expected=None)
    pool = registry.save_pool(Pool("my", "big", ("large", "etl"), "for heavy ones"), expected=None)
    every = registry.save_pool(Pool("my", "all"), expected=None)
    assert pool == Pool("my", "big", ("large", "etl"), "for heavy ones", 1)
    assert registry.pool("my", "big") == pool
    assert registry.pools(["my", "other"]) == [every, pool]
    for name, labels in {"a": ("etl", "large"), "b": ("etl",), "c": (), "d": ("large", "x", "etl")}.items():
        registry.save_cluster(replace(CLUSTER, name=name, labels=labels), expected=None)
    registry.save_cluster(RegisteredCluster("other", "e", "standalone", labels=("etl", "large")), expected=None)
    assert [each.name for each in registry.clusters_in("my", "big")] == ["a", "d"]
    assert [each.name for each in registry.clusters_in("my", "all")] == ["a", "b", "c", "d"]
    with pytest.raises(NotFoundError, match="no pool in team my called 'bog'"):
        registry.clusters_in("my", "bog")


def test_a_pool_with_a_job_in_it_stays(registry: Registry, database: Database) -> None:
    registry.save_pool(Pool("my", "etl"), expected=None)
    registry.save_pool(Pool("other", "etl"), expected=None)
    jobs = Jobs(database)
    assert jobs.add(a_job("a", pool="etl")).pool == "etl"
    with pytest.raises(ConflictError, match=r"pool etl of team my is used by job a \(dev\) \(take them"):
        registry.delete_pool("my", "etl", expected=1)
    for number in range(6):
        jobs.add(a_job(f"b{number}", "prod", pool="etl"))
    jobs.add(a_job("c"))
    with pytest.raises(ConflictError, match=r"a \(dev\), b0 \(prod\), .*, b3 \(prod\) and 2 more \("):
        registry.delete_pool("my", "etl", expected=1)
    registry.delete_pool("other", "etl", expected=1)
    assert [each.team for each in registry.pools(["my", "other"])] == ["my"]


def found(addresses: Addresses, application: str = ID) -> None:
    addresses.put(ClusterAddress("my", "etl", "http://node:1", application))


def test_an_address_goes_with_its_cluster(registry: Registry, addresses: Addresses) -> None:
    registry.save_yarn(YARN, expected=None)
    found(addresses)
    addresses.put(ClusterAddress("my", "another", "http://node:2"))
    addresses.put(ClusterAddress("other", "etl", "http://node:3"))
    registry.save_cluster(CLUSTER, expected=None)
    assert addresses.get("my", "etl") is None  # of one that had its name before
    found(addresses)
    with pytest.raises(ConflictError):
        registry.delete_cluster("my", "etl", expected=7)
    assert addresses.get("my", "etl") is not None
    registry.delete_cluster("my", "etl", expected=1)
    assert addresses.get("my", "etl") is None
    assert addresses.get("my", "another") is not None
    assert addresses.get("other", "etl") is not None


def test_an_address_stays_until_another_session_is_meant(registry: Registry, addresses: Addresses) -> None:
    registry.save_yarn(YARN, expected=None)
    registry.save_yarn(replace(YARN, name="test"), expected=None)
    now = registry.save_cluster(CLUSTER, expected=None)
    found(addresses)
    stays = [{"description": "x", "labels": ()}, {"application": ID}, {"application": ""}]
    for change in stays:
        now = registry.save_cluster(replace(now, **change), expected=now.version)  # type: ignore[arg-type]
        assert addresses.get("my", "etl") is not None
    goes = [
        {"application": ID.replace("1", "2")},
        {"application": "", "yarn": "test"},
        {"kind": "yarn-application"},
    ]
    for change in goes:
        now = registry.save_cluster(replace(now, **change), expected=now.version)  # type: ignore[arg-type]
        assert addresses.get("my", "etl") is None
        found(addresses)
    with pytest.raises(ConflictError):
        registry.save_cluster(replace(now, yarn="prod"), expected=1)
    assert addresses.get("my", "etl") is not None


def test_a_team_with_a_yarn_or_a_pool_is_kept_and_one_with_addresses_is_not(
    registry: Registry, addresses: Addresses, database: Database
) -> None:
    people = People(database)
    addresses.put(ClusterAddress("other", "etl", "http://node:1"))
    registry.save_yarn(replace(YARN, team="other"), expected=None)
    registry.save_pool(Pool("other", "etl"), expected=None)
    for delete in (registry.delete_yarn, registry.delete_pool):
        with pytest.raises(ConflictError):
            people.drop_team("other")
        delete("other", "prod" if delete == registry.delete_yarn else "etl", expected=1)
    people.drop_team("other")
    assert addresses.all("other") == {}


def test_a_viewer_registers_nothing_and_keeps_no_address(
    postgres_server: PostgresServer,
    catalog_owner: Login,
    postgres_database: str,
    postgresql_url: str,
    open_catalog: Callable[[str], Database],
) -> None:
    registry = Registry(open_catalog(postgresql_url))
    registry.save_yarn(YARN, expected=None)
    registry.save_pool(Pool("my", "etl"), expected=None)
    registry.save_cluster(CLUSTER, expected=None)
    login = postgres_server.create_login("viewer")
    owner = open_catalog(postgres_server.url(postgres_database, catalog_owner))
    People(owner).add_person(login.name)
    with owner.writing() as connection:
        team = schema.member.c.team_id
        my = connection.execute(schema.team.select().where(schema.team.c.name == "my")).one().id
        values = {team: my, schema.member.c.person: login.name, schema.member.c.role: int(Role.VIEWER)}
        connection.execute(insert(schema.member).values(values))
    seen = open_catalog(postgres_server.url(postgres_database, login))
    theirs = Registry(seen)
    assert theirs.yarn("my", "prod") == registry.yarn("my", "prod")
    for attempt in (
        lambda: theirs.save_yarn(replace(YARN, name="own"), expected=None),
        lambda: theirs.save_yarn(replace(YARN, hadoop_conf=""), expected=1),
        lambda: theirs.save_pool(Pool("my", "own"), expected=None),
        lambda: theirs.delete_pool("my", "etl", expected=1),
        lambda: theirs.save_cluster(replace(CLUSTER, labels=()), expected=1),
        lambda: Addresses(seen).put(ClusterAddress("my", "etl", "http://elsewhere:1", ID)),
    ):
        with pytest.raises(NotPermittedError):
            attempt()
    Addresses(open_catalog(postgresql_url)).put(ClusterAddress("my", "etl", "http://node:1", ID))
    known = Addresses(seen).get("my", "etl")
    assert known is not None and known.url == "http://node:1"
