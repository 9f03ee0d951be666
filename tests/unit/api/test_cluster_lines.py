"""Clusters as lines: counted from the jobs' lines and the records; none is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fakes.managed import AT, add_cluster, add_job, ledger, running
from flinklab.api.cluster_lines import ClusterLine, cluster_lines, cluster_page, find_cluster
from flinklab.api.job_lines import job_lines
from flinklab.catalog.catalog import Catalog
from flinklab.domain.errors import NotFoundError
from flinklab.domain.jobs import ClusterKey, ClusterSeen, ManagedState, Status
from flinklab.domain.records import RegisteredCluster


@pytest.fixture
def clusters(own: Catalog) -> Catalog:
    """At `main` two jobs run and one failed, `silent` does not answer, at `new` nobody looked."""
    for name in ("silent", "main", "new"):
        add_cluster(own, name)
    its = ledger(own)
    for name in ("a", "b"):
        its.keep(*running(add_job(own, name)))
    its.keep(Status(add_job(own, "c").job.id, ManagedState.FAILED, AT))
    its.seen("incarnation", None, "")
    add_job(own, "d", cluster="new")
    ledger(own, "silent").seen("", AT - timedelta(hours=1), "connection refused")
    return own


def lines(catalog: Catalog) -> dict[str, ClusterLine]:
    return {each.cluster.name: each for each in cluster_lines(catalog, job_lines(catalog))}


def test_they_come_by_name_with_the_jobs_counted(clusters: Catalog) -> None:
    found = lines(clusters)
    assert list(found) == ["main", "new", "silent"]
    assert {name: (each.jobs, each.running, each.problems) for name, each in found.items()} == {
        "main": (3, 2, 1),
        "new": (1, 0, 0),
        "silent": (0, 0, 0),
    }


def test_a_state_is_what_was_seen_last(clusters: Catalog) -> None:
    found = lines(clusters)
    states = {name: each.state for name, each in found.items()}
    assert states == {"main": "up", "new": "unknown", "silent": "silent"}
    assert found["silent"].since == AT - timedelta(hours=1)
    assert found["new"].since is None


@pytest.mark.parametrize(
    ("seen", "state", "since"),
    [
        (None, "unknown", None),
        (ClusterSeen(ClusterKey("my", "main")), "unknown", None),
        (ClusterSeen(ClusterKey("my", "main"), seen_at=AT), "up", AT),
        (
            ClusterSeen(ClusterKey("my", "main"), seen_at=AT, silent_since=AT - timedelta(1)),
            "silent",
            AT - timedelta(1),
        ),
    ],
)
def test_a_silence_hides_when_it_was_seen(seen: ClusterSeen | None, state: str, since: object) -> None:
    line = ClusterLine(RegisteredCluster("my", "main", "standalone"), seen)
    assert (line.state, line.since) == (state, since)


def test_a_page_has_its_own_jobs_and_who_looks_after_it(clusters: Catalog) -> None:
    page = cluster_page(clusters, "main", None, job_lines(clusters))
    assert [each.key.name for each in page.jobs] == ["a", "b", "c"]
    assert page.line == lines(clusters)["main"]
    assert page.supervisor == "test"
    assert cluster_page(clusters, "new", "my", job_lines(clusters)).supervisor == ""


def test_one_that_there_is_not_knows_what_was_meant(clusters: Catalog) -> None:
    assert find_cluster(clusters, "main") == find_cluster(clusters, "main", "my")
    for team in (None, "my"):
        with pytest.raises(NotFoundError, match="mian"):
            find_cluster(clusters, "mian", team)
