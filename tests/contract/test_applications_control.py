"""A managed job's life by the control of applications: the suite of a cluster's control, job by job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from contract.side import Side
from contract.test_job_control import (
    SINK,
    SOURCE,
    Managed,
    test_a_job_is_stopped_and_goes_on_from_its_savepoint,
    test_a_job_that_is_over_has_no_savepoint,
    test_a_restore_point_that_is_gone_is_told_and_uses_the_id_up,
    test_a_rigid_scheduler_tells_no_requirements,
    test_a_savepoint_goes_where_it_is_told,
    test_a_savepoint_that_cannot_be_written_fails_again_with_its_trigger,
    test_checkpoints_are_told_newest_first,
    test_its_last_checkpoint_outlives_a_cancelled_job_and_it_starts_from_there,
    test_the_list_says_when_a_job_changed,
    test_what_is_not_there_is_nothing,
    test_why_a_job_fails_is_told_with_its_place,
)
from fakes.gateway import FakeGateway
from fakes.jobmanager import FakeJobManager
from flinklab.domain.ids import JobId
from flinklab.domain.records import ClusterAddress
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.flink.jobcontrol import RestJobControl
from flinklab.flink.jobmanager import RestJobManager
from flinklab.yarn.application_control import ApplicationsControl
from flinklab.yarn.application_directory import Directory

__all__ = [
    "test_a_job_is_stopped_and_goes_on_from_its_savepoint",
    "test_a_job_that_is_over_has_no_savepoint",
    "test_a_restore_point_that_is_gone_is_told_and_uses_the_id_up",
    "test_a_rigid_scheduler_tells_no_requirements",
    "test_a_savepoint_goes_where_it_is_told",
    "test_a_savepoint_that_cannot_be_written_fails_again_with_its_trigger",
    "test_checkpoints_are_told_newest_first",
    "test_its_last_checkpoint_outlives_a_cancelled_job_and_it_starts_from_there",
    "test_the_list_says_when_a_job_changed",
    "test_what_is_not_there_is_nothing",
    "test_why_a_job_fails_is_told_with_its_place",
]


class Submitted:
    """Fulfils `KeptAddresses`: each job of the JobManager has an application there."""

    def __init__(self, jobmanager: FakeJobManager) -> None:
        self._jobmanager = jobmanager

    def all(self) -> Mapping[JobId, ClusterAddress]:
        ids = [JobId(each) for each in self._jobmanager.jobs_by_id]
        return {each: self.put(each, self._jobmanager.url, "application_1_0001") for each in ids}

    def put(self, flink_id: JobId, url: str, application: str) -> ClusterAddress:
        return ClusterAddress("my", f"apps/{flink_id}", url, application)

    def forget(self, flink_id: JobId) -> None:
        raise AssertionError("nothing is forgotten here")


class ReadAgain(Directory):
    """The jobs of the suite are submitted past the control."""

    def __init__(self, kept: Submitted) -> None:
        super().__init__(list, kept)
        self._all = kept.all

    def known(self) -> Mapping[JobId, ClusterAddress]:
        return self._all()


@pytest.fixture
def side() -> Iterator[Side]:
    with (
        FakeJobManager() as cluster,
        FakeGateway(jobmanager=cluster) as fake,
        closing(RestGateway(Access(fake.url))) as gateway,
        closing(RestJobManager(Access(cluster.url))) as jobmanager,
    ):
        session = gateway.open_session({"execution.runtime-mode": "streaming"})
        yield Side("fake", gateway, jobmanager, session, cluster)


@pytest.fixture
def managed(side: Side, tmp_path: Path) -> Iterator[Managed]:
    assert side.fake is not None
    side.fake.checkpointing.every = 0.2
    side.fake.checkpointing.keep_on_disk(tmp_path)
    side.run(SOURCE)
    side.run(SINK)
    control = ApplicationsControl(
        side.jobmanager.url,
        ReadAgain(Submitted(side.fake)),
        lambda _, address: RestJobControl(Access(address.url)),
        lambda flink_id, address: None,
    )
    yield Managed(side, control, tmp_path)  # type: ignore[arg-type]
    control.close()
