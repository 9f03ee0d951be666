"""What a cluster's page shows, from a fake cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from fakes.managed import add_cluster
from fakes.watched import CLUSTER, Watched, watched
from flinklab.api import cluster_page
from flinklab.domain.errors import NotFoundError


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        with watched(quiet=0) as world:
            yield world


def test_its_jobs_are_told_with_whose_they_are(world: Watched) -> None:
    stranger = world.jobmanager.add_job("stranger")
    found = cluster_page.overview(CLUSTER, world.catalog, wait=60)
    assert found["trouble"] == ""
    assert found["at"] is not None
    jobs = {each["flink_id"]: each for each in found["jobs"]}
    assert jobs[world.orders]["key"] == {"team": "my", "name": "orders", "environment": "dev"}
    assert jobs[stranger]["key"] is None
    json.dumps(found, allow_nan=False)


def test_its_processes_tell_their_memory(world: Watched) -> None:
    found = cluster_page.overview(CLUSTER, world.catalog, wait=60)
    assert found["processes"][0]["host"] == "JobManager"
    assert found["processes"][0]["slots"] is None
    for each in found["processes"]:
        for memory in each["memory"].values():
            assert memory["used"] >= 0


def test_of_a_cluster_that_does_not_answer_why_is_said(world: Watched) -> None:
    add_cluster(world.catalog, "gone")
    found = cluster_page.overview("gone", world.catalog, wait=60)
    assert found["at"] is None
    assert found["trouble"]
    assert found["jobs"] == []


def test_one_that_takes_longer_than_a_person_waits_is_said(world: Watched) -> None:
    found = cluster_page.overview(CLUSTER, world.catalog, wait=0)
    assert found["at"] is None
    assert "has not answered yet" in found["trouble"]


def test_a_cluster_that_there_is_not_is_said(world: Watched) -> None:
    with pytest.raises(NotFoundError):
        cluster_page.overview("nowhere", world.catalog)
