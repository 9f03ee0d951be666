from __future__ import annotations

import pytest

from contract.side import Side, until
from flinklab.domain.cluster import JobState
from flinklab.domain.errors import NotAGatewayError
from flinklab.domain.ids import JobId
from flinklab.flink.access import Access
from flinklab.flink.gateway import RestGateway
from flinklab.flink.jobmanager import RestJobManager

NOBODY = JobId("0" * 32)


def test_the_overview_counts(side: Side) -> None:
    overview = side.jobmanager.overview()
    assert overview.flink_version == side.gateway.info().version
    assert overview.slots_total >= overview.slots_available > 0 and overview.taskmanagers >= 1


def test_a_running_query_is_seen(side: Side) -> None:
    before = side.jobmanager.overview()
    config = {
        "pipeline.name": "watched",
        "pipeline.global-job-parameters": "flinklab.user:ann,flinklab.notebook:a%3Ab%2C%20c.ipynb",
    }
    operation, job_id = side.live(config)
    (listed,) = [job for job in side.jobmanager.jobs() if job.id == job_id]
    assert (listed.name, listed.state) == ("watched", JobState.RUNNING)
    assert listed.start.utcoffset() is not None and listed.duration >= 0
    detail = side.jobmanager.job(job_id)
    assert detail is not None and (detail.name, detail.state) == ("watched", JobState.RUNNING)
    assert side.jobmanager.overview().jobs_running == before.jobs_running + 1
    parameters = side.jobmanager.job_parameters(job_id)
    assert parameters["flinklab.user"] == "ann"
    assert parameters["flinklab.notebook"] == "a%3Ab%2C%20c.ipynb"
    assert side.jobmanager.root_cause(job_id) is None
    side.gateway.close_operation(side.session, operation)


def test_a_job_is_cancelled(side: Side) -> None:
    operation, job_id = side.live()
    side.jobmanager.cancel(job_id)
    until(lambda: getattr(side.jobmanager.job(job_id), "state", None) is JobState.CANCELED)
    side.jobmanager.cancel(job_id)
    side.gateway.close_operation(side.session, operation)


def test_an_unknown_job_is_nothing(side: Side) -> None:
    assert side.jobmanager.job(NOBODY) is None
    assert side.jobmanager.job_parameters(NOBODY) == {}
    assert side.jobmanager.root_cause(NOBODY) is None
    side.jobmanager.cancel(NOBODY)


def test_the_wrong_port_is_told(side: Side) -> None:
    wrong_gateway, wrong_jobmanager = (
        RestGateway(Access(side.jobmanager.url)),
        RestJobManager(Access(side.gateway.url)),
    )
    with pytest.raises(NotAGatewayError, match="is a Flink JobManager, not a SQL Gateway"):
        wrong_gateway.info()
    with pytest.raises(NotAGatewayError, match="is a SQL Gateway, not a JobManager"):
        wrong_jobmanager.overview()
    wrong_gateway.close()
    wrong_jobmanager.close()
