"""What runs on a cluster and is not this catalog's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.jobmanager import FakeJobManager
from flinklab.domain.ids import JobId
from flinklab.flink.access import Access
from flinklab.flink.jobmanager import RestJobManager
from flinklab.jobs.launching import JOB_MARK
from flinklab.jobs.others import other_jobs


@pytest.fixture
def cluster() -> Iterator[FakeJobManager]:
    with FakeJobManager() as cluster:
        yield cluster


def test_each_says_whose_it_is_and_ours_are_left_out(cluster: FakeJobManager) -> None:
    ours = cluster.add_job("my.orders (dev)", parameters={JOB_MARK: "my.orders (dev)"})
    plain = cluster.add_job("someone's jar")
    managed = cluster.add_job("dw.clicks (prod)", parameters={JOB_MARK: "dw.clicks%20%28prod%29"})
    query = cluster.add_job("SELECT 1", parameters={"flinklab.user": "ann", "flinklab.kind": "query"})
    cluster.add_job("long over", state="FINISHED")
    control = RestJobManager(Access(cluster.url))
    try:
        found = {other.job.id: other.whose for other in other_jobs(control, {JobId(ours)})}
    finally:
        control.close()
    assert found == {
        plain: "",
        managed: "job dw.clicks (prod) of another catalog",
        query: "query of ann in a notebook",
    }
    assert all(job.cancels == 0 for job in cluster.jobs_by_id.values())
