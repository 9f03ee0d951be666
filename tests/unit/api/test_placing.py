"""Jobs of a pool as a supervisor places them: with its own login, which is not that of a person of the team."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.jobmanager import FakeJobManager
from fakes.managed import AT, add_cluster, add_job, ledger, running
from fakes.pooled import pooled
from flinklab.api import placing
from flinklab.api.placing import Placing
from flinklab.api.pool_members import Member, look_at
from flinklab.catalog.catalog import Catalog
from flinklab.catalog.database import Database
from flinklab.domain.ids import CommandId
from flinklab.domain.job_policies import Deployment
from flinklab.domain.jobs import Attempt, Command, CommandKind, CommandState, Managed
from flinklab.jobs.leaving import POOL
from flinklab.settings import Settings


def opened(database: Database, folder: Path) -> Catalog:
    return Catalog(database, folder / "key", team="my", environment="dev")


@pytest.fixture
def team(database: Database, tmp_path: Path) -> Catalog:
    """As the admin of a team has it; on both databases."""
    catalog = opened(database, tmp_path)
    add_cluster(catalog)
    return catalog


@pytest.fixture
def supervisor(supervisor_database: Database, tmp_path: Path) -> Catalog:
    return opened(supervisor_database, tmp_path)


@pytest.fixture
def clusters(team: Catalog) -> Iterator[dict[str, FakeJobManager]]:
    with pooled(team, one=2, two=3) as found:
        yield found


def lost(team: Catalog, supervisor: Catalog) -> Managed:
    """A job of the pool that ran on `one`."""
    job = add_job(team, cluster="one", pool="etl")
    its = ledger(supervisor, "one")
    its.keep(*running(job))
    (managed,) = its.load()
    return managed


def test_a_supervisor_places_what_a_team_put_into_a_pool(
    team: Catalog, supervisor: Catalog, clusters: dict[str, FakeJobManager], tmp_path: Path
) -> None:
    managed = lost(team, supervisor)
    places = Placing(supervisor, Settings(state_dir=tmp_path / "state"))
    assert [each.cluster.name for each in places.members("my", "etl")] == ["one", "two"]
    assert places.elsewhere(managed) == ""  # there is room where it is
    assert places.refuge(managed) == "two"


def test_what_arrived_but_was_not_seen_running_counts_as_taken(
    team: Catalog, supervisor: Catalog, clusters: dict[str, FakeJobManager], tmp_path: Path
) -> None:
    """Flink has taken the job and has not given it slots yet: its overview tells of three that are free."""
    managed = lost(team, supervisor)
    arrived = add_job(team, "sums", cluster="two", pool="etl", deployment=Deployment(parallelism=3))
    job, attempt, *others = running(arrived)
    assert isinstance(attempt, Attempt)
    ledger(supervisor, "two").keep(job, replace(attempt, running_at=None), *others)
    assert Placing(supervisor, Settings(state_dir=tmp_path / "state")).refuge(managed) == ""
    ledger(supervisor, "two").keep(attempt)  # it is seen running: now the overview tells of them
    assert Placing(supervisor, Settings(state_dir=tmp_path / "state")).refuge(managed) == "two"


def test_what_arrives_while_the_clusters_are_looked_at_counts_as_taken(
    team: Catalog,
    supervisor: Catalog,
    clusters: dict[str, FakeJobManager],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    managed = lost(team, supervisor)
    arriving = add_job(team, "sums", cluster="two", pool="etl", deployment=Deployment(parallelism=3))
    ledger(supervisor, "two").keep(replace(arriving.job, wanted=True))

    def slow(*given: Any) -> list[Member]:
        seen = look_at(*given)
        ledger(supervisor, "two").keep(*running(arriving))
        return seen

    monkeypatch.setattr(placing, "look_at", slow)
    assert Placing(supervisor, Settings(state_dir=tmp_path / "state")).refuge(managed) == ""


def test_the_order_of_the_pool_is_recorded_under_its_name_and_takes_the_job_there(
    team: Catalog, supervisor: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    job, its = lost(team, supervisor).job, ledger(supervisor, "one")
    arguments = {"cluster": "two", "lost": True}
    order = Command(CommandId("c" * 32), job.id, CommandKind.MOVE, arguments, asked_by=POOL, asked_at=AT)
    its.keep(order)
    (seen,) = team.jobs.get(job.key).commands
    assert (seen.asked_by, seen.arguments) == (POOL, arguments)
    begun = replace(seen, state=CommandState.RUNNING, before={"cluster": "two", "pool": "etl"})
    its.keep(begun, replace(job, cluster="two"))
    moved = team.jobs.get(job.key)
    assert (moved.job.cluster, moved.job.pool) == ("two", "etl")
    assert [each.before for each in moved.commands] == [{"cluster": "two", "pool": "etl"}]


def test_a_supervisor_takes_a_job_out_of_a_pool_and_into_one(
    team: Catalog, supervisor: Catalog, clusters: dict[str, FakeJobManager]
) -> None:
    job, its = lost(team, supervisor).job, ledger(supervisor, "one")
    for pool in ("", "etl"):
        (managed,) = its.load()
        its.keep(replace(managed.job, pool=pool))
        assert team.jobs.get(job.key).job.pool == pool
