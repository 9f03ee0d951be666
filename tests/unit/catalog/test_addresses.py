"""Where JobManagers were found, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from flinklab.catalog import clock
from flinklab.catalog.addresses import Addresses
from flinklab.catalog.database import Database
from flinklab.domain.errors import NotFoundError, SecretError, UsageError
from flinklab.domain.records import ClusterAddress
from teams import make_team

ADDRESS = ClusterAddress("my", "etl", "http://node:40001", "application_1700000000000_0001")


@pytest.fixture
def addresses(database: Database) -> Addresses:
    make_team(database, "other")
    return Addresses(database)


def test_an_address_is_kept_with_when_it_was_found(addresses: Addresses, database: Database) -> None:
    assert addresses.get("my", "etl") is None
    with database.reading() as connection:
        before = connection.execute(select(clock.now(connection))).scalar_one()
    kept = addresses.put(ADDRESS)
    with database.reading() as connection:
        after = connection.execute(select(clock.now(connection))).scalar_one()
    assert kept.found_at is not None and before <= kept.found_at <= after
    assert kept == replace(ADDRESS, found_at=kept.found_at)
    assert addresses.get("my", "etl") == kept


def test_the_one_found_last_holds(addresses: Addresses) -> None:
    first = addresses.put(ADDRESS)
    moved = addresses.put(replace(ADDRESS, url="http://other:40002", application="", found_at=first.found_at))
    assert addresses.get("my", "etl") == moved
    assert (moved.url, moved.application) == ("http://other:40002", "")
    assert moved.found_at is not None and first.found_at is not None and moved.found_at >= first.found_at


def test_addresses_are_a_teams_by_cluster(addresses: Addresses) -> None:
    etl, adhoc = addresses.put(ADDRESS), addresses.put(replace(ADDRESS, cluster="adhoc"))
    others = addresses.put(replace(ADDRESS, team="other"))
    assert addresses.all("my") == {"etl": etl, "adhoc": adhoc}
    assert addresses.all("other") == {"etl": others}
    assert addresses.all("nobodys") == {}
    assert addresses.get("nobodys", "etl") is None


def test_what_is_forgotten_is_gone(addresses: Addresses) -> None:
    addresses.put(ADDRESS)
    others = addresses.put(replace(ADDRESS, team="other"))
    addresses.forget("my", "etl")
    addresses.forget("my", "etl")
    assert addresses.all("my") == {}
    assert addresses.get("other", "etl") == others


def test_of_many_who_find_it_at_once_one_is_kept(addresses: Addresses) -> None:
    urls = [f"http://node:{number}" for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda url: addresses.put(replace(ADDRESS, url=url)), urls))
    kept = addresses.all("my")
    assert list(kept) == ["etl"] and kept["etl"].url in urls


def test_a_supervisor_finds_addresses_in_every_team(addresses: Addresses, supervisor_database: Database) -> None:
    addresses.put(ADDRESS)
    supervisors = Addresses(supervisor_database)
    for team in ("my", "other"):
        moved = supervisors.put(replace(ADDRESS, team=team, url="http://moved:1"))
        assert addresses.get(team, "etl") == moved
        supervisors.forget(team, "etl")
        assert addresses.get(team, "etl") is None


@pytest.mark.parametrize(
    ("address", "error", "why"),
    [
        (replace(ADDRESS, team="nobodys"), NotFoundError, "no team called 'nobodys'"),
        (replace(ADDRESS, url="node:40001"), UsageError, "the JobManager's address is no address"),
        (replace(ADDRESS, url="http://ann:s3ntinel@node"), SecretError, "has a password in it"),
    ],
)
def test_what_is_no_address_is_not_kept(
    addresses: Addresses, address: ClusterAddress, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        addresses.put(address)
    assert addresses.all("my") == {}
