"""What is read of a job, a cluster and a team: from the records, from the cluster, and when one of them is away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from fakes.managed import AT, add_job, ledger, running
from fakes.watched import CLUSTER, Watched, sample_of, watched
from flinklab.api import watching
from flinklab.api.looking import Subject, subject_of_job
from flinklab.api.watching import Watch
from flinklab.api.watching_cluster import ClusterPicture, ClusterWatch
from flinklab.api.watching_job import JobPicture, JobWatch
from flinklab.api.watching_team import TeamWatch
from flinklab.domain.errors import CatalogUnavailableError, NotFoundError
from flinklab.domain.jobs import AttemptState, CommandKind, ManagedState

_LONG = 30  # s: a bound, not a time
P = TypeVar("P", JobPicture, ClusterPicture)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with watched() as world:
        yield world


@pytest.fixture
def job(world: Watched) -> Iterator[JobWatch]:
    def reopen() -> Subject:
        return subject_of_job("orders", None, world.catalog)

    watch = JobWatch(reopen(), world.catalog, reopen, live_every=0.01)
    yield watch
    watch.close()


@pytest.fixture
def cluster(world: Watched) -> Iterator[ClusterWatch]:
    watch = watching.watch_cluster(CLUSTER, world.catalog)
    yield watch
    watch.close()


def until(look: Callable[[], P], true: Callable[[P], bool]) -> P:
    end = time.monotonic() + _LONG
    while not true(picture := look()):
        assert time.monotonic() < end, picture
        time.sleep(0.01)
    return picture


def test_the_first_picture_of_a_job_is_from_the_records_and_waits_for_no_cluster(job: JobWatch) -> None:
    picture = job.look()
    assert (picture.title, picture.state, picture.waits) == ("my.orders (dev)", "running", True)
    assert picture.vitals["rows_out"] == 1200.0
    assert picture.vitals["backpressured"] > 0.5
    assert len(picture.history) > 30
    assert picture.graph is not None
    assert len(picture.graph.vertices) == 3
    assert [each.checkpoint_id for each in picture.checkpoints] == [6, 5, 4, 3, 2, 1]
    assert "NumberFormatException" in picture.failures[0].message


def test_then_the_cluster_says_how_it_is_now(job: JobWatch, world: Watched) -> None:
    picture = until(job.look, lambda picture: not picture.waits)
    source = world.vertex("Source")
    assert picture.url == world.jobmanager.url
    assert picture.live_at is not None
    assert picture.graph is not None
    assert picture.graph.vertices[0].id == source
    assert picture.vitals["backpressured"] == pytest.approx(0.8)
    assert picture.history[0][0] < picture.history[-1][0]


def test_a_cluster_that_is_away_leaves_the_last_picture_with_its_age(job: JobWatch, world: Watched) -> None:
    before = until(job.look, lambda picture: not picture.waits)
    world.jobmanager.stop()
    after = until(job.look, lambda picture: "cannot reach" in picture.trouble)
    assert job.look().live_at == after.live_at
    assert after.live_at is not None and before.live_at is not None and after.live_at >= before.live_at
    assert after.graph == before.graph
    assert after.state == "running"


def test_records_that_cannot_be_read_leave_the_last_picture(
    job: JobWatch, world: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    job.look()

    def away(key: object) -> None:
        raise CatalogUnavailableError("the catalog is away")

    monkeypatch.setattr(world.catalog.jobs, "get", away)
    picture = job.look()
    assert picture.state == "running"
    assert picture.trouble == "the records cannot be read: the catalog is away"
    assert picture.checkpoints


def test_a_deleted_job_is_over(job: JobWatch, world: Watched) -> None:
    found = job.look().managed
    assert found is not None
    ledger(world.catalog, CLUSTER).delete(found.job.id)
    picture = job.look()
    assert (picture.state, picture.is_over) == ("deleted", True)


def test_a_job_that_does_not_run_asks_no_cluster(world: Watched) -> None:
    requests = len(world.jobmanager.requests)
    watch = watching.watch_job("late", catalog=world.catalog)
    picture = watch.look()
    assert (picture.state, picture.waits) == ("failed", False)
    assert len(world.jobmanager.requests) == requests
    watch.close()


def test_a_new_attempt_is_followed(job: JobWatch, world: Watched) -> None:
    until(job.look, lambda picture: not picture.waits)
    found = job.look().managed
    assert found is not None
    assert found.attempt is not None
    its = ledger(world.catalog, CLUSTER)
    its.keep(replace(found.attempt, state=AttemptState.FAILED, ended_at=AT))
    its.keep(*running(replace(found)))
    picture = job.look()
    assert picture.flink_id != world.orders
    assert picture.waits, "what was heard is of the attempt before"


def test_open_commands_stand_in_the_picture(job: JobWatch, world: Watched) -> None:
    from flinklab import api

    api.job("orders", catalog=world.catalog).ask(CommandKind.SAVEPOINT)
    managed = job.look().managed
    assert managed is not None
    assert [each.kind for each in managed.commands] == [CommandKind.SAVEPOINT]


def test_a_cluster_shows_its_jobs_ours_and_others(cluster: ClusterWatch, world: Watched) -> None:
    world.jobmanager.add_job("somebody's")
    picture = until(cluster.look, lambda picture: not picture.waits)
    ours, other = picture.jobs
    assert ours.managed is not None
    assert ours.managed.job.key.name == "orders"
    assert (other.job.name, other.managed) == ("somebody's", None)
    jobmanager, machine = picture.processes
    assert jobmanager.machine is None
    assert machine.machine is not None
    assert machine.machine.slots >= ours.slots > 0
    assert jobmanager.values["heap_used"] > 0


def test_a_cluster_that_never_answered_says_so(cluster: ClusterWatch, world: Watched) -> None:
    world.jobmanager.stop()
    picture = until(cluster.look, lambda picture: bool(picture.trouble))
    assert (picture.at, picture.jobs, picture.waits) == (None, (), False)


def test_a_team_is_read_from_the_records_alone(world: Watched) -> None:
    requests = len(world.jobmanager.requests)
    picture = watching.watch_team(catalog=world.catalog).look()
    assert len(world.jobmanager.requests) == requests
    assert [each.managed.job.key.name for each in picture.jobs] == [
        "late",
        "orders",
        "quiet_000",
        "quiet_001",
        "quiet_002",
    ]
    of = {each.managed.job.key.name: each for each in picture.jobs}
    assert of["orders"].vitals["backpressured"] > 0.5
    assert of["orders"].checkpoint is not None
    assert of["late"].vitals == {}


def test_old_numbers_are_not_shown_as_if_they_were_new(world: Watched) -> None:
    managed = world.catalog.jobs.list([world.catalog.team])[-1]
    watch = TeamWatch(world.catalog)
    at = watch.look().at
    assert at is not None
    its = ledger(world.catalog, CLUSTER)
    its.series.append([sample_of(managed.job, at.timestamp() - 5)])
    assert watch.look().jobs[-1].vitals["lag"] == 2.0
    later = TeamWatch(world.catalog, now=lambda: at + timedelta(minutes=5))
    assert later.look().jobs[-1].vitals == {}


def test_a_team_whose_records_are_away_keeps_the_last_picture(
    world: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = TeamWatch(world.catalog)
    before = watch.look()

    def away(*args: object) -> None:
        raise CatalogUnavailableError("the catalog is away")

    monkeypatch.setattr(world.catalog.series, "newest", away)
    after = watch.look()
    assert (after.at, after.jobs) == (before.at, before.jobs)
    assert "the catalog is away" in after.trouble


def test_a_name_is_a_job_before_a_cluster_before_a_team(world: Watched) -> None:
    def kind(name: str) -> type[Watch]:
        watch = watching.watch(name, catalog=world.catalog)
        watch.close()
        return type(watch)

    assert kind("orders") is JobWatch
    assert kind(CLUSTER) is ClusterWatch
    assert kind(world.catalog.team) is TeamWatch
    add_job(world.catalog, CLUSTER, cluster=CLUSTER)
    assert kind(CLUSTER) is JobWatch


def test_an_unknown_name_says_what_was_probably_meant(world: Watched) -> None:
    with pytest.raises(NotFoundError, match="no job, no cluster and no team called 'ordres'") as raised:
        watching.watch("ordres", catalog=world.catalog)
    assert raised.value.hint == "did you mean orders?"
    add_job(world.catalog, "elsewhere", environment="prod", cluster=CLUSTER)
    with pytest.raises(NotFoundError) as raised:
        watching.watch("elsewhere", catalog=world.catalog)
    assert "it is in prod" in str(raised.value.hint)
    with pytest.raises(NotFoundError, match="no team 'x'"):
        watching.watch_team("x", catalog=world.catalog)


def test_states_are_those_of_the_records(world: Watched) -> None:
    picture = watching.watch_team(catalog=world.catalog).look()
    assert picture.jobs[0].managed.status.state is ManagedState.FAILED
