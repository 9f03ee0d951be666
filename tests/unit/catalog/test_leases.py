"""Who looks after which cluster: one at a time, whoever asks and however many at once; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from flinklab.catalog.database import Database
from flinklab.catalog.leases import SupervisorLeases
from flinklab.domain.errors import NotFoundError, NotPermittedError
from flinklab.domain.jobs import ClusterKey
from job_records import CLUSTER, LONG, Site, a_job
from teams import make_team


@pytest.fixture
def leases(site: Site) -> SupervisorLeases:
    return site.leases


def expire(database: Database) -> None:
    """As if the time of all leases were over."""
    with database.writing() as connection:
        connection.execute(text("UPDATE cluster_lease SET until = '2026-01-01 00:00:00.000000'"))


def test_a_lease_is_one_supervisors(leases: SupervisorLeases) -> None:
    first = leases.acquire(CLUSTER, "s1", LONG)
    assert first is not None
    assert (first.cluster, first.holder, first.epoch) == (CLUSTER, "s1", 1)
    assert leases.acquire(CLUSTER, "s2", LONG) is None
    assert leases.acquire(ClusterKey("my", "another"), "s2", LONG) is not None


def test_renewing_keeps_the_epoch_and_moves_the_end(leases: SupervisorLeases) -> None:
    first, again = leases.acquire(CLUSTER, "s1", 60), leases.acquire(CLUSTER, "s1", 120)
    assert first is not None and again is not None
    assert first.until is not None and again.until is not None
    assert again.epoch == first.epoch
    assert again.until - first.until >= timedelta(seconds=60)


def test_the_end_is_by_the_databases_clock(site: Site, leases: SupervisorLeases) -> None:
    ledger = site.take(seconds=60)
    until = ledger.lease.until
    assert until is not None
    assert timedelta(seconds=30) < until - ledger.now() <= timedelta(seconds=60)


@pytest.mark.parametrize("taker", ["s1", "s2"])
def test_what_ran_out_is_taken_under_a_new_epoch(
    leases: SupervisorLeases, supervisor_database: Database, taker: str
) -> None:
    leases.acquire(CLUSTER, "s1", LONG)
    expire(supervisor_database)
    taken = leases.acquire(CLUSTER, taker, LONG)
    assert taken is not None
    assert (taken.holder, taken.epoch) == (taker, 2)
    assert leases.acquire(CLUSTER, "s3", LONG) is None


def test_a_lease_of_no_time_is_free_at_once(leases: SupervisorLeases) -> None:
    leases.acquire(CLUSTER, "s1", 0)
    taken = leases.acquire(CLUSTER, "s2", LONG)
    assert taken is not None and taken.epoch == 2


def test_what_is_given_back_is_free(leases: SupervisorLeases) -> None:
    lease = leases.acquire(CLUSTER, "s1", LONG)
    assert lease is not None
    leases.release(lease)
    taken = leases.acquire(CLUSTER, "s2", LONG)
    assert taken is not None and taken.epoch == 2
    leases.release(lease)  # too late: it is another's
    leases.release(replace(taken, epoch=1))
    assert leases.acquire(CLUSTER, "s1", LONG) is None


@pytest.mark.parametrize("state", ["none", "expired"])
def test_of_many_who_take_it_at_once_one_has_it(
    leases: SupervisorLeases,
    supervisor_database: Database,
    open_catalog: Callable[[str], Database],
    state: str,
) -> None:
    if state == "expired":
        leases.acquire(CLUSTER, "before", LONG)
        expire(supervisor_database)
    url = supervisor_database.url.render_as_string(hide_password=False)
    many = [SupervisorLeases(open_catalog(url)) for _ in range(6)]
    with ThreadPoolExecutor(len(many)) as pool:
        taken = list(pool.map(lambda n: many[n].acquire(CLUSTER, f"s{n}", LONG), range(len(many))))
    winners = [lease for lease in taken if lease is not None]
    assert [lease.epoch for lease in winners] == [2 if state == "expired" else 1]


def test_a_team_that_is_not_there_has_no_lease(leases: SupervisorLeases) -> None:
    with pytest.raises(NotFoundError, match="no team called 'nobodys'"):
        leases.acquire(ClusterKey("nobodys", "c"), "s1", LONG)


def test_clusters_are_those_with_jobs(site: Site, database: Database) -> None:
    make_team(database, "dw")
    assert site.leases.clusters() == []
    for job in (a_job("a"), a_job("b"), a_job("c", cluster="yarn"), a_job("a", team="dw")):
        site.jobs.add(job)
    wanted = [ClusterKey("dw", "session"), ClusterKey("my", "session"), ClusterKey("my", "yarn")]
    assert site.leases.clusters() == wanted


def test_a_supervisor_signs_in_lives_and_signs_out(site: Site, supervisor_database: Database) -> None:
    leases = site.leases
    leases.sign_in("s1", "host", 17)
    site.take()
    leases.acquire(ClusterKey("my", "another"), "s1", 0)  # not held any more
    (seen,) = site.jobs.supervisors()
    assert (seen.name, seen.host, seen.pid, seen.alive, seen.clusters) == ("s1", "host", 17, True, (CLUSTER,))
    with supervisor_database.writing() as connection:
        connection.execute(text("UPDATE supervisor SET seen_at = '2026-01-01 00:00:00.000000'"))
    assert not site.jobs.supervisors()[0].alive
    leases.beat("s1")
    assert site.jobs.supervisors()[0].alive
    leases.sign_in("s1", "host", 18)
    (again,) = site.jobs.supervisors()
    assert again.pid == 18 and again.started_at >= seen.started_at
    leases.sign_out("s1")
    assert site.jobs.supervisors() == []


def test_one_that_died_long_ago_is_forgotten_when_another_comes(site: Site, supervisor_database: Database) -> None:
    site.leases.sign_in("dead", "host", 1)
    with supervisor_database.writing() as connection:
        connection.execute(text("UPDATE supervisor SET seen_at = '2026-01-01 00:00:00.000000'"))
    assert [seen.name for seen in site.jobs.supervisors()] == ["dead"]
    site.leases.sign_in("s1", "host", 2)
    assert [seen.name for seen in site.jobs.supervisors()] == ["s1"]


def test_a_person_takes_no_lease_of_a_shared_database(database: Database) -> None:
    if not database.is_shared:
        return
    with pytest.raises(NotPermittedError):
        SupervisorLeases(database).acquire(CLUSTER, "ann", LONG)
